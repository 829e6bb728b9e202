package io.election.core;

import io.election.HandoverResult.Outcome;
import io.election.StepDownReason;
import io.election.core.Campaign.Candidate;
import io.election.core.Messenger.Outstanding;
import io.election.core.Transition.HandoverEnd;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The election, from the point of view of one member: a pure state machine. An {@link Input} and the time go in, effects
 * come out. It has no clock, thread, socket, file or randomness of its own, and the same inputs lead to the same effects.
 *
 * <p>It is Raft's election and log (Ongaro, "Consensus: Bridging Theory and Practice", the "thesis" below) with a probe
 * before every election (9.6), leases bound to promises (6.4.1), and leadership transfer (3.10).
 *
 * <pre>
 * FOLLOWER       its bond has ended, and its step is over        PRE_CANDIDATE
 * FOLLOWER       a valid pass                                    CANDIDATE, in the term after the pass
 * PRE_CANDIDATE  a quorum would vote for it                      CANDIDATE, in the next term
 * PRE_CANDIDATE  gives way to a better-ranked one                FOLLOWER
 * PRE_CANDIDATE  the probe ran out of time                       PRE_CANDIDATE, asking anew
 * PRE_CANDIDATE  the probe cannot be won                         FOLLOWER, standing again later
 * CANDIDATE      a quorum voted for it                           LEADER
 * CANDIDATE      cannot win any more, or ran out of time         FOLLOWER, back to the probe later
 * LEADER         {@link StepDownReason}                          FOLLOWER
 * LEADER         its pass is sent                                FOLLOWER
 * any            a message of a leader of this or a higher term  FOLLOWER
 * any            a vote granted, or a refusal, in a higher term  FOLLOWER
 * any            the disk failed, or the member closes           FOLLOWER, for good
 * </pre>
 *
 * <p>votedFor changes at most once a term: it is cleared only where the term rises, and no transition within a term
 * touches it. What depends on a write names it ({@link Effect}); replies wait at least for the latest change of term,
 * vote or promise.
 *
 * <p>Not safe for use by several threads.
 */
public final class Election implements ElectionMachine {

    /** A term that rises by more in one step is worth telling: no cluster holds so many elections unnoticed. */
    private static final long TERM_LEAP = 1 << 16;

    private final MemberState state;
    private final StepTime time;
    private final Outbox outbox;
    private final Ballot ballot;
    private final ElectionLog log;
    private final Configuration configuration;
    private final Positions positions;
    private final Messenger messenger;
    private final KnownLeader leader;
    private final Callers callers;
    private final long timeoutNanos;
    private final RandomGenerator random;
    private final Bond bond;
    private final Voter voter;
    private final Elector elector;
    private final LogAcceptor acceptor;

    private RoleState role = new RoleState.Follower();

    /** What follows a handover whose pass is sent. It may outlast the role of the one who gave the pass. */
    private @Nullable Succession succession;

    private boolean ready;
    private boolean closing;
    private boolean closed;
    private long twoLeadersTerm = -1;
    private int failedOpenings;
    private @Nullable StepDownReason lastEnd;

    /**
     * Takes up the life of a member.
     *
     * @param settings what its configuration says
     * @param incarnation the life of its durable memory
     * @param recovered what is in that memory
     * @param lockedAt when that memory was locked: from then on no earlier process of this member ran
     * @param random the only source of randomness
     * @throws MemberListDiffersException if the cluster was founded with another list of members
     */
    public Election(
            ElectionSettings settings,
            String incarnation,
            DurableState recovered,
            ClockReading lockedAt,
            RandomGenerator random) {
        this.state = MemberState.recover(settings, incarnation, recovered, lockedAt, random);
        this.time = state.time();
        this.outbox = state.outbox();
        this.ballot = state.ballot();
        this.log = state.log();
        this.configuration = state.configuration();
        this.positions = state.positions();
        this.messenger = state.messenger();
        this.leader = state.leader();
        this.callers = state.callers();
        this.timeoutNanos = settings.electionTimeout().toNanos();
        this.random = random;
        // safety rule 5: bound from the locking of the directory; rule 6: for the longest promise that may still run.
        this.bond =
                new Bond(time.nanos(), Math.max(timeoutNanos, ballot.promise().toNanos()));
        this.voter = new Voter(state, bond);
        this.elector = new Elector(state, bond, voter, random);
        this.acceptor = new LogAcceptor(state);
    }

