package io.election.core;

import io.election.FencingToken;
import io.election.core.Campaign.Candidate;
import io.election.core.Campaign.PreCandidate;
import io.election.core.Messenger.Outstanding;
import io.election.core.Transition.AdoptTerm;
import io.election.core.Transition.FallBack;
import io.election.core.Transition.Lead;
import io.election.core.Transition.PreVote;
import io.election.core.Transition.Stand;
import io.election.core.VoteRound.Result;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Decides when a member stands for election, and runs the rounds in which it asks for votes. It decides and counts.
 * What is due is returned as a {@link Transition}.
 */
final class Elector {

    private static final int MAX_BACKOFF = 8;

    private static final String WAITS_FOR_TOKENS = "the fence has not said yet which fencing tokens were given earlier";

    private final ElectionSettings settings;
    private final StepTime time;
    private final Outbox outbox;
    private final Ballot ballot;
    private final ElectionLog log;
    private final AppliedLog applied;
    private final Configuration configuration;
    private final Positions positions;
    private final Messenger messenger;
    private final KnownLeader leader;
    private final Bond bond;
    private final Rivals rivals;
    private final Assembly assembly;
    private final Pauses pauses;
    private final RoundTrips roundTrips;
    private final Voter voter;
    private final RandomGenerator random;
    private final long timeoutNanos;
    private final long heartbeatNanos;

    private long voteWriteNanos;
    private int failedRounds;
    private boolean gaveWay;
    /** The part of the step that this member's disk asks for. */
    private long stepNanos;

    private long notBeforeNanos;
    private long holdOffUntilNanos;
    private long lastUntilNanos;
    private @Nullable TransferProof proofInHand;
    private String lastNotElectable = "";
    /** The highest token of an earlier founding that this member knows of. */
    private long tokensUpTo;
    /** Whether the fence that is asked before a founding has answered. */
    private boolean fenceAsked;

    Elector(MemberState state, Voter voter, RandomGenerator random) {
        this.settings = state.settings();
        this.time = state.time();
        this.outbox = state.outbox();
        this.ballot = state.ballot();
        this.log = state.log();
        this.applied = state.applied();
        this.configuration = state.configuration();
        this.positions = state.positions();
        this.messenger = state.messenger();
        this.leader = state.leader();
        this.bond = state.bond();
        this.rivals = state.rivals();
        this.assembly = state.assembly();
        this.pauses = state.pauses();
        this.roundTrips = state.roundTrips();
        this.voter = voter;
        this.random = random;
        this.timeoutNanos = settings.electionTimeout().toNanos();
        this.heartbeatNanos = settings.heartbeatInterval().toNanos();
        this.stepNanos = settings.step().toNanos();
        this.notBeforeNanos = time.nanos();
        this.holdOffUntilNanos = time.nanos();
        this.lastUntilNanos = time.nanos();
    }

    // ------------------------------------------------------------------------------------------------ when

    /**
     * The step: how far apart two neighbours in rank stand. Within it, the vote request of the first one reaches the second:
     * a round trip for the pre-vote, and a write.
     */
    long stepNanos() {
        return stepNanos + roundTripNanos();
    }

    /**
     * How long a granted vote holds back: until the candidate, if it wins, can be heard as the leader. The grant has to reach
     * it, and its heartbeat has to come back.
     */
    long holdBackNanos(String candidate) {
        return Math.max(stepNanos(), stepNanos + Math.min(roundTrips.ofNanos(candidate), timeoutNanos));
    }

    void measuredStep(long measured) {
        stepNanos = Math.max(1, Math.min(measured, timeoutNanos / 4));
    }

    /** A round trip to a quorum. A peer that answers ever more slowly delays nobody by more than T. */
    private long roundTripNanos() {
        return Math.min(roundTrips.ofQuorumNanos(), timeoutNanos);
    }

    /** When a voter that has not answered is asked again: not before its answer can be there. */
    private long askAgainNanos() {
        return heartbeatNanos + roundTripNanos();
    }

    void standNotBefore(long at) {
        notBeforeNanos = at;
    }

