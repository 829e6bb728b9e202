package io.election.core;

import io.election.HandoverResult.Outcome;
import io.election.StepDownReason;
import io.election.core.Campaign.Candidate;
import io.election.core.Transition.TransferEnd;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The role of this member, and every change of it. Whatever ends a role ends it here. The end of a leadership is
 * published before anything that follows from it.
 *
 * <pre>
 * FOLLOWER       its bond has ended, and its step is over        PRE_CANDIDATE
 * FOLLOWER       a valid transfer proof                          CANDIDATE, in the term after the proof's
 * PRE_CANDIDATE  a quorum would vote for it                      CANDIDATE, in the next term
 * PRE_CANDIDATE  gives way to a better-ranked one                FOLLOWER
 * PRE_CANDIDATE  the pre-vote ran out of time                    PRE_CANDIDATE, asking again
 * PRE_CANDIDATE  the pre-vote cannot be won                      FOLLOWER, standing again later
 * CANDIDATE      a quorum voted for it                           LEADER
 * CANDIDATE      cannot win any more, or ran out of time         FOLLOWER, back to the pre-vote later
 * LEADER         {@link StepDownReason}                          FOLLOWER
 * LEADER         TimeoutNow is sent                              FOLLOWER
 * any            a message of a leader of this or a higher term  FOLLOWER
 * any            a vote granted, or a refusal, in a higher term  FOLLOWER
 * any            the disk failed, or the member closes           FOLLOWER, for good
 * </pre>
 *
 * <p>votedFor changes at most once in a term. It is cleared only where the term rises, and no transition within a term
 * clears it.
 */
final class Roles {

    /**
     * If the term rises by more than this in one step, it is reported: no cluster holds so many elections unnoticed.
     */
    private static final long TERM_LEAP = 1 << 16;

    private final MemberState state;
    private final StepTime time;
    private final Outbox outbox;
    private final Ballot ballot;
    private final ElectionLog log;
    private final Configuration configuration;
    private final KnownLeader leader;
    private final Callers callers;
    private final Service service;
    private final Bond bond;
    private final Voter voter;
    private final Elector elector;
    private final LogAcceptor acceptor;
    private final long timeoutNanos;
    private final RandomGenerator random;

    private RoleState role = new RoleState.Follower();

    /** The rest of a transfer after TimeoutNow is sent. It may outlast the role of its sender. */
    private @Nullable Succession succession;

    private long twoLeadersTerm = -1;
    private int failedOpenings;
    private @Nullable StepDownReason lastEnd;

    Roles(MemberState state, Voter voter, Elector elector, LogAcceptor acceptor, RandomGenerator random) {
        this.state = state;
        this.time = state.time();
        this.outbox = state.outbox();
        this.ballot = state.ballot();
        this.log = state.log();
        this.configuration = state.configuration();
        this.leader = state.leader();
        this.callers = state.callers();
        this.service = state.service();
        this.bond = state.bond();
        this.voter = voter;
        this.elector = elector;
        this.acceptor = acceptor;
        this.timeoutNanos = state.settings().electionTimeout().toNanos();
        this.random = random;
    }

    RoleState role() {
        return role;
    }

    boolean isFollower() {
        return role instanceof RoleState.Follower;
    }

    /** The leadership of the current term, or {@code null} if this member is not a leader. */
    @Nullable Leader leadership() {
        return role instanceof Leader led ? led : null;
    }

    /** Whether this member leads, provided that its lease holds. */
    boolean leads() {
        return role instanceof Leader led && led.leads();
    }

    /** The transfer that waits for a newer leader, or {@code null}. */
    @Nullable Succession succession() {
        return succession;
    }

    /** Whether two leaders were seen in this term. Then this member follows neither of them. */
    boolean hasSeenTwoLeadersIn(long term) {
        return term == twoLeadersTerm;
    }

    /** Why this member's latest leadership ended, or {@code null}. */
    @Nullable StepDownReason lastEnd() {
        return lastEnd;
    }

    // ------------------------------------------------------------------------------------------------ time

    /** Ends whatever has expired. */
    void expire() {
        if (role instanceof Leader led) {
            apply(led.expire());
        } else if (leader.isKnown() && !bond.holds(time.nanos())) {
            leader.forget();
        }
        Succession waiting = succession;
        if (waiting != null && time.isDue(waiting.endsNanos())) {
            waiting.proofMayBeHeld();
            endSuccession(waiting);
        }
        Succession unreported = callers.unreported();
        if (unreported != null && time.isDue(unreported.endsNanos())) {
            callers.reportFailed(leads());
        }
    }

