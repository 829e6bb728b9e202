package io.election.leaderonly;

import io.election.Leadership;
import io.election.LeadershipLostException;
import io.election.LeadershipState;
import io.election.NotLeaderException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.UndeclaredThrowableException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a web client gets from a member that does not lead: sent to the leader with 307, or refused with 503, a
 * {@code Retry-After} and a problem document that names the leader. It is sent on only to a leader that was heard from
 * within a lease, and never to where it came to: so it is never sent in a circle. Knows neither of the two web stacks.
 */
public final class FollowerAnswer {

    private static final Logger logger = LoggerFactory.getLogger(FollowerAnswer.class);
    private static final int TEMPORARY_REDIRECT = 307;
    private static final int SERVICE_UNAVAILABLE = 503;
    private static final Set<String> SAFE_METHODS = Set.of("GET", "HEAD");
    /** Deeper than a failure is ever carried; a chain of causes may have a circle. */
    private static final int DEEPEST = 8;

    private static final Pattern FORWARDED_HOST = Pattern.compile("(?i)host=\"?([^\";,\\s]+)");

    private final JsonMapper json = new JsonMapper();
    private final Leadership leadership;
    private final boolean redirects;
    private final BooleanSupplier leaderHeard;
    private final Duration retryAfter;
    private final AtomicBoolean saidThatNotSentOn = new AtomicBoolean();

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

    /** What has to be known of a request. */
    interface ClientRequest {

        /** Such as {@code GET}. */
        String method();

        /** The path as the client wrote it, with the context path. */
        String path();

        /** The context path as the client wrote it; empty if there is none. */
        String contextPath();

        /** The query as the client wrote it. */
        @Nullable String query();

        /** The host that the client asked, as far as the server knows. */
        String host();

        /** The port that the client asked, as far as the server knows. */
        int port();

        /** All values of a header. */
        List<String> headers(String name);
    }

    /**
     * What is to be written.
     *
     * @param status the status code
     * @param headers by name, each with its only value
     * @param body empty if there is none
     */
    record Answer(int status, Map<String, String> headers, byte[] body) {}

    /**
     * What a client is answered in a failure of its request. Looks below what only carries a failure from one thread or proxy
     * to another, and not below an application's own exceptions: those mean something else.
     *
     * @return a {@link NotLeaderException} or a {@link LeadershipLostException}, or {@code null}
     */
    static @Nullable RuntimeException failureIn(Throwable failure) {
        Throwable each = failure;
        for (int depth = 0; depth < DEEPEST && each != null; depth++) {
            if (each instanceof NotLeaderException notLeader) {
                return notLeader;
            }
            if (each instanceof LeadershipLostException lost) {
                return lost;
            }
            boolean carries = each instanceof CompletionException
                    || each instanceof ExecutionException
                    || each instanceof InvocationTargetException
                    || each instanceof UndeclaredThrowableException;
            each = carries ? each.getCause() : null;
        }
        return null;
    }

    /** The answer to a request whose handler has not begun: it may be sent on, whatever its method. */
    Answer beforeTheHandler(ClientRequest request, NotLeaderException notLeader) {
        LeadershipState state = leadership.state();
        Answer redirect = redirects ? redirect(request, state) : null;
        return redirect != null ? redirect : refusal(request, state, notLeader);
    }

    /**
     * The answer to a request whose handler met what only the leader does. It is sent on only if its method is safe: what the
     * handler has done already would be done again.
     *
     * @param failure says that this member does not lead, or that it led no longer when the work was done
     */
    Answer duringTheHandler(ClientRequest request, RuntimeException failure) {
        LeadershipState state = leadership.state();
        if (redirects && failure instanceof NotLeaderException) {
            if (SAFE_METHODS.contains(request.method())) {
                Answer redirect = redirect(request, state);
                if (redirect != null) {
                    return redirect;
                }
            } else if (saidThatNotSentOn.compareAndSet(false, true)) {
                logger.warn(
                        "election.web.on-follower is 'redirect', but {} {} was answered with 503: its handler had begun"
                                + " before it met what only the leader does, and the leader would have done once more what"
                                + " that handler had done. In that case only GET and HEAD requests are redirected. With"
                                + " Spring MVC, put @LeaderOnly on the handler method: its requests are redirected before"
                                + " it begins. This is said once.",
                        request.method(),
                        request.path());
            }
        }
        return refusal(request, state, failure);
    }

    /** Sends the client to the leader, or {@code null} where that leads nowhere, or back. */
    private @Nullable Answer redirect(ClientRequest request, LeadershipState state) {
        String url = state.leaderUrl();
        // A member that has just begun to lead is its own leader: the next request will be let in.
        if (url == null || state.leader() || !leaderHeard.getAsBoolean()) {
            return null;
        }
        URI leader = URI.create(url.trim());
        if (cameTo(request, leader)) {
            logger.warn(
                    "A request for the leader '{}' came here, to {}, where clients are to reach that leader"
                            + " (election.members, app-url): it is refused, for it would come back. Give each member an"
                            + " app-url that leads to it alone.",
                    state.leaderId(),
                    url);
            return null;
        }
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Cache-Control", "no-store");
        headers.put("Location", location(request, leader));
        return new Answer(TEMPORARY_REDIRECT, headers, new byte[0]);
    }

    /**
     * Scheme, host and port are the leader's; path and query stay as the client wrote them. A path in the leader's url stands in
     * place of the context path.
     */
    private static String location(ClientRequest request, URI leader) {
        String prefix = leader.getRawPath() == null ? "" : leader.getRawPath();
        while (prefix.endsWith("/")) {
            prefix = prefix.substring(0, prefix.length() - 1);
        }
        String path = request.path();
        if (!prefix.isEmpty()) {
            String within = path.startsWith(request.contextPath())
                    ? path.substring(request.contextPath().length())
                    : path;
            path = prefix + within;
        }
        String query = request.query();
        return leader.getScheme() + "://" + leader.getRawAuthority() + path + (query == null ? "" : "?" + query);
    }

    /** Whether the client already addressed the leader's place, as far as this request tells. */
    private static boolean cameTo(ClientRequest request, URI leader) {
        int port = port(leader);
        if (request.host().equalsIgnoreCase(host(leader)) && request.port() == port) {
            return true;
        }
        // What a proxy says of the client's own address; taken as it is, for at worst a request is refused.
        for (String hosts : request.headers("X-Forwarded-Host")) {
            for (String host : hosts.split(",")) {
                if (isPlace(host.trim(), leader, port)) {
                    return true;
                }
            }
        }
        for (String forwarded : request.headers("Forwarded")) {
            Matcher host = FORWARDED_HOST.matcher(forwarded);
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

    private Answer refusal(ClientRequest request, LeadershipState state, RuntimeException failure) {
        ObjectNode problem = json.createObjectNode()
                .put("type", "about:blank")
                .put("title", "Service Unavailable")
                .put("status", SERVICE_UNAVAILABLE)
                .put("detail", failure.getMessage())
                .put("instance", request.path())
                .put("leaderId", state.leaderId())
                .put("leaderUrl", state.leaderUrl());
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Cache-Control", "no-store");
        headers.put(
                "Retry-After",
                Long.toString(Math.max(1, retryAfter.plusMillis(999).toSeconds())));
        headers.put("Content-Type", "application/problem+json");
        return new Answer(
                SERVICE_UNAVAILABLE, headers, json.writeValueAsString(problem).getBytes(StandardCharsets.UTF_8));
    }
}
