package io.election.core;

import io.election.FencingToken;
import io.election.HandoverResult.Outcome;
import io.election.StepDownReason;
import io.election.core.DurableRecord.EntryAppended;
import io.election.core.Election.Outstanding;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One term of a leader, from the election won to the leadership ended: heartbeats and their lease, the log's replication
 * and commit, the letting in of members whose memory is new, and the handover up to its pass.
 */
final class Leading {

    /** Entries in one message, at most. */
    private static final int BATCH = 64;

    /** Entries that may wait for their commit; more are refused. */
    private static final int MAX_UNCOMMITTED = 1024;

    private final Election election;
    private final Map<String, Progress> peers = new TreeMap<>();
    private final long openingDeadlineNanos;
    private final long beganNanos;
    private final Deque<LogWrite> pendingWrites = new ArrayDeque<>();
    private final TreeMap<Long, Long> appendedAtNanos = new TreeMap<>();
    private long openingIndex;
    private long durableIndex;
    private long nextHeartbeatNanos;
    private @Nullable Lease lease;
    private @Nullable ClockReading leaseBase;
    private boolean gained;
    private boolean yielded;
    private @Nullable Handover handover;

    /** Who asks for a quorum's word, in the order in which they asked; bounded by the callers that wait. */
    private final Deque<Confirmation> confirmations = new ArrayDeque<>();

    private long lastHeartbeatNanos;

    /** A caller that waits for the acknowledgement of heartbeats from this request on. */
    private record Confirmation(long call, long firstRequest) {}

    /** A write of log entries that is under way, and the last entry that is durable with it. */
    private record LogWrite(long write, long lastIndex) {}

    Leading(Election election, long openingDeadlineNanos) {
        this.election = election;
        this.openingDeadlineNanos = openingDeadlineNanos;
        this.beganNanos = election.now();
        this.nextHeartbeatNanos = beganNanos;
        this.lastHeartbeatNanos = beganNanos;
        for (ListedMember member : election.listed()) {
            if (!member.id().equals(election.settings.nodeId())) {
                Progress peer = new Progress(
                        member.id(), member.kind(), election.log.last().index() + 1, election.nextRequestId());
                // Who voted just now is there: a witness waits for it (safety rule 10).
                peer.lastContactNanos = election.lastAnswerNanos(member.id());
                peers.put(member.id(), peer);
            }
        }
        // All of it is on disk: the own vote is, which was written after it.
        durableIndex = election.log.last().index();
    }

    /** Writes the entry that opens the term; the very first one founds the cluster. */
    void open(@Nullable Membership founding) {
        openingIndex = append(new Payload.Opening(election.settings.nodeId(), election.ownPosition(), founding));
    }

    /** Whether this member leads, as far as the lease holds: the opening is committed, and the lease not given up. */
    boolean leads() {
        return gained && !yielded;
    }

    boolean hasLease() {
        return leads() && lease != null;
    }

    boolean isHandingOver() {
        return handover != null;
    }

    // ------------------------------------------------------------------------------------------------ time

    void expire() {
        Lease held = lease;
        if (leads() && held != null && !held.holds(election.clock())) {
            // safety rule 8: a lease that lapsed is never revived.
            leaseLapsed("too few members acknowledged in time");
        } else if (!gained && openingDeadlineNanos - election.now() <= 0) {
            election.stepDown(
                    StepDownReason.OPENING_NOT_COMMITTED,
                    "the entry that opens the term did not reach a quorum in time");
        }
    }

    /** Ends the leadership for a lease that is over, by its own clocks or by a caller's. */
    void leaseLapsed(String detail) {
        long ahead = wallAheadMillis();
        if (ahead > election.settings.leaseDuration().toMillis() / 2) {
            election.stepDown(
                    StepDownReason.CLOCK_JUMPED, "the wall clock went ahead of the monotonic one by " + ahead + " ms");
        } else {
            election.stepDown(StepDownReason.LEASE_LOST, detail);
        }
    }

    /**
     * How much more time than the monotonic clock the wall clock says has passed since the lease's heartbeats were sent.
     * Half a lease is more than rounding and drift explain, and less than what it takes to end a lease that is renewed.
     */
    private long wallAheadMillis() {
        Lease held = lease;
        ClockReading end = held == null ? null : held.end();
        if (end == null) {
            return 0;
        }
        ClockReading now = election.clock();
        return now.wallMillis()
                - end.wallMillis()
                - Duration.ofNanos(now.monotonicNanos() - end.monotonicNanos()).toMillis();
    }