    @Override
    public Output step(Input input, ClockReading clock) {
        time.moveTo(clock);
        outbox.begin(time.nanos());
        // Time first: what has run out is over before anything that arrived late is looked at.
        expire();
        take(input);
        advance();
        return outbox.finish();
    }

    private void take(Input input) {
        if (input instanceof Input.Tick) {
            // Nothing but the time.
        } else if (input instanceof Input.RequestReceived received) {
            onRequest(received.exchange(), received.request());
        } else if (input instanceof Input.ResponseReceived received) {
            onResponse(received.response());
        } else if (input instanceof Input.Unanswered unanswered) {
            onUnanswered(unanswered.requestId());
        } else if (input instanceof Input.Persisted persisted) {
            onPersisted(persisted.write());
        } else if (input instanceof Input.PersistFailed failed) {
            onPersistFailed(failed.detail());
        } else if (input instanceof Input.Ready) {
            ready = true;
            elector.standNotBefore(time.nanos());
        } else if (input instanceof Input.LeaseLapsed lapsed) {
            if (role instanceof Leader led && led.leads() && lapsed.term() == ballot.term()) {
                stepDown(led, StepDownReason.LEASE_LOST, "a caller found the lease run out");
            }
        } else if (input instanceof Input.HandOver wish) {
            onHandOver(wish.call(), wish.to());
        } else if (input instanceof Input.StepDown wish) {
            onStepDown(wish.call());
        } else if (input instanceof Input.Confirm wish) {
            onConfirm(wish.call());
        } else if (input instanceof Input.Close) {
            onClose();
        } else if (input instanceof Input.LeadershipWorkDone done) {
            if (role instanceof Leader led && done.term() == ballot.term()) {
                apply(led.workDone());
            }
        } else if (input instanceof Input.PositionAdvanced advanced) {
            positions.advanceTo(advanced.position());
        } else if (input instanceof Input.StepMeasured measured) {
            elector.measuredStep(measured.stepNanos());
        } else if (input instanceof Input.Propose wish) {
            long index = role instanceof Leader led ? led.propose(wish.payload()) : 0;
            outbox.add(new Effect.ProposalAnswered(wish.call(), index));
        } else {
            throw new IllegalArgumentException("no answer to the input " + input);
        }
    }

    // ------------------------------------------------------------------------------------------------ time

    private void expire() {
        if (role instanceof Leader led) {
            apply(led.expire());
        } else if (leader.isKnown() && !bond.holds(time.nanos())) {
            leader.forget();
        }
        Succession waiting = succession;
        if (waiting != null && time.isDue(waiting.endsNanos())) {
            succeeded(waiting, null);
        }
    }

    private void advance() {
        advanceLeader();
        if (role instanceof RoleState.Follower) {
            apply(elector.standIfDue(mayStand()));
        }
        if (role instanceof Campaign campaign) {
            apply(elector.advance(campaign));
            // Winning may have made this member a leader in this very step.
            advanceLeader();
        }
        if (role instanceof RoleState.Follower && leader.isKnown()) {
            outbox.wake(bond.untilNanos());
        }
        if (succession != null) {
            outbox.wake(succession.endsNanos());
        }
        if (closing && !closed && !(role instanceof Leader) && succession == null) {
            closed = true;
            outbox.add(new Effect.Closed());
        }
    }

    private void advanceLeader() {
        if (role instanceof Leader led) {
            apply(led.advance());
            if (led.leads()) {
                failedOpenings = 0;
            }
        }
    }

    /** Whether nothing but time, its log and its bonds keeps this member from standing. */
    private boolean mayStand() {
        return ready && !closing && !outbox.storageFailed() && succession == null;
    }

    // ------------------------------------------------------------------------------------------------ requests

    private void onRequest(long exchange, Request request) {
        if (request instanceof Request.Vote vote) {
            onVote(exchange, vote);
        } else if (request instanceof Request.Heartbeat heartbeat) {
            onHeartbeat(exchange, heartbeat);
        } else if (request instanceof Request.Append append) {
            onAppend(exchange, append);
        } else if (request instanceof Request.InstallBase install) {
            onInstallBase(exchange, install);
        } else if (request instanceof Request.Handover handover) {
            onPass(exchange, handover);
        } else {
            throw new IllegalArgumentException("no answer to the request " + request);
        }
    }