    /** safety rule 12: this member does not stand for 2T. */
    void holdOff() {
        holdOffUntilNanos = time.nanos() + 2 * timeoutNanos;
    }

    /** This member stands after all others for a while, because its operator asked it to step down. */
    void lastForAWhile() {
        lastUntilNanos = time.nanos() + 10 * timeoutNanos;
    }

    void takeProof(TransferProof proof) {
        proofInHand = proof;
    }

    void dropProof() {
        proofInHand = null;
    }

    /** A leader was heard: earlier attempts no longer count. */
    void leaderHeard() {
        failedRounds = 0;
        gaveWay = false;
        proofInHand = null;
    }

    /**
     * Returns the transition to stand, unless something prevents it now. Only for a follower.
     *
     * @param mayStand whether only time, its log and its bonds can keep this member from standing
     */
    @Nullable Transition standIfDue(boolean mayStand) {
        TransferProof proof = proofInHand;
        if (proof != null) {
            if (outbox.hasPendingHardState()) {
                return null;
            }
            proofInHand = null;
            if (ballot.term() <= proof.term() && obstacle() == null) {
                return new Stand(proof.term() + 1, proof, proof.leader() + " transferred its leadership");
            }
        }
        if (configuration.ownKind() != MemberKind.DATA || !mayStand) {
            return null;
        }
        String obstacle = obstacle();
        if (obstacle != null) {
            reportNotElectable(obstacle);
            return null;
        }
        // safety rule 1: never stand in a term, or with a vote, that is not durable yet.
        if (outbox.hasPendingHardState()) {
            return null;
        }
        if (leader.isKnown() && bond.holds(time.nanos())) {
            // The wake-up is set to the end of the bond. Until then there is nothing to compute.
            return null;
        }
        if (pauses.keepsFromStanding()) {
            // safety rule 18. A transfer proof above is no standing by itself.
            reportNotElectable(pauses.describe());
            pauses.wakeAtItsEnd();
            return null;
        }
        long standAt = standAtNanos();
        if (!time.isDue(standAt)) {
            outbox.wake(standAt);
            return null;
        }
        lastNotElectable = "";
        return new PreVote();
    }

    private long standAtNanos() {
        if (configuration.wasAlwaysAlone()) {
            return StepTime.later(notBeforeNanos, holdOffUntilNanos);
        }
        long free = StepTime.later(voter.freeAtNanos(), notBeforeNanos);
        return StepTime.later(free, holdOffUntilNanos) + delayNanos();
    }

    /** The delay by rank: neighbours in rank stand one step apart instead of at random times. */
    private long delayNanos() {
        long delay = rank(configuration.self()) * stepNanos();
        if (configuration.leavesAHeadStart()) {
            delay += timeoutNanos;
        }
        if (lastUntilNanos - time.nanos() > 0) {
            delay += timeoutNanos;
        }
        return delay;
    }

    private int rank(String id) {
        return configuration.rank(id, leader.silent());
    }

    /** What keeps this member from being elected, whatever the other members say, or {@code null}. */
    @Nullable String obstacle() {
        if (configuration.ownKind() != MemberKind.DATA) {
            return "a " + configuration.ownKind().name().toLowerCase(Locale.ROOT) + " never leads";
        }
        if (configuration.isRemoved()) {
            return "it was removed from the cluster";
        }
        Rivals.Superior superior = rivals.superior();
        if (superior != null) {
            return superior.describe();
        }
        if (!log.isEmpty() && !configuration.votes()) {
            return "it has no vote: it is a learner";
        }
        String waits = log.isEmpty() ? assembly.obstacle() : null;
        if (waits != null) {
            return waits;
        }
        if (waitsForTokens()) {
            return WAITS_FOR_TOKENS;
        }
        if (nextTerm() >= Message.TERM_LIMIT) {
            return "its term is the last there is, which no sound cluster reaches: a member lies, or its memory is damaged";
        }
        if (!log.hasRoom()) {
            return "its log ends at the last place there is, which no sound cluster reaches: a member lies, or its memory"
                    + " is damaged";
        }
        if (log.snapshot().image() != null && !log.feeds()) {
            return "its log feeds a state machine that it does not have";
        }
        if (applied.failure() != null) {
            return "its state machine has failed: " + applied.failure();
        }
        if (settings.suppliesPosition() && positions.counted() == null) {
            return "the position of the application's log is not known yet";
        }
        if (!log.isEmpty() && !configuration.isSettled()) {
            return "its durable memory is new, and the log has not let it in yet";
        }
        return null;
    }