    void advance() {
        commit();
        gainIfDue();
        if (handover != null) {
            advanceHandover(handover);
        }
        if (!election.isLedBy(this)) {
            return;
        }
        answerConfirmations();
        heartbeatIfDue();
        peers.values().forEach(this::replicate);
        if (!gained) {
            election.wake(openingDeadlineNanos);
        }
        Lease held = lease;
        if (leads() && held != null && held.end() != null) {
            election.wake(held.end().monotonicNanos());
        }
    }

    private void heartbeatIfDue() {
        if (nextHeartbeatNanos - election.now() <= 0) {
            lastHeartbeatNanos = election.now();
            for (Progress peer : peers.values()) {
                peer.retry = false;
                heartbeat(peer);
            }
            nextHeartbeatNanos = Election.later(
                    nextHeartbeatNanos + election.heartbeatNanos, election.now() + election.heartbeatNanos / 2);
        }
        election.wake(nextHeartbeatNanos);
    }

    private void heartbeat(Progress peer) {
        election.send(
                new Request.Heartbeat(
                        election.header(peer.id),
                        election.term(),
                        election.settings.electionTimeout(),
                        election.commitIndex(),
                        election.watermark()),
                0);
    }

    // ------------------------------------------------------------------------------------------------ confirmation

    /**
     * Asks for a quorum's word that this member still leads: acknowledgements of heartbeats sent from now on (thesis, section
     * 6.4). The next round is brought forward, but comes no sooner than a tenth of the interval after the one before.
     */
    void confirm(long call) {
        confirmations.add(new Confirmation(call, election.nextRequestId()));
        long soonest = Election.later(lastHeartbeatNanos + election.heartbeatNanos / 10, election.now());
        if (nextHeartbeatNanos - soonest > 0) {
            nextHeartbeatNanos = soonest;
        }
    }

    private void answerConfirmations() {
        int others = Quorum.of(election.voters().size()) - 1;
        while (!confirmations.isEmpty()) {
            long first = confirmations.peek().firstRequest();
            long heard = peers.values().stream()
                    .filter(peer -> counts(peer) && peer.acknowledgedRequest >= first)
                    .count();
            if (heard < others) {
                return;
            }
            election.effect(new Effect.ConfirmEnded(confirmations.remove().call(), true));
        }
    }

    private void refuseConfirmations() {
        while (!confirmations.isEmpty()) {
            election.effect(new Effect.ConfirmEnded(confirmations.remove().call(), false));
        }
    }

    // ------------------------------------------------------------------------------------------------ the log

    long propose(Payload payload) {
        boolean full = election.log.last().index() - election.commitIndex() >= MAX_UNCOMMITTED;
        return leads() && handover == null && !full && election.log.hasRoom() ? append(payload) : 0;
    }

    private long append(Payload payload) {
        Entry entry = new Entry(election.log.last().index() + 1, election.term(), payload);
        election.log.append(entry);
        election.record(new EntryAppended(entry));
        pendingWrites.add(new LogWrite(election.logWrite(), entry.index()));
        appendedAtNanos.put(entry.index(), election.now());
        return entry.index();
    }

    /** More of the own log has become durable. */
    void onDurable() {
        while (!pendingWrites.isEmpty() && pendingWrites.peek().write() <= election.durableWrite()) {
            durableIndex = Math.max(durableIndex, pendingWrites.poll().lastIndex());
        }
    }

    /** Sends a peer what it lacks, one message at a time. */
    private void replicate(Progress peer) {
        long lastIndex = sendableTo(peer);
        if (peer.inFlightRequest != 0) {
            long givenUpAt = peer.inFlightSinceNanos + election.timeoutNanos;
            if (givenUpAt - election.now() > 0) {
                election.wake(givenUpAt);
                return;
            }
            peer.inFlightRequest = 0;
        }
        if (peer.retry || peer.next > lastIndex) {
            return;
        }
        Request request = nextMessage(peer, lastIndex);
        peer.inFlightRequest = request.header().requestId();
        peer.inFlightSinceNanos = election.now();
        election.send(request, 0);
    }

    private Request nextMessage(Progress peer, long lastIndex) {
        long previous = peer.next - 1;
        Base base = election.log.base();
        if (previous < base.last().index()) {
            return new Request.InstallBase(
                    election.header(peer.id),
                    election.term(),
                    election.settings.electionTimeout(),
                    election.commitIndex(),
                    base);
        }
        List<Entry> entries = election.log.from(peer.next, lastIndex, BATCH);
        return new Request.Append(
                election.header(peer.id),
                election.term(),
                election.settings.electionTimeout(),
                election.commitIndex(),
                election.log.positionAt(previous),
                peer.kind == MemberKind.WITNESS
                        ? entries.stream().map(Entry::forWitness).toList()
                        : entries);
    }