    private void onVote(long exchange, Request.Vote request) {
        String candidate = request.header().from();
        Refusal refusal = voter.judge(request, role instanceof Leader);
        if (refusal != null && refusal.reason() == RefusalReason.LIST_DIFFERS) {
            configuration.reportListDiffers(candidate);
        } else {
            configuration.noticeFounding(candidate, request.founding());
        }
        outbox.observe(new Observation.VoteDecided(request.phase(), candidate, request.term(), refusal));
        if (refusal == null && request.phase() == Phase.VOTE) {
            grant(request.header(), request.term());
        } else if (refusal == null && elector.givesWayTo(candidate, role)) {
            follow(ballot.term(), "gave way to " + candidate);
            elector.standNotBefore(time.nanos() + elector.stepNanos());
        }
        messenger.reply(
                exchange,
                new Response.Vote(
                        messenger.answerTo(request), request.phase(), request.term(), messenger.shownTerm(), refusal),
                outbox.hardStateWrite());
    }

    private void grant(Header header, long inTerm) {
        String candidate = header.from();
        if (inTerm > ballot.term() || !(role instanceof RoleState.Follower)) {
            follow(inTerm, "voted for " + candidate);
        }
        ballot.voteFor(candidate);
        // safety rule 5: one step in which the winner can be heard of.
        voter.voted(header, time.nanos() + elector.stepNanos());
        Succession waiting = succession;
        if (waiting != null && inTerm > waiting.term()) {
            waiting.voted();
        }
    }

    private void onHeartbeat(long exchange, Request.Heartbeat request) {
        Refusal refusal = accept(request);
        if (refusal == null) {
            acceptor.heartbeat(request);
        }
        messenger.reply(
                exchange,
                new Response.Heartbeat(
                        messenger.answerTo(request), messenger.shownTerm(), refusal, log.last(), positions.durable()),
                outbox.hardStateWrite());
    }

    private void onAppend(long exchange, Request.Append request) {
        Refusal refusal = accept(request);
        replyToEntries(
                exchange, request, refusal == null ? acceptor.append(request) : new LogAcceptor.Result(refusal, 0));
    }

    private void onInstallBase(long exchange, Request.InstallBase request) {
        Refusal refusal = accept(request);
        replyToEntries(
                exchange, request, refusal == null ? acceptor.install(request) : new LogAcceptor.Result(refusal, 0));
    }

    private void replyToEntries(long exchange, Request request, LogAcceptor.Result result) {
        messenger.reply(
                exchange,
                new Response.Append(
                        messenger.answerTo(request), messenger.shownTerm(), result.refusal(), result.index()),
                Math.max(outbox.hardStateWrite(), outbox.logWrite()));
    }

    /** Takes a leader's message: {@code null} if it is the leader's to whom this member is bound from now on. */
    private @Nullable Refusal accept(Request.FromLeader request) {
        Header header = request.header();
        String from = header.from();
        if (outbox.storageFailed()) {
            return Refusal.of(RefusalReason.UNAVAILABLE);
        }
        if (!configuration.isOfThisCluster(header)) {
            return refuse(request, Refusal.of(RefusalReason.WRONG_CLUSTER));
        }
        if (!configuration.mayLead(from)) {
            return refuse(request, Refusal.of(RefusalReason.NOT_A_VOTER));
        }
        if (request.term() < ballot.term()) {
            return Refusal.of(RefusalReason.STALE_TERM);
        }
        if (request.term() == twoLeadersTerm) {
            return Refusal.of(RefusalReason.TWO_LEADERS);
        }
        boolean leading = role instanceof Leader;
        if (request.term() == ballot.term() && (leading || bond.isToAnother(from, ballot.term()))) {
            String other = leading ? configuration.self() : String.valueOf(bond.leader());
            sawTwoLeaders(other, from);
            return Refusal.naming(RefusalReason.TWO_LEADERS, other);
        }
        if (request.term() > ballot.term() || !(role instanceof RoleState.Follower)) {
            follow(request.term(), from + " leads");
        }
        bond.renew(
                from,
                request.term(),
                time.nanos(),
                Math.max(timeoutNanos, request.promise().toNanos()));
        ballot.promise(bond.longestPromise());
        elector.leaderHeard();
        leader.heard(from, time.nanos());
        acceptor.follow();
        Succession waiting = succession;
        if (waiting != null && request.term() > waiting.term()) {
            succeeded(waiting, from);
        }
        return null;
    }