    /** safety rule 16: the tokens of a founding are above those that the fence has seen. */
    private boolean waitsForTokens() {
        return log.isEmpty() && settings.founding().asksForTokens() && !fenceAsked;
    }

    private void reportNotElectable(String detail) {
        if (!detail.equals(lastNotElectable)) {
            lastNotElectable = detail;
            if (detail.equals(WAITS_FOR_TOKENS)) {
                outbox.observe(new Observation.FoundingWaits(detail));
            }
            outbox.observe(new Observation.RoundEnded(
                    ElectionOutcome.NOT_ELECTABLE, Phase.PRE_VOTE, ballot.term() + 1, Set.of(), 0, Map.of(), detail));
        }
    }

    // ------------------------------------------------------------------------------------------------ rounds

    /** Starts the pre-vote round that begins a campaign. */
    PreCandidate preVote() {
        return new PreCandidate(newPreVote(), time.nanos() + timeoutNanos + roundTripNanos());
    }

    private VoteRound newPreVote() {
        VoteRound preVote =
                new VoteRound(Phase.PRE_VOTE, nextTerm(), log.isEmpty(), configuration.voters(), null, newClocks());
        preVote.grant(configuration.self(), configuration.incarnation());
        return preVote;
    }

    Candidate candidate(Stand stand) {
        VoteRound vote = new VoteRound(
                Phase.VOTE, stand.term(), log.isEmpty(), configuration.voters(), stand.proof(), newClocks());
        return new Candidate(vote, time.nanos());
    }

    /** The term to stand in. A founding that this member has renounced up to some term is one of a later term. */
    private long nextTerm() {
        return (log.isEmpty() ? Math.max(ballot.term(), assembly.renouncedUpTo()) : ballot.term()) + 1;
    }

    private FoundersClocks newClocks() {
        return new FoundersClocks(settings.founding().clocksWithin().toMillis());
    }

    /** What this member says of its clock to those with whom it founds a cluster. */
    FounderClock ownClock() {
        return FounderClock.reading(time.reading().wallMillis(), tokensUpTo);
    }

    /** The fence has answered which token is the highest that it has seen, if it has seen any. */
    void fenceAsked(@Nullable FencingToken highest) {
        fenceAsked = true;
        if (highest != null) {
            tokenKnown(highest);
        }
    }

    /** An earlier founding gave tokens up to this one. */
    void tokenKnown(FencingToken token) {
        tokensUpTo = Math.max(tokensUpTo, token.value());
    }

    /**
     * Asks for votes, while the candidate's own vote is being written. However many grant theirs, the round is not won
     * before that write, and so every earlier one, is durable (safety rule 1).
     */
    void askForVotes(Candidate candidate) {
        candidate.ownVoteIsBeingWritten(outbox.hardStateWrite());
        for (String voter : candidate.round().toAsk(time.nanos(), askAgainNanos())) {
            ask(candidate, voter);
        }
    }

    /**
     * Whether a pre-candidate gives way to a better-ranked one whose pre-vote it grants. It does so once only, and for
     * one step.
     */
    boolean givesWayTo(String candidate, RoleState own) {
        if (!(own instanceof PreCandidate) || gaveWay || rank(candidate) >= rank(configuration.self())) {
            return false;
        }
        gaveWay = true;
        return true;
    }

    /** Reports a campaign that was ended from outside: by a leader, a higher term or a better-ranked candidate. */
    void abandon(Campaign abandoned, String reason) {
        report(abandoned.round(), failure(abandoned.round()), reason);
    }

