package io.election.node;

import io.election.Leadership;
import io.election.core.DurableState;
import io.election.core.ElectionSettings;
import io.election.core.Journal;
import io.election.core.MemberKind;
import io.election.core.Membership;
import io.election.core.Payload;
import io.election.core.ProposalCheck;
import io.election.memory.Memory;
import io.election.memory.MemoryRun;
import io.election.peer.PeerTransport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/** Joins a node with its replicated memory, if it has one. */
final class NodeMemory {

    /** How many bytes of an image are fetched in a second at most, so that a transfer leaves room for everything else. */
    private static final long FETCHED_IN_A_SECOND = 32L << 20;

    private final @Nullable Memory memory;
    private final ElectionSettings settings;
    private final Supplier<Published> published;
    private final NodeClock clock;
    private final Chronicle chronicle;

    NodeMemory(
            @Nullable Memory memory,
            ElectionSettings settings,
            Supplier<Published> published,
            NodeClock clock,
            Chronicle chronicle) {
        this.memory = memory;
        this.settings = settings;
        this.published = published;
        this.clock = clock;
        this.chronicle = chronicle;
        if (memory != null) {
            memory.countWrites(chronicle::writeEnded);
        }
    }

    /** The election's settings, which say whether the log feeds a state machine. Called at a start, not before. */
    ElectionSettings settings() {
        return memory == null ? settings : settings.withReplication(memory.replication());
    }

    ProposalCheck check() {
        return memory == null ? ProposalCheck.NONE : memory.check();
    }

    /**
     * Refuses a start while the state machine is still in what the last run had it do: nobody else may drive it.
     *
     * @throws IllegalStateException if it is
     */
    void checkFree() {
        if (memory != null && !memory.isFree()) {
            throw new IllegalStateException("Member '" + settings.nodeId() + "' of cluster '" + settings.cluster()
                    + "' cannot be started again: its state machine has not returned since it was stopped. Find out what it"
                    + " waits for, and restart the process.");
        }
    }

    /** What others wrote must be read, or this member would lead without knowing it. */
    void checkLog(DurableState remembered) {
        boolean holdsCommands = remembered.snapshot().image() != null
                || remembered.entries().stream().anyMatch(entry -> entry.payload() instanceof Payload.Application);
        boolean keepsThem = settings.self().kind() != MemberKind.WITNESS;
        if (memory == null && holdsCommands && keepsThem) {
            throw new IllegalStateException("Member '" + settings.nodeId() + "' of cluster '" + settings.cluster()
                    + "' holds what applications wrote to the replicated memory, and this application has none. Switch the"
                    + " replicated memory on again, or remove the directory of this member: it then comes back as a new"
                    + " memory, without what was written.");
        }
    }

    /** Joins the memory with a run that has not started. */
    void begin(String threadName, NodeRun run, Journal journal, PeerTransport transport, Leadership leadership) {
        if (memory == null) {
            return;
        }
        ImageFetcher fetcher = new ImageFetcher(
                threadName + "-fetch",
                settings.cluster(),
                settings.nodeId(),
                journal.incarnation(),
                this::clusterId,
                journal.images(),
                transport,
                run.loop()::submit,
                new Pace(FETCHED_IN_A_SECOND),
                settings.heartbeatInterval(),
                why -> chronicle.note(
                        Level.WARN,
                        "cannot take over the state that it fetches from its leader: {reason}. It is tried again, and nothing is"
                                + " lost. Until then this member does not have the latest state.",
                        why));
        MemoryRun.RunParts parts = new MemoryRun.RunParts(
                settings.nodeId(),
                journal.images(),
                journal.state().snapshot(),
                settings.electionTimeout(),
                settings.heartbeatInterval(),
                () -> published.get().cell() != null,
                run.loop()::submit,
                fetcher,
                this::currency);
        ImageServer server = new ImageServer(
                threadName + "-images",
                journal.images(),
                settings.cluster(),
                settings.nodeId(),
                journal.incarnation(),
                this::mayFetch);
        run.feeds(memory.begin(threadName, parts, leadership), server);
    }

    private @Nullable String clusterId() {
        Membership membership = published.get().view().membership();
        return membership == null ? null : membership.clusterId();
    }

    /** Whoever belongs to this cluster, or may join it, may have its state. A member that holds no entry names no cluster. */
    private boolean mayFetch(@Nullable String ofCluster) {
        return ofCluster == null || ofCluster.equals(clusterId());
    }

    private MemoryRun.Currency currency() {
        Published latest = published.get();
        LeaseCell cell = latest.cell();
        long now = clock.monotonicNanos();
        Long asOf =
                cell != null && cell.holds() ? Long.valueOf(now) : latest.view().lastLeaderContactNanos();
        return new MemoryRun.Currency(latest.view().commitIndex(), asOf, now);
    }
}
