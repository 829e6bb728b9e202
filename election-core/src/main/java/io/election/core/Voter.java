package io.election.core;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a voter answers a request for its vote. It judges, and changes nothing (safety rule 4). The checks come in the
 * order of the refusals: whether this member may vote and the candidate may stand, the vote given in this term, the
 * bond, the logs.
 */
final class Voter {

    private final ElectionSettings settings;
    private final StepTime time;
    private final Outbox outbox;
    private final Ballot ballot;
    private final ElectionLog log;
    private final Configuration configuration;
    private final Positions positions;
    private final Bond bond;
    private final Rivals rivals;
    private final Assembly assembly;
    private final long timeoutNanos;
    private long heldBackUntilNanos;

    /** The incarnation of the candidate that got the latest vote. It is not kept across a restart. */
    private @Nullable String votedForIncarnation;

    Voter(MemberState state) {
        this.settings = state.settings();
        this.time = state.time();
        this.outbox = state.outbox();
        this.ballot = state.ballot();
        this.log = state.log();
        this.configuration = state.configuration();
        this.positions = state.positions();
        this.bond = state.bond();
        this.rivals = state.rivals();
        this.assembly = state.assembly();
        this.timeoutNanos = settings.electionTimeout().toNanos();
        this.heldBackUntilNanos = time.nanos();
    }

    /**
     * A vote was given. Until the given instant, other grants and this member's own candidacy are held back (safety
     * rule 5).
     */
    void voted(Header candidate, long heldBackUntilNanos) {
        this.votedForIncarnation = candidate.fromIncarnation();
        this.heldBackUntilNanos = heldBackUntilNanos;
    }

    /**
     * Work that was begun under a lease may continue after the lease was given up. Until the given instant no other
     * member may be elected.
     */
    void holdBackUntil(long nanos) {
        heldBackUntilNanos = StepTime.later(heldBackUntilNanos, nanos);
    }

    /** The instant from which this member is neither bound nor held back by a vote that it gave. */
    long freeAtNanos() {
        return StepTime.later(bond.untilNanos(), heldBackUntilNanos);
    }

    /**
     * Whether this member would vote for a candidate. Returns {@code null} for yes, otherwise the refusal.
     *
     * @param leading whether this member is itself a leader, which is bound for as long as it leads
     */
    @Nullable Refusal judge(Request.Vote request, boolean leading) {
        Refusal refusal = judgeStanding(request);
        if (refusal != null) {
            return refusal;
        }
        String candidate = request.header().from();
        String votedFor = ballot.votedFor();
        boolean again = request.term() == ballot.term() && candidate.equals(votedFor) && isOfSameMemory(request);
        if (again && request.phase() == Phase.VOTE) {
            // Its first request may have come from a life whose own vote, and the end of whose log, were lost.
            return judgeLogs(request);
        }
        if (request.term() < ballot.term()) {
            return Refusal.of(RefusalReason.STALE_TERM);
        }
        if (request.term() == ballot.term() && votedFor != null && !again) {
            return Refusal.naming(RefusalReason.ALREADY_VOTED, votedFor);
        }
        TransferProof proof = request.proof();
        boolean proofValid = proof != null
                && request.phase() == Phase.VOTE
                && request.term() == proof.term() + 1
                && ballot.term() <= proof.term();
        if (!proofValid) {
            long boundFor = leading ? timeoutNanos : boundForNanos(candidate);
            if (boundFor > 0) {
                return Refusal.bound(Duration.ofNanos(boundFor), leading ? configuration.self() : bond.leader());
            }
        }
        return judgeLogs(request);
    }

    /**
     * Whether a request comes from the same memory that got the vote. At a founding, a candidate may have founded the
     * cluster and then lost its memory. With the same votes, its new memory would found the cluster again in the same
     * term. After the founding, a new memory cannot stand before a leader has let it in (safety rule 7).
     */
    private boolean isOfSameMemory(Request.Vote request) {
        return request.founding() == null || request.header().fromIncarnation().equals(votedForIncarnation);
    }

    /** Whether this member may vote at all, and whether the candidate may stand in this cluster. */
    private @Nullable Refusal judgeStanding(Request.Vote request) {
        if (outbox.storageFailed()) {
            return Refusal.of(RefusalReason.UNAVAILABLE);
        }
        if (!configuration.ownKind().votes()) {
            return Refusal.of(RefusalReason.NOT_A_VOTER);
        }
        Header header = request.header();
        String candidate = header.from();
        List<ListedMember> founding = request.founding();
        if (founding != null) {
            if (!log.isEmpty()) {
                return Refusal.of(RefusalReason.ALREADY_FOUNDED);
            }
            if (assembly.isUsed()) {
                boolean agrees = assembly.agreesTo(
                        founding.stream().map(ListedMember::id).sorted().toList(), request.term());
                return agrees && configuration.mayLead(candidate) ? null : Refusal.of(RefusalReason.NOT_AGREED);
            }
            if (!founding.equals(settings.listed())) {
                return Refusal.of(RefusalReason.LIST_DIFFERS);
            }
            return configuration.mayLead(candidate) ? null : Refusal.of(RefusalReason.NOT_A_VOTER);
        }
        if (!configuration.isOfThisCluster(header)) {
            return Refusal.of(RefusalReason.WRONG_CLUSTER);
        }
        if (rivals.superior() != null) {
            return Refusal.of(RefusalReason.SUPERSEDED);
        }
        if (!configuration.mayLead(header)) {
            return Refusal.of(configuration.isRemoved(candidate) ? RefusalReason.REMOVED : RefusalReason.NOT_A_VOTER);
        }
        // safety rule 7: a vote counts only from an incarnation that the log names. A founder was named before it could
        // have forgotten anything, and what a promoted member forgot never counted. So the candidate's log is proof
        // enough for
        // them, and they vote though their own log may not name them yet.
        boolean atOnce = request.receiverNamedAt() == 1;
        boolean named = configuration.incarnation().equals(header.toIncarnation());
        return named && (atOnce || configuration.isSettled()) ? null : Refusal.of(RefusalReason.CATCHING_UP);
    }

    private @Nullable Refusal judgeLogs(Request.Vote request) {
        LogPosition last = log.last();
        if (request.last().isBehind(last)) {
            return Refusal.behind(RefusalReason.LOG_BEHIND, last);
        }
        LogPosition candidates = request.application();
        if (settings.suppliesPosition() && configuration.ownKind() == MemberKind.DATA) {
            LogPosition own = positions.mostCounted();
            // This member's own position, while it is unknown, may be ahead of any candidate's.
            if (own == null || candidates == null || candidates.isBehind(own)) {
                return Refusal.behind(RefusalReason.APPLICATION_BEHIND, own);
            }
        }
        LogPosition mark = positions.watermark();
        if (mark != null && (candidates == null || candidates.isBehind(mark))) {
            return Refusal.behind(RefusalReason.WATERMARK_NOT_COVERED, mark);
        }
        return null;
    }

    /**
     * For how long this member may not help a candidate, in nanoseconds. 0 or less means that it may (safety rule 5).
     */
    private long boundForNanos(String candidate) {
        long held = heldBackUntilNanos - time.nanos();
        if (candidate.equals(bond.leader())) {
            return held;
        }
        return Math.max(held, bond.untilNanos() - time.nanos());
    }
}
