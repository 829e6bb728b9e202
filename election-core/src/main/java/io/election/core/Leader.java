package io.election.core;

import io.election.FencingToken;
import io.election.HandoverResult.Outcome;
import io.election.Role;
import io.election.StepDownReason;
import io.election.core.Messenger.Outstanding;
import io.election.core.Transition.AdoptTerm;
import io.election.core.Transition.SendTimeoutNow;
import io.election.core.Transition.StepDown;
import io.election.core.Transition.TransferEnd;
import io.election.core.Transition.TwoLeaders;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One term of a leader, from the election won to the leadership ended. It opens its term with an entry of its own, leads from the
 * commit of that entry on while its lease holds, and gives the lease up before it transfers its leadership.
 *
 * <pre>
 * OPENING  its opening is committed and a quorum acknowledged it   LEADING
 * LEADING  the successor of a transfer has caught up               YIELDED
 * any      the machine ends it                                     OVER
 * </pre>
 *
 * <p>What only the machine can do, such as to end this leadership, is returned as a {@link Transition}.
 */
final class Leader implements RoleState {

    /** Entries that may wait for their commit; more are refused. */
    private static final int MAX_UNCOMMITTED = 1024;

    /** What entries may weigh that wait for their commit, in bytes; more are refused. */
    static final long MAX_UNCOMMITTED_WEIGHT = 8 << 20;

    /** How far a leadership is. */
    private enum Tenure {
        OPENING,
        LEADING,
        YIELDED,
        OVER
    }

    private final ElectionSettings settings;
    private final StepTime time;
    private final Outbox outbox;
    private final Ballot ballot;
    private final ElectionLog log;
    private final Configuration configuration;
    private final Positions positions;
    private final Messenger messenger;
    private final KnownLeader known;
    private final Callers callers;
    private final Peers peers;
    private final LeaderLog own;
    private final LeaseKeeper keeper;
    private final long timeoutNanos;
    private final long openingDeadlineNanos;
    private long openingIndex;
    private Tenure tenure = Tenure.OPENING;
    private @Nullable Transfer transfer;

    /**
     * Begins the present term's leadership.
     *
     * @param openingDeadlineNanos when the opening is committed at the latest
     */
    Leader(MemberState state, long openingDeadlineNanos) {
        this.settings = state.settings();
        this.time = state.time();
        this.outbox = state.outbox();
        this.ballot = state.ballot();
        this.log = state.log();
        this.configuration = state.configuration();
        this.positions = state.positions();
        this.messenger = state.messenger();
        this.known = state.leader();
        this.callers = state.callers();
        this.peers = new Peers(state);
        this.own = new LeaderLog(state);
        this.keeper = new LeaseKeeper(state, peers);
        this.timeoutNanos = settings.electionTimeout().toNanos();
        this.openingDeadlineNanos = openingDeadlineNanos;
    }

    @Override
    public Role role() {
        return Role.LEADER;
    }

    /** Writes the entry that opens the term; the very first one founds the cluster. */
    void open(@Nullable Membership founding) {
        openingIndex = own.append(new Payload.TermOpening(configuration.self(), positions.own(), founding));
    }

    /** Whether this member leads, as far as the lease holds: the opening is committed, and the lease not given up. */
    boolean leads() {
        return tenure == Tenure.LEADING;
    }

    boolean isTransferring() {
        return transfer != null;
    }

    // ------------------------------------------------------------------------------------------------ time

    /** What has run out by now. */
    @Nullable Transition expire() {
        if (leads() && !keeper.holds()) {
            // safety rule 8: a lease that lapsed is never revived.
            return leaseLapsed("too few members acknowledged in time");
        }
        if (tenure == Tenure.OPENING && time.isDue(openingDeadlineNanos)) {
            return new StepDown(
                    StepDownReason.OPENING_NOT_COMMITTED,
                    "the entry that opens the term did not reach a quorum in time",
                    null);
        }
        return null;
    }

    /** The end for a lease that is over, by its own clocks or by a caller's. */
    Transition leaseLapsed(String detail) {
        long ahead = keeper.wallAheadMillis();
        if (ahead > settings.leaseDuration().toMillis() / 2) {
            return new StepDown(
                    StepDownReason.CLOCK_JUMPED,
                    "the wall clock went ahead of the monotonic one by " + ahead + " ms",
                    null);
        }
        return new StepDown(StepDownReason.LEASE_LOST, detail, null);
    }

