package io.election.core;

import io.election.HandoverResult.Outcome;
import io.election.Role;
import io.election.StepDownReason;
import io.election.core.Messenger.Outstanding;
import io.election.core.ProposalOutcome.Reason;
import io.election.core.Transition.AdoptTerm;
import io.election.core.Transition.SendTimeoutNow;
import io.election.core.Transition.StepDown;
import io.election.core.Transition.TransferEnd;
import io.election.core.Transition.TwoLeaders;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One term of a leader, from the won election to the end of the leadership. The leader opens its term with an entry of
 * its own. It leads once that entry is committed, and while its lease holds. It gives up the lease before it transfers
 * its leadership.
 *
 * <pre>
 * OPENING  its opening is committed, a quorum acknowledged it, and
 *          all before it is applied                                LEADING
 * LEADING  the successor of a transfer has caught up               YIELDED
 * any      the machine ends it                                     OVER
 * </pre>
 *
 * <p>What only the machine can do, such as ending this leadership, is returned as a {@link Transition}.
 */
final class Leader implements RoleState {

    /** The highest number of uncommitted entries of a log that feeds no state machine. More are refused. */
    private static final int MAX_UNCOMMITTED = 1024;

    /** The most that uncommitted entries may weigh together, in bytes. More are refused. */
    static final long MAX_UNCOMMITTED_WEIGHT = 8 << 20;

    /** The stages of a leadership. */
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
    private final AppliedLog applied;
    private final ReplicaDifferences differences;
    private final Proposals proposals;
    private final MemberChanges changes;
    private final Autopilot autopilot;
    private final LeaseKeeper keeper;
    private final long timeoutNanos;
    private final long openingDeadlineNanos;
    private long openingIndex;
    /** When the lease was last seen to hold while all before the opening was being applied. */
    private long heldNanos;

    private Tenure tenure = Tenure.OPENING;
    private @Nullable Transfer transfer;

    /**
     * Begins the leadership of the current term.
     *
     * @param openingDeadlineNanos by when the term opening must be committed
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
        this.applied = state.applied();
        this.differences = state.differences();
        this.proposals = new Proposals(state, peers, own);
        this.changes = new MemberChanges(state, peers, own);
        this.autopilot = new Autopilot(state, peers);
        this.keeper = new LeaseKeeper(state, peers);
        this.timeoutNanos = settings.electionTimeout().toNanos();
        this.openingDeadlineNanos = openingDeadlineNanos;
        this.heldNanos = openingDeadlineNanos;
    }

    @Override
    public Role role() {
        return Role.LEADER;
    }

    /**
     * Writes the term opening, and sends it. It is acknowledged like a heartbeat, so it stands for the first one (thesis,
     * section 3.4). The very first opening founds the cluster.
     */
    void open(@Nullable Membership founding) {
        openingIndex = own.append(new Payload.TermOpening(configuration.self(), positions.own(), founding));
        peers.replicate(own);
        keeper.heartbeatOthers();
    }

    /**
     * Whether this member leads, provided that its lease holds: the term opening is committed, and the lease has not
     * been given up.
     */
    boolean leads() {
        return tenure == Tenure.LEADING;
    }

    boolean isTransferring() {
        return transfer != null;
    }

    // ------------------------------------------------------------------------------------------------ time

    /** Returns the end of this leadership if something that it needs has expired. */
    @Nullable Transition expire() {
        String failure = applied.failure();
        if (failure != null && tenure != Tenure.YIELDED) {
            return new StepDown(StepDownReason.STATE_MACHINE_FAILED, failure, null);
        }
        if (leads() && !keeper.holds()) {
            // safety rule 8: a lapsed lease is never revived.
            return leaseLapsed("too few members acknowledged in time");
        }
        if (tenure == Tenure.OPENING && isApplying()) {
            return expireApplying();
        }
        if (tenure == Tenure.OPENING && time.isDue(openingDeadlineNanos)) {
            return new StepDown(
                    StepDownReason.OPENING_NOT_COMMITTED,
                    "the entry that opens the term did not reach a quorum in time",
                    null);
        }
        return null;
    }

