package io.election.node;

import io.election.Leadership;
import io.election.ReplicatedLog;
import io.election.ReplicatedStore;
import io.election.StateMachine;
import io.election.core.ElectionSettings;
import io.election.core.FoundingSettings;
import io.election.core.Journal;
import io.election.core.Member;
import io.election.core.MemberKind;
import io.election.core.ReplicationSettings;
import io.election.machine.StoreLimits;
import io.election.memory.Memory;
import io.election.memory.MemorySettings;
import io.election.peer.PeerTransport;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A node with a replicated memory, as tests start it: patient, because machines of tests are busy. */
final class MemoryMember implements AutoCloseable {

    static final Duration TIMEOUT = Duration.ofSeconds(4);
    static final StoreLimits LIMITS = new StoreLimits(100, 60_000, 1 << 24);

    private final ElectionNode node;
    private final Memory memory;
    private final Journal journal;

    private MemoryMember(ElectionNode node, Memory memory, Journal journal) {
        this.node = node;
        this.memory = memory;
        this.journal = journal;
    }

    /** The settings of a member among others. */
    static ElectionSettings election(String id, List<String> ids, Duration handover, FoundingSettings founding) {
        return new ElectionSettings(
                        "orders",
                        id,
                        ids.stream()
                                .map(each -> new Member(each, MemberKind.DATA, 0, false))
                                .toList(),
                        TIMEOUT,
                        Duration.ofMillis(50),
                        TIMEOUT.multipliedBy(7).dividedBy(8),
                        0.02,
                        Duration.ofMillis(50),
                        handover,
                        false,
                        64)
                .withFounding(founding);
    }

    /** How the log feeds a store, with images after so many entries. */
    static ReplicationSettings ofStore(int snapshotEntries) {
        return new ReplicationSettings(
                Memory.TYPES_OF_STORE, snapshotEntries, 1L << 30, 0, 1 << 20, 2 << 20, 3, 16 << 20, 2);
    }

    /** Starts a member with a store, or with a machine. */
    static MemoryMember start(
            ElectionSettings election,
            ReplicationSettings replication,
            @Nullable StateMachine machine,
            Duration writeTimeout,
            Journal journal,
            PeerTransport transport,
            Map<String, String> urls) {
        String id = election.nodeId();
        MemorySettings settings = new MemorySettings(replication, machine == null ? LIMITS : null, writeTimeout, 1024);
        Memory memory =
                machine == null ? Memory.ofStore("orders", id, settings) : Memory.of("orders", id, settings, machine);
        ElectionNode node = new ElectionNode(
                new NodeSettings(election, false, urls, Map.of(), false),
                ElectionFactory.REAL,
                journal,
                transport,
                NodeClock.SYSTEM,
                new NoListener(),
                List.of(),
                memory);
        MemoryMember member = new MemoryMember(node, memory, journal);
        node.start();
        node.ready();
        return member;
    }

    ElectionNode node() {
        return node;
    }

    Leadership leadership() {
        return node.leadership();
    }

    ReplicatedStore store() {
        return memory.store();
    }

    ReplicatedLog log() {
        return memory.log();
    }

    Journal journal() {
        return journal;
    }

    @Override
    public void close() {
        node.stop().toCompletableFuture().join();
    }
}