    /** Does what is due: commits, leads, hands over, sends. */
    @Nullable Transition advance() {
        commit();
        gainIfDue();
        boundLeaseIfNotAlone();
        Transition ended = advanceTransfer();
        if (ended != null) {
            return ended;
        }
        keeper.answerConfirmations();
        keeper.heartbeatIfDue();
        peers.replicate(own);
        if (tenure == Tenure.OPENING) {
            outbox.wake(openingDeadlineNanos);
        } else if (leads()) {
            keeper.wakeAtItsEnd();
        }
        return null;
    }

    // ------------------------------------------------------------------------------------------------ the log

    /** Appends an entry, and returns its index; 0 if it is refused. */
    long propose(Payload payload) {
        boolean full = log.last().index() - log.commitIndex() >= MAX_UNCOMMITTED
                || log.uncommittedWeight() >= MAX_UNCOMMITTED_WEIGHT
                || !log.hasRoom();
        boolean fits = !full && payload.weight() <= Payload.LARGEST;
        return leads() && transfer == null && fits ? own.append(payload) : 0;
    }

    /** More of the own log has become durable. */
    void onDurable() {
        own.onDurable();
    }

    /** Commits what a quorum of voters holds durably, through an entry of the own term (thesis, section 3.6.2). */
    private void commit() {
        long committed = log.commitIndex();
        for (long index = committed + 1; index <= log.last().index(); index++) {
            if (log.termAt(index) == ballot.term() && peers.isOnQuorum(index, own.durableIndex())) {
                boolean founding = log.commitIndex() == 0 && log.termAt(1) == ballot.term();
                own.commitUpTo(index);
                Membership membership = log.membership();
                if (founding && membership != null) {
                    outbox.observe(new Observation.Founded(membership));
                }
            }
        }
    }

    /**
     * Lets a voter with a new memory in again, by an entry that names it. The entry is committed without counting the
     * member, and one at a time (safety rule 7).
     */
    private void letIn(Peer peer) {
        String incarnation = peer.newIncarnation();
        Membership membership = log.membership();
        if (incarnation == null
                || membership == null
                || !leads()
                || transfer != null
                || !log.hasRoom()
                || log.changesMembershipAfter(log.commitIndex())) {
            return;
        }
        long index = log.last().index() + 1;
        own.append(new Payload.MembershipChange(membership.withIncarnation(peer.id(), incarnation, index)));
        peer.letIn(messenger.nextRequestId());
        outbox.observe(new Observation.LetIn(peer.id(), incarnation));
    }

    // ------------------------------------------------------------------------------------------------ answers

    /** A member answered something, be it a question of an earlier term. */
    void heardFrom(String member) {
        Peer peer = peers.get(member);
        if (peer != null) {
            peer.heard(time.nanos());
        }
    }

    /** The answer to a request of this term. */
    @Nullable Transition onAnswer(Response response, Outstanding asked) {
        Peer peer = peers.get(response.header().from());
        if (peer == null) {
            return null;
        }
        peer.replicator().answered(response.header().requestId());
        Refusal refusal = response.refusal();
        // safety rule 7: who has no vote deposes nobody.
        Refusal heeded = peer.kind().votes() ? refusal : null;
        if (heeded != null && response.term() > ballot.term() && heeded.tellsOfTerm()) {
            return new AdoptTerm(response.term(), peer.id());
        }
        if (heeded != null && heeded.reason() == RefusalReason.TWO_LEADERS) {
            return new TwoLeaders(configuration.self(), String.valueOf(heeded.member()));
        }
        if (peer.isCurrent(response)) {
            peer.speaks(response.header());
            letIn(peer);
            if (response instanceof Response.Heartbeat heartbeat) {
                onHeartbeatAnswer(peer, heartbeat, asked);
            } else if (response instanceof Response.Append append) {
                peer.replicator().onAnswer(append, asked.request());
            }
        }
        return null;
    }