    /** Does what is due. */
    void advance() {
        advanceLeader();
        if (isFollower()) {
            apply(elector.standIfDue(mayStand()));
        }
        if (role instanceof Campaign campaign) {
            apply(elector.advance(campaign));
            // The win may have made this member a leader in this same step.
            advanceLeader();
        }
        if (isFollower() && leader.isKnown()) {
            outbox.wake(bond.untilNanos());
        }
        if (succession != null) {
            outbox.wake(succession.endsNanos());
        }
        Succession unreported = callers.unreported();
        if (unreported != null) {
            outbox.wake(unreported.endsNanos());
        }
    }

    /** Whether only time, its log and its bonds can keep this member from standing. */
    private boolean mayStand() {
        return service.isReady() && !service.isClosing() && !outbox.storageFailed() && succession == null;
    }

    /** What keeps this member from standing, however long it waits; {@code null} if nothing does. */
    @Nullable String obstacle() {
        if (!service.isReady()) {
            return "its application is not ready";
        }
        if (service.isClosing()) {
            return "it is closing";
        }
        return outbox.storageFailed() ? "its journal failed" : elector.obstacle();
    }

    private void advanceLeader() {
        if (role instanceof Leader led) {
            apply(led.advance());
            if (led.leads()) {
                failedOpenings = 0;
            }
        }
    }

    // ------------------------------------------------------------------------------------------------ transitions

    void apply(@Nullable Transition transition) {
        if (transition == null) {
            return;
        }
        if (transition instanceof Transition.PreVote) {
            changeRole(elector.preVote(), ballot.term(), "heard of no leader");
        } else if (transition instanceof Transition.Stand stand) {
            stand(stand);
        } else if (transition instanceof Transition.Lead lead) {
            lead(lead.won());
        } else if (transition instanceof Transition.FallBack back) {
            fall(ballot.term(), back.reason());
        } else if (transition instanceof Transition.StepDown down) {
            if (role instanceof Leader led) {
                stepDown(led, down.reason(), down.detail());
            }
            if (down.thereafter() != null) {
                tell(down.thereafter());
            }
        } else if (transition instanceof Transition.AdoptTerm higher) {
            adopt(higher.term(), higher.from());
        } else if (transition instanceof Transition.TwoLeaders two) {
            sawTwoLeaders(two.one(), two.other());
        } else if (transition instanceof Transition.SendTimeoutNow send) {
            sendTimeoutNow(send.transfer(), send.successors());
        } else {
            throw new IllegalStateException("unknown kind of transition: " + transition);
        }
    }

    /** Raises the term and votes for itself. Other members are asked meanwhile. */
    private void stand(Transition.Stand stand) {
        Succession waiting = succession;
        if (waiting != null) {
            // Only a member that lies gives a transfer proof of a term that this member has handed over itself.
            waiting.proofMayBeHeld();
            endSuccession(waiting);
        }
        leader.forget();
        Candidate candidate = elector.candidate(stand);
        changeRole(candidate, stand.term(), stand.reason());
        if (candidate.round().isFounding()) {
            state.assembly().voted(candidate.round().voters().stream().sorted().toList());
        }
        ballot.standIn(stand.term(), configuration.self());
        acceptor.enterTerm();
        elector.askForVotes(candidate);
    }

    private void lead(VoteRound won) {
        long openingTime = 2 * timeoutNanos * Math.min(4, 1L << Math.min(failedOpenings, 10));
        Leader led = new Leader(state, time.nanos() + Math.max(openingTime, elector.timeForOpeningNanos()));
        changeRole(led, ballot.term(), "won " + won.granted().size() + " of " + won.needed() + " votes needed");
        led.open(log.isEmpty() ? founding(won) : null);
    }

    private Membership founding(VoteRound won) {
        return configuration.founding(won.incarnations(), won.clocks().found(elector.ownClock(), random));
    }

    /**
     * Becomes a follower, whatever the role was before. Within the same term the vote is kept. A higher term clears it.
     */
    void follow(long newTerm, String reason) {
        if (newTerm - ballot.term() > TERM_LEAP) {
            outbox.observe(new Observation.TermLeapt(ballot.term(), newTerm, reason));
        }
        if (role instanceof Leader led) {
            // "Not leader" is visible before anything of the new term leaves (safety rule 8).
            led.lose(StepDownReason.HIGHER_TERM);
            lastEnd = StepDownReason.HIGHER_TERM;
        } else if (role instanceof Campaign campaign) {
            elector.abandon(campaign, reason);
        }
        fall(newTerm, reason);
    }

    /** Becomes a follower after a campaign or a leadership that has ended. */
    private void fall(long newTerm, String reason) {
        changeRole(new RoleState.Follower(), newTerm, reason);
        if (newTerm > ballot.term()) {
            ballot.enter(newTerm);
            acceptor.enterTerm();
            leader.forget();
        }
    }

