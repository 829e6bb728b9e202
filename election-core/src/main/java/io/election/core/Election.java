package io.election.core;

import io.election.HandoverResult.Outcome;
import io.election.StepDownReason;
import io.election.core.Messenger.Outstanding;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The election as one member sees it: a pure state machine. It takes an {@link Input} and the time, and returns
 * effects. It has no clock, thread, socket, file or randomness of its own. The same inputs lead to the same effects.
 *
 * <p>It is Raft's election and log (Ongaro, "Consensus: Bridging Theory and Practice", called the "thesis" below), with
 * a pre-vote before every election (9.6), leases bound to promises (6.4.1), and leadership transfer (3.10). An election
 * by a transfer proof needs no pre-vote.
 *
 * <p>The state of one member is in objects that own it ({@link MemberState}). This class takes the inputs.
 * {@link Respondent} answers peers. {@link Roles} holds the member's role and is the only class that changes it.
 * {@link Elector}, {@link Leader} and {@link LogAcceptor} do the work of each role.
 *
 * <p>An effect that depends on a write names it ({@link Effect}). A reply waits at least for the latest change of term,
 * vote or promise.
 *
 * <p>Not thread-safe.
 */
public final class Election implements ElectionMachine {

    private final StepTime time;
    private final Outbox outbox;
    private final Ballot ballot;
    private final ElectionLog log;
    private final Configuration configuration;
    private final Pauses pauses;
    private final Positions positions;
    private final Messenger messenger;
    private final KnownLeader leader;
    private final Service service;
    private final RoundTrips roundTrips;
    private final Elector elector;
    private final Roles roles;
    private final Respondent respondent;
    private final Introduction introduction;
    private final Departure departure;
    private final Wishes wishes;
    private final AppliedLog applied;
    private final ReplicaDifferences differences;
    private final LogAcceptor acceptor;
    private final Forwarding forwarding;
    private final Newcomers newcomers;
    private final LostQuorum lostQuorum;
    private final Assembly assembly;
    private final NewLife newLife;
    private boolean closed;
    private boolean removed;

    /**
     * Starts a member from its durable memory.
     *
     * @param settings the member's configuration
     * @param incarnation the incarnation of its durable memory
     * @param recovered the content of that memory
     * @param lockedAt when that memory was locked; no earlier process of this member has run since
     * @param random the only source of randomness
     */
    public Election(
            ElectionSettings settings,
            String incarnation,
            DurableState recovered,
            ClockReading lockedAt,
            RandomGenerator random) {
        this(settings, incarnation, recovered, lockedAt, random, ProposalCheck.NONE);
    }

    /**
     * Starts a member from its durable memory.
     *
     * @param settings the member's configuration
     * @param incarnation the incarnation of its durable memory
     * @param recovered the content of that memory
     * @param lockedAt when that memory was locked; no earlier process of this member has run since
     * @param random the only source of randomness
     * @param check judges what is proposed to this member while it leads
     */
    public Election(
            ElectionSettings settings,
            String incarnation,
            DurableState recovered,
            ClockReading lockedAt,
            RandomGenerator random,
            ProposalCheck check) {
        MemberState state = MemberState.recover(settings, incarnation, recovered, lockedAt, random, check);
        this.time = state.time();
        this.outbox = state.outbox();
        this.ballot = state.ballot();
        this.log = state.log();
        this.configuration = state.configuration();
        this.pauses = state.pauses();
        this.positions = state.positions();
        this.messenger = state.messenger();
        this.leader = state.leader();
        this.service = state.service();
        this.roundTrips = state.roundTrips();
        this.introduction = new Introduction(state);
        this.departure = new Departure(state);
        this.newcomers = state.newcomers();
        Voter voter = new Voter(state);
        this.acceptor = new LogAcceptor(state);
        this.applied = state.applied();
        this.differences = state.differences();
        this.forwarding = new Forwarding(state);
        this.elector = new Elector(state, voter, random);
        this.roles = new Roles(state, voter, elector, acceptor, random);
        this.assembly = state.assembly();
        this.lostQuorum = new LostQuorum(state);
        this.newLife = new NewLife(state, voter, roles, lostQuorum);
        this.respondent = new Respondent(state, voter, elector, acceptor, roles);
        this.wishes = new Wishes(state, roles);
    }