    private Refusal refuse(Request request, Refusal refusal) {
        outbox.observe(new Observation.RequestRefused(
                request.header().from(), request.getClass().getSimpleName(), refusal));
        return refusal;
    }

    private void onPass(long exchange, Request.Handover request) {
        Refusal refusal = judgePass(request);
        if (refusal == null) {
            elector.takePass(request.pass());
            follow(ballot.term(), request.header().from() + " passed on its leadership");
        }
        messenger.reply(
                exchange,
                new Response.Handover(messenger.answerTo(request), messenger.shownTerm(), refusal),
                outbox.hardStateWrite());
    }

    private @Nullable Refusal judgePass(Request.Handover request) {
        Header header = request.header();
        if (outbox.storageFailed() || closing || !ready) {
            return Refusal.of(RefusalReason.UNAVAILABLE);
        }
        if (!configuration.isOfThisCluster(header)) {
            return refuse(request, Refusal.of(RefusalReason.WRONG_CLUSTER));
        }
        if (!header.from().equals(request.pass().leader()) || !configuration.mayLead(header.from())) {
            return refuse(request, Refusal.of(RefusalReason.NOT_A_VOTER));
        }
        if (ballot.term() > request.pass().term() || role instanceof Leader) {
            return Refusal.of(RefusalReason.STALE_TERM);
        }
        if (elector.obstacle() != null) {
            return Refusal.of(configuration.isSettled() ? RefusalReason.NOT_A_VOTER : RefusalReason.CATCHING_UP);
        }
        if (log.last().isBehind(request.expected())) {
            return Refusal.behind(RefusalReason.LOG_BEHIND, log.last());
        }
        return null;
    }

    // ------------------------------------------------------------------------------------------------ responses

    private void onResponse(Response response) {
        Outstanding asked = messenger.answered(response);
        if (asked == null) {
            return;
        }
        if (role instanceof Leader led) {
            led.heardFrom(response.header().from());
        }
        if (response instanceof Response.Vote vote && asked.request() instanceof Request.Vote) {
            if (role instanceof Campaign campaign) {
                apply(elector.onAnswer(vote, campaign));
            }
        } else if (response instanceof Response.Handover handover && asked.request() instanceof Request.Handover) {
            onPassAnswer(handover);
        } else if (role instanceof Leader led && asked.request().term() == ballot.term()) {
            apply(led.onAnswer(response, asked));
        }
    }

    private void onPassAnswer(Response.Handover response) {
        Succession waiting = succession;
        if (waiting == null || !waiting.takesAnswerTo(response.header().requestId())) {
            return;
        }
        Refusal refusal = response.refusal();
        if (refusal != null) {
            waiting.refused(refusal);
            if (response.term() > ballot.term() && refusal.tellsOfTerm()) {
                adopt(response.term(), waiting.successor());
            }
            if (!waiting.passToNext()) {
                succeeded(waiting, null);
            }
        }
    }

    private void onUnanswered(long requestId) {
        Outstanding asked = messenger.unanswered(requestId);
        if (asked == null) {
            return;
        }
        if (role instanceof Leader led) {
            led.onUnanswered(asked);
        }
        Succession waiting = succession;
        if (waiting != null && waiting.takesAnswerTo(requestId)) {
            // It may have arrived all the same: with nobody else to ask, its time runs on.
            waiting.passToNext();
        }
    }

    private void onPersisted(long write) {
        outbox.durable(write);
        if (role instanceof Leader led) {
            led.onDurable();
        }
    }

    private void onPersistFailed(String detail) {
        if (outbox.storageFailed()) {
            return;
        }
        outbox.failStorage();
        outbox.observe(new Observation.StorageFailed(detail));
        if (role instanceof Leader led) {
            stepDown(led, StepDownReason.STORAGE_FAILED, detail);
        } else {
            follow(ballot.term(), detail);
        }
        leader.forget();
    }

