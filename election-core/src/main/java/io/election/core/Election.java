package io.election.core;

import io.election.HandoverResult;
import io.election.Role;
import io.election.StepDownReason;
import io.election.core.Messenger.Outstanding;
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

    /** What a log may weigh before a leader's entries are refused: no sound leader leaves so much uncommitted. */
    private static final long MAX_LOG_WEIGHT = 16 << 20;

    /** A term that rises by more in one step is worth telling: no cluster holds so many elections unnoticed. */
    private static final long TERM_LEAP = 1 << 16;

    private final MemberState state;
    private final ElectionSettings settings;
    private final StepTime time;
    private final Outbox outbox;
    private final Ballot ballot;
    private final ElectionLog log;
    private final Configuration configuration;
    private final Positions positions;
    private final Messenger messenger;
    private final KnownLeader leader;
    private final long timeoutNanos;
    private final RandomGenerator random;
    private final Bond bond;
    private final Voter voter;
    private final Standing standing;

    // Volatile state.
    private Role role = Role.FOLLOWER;
    private @Nullable Leading leading;
    private @Nullable Handover passed;
    private long matchedWithLeader;
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
        this.settings = settings;
        this.time = state.time();
        this.outbox = state.outbox();
        this.ballot = state.ballot();
        this.log = state.log();
        this.configuration = state.configuration();
        this.positions = state.positions();
        this.messenger = state.messenger();
        this.leader = state.leader();
        this.timeoutNanos = settings.electionTimeout().toNanos();
        this.random = random;
        // safety rule 5: bound from the locking of the directory; rule 6: for the longest promise that may still run.
        this.bond =
                new Bond(time.nanos(), Math.max(timeoutNanos, ballot.promise().toNanos()));
        this.voter = new Voter(state, bond);
        this.standing = new Standing(this, state, random);
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
        if (input instanceof Input.RequestReceived received) {
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
            standing.notBefore(time.nanos());
        } else if (input instanceof Input.LeaseLapsed lapsed) {
            if (leading != null && leading.hasLease() && lapsed.term() == ballot.term()) {
                stepDown(StepDownReason.LEASE_LOST, "a caller found the lease run out");
            }
        } else if (input instanceof Input.HandOver wish) {
            onHandOver(wish.call(), wish.to());
        } else if (input instanceof Input.StepDown wish) {
            onStepDown(wish.call());
        } else if (input instanceof Input.Confirm wish) {
            if (leading == null || !leading.leads()) {
                outbox.add(new Effect.ConfirmEnded(wish.call(), false));
            } else {
                leading.confirm(wish.call());
            }
        } else if (input instanceof Input.Close) {
            onClose();
        } else if (input instanceof Input.LeadershipWorkDone done) {
            if (leading != null && done.term() == ballot.term()) {
                leading.workDone();
            }
        } else if (input instanceof Input.PositionAdvanced advanced) {
            positions.advanceTo(advanced.position());
        } else if (input instanceof Input.StepMeasured measured) {
            standing.stepNanos(measured.stepNanos());
        } else if (input instanceof Input.Propose wish) {
            long index = leading == null ? 0 : leading.propose(wish.payload());
            outbox.add(new Effect.ProposalAnswered(wish.call(), index));
        }
        // A Tick is nothing but the time.
    }

    // ------------------------------------------------------------------------------------------------ time

    private void expire() {
        if (leading != null) {
            leading.expire();
        } else if (leader.isKnown() && !bond.holds(time.nanos())) {
            leader.forget();
        }
        Handover handover = passed;
        if (handover != null && handover.stageEndsNanos - time.nanos() <= 0) {
            endPassed(handover, null);
        }
    }

    private void advance() {
        if (leading != null) {
            leading.advance();
        }
        if (role == Role.FOLLOWER) {
            standing.standIfDue();
        }
        if (role == Role.PRE_CANDIDATE || role == Role.CANDIDATE) {
            standing.advance();
            // Winning may have made this member a leader in this very step.
            if (leading != null) {
                leading.advance();
            }
        }
        if (role == Role.FOLLOWER && leader.isKnown()) {
            outbox.wake(bond.untilNanos());
        }
        if (passed != null) {
            outbox.wake(passed.stageEndsNanos);
        }
        if (closing && !closed && leading == null && passed == null) {
            closed = true;
            outbox.add(new Effect.Closed());
        }
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
        }
    }

    private void onVote(long exchange, Request.Vote request) {
        String candidate = request.header().from();
        Refusal refusal = voter.judge(request, role == Role.LEADER);
        if (refusal != null && refusal.reason() == RefusalReason.LIST_DIFFERS) {
            configuration.reportListDiffers(candidate);
        } else {
            configuration.noticeFounding(candidate, request.founding());
        }
        outbox.observe(new Observation.VoteDecided(request.phase(), candidate, request.term(), refusal));
        if (refusal == null && request.phase() == Phase.VOTE) {
            grant(request.header(), request.term());
        } else if (refusal == null && standing.givesWayTo(candidate)) {
            becomeFollower(ballot.term(), "gave way to " + candidate);
            standing.notBefore(time.nanos() + standing.stepNanos());
        }
        messenger.reply(
                exchange,
                new Response.Vote(messenger.answerTo(request), request.phase(), request.term(), messenger.shownTerm(), refusal),
                outbox.hardStateWrite());
    }

    private void grant(Header header, long inTerm) {
        String candidate = header.from();
        if (inTerm > ballot.term() || role != Role.FOLLOWER) {
            becomeFollower(inTerm, "voted for " + candidate);
        }
        ballot.voteFor(candidate);
        // safety rule 5: one step in which the winner can be heard of.
        voter.voted(header, time.nanos() + standing.stepNanos());
        if (passed != null && inTerm > passed.term) {
            passed.stageEndsNanos = time.nanos() + timeoutNanos / 2;
        }
    }

    private void onHeartbeat(long exchange, Request.Heartbeat request) {
        Refusal refusal = accept(request);
        if (refusal == null) {
            positions.raiseWatermark(request.watermark());
            log.commitUpTo(Math.min(request.commitIndex(), matchedWithLeader));
        }
        messenger.reply(
                exchange,
                new Response.Heartbeat(messenger.answerTo(request), messenger.shownTerm(), refusal, log.last(), positions.durable()),
                outbox.hardStateWrite());
    }

    private void onAppend(long exchange, Request.Append request) {
        Refusal refusal = accept(request);
        long index = 0;
        if (refusal == null) {
            index = mismatch(request);
            if (index >= 0) {
                refusal = Refusal.behind(RefusalReason.LOG_MISMATCH, log.last());
            } else if (log.weight() > MAX_LOG_WEIGHT
                    && request.previous().index() + request.entries().size()
                            > log.last().index()) {
                index = 0;
                refusal = refuse(request, Refusal.behind(RefusalReason.LOG_FULL, log.last()));
            } else if (!mayBelieve(request)) {
                // Acknowledges nothing, and is sent the founding again with the next heartbeat.
                index = 0;
            } else {
                index = store(request);
            }
        }
        messenger.reply(
                exchange,
                new Response.Append(messenger.answerTo(request), messenger.shownTerm(), refusal, index),
                Math.max(outbox.hardStateWrite(), outbox.logWrite()));
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
        long baseIndex = log.base().last().index();
        if (previous.index() > log.last().index()) {
            return log.last().index();
        }
        // What the base stands for is committed, and so the same everywhere.
        if (previous.index() >= baseIndex && log.termAt(previous.index()) != previous.term()) {
            return Math.max(baseIndex, log.beforeTermAt(previous.index()));
        }
        for (Entry entry : request.entries()) {
            boolean held =
                    entry.index() >= baseIndex && entry.index() <= log.last().index();
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
            if (index <= log.base().last().index() || log.termAt(index) == entry.term()) {
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

    private void onInstallBase(long exchange, Request.InstallBase request) {
        Refusal refusal = accept(request);
        long index = 0;
        if (refusal == null) {
            Base base = request.base();
            index = base.last().index();
            if (index > log.commitIndex()) {
                log.install(base);
                configuration.notice(base.membership());
                matchedWithLeader = Math.min(matchedWithLeader, log.last().index());
            }
            matchedWithLeader = Math.max(matchedWithLeader, index);
        }
        messenger.reply(
                exchange,
                new Response.Append(messenger.answerTo(request), messenger.shownTerm(), refusal, index),
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
        if (request.term() == ballot.term() && (role == Role.LEADER || bond.isToAnother(from, ballot.term()))) {
            String other = role == Role.LEADER ? configuration.self() : String.valueOf(bond.leader());
            sawTwoLeaders(other, from);
            return Refusal.naming(RefusalReason.TWO_LEADERS, other);
        }
        if (request.term() > ballot.term() || role != Role.FOLLOWER) {
            becomeFollower(request.term(), from + " leads");
        }
        bond.renew(
                from,
                request.term(),
                time.nanos(),
                Math.max(timeoutNanos, request.promise().toNanos()));
        ballot.promise(bond.longestPromise());
        standing.leaderHeard();
        leader.heard(from, time.nanos());
        if (log.last().term() == ballot.term()) {
            // The leader wrote that entry itself and cuts nothing, so this log is the beginning of its own. A member
            // that restarted would not hear it otherwise: the leader knows that there is nothing to send.
            matchedWithLeader = log.last().index();
        }
        Handover handover = passed;
        if (handover != null && request.term() > handover.term) {
            endPassed(handover, from);
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
            standing.takePass(request.pass());
            becomeFollower(ballot.term(), request.header().from() + " passed on its leadership");
        }
        messenger.reply(exchange, new Response.Handover(messenger.answerTo(request), messenger.shownTerm(), refusal), outbox.hardStateWrite());
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
        if (ballot.term() > request.pass().term() || role == Role.LEADER) {
            return Refusal.of(RefusalReason.STALE_TERM);
        }
        if (standing.obstacle() != null) {
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
        if (leading != null) {
            leading.heardFrom(response.header().from());
        }
        if (response instanceof Response.Vote vote && asked.request() instanceof Request.Vote) {
            standing.onAnswer(vote);
        } else if (response instanceof Response.Handover handover && asked.request() instanceof Request.Handover) {
            onPassAnswer(handover);
        } else if (leading != null && asked.request().term() == ballot.term()) {
            leading.onAnswer(response, asked);
        }
    }

    /** Takes over a higher term read in the answer to a current request (safety rule 4; thesis, section 3.3). */
    void adopt(long higher, String from) {
        if (leading != null) {
            stepDown(StepDownReason.HIGHER_TERM, from + " is in term " + higher);
        }
        becomeFollower(higher, from + " is in term " + higher);
        standing.notBefore(time.nanos());
    }

    private void onPassAnswer(Response.Handover response) {
        Handover handover = passed;
        if (handover == null || handover.passRequest != response.header().requestId()) {
            return;
        }
        handover.passRequest = 0;
        Refusal refusal = response.refusal();
        if (refusal != null) {
            outbox.observe(new Observation.HandoverProgress(handover.successor, "refused the pass: " + refusal.reason()));
            if (response.term() > ballot.term() && refusal.tellsOfTerm()) {
                adopt(response.term(), handover.successor);
            }
            if (!passToNext(handover)) {
                endPassed(handover, null);
            }
        }
    }

    private void onUnanswered(long requestId) {
        Outstanding asked = messenger.unanswered(requestId);
        if (asked == null) {
            return;
        }
        if (leading != null) {
            leading.onUnanswered(asked);
        }
        Handover handover = passed;
        if (handover != null && handover.passRequest == requestId) {
            handover.passRequest = 0;
            // It may have arrived all the same: with nobody else to ask, its time runs on.
            passToNext(handover);
        }
    }

    private void onPersisted(long write) {
        outbox.durable(write);
        if (leading != null) {
            leading.onDurable();
        }
    }

    private void onPersistFailed(String detail) {
        if (outbox.storageFailed()) {
            return;
        }
        outbox.failStorage();
        outbox.observe(new Observation.StorageFailed(detail));
        if (leading != null) {
            stepDown(StepDownReason.STORAGE_FAILED, detail);
        } else {
            becomeFollower(ballot.term(), detail);
        }
        leader.forget();
    }

    // ------------------------------------------------------------------------------------------------ wishes

    private void onHandOver(long call, @Nullable String to) {
        if (leading == null || !leading.leads()) {
            String detail = passed != null || (leading != null && leading.isHandingOver())
                    ? "another handover is under way"
                    : "this member does not lead";
            HandoverResult.Outcome outcome = passed != null || (leading != null && leading.isHandingOver())
                    ? HandoverResult.Outcome.BUSY
                    : HandoverResult.Outcome.NOT_LEADER;
            handoverEnded(call, outcome, detail);
        } else if (leading.isHandingOver()) {
            handoverEnded(call, HandoverResult.Outcome.BUSY, "another handover is under way");
        } else {
            leading.handOver(call, StepDownReason.HANDED_OVER, to);
        }
    }

    private void onStepDown(long call) {
        if (leading == null) {
            handoverEnded(call, HandoverResult.Outcome.NOT_LEADER, "this member does not lead");
            return;
        }
        standing.lastForAWhile();
        if (leading.leads()) {
            leading.handOver(call, StepDownReason.REQUESTED, null);
        } else if (leading.isHandingOver()) {
            handoverEnded(call, HandoverResult.Outcome.BUSY, "its leadership is being handed over already");
        } else {
            stepDown(StepDownReason.REQUESTED, "it was asked to");
            handoverEnded(call, HandoverResult.Outcome.NOT_LEADER, "this member did not lead yet, and will not now");
        }
    }

    private void onClose() {
        closing = true;
        standing.dropPass();
        if (leading != null) {
            if (leading.leads()) {
                leading.handOver(0, StepDownReason.SHUTDOWN, null);
            } else if (!leading.isHandingOver()) {
                stepDown(StepDownReason.SHUTDOWN, "it is closing");
            }
        } else if (role != Role.FOLLOWER) {
            becomeFollower(ballot.term(), "it is closing");
        }
    }

    void handoverEnded(long call, HandoverResult.Outcome outcome, String detail) {
        if (call != 0) {
            // A member that has just given its leadership up does not name itself.
            boolean formerly = configuration.isSelf(leader.id()) && (leading == null || !leading.leads());
            outbox.add(new Effect.HandoverEnded(
                    call, new HandoverResult(outcome, formerly ? null : leader.id(), ballot.term(), detail)));
        }
    }

    /** The pass is sent: from here on this member leads nobody, and waits for its successor. */
    void passLeadership(Handover handover, List<String> successors) {
        becomeFollower(ballot.term(), "its pass goes to " + successors.get(0));
        leader.forget();
        handover.stage = Handover.Stage.PASSED;
        handover.alternatives.addAll(successors);
        passed = handover;
        lastEnd = handover.reason;
        passToNext(handover);
    }

    /**
     * Gives the pass to the next of those who have caught up; whether there was one. Several may hold it: it is good for
     * one term, in which everybody votes once.
     */
    private boolean passToNext(Handover handover) {
        String next = handover.alternatives.poll();
        if (next == null) {
            return false;
        }
        Request.Handover request =
                new Request.Handover(messenger.headerTo(next), new Pass(configuration.self(), handover.term), log.last());
        handover.successor = next;
        handover.passRequest = request.header().requestId();
        handover.stageEndsNanos = time.nanos() + timeoutNanos / 2;
        messenger.send(request, 0);
        return true;
    }

    private void endPassed(Handover handover, @Nullable String newLeader) {
        passed = null;
        if (newLeader != null) {
            handoverEnded(handover.call, HandoverResult.Outcome.HANDED_OVER, newLeader + " leads");
            return;
        }
        outbox.observe(new Observation.HandoverProgress(handover.successor, "was not elected in time"));
        handoverEnded(handover.call, HandoverResult.Outcome.FAILED, handover.successor + " was not elected in time");
        // Only a handover that was a wish to hand over, not to end, lets the old leader stand straight back (rule 12).
        standing.notBefore(time.nanos());
        if (handover.endsAnyway()) {
            standing.holdOff();
        }
    }

    // ------------------------------------------------------------------------------------------------ transitions

    void becomePreCandidate() {
        changeRole(Role.PRE_CANDIDATE, ballot.term(), "heard of no leader");
    }

    /** Raises the term, votes for itself in it, and returns the write with which that vote is durable. */
    long becomeCandidate(long newTerm, String reason) {
        leader.forget();
        changeRole(Role.CANDIDATE, newTerm, reason);
        ballot.standIn(newTerm, configuration.self());
        matchedWithLeader = 0;
        return outbox.hardStateWrite();
    }

    void becomeLeader(VoteRound won) {
        changeRole(Role.LEADER, ballot.term(), "won " + won.granted().size() + " of " + won.needed() + " votes needed");
        long openingTime = 2 * timeoutNanos * Math.min(4, 1L << Math.min(failedOpenings, 10));
        // Where all disks are slow, a follower writes a promise and then the entry, each as slowly as the candidate its
        // vote.
        leading = new Leading(this, state, time.nanos() + Math.max(openingTime, standing.timeForWritesNanos(3)));
        leading.open(log.isEmpty() ? foundingMembership(won) : null);
    }

    private Membership foundingMembership(VoteRound won) {
        String clusterId = String.format("%016x%016x", random.nextLong(), random.nextLong());
        return configuration.founding(won.incarnations(), clusterId, time.reading().wallMillis());
    }

    /** Falls back to following, within the term, which keeps the vote, or into a higher one, which clears it. */
    void becomeFollower(long newTerm, String reason) {
        if (newTerm - ballot.term() > TERM_LEAP) {
            outbox.observe(new Observation.TermLeapt(ballot.term(), newTerm, reason));
        }
        if (newTerm > ballot.term() && leading != null) {
            // Not leader is visible before anything of the new term leaves (safety rule 8).
            leading.end(StepDownReason.HIGHER_TERM);
            lastEnd = StepDownReason.HIGHER_TERM;
        } else if (leading != null) {
            leading.end(null);
        }
        leading = null;
        standing.abandonRound(reason);
        changeRole(Role.FOLLOWER, newTerm, reason);
        if (newTerm > ballot.term()) {
            ballot.enter(newTerm);
            matchedWithLeader = 0;
            leader.forget();
        }
    }

    /** Ends this member's leadership within its term. */
    void stepDown(StepDownReason reason, String detail) {
        if (leading != null) {
            leading.end(reason);
            leading = null;
        }
        lastEnd = reason;
        becomeFollower(ballot.term(), reason + ": " + detail);
        leader.forget();
        if (reason == StepDownReason.OPENING_NOT_COMMITTED) {
            failedOpenings = Math.min(failedOpenings + 1, 30);
        }
        // safety rule 12: only one deposed by a higher term stands straight back.
        if (reason != StepDownReason.HIGHER_TERM) {
            standing.holdOff();
        }
    }

    void sawTwoLeaders(String one, String other) {
        twoLeadersTerm = ballot.term();
        outbox.observe(new Observation.TwoLeaders(ballot.term(), one, other));
        if (leading != null) {
            stepDown(StepDownReason.TWO_LEADERS, one + " and " + other + " lead in the same term");
        } else {
            leader.forget();
        }
    }

    private void changeRole(Role to, long newTerm, String reason) {
        if (role != to || newTerm != ballot.term()) {
            outbox.observe(new Observation.RoleChanged(role, to, newTerm, reason));
        }
        role = to;
    }

    // ------------------------------------------------------------------------------------------------ what is known

    /** Whether nothing but time, its log and its bonds keeps this member from standing. */
    boolean mayStand() {
        return ready && !closing && !outbox.storageFailed() && passed == null;
    }

    boolean isBoundToKnownLeader() {
        return leader.isKnown() && bond.holds(time.nanos());
    }

    /** From when on neither a bond nor a vote that it gave keeps this member from standing. */
    long freeToStandAtNanos() {
        return voter.freeAtNanos();
    }

    /** This member gives no vote and does not stand before then (safety rule 5). */
    void holdBackUntil(long nanos) {
        voter.holdBackUntil(nanos);
    }

    boolean isLedBy(Leading term) {
        return leading == term;
    }

    /** This member leads from now on. */
    void gained() {
        failedOpenings = 0;
        leader.become(configuration.self());
    }

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
        Leading asLeader = leading;
        return new ElectionView(
                role,
                ballot.term(),
                ballot.votedFor(),
                leader.id(),
                role == Role.LEADER ? Long.valueOf(at.monotonicNanos()) : leader.lastContactNanos(),
                !leader.isEverKnown(),
                log.last(),
                log.commitIndex(),
                log.membership(),
                voters,
                needed,
                asLeader == null ? null : asLeader.reachable(at.monotonicNanos()),
                asLeader == null ? presenceAsFollower() : asLeader.presence(at.monotonicNanos()),
                outbox.storageFailed(),
                configuration.listDiffers(),
                lastEnd);
    }

    private List<MemberPresence> presenceAsFollower() {
        return settings.members().stream()
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
