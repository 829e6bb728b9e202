package io.election.core;

import io.election.HandoverResult;
import io.election.Role;
import io.election.StepDownReason;
import io.election.core.DurableRecord.BaseReplaced;
import io.election.core.DurableRecord.EntryAppended;
import io.election.core.DurableRecord.HardStateChanged;
import io.election.core.DurableRecord.TailRemoved;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
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

    /** Requests whose answers are waited for, at most; the oldest is forgotten first. */
    private static final int MAX_OUTSTANDING = 4096;

    /** What a log may weigh before a leader's entries are refused: no sound leader leaves so much uncommitted. */
    private static final long MAX_LOG_WEIGHT = 16 << 20;

    /** A term that rises by more in one step is worth telling: no cluster holds so many elections unnoticed. */
    private static final long TERM_LEAP = 1 << 16;

    final ElectionSettings settings;
    private final Member self;
    final ElectionLog log;
    final long timeoutNanos;
    final long heartbeatNanos;
    private final String incarnation;
    private final RandomGenerator random;
    private final Bond bond;
    private final Voting voting;
    private final Standing standing;
    private final Outbox outbox = new Outbox();

    /** What is on disk, or on its way there. */
    private HardState hardState;

    // The voters of one membership, reckoned once.
    private @Nullable Set<String> voters;
    private @Nullable Membership votersOf;

    // Volatile state.
    private Role role = Role.FOLLOWER;
    private @Nullable Leading leading;
    private @Nullable Handover passed;

    /** One whose pass this member waits for no longer, but whose caller still does: somebody may yet be elected by it. */
    private @Nullable Handover unreported;

    private long commitIndex;
    private long matchedWithLeader;
    private @Nullable String leader;
    private @Nullable Long lastLeaderContactNanos;
    private boolean leaderEverKnown;
    private @Nullable LogPosition ownPosition;
    private @Nullable LogPosition watermark;
    private boolean ready;
    private boolean closing;
    private boolean closed;
    private boolean storageFailed;

    /** Who had another list when it last said which, and this member itself if the cluster was founded with another. */
    private final Set<String> otherLists = new TreeSet<>();

    private long twoLeadersTerm = -1;
    private int failedOpenings;
    private @Nullable StepDownReason lastEnd;

    // One step.
    private ClockReading clock;
    private long now;

    private final Map<Long, Outstanding> outstanding = new LinkedHashMap<>();
    private long nextRequestId;

    /** When each member that was asked anything last answered. */
    private final Map<String, Long> lastAnswerNanos = new HashMap<>();

    /** A request whose answer is waited for. */
    record Outstanding(Request request, ClockReading sentAt) {}

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
        this.settings = settings;
        this.self = settings.self();
        this.incarnation = incarnation;
        this.random = random;
        this.hardState = recovered.hardState();
        this.log = new ElectionLog(recovered);
        this.commitIndex = recovered.base().last().index();
        this.timeoutNanos = settings.electionTimeout().toNanos();
        this.heartbeatNanos = settings.heartbeatInterval().toNanos();
        this.clock = lockedAt;
        this.now = lockedAt.monotonicNanos();
        // safety rule 5: bound from the locking of the directory; rule 6: for the longest promise that may still run.
        this.bond = new Bond(now, Math.max(timeoutNanos, hardState.promise().toNanos()));
        this.voting = new Voting(this, bond, incarnation);
        this.standing = new Standing(this, incarnation, random);
        this.nextRequestId = random.nextLong(1L << 50);
        Membership membership = log.membership();
        if (membership != null && !membership.listed().equals(settings.listed())) {
            throw new MemberListDiffersException(membership.listed(), settings.listed());
        }
    }

    @Override
    public Output step(Input input, ClockReading clock) {
        this.clock = clock;
        this.now = clock.monotonicNanos();
        outbox.begin(now);
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
            standing.notBefore(now);
        } else if (input instanceof Input.LeaseLapsed lapsed) {
            if (leading != null && leading.hasLease() && lapsed.term() == term()) {
                leading.leaseLapsed("a caller found the lease run out");
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
            if (leading != null && done.term() == term()) {
                leading.workDone();
            }
        } else if (input instanceof Input.PositionAdvanced advanced) {
            ownPosition = advanced.position();
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
        } else if (leader != null && !bond.holds(now)) {
            setLeader(null);
        }
        Handover handover = passed;
        if (handover != null && handover.stageEndsNanos - now <= 0) {
            handover.passMayBeHeld = true;
            endPassed(handover);
        }
        Handover open = unreported;
        if (open != null && open.stageEndsNanos - now <= 0) {
            reportFailed(open);
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
        if (role == Role.FOLLOWER && leader != null) {
            wake(bond.untilNanos());
        }
        if (passed != null) {
            wake(passed.stageEndsNanos);
        }
        if (unreported != null) {
            wake(unreported.stageEndsNanos);
        }
        if (closing && !closed && leading == null && passed == null) {
            closed = true;
            outbox.add(new Effect.Closed());
        }
    }

    void wake(long at) {
        outbox.wake(at);
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
        Refusal refusal = voting.judge(request);
        if (refusal != null && refusal.reason() == RefusalReason.LIST_DIFFERS) {
            reportListDiffers(candidate);
        } else if (settings.listed().equals(request.founding())) {
            otherLists.remove(candidate);
        }
        observe(new Observation.VoteDecided(request.phase(), candidate, request.term(), refusal));
        if (refusal == null && request.phase() == Phase.VOTE) {
            grant(request.header(), request.term());
        } else if (refusal == null && standing.givesWayTo(candidate)) {
            becomeFollower(term(), "gave way to " + candidate);
            standing.notBefore(now + standing.stepNanos());
        }
        reply(
                exchange,
                new Response.Vote(answer(request), request.phase(), request.term(), replyTerm(), refusal),
                outbox.hardStateWrite());
    }

    private void grant(Header header, long inTerm) {
        String candidate = header.from();
        if (inTerm > term() || role != Role.FOLLOWER) {
            becomeFollower(inTerm, "voted for " + candidate);
        }
        if (!candidate.equals(hardState.votedFor())) {
            setHardState(new HardState(inTerm, candidate, hardState.promise()));
        }
        // safety rule 5: one step in which the winner can be heard of.
        voting.voted(header, now + standing.stepNanos());
        if (passed != null && inTerm > passed.term) {
            passed.stageEndsNanos = now + timeoutNanos / 2;
        }
    }

    /** This member gives no vote and does not stand before then (safety rule 5). */
    void holdBackUntil(long nanos) {
        voting.holdBackUntil(nanos);
    }

    private void onHeartbeat(long exchange, Request.Heartbeat request) {
        Refusal refusal = accept(request);
        if (refusal == null) {
            LogPosition mark = request.watermark();
            if (mark != null && (watermark == null || watermark.isBehind(mark))) {
                watermark = mark;
            }
            commitUpTo(Math.min(request.commitIndex(), matchedWithLeader));
        }
        reply(
                exchange,
                new Response.Heartbeat(answer(request), replyTerm(), refusal, log.last(), durablePosition()),
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
        reply(
                exchange,
                new Response.Append(answer(request), replyTerm(), refusal, index),
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
                && founding.member(settings.nodeId())
                        .filter(named -> named.incarnation().equals(incarnation))
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
            if (held && entry.index() <= commitIndex && log.termAt(entry.index()) != entry.term()) {
                // No sound leader sends this: committed entries are never cut back.
                return commitIndex;
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
                record(new TailRemoved(index));
                // Only a leader that contradicts itself makes it fall.
                matchedWithLeader = Math.min(matchedWithLeader, index - 1);
            }
            log.append(entry);
            record(new EntryAppended(entry));
            noticeMembership(entry.payload().membership());
        }
        matchedWithLeader = Math.max(matchedWithLeader, index);
        commitUpTo(Math.min(request.commitIndex(), matchedWithLeader));
        return index;
    }

    private void onInstallBase(long exchange, Request.InstallBase request) {
        Refusal refusal = accept(request);
        long index = 0;
        if (refusal == null) {
            Base base = request.base();
            index = base.last().index();
            if (index > commitIndex) {
                // A torn write may end between the two records, so the first takes away no more than what conflicts:
                // the entries before are perhaps acknowledged.
                if (index <= log.last().index()
                        && log.termAt(index) != base.last().term()) {
                    record(new TailRemoved(index));
                }
                log.replaceBase(base);
                record(new BaseReplaced(base));
                commitIndex = index;
                noticeMembership(base.membership());
                matchedWithLeader = Math.min(matchedWithLeader, log.last().index());
            }
            matchedWithLeader = Math.max(matchedWithLeader, index);
        }
        reply(
                exchange,
                new Response.Append(answer(request), replyTerm(), refusal, index),
                Math.max(outbox.hardStateWrite(), outbox.logWrite()));
    }

    /** Takes a leader's message: {@code null} if it is the leader's to whom this member is bound from now on. */
    private @Nullable Refusal accept(Request.FromLeader request) {
        Header header = request.header();
        String from = header.from();
        if (storageFailed && header.clusterId() != null && !isForeign(header) && mayLead(from)) {
            // It follows nobody, but whoever waits for its handover is told of the successor.
            handedOverTo(from, request.term());
        }
        if (storageFailed) {
            return Refusal.of(RefusalReason.UNAVAILABLE);
        }
        if (header.clusterId() == null || isForeign(header)) {
            return refuse(request, Refusal.of(RefusalReason.WRONG_CLUSTER));
        }
        if (!mayLead(from)) {
            return refuse(request, Refusal.of(RefusalReason.NOT_A_VOTER));
        }
        if (request.term() < term()) {
            return Refusal.of(RefusalReason.STALE_TERM);
        }
        if (request.term() == twoLeadersTerm) {
            return Refusal.of(RefusalReason.TWO_LEADERS);
        }
        if (request.term() == term() && (role == Role.LEADER || bond.isToAnother(from, term()))) {
            String other = role == Role.LEADER ? settings.nodeId() : String.valueOf(bond.leader());
            sawTwoLeaders(other, from);
            return Refusal.naming(RefusalReason.TWO_LEADERS, other);
        }
        if (request.term() > term() || role != Role.FOLLOWER) {
            becomeFollower(request.term(), from + " leads");
        }
        bond.renew(
                from,
                request.term(),
                now,
                Math.max(timeoutNanos, request.promise().toNanos()));
        keepPromiseDurable();
        lastLeaderContactNanos = now;
        standing.leaderHeard();
        setLeader(from);
        if (log.last().term() == term()) {
            // The leader wrote that entry itself and cuts nothing, so this log is the beginning of its own. A member
            // that restarted would not hear it otherwise: the leader knows that there is nothing to send.
            matchedWithLeader = log.last().index();
        }
        handedOverTo(from, request.term());
        return null;
    }

    private Refusal refuse(Request request, Refusal refusal) {
        observe(new Observation.RequestRefused(
                request.header().from(), request.getClass().getSimpleName(), refusal));
        return refusal;
    }

    /** safety rule 6: a longer promise is on disk before it is given, a shorter one only after the longer ones ended. */
    private void keepPromiseDurable() {
        Duration longest = bond.longestPromise();
        if (!longest.equals(hardState.promise())) {
            setHardState(new HardState(term(), hardState.votedFor(), longest));
        }
    }

    private void onPass(long exchange, Request.Handover request) {
        Refusal refusal = judgePass(request);
        if (refusal == null) {
            standing.takePass(request.pass());
            becomeFollower(term(), request.header().from() + " passed on its leadership");
        }
        reply(exchange, new Response.Handover(answer(request), replyTerm(), refusal), outbox.hardStateWrite());
    }

    private @Nullable Refusal judgePass(Request.Handover request) {
        Header header = request.header();
        if (storageFailed || closing || !ready) {
            return Refusal.of(RefusalReason.UNAVAILABLE);
        }
        if (header.clusterId() == null || isForeign(header)) {
            return refuse(request, Refusal.of(RefusalReason.WRONG_CLUSTER));
        }
        if (!header.from().equals(request.pass().leader()) || !mayLead(header.from())) {
            return refuse(request, Refusal.of(RefusalReason.NOT_A_VOTER));
        }
        if (term() > request.pass().term() || role == Role.LEADER) {
            return Refusal.of(RefusalReason.STALE_TERM);
        }
        if (standing.obstacle() != null) {
            return Refusal.of(isSettled() ? RefusalReason.NOT_A_VOTER : RefusalReason.CATCHING_UP);
        }
        if (log.last().isBehind(request.expected())) {
            return Refusal.behind(RefusalReason.LOG_BEHIND, log.last());
        }
        return null;
    }

    // ------------------------------------------------------------------------------------------------ responses

    private void onResponse(Response response) {
        Outstanding asked = outstanding.remove(response.header().requestId());
        if (asked == null || !answers(response, asked.request())) {
            return;
        }
        lastAnswerNanos.put(response.header().from(), now);
        if (leading != null) {
            leading.heardFrom(response.header().from());
        }
        if (response instanceof Response.Vote vote && asked.request() instanceof Request.Vote) {
            standing.onAnswer(vote);
        } else if (response instanceof Response.Handover handover && asked.request() instanceof Request.Handover) {
            onPassAnswer(handover);
        } else if (leading != null && asked.request().term() == term()) {
            leading.onAnswer(response, asked);
        }
    }

    /** Whether a response belongs to a request of this life of this member (safety rule 14). */
    private boolean answers(Response response, Request request) {
        Header header = response.header();
        return header.from().equals(request.header().to())
                && incarnation.equals(header.toIncarnation())
                && !isForeign(header);
    }

    /** Takes over a higher term read in the answer to a current request (safety rule 4; thesis, section 3.3). */
    void adopt(long higher, String from) {
        if (leading != null) {
            stepDown(StepDownReason.HIGHER_TERM, from + " is in term " + higher);
        }
        becomeFollower(higher, from + " is in term " + higher);
        standing.notBefore(now);
    }

    private void onPassAnswer(Response.Handover response) {
        Handover handover = passed;
        if (handover == null || handover.passRequest != response.header().requestId()) {
            return;
        }
        handover.passRequest = 0;
        Refusal refusal = response.refusal();
        if (refusal == null) {
            handover.passMayBeHeld = true;
        } else {
            observe(new Observation.HandoverProgress(handover.successor, "refused the pass: " + refusal.reason()));
            if (response.term() > term() && refusal.tellsOfTerm()) {
                adopt(response.term(), handover.successor);
            }
            if (!passToNext(handover)) {
                endPassed(handover);
            }
        }
    }

    private void onUnanswered(long requestId) {
        Outstanding asked = outstanding.remove(requestId);
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
            handover.passMayBeHeld = true;
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
        if (storageFailed) {
            return;
        }
        storageFailed = true;
        observe(new Observation.StorageFailed(detail));
        if (leading != null) {
            stepDown(StepDownReason.STORAGE_FAILED, detail);
        } else {
            becomeFollower(term(), detail);
        }
        setLeader(null);
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
            becomeFollower(term(), "it is closing");
        }
    }

    void handoverEnded(long call, HandoverResult.Outcome outcome, String detail) {
        if (call != 0) {
            // A member that has just given its leadership up does not name itself.
            boolean formerly = settings.nodeId().equals(leader) && (leading == null || !leading.leads());
            outbox.add(new Effect.HandoverEnded(
                    call, new HandoverResult(outcome, formerly ? null : leader, term(), detail)));
        }
    }

    /** The pass is sent: from here on this member leads nobody, and waits for its successor. */
    void passLeadership(Handover handover, List<String> successors) {
        becomeFollower(term(), "its pass goes to " + successors.get(0));
        setLeader(null);
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
                new Request.Handover(header(next), new Pass(settings.nodeId(), handover.term), log.last());
        handover.successor = next;
        handover.passRequest = request.header().requestId();
        handover.stageEndsNanos = now + timeoutNanos / 2;
        send(request, 0);
        return true;
    }

    /** Somebody leads in a later term than the one that was handed over. */
    private void handedOverTo(String newLeader, long inTerm) {
        Handover handover = passed == null ? unreported : passed;
        if (handover == null || inTerm <= handover.term) {
            return;
        }
        passed = null;
        unreported = null;
        if (handover.call != 0) {
            outbox.add(new Effect.HandoverEnded(
                    handover.call,
                    new HandoverResult(HandoverResult.Outcome.HANDED_OVER, newLeader, inTerm, newLeader + " leads")));
        }
    }

    private void reportFailed(Handover handover) {
        unreported = null;
        handoverEnded(handover.call, HandoverResult.Outcome.FAILED, handover.successor + " was not elected in time");
    }

    /** Nobody newer was seen: this member waits no longer before it stands again. */
    private void endPassed(Handover handover) {
        passed = null;
        observe(new Observation.HandoverProgress(handover.successor, "was not elected in time"));
        if (handover.passMayBeHeld && handover.call != 0) {
            // Slow disks may need longer for the election that the pass began: its caller waits for as long as a
            // handover may take.
            handover.stageEndsNanos = later(handover.deadlineNanos, now + timeoutNanos / 2);
            unreported = handover;
        } else {
            reportFailed(handover);
        }
        // Only a handover that was a wish to hand over, not to end, lets the old leader stand straight back (rule 12).
        standing.notBefore(now);
        if (handover.endsAnyway()) {
            standing.holdOff();
        }
    }

    // ------------------------------------------------------------------------------------------------ transitions

    void becomePreCandidate() {
        changeRole(Role.PRE_CANDIDATE, term(), "heard of no leader");
    }

    /** Raises the term, votes for itself in it, and returns the write with which that vote is durable. */
    long becomeCandidate(long newTerm, String reason) {
        setLeader(null);
        changeRole(Role.CANDIDATE, newTerm, reason);
        setHardState(new HardState(newTerm, settings.nodeId(), hardState.promise()));
        matchedWithLeader = 0;
        return outbox.hardStateWrite();
    }

    void becomeLeader(VoteRound won) {
        changeRole(Role.LEADER, term(), "won " + won.granted().size() + " of " + won.needed() + " votes needed");
        long openingTime = 2 * timeoutNanos * Math.min(4, 1L << Math.min(failedOpenings, 10));
        // Where all disks are slow, a follower writes a promise and then the entry, each as slowly as the candidate its
        // vote.
        leading = new Leading(this, now + Math.max(openingTime, standing.timeForWritesNanos(3)));
        leading.open(log.isEmpty() ? foundingMembership(won) : null);
    }

    private Membership foundingMembership(VoteRound won) {
        List<EnrolledMember> enrolled = settings.members().stream()
                .map(m ->
                        new EnrolledMember(m.id(), m.kind(), won.incarnations().getOrDefault(m.id(), ""), 1))
                .toList();
        String clusterId = String.format("%016x%016x", random.nextLong(), random.nextLong());
        return new Membership(
                clusterId,
                // A wall clock that is far off must not keep a cluster from being founded.
                Math.max(1, Math.min(clock.wallMillis() / 1000, Membership.GENERATION_LIMIT - 1)),
                enrolled);
    }

    /** Falls back to following, within the term, which keeps the vote, or into a higher one, which clears it. */
    void becomeFollower(long newTerm, String reason) {
        if (newTerm - term() > TERM_LEAP) {
            observe(new Observation.TermLeapt(term(), newTerm, reason));
        }
        if (newTerm > term() && leading != null) {
            // Not leader is visible before anything of the new term leaves (safety rule 8).
            leading.end(StepDownReason.HIGHER_TERM);
            lastEnd = StepDownReason.HIGHER_TERM;
        } else if (leading != null) {
            leading.end(null);
        }
        leading = null;
        standing.abandonRound(reason);
        changeRole(Role.FOLLOWER, newTerm, reason);
        if (newTerm > term()) {
            setHardState(new HardState(newTerm, null, hardState.promise()));
            matchedWithLeader = 0;
            if (leader != null) {
                setLeader(null);
            }
        }
    }

    /** Ends this member's leadership within its term. */
    void stepDown(StepDownReason reason, String detail) {
        if (leading != null) {
            leading.end(reason);
            leading = null;
        }
        lastEnd = reason;
        becomeFollower(term(), reason + ": " + detail);
        setLeader(null);
        if (reason == StepDownReason.OPENING_NOT_COMMITTED) {
            failedOpenings = Math.min(failedOpenings + 1, 30);
        }
        // safety rule 12: only one deposed by a higher term stands straight back.
        if (reason != StepDownReason.HIGHER_TERM) {
            standing.holdOff();
        }
    }

    void sawTwoLeaders(String one, String other) {
        twoLeadersTerm = term();
        observe(new Observation.TwoLeaders(term(), one, other));
        if (leading != null) {
            stepDown(StepDownReason.TWO_LEADERS, one + " and " + other + " lead in the same term");
        } else {
            setLeader(null);
        }
    }

    private void changeRole(Role to, long newTerm, String reason) {
        if (role != to || newTerm != term()) {
            observe(new Observation.RoleChanged(role, to, newTerm, reason));
        }
        role = to;
    }

    private void setLeader(@Nullable String newLeader) {
        if (newLeader == null ? leader == null : newLeader.equals(leader)) {
            return;
        }
        if (newLeader == null) {
            standing.dismissed(leader);
        } else {
            leaderEverKnown = true;
        }
        leader = newLeader;
        outbox.add(new Effect.LeaderChanged(term(), newLeader));
    }

    // ------------------------------------------------------------------------------------------------ the disk

    private void setHardState(HardState changed) {
        hardState = changed;
        record(new HardStateChanged(changed));
    }

    void record(DurableRecord change) {
        outbox.record(change);
    }

    /** Whether a change of term or vote is still on its way to the disk. */
    boolean hasPendingVote() {
        return outbox.hasPendingHardState();
    }

    long durableWrite() {
        return outbox.durableWrite();
    }

    long logWrite() {
        return outbox.logWrite();
    }

    @Nullable Long lastAnswerNanos(String member) {
        return lastAnswerNanos.get(member);
    }

    /** Everything up to an index is committed. */
    void commitUpTo(long index) {
        if (index <= commitIndex) {
            return;
        }
        commitIndex = index;
        long baseIndex = log.base().last().index();
        EnrolledMember self = enrolled(settings.nodeId());
        boolean letIn = self != null && !self.isFounder() && self.namedAt() > baseIndex && self.namedAt() <= index;
        // The base is committed by definition, so a member that was let in knows it after a restart too.
        if (letIn || index - baseIndex >= settings.compactionThreshold()) {
            Base base = log.baseAt(index);
            log.replaceBase(base);
            record(new BaseReplaced(base));
        }
    }

    // ------------------------------------------------------------------------------------------------ what is known

    long term() {
        return hardState.term();
    }

    @Nullable String votedFor() {
        return hardState.votedFor();
    }

    Role role() {
        return role;
    }

    boolean storageFailed() {
        return storageFailed;
    }

    /** Whether nothing but time, its log and its bonds keeps this member from standing. */
    boolean mayStand() {
        return ready && !closing && !storageFailed && passed == null;
    }

    boolean isBoundToKnownLeader() {
        return leader != null && bond.holds(now);
    }

    /** From when on neither a bond nor a vote that it gave keeps this member from standing. */
    long freeToStandAtNanos() {
        return voting.freeAtNanos();
    }

    long now() {
        return now;
    }

    ClockReading clock() {
        return clock;
    }

    /**
     * How far the log is known to be committed.
     *
     * @return the index of the last committed entry, or 0
     */
    public long commitIndex() {
        return commitIndex;
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

    /** The members of the membership in force; of the configuration while there is none. */
    List<ListedMember> listed() {
        Membership membership = log.membership();
        return membership == null ? settings.listed() : membership.listed();
    }

    /** The voters among them. */
    Set<String> voters() {
        Membership membership = log.membership();
        if (voters == null || membership != votersOf) {
            votersOf = membership;
            voters = listed().stream()
                    .filter(m -> m.kind().votes())
                    .map(ListedMember::id)
                    .collect(Collectors.toUnmodifiableSet());
        }
        return voters;
    }

    boolean isSoleVoter() {
        return voters().equals(Set.of(settings.nodeId()));
    }

    boolean mayLead(String id) {
        Membership membership = log.membership();
        return membership == null
                ? settings.member(id).map(m -> m.kind() == MemberKind.DATA).orElse(false)
                : membership.member(id).map(m -> m.kind() == MemberKind.DATA).orElse(false);
    }

    boolean isForeign(Header header) {
        String own = clusterId();
        return own != null && header.clusterId() != null && !own.equals(header.clusterId());
    }

    private @Nullable String clusterId() {
        Membership membership = log.membership();
        return membership == null ? null : membership.clusterId();
    }

    /** A member as the log names it. */
    @Nullable EnrolledMember enrolled(String id) {
        Membership membership = log.membership();
        return membership == null ? null : membership.member(id).orElse(null);
    }

    /** Whether this member's own vote counts, by what it holds itself (safety rule 7). */
    boolean isSettled() {
        EnrolledMember self = enrolled(settings.nodeId());
        return self != null
                && self.incarnation().equals(incarnation)
                && (self.isFounder() || self.namedAt() <= commitIndex);
    }

    /** The application's position as it was pushed; what an opening names, which everybody compares with their own. */
    @Nullable LogPosition ownPosition() {
        return ownPosition;
    }

    /** What others may rely on: an opening that is still on its way to the disk may be forgotten again. */
    @Nullable LogPosition durablePosition() {
        return outbox.hasPendingLog() ? ownPosition : countedPosition();
    }

    /** The application's position with all that the log knows of it. */
    @Nullable LogPosition countedPosition() {
        LogPosition own = ownPosition;
        return own == null ? null : log.countedPosition(own);
    }

    /** The furthest that this member's application may be, by which it judges others. */
    @Nullable LogPosition mostCountedPosition() {
        LogPosition own = ownPosition;
        return own == null ? null : log.mostCountedPosition(own);
    }

    private void noticeMembership(@Nullable Membership membership) {
        if (membership != null && !membership.listed().equals(settings.listed())) {
            reportListDiffers(settings.nodeId());
        }
    }

    void reportListDiffers(String member) {
        if (otherLists.add(member)) {
            observe(new Observation.ListDiffers(member));
        }
    }

    /** A member that is asked to found the cluster agrees to this member's list. */
    void listAgrees(String member) {
        otherLists.remove(member);
    }

    /** Once the cluster is founded, its list is the right one: a peer with another one is that peer's fault. */
    private boolean listDiffers() {
        Membership membership = log.membership();
        return membership == null ? !otherLists.isEmpty() : !membership.listed().equals(settings.listed());
    }

    // ------------------------------------------------------------------------------------------------ messages

    Header header(String to) {
        EnrolledMember named = enrolled(to);
        return header(to, named == null ? null : named.incarnation(), nextRequestId++);
    }

    private Header answer(Request request) {
        Header asked = request.header();
        return header(asked.from(), asked.fromIncarnation(), asked.requestId());
    }

    private Header header(String to, @Nullable String toIncarnation, long requestId) {
        return new Header(
                Header.PROTOCOL,
                settings.cluster(),
                clusterId(),
                settings.nodeId(),
                incarnation,
                isSettled(),
                to,
                toIncarnation,
                requestId);
    }

    long nextRequestId() {
        return nextRequestId;
    }

    void send(Request request, long afterWrite) {
        outstanding.put(request.header().requestId(), new Outstanding(request, clock));
        if (outstanding.size() > MAX_OUTSTANDING) {
            outstanding.remove(outstanding.keySet().iterator().next());
        }
        outbox.add(new Effect.Send(request, outbox.unlessDurable(afterWrite)));
    }

    private void reply(long exchange, Response response, long afterWrite) {
        // A failed disk never completes a write, and its member says nothing but that it is out.
        outbox.add(new Effect.Reply(exchange, response, storageFailed ? 0 : outbox.unlessDurable(afterWrite)));
    }

    /** The term to show a peer: none from a member whose disk failed, since it may not be durable. */
    private long replyTerm() {
        return storageFailed ? 0 : term();
    }

    void effect(Effect effect) {
        outbox.add(effect);
    }

    void observe(Observation observation) {
        outbox.add(new Effect.Observed(observation));
    }

    boolean isLedBy(Leading term) {
        return leading == term;
    }

    /** This member leads from now on. */
    void gained() {
        failedOpenings = 0;
        setLeader(settings.nodeId());
        if (unreported != null) {
            reportFailed(unreported);
        }
    }

    void watermark(LogPosition mark) {
        watermark = mark;
    }

    @Nullable LogPosition watermark() {
        return watermark;
    }

    static long later(long a, long b) {
        return a - b > 0 ? a : b;
    }

    @Override
    public ElectionView view(ClockReading at) {
        Set<String> voters = voters();
        int needed = voters.isEmpty() ? 0 : log.isEmpty() ? voters.size() : Quorum.of(voters.size());
        Leading asLeader = leading;
        return new ElectionView(
                role,
                term(),
                hardState.votedFor(),
                leader,
                role == Role.LEADER ? Long.valueOf(at.monotonicNanos()) : lastLeaderContactNanos,
                !leaderEverKnown,
                log.last(),
                commitIndex,
                log.membership(),
                voters.size(),
                needed,
                asLeader == null ? null : asLeader.reachable(at.monotonicNanos()),
                asLeader == null ? presenceAsFollower() : asLeader.presence(at.monotonicNanos()),
                storageFailed,
                listDiffers(),
                lastEnd);
    }

    private List<MemberPresence> presenceAsFollower() {
        return settings.members().stream()
                .map(m -> {
                    boolean self = m.id().equals(settings.nodeId());
                    MemberPresence.VotingState state = !m.kind().votes()
                            ? MemberPresence.VotingState.NON_VOTER
                            : !self || log.isEmpty()
                                    ? MemberPresence.VotingState.UNKNOWN
                                    : isSettled()
                                            ? MemberPresence.VotingState.VOTER
                                            : MemberPresence.VotingState.CATCHING_UP;
                    Long contact = m.id().equals(leader) ? lastLeaderContactNanos : null;
                    // To hear from a leader is not to be answered by it.
                    Boolean reachable = self ? Boolean.TRUE : null;
                    return new MemberPresence(m.id(), m.kind(), state, reachable, contact, null, null);
                })
                .toList();
    }
}