    @Override
    public Output step(Input input, ClockReading clock) {
        time.moveTo(clock);
        outbox.begin(time.nanos());
        if (newLife.isBegun()) {
            if (input instanceof Input.Close) {
                outbox.add(new Effect.Closed());
            }
            return outbox.finish();
        }
        // Time first: whatever has expired ends before a late message is looked at.
        roles.expire();
        if (roles.role() instanceof Leader led) {
            led.changeMembersIfDue();
        }
        wishes.goOn();
        take(input);
        roles.advance();
        log.giveOut();
        applied.images().stepEnds();
        newLife.stepEnds();
        closeIfDone();
        sayRemoved();
        pauses.sayChanges();
        configuration.sayMembers();
        return outbox.finish();
    }

    private void closeIfDone() {
        if (!service.isClosing() || closed) {
            return;
        }
        boolean handsOver = roles.leadership() != null || roles.succession() != null;
        if (!departure.goesOn(handsOver) && !handsOver) {
            closed = true;
            outbox.add(new Effect.Closed());
        }
    }

    private void sayRemoved() {
        if (configuration.isRemoved() && !removed) {
            outbox.observe(new Observation.Removed());
        }
        removed = configuration.isRemoved();
    }

    private void take(Input input) {
        if (input instanceof Input.Tick) {
            // Only time has passed.
        } else if (input instanceof Input.RequestReceived received) {
            respondent.onRequest(received.exchange(), received.request());
        } else if (input instanceof Input.ResponseReceived received) {
            onResponse(received.response());
        } else if (input instanceof Input.Unanswered unanswered) {
            onUnanswered(unanswered.requestId());
        } else if (input instanceof Input.Persisted persisted) {
            onPersisted(persisted.write());
        } else if (input instanceof Input.PersistFailed failed) {
            onPersistFailed(failed.detail());
        } else if (input instanceof Input.Ready) {
            service.begin();
            elector.standNotBefore(time.nanos());
        } else if (input instanceof Input.LeaseLapsed lapsed) {
            if (roles.role() instanceof Leader led && led.leads() && lapsed.term() == ballot.term()) {
                roles.apply(led.leaseLapsed("a caller found the lease run out"));
            }
        } else if (input instanceof Input.TransferLeadership wish) {
            onTransferLeadership(wish.call(), wish.to());
        } else if (input instanceof Input.StepDown wish) {
            onStepDown(wish.call());
        } else if (input instanceof Input.Confirm wish) {
            onConfirm(wish.call());
        } else if (input instanceof Input.Close close) {
            onClose(close.leaves());
            if (close.leaves()) {
                departure.begin();
            }
        } else if (input instanceof Input.LeadershipWorkDone done) {
            if (roles.role() instanceof Leader led && done.term() == ballot.term()) {
                roles.apply(led.workDone());
            }
        } else if (input instanceof Input.PositionAdvanced advanced) {
            positions.advanceTo(advanced.position());
        } else if (input instanceof Input.PingDue) {
            roundTrips.ping(roles.leadership() != null);
            introduction.intervalOver(roles.leadership() != null);
            lostQuorum.intervalOver(roles.leadership() != null);
            newcomers.dropSilent();
        } else if (input instanceof Input.ChangeMembers wish) {
            wishes.add(wish);
        } else if (input instanceof Input.ContactIs own) {
            introduction.contact(own.contact());
        } else if (input instanceof Input.Discovered discovered) {
            assembly.found(discovered);
        } else if (input instanceof Input.TokenKnown known) {
            elector.tokenKnown(known.token());
        } else if (input instanceof Input.FenceAsked asked) {
            elector.fenceAsked(asked.highest());
        } else if (input instanceof Input.StepMeasured measured) {
            elector.measuredStep(measured.stepNanos());
        } else if (input instanceof Input.Propose wish) {
            long index = roles.role() instanceof Leader led ? led.propose(wish.payload()) : 0;
            outbox.add(new Effect.ProposalAnswered(wish.call(), index));
        } else {
            takeOfReplica(input);
        }
    }

