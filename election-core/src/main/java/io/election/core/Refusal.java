package io.election.core;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A refusal with its details.
 *
 * @param reason why the request was refused
 * @param boundFor with {@link RefusalReason#BOUND}: for how much longer
 * @param position if that is the reason: the position that was not covered, or where the log of the refusing member
 *     ends
 * @param member if that is the reason: the leader to which the refusing member is bound, the candidate for which it
 *     voted, or another leader of the same term
 */
public record Refusal(
        RefusalReason reason,
        @Nullable Duration boundFor,
        @Nullable LogPosition position,
        @Nullable String member) {

    public Refusal {
        if ((reason == RefusalReason.BOUND) != (boundFor != null)) {
            throw new IllegalArgumentException("boundFor belongs to BOUND, but reason is " + reason);
        }
        if (boundFor != null && (boundFor.isNegative() || boundFor.compareTo(Request.FromLeader.PROMISE_LIMIT) > 0)) {
            throw new IllegalArgumentException("boundFor must be at least 0 and at most "
                    + Request.FromLeader.PROMISE_LIMIT + ", but is " + boundFor);
        }
        Message.checkName("member", member);
    }

    static Refusal of(RefusalReason reason) {
        return new Refusal(reason, null, null, null);
    }

    static Refusal bound(Duration boundFor, @Nullable String leader) {
        return new Refusal(RefusalReason.BOUND, boundFor, null, leader);
    }

    static Refusal behind(RefusalReason reason, @Nullable LogPosition position) {
        return new Refusal(reason, null, position, null);
    }

    static Refusal naming(RefusalReason reason, @Nullable String member) {
        return new Refusal(reason, null, null, member);
    }

    /**
     * Whether the member that refused entries has accepted their sender as its leader, and is bound to it, as if it had
     * answered a heartbeat. Only the entries were refused.
     */
    boolean acceptsLeader() {
        return switch (reason) {
            case LOG_MISMATCH, LOG_FULL, FETCHING_IMAGE -> true;
            default -> false;
        };
    }

    /** Whether the term in the answer is one of this cluster, so that it may be adopted. */
    boolean tellsOfTerm() {
        return switch (reason) {
            case WRONG_CLUSTER, LIST_DIFFERS, ALREADY_FOUNDED, UNAVAILABLE, CLOCKS_DIFFER, SUPERSEDED, NOT_AGREED ->
                false;
            default -> true;
        };
    }
}
