package io.election.core;

import org.jspecify.annotations.Nullable;

/**
 * The follower's half of the log: takes what the leader of the present term sends, as far as it fits, and learns from it how far
 * the log is committed.
 */
final class LogAcceptor {

    /**
     * What the entries of a log that are not committed may weigh before more of them are refused: twice what a sound leader leaves
     * uncommitted. Committed ones do not count, for they would keep a leader's opening out for ever.
     */
    private static final long MAX_UNCOMMITTED_WEIGHT = 2 * Leader.MAX_UNCOMMITTED_WEIGHT;

    private final Ballot ballot;
    private final ElectionLog log;
    private final Configuration configuration;
    private final Positions positions;
    private final Outbox outbox;

    /** The highest index known to be the same here as in the log of this term's leader. */
    private long matchedWithLeader;

    LogAcceptor(MemberState state) {
        this.ballot = state.ballot();
        this.log = state.log();
        this.configuration = state.configuration();
        this.positions = state.positions();
        this.outbox = state.outbox();
    }

    /**
     * What became of entries or a snapshot.
     *
     * @param refusal why not, or {@code null}
     * @param index the highest index that is the leader's; refused for a mismatch, where it should try next
     */
    record Result(@Nullable Refusal refusal, long index) {}

    /** The term is another one: nothing is known of its leader's log yet. */
    void enterTerm() {
        matchedWithLeader = 0;
    }

    /** A leader of the present term is there. */
    void follow() {
        if (log.last().term() == ballot.term()) {
            // The leader wrote that entry itself and cuts nothing, so this log is the beginning of its own. A member
            // that restarted would not hear it otherwise: the leader knows that there is nothing to send.
            matchedWithLeader = log.last().index();
        }
    }

    void heartbeat(Request.Heartbeat request) {
        positions.raiseWatermark(request.watermark());
        // A heartbeat does not check the log: only what is known to be the leader's is committed.
        log.commitUpTo(Math.min(request.commitIndex(), matchedWithLeader));
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
        // Who may not believe it acknowledges nothing, and is sent the founding again with the next heartbeat.
        return new Result(null, mayBelieve(request) ? store(request) : 0);
    }

    /**
     * Whether entries may become a log's first. A founding that does not commit can be lost with its founder's disk, and
     * the next one makes another cluster, to which its believers would be strangers: until it is committed, only those
     * hold it whom it names, and who can bring it to its end (safety rule 7).
     */
    private boolean mayBelieve(Request.Append request) {
        if (!log.isEmpty() || request.entries().isEmpty() || request.commitIndex() > 0) {
            return true;
        }
        Membership founding = request.entries().get(0).payload().membership();
        return founding != null
                && founding.member(configuration.self())
                        .filter(named -> named.incarnation().equals(configuration.incarnation()))
                        .isPresent();
    }

    /** Where the leader should try next, or -1 if the entries fit (thesis, section 3.5). */
    private long mismatch(Request.Append request) {
        LogPosition previous = request.previous();
        long snapshotIndex = log.snapshot().last().index();
        if (previous.index() > log.last().index()) {
            return log.last().index();
        }
        // What the snapshot stands for is committed, and so the same everywhere.
        if (previous.index() >= snapshotIndex && log.termAt(previous.index()) != previous.term()) {
            return Math.max(snapshotIndex, log.beforeTermAt(previous.index()));
        }
        for (Entry entry : request.entries()) {
            boolean held = entry.index() >= snapshotIndex
                    && entry.index() <= log.last().index();
            if (held && entry.index() <= log.commitIndex() && log.termAt(entry.index()) != entry.term()) {
                // No sound leader sends this: committed entries are never cut back.
                return log.commitIndex();
            }
        }
        return -1;
    }

    /** Takes entries that fit, cutting a conflicting tail; returns the highest index that is now the leader's. */
    private long store(Request.Append request) {
        long index = request.previous().index();
        for (Entry entry : request.entries()) {
            index = entry.index();
            if (index <= log.snapshot().last().index() || log.termAt(index) == entry.term()) {
                continue;
            }
            if (index <= log.last().index()) {
                log.removeFrom(index);
                // Only a leader that contradicts itself makes it fall.
                matchedWithLeader = Math.min(matchedWithLeader, index - 1);
            }
            log.append(entry);
            configuration.notice(entry.payload().membership());
        }
        matchedWithLeader = Math.max(matchedWithLeader, index);
        log.commitUpTo(Math.min(request.commitIndex(), matchedWithLeader));
        return index;
    }

    Result install(Request.InstallSnapshot request) {
        Snapshot snapshot = request.snapshot();
        long index = snapshot.last().index();
        if (index > log.commitIndex()) {
            log.install(snapshot);
            configuration.notice(snapshot.membership());
            matchedWithLeader = Math.min(matchedWithLeader, log.last().index());
        }
        matchedWithLeader = Math.max(matchedWithLeader, index);
        return new Result(null, index);
    }
}