    private void takeOfReplica(Input input) {
        if (input instanceof Input.Applied told) {
            applied.applied(told.index(), told.digest());
            stopIfMachineFailed();
        } else if (input instanceof Input.MachineFailed failed) {
            applied.failed(failed.detail());
            stopIfMachineFailed();
        } else if (input instanceof Input.ImageTaken taken) {
            applied.images().taken(taken.last(), taken.image());
        } else if (input instanceof Input.ImageNotTaken notTaken) {
            applied.images().notTaken(notTaken.detail());
        } else if (input instanceof Input.ImageFetched fetched) {
            applied.images().fetched(fetched.last(), fetched.image(), fetched.received(), fetched.complete());
        } else if (input instanceof Input.ProposeAll wish) {
            if (roles.leadership() != null) {
                forwarding.end(wish.call(), roles.leadership().propose(wish.entries()));
            } else {
                forwarding.propose(wish.call(), wish.entries());
            }
        } else if (input instanceof Input.ReadIndex wish) {
            onReadIndex(wish.call());
        } else {
            throw new IllegalArgumentException("unknown kind of input: " + input);
        }
    }

    private void stopIfMachineFailed() {
        String failure = applied.failure();
        if (failure != null) {
            roles.machineFailed(failure);
        }
    }

    // ------------------------------------------------------------------------------------------------ responses

    private void onResponse(Response response) {
        Outstanding asked = messenger.answered(response);
        if (asked == null) {
            forwarding.unanswered(response.header().requestId());
            return;
        }
        if (configuration.isForeign(response.header())) {
            lostQuorum.answered(response.header());
            forwarding.unanswered(response.header().requestId());
            return;
        }
        measureRoundTrip(response, asked);
        newcomers.heard(response.header().from());
        pauses.heard(response.header());
        if (isOfReplica(asked.request())) {
            onReplicaAnswer(response, asked.request());
            return;
        }
        if (response instanceof Response.Announce
                || response instanceof Response.Change
                || isOfComingAndGoing(asked.request())) {
            if (response instanceof Response.Announce answer && asked.request() instanceof Request.Announce announced) {
                introduction.answered(answer, roles.leadership() != null);
                lostQuorum.answered(answer.header());
                assembly.answered(answer, announced, asked.sentAt().monotonicNanos());
            } else if (response instanceof Response.Change answer && asked.request() instanceof Request.Change) {
                wishes.answered(answer);
            }
            return;
        }
        if (response instanceof Response.Ping || asked.request() instanceof Request.Ping) {
            // Like a pre-vote, it changes nothing here either. It is not even a sign of life to a leader.
            return;
        }
        if (roles.role() instanceof Leader led) {
            led.heardFrom(response.header().from());
        }
        if (response instanceof Response.Vote vote && asked.request() instanceof Request.Vote) {
            if (roles.role() instanceof Campaign campaign) {
                roles.apply(elector.onAnswer(vote, asked, campaign));
            }
        } else if (response instanceof Response.TimeoutNow timeoutNow
                && asked.request() instanceof Request.TimeoutNow) {
            onTimeoutNowAnswer(timeoutNow);
        } else if (roles.role() instanceof Leader led && asked.request().term() == ballot.term()) {
            roles.apply(led.onAnswer(response, asked));
        }
    }