    /** Whether the opening is committed, and something before it is not applied yet. The deadline of the opening is met then. */
    private boolean isApplying() {
        return openingIndex > 0 && log.commitIndex() >= openingIndex && !applied.hasApplied(openingIndex - 1);
    }

    /** While all before the opening is applied, which may take long, only a quorum that stays away ends the leadership. */
    private @Nullable Transition expireApplying() {
        if (keeper.holds()) {
            heldNanos = time.nanos();
        }
        if (time.isDue(heldNanos + 2 * timeoutNanos)) {
            return new StepDown(StepDownReason.LEASE_LOST, "too few members acknowledged in time", null);
        }
        return null;
    }

    /** Returns the end of this leadership for a lapsed lease, whether this member or a caller found it lapsed. */
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

    /** Does what is due: commits entries, begins to lead, hands over, sends. */
    @Nullable Transition advance() {
        peers.follow();
        commit();
        proposals.acknowledge();
        gainIfDue();
        unboundLeaseIfAlone();
        Transition ended = advanceTransfer();
        if (ended != null) {
            return ended;
        }
        keeper.answerConfirmations();
        keeper.heartbeatIfDue();
        peers.replicate(own);
        if (tenure == Tenure.OPENING) {
            outbox.wake(isApplying() ? heldNanos + 2 * timeoutNanos : openingDeadlineNanos);
        } else if (leads()) {
            keeper.wakeAtItsEnd();
        }
        return null;
    }

    // ------------------------------------------------------------------------------------------------ the log

    /** Appends an entry and returns its index, or 0 if the entry is refused. */
    long propose(Payload payload) {
        boolean full = log.last().index() - log.commitIndex() >= MAX_UNCOMMITTED
                || log.uncommittedWeight() >= MAX_UNCOMMITTED_WEIGHT
                || !log.hasRoom();
        // A membership is changed by a change of it, which looks at what there is.
        boolean fits = !full && payload.membership() == null && payload.weight() <= Payload.LARGEST;
        return leads() && transfer == null && fits ? own.append(payload) : 0;
    }

    /** Appends entries for the state machines, as many as may be. */
    ProposalOutcome propose(List<Payload.Application> entries) {
        // Work that was begun in this term may write until it is done. Then the log is frozen for the successor.
        Transfer current = transfer;
        boolean takes = leads() || (tenure == Tenure.YIELDED && current != null && !current.isFrozen());
        return takes
                ? proposals.append(entries)
                : ProposalOutcome.refused(
                        Reason.NO_LEADER,
                        tenure == Tenure.OPENING ? "its term is not open yet" : "its leadership is being handed over");
    }

    /** Appends entries for another member, which is answered once they are acknowledged. */
    void propose(List<Payload.Application> entries, Consumer<ProposalOutcome> answer) {
        proposals.hold(propose(entries), answer);
    }

    /** Asks a quorum, for a linearizable read, up to where everything must be applied before it. */
    void readIndex(LongConsumer answer) {
        keeper.confirm(committed -> answer.accept(Math.max(0, committed)));
    }

    /** More of this leader's own log has become durable. */
    void onDurable() {
        own.onDurable();
    }

    /**
     * Commits what a quorum of voters holds durably. An entry of an earlier term commits only through an entry of this
     * term (thesis, section 3.6.2).
     */
    private void commit() {
        long held = Math.min(peers.onQuorum(own.durableIndex()), log.last().index());
        if (held > log.commitIndex() && log.termAt(held) == ballot.term()) {
            Membership founding = log.uncommittedFounding();
            if (log.commitIndex() < openingIndex) {
                // The deadline of the opening is met. What is before it may take as long as it does to be applied.
                heldNanos = time.nanos();
            }
            own.commitUpTo(held);
            changes.onCommit();
            if (founding != null) {
                outbox.observe(new Observation.Founded(founding));
            }
        }
    }

    /** Lets in a voter with a new memory, unless the leadership is being handed over. */
    private void letIn(Peer peer) {
        if (leads() && transfer == null) {
            changes.letIn(peer);
        }
    }