    /**
     * How far a peer may be sent entries. A witness gets an entry only once it is durable here and on every named data
     * voter heard from within T, but waits T at most: else its term and index alone could outlive the entry (safety
     * rule 10).
     */
    private long sendableTo(Progress peer) {
        long last = election.log.last().index();
        if (peer.kind != MemberKind.WITNESS) {
            return last;
        }
        long everywhere = durableIndex;
        for (Progress other : peers.values()) {
            // Who has not answered in this term yet is taken for the one that the log names; one whose latest call
            // failed,
            // such as a leader that has handed over and ended, is not waited for.
            if (other.kind == MemberKind.DATA
                    && !other.silent
                    && (other.incarnation == null || counts(other))
                    && other.heardWithin(election.now(), election.timeoutNanos)) {
                everywhere = Math.min(everywhere, other.match);
            }
        }
        long sendable = Math.min(durableIndex, Math.max(everywhere, election.commitIndex()));
        for (long index = sendable + 1; index <= durableIndex; index++) {
            // What this leader took over from an earlier term waits from the beginning of its own.
            long waitsUntil = appendedAtNanos.getOrDefault(index, beganNanos) + election.timeoutNanos;
            if (waitsUntil - election.now() > 0) {
                election.wake(waitsUntil);
                break;
            }
            sendable = index;
        }
        return sendable;
    }

    /** Commits what a quorum of voters holds durably, through an entry of the own term (thesis, section 3.6.2). */
    private void commit() {
        long committed = election.commitIndex();
        for (long index = committed + 1; index <= election.log.last().index(); index++) {
            if (election.log.termAt(index) == election.term() && isOnQuorum(index)) {
                boolean founding = election.commitIndex() == 0 && election.log.termAt(1) == election.term();
                election.commitUpTo(index);
                appendedAtNanos.headMap(index, true).clear();
                Membership membership = election.log.membership();
                if (founding && membership != null) {
                    election.observe(new Observation.Founded(membership));
                }
            }
        }
    }

    private boolean isOnQuorum(long index) {
        int holders = durableIndex >= index ? 1 : 0;
        for (Progress peer : peers.values()) {
            if (counts(peer) && peer.match >= index) {
                holders++;
            }
        }
        return holders >= Quorum.of(election.voters().size());
    }

    /** Whether a peer's acknowledgements count: a voter, in the incarnation that the log names (safety rule 7). */
    private boolean counts(Progress peer) {
        EnrolledMember named = named(peer);
        return named != null
                && peer.kind.votes()
                && named.incarnation().equals(peer.incarnation)
                && (named.isFounder() || peer.settled);
    }

    private @Nullable EnrolledMember named(Progress peer) {
        return election.enrolled(peer.id);
    }

    // ------------------------------------------------------------------------------------------------ answers

    /** A member answered something, be it a question of an earlier term. */
    void heardFrom(String member) {
        Progress peer = peers.get(member);
        if (peer != null) {
            peer.lastContactNanos = election.now();
            peer.silent = false;
        }
    }

    void onAnswer(Response response, Outstanding asked) {
        Progress peer = peers.get(response.header().from());
        if (peer == null) {
            return;
        }
        if (response.header().requestId() == peer.inFlightRequest) {
            peer.inFlightRequest = 0;
        }
        Refusal refusal = response.refusal();
        // safety rule 7: who has no vote deposes nobody.
        Refusal heeded = peer.kind.votes() ? refusal : null;
        if (heeded != null && response.term() > election.term() && heeded.tellsOfTerm()) {
            election.adopt(response.term(), peer.id);
            return;
        }
        if (heeded != null && heeded.reason() == RefusalReason.TWO_LEADERS) {
            election.sawTwoLeaders(election.settings.nodeId(), String.valueOf(heeded.member()));
            return;
        }
        if (response.header().requestId() < peer.firstRequest) {
            return;
        }
        noticeIncarnation(peer, response.header());
        if (response instanceof Response.Heartbeat heartbeat) {
            onHeartbeatAnswer(peer, heartbeat, asked);
        } else if (response instanceof Response.Append append) {
            onAppendAnswer(peer, append, asked);
        }
    }