    /** The leader's answer says what is committed as well: a write or a read of this member waits for it. */
    private void onReplicaAnswer(Response response, Request asked) {
        boolean ofLeader =
                response.term() == ballot.term() && response.header().from().equals(leader.id());
        if (response instanceof Response.Propose answer && asked instanceof Request.Propose) {
            if (ofLeader) {
                acceptor.committed(answer.commitIndex());
            }
            forwarding.answered(answer);
        } else if (response instanceof Response.ReadIndex answer && asked instanceof Request.ReadIndex) {
            if (ofLeader) {
                acceptor.committed(answer.index());
            }
            forwarding.answered(answer);
        } else {
            forwarding.unanswered(asked.header().requestId());
        }
    }

    private static boolean isOfReplica(Request request) {
        return request instanceof Request.Propose || request instanceof Request.ReadIndex;
    }

    private static boolean isOfComingAndGoing(Request request) {
        return request instanceof Request.Announce
                || request instanceof Request.Leave
                || request instanceof Request.Change;
    }

    /** Only what no disk takes part in tells of the network. */
    private void measureRoundTrip(Response response, Outstanding asked) {
        boolean noDisk = response instanceof Response.Ping
                || response instanceof Response.Heartbeat
                || (response instanceof Response.Vote vote && vote.phase() == Phase.PRE_VOTE);
        if (noDisk) {
            roundTrips.measured(
                    response.header().from(), time.nanos() - asked.sentAt().monotonicNanos());
        }
    }

    private void onTimeoutNowAnswer(Response.TimeoutNow response) {
        Succession waiting = roles.succession();
        if (waiting == null || !waiting.takesAnswerTo(response.header().requestId())) {
            return;
        }
        Refusal refusal = response.refusal();
        if (refusal == null || waiting.isUsed(refusal)) {
            waiting.proofMayBeHeld();
        } else {
            waiting.refused(refusal);
            if (response.term() > ballot.term() && refusal.tellsOfTerm()) {
                roles.adopt(response.term(), waiting.successor());
            }
            if (!waiting.sendToNext()) {
                roles.endSuccession(waiting);
            }
        }
    }

    private void onUnanswered(long requestId) {
        Outstanding asked = messenger.unanswered(requestId);
        wishes.unanswered(requestId);
        forwarding.unanswered(requestId);
        if (asked == null
                || isOfReplica(asked.request())
                || asked.request() instanceof Request.Ping
                || isOfComingAndGoing(asked.request())) {
            return;
        }
        if (roles.role() instanceof Leader led) {
            led.onUnanswered(asked);
        }
        Succession waiting = roles.succession();
        if (waiting != null && waiting.takesAnswerTo(requestId)) {
            waiting.unanswered();
        }
        if (roles.role() instanceof Campaign campaign) {
            campaign.round().unanswered(asked.request().header().to(), requestId, time.nanos());
        }
    }

    private void onPersisted(long write) {
        outbox.durable(write);
        if (roles.role() instanceof Leader led) {
            led.onDurable();
        }
    }

    private void onPersistFailed(String detail) {
        if (outbox.storageFailed()) {
            return;
        }
        outbox.failStorage();
        outbox.observe(new Observation.StorageFailed(detail));
        if (roles.role() instanceof Leader led) {
            roles.stepDown(led, StepDownReason.STORAGE_FAILED, detail);
        } else {
            roles.follow(ballot.term(), detail);
        }
        leader.forget();
    }

    // ------------------------------------------------------------------------------------------------ calls

    private void onTransferLeadership(long call, @Nullable String to) {
        Leader led = roles.leadership();
        if (isHeldHere(led)) {
            roles.tell(call, Outcome.PAUSED, pauses.describe() + ": resume it first");
        } else if (led != null && led.leads() && !led.isTransferring()) {
            roles.apply(led.transfer(call, StepDownReason.HANDED_OVER, to));
        } else if (roles.succession() != null || (led != null && led.isTransferring())) {
            roles.tell(call, Outcome.BUSY, "another handover is under way");
        } else {
            roles.tell(call, Outcome.NOT_LEADER, "this member does not lead");
        }
    }