    private void onHeartbeatAnswer(Peer peer, Response.Heartbeat response, Outstanding asked) {
        long roundTrip = time.nanos() - asked.sentAt().monotonicNanos();
        peer.tookRoundTrip(roundTrip);
        if (response.refusal() != null) {
            return;
        }
        outbox.observe(new Observation.HeartbeatAcknowledged(peer.id(), Duration.ofNanos(roundTrip)));
        if (response.application() != null) {
            peer.tellsPosition(response.application());
            positions.raiseWatermark(peers.positions(), ballot.term(), configuration.quorum());
        }
        peer.heartbeatAcknowledged(asked);
        extendLease();
    }

    /** A request will not be answered. */
    void onUnanswered(Outstanding asked) {
        Peer peer = peers.get(asked.request().header().to());
        if (peer != null) {
            peer.unanswered();
            peer.replicator().unanswered(asked.request().header().requestId());
        }
    }

    // ------------------------------------------------------------------------------------------------ leading

    private void extendLease() {
        Lease longer = keeper.longer();
        if (longer == null) {
            return;
        }
        if (tenure == Tenure.YIELDED) {
            outbox.add(new Effect.DrainLease(ballot.term(), longer));
            return;
        }
        keeper.extendTo(longer);
        if (leads()) {
            outbox.add(new Effect.LeaseExtended(ballot.term(), longer));
        }
    }

    private void gainIfDue() {
        if (tenure != Tenure.OPENING || log.commitIndex() < openingIndex) {
            return;
        }
        if (configuration.isSoleVoter()) {
            keeper.needNobody();
        }
        Lease held = keeper.lease();
        Membership membership = log.membership();
        if (held == null || membership == null || !keeper.holds()) {
            return;
        }
        tenure = Tenure.LEADING;
        known.become(configuration.self());
        callers.reportFailed(leads());
        outbox.add(new Effect.LeadershipGained(
                ballot.term(), FencingToken.of(membership.generation(), ballot.term()), held));
    }

    /**
     * A second voter is in the log: from now on others can be elected. The lease of a sole voter would hold for ever, and two
     * would lead once this member is cut off.
     */
    private void boundLeaseIfNotAlone() {
        if (leads() && keeper.isUnlimited() && !configuration.isSoleVoter()) {
            Lease bounded = keeper.bound();
            outbox.add(new Effect.LeaseExtended(ballot.term(), bounded));
        }
    }

    /** Asks for a quorum's word that this member still leads. */
    void confirm(long call) {
        keeper.confirm(call);
    }

    // ------------------------------------------------------------------------------------------------ the end

    /** The leadership was lost. That is visible before anything else of this step (safety rule 8). */
    void lose(StepDownReason reason) {
        if (leads()) {
            outbox.add(new Effect.LeadershipEnded(ballot.term(), reason));
        }
        end();
    }

    /**
     * The leadership is given up without a successor: what was begun under its lease may go on until that would have ended, and
     * until then nobody else is elected. The others of its quorum are bound for so long; this member, which counted itself, has to
     * hold its own vote back.
     *
     * @return when the lease would have ended, or {@code null} if there is nothing to wait for
     */
    @Nullable ClockReading giveUp(StepDownReason reason) {
        ClockReading until = null;
        if (leads()) {
            Lease held = Objects.requireNonNull(keeper.lease(), "who leads holds a lease");
            until = held.end();
            outbox.add(new Effect.DrainLease(ballot.term(), held));
        }
        lose(reason);
        return until;
    }

    /** TimeoutNow is sent. That the leadership ended was said when its lease was given up. */
    void transferred() {
        end();
    }

    private void end() {
        if (tenure == Tenure.YIELDED) {
            outbox.add(new Effect.DrainLease(ballot.term(), null));
        }
        tenure = Tenure.OVER;
        keeper.refuseConfirmations();
        Transfer unfinished = transfer;
        transfer = null;
        if (unfinished != null) {
            tell(unfinished.call(), Outcome.FAILED, "the leadership ended before TimeoutNow was sent");
        }
    }

    private void tell(long call, Outcome outcome, String detail) {
        callers.transferEnded(new TransferEnd(call, outcome, detail), leads());
    }

    // ------------------------------------------------------------------------------------------------ transfer

