package io.election.core;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Addresses this member's messages, and knows which of its requests are still unanswered. A response to anything else
 * is not accepted (safety rule 14).
 */
final class Messenger {

    /** The highest number of requests that wait for an answer. The oldest is forgotten first. */
    private static final int MAX_OUTSTANDING = 4096;

    private final ElectionSettings settings;
    private final Configuration configuration;
    private final Rivals rivals;
    private final KnownLeader leader;
    private final Ballot ballot;
    private final StepTime time;
    private final Outbox outbox;
    private final Map<Long, Outstanding> outstanding = new LinkedHashMap<>();
    private final long firstRequestId;
    private long nextRequestId;

    /** When each member last answered a request. */
    private final Map<String, Long> lastAnswerNanos = new HashMap<>();

    /** A request that waits for an answer. */
    record Outstanding(Request request, ClockReading sentAt) {}

    Messenger(
            ElectionSettings settings,
            Configuration configuration,
            Rivals rivals,
            KnownLeader leader,
            Ballot ballot,
            StepTime time,
            Outbox outbox,
            long firstRequestId) {
        this.settings = settings;
        this.configuration = configuration;
        this.rivals = rivals;
        this.leader = leader;
        this.ballot = ballot;
        this.time = time;
        this.outbox = outbox;
        this.firstRequestId = firstRequestId;
        this.nextRequestId = firstRequestId;
    }

    /** The id of the first request of this process. */
    long firstRequestId() {
        return firstRequestId;
    }

    /** The id that the next request gets. */
    long nextRequestId() {
        return nextRequestId;
    }

    Header headerTo(String to) {
        EnrolledMember named = configuration.enrolled(to);
        return header(to, named == null ? null : named.incarnation(), nextRequestId++);
    }

    Header answerTo(Request request) {
        Header asked = request.header();
        return header(asked.from(), asked.fromIncarnation(), asked.requestId());
    }

    private Header header(String to, @Nullable String toIncarnation, long requestId) {
        return new Header(
                Header.PROTOCOL,
                settings.cluster(),
                null,
                configuration.clusterId(),
                settings.nodeId(),
                configuration.incarnation(),
                // A member whose disk failed shows nothing of what it may forget.
                configuration.isSettled() && !outbox.storageFailed(),
                to,
                toIncarnation,
                requestId,
                configuration.ownNamedAt());
    }

    /** The term to show a peer. A member whose disk failed shows none, because its term may not be durable. */
    long shownTerm() {
        return outbox.storageFailed() ? 0 : ballot.term();
    }

    /** What this member says of itself to another one. */
    Request.Announce announcementTo(String other, @Nullable Contact contact) {
        return new Request.Announce(
                headerTo(other), settings.self().kind(), contact, allegiance(), configuration.renouncedFounding());
    }

    /** The cluster whose entries this member holds, or {@code null} if it holds none. */
    @Nullable Allegiance allegiance() {
        Long generation = configuration.generation();
        return generation == null ? null : new Allegiance(generation, leader.id());
    }

    void send(Request request) {
        outstanding.put(request.header().requestId(), new Outstanding(request, time.reading()));
        if (outstanding.size() > MAX_OUTSTANDING) {
            outstanding.remove(outstanding.keySet().iterator().next());
        }
        outbox.add(new Effect.Send(request));
    }

    void reply(long exchange, Response response, long afterWrite) {
        // A failed disk never completes a write, so this reply must not wait for one. It only says that the member is
        // out of service.
        outbox.add(new Effect.Reply(exchange, response, outbox.storageFailed() ? 0 : outbox.unlessDurable(afterWrite)));
    }

    /** The request that a response answers, or {@code null} if no request waits for it. */
    @Nullable Outstanding answered(Response response) {
        Outstanding asked = outstanding.remove(response.header().requestId());
        if (asked == null || !answers(response, asked.request())) {
            return null;
        }
        rivals.heard(response.header());
        if (response instanceof Response.Announce announced) {
            rivals.heard(response.header(), announced.allegiance());
        }
        if (configuration.isForeign(response.header()) && !(response instanceof Response.Announce)) {
            return null;
        }
        if (!(response instanceof Response.Ping
                || response instanceof Response.Announce
                || response instanceof Response.Change)) {
            lastAnswerNanos.put(response.header().from(), time.nanos());
        }
        return asked;
    }

    /** Whether a response belongs to a request of this incarnation of this member (safety rule 14). */
    private boolean answers(Response response, Request request) {
        Header header = response.header();
        return header.from().equals(request.header().to())
                && configuration.incarnation().equals(header.toIncarnation());
    }

    /** The request that will get no answer, or {@code null} if no request waits for one. */
    @Nullable Outstanding unanswered(long requestId) {
        return outstanding.remove(requestId);
    }

    /** When a member last answered a request, or {@code null}. */
    @Nullable Long lastAnswerNanos(String member) {
        return lastAnswerNanos.get(member);
    }
}
