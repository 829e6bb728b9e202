package io.election.core;

import io.election.FencingToken;
import io.election.HandoverResult.Outcome;
import io.election.StepDownReason;
import io.election.core.Messenger.Outstanding;
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
    private final ElectionSettings settings;
    private final StepTime time;
    private final Outbox outbox;
    private final Ballot ballot;
    private final ElectionLog log;
    private final Configuration configuration;
    private final Positions positions;
    private final Messenger messenger;
    private final long timeoutNanos;
    private final long heartbeatNanos;
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

    Leading(Election election, MemberState state, long openingDeadlineNanos) {
        this.election = election;
        this.settings = state.settings();
        this.time = state.time();
        this.outbox = state.outbox();
        this.ballot = state.ballot();
        this.log = state.log();
        this.configuration = state.configuration();
        this.positions = state.positions();
        this.messenger = state.messenger();
        this.timeoutNanos = settings.electionTimeout().toNanos();
        this.heartbeatNanos = settings.heartbeatInterval().toNanos();
        this.openingDeadlineNanos = openingDeadlineNanos;
        this.beganNanos = time.nanos();
        this.nextHeartbeatNanos = beganNanos;
        this.lastHeartbeatNanos = beganNanos;
        for (ListedMember member : configuration.listed()) {
            if (!member.id().equals(configuration.self())) {
                Progress peer = new Progress(
                        member.id(), member.kind(), log.last().index() + 1, messenger.nextRequestId());
                // Who voted just now is there: a witness waits for it (safety rule 10).
                peer.lastContactNanos = messenger.lastAnswerNanos(member.id());
                peers.put(member.id(), peer);
            }
        }
        // All of it is on disk: the own vote is, which was written after it.
        durableIndex = log.last().index();
    }

    /** Writes the entry that opens the term; the very first one founds the cluster. */
    void open(@Nullable Membership founding) {
        openingIndex = append(new Payload.Opening(configuration.self(), positions.own(), founding));
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
        if (leads() && held != null && !held.holds(time.reading())) {
            // safety rule 8: a lease that lapsed is never revived.
            election.stepDown(StepDownReason.LEASE_LOST, "too few members acknowledged in time");
        } else if (!gained && openingDeadlineNanos - time.nanos() <= 0) {
            election.stepDown(
                    StepDownReason.OPENING_NOT_COMMITTED,
                    "the entry that opens the term did not reach a quorum in time");
        }
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
            outbox.wake(openingDeadlineNanos);
        }
        Lease held = lease;
        if (leads() && held != null && held.end() != null) {
            outbox.wake(held.end().monotonicNanos());
        }
    }

    private void heartbeatIfDue() {
        if (nextHeartbeatNanos - time.nanos() <= 0) {
            lastHeartbeatNanos = time.nanos();
            for (Progress peer : peers.values()) {
                peer.retry = false;
                heartbeat(peer);
            }
            nextHeartbeatNanos = StepTime.later(
                    nextHeartbeatNanos + heartbeatNanos, time.nanos() + heartbeatNanos / 2);
        }
        outbox.wake(nextHeartbeatNanos);
    }

    private void heartbeat(Progress peer) {
        messenger.send(
                new Request.Heartbeat(
                        messenger.headerTo(peer.id),
                        ballot.term(),
                        settings.electionTimeout(),
                        log.commitIndex(),
                        positions.watermark()),
                0);
    }

    // ------------------------------------------------------------------------------------------------ confirmation

    /**
     * Asks for a quorum's word that this member still leads: acknowledgements of heartbeats sent from now on (thesis, section
     * 6.4). The next round is brought forward, but comes no sooner than a tenth of the interval after the one before.
     */
    void confirm(long call) {
        confirmations.add(new Confirmation(call, messenger.nextRequestId()));
        long soonest = StepTime.later(lastHeartbeatNanos + heartbeatNanos / 10, time.nanos());
        if (nextHeartbeatNanos - soonest > 0) {
            nextHeartbeatNanos = soonest;
        }
    }

    private void answerConfirmations() {
        int others = configuration.quorum() - 1;
        while (!confirmations.isEmpty()) {
            long first = confirmations.peek().firstRequest();
            long heard = peers.values().stream()
                    .filter(peer -> counts(peer) && peer.acknowledgedRequest >= first)
                    .count();
            if (heard < others) {
                return;
            }
            outbox.add(new Effect.ConfirmEnded(confirmations.remove().call(), true));
        }
    }

    private void refuseConfirmations() {
        while (!confirmations.isEmpty()) {
            outbox.add(new Effect.ConfirmEnded(confirmations.remove().call(), false));
        }
    }

    // ------------------------------------------------------------------------------------------------ the log

    long propose(Payload payload) {
        boolean full = log.last().index() - log.commitIndex() >= MAX_UNCOMMITTED;
        return leads() && handover == null && !full && log.hasRoom() ? append(payload) : 0;
    }

    private long append(Payload payload) {
        Entry entry = new Entry(log.last().index() + 1, ballot.term(), payload);
        log.append(entry);
        pendingWrites.add(new LogWrite(outbox.logWrite(), entry.index()));
        appendedAtNanos.put(entry.index(), time.nanos());
        return entry.index();
    }

    /** More of the own log has become durable. */
    void onDurable() {
        while (!pendingWrites.isEmpty() && pendingWrites.peek().write() <= outbox.durableWrite()) {
            durableIndex = Math.max(durableIndex, pendingWrites.poll().lastIndex());
        }
    }

    /** Sends a peer what it lacks, one message at a time. */
    private void replicate(Progress peer) {
        long lastIndex = sendableTo(peer);
        if (peer.inFlightRequest != 0) {
            long givenUpAt = peer.inFlightSinceNanos + timeoutNanos;
            if (givenUpAt - time.nanos() > 0) {
                outbox.wake(givenUpAt);
                return;
            }
            peer.inFlightRequest = 0;
        }
        if (peer.retry || peer.next > lastIndex) {
            return;
        }
        Request request = nextMessage(peer, lastIndex);
        peer.inFlightRequest = request.header().requestId();
        peer.inFlightSinceNanos = time.nanos();
        messenger.send(request, 0);
    }

    private Request nextMessage(Progress peer, long lastIndex) {
        long previous = peer.next - 1;
        Base base = log.base();
        if (previous < base.last().index()) {
            return new Request.InstallBase(
                    messenger.headerTo(peer.id),
                    ballot.term(),
                    settings.electionTimeout(),
                    log.commitIndex(),
                    base);
        }
        List<Entry> entries = log.from(peer.next, lastIndex, BATCH);
        return new Request.Append(
                messenger.headerTo(peer.id),
                ballot.term(),
                settings.electionTimeout(),
                log.commitIndex(),
                log.positionAt(previous),
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
        long last = log.last().index();
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
                    && other.heardWithin(time.nanos(), timeoutNanos)) {
                everywhere = Math.min(everywhere, other.match);
            }
        }
        long sendable = Math.min(durableIndex, Math.max(everywhere, log.commitIndex()));
        for (long index = sendable + 1; index <= durableIndex; index++) {
            // What this leader took over from an earlier term waits from the beginning of its own.
            long waitsUntil = appendedAtNanos.getOrDefault(index, beganNanos) + timeoutNanos;
            if (waitsUntil - time.nanos() > 0) {
                outbox.wake(waitsUntil);
                break;
            }
            sendable = index;
        }
        return sendable;
    }

    /** Commits what a quorum of voters holds durably, through an entry of the own term (thesis, section 3.6.2). */
    private void commit() {
        long committed = log.commitIndex();
        for (long index = committed + 1; index <= log.last().index(); index++) {
            if (log.termAt(index) == ballot.term() && isOnQuorum(index)) {
                boolean founding = log.commitIndex() == 0 && log.termAt(1) == ballot.term();
                log.commitUpTo(index);
                appendedAtNanos.headMap(index, true).clear();
                Membership membership = log.membership();
                if (founding && membership != null) {
                    outbox.observe(new Observation.Founded(membership));
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
        return holders >= configuration.quorum();
    }

    /** Whether a peer's acknowledgements count: a voter, in the incarnation that the log names (safety rule 7). */
    private boolean counts(Progress peer) {
        return configuration.counts(peer.id, peer.incarnation, peer.settled);
    }

    private @Nullable EnrolledMember named(Progress peer) {
        return configuration.enrolled(peer.id);
    }

    // ------------------------------------------------------------------------------------------------ answers

    /** A member answered something, be it a question of an earlier term. */
    void heardFrom(String member) {
        Progress peer = peers.get(member);
        if (peer != null) {
            peer.lastContactNanos = time.nanos();
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
        if (heeded != null && response.term() > ballot.term() && heeded.tellsOfTerm()) {
            election.adopt(response.term(), peer.id);
            return;
        }
        if (heeded != null && heeded.reason() == RefusalReason.TWO_LEADERS) {
            election.sawTwoLeaders(configuration.self(), String.valueOf(heeded.member()));
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
        Membership membership = log.membership();
        if (named == null
                || membership == null
                || peer.incarnation == null
                || !peer.kind.votes()
                || named.incarnation().equals(peer.incarnation)
                || !leads()
                || handover != null
                || !log.hasRoom()
                || log.changesMembershipAfter(log.commitIndex())) {
            return;
        }
        long index = log.last().index() + 1;
        append(new Payload.MembershipChange(membership.withIncarnation(peer.id, peer.incarnation, index)));
        peer.firstRequest = messenger.nextRequestId();
        outbox.observe(new Observation.LetIn(peer.id, peer.incarnation));
    }

    private void onHeartbeatAnswer(Progress peer, Response.Heartbeat response, Outstanding asked) {
        long roundTrip = time.nanos() - asked.sentAt().monotonicNanos();
        peer.roundTripNanos = roundTrip;
        if (response.refusal() != null) {
            return;
        }
        outbox.observe(new Observation.HeartbeatAcknowledged(peer.id, Duration.ofNanos(roundTrip)));
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
        int others = configuration.quorum() - 1;
        List<ClockReading> acknowledged = new ArrayList<>();
        for (Progress peer : peers.values()) {
            if (counts(peer) && peer.acknowledged != null) {
                acknowledged.add(peer.acknowledged);
            }
        }
        if (others == 0 || acknowledged.size() < others) {
            return;
        }
        long now = time.nanos();
        acknowledged.sort(Comparator.comparingLong(reading -> now - reading.monotonicNanos()));
        ClockReading base = acknowledged.get(others - 1);
        ClockReading before = leaseBase;
        if (before != null && base.monotonicNanos() - before.monotonicNanos() <= 0) {
            return;
        }
        leaseBase = base;
        Lease longer = Lease.from(base, settings.leaseDuration().toNanos());
        if (yielded) {
            outbox.add(new Effect.DrainLease(ballot.term(), longer));
            return;
        }
        lease = longer;
        if (gained) {
            outbox.add(new Effect.LeaseExtended(ballot.term(), longer));
        }
    }

    private void gainIfDue() {
        if (gained || yielded || log.commitIndex() < openingIndex) {
            return;
        }
        if (configuration.voters().size() == 1) {
            lease = Lease.UNLIMITED;
        }
        Lease held = lease;
        Membership membership = log.membership();
        if (held == null || membership == null || !held.holds(time.reading())) {
            return;
        }
        gained = true;
        election.gained();
        outbox.add(new Effect.LeadershipGained(
                ballot.term(), FencingToken.of(membership.generation(), ballot.term()), held));
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
            outbox.add(new Effect.DrainLease(ballot.term(), held));
        }
        if (leads()) {
            outbox.add(new Effect.LeadershipEnded(
                    ballot.term(), Objects.requireNonNull(reason, "a leadership ends for a reason")));
        }
        if (yielded) {
            outbox.add(new Effect.DrainLease(ballot.term(), null));
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
        add(held, positions.durable());
        for (Progress peer : peers.values()) {
            if (counts(peer)) {
                add(held, peer.application);
            }
        }
        held.sort(Comparator.reverseOrder());
        int needed = configuration.quorum();
        if (held.size() >= needed) {
            positions.raiseWatermark(held.get(needed - 1));
        }
    }

    private void add(List<LogPosition> held, @Nullable LogPosition position) {
        // What was written in another term may be a tail that this leader does not have.
        if (position != null && position.term() == ballot.term()) {
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
        long now = time.nanos();
        long timeout = settings.handoverTimeout().toNanos();
        Handover begun = new Handover(
                call,
                reason,
                ballot.term(),
                successor.id,
                now + timeout,
                now + Math.min(timeout, timeoutNanos));
        handover = begun;
        outbox.observe(new Observation.HandoverProgress(successor.id, "is to lead"));
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
                && peer.heardWithin(time.nanos(), timeoutNanos);
    }

    private int priority(Progress peer) {
        return configuration.priority(peer.id);
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
            long last = log.last().index();
            boolean caughtUp = successor != null && successor.match == last && log.commitIndex() == last;
            if (caughtUp) {
                yieldLease(current);
            } else if (current.stageEndsNanos - time.nanos() <= 0) {
                handover = null;
                if (current.endsAnyway()) {
                    election.stepDown(current.reason, current.successor + " did not catch up in time");
                }
                election.handoverEnded(
                        current.call, Outcome.TIMED_OUT, current.successor + " did not catch up in time");
                return;
            }
        } else if (current.stage == Handover.Stage.YIELDED && current.stageEndsNanos - time.nanos() <= 0) {
            pass(current);
            return;
        }
        outbox.wake(current.stageEndsNanos);
    }

    private void yieldLease(Handover current) {
        // What was begun under the lease may go on until the pass: the voters are still held.
        outbox.add(new Effect.DrainLease(ballot.term(), lease));
        // safety rule 9: the lease ends before the pass is sent, and is never taken up again in this term.
        outbox.add(new Effect.LeadershipEnded(ballot.term(), current.reason));
        yielded = true;
        lease = null;
        refuseConfirmations();
        current.stage = Handover.Stage.YIELDED;
        current.stageEndsNanos = current.deadlineNanos;
        outbox.observe(new Observation.HandoverProgress(current.successor, "has caught up; the lease is given up"));
    }

    private void pass(Handover current) {
        long last = log.last().index();
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
            if (peer.kind.votes() && peer.heardWithin(nowNanos, timeoutNanos)) {
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
                    peer.heardWithin(nowNanos, timeoutNanos),
                    peer.lastContactNanos,
                    peer.roundTripNanos < 0 ? null : Duration.ofNanos(peer.roundTripNanos),
                    peer.match));
        }
        all.add(new MemberPresence(
                configuration.self(),
                configuration.ownKind(),
                MemberPresence.VotingState.VOTER,
                true,
                nowNanos,
                Duration.ZERO,
                durableIndex));
        all.sort(Comparator.comparing(MemberPresence::id));
        return all;
    }
}
