package io.election.core;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Brings one member's log up to the leader's. It sends entries, or the snapshot if they have been compacted.
 *
 * <p>While nothing is known of that member's log, one message is in flight at a time. Once it has taken entries, several may be, up to a number
 * and a weight (thesis, section 10.2.1). If one of them is not taken, or gets no answer, no more are sent before all others have been
 * answered, and then again from the last entry that is known to be there. Without a state machine there is never more than one.
 */
final class Replicator {

    /** The highest number of entries in one message of a log that feeds no state machine. */
    private static final int SMALL_BATCH = 64;

    /**
     * The most that the entries in one message may weigh, in bytes, if there are several. Encoded as base64, data takes four thirds of its
     * size. Encoded names take six times their size at worst. A message of more than 1 MiB is refused.
     */
    private static final long SMALL_BATCH_WEIGHT = Payload.LARGEST;

    private static final long BATCH_WEIGHT = 4 * Payload.LARGEST;

    /** How many messages that are not full may be sent within the time of a heartbeat, beside others that are under way. */
    private static final int SPACINGS = 50;

    private final String to;
    private final MemberKind kind;
    private final ElectionSettings settings;
    private final StepTime time;
    private final Outbox outbox;
    private final Ballot ballot;
    private final ElectionLog log;
    private final AppliedLog applied;
    private final Messenger messenger;
    private final long timeoutNanos;
    private final long heartbeatNanos;
    private final int batch;
    private final long batchWeight;
    private final int mostMessages;
    private final long mostWeight;

    /** The highest index at which that member's log is known to be durable and to match this one. */
    private long match;

    /** The highest commit index that a message named which the member accepted. */
    private long toldCommitted;

    /** The next index to send. */
    private long next;

    /** The messages that wait for their answers, the oldest first. */
    private final Deque<InFlight> inFlight = new ArrayDeque<>();

    private long inFlightWeight;

    /** Whether that member has taken the latest entries that were answered, so that more may follow without waiting. */
    private boolean streaming;

    /** The snapshot that is being sent, while its image is fetched, and how much of the image is there. */
    private @Nullable Snapshot sending;

    private long imageReceived;

    /**
     * Whether the last message achieved nothing, or several failed, so that the next may be sent only with the next
     * heartbeat.
     */
    private boolean waitsForHeartbeat;

    /** How many messages have failed in a row. */
    private int failures;

    /** When the message that failed may be sent again, or {@code null}. */
    private @Nullable Long retryNanos;

    /** A message that waits for its answer. */
    private record InFlight(long request, long sinceNanos, long weight) {}

    Replicator(ListedMember member, MemberState state) {
        this.to = member.id();
        this.kind = member.kind();
        this.settings = state.settings();
        this.time = state.time();
        this.outbox = state.outbox();
        this.ballot = state.ballot();
        this.log = state.log();
        this.applied = state.applied();
        this.messenger = state.messenger();
        this.timeoutNanos = settings.electionTimeout().toNanos();
        this.heartbeatNanos = settings.heartbeatInterval().toNanos();
        this.next = log.last().index() + 1;
        ReplicationSettings replication = settings.replication();
        this.batch = replication == null ? SMALL_BATCH : Request.Append.MOST_ENTRIES;
        this.batchWeight = replication == null ? SMALL_BATCH_WEIGHT : BATCH_WEIGHT;
        this.mostMessages = replication == null ? 1 : replication.mostInFlightMessages();
        this.mostWeight = replication == null ? SMALL_BATCH_WEIGHT : replication.mostInFlightBytes();
    }

    /** The highest index at which that member's log is known to be durable and to match this one. */
    long match() {
        return match;
    }

    boolean holds(long index) {
        return match >= index;
    }

    /** Whether the member holds an entry and was told that it is committed. */
    boolean knowsCommitted(long index) {
        return match >= index && toldCommitted >= index;
    }

    /** How much of the image of a snapshot the member has fetched, or {@code null} if it fetches none. */
    @Nullable Long imageReceived() {
        return sending == null ? null : imageReceived;
    }

