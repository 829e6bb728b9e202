package io.election.memory;

import io.election.Leadership;
import io.election.ReplicatedLog;
import io.election.ReplicatedStore;
import io.election.StateMachine;
import io.election.core.Payload;
import io.election.core.ProposalCheck;
import io.election.core.ProposalOutcome;
import io.election.core.ReplicationSettings;
import io.election.machine.CommandCodec;
import io.election.machine.Replica;
import io.election.machine.StoreLimits;
import io.election.machine.StoreMachine;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The replicated memory of a member, for the life of its node: what an application touches, valid before the start and after the
 * stop, and the run that it is in.
 */
public final class Memory {

    /** The types of entries that a member with a store reads. */
    public static final List<String> TYPES_OF_STORE = List.of(CommandCodec.SESSION_TYPE, StoreMachine.TYPE);

    private final String cluster;
    private final String nodeId;
    private final MemorySettings settings;
    private final StateMachine machine;
    private final @Nullable StoreMachine store;
    private final StoreListeners listeners;
    private final MemoryLog log;
    private final NodeLog nodeLog;
    private final @Nullable NodeStore nodeStore;
    private volatile @Nullable MemoryRun run;

    private Memory(
            String cluster, String nodeId, MemorySettings settings, @Nullable StateMachine own, StoreListeners listeners) {
        this.cluster = cluster;
        this.nodeId = nodeId;
        this.settings = settings;
        this.listeners = listeners;
        this.log = new MemoryLog(cluster, nodeId);
        this.store = own == null ? new StoreMachine(listeners) : null;
        this.machine = own == null ? store : own;
        this.nodeLog = new NodeLog(this);
        this.nodeStore = store == null ? null : new NodeStore(this, store, listeners);
    }

    /**
     * The memory of a member that keeps named values.
     *
     * @param cluster the cluster's name
     * @param nodeId this member's id
     * @param settings the settings, with the limits of the store
     * @return the memory, which has not started
     */
    public static Memory ofStore(String cluster, String nodeId, MemorySettings settings) {
        if (settings.limits() == null) {
            throw new IllegalArgumentException("limits must be there for a store");
        }
        return new Memory(
                cluster,
                nodeId,
                settings,
                null,
                new StoreListeners("election-" + cluster + "-" + nodeId + "-values", new MemoryLog(cluster, nodeId)));
    }

    /**
     * The memory of a member whose application has a state machine of its own.
     *
     * @param cluster the cluster's name
     * @param nodeId this member's id
     * @param settings the settings
     * @param machine the state machine, which nobody else drives
     * @return the memory, which has not started
     */
    public static Memory of(String cluster, String nodeId, MemorySettings settings, StateMachine machine) {
        return new Memory(
                cluster,
                nodeId,
                settings,
                machine,
                new StoreListeners("election-" + cluster + "-" + nodeId + "-values", new MemoryLog(cluster, nodeId)));
    }

    /**
     * The types of entries that a member with a state machine reads.
     *
     * @param machine the state machine
     * @return the types, sorted
     */
    public static List<String> typesOf(StateMachine machine) {
        return Stream.concat(machine.types().stream(), Stream.of(CommandCodec.SESSION_TYPE))
                .sorted()
                .distinct()
                .toList();
    }

    /**
     * How the log feeds the state machine.
     *
     * @return the settings for the election
     */
    public ReplicationSettings replication() {
        return settings.replication();
    }

    /**
     * Judges, on the leader, what is to be written.
     *
     * @return the judgement of this member's settings and store
     */
    public ProposalCheck check() {
        StoreMachine held = store;
        StoreLimits limits = settings.limits();
        return (entry, underWay) -> {
            if (!CommandCodec.isWellFormed(entry)) {
                // Another member says that it is a command. In the log it would be there for good, and change nothing.
                return new ProposalCheck.Refused(
                        ProposalOutcome.Reason.NOT_READ,
                        "the content of the entry is no command that the leader reads");
            }
            return held == null || limits == null ? null : refused(limits.check(entry, held, underWay));
        };
    }

    private static ProposalCheck.@Nullable Refused refused(StoreLimits.@Nullable Excess excess) {
        if (excess == null) {
            return null;
        }
        ProposalOutcome.Reason reason = excess.limit() == StoreLimits.Limit.STORE
                ? ProposalOutcome.Reason.FULL
                : ProposalOutcome.Reason.TOO_LARGE;
        return new ProposalCheck.Refused(reason, excess.detail());
    }

    /**
     * The log as the application sees it.
     *
     * @return one object for the life of the node
     */
    public ReplicatedLog log() {
        return nodeLog;
    }

    /**
     * The store as the application sees it.
     *
     * @return one object for the life of the node
     * @throws IllegalStateException if the application has a state machine of its own
     */
    public ReplicatedStore store() {
        NodeStore visible = nodeStore;
        if (visible == null) {
            throw new IllegalStateException("the application has a state machine of its own, so there is no store");
        }
        return visible;
    }

    /**
     * Joins the parts of a run. Called by the node at a start.
     *
     * @param threadName how the names of its threads begin
     * @param parts what it needs of the node
     * @param leadership tells whose work a thread does
     * @return the run, which has not started
     */
    public MemoryRun begin(String threadName, MemoryRun.RunParts parts, Leadership leadership) {
        nodeLog.leadership(leadership);
        listeners.start();
        MemoryRun begun =
                new MemoryRun(threadName, UUID.randomUUID().toString(), parts, settings, machine, listeners, log);
        run = begun;
        return begun;
    }

    /**
     * Whether no run drives the state machine. One that was stopped may still be in the application's code.
     *
     * @return whether the next run may begin
     */
    public boolean isFree() {
        MemoryRun latest = run;
        return latest == null || latest.isOver();
    }

    /** The run that this memory is in, or the latest one; {@code null} before the first start. */
    @Nullable MemoryRun run() {
        return run;
    }

    /** How far this member's replica is, or {@code null} before the first start. */
    @Nullable Replica replica() {
        MemoryRun current = run;
        return current == null ? null : current.applier().replica();
    }

    /** How long ago this member last knew that it had applied everything committed, or {@code null}. */
    @Nullable Duration age() {
        MemoryRun current = run;
        return current == null ? null : current.age();
    }

    NodeLog nodeLog() {
        return nodeLog;
    }

    String nodeId() {
        return nodeId;
    }

    String cluster() {
        return cluster;
    }
}
