package io.election.memory;

import io.election.Leadership;
import io.election.ReplicatedLog;
import io.election.ReplicatedStore;
import io.election.StateMachine;
import io.election.WriteResult;
import io.election.core.LogPosition;
import io.election.core.ProposalCheck;
import io.election.core.ProposalOutcome;
import io.election.core.ReplicationSettings;
import io.election.machine.CommandCodec;
import io.election.machine.Replica;
import io.election.machine.StoreLimits;
import io.election.machine.StoreMachine;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The replicated memory of a member, for the life of its node: what an application touches, valid before the start and after the
 * stop, and the run that it is in.
 */
public final class Memory {

    /** All ends that {@link #countWrites} may be told of. */
    public static final List<String> OUTCOMES = Stream.concat(
                    Stream.of("applied", "unknown"),
                    Stream.of(WriteResult.Reason.values()).map(Memory::dashed))
            .toList();

    private final String cluster;
    private final String nodeId;
    private final MemorySettings settings;
    private final Supplier<? extends StateMachine> own;
    private final @Nullable StoreMachine store;
    private final StoreListeners listeners;
    private final MemoryLog log;
    private final NodeLog nodeLog;
    private final @Nullable NodeStore nodeStore;
    private volatile String notRunning = "This member has not started.";
    private volatile Consumer<String> count = outcome -> {};
    private @Nullable StateMachine machine;
    private volatile @Nullable MemoryRun run;

    private Memory(
            String cluster,
            String nodeId,
            MemorySettings settings,
            @Nullable Supplier<? extends StateMachine> own,
            ValueCodecs codecs) {
        this.cluster = cluster;
        this.nodeId = nodeId;
        this.settings = settings;
        this.log = new MemoryLog(cluster, nodeId);
        this.listeners = new StoreListeners("election-" + cluster + "-" + nodeId + "-values", log);
        this.nodeLog = new NodeLog(this);
        if (own == null) {
            StoreMachine values = new StoreMachine(listeners);
            this.store = values;
            this.own = () -> values;
            this.nodeStore = new NodeStore(this, values, listeners, codecs);
        } else {
            this.store = null;
            this.own = own;
            this.nodeStore = null;
        }
    }

    /**
     * The memory of a member that keeps named values.
     *
     * @param cluster the cluster's name
     * @param nodeId this member's id
     * @param settings the settings, with the limits of the store; which types it reads is known here
     * @param codecs how values are encoded
     * @return the memory, which has not started
     */
    public static Memory ofStore(String cluster, String nodeId, MemorySettings settings, ValueCodecs codecs) {
        if (settings.limits() == null) {
            throw new IllegalArgumentException("limits must be there for a store");
        }
        return new Memory(cluster, nodeId, settings, null, codecs);
    }

    /**
     * The memory of a member whose application has a state machine of its own.
     *
     * @param cluster the cluster's name
     * @param nodeId this member's id
     * @param settings the settings; which types the machine reads is known here
     * @param machine asked for the state machine at the first start; nobody else drives it
     * @return the memory, which has not started
     */
    public static Memory of(
            String cluster, String nodeId, MemorySettings settings, Supplier<? extends StateMachine> machine) {
        return new Memory(cluster, nodeId, settings, machine, new JsonValues());
    }

    private static String dashed(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * Says who counts the writes of this process, by how they ended.
     *
     * @param counter told one of {@link #OUTCOMES} for each write, on any thread
     */
    public void countWrites(Consumer<String> counter) {
        count = counter;
    }

    /**
     * Says why this memory never runs: reads and writes are answered with it.
     *
     * @param because one or more sentences
     */
    public void isUnavailable(String because) {
        notRunning = because;
    }

    /** Why nothing is read and written before the first start. */
    String notRunning() {
        return notRunning;
    }

    /** Counts a write by its answer. */
    <R> WriteResult<R> counted(WriteResult<R> answer) {
        count.accept(
                answer instanceof WriteResult.Applied<R>
                        ? "applied"
                        : answer instanceof WriteResult.NotApplied<R> not ? dashed(not.reason()) : "unknown");
        return answer;
    }

    /**
     * The store's machine.
     *
     * @return the machine, or {@code null} if the application has one of its own
     */
    public @Nullable StoreMachine values() {
        return store;
    }

    /**
     * The store's limits.
     *
     * @return what this member judges by when it leads, or {@code null} if the application has a state machine of its own
     */
    public @Nullable StoreLimits limits() {
        return settings.limits();
    }

    private synchronized StateMachine machine() {
        StateMachine known = machine;
        if (known == null) {
            known = own.get();
            machine = known;
        }
        return known;
    }

    /**
     * How the log feeds the state machine. Called at a start, not before.
     *
     * @return the settings for the election
     */
    public ReplicationSettings replication() {
        return settings.replication()
                .withReads(Stream.concat(machine().types().stream(), Stream.of(CommandCodec.SESSION_TYPE))
                        .toList());
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
                new MemoryRun(threadName, UUID.randomUUID().toString(), parts, settings, machine(), listeners, log);
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

    /**
     * When an image of the state came into being here, in the run that goes on.
     *
     * @param last the last entry that it stands for
     * @return when it was written or received, or {@code null} if that was before this start
     */
    public @Nullable Instant imageSince(LogPosition last) {
        MemoryRun current = run;
        return current == null ? null : current.imageSince(last);
    }

    /**
     * How many writes of this process wait for their answers.
     *
     * @return the number of writes
     */
    public int writesUnderWay() {
        MemoryRun current = run;
        return current == null ? 0 : current.writes().underWay();
    }

    /**
     * Up to where this member has applied the log.
     *
     * @return the index of the last applied entry, or 0
     */
    public long appliedIndex() {
        return nodeLog.appliedIndex();
    }

    /**
     * How long ago this member last knew that it had applied everything committed.
     *
     * @return the time, or {@code null} if it has not known since its start
     */
    public @Nullable Duration age() {
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
