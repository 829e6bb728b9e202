package io.election.core;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Brings one member's log up to the leader's. It sends entries, or the snapshot if they have been compacted. Only one
 * message is in flight at a time. A window would be several {@link InFlight}.
 */
final class Replicator {

    /** The highest number of entries in one message. */
    private static final int BATCH = 64;

    /**
     * The most that the entries in one message may weigh, in bytes. Encoded as base64, data takes four thirds of its
     * size. Encoded names take six times their size at worst. A message of more than 1 MiB is refused.
     */
    private static final long BATCH_WEIGHT = Payload.LARGEST;

    private final String to;
    private final MemberKind kind;
    private final ElectionSettings settings;
    private final StepTime time;
    private final Outbox outbox;
    private final Ballot ballot;
    private final ElectionLog log;
    private final Messenger messenger;
    private final long timeoutNanos;
    private final long heartbeatNanos;

    /** The highest index at which that member's log is known to be durable and to match this one. */
    private long match;

    /** The highest commit index that a message named which the member accepted. */
    private long toldCommitted;

    /** The next index to send. */
    private long next;

    private @Nullable InFlight inFlight;

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
    private record InFlight(long request, long sinceNanos) {}

    Replicator(ListedMember member, MemberState state) {
        this.to = member.id();
        this.kind = member.kind();
        this.settings = state.settings();
        this.time = state.time();
        this.outbox = state.outbox();
        this.ballot = state.ballot();
        this.log = state.log();
        this.messenger = state.messenger();
        this.timeoutNanos = settings.electionTimeout().toNanos();
        this.heartbeatNanos = settings.heartbeatInterval().toNanos();
        this.next = log.last().index() + 1;
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

    /** Starts again with another incarnation of the member. */
    void startOver() {
        match = 0;
        toldCommitted = 0;
        next = 1;
        inFlight = null;
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
        return inFlight != null;
    }

    /** Sends what the member lacks up to an index, if no message is in flight. */
    void sendUpTo(long lastIndex) {
        InFlight underWay = inFlight;
        if (underWay != null) {
            long givenUpAt = underWay.sinceNanos() + timeoutNanos;
            if (!time.isDue(givenUpAt)) {
                outbox.wake(givenUpAt);
                return;
            }
            inFlight = null;
        }
        if (waitsForHeartbeat || next > lastIndex) {
            return;
        }
        if (retryNanos != null && !time.isDue(retryNanos)) {
            outbox.wake(retryNanos);
            return;
        }
        retryNanos = null;
        Request request = nextMessage(lastIndex);
        inFlight = new InFlight(request.header().requestId(), time.nanos());
        messenger.send(request);
    }

    private Request nextMessage(long lastIndex) {
        long previous = next - 1;
        Snapshot snapshot = log.snapshot();
        if (previous < snapshot.last().index()) {
            return new Request.InstallSnapshot(
                    messenger.headerTo(to), ballot.term(), settings.electionTimeout(), log.commitIndex(), snapshot);
        }
        List<Entry> entries = log.from(next, lastIndex, BATCH, BATCH_WEIGHT);
        return new Request.Append(
                messenger.headerTo(to),
                ballot.term(),
                settings.electionTimeout(),
                log.commitIndex(),
                log.positionAt(previous),
                kind == MemberKind.WITNESS
                        ? entries.stream().map(Entry::forWitness).toList()
                        : entries);
    }

    // ------------------------------------------------------------------------------------------------ answers

    /** A request was answered, even if the answer does not count. */
    void answered(long requestId) {
        if (isUnderWay(requestId)) {
            inFlight = null;
            failures = 0;
        }
    }

    /** A request will get no answer. */
    void unanswered(long requestId) {
        if (isUnderWay(requestId)) {
            inFlight = null;
            failures = Retry.oneMore(failures);
            long now = time.nanos();
            waitsForHeartbeat = !Retry.isSoon(failures);
            retryNanos = Retry.atNanos(failures, now, now + heartbeatNanos, heartbeatNanos);
        }
    }

    private boolean isUnderWay(long requestId) {
        return inFlight != null && inFlight.request() == requestId;
    }

    /** The member accepted a message of this leader, which named a commit index. */
    void told(Request.FromLeader accepted) {
        toldCommitted = Math.max(toldCommitted, accepted.commitIndex());
    }

    void onAnswer(Response.Append response, Request asked) {
        Refusal refusal = response.refusal();
        if (refusal == null) {
            long before = match;
            match = Math.max(match, Math.min(response.index(), lastIndexOf(asked)));
            next = Math.max(next, match + 1);
            // A member that accepts entries and acknowledges none of them is not sent more before the next heartbeat.
            waitsForHeartbeat = match == before && match < lastIndexOf(asked);
        } else if (refusal.reason() == RefusalReason.LOG_MISMATCH
                && asked instanceof Request.Append append
                && append.previous().index() == next - 1) {
            long before = next;
            next = Math.max(match, Math.min(response.index(), append.previous().index() - 1)) + 1;
            waitsForHeartbeat = next >= before;
        } else {
            waitsForHeartbeat = true;
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