    private void noticeIncarnation(Progress peer, Header header) {
        if (!header.fromIncarnation().equals(peer.incarnation)) {
            boolean first = peer.incarnation == null;
            if (first) {
                peer.incarnation = header.fromIncarnation();
            } else {
                peer.startOver(header.fromIncarnation());
            }
            peer.firstRequest = header.requestId();
        }
        peer.settled = header.settled();
        letIn(peer);
    }

    /**
     * Lets a voter with a new memory in again, by an entry that names it. The entry is committed without counting the
     * member, and one at a time (safety rule 7).
     */
    private void letIn(Progress peer) {
        EnrolledMember named = named(peer);
        Membership membership = election.log.membership();
        if (named == null
                || membership == null
                || peer.incarnation == null
                || !peer.kind.votes()
                || named.incarnation().equals(peer.incarnation)
                || !leads()
                || handover != null
                || !election.log.hasRoom()
                || election.log.changesMembershipAfter(election.commitIndex())) {
            return;
        }
        long index = election.log.last().index() + 1;
        append(new Payload.MembershipChange(membership.withIncarnation(peer.id, peer.incarnation, index)));
        peer.firstRequest = election.nextRequestId();
        election.observe(new Observation.LetIn(peer.id, peer.incarnation));
    }

    private void onHeartbeatAnswer(Progress peer, Response.Heartbeat response, Outstanding asked) {
        long roundTrip = election.now() - asked.sentAt().monotonicNanos();
        peer.roundTripNanos = roundTrip;
        if (response.refusal() != null) {
            return;
        }
        election.observe(new Observation.HeartbeatAcknowledged(peer.id, Duration.ofNanos(roundTrip)));
        if (response.application() != null) {
            peer.application = response.application();
            raiseWatermark();
        }
        ClockReading acknowledged = peer.acknowledged;
        if (acknowledged == null || asked.sentAt().monotonicNanos() - acknowledged.monotonicNanos() > 0) {
            peer.acknowledged = asked.sentAt();
        }
        peer.acknowledgedRequest =
                Math.max(peer.acknowledgedRequest, asked.request().header().requestId());
        extendLease();
    }

    private void onAppendAnswer(Progress peer, Response.Append response, Outstanding asked) {
        Refusal refusal = response.refusal();
        if (refusal == null) {
            long before = peer.match;
            peer.match = Math.max(peer.match, Math.min(response.index(), lastIndexOf(asked.request())));
            peer.next = Math.max(peer.next, peer.match + 1);
            // Who takes entries and acknowledges none of them is not asked again before the next heartbeat.
            peer.retry = peer.match == before && peer.match < lastIndexOf(asked.request());
        } else if (refusal.reason() == RefusalReason.LOG_MISMATCH
                && asked.request() instanceof Request.Append append
                && append.previous().index() == peer.next - 1) {
            long before = peer.next;
            peer.next = Math.max(
                            peer.match,
                            Math.min(response.index(), append.previous().index() - 1))
                    + 1;
            peer.retry = peer.next >= before;
        } else {
            peer.retry = true;
        }
    }

    /** What a request can have brought at most: nobody acknowledges more than was asked. */
    private static long lastIndexOf(Request request) {
        if (request instanceof Request.Append append) {
            return append.previous().index() + append.entries().size();
        }
        return request instanceof Request.InstallBase install
                ? install.base().last().index()
                : 0;
    }

    void onUnanswered(Outstanding asked) {
        Progress peer = peers.get(asked.request().header().to());
        if (peer == null) {
            return;
        }
        peer.silent = true;
        if (asked.request().header().requestId() == peer.inFlightRequest) {
            peer.inFlightRequest = 0;
            peer.retry = true;
        }
    }

    // ------------------------------------------------------------------------------------------------ lease

    /**
     * The lease runs from the send times of the heartbeats of this term that a quorum acknowledged, the quorum-th latest,
     * oneself counting as now (thesis, section 6.4.1; safety rule 8).
     */
    private void extendLease() {
        int others = Quorum.of(election.voters().size()) - 1;
        List<ClockReading> acknowledged = new ArrayList<>();
        for (Progress peer : peers.values()) {
            if (counts(peer) && peer.acknowledged != null) {
                acknowledged.add(peer.acknowledged);
            }
        }
        if (others == 0 || acknowledged.size() < others) {
            return;
        }
        long now = election.now();
        acknowledged.sort(Comparator.comparingLong(reading -> now - reading.monotonicNanos()));
        ClockReading base = acknowledged.get(others - 1);
        ClockReading before = leaseBase;
        if (before != null && base.monotonicNanos() - before.monotonicNanos() <= 0) {
            return;
        }
        leaseBase = base;
        Lease longer = Lease.from(base, election.settings.leaseDuration().toNanos());
        if (yielded) {
            election.effect(new Effect.DrainLease(election.term(), longer));
            return;
        }
        lease = longer;
        if (gained) {
            election.effect(new Effect.LeaseExtended(election.term(), longer));
        }
    }

