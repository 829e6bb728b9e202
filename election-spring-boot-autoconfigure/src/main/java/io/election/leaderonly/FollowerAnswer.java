package io.election.leaderonly;

import io.election.Leadership;
import io.election.LeadershipState;
import io.election.NotLeaderException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Enumeration;
import java.util.Locale;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a web client gets from a member that does not lead: sent to the leader with 307, or refused with 503, a
 * {@code Retry-After} and a problem document that names the leader. It is sent on only to a leader that was heard from
 * within a lease, and never to where it came to: so it is never sent in a circle.
 */
public final class FollowerAnswer {

    private static final Logger logger = LoggerFactory.getLogger(FollowerAnswer.class);
    private static final int TEMPORARY_REDIRECT = 307;
    private static final Pattern FORWARDED_HOST = Pattern.compile("(?i)host=\"?([^\";,\\s]+)");

    private final JsonMapper json = new JsonMapper();
    private final Leadership leadership;
    private final boolean redirects;
    private final BooleanSupplier leaderHeard;
    private final Duration retryAfter;

    /**
     * Creates the answer.
     *
     * @param leadership knows the leader, and where clients reach it
     * @param redirects whether clients are sent to the leader
     * @param leaderHeard whether that leader was heard from within a lease
     * @param retryAfter when a refused client may try again; at least a second is said
     */
    public FollowerAnswer(Leadership leadership, boolean redirects, BooleanSupplier leaderHeard, Duration retryAfter) {
        this.leadership = leadership;
        this.redirects = redirects;
        this.leaderHeard = leaderHeard;
        this.retryAfter = retryAfter;
    }

    void write(HttpServletRequest request, HttpServletResponse response, NotLeaderException notLeader)
            throws IOException {
        LeadershipState state = leadership.state();
        String url = state.leaderUrl();
        response.setHeader("Cache-Control", "no-store");
        // A member that has just begun to lead is its own leader: the next request will be let in.
        if (redirects && url != null && !state.leader() && leaderHeard.getAsBoolean()) {
            URI leader = URI.create(url.trim());
            if (!cameTo(request, leader)) {
                response.setStatus(TEMPORARY_REDIRECT);
                response.setHeader("Location", location(request, leader));
                return;
            }
            logger.warn(
                    "A request for the leader '{}' came here, to {}, where clients are to reach that leader"
                            + " (election.members, app-url): it is refused, for it would come back. Give each member an"
                            + " app-url that leads to it alone.",
                    state.leaderId(),
                    url);
        }
        refuse(request, response, state, notLeader);
    }

    /** Scheme, host and port are the leader's; path and query stay as the client wrote them. */
    private static String location(HttpServletRequest request, URI leader) {
        String query = request.getQueryString();
        return leader.getScheme() + "://" + leader.getRawAuthority() + request.getRequestURI()
                + (query == null ? "" : "?" + query);
    }

    /** Whether the client already addressed the leader's place, as far as this request tells. */
    private static boolean cameTo(HttpServletRequest request, URI leader) {
        int port = port(leader);
        if (request.getServerName().equalsIgnoreCase(host(leader)) && request.getServerPort() == port) {
            return true;
        }
        // What a proxy says of the client's own address; taken as it is, for at worst a request is refused.
        for (Enumeration<String> hosts = request.getHeaders("X-Forwarded-Host"); hosts.hasMoreElements(); ) {
            for (String host : hosts.nextElement().split(",")) {
                if (isPlace(host.trim(), leader, port)) {
                    return true;
                }
            }
        }
        for (Enumeration<String> all = request.getHeaders("Forwarded"); all.hasMoreElements(); ) {
            Matcher host = FORWARDED_HOST.matcher(all.nextElement());
            while (host.find()) {
                if (isPlace(host.group(1), leader, port)) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean isPlace(String authority, URI leader, int port) {
        String host = host(leader);
        String lower = authority.toLowerCase(Locale.ROOT);
        // Without a port it may be any.
        return lower.equals(host) || lower.equals(host + ":" + port);
    }

    private static String host(URI leader) {
        return String.valueOf(leader.getHost()).toLowerCase(Locale.ROOT);
    }

    private static int port(URI leader) {
        return leader.getPort() >= 0 ? leader.getPort() : "https".equalsIgnoreCase(leader.getScheme()) ? 443 : 80;
    }

    private void refuse(
            HttpServletRequest request,
            HttpServletResponse response,
            LeadershipState state,
            NotLeaderException notLeader)
            throws IOException {
        ObjectNode problem = json.createObjectNode()
                .put("type", "about:blank")
                .put("title", "Service Unavailable")
                .put("status", HttpServletResponse.SC_SERVICE_UNAVAILABLE)
                .put("detail", notLeader.getMessage())
                .put("instance", request.getRequestURI())
                .put("leaderId", state.leaderId())
                .put("leaderUrl", state.leaderUrl());
        byte[] body = json.writeValueAsString(problem).getBytes(StandardCharsets.UTF_8);
        response.setStatus(HttpServletResponse.SC_SERVICE_UNAVAILABLE);
        response.setHeader(
                "Retry-After",
                Long.toString(Math.max(1, retryAfter.plusMillis(999).toSeconds())));
        response.setContentType("application/problem+json");
        response.setContentLength(body.length);
        response.getOutputStream().write(body);
    }
}