    /** Ends this member's leadership within its term. */
    void stepDown(Leader led, StepDownReason reason, String detail) {
        boolean lapsed = led.leads() && (reason == StepDownReason.LEASE_LOST || reason == StepDownReason.CLOCK_JUMPED);
        boolean nobodyElseCanLead = !led.mayBeSucceeded();
        if (reason == StepDownReason.REQUESTED || reason == StepDownReason.SHUTDOWN) {
            ClockReading until = led.giveUp(reason);
            if (until != null) {
                voter.holdBackUntil(until.monotonicNanos());
            }
        } else {
            led.lose(reason);
        }
        lastEnd = reason;
        fall(ballot.term(), reason + ": " + detail);
        leader.forget();
        if (reason == StepDownReason.OPENING_NOT_COMMITTED) {
            failedOpenings = Math.min(failedOpenings + 1, 30);
        }
        // safety rule 12: of the leaders that step down here, only one deposed by a higher term, or one whose lease
        // lapsed
        // while nobody else could lead, may stand again at once.
        if (reason != StepDownReason.HIGHER_TERM && !(lapsed && nobodyElseCanLead)) {
            elector.holdOff();
        }
    }

    /** Adopts a higher term that the answer to a current request shows (safety rule 4; thesis, section 3.3). */
    void adopt(long higher, String from) {
        if (role instanceof Leader led) {
            stepDown(led, StepDownReason.HIGHER_TERM, from + " is in term " + higher);
        }
        follow(higher, from + " is in term " + higher);
        elector.standNotBefore(time.nanos());
    }

    /** Another cluster has taken the place of this member's own: it neither leads nor stands in this one any more. */
    void superseded(String why) {
        if (role instanceof Leader led) {
            stepDown(led, StepDownReason.SUPERSEDED, why);
        } else if (role instanceof Campaign) {
            follow(ballot.term(), why);
        }
        Succession waiting = succession;
        if (waiting != null) {
            endSuccession(waiting);
        }
        leader.forget();
    }

    /** The state machine of this member failed: it neither leads nor stands any more. */
    void machineFailed(String detail) {
        if (role instanceof Leader led) {
            apply(led.expire());
        } else if (role instanceof Campaign) {
            follow(ballot.term(), "its state machine failed: " + detail);
        }
    }

    void sawTwoLeaders(String one, String other) {
        twoLeadersTerm = ballot.term();
        outbox.observe(new Observation.TwoLeaders(ballot.term(), one, other));
        if (role instanceof Leader led) {
            stepDown(led, StepDownReason.TWO_LEADERS, one + " and " + other + " lead in the same term");
        } else {
            leader.forget();
        }
    }

    /** Sends TimeoutNow. From here on this member leads nobody, and waits for its successor. */
    private void sendTimeoutNow(Transfer transfer, List<String> successors) {
        if (role instanceof Leader led) {
            led.transferred();
        }
        fall(ballot.term(), "sends TimeoutNow to " + successors.get(0));
        leader.forget();
        lastEnd = transfer.reason();
        Succession begun = new Succession(state, transfer, successors);
        succession = begun;
        if (!begun.sendToNext()) {
            endSuccession(begun);
        }
    }

    /** Called when a message of a leader was accepted, whose term need not be open yet. */
    void successorHeard(String newLeader, long inTerm) {
        if (succession != null && inTerm > succession.term()) {
            succession.leaderHeard(newLeader);
        }
    }

    /** Called when the opening of a later term than the one that was handed over is known to be committed. */
    void transferredTo(String newLeader, long inTerm) {
        Succession waiting = succession == null ? callers.unreported() : succession;
        if (waiting == null || inTerm <= waiting.term()) {
            return;
        }
        succession = null;
        callers.transferred(waiting, newLeader, inTerm);
    }

    /** No newer leader was seen. This member stops waiting and may stand again. */
    void endSuccession(Succession ended) {
        succession = null;
        ended.over();
        callers.waitOn(ended);
        if (!ended.mayBeHeld() || !ended.hasCaller()) {
            callers.reportFailed(leads());
        }
        // Rule 12: the old leader stands again at once only if the transfer was a plain handover. After a step-down or
        // a close it does not.
        elector.standNotBefore(time.nanos());
        if (ended.endsAnyway()) {
            elector.holdOff();
        }
    }

    private void changeRole(RoleState to, long newTerm, String reason) {
        if (role.role() != to.role() || newTerm != ballot.term()) {
            outbox.observe(new Observation.RoleChanged(role.role(), to.role(), newTerm, reason));
        }
        role = to;
    }

    // ------------------------------------------------------------------------------------------------ callers

    void tell(long call, Outcome outcome, String detail) {
        tell(new TransferEnd(call, outcome, detail));
    }

    private void tell(TransferEnd end) {
        callers.transferEnded(end, leads());
    }
}
