package io.election.actuate;

import io.election.HandoverResult;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.boot.actuate.endpoint.web.annotation.EndpointWebExtension;

/** The status codes of {@link ElectionEndpoint} over HTTP, and its one selector. */
@EndpointWebExtension(endpoint = ElectionEndpoint.class)
public class ElectionEndpointWebExtension {

    private static final String LEADER = "leader";

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
     * For load balancers.
     *
     * @param selector {@code leader}; anything else is not found
     * @return 200 on the member that leads at this instant, 503 elsewhere
     */
    @ReadOperation
    public WebEndpointResponse<LeaderDescriptor> leader(@Selector String selector) {
        if (!selector.equals(LEADER)) {
            return new WebEndpointResponse<>(WebEndpointResponse.STATUS_NOT_FOUND);
        }
        LeaderDescriptor leader = LeaderDescriptor.of(endpoint.state());
        return new WebEndpointResponse<>(
                leader,
                leader.leader() ? WebEndpointResponse.STATUS_OK : WebEndpointResponse.STATUS_SERVICE_UNAVAILABLE);
    }

    /**
     * Moves the leadership.
     *
     * @param action {@code step-down} or {@code transfer}
     * @param to with {@code transfer}, the member that is to lead
     * @return 200 with the result, 400 for another action, 409 on a member that does not lead
     */
    @WriteOperation
    public WebEndpointResponse<ActionDescriptor> act(String action, @Nullable String to) {
        ActionDescriptor result = endpoint.act(action, to);
        if (result.outcome().equals(ElectionEndpoint.UNKNOWN_ACTION)) {
            return new WebEndpointResponse<>(result, WebEndpointResponse.STATUS_BAD_REQUEST);
        }
        if (result.outcome().equals(HandoverResult.Outcome.NOT_LEADER.name())) {
            return new WebEndpointResponse<>(result, 409);
        }
        return new WebEndpointResponse<>(result, WebEndpointResponse.STATUS_OK);
    }
}
