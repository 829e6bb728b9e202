package io.election.actuate;

import io.election.ClusterMembers;
import io.election.ClusterMembers.Kind;
import io.election.MemberChangeCondition;
import io.election.MemberChangeResult;
import io.election.MemberChangeResult.Outcome;
import io.election.MembersPlan;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.convert.DurationStyle;

/** What an operator does to the members, and to where the leadership is, through the endpoint: checks the request, waits for the end, and says how it ended. */
final class MemberActions {

    static final String BAD_REQUEST = "BAD_REQUEST";
    static final String APPLY_PLAN = "apply-plan";
    static final String PAUSE = "pause";
    static final String RESUME = "resume";

    private static final String ACTIONS = "Use promote, demote, remove, or change-kind with 'kind'.";

    private final ClusterMembers members;
    private final Duration timeout;

    /**
     * Creates it.
     *
     * @param timeout how long one change is waited for
     */
    MemberActions(ClusterMembers members, Duration timeout) {
        this.members = members;
        this.timeout = timeout;
    }

    MemberActionDescriptor change(
            @Nullable String action,
            @Nullable String member,
            @Nullable Long version,
            boolean force,
            @Nullable String kind) {
        String asked = action == null ? "" : action;
        if (member == null || member.isBlank()) {
            return bad(asked, member, "'member' is missing: name the member that the change is about.");
        }
        if (version == null || version < 0) {
            return bad(
                    asked,
                    member,
                    "'version' is missing or negative: read it from 'membership.version', so that no change is made that"
                            + " builds on members which are no longer in force.");
        }
        MemberChangeCondition condition = new MemberChangeCondition(version, force);
        return switch (asked) {
            case "promote" -> await(asked, member, members.promote(member, condition));
            case "demote" -> await(asked, member, members.demote(member, condition));
            case "remove" -> await(asked, member, members.remove(member, condition));
            case "change-kind" -> changeKind(member, kind, condition);
            default -> bad(asked, member, "There is no action '" + asked + "'. " + ACTIONS);
        };
    }

    private MemberActionDescriptor changeKind(String member, @Nullable String kind, MemberChangeCondition condition) {
        for (Kind one : Kind.values()) {
            if (kind != null && one.name().toLowerCase(Locale.ROOT).equals(kind.trim())) {
                return await("change-kind", member, members.changeKind(member, one, condition));
            }
        }
        return bad(
                "change-kind",
                member,
                "'kind' is " + (kind == null ? "missing" : "'" + kind + "'") + ": use data, witness or observer.");
    }

    /**
     * Pauses the leadership.
     *
     * @param until an instant, or for how long from now
     * @param version the version of the members that a pause in force belongs to, which is to be replaced; else {@code null}
     */
    MemberActionDescriptor pause(@Nullable String until, String by, @Nullable String reason, @Nullable Long version) {
        if (until == null || until.isBlank()) {
            return bad(
                    PAUSE,
                    null,
                    "'until' is missing: say when the pause ends by itself, as an instant such as 2026-01-31T22:00:00Z, or for"
                            + " how long it lasts, such as 30m or PT2H.");
        }
        Instant ends = instant(until.trim());
        if (ends == null) {
            return bad(
                    PAUSE,
                    null,
                    "'until' is '" + until
                            + "', which is neither an instant such as 2026-01-31T22:00:00Z nor a length of time"
                            + " such as 30m or PT2H.");
        }
        if (version != null && version < 0) {
            return bad(PAUSE, null, "'version' is negative: read it from 'membership.version'.");
        }
        MemberChangeCondition condition = new MemberChangeCondition(version, false);
        return await(PAUSE, null, members.pause(ends, by, reason == null ? "" : reason, condition));
    }

    private static @Nullable Instant instant(String until) {
        try {
            return Instant.parse(until);
        } catch (DateTimeParseException ex) {
            try {
                return Instant.now().plus(DurationStyle.detectAndParse(until));
            } catch (IllegalArgumentException | ArithmeticException | DateTimeException notOne) {
                return null;
            }
        }
    }

    /** Ends a pause of the leadership. */
    MemberActionDescriptor resume(String by) {
        return await(RESUME, null, members.resume(by));
    }

    /** Applies the plan that is made now, if it is the one that was shown. */
    MemberActionDescriptor apply(@Nullable String id, boolean force) {
        if (id == null || id.isBlank()) {
            return bad(
                    APPLY_PLAN, null, "'plan' is missing: read the plan first, and name the one that you have read.");
        }
        MembersPlan plan = members.plan();
        if (!plan.id().equals(id.trim())) {
            return new MemberActionDescriptor(
                    APPLY_PLAN,
                    null,
                    Outcome.STALE.name(),
                    plan.version(),
                    0,
                    "The plan is another one now: '" + plan.id() + "'. Read it, and name that one.");
        }
        try {
            long nanos = timeout.multipliedBy(Math.max(1, plan.steps().size())).toNanos();
            MembersPlan.Result result =
                    members.apply(plan, force).toCompletableFuture().get(nanos, TimeUnit.NANOSECONDS);
            return new MemberActionDescriptor(
                    APPLY_PLAN, null, result.outcome().name(), result.version(), result.made(), result.detail());
        } catch (TimeoutException ex) {
            return unknown(APPLY_PLAN, null, "The plan has not ended in time. Its steps go on.");
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            return unknown(APPLY_PLAN, null, "Waiting for the plan was interrupted. Its steps go on.");
        } catch (ExecutionException ex) {
            throw new IllegalStateException("a plan never ends exceptionally", ex);
        }
    }

    private MemberActionDescriptor await(
            String action, @Nullable String member, CompletionStage<MemberChangeResult> ending) {
        try {
            MemberChangeResult result = ending.toCompletableFuture().get(timeout.toNanos(), TimeUnit.NANOSECONDS);
            return new MemberActionDescriptor(
                    action, member, result.outcome().name(), result.version(), null, result.detail());
        } catch (TimeoutException ex) {
            return unknown(action, member, "The change has not ended in time. It may still be made.");
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            return unknown(action, member, "Waiting for the change was interrupted. It may still be made.");
        } catch (ExecutionException ex) {
            throw new IllegalStateException("a change never ends exceptionally", ex);
        }
    }

    private MemberActionDescriptor unknown(String action, @Nullable String member, String detail) {
        return new MemberActionDescriptor(action, member, Outcome.UNKNOWN.name(), members.version(), null, detail);
    }

    private MemberActionDescriptor bad(String action, @Nullable String member, String detail) {
        return new MemberActionDescriptor(action, member, BAD_REQUEST, members.version(), null, detail);
    }

    /** The HTTP status of an end. */
    static int status(MemberActionDescriptor ended) {
        if (ended.outcome().equals(BAD_REQUEST)) {
            return 400;
        }
        return switch (Outcome.valueOf(ended.outcome())) {
            case DONE, UNCHANGED -> 200;
            case STALE, BUSY, LEADS_ITSELF -> 409;
            case NEEDS_FORCE, REFUSED -> 422;
            case NO_LEADER, UNKNOWN -> 503;
        };
    }
}