    private void gainIfDue() {
        if (gained || yielded || election.commitIndex() < openingIndex) {
            return;
        }
        if (election.voters().size() == 1) {
            lease = Lease.UNLIMITED;
        }
        Lease held = lease;
        Membership membership = election.log.membership();
        if (held == null || membership == null || !held.holds(election.clock())) {
            return;
        }
        gained = true;
        election.gained();
        election.effect(new Effect.LeadershipGained(
                election.term(), FencingToken.of(membership.generation(), election.term()), held));
    }

    /** Ends the leadership: visible before anything else of this step. Without a reason only what was never gained. */
    void end(@Nullable StepDownReason reason) {
        Lease held = lease;
        if (leads() && held != null && (reason == StepDownReason.REQUESTED || reason == StepDownReason.SHUTDOWN)) {
            // Given up without a successor: until the lease would have ended, nobody else is elected. The others of its
            // quorum are bound for so long; this member, which counted itself, holds its own vote back.
            ClockReading end = held.end();
            if (end != null) {
                election.holdBackUntil(end.monotonicNanos());
            }
            election.effect(new Effect.DrainLease(election.term(), held));
        }
        if (leads()) {
            election.effect(new Effect.LeadershipEnded(
                    election.term(), Objects.requireNonNull(reason, "a leadership ends for a reason")));
        }
        if (yielded) {
            election.effect(new Effect.DrainLease(election.term(), null));
        }
        yielded = true;
        refuseConfirmations();
        Handover unfinished = handover;
        handover = null;
        if (unfinished != null && unfinished.stage != Handover.Stage.PASSED) {
            election.handoverEnded(unfinished.call, Outcome.FAILED, "the leadership ended before the pass was sent");
        }
    }

    // ------------------------------------------------------------------------------------------------ watermark

    /** The highest application position that a quorum is known to hold, of those written in this term. */
    private void raiseWatermark() {
        List<LogPosition> held = new ArrayList<>();
        add(held, election.durablePosition());
        for (Progress peer : peers.values()) {
            if (counts(peer)) {
                add(held, peer.application);
            }
        }
        held.sort(Comparator.reverseOrder());
        int needed = Quorum.of(election.voters().size());
        if (held.size() >= needed) {
            LogPosition mark = held.get(needed - 1);
            LogPosition before = election.watermark();
            if (before == null || before.isBehind(mark)) {
                election.watermark(mark);
            }
        }
    }

    private void add(List<LogPosition> held, @Nullable LogPosition position) {
        // What was written in another term may be a tail that this leader does not have.
        if (position != null && position.term() == election.term()) {
            held.add(position);
        }
    }

    // ------------------------------------------------------------------------------------------------ handover

    void handOver(long call, StepDownReason reason, @Nullable String to) {
        Handover unfinished = handover;
        if (unfinished != null) {
            // A step-down or the close overtakes a handover whose lease was not given up yet.
            handover = null;
            election.handoverEnded(
                    unfinished.call, Outcome.FAILED, "the leadership ends for another reason: " + reason);
        }
        Progress successor = to == null ? bestSuccessor().orElse(null) : peers.get(to);
        if (successor == null || !canTakeOver(successor)) {
            noSuccessor(call, reason, to);
            return;
        }
        long now = election.now();
        long timeout = election.settings.handoverTimeout().toNanos();
        Handover begun = new Handover(
                call,
                reason,
                election.term(),
                successor.id,
                now + timeout,
                now + Math.min(timeout, election.timeoutNanos));
        handover = begun;
        election.observe(new Observation.HandoverProgress(successor.id, "is to lead"));
    }

    private void noSuccessor(long call, StepDownReason reason, @Nullable String to) {
        if (reason != StepDownReason.HANDED_OVER) {
            election.stepDown(reason, "no other member can take over");
        }
        String detail = to == null
                ? "no other data member is reachable and counts"
                : "'" + to + "' is not another data member that is reachable and counts";
        election.handoverEnded(call, Outcome.NO_SUCCESSOR, detail);
    }