    /** Advances a campaign. */
    @Nullable Transition advance(Campaign campaign) {
        if (campaign instanceof Candidate candidate && !candidate.isOwnVoteCounted()) {
            if (outbox.durableWrite() < candidate.ownVoteWrite()) {
                return null;
            }
            voteWriteNanos = time.nanos() - candidate.stoodAtNanos();
            candidate.countOwnVote(
                    configuration.self(),
                    configuration.incarnation(),
                    time.nanos() + Math.max(backoffNanos(), timeForWritesNanos(2)) + roundTripNanos());
        }
        VoteRound round = campaign.round();
        String waits = round.isFounding() && campaign instanceof PreCandidate ? assembly.obstacle() : null;
        if (waits != null) {
            return failPreVote(round, waits);
        }
        if (campaign instanceof PreCandidate && pauses.keepsFromStanding()) {
            // Who was asked to resume has tried for long enough.
            return failPreVote(round, pauses.describe());
        }
        Result result = round.result();
        if (result == Result.WON) {
            return won(campaign);
        }
        if (result == Result.LOST) {
            return fail(campaign, "too many refused");
        }
        if (time.isDue(campaign.deadlineNanos())) {
            return fail(campaign, round.isHeldUp() ? "too many were bound" : "too few answered in time");
        }
        askOn(campaign);
        return null;
    }

    private Transition won(Campaign campaign) {
        if (campaign instanceof PreCandidate) {
            return new Stand(campaign.round().term(), null, "won the pre-vote");
        }
        report(campaign.round(), ElectionOutcome.ELECTED, "a quorum agrees");
        failedRounds = 0;
        // Who has been elected since does not wait any more for a round that failed before.
        notBeforeNanos = time.nanos();
        gaveWay = false;
        leader.elected();
        return new Lead(campaign.round());
    }

    private void askOn(Campaign campaign) {
        VoteRound round = campaign.round();
        long now = time.nanos();
        outbox.wake(campaign.deadlineNanos());
        long free = round.quorumFreeAtNanos(now);
        if (free - now > 0) {
            // A quorum is bound. It is useless to ask before enough of the bonds have ended.
            outbox.wake(free);
            return;
        }
        for (String voter : round.toAsk(now, askAgainNanos())) {
            ask(campaign, voter);
        }
        outbox.wake(round.nextAskNanos(now, askAgainNanos(), now + Outbox.FAR_NANOS));
    }

    private void ask(Campaign campaign, String voter) {
        if (configuration.isSelf(voter)) {
            return;
        }
        VoteRound round = campaign.round();
        EnrolledMember named = configuration.enrolled(voter);
        Request.Vote request = new Request.Vote(
                messenger.headerTo(voter),
                round.phase(),
                round.term(),
                log.last(),
                positions.counted(),
                named == null ? 0 : named.countsFrom(),
                round.isFounding() ? configuration.founders(round.voters()) : null,
                round.proof());
        round.asked(voter, request.header().requestId(), time.nanos());
        messenger.send(request);
    }

    private Transition failPreVote(VoteRound failed, String detail) {
        report(failed, failure(failed), detail);
        notBeforeNanos = time.nanos() + timeoutNanos / 2;
        outbox.wake(notBeforeNanos);
        return new FallBack("the pre-vote failed");
    }

    private @Nullable Transition fail(Campaign campaign, String detail) {
        VoteRound failed = campaign.round();
        boolean timedOut = failed.result() == Result.PENDING;
        if (campaign instanceof PreCandidate preCandidate) {
            if (timedOut) {
                boolean silent = !failed.isHeldUp();
                report(failed, silent ? ElectionOutcome.TIMED_OUT : failure(failed), detail);
                preCandidate.askAnew(newPreVote(), time.nanos() + timeoutNanos + roundTripNanos());
                askOn(preCandidate);
                return null;
            }
            return failPreVote(failed, detail);
        }
        report(failed, timedOut ? ElectionOutcome.TIMED_OUT : failure(failed), detail);
        // A failed vote, unlike a failed pre-vote, waits for a random time before the next pre-vote. The next vote gets
        // up to twice the time of this one.
        failedRounds = Math.min(failedRounds + 1, 30);
        notBeforeNanos = time.nanos() + random.nextLong(backoffNanos());
        outbox.wake(standAtNanos());
        return new FallBack("the election was not won");
    }