    /**
     * Makes the change that the autopilot finds due. Like an operator's, it may be refused. What a step brings is judged by one
     * membership, so this comes before it.
     */
    void changeMembersIfDue() {
        if (!autopilot.isNeeded() || !leads() || transfer != null || changes.isUnderWay()) {
            return;
        }
        Autopilot.Decision due = autopilot.due();
        if (due != null) {
            // Its settings say how few may be left, and nobody leads itself out.
            changeMembers(new MemberWish(due.change(), null, true, due.because(), result -> heldUp(due, result)));
        }
    }

    private void heldUp(Autopilot.Decision due, MemberChange.Result result) {
        if (result.outcome() != MemberChange.Outcome.DONE && result.outcome() != MemberChange.Outcome.UNKNOWN) {
            outbox.observe(new Observation.MemberChangeHeldUp(due.change(), due.because(), result.detail()));
        }
    }

    /** A member that closes asks to be removed. */
    void leaves(String member, String incarnation) {
        autopilot.leaves(member, incarnation);
    }

    /** Makes a change of membership, or says why not. One about this leader itself is left to its successor. */
    @Nullable Transition changeMembers(MemberWish wish) {
        if (!leads()) {
            refuse(wish, MemberChange.Outcome.NOT_LEADER, "its term is not open yet");
        } else if (transfer != null) {
            refuse(wish, MemberChange.Outcome.BUSY, "its leadership is being handed over");
        } else {
            boolean handsOver = changes.change(wish, this::boundLease);
            // With fewer voters, what was acknowledged already may be enough for longer.
            extendLease();
            return handsOver ? transfer(0, StepDownReason.HANDED_OVER, null) : null;
        }
        return null;
    }

    private void refuse(MemberWish wish, MemberChange.Outcome outcome, String detail) {
        wish.asker().accept(new MemberChange.Result(outcome, Membership.versionOf(log.membership()), detail));
    }

    // ------------------------------------------------------------------------------------------------ answers

    /** A member answered any request, even one of an earlier term. */
    void heardFrom(String member) {
        Peer peer = peers.get(member);
        if (peer != null) {
            peer.heard(time.nanos());
        }
    }

    /** Whether another member could lead, as far as this one knows: a data member whose latest call did not fail. */
    boolean mayBeSucceeded() {
        return peers.mayAnyLead();
    }

    /** Handles the answer to a request of this term. */
    @Nullable Transition onAnswer(Response response, Outstanding asked) {
        Peer peer = peers.get(response.header().from());
        if (peer == null) {
            return null;
        }
        peer.replicator().answered(response.header().requestId());
        Refusal refusal = response.refusal();
        // safety rule 7: an observer deposes no leader. A learner that is in a higher term would never hear of this
        // one.
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
                onAppendAnswer(peer, append, asked);
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
        peer.tellsReplica(response.replica());
        peer.tellsOfPauses(Boolean.TRUE.equals(response.readsPauses()));
        differences.hear(peer.id(), peer.kind(), response.replica() != null);
        outbox.observe(new Observation.HeartbeatAcknowledged(peer.id(), Duration.ofNanos(roundTrip)));
        if (response.application() != null) {
            peer.tellsPosition(response.application());
            positions.raiseWatermark(peers.positions(), ballot.term(), configuration.quorum());
        }
        peer.acknowledged(asked);
        tell(peer, asked);
        extendLease();
    }

    private static void tell(Peer peer, Outstanding asked) {
        if (asked.request() instanceof Request.FromLeader accepted) {
            peer.replicator().told(accepted);
        }
    }

    /** Whoever takes entries, or refuses only them, is bound to this leader from when it received them (safety rule 8). */
    private void onAppendAnswer(Peer peer, Response.Append response, Outstanding asked) {
        peer.replicator().onAnswer(response, asked.request());
        peer.tellsApplied(response.applied());
        Refusal refusal = response.refusal();
        if (refusal == null) {
            tell(peer, asked);
        }
        if (refusal == null || refusal.acceptsLeader()) {
            peer.acknowledged(asked);
            extendLease();
        }
    }