    private void onStepDown(long call) {
        if (!(roles.role() instanceof Leader led)) {
            roles.tell(call, Outcome.NOT_LEADER, "this member does not lead");
            return;
        }
        if (isHeldHere(led)) {
            roles.tell(call, Outcome.PAUSED, pauses.describe() + ": resume it first");
            return;
        }
        elector.lastForAWhile();
        if (led.leads()) {
            roles.apply(led.transfer(call, StepDownReason.REQUESTED, null));
        } else if (led.isTransferring()) {
            roles.tell(call, Outcome.BUSY, "its leadership is being handed over already");
        } else {
            roles.stepDown(led, StepDownReason.REQUESTED, "it was asked to");
            roles.tell(call, Outcome.NOT_LEADER, "this member did not lead yet, and will not now");
        }
    }

    /** Whether a pause keeps the leadership at this member. */
    private boolean isHeldHere(@Nullable Leader led) {
        return led != null && led.leads() && !led.isTransferring() && pauses.inForce() != null;
    }

    private void onConfirm(long call) {
        if (roles.role() instanceof Leader led && led.leads()) {
            led.confirm(call);
        } else {
            outbox.add(new Effect.ConfirmEnded(call, false));
        }
    }

    private void onReadIndex(long call) {
        Leader led = roles.leadership();
        if (led == null) {
            forwarding.readIndex(call);
        } else if (led.leads()) {
            led.readIndex(index -> outbox.add(new Effect.ReadIndexAnswered(call, index)));
        } else {
            outbox.add(new Effect.ReadIndexAnswered(call, 0));
        }
    }

    private void onClose(boolean leaves) {
        service.end();
        elector.dropProof();
        if (!(roles.role() instanceof Leader led)) {
            if (roles.role() instanceof Campaign) {
                roles.follow(ballot.term(), "it is closing");
            }
        } else if (led.leads() && !led.isTransferring() && !leaves && pauses.inForce() != null) {
            // safety rule 18: nobody takes over. One that leaves does not come back, so its leadership goes on
            // elsewhere.
            roles.stepDown(led, StepDownReason.SHUTDOWN, "it is closing, and " + pauses.describe());
        } else if (led.leads()) {
            roles.apply(led.transfer(0, StepDownReason.SHUTDOWN, null));
        } else if (!led.isTransferring()) {
            roles.stepDown(led, StepDownReason.SHUTDOWN, "it is closing");
        }
    }

    // ------------------------------------------------------------------------------------------------ what is known

    /**
     * The commit index, as far as this member knows it.
     *
     * @return the index of the last committed entry, or 0
     */
    public long commitIndex() {
        return log.commitIndex();
    }

    /**
     * The entries that have not been compacted.
     *
     * @return the entries after {@link #snapshot()}
     */
    public List<Entry> entries() {
        return log.entries();
    }

    /**
     * The snapshot that replaces the compacted entries.
     *
     * @return the snapshot
     */
    public Snapshot snapshot() {
        return log.snapshot();
    }

    @Override
    public ElectionView view(ClockReading at) {
        int voters = configuration.voters().size();
        int needed = voters == 0 ? 0 : log.isEmpty() ? voters : configuration.quorum();
        Leader led = roles.leadership();
        return new ElectionView(
                roles.role().role(),
                ballot.term(),
                ballot.votedFor(),
                leader.id(),
                led != null ? Long.valueOf(at.monotonicNanos()) : leader.lastContactNanos(),
                !leader.isEverKnown(),
                log.last(),
                log.commitIndex(),
                log.membership(),
                voters,
                needed,
                led == null ? null : led.reachable(at.monotonicNanos()),
                led == null
                        ? configuration.presence(leader, roundTrips, at.monotonicNanos())
                        : led.presence(at.monotonicNanos()),
                outbox.storageFailed(),
                configuration.listDiffers(),
                roles.lastEnd(),
                applied.view(led == null ? Map.of() : led.replicas()),
                differences.describe(),
                pauses.inForce());
    }
}