    private long backoffNanos() {
        return timeoutNanos * Math.min(MAX_BACKOFF, 1L << Math.min(failedRounds, 10));
    }

    /**
     * The time that this number of writes may take one after the other, if all disks are as slow as this member's was
     * when its vote was last written. Never longer than the longest round.
     */
    long timeForWritesNanos(int writes) {
        return Math.min(MAX_BACKOFF * timeoutNanos, writes * voteWriteNanos);
    }

    /** The time that opening a term may take: a few round trips, if the logs differ, and slow disks. */
    long timeForOpeningNanos() {
        // If all disks are slow, a follower writes a promise and then the entry. Each write takes as long as the
        // candidate's write of its vote.
        return timeForWritesNanos(3) + 4 * roundTripNanos();
    }

    private static ElectionOutcome failure(VoteRound round) {
        return round.phase() == Phase.PRE_VOTE ? ElectionOutcome.PRE_VOTE_FAILED : ElectionOutcome.LOST;
    }

    private void report(VoteRound ended, ElectionOutcome outcome, String detail) {
        outbox.observe(new Observation.RoundEnded(
                outcome, ended.phase(), ended.term(), ended.granted(), ended.needed(), ended.refused(), detail));
    }

    // ------------------------------------------------------------------------------------------------ answers

    @Nullable Transition onAnswer(Response.Vote response, Outstanding asked, Campaign campaign) {
        VoteRound current = campaign.round();
        Header header = response.header();
        // Phase, term and round are checked again: a late answer to an earlier round does not count.
        if (!current.hasAsked(header.requestId())
                || response.phase() != current.phase()
                || response.askedTerm() != current.term()) {
            return null;
        }
        Refusal refusal = response.refusal();
        if (refusal == null) {
            if (current.isFounding()) {
                configuration.listAgrees(header.from());
            }
            if (counts(header, current)) {
                if (clocksAgree(response, asked, current)) {
                    current.grant(header.from(), header.fromIncarnation());
                }
            } else {
                refused(current, header.from(), Refusal.of(RefusalReason.CATCHING_UP));
            }
            return null;
        }
        if (refusal.reason() == RefusalReason.LIST_DIFFERS) {
            configuration.reportListDiffers(header.from());
        }
        if (response.term() > ballot.term() && refusal.tellsOfTerm()) {
            return new AdoptTerm(response.term(), header.from());
        }
        refused(current, header.from(), refusal);
        return null;
    }

    /**
     * Takes the clock of a founder, unless it differs from the others by more than is allowed. Then this round founds nothing.
     */
    private boolean clocksAgree(Response.Vote granted, Outstanding asked, VoteRound current) {
        FounderClock clock = granted.clock();
        if (clock == null
                || !current.isFounding()
                || current.granted().contains(granted.header().from())) {
            return true;
        }
        long sent = asked.sentAt().wallMillis();
        long received = time.reading().wallMillis();
        long difference = current.clocks().difference(clock, sent, received);
        if (!current.clocks().isTooLarge(difference)) {
            current.clocks().add(clock, sent, received);
            return true;
        }
        refused(current, granted.header().from(), Refusal.of(RefusalReason.CLOCKS_DIFFER));
        outbox.observe(new Observation.ClocksDiffer(
                granted.header().from(),
                Duration.ofMillis(difference),
                settings.founding().clocksWithin()));
        return false;
    }

    private void refused(VoteRound current, String voter, Refusal refusal) {
        current.refuse(voter, refusal, time.nanos(), timeoutNanos);
    }

    /**
     * Whether a grant counts: it must come from an incarnation that the log names and that knows this (safety rule 7).
     */
    private boolean counts(Header voter, VoteRound current) {
        if (current.isFounding()) {
            return voter.clusterId() == null;
        }
        return configuration.counts(voter.from(), voter.fromIncarnation(), voter.settled());
    }
}
