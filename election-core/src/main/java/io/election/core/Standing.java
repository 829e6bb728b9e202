package io.election.core;

import io.election.core.VoteRound.Result;
import java.util.Comparator;
import java.util.List;
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
    private final Member self;
    private final String incarnation;
    private final RandomGenerator random;

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
    private @Nullable String dismissed;
    private String lastNotElectable = "";

    Standing(Election election, String incarnation, RandomGenerator random) {
        this.election = election;
        this.settings = election.settings;
        this.self = settings.self();
        this.incarnation = incarnation;
        this.random = random;
        this.stepNanos = settings.step().toNanos();
        this.notBeforeNanos = election.now();
        this.holdOffUntilNanos = election.now();
        this.lastUntilNanos = election.now();
    }

    // ------------------------------------------------------------------------------------------------ when

    /** The step by which neighbours in rank stand one after the other, and for which a vote given holds back. */
    long stepNanos() {
        return stepNanos;
    }

    void stepNanos(long measured) {
        stepNanos = Math.max(1, Math.min(measured, election.timeoutNanos / 4));
    }

    void notBefore(long at) {
        notBeforeNanos = at;
    }

    /** safety rule 12: does not stand for 2T. */
    void holdOff() {
        holdOffUntilNanos = election.now() + 2 * election.timeoutNanos;
    }

    /** Stands after all others for a while: its operator asked it to step down. */
    void lastForAWhile() {
        lastUntilNanos = election.now() + 10 * election.timeoutNanos;
    }

    void takePass(Pass pass) {
        passInHand = pass;
    }

    void dropPass() {
        passInHand = null;
    }

    /** The leader that has just fallen silent, whose turn is not waited for. */
    void dismissed(@Nullable String leader) {
        dismissed = leader;
    }

    /** A leader is there: what was tried before counts no longer. */
    void leaderHeard() {
        failedRounds = 0;
        gaveWay = false;
        passInHand = null;
        dismissed = null;
    }

    /** Stands, as far as nothing is in the way of it now. Only for a follower. */
    void standIfDue() {
        Pass pass = passInHand;
        if (pass != null) {
            if (election.hasPendingVote()) {
                return;
            }
            passInHand = null;
            if (election.term() <= pass.term() && obstacle() == null) {
                stand(pass);
                return;
            }
        }
        if (!self.kind().equals(MemberKind.DATA) || !election.mayStand()) {
            return;
        }
        String obstacle = obstacle();
        if (obstacle != null) {
            reportNotElectable(obstacle);
            return;
        }
        // safety rule 1: never in a term, nor with a vote, that is still on its way to the disk.
        if (election.hasPendingVote()) {
            return;
        }
        if (election.isBoundToKnownLeader()) {
            // Woken when the bond ends; until then there is nothing to reckon.
            return;
        }
        long standAt = standAtNanos();
        if (standAt - election.now() > 0) {
            election.wake(standAt);
            return;
        }
        lastNotElectable = "";
        election.becomePreCandidate();
        startProbe();
    }

    private long standAtNanos() {
        if (election.isSoleVoter()) {
            return Election.later(notBeforeNanos, holdOffUntilNanos);
        }
        long free = Election.later(election.freeToStandAtNanos(), notBeforeNanos);
        return Election.later(free, holdOffUntilNanos) + delayNanos();
    }

    /** Neighbours in rank stand one step after the other instead of drawing lots. */
    private long delayNanos() {
        long delay = rank(settings.nodeId()) * stepNanos;
        boolean headStart = election.log.isEmpty()
                && settings.members().stream().anyMatch(Member::initialLeader)
                && !self.initialLeader();
        if (headStart) {
            delay += election.timeoutNanos;
        }
        if (lastUntilNanos - election.now() > 0) {
            delay += election.timeoutNanos;
        }
        return delay;
    }

    /** How many stand before a member: by priority, then by id; at the founding the initial leaders first. */
    private int rank(String id) {
        Comparator<Member> order = Comparator.comparingInt(Member::priority).reversed();
        if (election.log.isEmpty()) {
            order = Comparator.comparing((Member m) -> !m.initialLeader()).thenComparing(order);
        }
        List<String> ranked = settings.members().stream()
                .filter(m -> m.kind() == MemberKind.DATA)
                // The leader that has just fallen silent is not waited for.
                .filter(m -> !m.id().equals(dismissed) || m.id().equals(settings.nodeId()))
                .sorted(order.thenComparing(Member::id))
                .map(Member::id)
                .toList();
        return Math.max(0, ranked.indexOf(id));
    }

    /** What keeps this member from being elected whatever the others say, or {@code null}. */
    @Nullable String obstacle() {
        if (self.kind() != MemberKind.DATA) {
            return "a " + self.kind().name().toLowerCase(Locale.ROOT) + " never leads";
        }
        if (election.term() + 1 >= Message.TERM_LIMIT) {
            return "its term is the last there is, which no sound cluster reaches: a member lies, or its memory is damaged";
        }
        if (!election.log.hasRoom()) {
            return "its log ends at the last place there is, which no sound cluster reaches: a member lies, or its memory"
                    + " is damaged";
        }
        if (settings.suppliesPosition() && election.countedPosition() == null) {
            return "the position of the application's log is not known yet";
        }
        if (!election.log.isEmpty() && !election.isSettled()) {
            return "its durable memory is new, and the log has not let it in yet";
        }
        return null;
    }

    private void reportNotElectable(String detail) {
        if (!detail.equals(lastNotElectable)) {
            lastNotElectable = detail;
            election.observe(new Observation.RoundEnded(
                    ElectionOutcome.NOT_ELECTABLE, Phase.PROBE, election.term() + 1, Set.of(), 0, Map.of(), detail));
        }
    }

    // ------------------------------------------------------------------------------------------------ rounds

    /** A pre-candidate lets a better-ranked one, whose probe it grants, pass: once, and for one step. */
    boolean givesWayTo(String candidate) {
        if (round == null || round.phase() != Phase.PROBE || gaveWay || rank(candidate) >= rank(settings.nodeId())) {
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
                new VoteRound(Phase.PROBE, election.term() + 1, election.log.isEmpty(), election.voters(), null);
        probe.grant(settings.nodeId(), incarnation);
        round = probe;
        roundDeadlineNanos = election.now() + election.timeoutNanos;
        return probe;
    }

    private void stand(@Nullable Pass pass) {
        long term = (pass == null ? election.term() : pass.term()) + 1;
        // safety rule 1: the own vote is on disk before anybody is asked.
        selfVoteWrite = election.becomeCandidate(
                term, pass == null ? "won the probe" : pass.leader() + " passed on its leadership");
        selfVoteCounted = false;
        stoodAtNanos = election.now();
        VoteRound vote = new VoteRound(Phase.VOTE, term, election.log.isEmpty(), election.voters(), pass);
        round = vote;
        for (String voter : vote.toAsk(election.now(), election.heartbeatNanos)) {
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
            if (election.durableWrite() < selfVoteWrite) {
                return;
            }
            selfVoteCounted = true;
            current.grant(settings.nodeId(), incarnation);
            voteWriteNanos = election.now() - stoodAtNanos;
            roundDeadlineNanos = election.now() + Math.max(backoffNanos(), timeForWritesNanos(2));
        }
        Result result = current.result();
        if (result == Result.WON) {
            won(current);
        } else if (result == Result.LOST) {
            fail(current, "too many refused");
        } else if (roundDeadlineNanos - election.now() <= 0) {
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
        dismissed = null;
        election.becomeLeader(current);
    }

    private void askOn(VoteRound current) {
        long now = election.now();
        election.wake(roundDeadlineNanos);
        long free = current.quorumFreeAtNanos(now);
        if (free - now > 0) {
            // A quorum is bound: nothing is gained by asking before enough of the bonds have ended.
            election.wake(free);
            return;
        }
        for (String voter : current.toAsk(now, election.heartbeatNanos)) {
            ask(current, voter);
        }
        election.wake(current.nextAskNanos(now, election.heartbeatNanos, now + Outbox.FAR_NANOS));
    }

    private void ask(VoteRound current, String voter) {
        if (voter.equals(settings.nodeId())) {
            return;
        }
        EnrolledMember named = election.enrolled(voter);
        Request.Vote request = new Request.Vote(
                election.header(voter),
                current.phase(),
                current.term(),
                election.log.last(),
                election.countedPosition(),
                named == null ? 0 : named.namedAt(),
                current.isFounding() ? settings.listed() : null,
                current.pass());
        current.asked(voter, request.header().requestId(), election.now());
        election.send(request, current.phase() == Phase.VOTE ? selfVoteWrite : 0);
    }

    private void fail(VoteRound failed, String detail) {
        long now = election.now();
        boolean timedOut = failed.result() == Result.PENDING;
        if (failed.phase() == Phase.PROBE) {
            boolean silent = timedOut && !failed.isHeldUp();
            report(failed, silent ? ElectionOutcome.TIMED_OUT : failure(failed), detail);
            round = null;
            if (timedOut) {
                askOn(startProbe());
            } else {
                election.becomeFollower(election.term(), "the probe failed");
                notBeforeNanos = now + election.timeoutNanos / 2;
                election.wake(notBeforeNanos);
            }
            return;
        }
        report(failed, timedOut ? ElectionOutcome.TIMED_OUT : failure(failed), detail);
        round = null;
        // A real round that failed goes back to the probe; the next one gets twice the time, and a draw below that.
        failedRounds = Math.min(failedRounds + 1, 30);
        election.becomeFollower(election.term(), "the election was not won");
        notBeforeNanos = now + random.nextLong(backoffNanos());
        election.wake(standAtNanos());
    }

    private long backoffNanos() {
        return election.timeoutNanos * Math.min(MAX_BACKOFF, 1L << Math.min(failedRounds, 10));
    }

    /**
     * The time that so many writes may take one after the other, on disks like this member's when its vote was last written,
     * and no longer than the longest round.
     */
    long timeForWritesNanos(int writes) {
        return Math.min(MAX_BACKOFF * election.timeoutNanos, writes * voteWriteNanos);
    }

    private static ElectionOutcome failure(VoteRound round) {
        return round.phase() == Phase.PROBE ? ElectionOutcome.PROBE_FAILED : ElectionOutcome.LOST;
    }

    private void report(VoteRound ended, ElectionOutcome outcome, String detail) {
        election.observe(new Observation.RoundEnded(
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
                election.listAgrees(header.from());
            }
            if (counts(header, current)) {
                current.grant(header.from(), header.fromIncarnation());
            } else {
                refused(current, header.from(), Refusal.of(RefusalReason.CATCHING_UP));
            }
            return;
        }
        if (refusal.reason() == RefusalReason.LIST_DIFFERS) {
            election.reportListDiffers(header.from());
        }
        if (response.term() > election.term() && refusal.tellsOfTerm()) {
            election.adopt(response.term(), header.from());
            return;
        }
        refused(current, header.from(), refusal);
    }

    private void refused(VoteRound current, String voter, Refusal refusal) {
        current.refuse(voter, refusal, election.now(), election.timeoutNanos);
    }

    /** Whether a grant counts: from an incarnation that the log names, and that knows it (safety rule 7). */
    private boolean counts(Header voter, VoteRound current) {
        if (current.isFounding()) {
            return voter.clusterId() == null;
        }
        EnrolledMember named = election.enrolled(voter.from());
        return named != null
                && named.incarnation().equals(voter.fromIncarnation())
                && (named.isFounder() || voter.settled());
    }
}
