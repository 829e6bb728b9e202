package io.election.core;

import org.jspecify.annotations.Nullable;

/** What a leader knows of one other member, in one term. */
final class Progress {

    final String id;
    final MemberKind kind;

    /** The incarnation that answered last; what is known here belongs to it alone. */
    @Nullable String incarnation;

    /** Whether that incarnation said that a committed entry it holds names it. */
    boolean settled;

    /** The highest index known to be durable there and the same as here. */
    long match;

    /** The next index to send. */
    long next;

    /** The append under way, or 0. */
    long inFlightRequest;

    long inFlightSinceNanos;

    /** Whether the append under way failed, so that it may be sent again with the next heartbeat. */
    boolean retry;

    /** Whether the latest call to it failed, so that it is no successor even if it was heard of a moment ago. */
    boolean silent;

    /** When the latest heartbeat of this term that it acknowledged was sent. */
    @Nullable ClockReading acknowledged;

    /** The latest heartbeat of this term that it acknowledged, by its request, or 0. */
    long acknowledgedRequest;

    @Nullable Long lastContactNanos;

    long roundTripNanos = -1;

    /** Its application's position, as it last said. */
    @Nullable LogPosition application;

    /** Only answers to requests from this one on tell of its incarnation: earlier ones may come from an earlier life. */
    long firstRequest;

    Progress(String id, MemberKind kind, long next, long firstRequest) {
        this.id = id;
        this.kind = kind;
        this.next = next;
        this.firstRequest = firstRequest;
    }

    /** Begins anew with another incarnation: nothing that an earlier one acknowledged is there any longer. */
    void startOver(String newIncarnation) {
        incarnation = newIncarnation;
        settled = false;
        match = 0;
        next = 1;
        inFlightRequest = 0;
        acknowledged = null;
        acknowledgedRequest = 0;
        application = null;
    }

    boolean heardWithin(long nowNanos, long windowNanos) {
        return lastContactNanos != null && nowNanos - lastContactNanos < windowNanos;
    }
}
