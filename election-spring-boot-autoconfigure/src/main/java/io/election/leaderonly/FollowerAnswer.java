package io.election.leaderonly;

import io.election.Leadership;
import io.election.LeadershipLostException;
import io.election.LeadershipState;
import io.election.NotLeaderException;
import io.election.core.LogKeys;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.UndeclaredThrowableException;
import java.net.URI;
import java.net.URISyntaxException;
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
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.converter.json.ProblemDetailJacksonMixin;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a web client gets from a member that does not lead: a redirect to the leader with 307, or a refusal with 503, a
 * {@code Retry-After} header and a problem document that names the leader. A client is redirected only to a leader that was heard from
 * within a lease, and never to the address that it used, so that redirects cannot loop. Depends on neither of the two web stacks.
 */
public final class FollowerAnswer {

    private static final Logger logger = LoggerFactory.getLogger(FollowerAnswer.class);
    private static final Set<String> SAFE_METHODS = Set.of("GET", "HEAD");

    /** Deeper than a failure is ever carried; a chain of causes may have a circle. */
    private static final int DEEPEST = 8;

    private static final Pattern FORWARDED_HOST = Pattern.compile("(?i)host=\"?([^\";,\\s]+)");

    /** Of its own, so that the document is the same whatever {@code spring.jackson.*} says and the client accepts. */
    private static final JsonMapper JSON = JsonMapper.builder()
            .addMixIn(ProblemDetail.class, ProblemDetailJacksonMixin.class)
            .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .build();

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
     * @param retryAfter after what time a refused client may try again; the answer names at least a second
     */
    public FollowerAnswer(Leadership leadership, boolean redirects, BooleanSupplier leaderHeard, Duration retryAfter) {
        this.leadership = leadership;
        this.redirects = redirects;
        this.leaderHeard = leaderHeard;
        this.retryAfter = retryAfter;
    }

    /** What an answer depends on in a request. */
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
     * What to write.
     *
     * @param status the status code
     * @param headers by name, each with its only value
     * @param body empty if there is none
     */
    record Answer(int status, Map<String, String> headers, byte[] body) {}

    /**
     * The failure that decides a client's answer. Looks for it below exceptions that only carry a failure from one thread or proxy
     * to another, but not below an application's own exceptions: those mean what the application says.
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

    /** The answer to a request whose handler has not begun. It may be redirected, whatever its method. */
    Answer beforeTheHandler(ClientRequest request, NotLeaderException notLeader) {
        LeadershipState state = leadership.state();
        Answer redirect = redirects ? redirect(request, state) : null;
        return redirect != null ? redirect : refusal(request, state, notLeader);
    }

    /**
     * The answer to a request whose handler called leader-only code. It is redirected only if its method is safe, because the
     * leader repeats what the handler has already done.
     *
     * @param failure says that this member does not lead, or that it no longer led when the work was done
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
                logger.atWarn()
                        .addKeyValue(WiringLogKeys.PATH, request.path())
                        .log(
                                "election.web.on-follower is 'redirect', but {} {} was answered with 503: its handler had begun"
                                        + " before it called leader-only code, and the leader would have repeated what the handler"
                                        + " had already done. After the handler has begun, only GET and HEAD requests are redirected."
                                        + " With Spring MVC, put @LeaderOnly on the handler method: its requests are then redirected"
                                        + " before it begins. This warning is logged once.",
                                request.method(),
                                request.path());
            }
        }
        return refusal(request, state, failure);
    }

    /** Redirects the client to the leader; {@code null} if there is no leader to redirect to, or the redirect would lead back here. */
    private @Nullable Answer redirect(ClientRequest request, LeadershipState state) {
        String url = state.leaderUrl();
        // A member that has just begun to lead would redirect to itself; it serves the next request.
        if (url == null || state.leader() || !leaderHeard.getAsBoolean()) {
            return null;
        }
        URI leader = URI.create(url.trim());
        if (cameTo(request, leader)) {
            logger.atWarn()
                    .addKeyValue(LogKeys.LEADER, state.leaderId())
                    .addKeyValue(WiringLogKeys.URL, url)
                    .addKeyValue(WiringLogKeys.PATH, request.path())
                    .log(
                            "A request for the leader '{}' was not redirected: the client already used that leader's app-url, {},"
                                    + " and reached this member instead. Give each member an app-url in election.members that"
                                    + " leads to that member alone.",
                            state.leaderId(),
                            url);
            return null;
        }
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Cache-Control", "no-store");
        headers.put("Location", location(request, leader));
        return new Answer(HttpStatus.TEMPORARY_REDIRECT.value(), headers, new byte[0]);
    }

    /**
     * Scheme, host and port are the leader's. Path and query stay as the client wrote them. A path in the leader's url replaces the
     * context path.
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

    /**
     * Whether the client already used the leader's address, as far as this request tells. Spring's {@code ForwardedHeaderUtils} does not
     * fit: it reads only the first proxy's header, and assumes the scheme's default port if a proxy passes the host on without its port.
     * In both cases the redirect could lead back here.
     */
    private static boolean cameTo(ClientRequest request, URI leader) {
        int port = port(leader);
        if (request.host().equalsIgnoreCase(host(leader)) && request.port() == port) {
            return true;
        }
        // What proxies say of the address that the client used. It is believed: a false one only gets a request
        // refused.
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
        // A host without a port may mean any port.
        return lower.equals(host) || lower.equals(host + ":" + port);
    }

    private static String host(URI leader) {
        return String.valueOf(leader.getHost()).toLowerCase(Locale.ROOT);
    }

    private static int port(URI leader) {
        return leader.getPort() >= 0 ? leader.getPort() : "https".equalsIgnoreCase(leader.getScheme()) ? 443 : 80;
    }

    private Answer refusal(ClientRequest request, LeadershipState state, RuntimeException failure) {
        ProblemDetail problem = ProblemDetail.forStatusAndDetail(HttpStatus.SERVICE_UNAVAILABLE, failure.getMessage());
        problem.setType(URI.create("about:blank"));
        problem.setInstance(uri(request.path()));
        problem.setProperty("leaderId", state.leaderId());
        problem.setProperty("leaderUrl", state.leaderUrl());
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Cache-Control", "no-store");
        headers.put(
                "Retry-After",
                Long.toString(Math.max(1, retryAfter.plusMillis(999).toSeconds())));
        headers.put("Content-Type", MediaType.APPLICATION_PROBLEM_JSON_VALUE);
        return new Answer(problem.getStatus(), headers, JSON.writeValueAsBytes(problem));
    }

    /** Some servers take paths that are no URI. */
    private static @Nullable URI uri(String path) {
        try {
            return new URI(path);
        } catch (URISyntaxException ex) {
            return null;
        }
    }
}
