package io.election.core;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Brings one member's log up to the leader's: entries after entries, or the snapshot where they were compacted. One message is
 * under way at a time; a window would be several of {@link InFlight}.
 */
final class Replicator {

    /** Entries in one message, at most. */
    private static final int BATCH = 64;

    /**
     * What the entries in one message weigh at most, in bytes. As base64 they take four thirds of that, and names six times that
     * at worst; a message of more than a mebibyte is refused.
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

    /** The highest index known to be durable there and the same as here. */
    private long match;

    /** The next index to send. */
    private long next;

    private @Nullable InFlight inFlight;

    /** Whether the message under way failed or brought nothing, so that it may be sent again with the next heartbeat. */
    private boolean waitsForHeartbeat;

    /** A message whose answer is waited for. */
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
        this.next = log.last().index() + 1;
    }

    /** The highest index known to be durable there and the same as here. */
    long match() {
        return match;
    }

    boolean holds(long index) {
        return match >= index;
    }

    /** Begins anew with another incarnation of the member. */
    void startOver() {
        match = 0;
        next = 1;
        inFlight = null;
    }

    // ------------------------------------------------------------------------------------------------ sending

    /** A heartbeat goes out: what failed may be sent again. */
    void heartbeatSent() {
        waitsForHeartbeat = false;
    }

    /** Sends what is lacked up to an index, if nothing is under way. */
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
        Request request = nextMessage(lastIndex);
        inFlight = new InFlight(request.header().requestId(), time.nanos());
        messenger.send(request, 0);
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

    /** A request was answered, be it with what does not count. */
    void answered(long requestId) {
        if (isUnderWay(requestId)) {
            inFlight = null;
        }
    }

    /** A request will not be answered. */
    void unanswered(long requestId) {
        if (isUnderWay(requestId)) {
            inFlight = null;
            waitsForHeartbeat = true;
        }
    }

    private boolean isUnderWay(long requestId) {
        return inFlight != null && inFlight.request() == requestId;
    }

    void onAnswer(Response.Append response, Request asked) {
        Refusal refusal = response.refusal();
        if (refusal == null) {
            long before = match;
            match = Math.max(match, Math.min(response.index(), lastIndexOf(asked)));
            next = Math.max(next, match + 1);
            // Who takes entries and acknowledges none of them is not asked again before the next heartbeat.
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

    /** What a request can have brought at most: nobody acknowledges more than was asked. */
    private static long lastIndexOf(Request request) {
        if (request instanceof Request.Append append) {
            return append.previous().index() + append.entries().size();
        }
        return request instanceof Request.InstallSnapshot install
                ? install.snapshot().last().index()
                : 0;
    }
}