    private Optional<Progress> bestSuccessor() {
        return successors().findFirst();
    }

    /** Who can take over, the best prepared first. */
    private Stream<Progress> successors() {
        return peers.values().stream()
                .filter(this::canTakeOver)
                .sorted(Comparator.comparingLong((Progress p) -> p.match)
                        .thenComparingInt(this::priority)
                        .reversed()
                        .thenComparing(p -> p.id));
    }

    private boolean canTakeOver(Progress peer) {
        return peer.kind == MemberKind.DATA
                && counts(peer)
                && !peer.silent
                && peer.heardWithin(election.now(), election.timeoutNanos);
    }

    private int priority(Progress peer) {
        return election.settings.member(peer.id).map(Member::priority).orElse(0);
    }

    /** The listeners of the leadership that was given up, and the work under it, are done. */
    void workDone() {
        Handover current = handover;
        if (current != null && current.stage == Handover.Stage.YIELDED) {
            pass(current);
        }
    }

    private void advanceHandover(Handover current) {
        if (current.stage == Handover.Stage.CATCHING_UP) {
            Progress successor = peers.get(current.successor);
            long last = election.log.last().index();
            boolean caughtUp = successor != null && successor.match == last && election.commitIndex() == last;
            if (caughtUp) {
                yieldLease(current);
            } else if (current.stageEndsNanos - election.now() <= 0) {
                handover = null;
                if (current.endsAnyway()) {
                    election.stepDown(current.reason, current.successor + " did not catch up in time");
                }
                election.handoverEnded(
                        current.call, Outcome.TIMED_OUT, current.successor + " did not catch up in time");
                return;
            }
        } else if (current.stage == Handover.Stage.YIELDED && current.stageEndsNanos - election.now() <= 0) {
            pass(current);
            return;
        }
        election.wake(current.stageEndsNanos);
    }

    private void yieldLease(Handover current) {
        // What was begun under the lease may go on until the pass: the voters are still held.
        election.effect(new Effect.DrainLease(election.term(), lease));
        // safety rule 9: the lease ends before the pass is sent, and is never taken up again in this term.
        election.effect(new Effect.LeadershipEnded(election.term(), current.reason));
        yielded = true;
        lease = null;
        refuseConfirmations();
        current.stage = Handover.Stage.YIELDED;
        current.stageEndsNanos = current.deadlineNanos;
        election.observe(new Observation.HandoverProgress(current.successor, "has caught up; the lease is given up"));
    }

    private void pass(Handover current) {
        long last = election.log.last().index();
        // Whoever has caught up can lead; the one agreed on comes first.
        List<String> ready = successors()
                .filter(p -> p.match == last)
                .map(p -> p.id)
                .sorted(Comparator.comparing(id -> !id.equals(current.successor)))
                .toList();
        handover = null;
        if (ready.isEmpty()) {
            election.handoverEnded(current.call, Outcome.FAILED, current.successor + " fell silent");
            election.stepDown(current.reason, current.successor + " fell silent");
            return;
        }
        election.passLeadership(current, ready);
    }

    // ------------------------------------------------------------------------------------------------ presence

    int reachable(long nowNanos) {
        int reachable = 1;
        for (Progress peer : peers.values()) {
            if (peer.kind.votes() && peer.heardWithin(nowNanos, election.timeoutNanos)) {
                reachable++;
            }
        }
        return reachable;
    }

    List<MemberPresence> presence(long nowNanos) {
        List<MemberPresence> all = new ArrayList<>();
        for (Progress peer : peers.values()) {
            MemberPresence.VotingState state = !peer.kind.votes()
                    ? MemberPresence.VotingState.NON_VOTER
                    : peer.incarnation == null
                            ? MemberPresence.VotingState.UNKNOWN
                            : counts(peer) ? MemberPresence.VotingState.VOTER : MemberPresence.VotingState.CATCHING_UP;
            all.add(new MemberPresence(
                    peer.id,
                    peer.kind,
                    state,
                    peer.heardWithin(nowNanos, election.timeoutNanos),
                    peer.lastContactNanos,
                    peer.roundTripNanos < 0 ? null : Duration.ofNanos(peer.roundTripNanos),
                    peer.match));
        }
        all.add(new MemberPresence(
                election.settings.nodeId(),
                election.settings.self().kind(),
                MemberPresence.VotingState.VOTER,
                true,
                nowNanos,
                Duration.ZERO,
                durableIndex));
        all.sort(Comparator.comparing(MemberPresence::id));
        return all;
    }
}