    /**
     * Begins to hand over.
     *
     * @param call who waits for the end, or 0
     * @param reason {@link StepDownReason#HANDED_OVER}, or why the leadership ends even if there is no successor
     * @param to the successor, or {@code null} for the best
     */
    @Nullable Transition transfer(long call, StepDownReason reason, @Nullable String to) {
        Transfer unfinished = transfer;
        if (unfinished != null) {
            // A step-down or the close overtakes a transfer whose lease was not given up yet.
            transfer = null;
            tell(unfinished.call(), Outcome.FAILED, "the leadership ends for another reason: " + reason);
        }
        Peer successor = to == null ? peers.successors().findFirst().orElse(null) : peers.get(to);
        if (successor == null || !peers.canTakeOver(successor)) {
            return noSuccessor(call, reason, to);
        }
        long now = time.nanos();
        long timeout = settings.handoverTimeout().toNanos();
        transfer = new Transfer(
                call, reason, ballot.term(), successor.id(), now + timeout, now + Math.min(timeout, timeoutNanos));
        outbox.observe(new Observation.TransferProgress(successor.id(), "is to lead"));
        return null;
    }

    private @Nullable Transition noSuccessor(long call, StepDownReason reason, @Nullable String to) {
        String detail = to == null
                ? "no other data member is reachable and counts"
                : "'" + to + "' is not another data member that is reachable and counts";
        TransferEnd end = new TransferEnd(call, Outcome.NO_SUCCESSOR, detail);
        if (reason != StepDownReason.HANDED_OVER) {
            return new StepDown(reason, "no other member can take over", end);
        }
        callers.transferEnded(end, leads());
        return null;
    }

    /** The listeners of the leadership that was given up, and the work under it, are done. */
    @Nullable Transition workDone() {
        Transfer current = transfer;
        return current != null && current.hasYielded() ? sendTimeoutNow(current) : null;
    }

    private @Nullable Transition advanceTransfer() {
        Transfer current = transfer;
        if (current == null) {
            return null;
        }
        boolean due = time.isDue(current.stageEndsNanos());
        if (current.hasYielded()) {
            if (due) {
                return sendTimeoutNow(current);
            }
        } else if (hasCaughtUp(current.successor())) {
            yieldLease(current);
        } else if (due) {
            return notCaughtUp(current);
        }
        outbox.wake(current.stageEndsNanos());
        return null;
    }

    /** A new memory that holds the whole log does not count yet, and would refuse TimeoutNow (safety rules 7 and 9). */
    private boolean hasCaughtUp(String id) {
        Peer successor = peers.get(id);
        long last = log.last().index();
        return successor != null
                && successor.counts()
                && successor.replicator().match() == last
                && log.commitIndex() == last;
    }

    private @Nullable Transition notCaughtUp(Transfer current) {
        transfer = null;
        String detail = current.successor() + " did not catch up in time";
        TransferEnd end = new TransferEnd(current.call(), Outcome.TIMED_OUT, detail);
        if (current.endsAnyway()) {
            return new StepDown(current.reason(), detail, end);
        }
        callers.transferEnded(end, leads());
        return null;
    }

    private void yieldLease(Transfer current) {
        // What was begun under the lease may go on until TimeoutNow: the voters are still held.
        outbox.add(new Effect.DrainLease(ballot.term(), keeper.lease()));
        // safety rule 9: the lease ends before TimeoutNow is sent, and is never taken up again in this term.
        outbox.add(new Effect.LeadershipEnded(ballot.term(), current.reason()));
        tenure = Tenure.YIELDED;
        keeper.giveUp();
        keeper.refuseConfirmations();
        current.yielded();
        outbox.observe(new Observation.TransferProgress(current.successor(), "has caught up; the lease is given up"));
    }

    private Transition sendTimeoutNow(Transfer current) {
        long last = log.last().index();
        // Whoever has caught up can lead; the one agreed on comes first.
        List<String> ready = peers.successors()
                .filter(p -> p.replicator().match() == last)
                .map(Peer::id)
                .sorted(Comparator.comparing(id -> !id.equals(current.successor())))
                .toList();
        transfer = null;
        if (ready.isEmpty()) {
            String detail = current.successor() + " fell silent";
            tell(current.call(), Outcome.FAILED, detail);
            return new StepDown(current.reason(), detail, null);
        }
        return new SendTimeoutNow(current, ready);
    }

    // ------------------------------------------------------------------------------------------------ presence

    int reachable(long nowNanos) {
        return peers.reachable(nowNanos);
    }

    List<MemberPresence> presence(long nowNanos) {
        return peers.presence(nowNanos, own.durableIndex());
    }
}