    // ------------------------------------------------------------------------------------------------ wishes

    private void onHandOver(long call, @Nullable String to) {
        Leader led = role instanceof Leader own ? own : null;
        if (led != null && led.leads() && !led.isHandingOver()) {
            apply(led.handOver(call, StepDownReason.HANDED_OVER, to));
        } else if (succession != null || (led != null && led.isHandingOver())) {
            tell(call, Outcome.BUSY, "another handover is under way");
        } else {
            tell(call, Outcome.NOT_LEADER, "this member does not lead");
        }
    }

    private void onStepDown(long call) {
        if (!(role instanceof Leader led)) {
            tell(call, Outcome.NOT_LEADER, "this member does not lead");
            return;
        }
        elector.lastForAWhile();
        if (led.leads()) {
            apply(led.handOver(call, StepDownReason.REQUESTED, null));
        } else if (led.isHandingOver()) {
            tell(call, Outcome.BUSY, "its leadership is being handed over already");
        } else {
            stepDown(led, StepDownReason.REQUESTED, "it was asked to");
            tell(call, Outcome.NOT_LEADER, "this member did not lead yet, and will not now");
        }
    }

    private void onConfirm(long call) {
        if (role instanceof Leader led && led.leads()) {
            led.confirm(call);
        } else {
            outbox.add(new Effect.ConfirmEnded(call, false));
        }
    }

    private void onClose() {
        closing = true;
        elector.dropPass();
        if (!(role instanceof Leader led)) {
            if (role instanceof Campaign) {
                follow(ballot.term(), "it is closing");
            }
        } else if (led.leads()) {
            apply(led.handOver(0, StepDownReason.SHUTDOWN, null));
        } else if (!led.isHandingOver()) {
            stepDown(led, StepDownReason.SHUTDOWN, "it is closing");
        }
    }

    private void tell(long call, Outcome outcome, String detail) {
        tell(new HandoverEnd(call, outcome, detail));
    }

    private void tell(HandoverEnd end) {
        callers.handoverEnded(end, role instanceof Leader led && led.leads());
    }

    // ------------------------------------------------------------------------------------------------ transitions

    private void apply(@Nullable Transition transition) {
        if (transition == null) {
            return;
        }
        if (transition instanceof Transition.Probe) {
            changeRole(elector.probe(), ballot.term(), "heard of no leader");
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
        } else if (transition instanceof Transition.PassOn pass) {
            passOn(pass.transfer(), pass.successors());
        } else {
            throw new IllegalArgumentException("no such transition: " + transition);
        }
    }

    /** Raises the term and votes for itself in it; others are asked once that vote is durable. */
    private void stand(Transition.Stand stand) {
        leader.forget();
        Candidate candidate = elector.candidate(stand);
        changeRole(candidate, stand.term(), stand.reason());
        ballot.standIn(stand.term(), configuration.self());
        acceptor.enterTerm();
        elector.askForVotes(candidate);
    }

    private void lead(VoteRound won) {
        long openingTime = 2 * timeoutNanos * Math.min(4, 1L << Math.min(failedOpenings, 10));
        // Where all disks are slow, a follower writes a promise and then the entry, each as slowly as the candidate its
        // vote.
        Leader led = new Leader(state, time.nanos() + Math.max(openingTime, elector.timeForWritesNanos(3)));
        changeRole(led, ballot.term(), "won " + won.granted().size() + " of " + won.needed() + " votes needed");
        led.open(log.isEmpty() ? founding(won) : null);
    }

    private Membership founding(VoteRound won) {
        String clusterId = String.format("%016x%016x", random.nextLong(), random.nextLong());
        return configuration.founding(
                won.incarnations(), clusterId, time.reading().wallMillis());
    }

    /** Follows, within the term, which keeps the vote, or in a higher one, which clears it, whatever it was before. */
    private void follow(long newTerm, String reason) {
        if (newTerm - ballot.term() > TERM_LEAP) {
            outbox.observe(new Observation.TermLeapt(ballot.term(), newTerm, reason));
        }
        if (role instanceof Leader led) {
            // Not leader is visible before anything of the new term leaves (safety rule 8).
            led.lose(StepDownReason.HIGHER_TERM);
            lastEnd = StepDownReason.HIGHER_TERM;
        } else if (role instanceof Campaign campaign) {
            elector.abandon(campaign, reason);
        }
        fall(newTerm, reason);
    }