    /** Starts again with another incarnation of the member. */
    void startOver() {
        match = 0;
        toldCommitted = 0;
        next = 1;
        inFlight.clear();
        inFlightWeight = 0;
        streaming = false;
        snapshotSent();
    }

    /** Begins with the last entry that there is: the member has come in the middle of a term, and may hold anything. */
    void probe() {
        next = Math.max(1, log.last().index());
    }

    // ------------------------------------------------------------------------------------------------ sending

    /** A heartbeat is sent: a message that failed may be sent again. */
    void heartbeatSent() {
        waitsForHeartbeat = false;
        retryNanos = null;
    }

    /** Whether a message waits for its answer. */
    boolean isUnderWay() {
        return !inFlight.isEmpty();
    }

    /** Sends what the member lacks up to an index, as far as more may be in flight. */
    void sendUpTo(long lastIndex) {
        InFlight oldest = inFlight.peek();
        if (oldest != null) {
            long givenUpAt = oldest.sinceNanos() + timeoutNanos;
            if (time.isDue(givenUpAt)) {
                inFlight.clear();
                inFlightWeight = 0;
                sendAgain();
            } else {
                outbox.wake(givenUpAt);
            }
        }
        if (waitsForHeartbeat || next > lastIndex) {
            return;
        }
        if (retryNanos != null && !time.isDue(retryNanos)) {
            outbox.wake(retryNanos);
            return;
        }
        while (next <= lastIndex && !waitsForHeartbeat && mayFly() && isWorthIt(lastIndex)) {
            retryNanos = null;
            send(lastIndex);
        }
    }

    private boolean mayFly() {
        return streaming ? inFlight.size() < mostMessages && inFlightWeight < mostWeight : inFlight.isEmpty();
    }

    /**
     * Whether what is there is to be sent now. Beside a message that is under way, one that is not full waits for a moment: until the
     * answer comes, or the other has been under way for so long that the way must be a long one. So on a short one there are few
     * messages with many entries, and none overtakes another.
     */
    private boolean isWorthIt(long lastIndex) {
        InFlight latest = inFlight.peekLast();
        if (latest == null) {
            return true;
        }
        long longEnough = latest.sinceNanos() + heartbeatNanos / SPACINGS;
        if (time.isDue(longEnough) || isFull(lastIndex)) {
            return true;
        }
        outbox.wake(longEnough);
        return false;
    }

    private boolean isFull(long lastIndex) {
        return lastIndex - next + 1 >= batch || log.weighsAtLeast(next, lastIndex, batchWeight);
    }

    /** What was sent and is not known to be there is sent again, once everything else has been answered. */
    private void sendAgain() {
        if (streaming) {
            streaming = false;
            next = match + 1;
        }
    }

    private void send(long lastIndex) {
        long previous = next - 1;
        boolean ofLostCluster = next <= log.ofLostCluster();
        if (sending == null && ofLostCluster && log.snapshot().last().index() < log.ofLostCluster()) {
            // An image of this cluster is being taken.
            waitsForHeartbeat = true;
            return;
        }
        if (sending != null || ofLostCluster || previous < log.firstIndex() - 1) {
            sendSnapshot();
            return;
        }
        List<Entry> entries = log.from(next, lastIndex, batch, batchWeight);
        Request request = new Request.Append(
                messenger.headerTo(to),
                ballot.term(),
                settings.electionTimeout(),
                log.commitIndex(),
                log.positionAt(previous),
                kind == MemberKind.WITNESS
                        ? entries.stream().map(Entry::forWitness).toList()
                        : entries,
                applied.news(false));
        long weight = log.weightBetween(previous, previous + entries.size());
        if (streaming) {
            next += entries.size();
        }
        fly(request, weight);
    }

