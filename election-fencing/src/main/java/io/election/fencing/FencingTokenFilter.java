package io.election.fencing;

import io.election.FencingToken;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.converter.json.ProblemDetailJacksonMixin;
import org.springframework.http.server.PathContainer;
import org.springframework.http.server.RequestPath;
import org.springframework.web.filter.OncePerRequestFilter;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Refuses requests whose fencing token is lower than one that the service has seen for the resource, with 412 and a problem
 * document ({@code resource}, {@code presented}, {@code current}). An invalid token is answered with 400, and a missing one, if it
 * is required, with 428.
 *
 * <p>The check comes before the request's work, not in one step with it: a request that has passed and is then paused continues
 * when it wakes. Where that matters, the work guards again, inside its own transaction, with the token of the request
 * ({@link #token}). If that guard refuses the token, the filter answers 412 as well.
 */
public final class FencingTokenFilter extends OncePerRequestFilter {

    /** The request attribute that holds the {@link FencingToken} of a request that has passed. */
    public static final String TOKEN_ATTRIBUTE = "io.election.fencing.TOKEN";

    /** Of its own, so that the document is the same whatever {@code spring.jackson.*} says. */
    private static final JsonMapper JSON = JsonMapper.builder()
            .addMixIn(ProblemDetail.class, ProblemDetailJacksonMixin.class)
            .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .build();

    private final Fence memory;
    private final List<FencedPath> paths;

    /**
     * A filter.
     *
     * @param memory remembers the tokens; shared by all instances of the service
     * @param paths which requests are guarded; the first that fits a request decides
     */
    public FencingTokenFilter(Fence memory, List<FencedPath> paths) {
        this.memory = memory;
        this.paths = List.copyOf(paths);
    }

    /**
     * The token that the request came with.
     *
     * @param request one that has passed this filter
     * @return its token, or {@code null} if it was not guarded
     */
    public static @Nullable FencingToken token(ServletRequest request) {
        return (FencingToken) request.getAttribute(TOKEN_ATTRIBUTE);
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        PathContainer path = RequestPath.parse(request.getRequestURI(), request.getContextPath())
                .pathWithinApplication();
        for (FencedPath fenced : paths) {
            String resource = fenced.resource(request.getMethod(), path);
            if (resource != null) {
                guarded(resource, fenced.tokenRequired(), request, response, chain);
                return;
            }
        }
        chain.doFilter(request, response);
    }

    private void guarded(
            String resource,
            boolean tokenRequired,
            HttpServletRequest request,
            HttpServletResponse response,
            FilterChain chain)
            throws ServletException, IOException {
        List<String> sent = Collections.list(request.getHeaders(FencingTokenInterceptor.HEADER));
        if (sent.isEmpty() && !tokenRequired) {
            chain.doFilter(request, response);
            return;
        }
        FencingToken token = FencingTokenInterceptor.parse(sent);
        if (sent.isEmpty()) {
            answer(
                    response,
                    problem(
                            HttpStatus.PRECONDITION_REQUIRED,
                            "missing-fencing-token",
                            "Missing fencing token",
                            "This request needs the header " + FencingTokenInterceptor.HEADER + "."));
        } else if (token == null) {
            answer(
                    response,
                    problem(
                            HttpStatus.BAD_REQUEST,
                            "bad-fencing-token",
                            "Bad fencing token",
                            "The header " + FencingTokenInterceptor.HEADER + " must be one decimal number, 1 to "
                                    + Long.MAX_VALUE + ", without sign or leading zeros."));
        } else {
            pass(resource, token, request, response, chain);
        }
    }

    private void pass(
            String resource,
            FencingToken token,
            HttpServletRequest request,
            HttpServletResponse response,
            FilterChain chain)
            throws ServletException, IOException {
        try {
            memory.guard(resource, token);
        } catch (StaleFencingTokenException ex) {
            refuse(response, ex);
            return;
        } catch (IllegalArgumentException ex) {
            // A variable of the path made the name invalid.
            answer(
                    response,
                    problem(HttpStatus.BAD_REQUEST, "bad-resource", "Bad resource", String.valueOf(ex.getMessage())));
            return;
        }
        request.setAttribute(TOKEN_ATTRIBUTE, token);
        try {
            chain.doFilter(request, response);
        } catch (ServletException | RuntimeException ex) {
            StaleFencingTokenException stale = refusalOf(token, ex);
            if (stale == null || response.isCommitted()) {
                throw ex;
            }
            response.resetBuffer();
            refuse(response, stale);
        }
    }

    /** The work's refusal of the request's token. A refusal of another token, elsewhere, is not the caller's fault. */
    private static @Nullable StaleFencingTokenException refusalOf(FencingToken token, Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof StaleFencingTokenException stale
                    && stale.getPresented().equals(token)) {
                return stale;
            }
        }
        return null;
    }

    private static void refuse(HttpServletResponse response, StaleFencingTokenException ex) throws IOException {
        ProblemDetail problem = problem(
                HttpStatus.PRECONDITION_FAILED,
                "stale-fencing-token",
                "Stale fencing token",
                String.valueOf(ex.getMessage()));
        problem.setProperty("resource", ex.getResource());
        problem.setProperty("presented", ex.getPresented().value());
        problem.setProperty("current", ex.getCurrent().value());
        response.setHeader(FencingTokenInterceptor.HEADER, ex.getCurrent().toString());
        response.setHeader(FencingTokenInterceptor.RESOURCE_HEADER, ex.getResource());
        answer(response, problem);
    }

    private static ProblemDetail problem(HttpStatus status, String type, String title, String detail) {
        ProblemDetail problem = ProblemDetail.forStatusAndDetail(status, detail);
        problem.setType(URI.create("urn:election:" + type));
        problem.setTitle(title);
        return problem;
    }

    private static void answer(HttpServletResponse response, ProblemDetail problem) throws IOException {
        byte[] body = JSON.writeValueAsBytes(problem);
        response.setStatus(problem.getStatus());
        response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
        response.setContentLength(body.length);
        response.getOutputStream().write(body);
    }
}
