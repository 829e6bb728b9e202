package io.election.core;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A refusal with its figures.
 *
 * @param reason why
 * @param boundFor with {@link RefusalReason#BOUND}: how long yet
 * @param position the refuser's position that was not covered, or where its log ends, where that is the reason
 * @param member the leader it is bound to, or the candidate it voted for, where that is the reason
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

    /** Whether it comes from somebody whose term is this cluster's. */
    boolean tellsOfTerm() {
        return switch (reason) {
            case WRONG_CLUSTER, LIST_DIFFERS, ALREADY_FOUNDED, UNAVAILABLE -> false;
            default -> true;
        };
    }
}
