package io.election.core;

import io.election.core.VoteRound.Result;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * When a member stands for election, and the rounds in which it then asks for votes. It decides and counts; the
 * transitions themselves are {@link Election}'s.
 */
final class Standing {

    private static final int MAX_BACKOFF = 8;

    private final Election election;
    private final ElectionSettings settings;
    private final StepTime time;
    private final Outbox outbox;
    private final Ballot ballot;
    private final ElectionLog log;
    private final Configuration configuration;
    private final Positions positions;
    private final Messenger messenger;
    private final KnownLeader leader;
    private final RandomGenerator random;
    private final long timeoutNanos;
    private final long heartbeatNanos;

    private @Nullable VoteRound round;
    private long roundDeadlineNanos;
    private long selfVoteWrite;
    private boolean selfVoteCounted;
    private long stoodAtNanos;
    private long voteWriteNanos;
    private int failedRounds;
    private boolean gaveWay;

    private long stepNanos;
    private long notBeforeNanos;
    private long holdOffUntilNanos;
    private long lastUntilNanos;
    private @Nullable Pass passInHand;
    private String lastNotElectable = "";

    Standing(Election election, MemberState state, RandomGenerator random) {
        this.election = election;
        this.settings = state.settings();
        this.time = state.time();
        this.outbox = state.outbox();
        this.ballot = state.ballot();
        this.log = state.log();
        this.configuration = state.configuration();
        this.positions = state.positions();
        this.messenger = state.messenger();
        this.leader = state.leader();
        this.random = random;
        this.timeoutNanos = settings.electionTimeout().toNanos();
        this.heartbeatNanos = settings.heartbeatInterval().toNanos();
        this.stepNanos = settings.step().toNanos();
        this.notBeforeNanos = time.nanos();
        this.holdOffUntilNanos = time.nanos();
        this.lastUntilNanos = time.nanos();
    }

    // ------------------------------------------------------------------------------------------------ when

    /** The step by which neighbours in rank stand one after the other, and for which a vote given holds back. */
    long stepNanos() {
        return stepNanos;
    }

    void stepNanos(long measured) {
        stepNanos = Math.max(1, Math.min(measured, timeoutNanos / 4));
    }

    void notBefore(long at) {
        notBeforeNanos = at;
    }

    /** safety rule 12: does not stand for 2T. */
    void holdOff() {
        holdOffUntilNanos = time.nanos() + 2 * timeoutNanos;
    }

    /** Stands after all others for a while: its operator asked it to step down. */
    void lastForAWhile() {
        lastUntilNanos = time.nanos() + 10 * timeoutNanos;
    }

    void takePass(Pass pass) {
        passInHand = pass;
    }

    void dropPass() {
        passInHand = null;
    }

    /** A leader is there: what was tried before counts no longer. */
    void leaderHeard() {
        failedRounds = 0;
        gaveWay = false;
        passInHand = null;
    }

    /** Stands, as far as nothing is in the way of it now. Only for a follower. */
    void standIfDue() {
        Pass pass = passInHand;
        if (pass != null) {
            if (outbox.hasPendingHardState()) {
                return;
            }
            passInHand = null;
            if (ballot.term() <= pass.term() && obstacle() == null) {
                stand(pass);
                return;
            }
        }
        if (configuration.ownKind() != MemberKind.DATA || !election.mayStand()) {
            return;
        }
        String obstacle = obstacle();
        if (obstacle != null) {
            reportNotElectable(obstacle);
            return;
        }
        // safety rule 1: never in a term, nor with a vote, that is still on its way to the disk.
        if (outbox.hasPendingHardState()) {
            return;
        }
        if (election.isBoundToKnownLeader()) {
            // Woken when the bond ends; until then there is nothing to reckon.
            return;
        }
        long standAt = standAtNanos();
        if (standAt - time.nanos() > 0) {
            outbox.wake(standAt);
            return;
        }
        lastNotElectable = "";
        election.becomePreCandidate();
        startProbe();
    }

    private long standAtNanos() {
        if (configuration.isSoleVoter()) {
            return StepTime.later(notBeforeNanos, holdOffUntilNanos);
        }
        long free = StepTime.later(election.freeToStandAtNanos(), notBeforeNanos);
        return StepTime.later(free, holdOffUntilNanos) + delayNanos();
    }

