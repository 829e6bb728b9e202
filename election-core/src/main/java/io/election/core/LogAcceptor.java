package io.election.core;

import org.jspecify.annotations.Nullable;

/**
 * The follower's side of the log. It takes what the leader of the current term sends, as far as it fits, and learns the
 * commit index from the leader.
 */
final class LogAcceptor {

    /**
     * The most that uncommitted entries may weigh before more of them are refused: twice what a sound leader leaves
     * uncommitted. Committed entries do not count, nor do those that a restart found. If they did, a full log would refuse
     * every leader's term opening for ever.
     */
    private static final long MAX_UNCOMMITTED_WEIGHT = 2 * Leader.MAX_UNCOMMITTED_WEIGHT;

    private final Ballot ballot;
    private final ElectionLog log;
    private final Configuration configuration;
    private final Positions positions;
    private final Outbox outbox;
    private final Assembly assembly;
    private final AppliedLog applied;
    private final ReplicaDifferences differences;

    /** The highest index at which this log is known to match that of the current term's leader. */
    private long matchedWithLeader;

    LogAcceptor(MemberState state) {
        this.ballot = state.ballot();
        this.log = state.log();
        this.configuration = state.configuration();
        this.positions = state.positions();
        this.outbox = state.outbox();
        this.assembly = state.assembly();
        this.applied = state.applied();
        this.differences = state.differences();
    }

    /**
     * The result of receiving entries or a snapshot.
     *
     * @param refusal why they were refused, or {@code null}
     * @param index the highest index at which this log matches the leader's; for a mismatch, where the leader should
     *     try next
     */
    record Result(@Nullable Refusal refusal, long index) {}

    /** The term has changed. Nothing is known of the new leader's log yet. */
    void enterTerm() {
        matchedWithLeader = 0;
    }

    /** A leader of the current term was heard from. */
    void follow() {
        if (log.last().term() == ballot.term()) {
            // The leader wrote that entry itself and never truncates its own log, so this log is a prefix of the
            // leader's. A restarted member would not learn this otherwise: the leader knows that there is nothing to
            // send.
            matchedWithLeader = log.last().index();
        }
    }

    void heartbeat(Request.Heartbeat request) {
        positions.raiseWatermark(request.watermark());
        // A heartbeat does not check the log. So only entries that are known to match the leader's are committed.
        log.commitUpTo(Math.min(request.commitIndex(), matchedWithLeader));
        applied.learn(request.replica());
        differences.hearLeader(request.header().from(), request.replica() != null);
    }

    /** The leader of the current term says, in an answer, what is committed. */
    void committed(long index) {
        log.commitUpTo(Math.min(index, matchedWithLeader));
    }

    Result append(Request.Append request) {
        long next = mismatch(request);
        if (next >= 0) {
            return new Result(Refusal.behind(RefusalReason.LOG_MISMATCH, log.last()), next);
        }
        boolean longer = request.previous().index() + request.entries().size()
                > log.last().index();
        if (log.uncommittedWeight() > MAX_UNCOMMITTED_WEIGHT && longer) {
            Refusal full = Refusal.behind(RefusalReason.LOG_FULL, log.last());
            outbox.observe(new Observation.RequestRefused(
                    request.header().from(), request.getClass().getSimpleName(), full));
            return new Result(full, 0);
        }
        // A member that may not accept the founding yet acknowledges nothing. The leader sends it the founding again
        // with the next heartbeat.
        return new Result(null, mayBelieve(request) ? store(request) : 0);
    }

    /**
     * Whether these entries may become the first of this log. A founding that does not commit can be lost with its
     * founder's disk. The next founding then makes another cluster, and the members that accepted the first one would
     * be strangers there. So until a founding is committed, it is held only by the members that it names and that can
     * complete it (safety rule 7).
     */
    private boolean mayBelieve(Request.Append request) {
        if (!log.isEmpty() || request.entries().isEmpty() || request.commitIndex() > 0) {
            return true;
        }
        Membership first = request.entries().get(0).payload().membership();
        if (first != null
                && assembly.hasRenounced(first, request.entries().get(0).term())) {
            return false;
        }
        // Whether the leader's log names this memory: by its founding, or by a later entry, before which the founding
        // was committed.
        return configuration.incarnation().equals(request.header().toIncarnation());
    }

    /** The index at which the leader should try next, or -1 if the entries fit (thesis, section 3.5). */
    private long mismatch(Request.Append request) {
        LogPosition previous = request.previous();
        long snapshotIndex = log.snapshot().last().index();
        if (previous.index() > log.last().index()) {
            return log.last().index();
        }
        // What the snapshot covers is committed, and is therefore the same on every member.
        if (previous.index() >= snapshotIndex && log.termAt(previous.index()) != previous.term()) {
            return Math.max(snapshotIndex, log.beforeTermAt(previous.index()));
        }
        for (Entry entry : request.entries()) {
            boolean held = entry.index() >= snapshotIndex
                    && entry.index() <= log.last().index();
            if (held && entry.index() <= log.commitIndex() && log.termAt(entry.index()) != entry.term()) {
                // No sound leader sends this: committed entries are never truncated.
                return log.commitIndex();
            }
        }
        return -1;
    }

    /**
     * Stores entries that fit, and truncates a conflicting tail. Returns the highest index at which this log now
     * matches the leader's.
     */
    private long store(Request.Append request) {
        long index = request.previous().index();
        for (Entry entry : request.entries()) {
            index = entry.index();
            if (index <= log.snapshot().last().index() || log.termAt(index) == entry.term()) {
                continue;
            }
            if (index <= log.last().index()) {
                log.removeFrom(index);
                // Only a leader that contradicts itself makes this index fall.
                matchedWithLeader = Math.min(matchedWithLeader, index - 1);
            }
            log.append(entry);
            configuration.notice(entry.payload().membership());
        }
        matchedWithLeader = Math.max(matchedWithLeader, index);
        log.commitUpTo(Math.min(request.commitIndex(), matchedWithLeader));
        applied.learn(request.replica());
        return index;
    }

    Result install(Request.InstallSnapshot request) {
        Snapshot snapshot = request.snapshot();
        long index = snapshot.last().index();
        if (log.feeds()
                && index > log.commitIndex()
                && log.termAt(index) == snapshot.last().term()) {
            // All up to there is here, and needs only to be applied.
            log.commitUpTo(index);
        }
        if (index > log.commitIndex()) {
            if (!applied.images().hasImageOf(snapshot, request.header().from())) {
                return new Result(
                        Refusal.of(RefusalReason.FETCHING_IMAGE),
                        applied.images().received());
            }
            log.install(snapshot);
            applied.images().installed(snapshot);
            configuration.notice(snapshot.membership());
            matchedWithLeader = Math.min(matchedWithLeader, log.last().index());
        }
        matchedWithLeader = Math.max(matchedWithLeader, index);
        return new Result(null, index);
    }
}