    /** Falls back to following, from a campaign or a leadership that has ended. */
    private void fall(long newTerm, String reason) {
        changeRole(new RoleState.Follower(), newTerm, reason);
        if (newTerm > ballot.term()) {
            ballot.enter(newTerm);
            acceptor.enterTerm();
            leader.forget();
        }
    }

    /** Ends this member's leadership within its term. */
    private void stepDown(Leader led, StepDownReason reason, String detail) {
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
        // safety rule 12: only one deposed by a higher term stands straight back.
        if (reason != StepDownReason.HIGHER_TERM) {
            elector.holdOff();
        }
    }

    /** Takes over a higher term read in the answer to a current request (safety rule 4; thesis, section 3.3). */
    private void adopt(long higher, String from) {
        if (role instanceof Leader led) {
            stepDown(led, StepDownReason.HIGHER_TERM, from + " is in term " + higher);
        }
        follow(higher, from + " is in term " + higher);
        elector.standNotBefore(time.nanos());
    }

    private void sawTwoLeaders(String one, String other) {
        twoLeadersTerm = ballot.term();
        outbox.observe(new Observation.TwoLeaders(ballot.term(), one, other));
        if (role instanceof Leader led) {
            stepDown(led, StepDownReason.TWO_LEADERS, one + " and " + other + " lead in the same term");
        } else {
            leader.forget();
        }
    }

    /** The pass is sent: from here on this member leads nobody, and waits for its successor. */
    private void passOn(Transfer transfer, List<String> successors) {
        if (role instanceof Leader led) {
            led.passOn();
        }
        fall(ballot.term(), "its pass goes to " + successors.get(0));
        leader.forget();
        lastEnd = transfer.reason();
        Succession begun = new Succession(state, transfer, successors);
        succession = begun;
        begun.passToNext();
    }

    /** Ends the waiting for a successor: there is a newer leader, or {@code null}. */
    private void succeeded(Succession ended, @Nullable String newLeader) {
        succession = null;
        if (newLeader != null) {
            tell(ended.succeeded(newLeader));
            return;
        }
        tell(ended.failed());
        // Only a handover that was a wish to hand over, not to end, lets the old leader stand straight back (rule 12).
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

    // ------------------------------------------------------------------------------------------------ what is known

    /**
     * How far the log is known to be committed.
     *
     * @return the index of the last committed entry, or 0
     */
    public long commitIndex() {
        return log.commitIndex();
    }

    /**
     * The entries that were not folded away.
     *
     * @return the entries after {@link #base()}
     */
    public List<Entry> entries() {
        return log.entries();
    }

    /**
     * What stands for the entries that were folded away.
     *
     * @return the base
     */
    public Base base() {
        return log.base();
    }

    @Override
    public ElectionView view(ClockReading at) {
        int voters = configuration.voters().size();
        int needed = voters == 0 ? 0 : log.isEmpty() ? voters : configuration.quorum();
        Leader led = role instanceof Leader own ? own : null;
        return new ElectionView(
                role.role(),
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
                led == null ? presenceAsFollower() : led.presence(at.monotonicNanos()),
                outbox.storageFailed(),
                configuration.listDiffers(),
                lastEnd);
    }

    private List<MemberPresence> presenceAsFollower() {
        return state.settings().members().stream()
                .map(m -> {
                    boolean self = configuration.isSelf(m.id());
                    MemberPresence.VotingState state = !m.kind().votes()
                            ? MemberPresence.VotingState.NON_VOTER
                            : !self || log.isEmpty()
                                    ? MemberPresence.VotingState.UNKNOWN
                                    : configuration.isSettled()
                                            ? MemberPresence.VotingState.VOTER
                                            : MemberPresence.VotingState.CATCHING_UP;
                    Long contact = m.id().equals(leader.id()) ? leader.lastContactNanos() : null;
                    // To hear from a leader is not to be answered by it.
                    Boolean reachable = self ? Boolean.TRUE : null;
                    return new MemberPresence(m.id(), m.kind(), state, reachable, contact, null, null);
                })
                .toList();
    }
}