    /** Neighbours in rank stand one step after the other instead of drawing lots. */
    private long delayNanos() {
        long delay = rank(configuration.self()) * stepNanos;
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

    /** What keeps this member from being elected whatever the others say, or {@code null}. */
    @Nullable String obstacle() {
        if (configuration.ownKind() != MemberKind.DATA) {
            return "a " + configuration.ownKind().name().toLowerCase(Locale.ROOT) + " never leads";
        }
        if (ballot.term() + 1 >= Message.TERM_LIMIT) {
            return "its term is the last there is, which no sound cluster reaches: a member lies, or its memory is damaged";
        }
        if (!log.hasRoom()) {
            return "its log ends at the last place there is, which no sound cluster reaches: a member lies, or its memory"
                    + " is damaged";
        }
        if (settings.suppliesPosition() && positions.counted() == null) {
            return "the position of the application's log is not known yet";
        }
        if (!log.isEmpty() && !configuration.isSettled()) {
            return "its durable memory is new, and the log has not let it in yet";
        }
        return null;
    }

    private void reportNotElectable(String detail) {
        if (!detail.equals(lastNotElectable)) {
            lastNotElectable = detail;
            outbox.observe(new Observation.RoundEnded(
                    ElectionOutcome.NOT_ELECTABLE, Phase.PROBE, ballot.term() + 1, Set.of(), 0, Map.of(), detail));
        }
    }

    // ------------------------------------------------------------------------------------------------ rounds

    /** A pre-candidate lets a better-ranked one, whose probe it grants, pass: once, and for one step. */
    boolean givesWayTo(String candidate) {
        if (round == null || round.phase() != Phase.PROBE || gaveWay || rank(candidate) >= rank(configuration.self())) {
            return false;
        }
        gaveWay = true;
        return true;
    }

    /** Something else ended the round, if there is one: a leader, a higher term, a better-ranked candidate. */
    void abandonRound(String reason) {
        VoteRound abandoned = round;
        round = null;
        if (abandoned != null) {
            report(abandoned, failure(abandoned), reason);
        }
    }

    private VoteRound startProbe() {
        VoteRound probe =
                new VoteRound(Phase.PROBE, ballot.term() + 1, log.isEmpty(), configuration.voters(), null);
        probe.grant(configuration.self(), configuration.incarnation());
        round = probe;
        roundDeadlineNanos = time.nanos() + timeoutNanos;
        return probe;
    }

    private void stand(@Nullable Pass pass) {
        long term = (pass == null ? ballot.term() : pass.term()) + 1;
        // safety rule 1: the own vote is on disk before anybody is asked.
        selfVoteWrite = election.becomeCandidate(
                term, pass == null ? "won the probe" : pass.leader() + " passed on its leadership");
        selfVoteCounted = false;
        stoodAtNanos = time.nanos();
        VoteRound vote = new VoteRound(Phase.VOTE, term, log.isEmpty(), configuration.voters(), pass);
        round = vote;
        for (String voter : vote.toAsk(time.nanos(), heartbeatNanos)) {
            ask(vote, voter);
        }
    }

    /** Brings the round under way on, if there is one. */
    void advance() {
        VoteRound current = round;
        if (current == null) {
            return;
        }
        if (current.phase() == Phase.VOTE && !selfVoteCounted) {
            if (outbox.durableWrite() < selfVoteWrite) {
                return;
            }
            selfVoteCounted = true;
            current.grant(configuration.self(), configuration.incarnation());
            voteWriteNanos = time.nanos() - stoodAtNanos;
            roundDeadlineNanos = time.nanos() + Math.max(backoffNanos(), timeForWritesNanos(2));
        }
        Result result = current.result();
        if (result == Result.WON) {
            won(current);
        } else if (result == Result.LOST) {
            fail(current, "too many refused");
        } else if (roundDeadlineNanos - time.nanos() <= 0) {
            fail(current, current.isHeldUp() ? "too many were bound" : "too few answered in time");
        } else {
            askOn(current);
        }
    }

    private void won(VoteRound current) {
        if (current.phase() == Phase.PROBE) {
            stand(null);
            return;
        }
        report(current, ElectionOutcome.ELECTED, "a quorum agrees");
        round = null;
        failedRounds = 0;
        gaveWay = false;
        leader.elected();
        election.becomeLeader(current);
    }

    private void askOn(VoteRound current) {
        long now = time.nanos();
        outbox.wake(roundDeadlineNanos);
        long free = current.quorumFreeAtNanos(now);
        if (free - now > 0) {
            // A quorum is bound: nothing is gained by asking before enough of the bonds have ended.
            outbox.wake(free);
            return;
        }
        for (String voter : current.toAsk(now, heartbeatNanos)) {
            ask(current, voter);
        }
        outbox.wake(current.nextAskNanos(now, heartbeatNanos, now + Outbox.FAR_NANOS));
    }

    private void ask(VoteRound current, String voter) {
        if (voter.equals(configuration.self())) {
            return;
        }
        EnrolledMember named = configuration.enrolled(voter);
        Request.Vote request = new Request.Vote(
                messenger.headerTo(voter),
                current.phase(),
                current.term(),
                log.last(),
                positions.counted(),
                named == null ? 0 : named.namedAt(),
                current.isFounding() ? settings.listed() : null,
                current.pass());
        current.asked(voter, request.header().requestId(), time.nanos());
        messenger.send(request, current.phase() == Phase.VOTE ? selfVoteWrite : 0);
    }

    private void fail(VoteRound failed, String detail) {
        long now = time.nanos();
        boolean timedOut = failed.result() == Result.PENDING;
        if (failed.phase() == Phase.PROBE) {
            boolean silent = timedOut && !failed.isHeldUp();
            report(failed, silent ? ElectionOutcome.TIMED_OUT : failure(failed), detail);
            round = null;
            if (timedOut) {
                askOn(startProbe());
            } else {
                election.becomeFollower(ballot.term(), "the probe failed");
                notBeforeNanos = now + timeoutNanos / 2;
                outbox.wake(notBeforeNanos);
            }
            return;
        }
        report(failed, timedOut ? ElectionOutcome.TIMED_OUT : failure(failed), detail);
        round = null;
        // A real round that failed goes back to the probe; the next one gets twice the time, and a draw below that.
        failedRounds = Math.min(failedRounds + 1, 30);
        election.becomeFollower(ballot.term(), "the election was not won");
        notBeforeNanos = now + random.nextLong(backoffNanos());
        outbox.wake(standAtNanos());
    }

    private long backoffNanos() {
        return timeoutNanos * Math.min(MAX_BACKOFF, 1L << Math.min(failedRounds, 10));
    }

    /**
     * The time that so many writes may take one after the other, on disks like this member's when its vote was last written,
     * and no longer than the longest round.
     */
    long timeForWritesNanos(int writes) {
        return Math.min(MAX_BACKOFF * timeoutNanos, writes * voteWriteNanos);
    }

    private static ElectionOutcome failure(VoteRound round) {
        return round.phase() == Phase.PROBE ? ElectionOutcome.PROBE_FAILED : ElectionOutcome.LOST;
    }

    private void report(VoteRound ended, ElectionOutcome outcome, String detail) {
        outbox.observe(new Observation.RoundEnded(
                outcome, ended.phase(), ended.term(), ended.granted(), ended.needed(), ended.refused(), detail));
    }

    // ------------------------------------------------------------------------------------------------ answers

    void onAnswer(Response.Vote response) {
        VoteRound current = round;
        Header header = response.header();
        // Phase, term and round are validated again: a late answer to an earlier one counts for nothing.
        if (current == null
                || !current.asked(header.requestId())
                || response.phase() != current.phase()
                || response.askedTerm() != current.term()) {
            return;
        }
        Refusal refusal = response.refusal();
        if (refusal == null) {
            if (current.isFounding()) {
                configuration.listAgrees(header.from());
            }
            if (counts(header, current)) {
                current.grant(header.from(), header.fromIncarnation());
            } else {
                refused(current, header.from(), Refusal.of(RefusalReason.CATCHING_UP));
            }
            return;
        }
        if (refusal.reason() == RefusalReason.LIST_DIFFERS) {
            configuration.reportListDiffers(header.from());
        }
        if (response.term() > ballot.term() && refusal.tellsOfTerm()) {
            election.adopt(response.term(), header.from());
            return;
        }
        refused(current, header.from(), refusal);
    }

    private void refused(VoteRound current, String voter, Refusal refusal) {
        current.refuse(voter, refusal, time.nanos(), timeoutNanos);
    }

    /** Whether a grant counts: from an incarnation that the log names, and that knows it (safety rule 7). */
    private boolean counts(Header voter, VoteRound current) {
        if (current.isFounding()) {
            return voter.clusterId() == null;
        }
        return configuration.counts(voter.from(), voter.fromIncarnation(), voter.settled());
    }
}