    /** A request will get no answer. */
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
        if (!applied.hasApplied(openingIndex - 1)) {
            return;
        }
        Lease held = keeper.lease();
        Membership membership = log.membership();
        if (held == null || membership == null || !keeper.holds()) {
            return;
        }
        tenure = Tenure.LEADING;
        // So that all learn at once that the opening is committed: whoever handed over waits for it.
        keeper.heartbeatSoon();
        known.become(configuration.self());
        callers.reportFailed(leads());
        outbox.add(new Effect.LeadershipGained(ballot.term(), membership.token(ballot.term()), held));
    }

    /**
     * The log is about to name another voter, so another member can be elected from then on. Without a bound, the lease of a
     * sole voter would never end. If this member were then cut off, two members would lead.
     */
    private void boundLease() {
        if (keeper.isUnlimited()) {
            outbox.add(new Effect.LeaseExtended(ballot.term(), keeper.bound()));
        }
    }

    /** The other voters have left. From now on this member needs nobody, and nobody is elected without it. */
    private void unboundLeaseIfAlone() {
        Membership membership = log.membership();
        boolean committed = membership != null && membership.version() <= log.commitIndex();
        if (leads() && committed && configuration.isSoleVoter() && !keeper.isUnlimited()) {
            keeper.needNobody();
            outbox.add(new Effect.LeaseExtended(ballot.term(), Lease.UNLIMITED));
        }
    }

    /** Asks a quorum to confirm that this member still leads. */
    void confirm(long call) {
        keeper.confirm(committed -> outbox.add(new Effect.ConfirmEnded(call, committed >= 0)));
    }

    // ------------------------------------------------------------------------------------------------ the end

    /** The leadership was lost. This is visible before anything else of this step (safety rule 8). */
    void lose(StepDownReason reason) {
        if (leads()) {
            outbox.add(new Effect.LeadershipEnded(ballot.term(), reason));
        }
        end();
    }

    /**
     * Gives up the leadership without a successor. Work that was begun under its lease may continue until the lease
     * would have ended, and no other member is elected before then. The other members of its quorum are bound for that
     * long. This member counted itself in the quorum, so it must hold back its own vote for that long.
     *
     * @return when the lease would have ended, or {@code null} if there is nothing to wait for
     */
    @Nullable ClockReading giveUp(StepDownReason reason) {
        ClockReading until = null;
        if (leads()) {
            // A sole voter's has no end. Another voter may come before the work is done.
            Lease held = keeper.isUnlimited()
                    ? keeper.bound()
                    : Objects.requireNonNull(keeper.lease(), "a member that leads holds a lease");
            until = held.end();
            outbox.add(new Effect.DrainLease(ballot.term(), held));
        }
        lose(reason);
        return until;
    }

    /** TimeoutNow is sent. The end of the leadership was already published when the lease was given up. */
    void transferred() {
        end();
    }

    private void end() {
        if (tenure == Tenure.YIELDED) {
            outbox.add(new Effect.DrainLease(ballot.term(), null));
        }
        tenure = Tenure.OVER;
        keeper.refuseConfirmations();
        proposals.onEnd();
        applied.images().sendsNoMore();
        changes.onEnd();
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
     * Begins a transfer.
     *
     * @param call the call that waits for the end of the transfer, or 0
     * @param reason {@link StepDownReason#HANDED_OVER}, or why the leadership ends even if there is no successor
     * @param to the successor, or {@code null} for the best prepared member
     */
    @Nullable Transition transfer(long call, StepDownReason reason, @Nullable String to) {
        Transfer unfinished = transfer;
        if (unfinished != null) {
            // A step-down or a close replaces a transfer whose lease has not been given up yet.
            transfer = null;
            String detail = "the leadership ends for another reason: " + reason;
            // It may end in this very step. Readers see that before the caller is told, so no leader is named.
            callers.transferEnded(new TransferEnd(unfinished.call(), Outcome.FAILED, detail), false);
        }
        Peer successor = to == null ? peers.successors().findFirst().orElse(null) : peers.get(to);
        if (successor == null || !peers.canTakeOver(successor)) {
            return noSuccessor(call, reason, to);
        }
        long now = time.nanos();
        long timeout = settings.handoverTimeout().toNanos();
        transfer = new Transfer(
                call,
                reason,
                ballot.term(),
                successor.id(),
                now + timeout,
                now + Math.min(timeout, timeoutNanos),
                log.last().index(),
                now);
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

    /** The listeners for the end of this leadership, and the work under it, are done. */
    @Nullable Transition workDone() {
        Transfer current = transfer;
        return current != null && current.hasYielded() ? pass(current) : null;
    }

    private @Nullable Transition advanceTransfer() {
        Transfer current = transfer;
        if (current == null) {
            return null;
        }
        boolean due = time.isDue(current.stageEndsNanos());
        if (current.isFrozen()) {
            if (due || hasCaughtUp(current.successor(), log.last().index())) {
                return sendTimeoutNow(current);
            }
        } else if (current.hasYielded()) {
            if (due) {
                return pass(current);
            }
        } else if (hasCaughtUp(
                current.successor(),
                log.feeds() ? current.beganAt() : log.last().index())) {
            yieldLease(current);
        } else if (due) {
            return notCaughtUp(current);
        }
        askForApplied(current);
        outbox.wake(current.stageEndsNanos());
        return null;
    }

    /**
     * Nothing more is written in this term. Where the log feeds a state machine, work may have written until now: the successor
     * catches up once more, and applies it.
     */
    private @Nullable Transition pass(Transfer current) {
        if (!log.feeds() || hasCaughtUp(current.successor(), log.last().index())) {
            return sendTimeoutNow(current);
        }
        current.freeze(time.nanos() + timeoutNanos / 2);
        askForApplied(current);
        outbox.wake(current.stageEndsNanos());
        return null;
    }

    /** A successor that holds all may say only with its next answer that it has applied it too. It is asked soon. */
    private void askForApplied(Transfer current) {
        Peer successor = peers.get(current.successor());
        if (!log.feeds()
                || successor == null
                || successor.replicator().match() < log.last().index()
                || successor.hasApplied(log.last().index())) {
            return;
        }
        if (time.isDue(current.nextAskNanos())) {
            keeper.heartbeat(successor);
            current.asked(time.nanos() + settings.heartbeatInterval().toNanos() / 20);
        }
        outbox.wake(current.nextAskNanos());
    }

    /**
     * Whether a member could take over with what the log holds up to an index. A new memory that holds it does not count yet, and
     * would refuse TimeoutNow (safety rules 7 and 9).
     */
    private boolean hasCaughtUp(String id, long upTo) {
        Peer successor = peers.get(id);
        return successor != null
                && successor.counts()
                && successor.replicator().match() >= upTo
                && log.commitIndex() >= upTo
                && (!log.feeds() || successor.hasApplied(upTo));
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
        // Work that was begun under the lease may continue until TimeoutNow: the heartbeats still bind the voters.
        outbox.add(new Effect.DrainLease(ballot.term(), keeper.lease()));
        // safety rule 9: the lease ends before TimeoutNow is sent, and it is never resumed in this term.
        outbox.add(new Effect.LeadershipEnded(ballot.term(), current.reason()));
        tenure = Tenure.YIELDED;
        keeper.giveUp();
        keeper.refuseConfirmations();
        current.yielded();
        outbox.observe(new Observation.TransferProgress(current.successor(), "has caught up; the lease is given up"));
    }

    private Transition sendTimeoutNow(Transfer current) {
        long last = log.last().index();
        // Any member that has caught up can lead. The agreed successor comes first.
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

    /** What the other members last said of their replicas. */
    Map<String, ReplicaStatus> replicas() {
        return peers.replicas();
    }

    List<MemberPresence> presence(long nowNanos) {
        return peers.presence(nowNanos, own.durableIndex()).stream()
                .map(member -> member.keptUpSince(autopilot.keptUpSince(member.id())))
                .toList();
    }
}
