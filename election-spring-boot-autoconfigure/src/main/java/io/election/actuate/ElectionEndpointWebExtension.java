package io.election.actuate;

import io.election.HandoverResult;
import io.election.node.FollowerStatus;
import java.security.Principal;
import org.jspecify.annotations.Nullable;
import org.springframework.aot.hint.annotation.RegisterReflectionForBinding;
import org.springframework.boot.actuate.endpoint.OperationResponseBody;
import org.springframework.boot.actuate.endpoint.SecurityContext;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.boot.actuate.endpoint.web.annotation.EndpointWebExtension;

/** The status codes of {@link ElectionEndpoint} over HTTP, and what it shows and changes below its own path. */
@RegisterReflectionForBinding({
    LeaderDescriptor.class,
    FollowerDescriptor.class,
    MembersDescriptor.class,
    PlanDescriptor.class,
    MemberActionDescriptor.class
})
@EndpointWebExtension(endpoint = ElectionEndpoint.class)
public class ElectionEndpointWebExtension {

    private static final String LEADER = "leader";
    private static final String FOLLOWER = "follower";
    private static final String MEMBERS = "members";
    private static final String PLAN = "plan";
    private static final String PAUSE = "pause";
    private static final String RESUME = "resume";

    private final ElectionEndpoint endpoint;

    /**
     * Creates the extension.
     *
     * @param endpoint does the work
     */
    public ElectionEndpointWebExtension(ElectionEndpoint endpoint) {
        this.endpoint = endpoint;
    }

    /**
     * For load balancers: whether this member leads, or follows closely enough. For operators: the members in force, and the plan
     * that leads to this member's list.
     *
     * @param selector {@code leader}, {@code follower}, {@code members} or {@code plan}; anything else is not found
     * @param lag with {@code follower}: how many committed entries it may lack; {@value FollowerStatus#MOST_BEHIND} if
     *     {@code null}
     * @return with {@code leader}, 200 on the member that leads at this instant, and 503 elsewhere; with {@code follower}, 200 on a
     *     member that follows a leader and lacks no more than {@code lag} of what that has said to be committed, 503 elsewhere, and
     *     400 if {@code lag} is negative; otherwise 200
     */
    @ReadOperation
    public WebEndpointResponse<OperationResponseBody> show(@Selector String selector, @Nullable Long lag) {
        return switch (selector) {
            case LEADER -> {
                LeaderDescriptor leader = LeaderDescriptor.of(endpoint.state());
                yield forLoadBalancers(leader, leader.leader());
            }
            case FOLLOWER -> {
                long maxLag = lag == null ? FollowerStatus.MOST_BEHIND : lag.longValue();
                if (maxLag < 0) {
                    yield new WebEndpointResponse<>(WebEndpointResponse.STATUS_BAD_REQUEST);
                }
                FollowerDescriptor follower = endpoint.following(maxLag);
                yield forLoadBalancers(follower, follower.follower());
            }
            case MEMBERS -> new WebEndpointResponse<>(endpoint.membersInForce());
            case PLAN ->
                new WebEndpointResponse<>(PlanDescriptor.of(endpoint.members().plan()));
            default -> new WebEndpointResponse<>(WebEndpointResponse.STATUS_NOT_FOUND);
        };
    }

    private static WebEndpointResponse<OperationResponseBody> forLoadBalancers(
            OperationResponseBody body, boolean use) {
        return new WebEndpointResponse<>(
                body, use ? WebEndpointResponse.STATUS_OK : WebEndpointResponse.STATUS_SERVICE_UNAVAILABLE);
    }

    /**
     * Changes who belongs to the cluster, or pauses or resumes its leadership, and waits until that is committed or why it is not
     * made.
     *
     * @param selector {@code members} for one change, {@code plan} for the plan that was read before, {@code pause}, {@code resume};
     *     anything else is not found
     * @param action with {@code members}: {@code promote}, {@code demote}, {@code remove} or {@code change-kind}
     * @param member with {@code members}: the member that the change is about
     * @param version with {@code members}: the version of the members that the change builds on; with {@code pause}: only to replace
     *     a pause that is in force
     * @param kind with {@code change-kind}: {@code data}, {@code witness} or {@code observer}
     * @param plan with {@code plan}: the plan that was read
     * @param force whether a change is made that leaves no voter to spare
     * @param until with {@code pause}: when it ends by itself, as an instant, or for how long it lasts, such as {@code 30m}
     * @param by with {@code pause} and {@code resume}: who asks for it, where no one is authenticated
     * @param reason with {@code pause}: why
     * @param context who is authenticated
     * @return 200 if it is made, or there was nothing to change; 400 if something is missing; 409 if it builds on members that
     *     are no longer in force, or something else is under way; 422 if it is refused; 503 if there is no leader, or nobody
     *     can know whether it is made
     */
    @WriteOperation
    public WebEndpointResponse<MemberActionDescriptor> change(
            @Selector String selector,
            @Nullable String action,
            @Nullable String member,
            @Nullable Long version,
            @Nullable String kind,
            @Nullable String plan,
            @Nullable Boolean force,
            @Nullable String until,
            @Nullable String by,
            @Nullable String reason,
            SecurityContext context) {
        MemberActions actions = new MemberActions(endpoint.members(), endpoint.changeTimeout());
        boolean forced = Boolean.TRUE.equals(force);
        return switch (selector) {
            case MEMBERS -> answer(actions.change(action, member, version, forced, kind));
            case PLAN -> answer(actions.apply(plan, forced));
            case PAUSE -> answer(actions.pause(until, asker(by, context), reason, version));
            case RESUME -> answer(actions.resume(asker(by, context)));
            default -> new WebEndpointResponse<>(WebEndpointResponse.STATUS_NOT_FOUND);
        };
    }

    /** Who is authenticated cannot ask in the name of somebody else. */
    private static String asker(@Nullable String by, SecurityContext context) {
        Principal principal = context.getPrincipal();
        if (principal != null) {
            return principal.getName();
        }
        return by == null || by.isBlank() ? "an operator" : by;
    }

    private static WebEndpointResponse<MemberActionDescriptor> answer(MemberActionDescriptor ended) {
        return new WebEndpointResponse<>(ended, MemberActions.status(ended));
    }

    /**
     * Moves the leadership.
     *
     * @param action {@code step-down} or {@code transfer}
     * @param to with {@code transfer}, the member that is to lead
     * @return 200 with the result, 400 for another action, 409 on a member that does not lead, and while the leadership is paused
     */
    @WriteOperation
    public WebEndpointResponse<ActionDescriptor> act(String action, @Nullable String to) {
        ActionDescriptor result = endpoint.act(action, to);
        if (result.outcome().equals(ElectionEndpoint.UNKNOWN_ACTION)) {
            return new WebEndpointResponse<>(result, WebEndpointResponse.STATUS_BAD_REQUEST);
        }
        if (result.outcome().equals(HandoverResult.Outcome.NOT_LEADER.name())
                || result.outcome().equals(HandoverResult.Outcome.PAUSED.name())) {
            return new WebEndpointResponse<>(result, 409);
        }
        return new WebEndpointResponse<>(result, WebEndpointResponse.STATUS_OK);
    }
}