    /** An image that is being fetched is named again and again, although a newer one may be there. */
    private void sendSnapshot() {
        Snapshot snapshot = sending == null ? log.snapshot() : sending;
        boolean fetches = snapshot.image() != null && kind != MemberKind.WITNESS;
        if (fetches && sending == null) {
            if (!applied.images().sends(to, snapshot.last())) {
                // What is not kept for a member could be gone before it has all of it.
                waitsForHeartbeat = true;
                return;
            }
            sending = snapshot;
            imageReceived = 0;
        }
        Request request = new Request.InstallSnapshot(
                messenger.headerTo(to),
                ballot.term(),
                settings.electionTimeout(),
                log.commitIndex(),
                fetches ? snapshot : snapshot.withoutImage());
        streaming = false;
        fly(request, 0);
    }

    private void fly(Request request, long weight) {
        inFlight.add(new InFlight(request.header().requestId(), time.nanos(), weight));
        inFlightWeight += weight;
        messenger.send(request);
    }

    /** No image is named to this member any more. */
    void snapshotSent() {
        if (sending != null) {
            sending = null;
            applied.images().sendsNoMore(to);
        }
    }

    // ------------------------------------------------------------------------------------------------ answers

    /** A request was answered, even if the answer does not count. */
    void answered(long requestId) {
        if (land(requestId)) {
            failures = 0;
        }
    }

    /** A request will get no answer. */
    void unanswered(long requestId) {
        if (land(requestId)) {
            failures = Retry.oneMore(failures);
            long now = time.nanos();
            waitsForHeartbeat = !Retry.isSoon(failures);
            retryNanos = Retry.atNanos(failures, now, now + heartbeatNanos, heartbeatNanos);
            sendAgain();
            if (waitsForHeartbeat) {
                snapshotSent();
            }
        }
    }

    private boolean land(long requestId) {
        for (Iterator<InFlight> flying = inFlight.iterator(); flying.hasNext(); ) {
            InFlight message = flying.next();
            if (message.request() == requestId) {
                flying.remove();
                inFlightWeight -= message.weight();
                return true;
            }
        }
        return false;
    }

    /** The member accepted a message of this leader, which named a commit index. */
    void told(Request.FromLeader accepted) {
        toldCommitted = Math.max(toldCommitted, accepted.commitIndex());
    }

    void onAnswer(Response.Append response, Request asked) {
        Refusal refusal = response.refusal();
        if (refusal == null) {
            taken(response.index(), asked);
        } else if (refusal.reason() == RefusalReason.LOG_MISMATCH && asked instanceof Request.Append append) {
            notFitting(response.index(), append);
        } else if (refusal.reason() == RefusalReason.FETCHING_IMAGE && asked instanceof Request.InstallSnapshot) {
            imageReceived = response.index();
            waitsForHeartbeat = true;
        } else {
            sendAgain();
            waitsForHeartbeat = true;
        }
    }

    private void taken(long index, Request asked) {
        long before = match;
        long lastOfRequest = lastIndexOf(asked);
        match = Math.max(match, Math.min(index, lastOfRequest));
        next = Math.max(next, match + 1);
        if (sending != null && match >= sending.last().index()) {
            snapshotSent();
        }
        boolean all = match >= lastOfRequest;
        // A member that accepts entries and acknowledges none of them is not sent more before the next heartbeat.
        waitsForHeartbeat = match == before && !all;
        if (!all) {
            sendAgain();
        } else if (asked instanceof Request.Append && inFlight.isEmpty()) {
            streaming = true;
        }
    }

    private void notFitting(long mayMatch, Request.Append append) {
        if (streaming) {
            // It may have overtaken another one, which is still on its way.
            sendAgain();
        } else if (append.previous().index() == next - 1) {
            long before = next;
            next = Math.max(match, Math.min(mayMatch, append.previous().index() - 1)) + 1;
            waitsForHeartbeat = next >= before;
        }
    }

    /** The highest index that a request can have delivered. No member acknowledges more than was sent. */
    private static long lastIndexOf(Request request) {
        if (request instanceof Request.Append append) {
            return append.previous().index() + append.entries().size();
        }
        return request instanceof Request.InstallSnapshot install
                ? install.snapshot().last().index()
                : 0;
    }
}
