package io.election.fencing;

import io.election.FencingToken;
import io.election.LeaderWork;
import io.election.Leadership;
import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpRequest;
import org.springframework.http.HttpStatus;
import org.springframework.http.client.ClientHttpRequestExecution;
import org.springframework.http.client.ClientHttpRequestInterceptor;
import org.springframework.http.client.ClientHttpResponse;

/**
 * Sends the fencing token along with the requests of a {@code RestClient} or {@code RestTemplate}, and turns the answer of a
 * {@link FencingTokenFilter} that has seen a higher one into a {@link StaleFencingTokenException}.
 *
 * <p>A request that has the header {@value #HEADER} already keeps it. A request that is sent by leader-only work gets the token
 * of that work, and is not sent once the work's leadership was lost ({@link io.election.LeadershipLostException}), also if this
 * member leads again. Any other request gets the token of the moment of sending, and a member that does not lead sends nothing
 * ({@link io.election.NotLeaderException}). So add it to the clients of guarded services only.
 */
public final class FencingTokenInterceptor implements ClientHttpRequestInterceptor {

    /** The header that carries the token, a decimal number. A refusal carries the one that the service has seen. */
    public static final String HEADER = "Fencing-Token";

    /** The header in which a refusal names the resource. */
    public static final String RESOURCE_HEADER = "Fencing-Resource";

    private final Supplier<FencingToken> token;

    /**
     * Sends the token of the work that sends the request, or else of the present leadership.
     *
     * @param leadership of this member
     */
    public FencingTokenInterceptor(Leadership leadership) {
        this(() -> token(leadership));
    }

    /**
     * Sends the token that it is given.
     *
     * @param token gives it or throws, such as {@code leadership::fencingToken}
     */
    public FencingTokenInterceptor(Supplier<FencingToken> token) {
        this.token = token;
    }

    @Override
    public ClientHttpResponse intercept(HttpRequest request, byte[] body, ClientHttpRequestExecution execution)
            throws IOException {
        HttpHeaders headers = request.getHeaders();
        if (!headers.containsHeader(HEADER)) {
            headers.set(HEADER, token.get().toString());
        }
        ClientHttpResponse response = execution.execute(request, body);
        if (response.getStatusCode().isSameCodeAs(HttpStatus.PRECONDITION_FAILED)) {
            StaleFencingTokenException stale = refusal(headers, response.getHeaders());
            if (stale != null) {
                response.close();
                throw stale;
            }
        }
        return response;
    }

    /** Also right for an application's own {@link Leadership}, which may only know its present token. */
    static FencingToken token(Leadership leadership) {
        LeaderWork work = leadership.currentWork();
        if (work == null) {
            return leadership.fencingToken();
        }
        work.assertStillHolds();
        return work.fencingToken();
    }

    /** The refusal that a filter's answer contains; {@code null} if the answer comes from something else. */
    static @Nullable StaleFencingTokenException refusal(HttpHeaders sent, HttpHeaders received) {
        String resource = received.getFirst(RESOURCE_HEADER);
        FencingToken presented = parse(sent.getOrEmpty(HEADER));
        FencingToken current = parse(received.getOrEmpty(HEADER));
        return resource == null || presented == null || current == null
                ? null
                : new StaleFencingTokenException(resource, presented, current);
    }

    /** The one token in these values; {@code null} if there is none, or more than one, or something else. */
    static @Nullable FencingToken parse(List<String> values) {
        if (values.size() != 1) {
            return null;
        }
        String value = values.get(0);
        try {
            // Digits only, without leading zeros: a token has one notation.
            return value.matches("[1-9][0-9]{0,18}") ? new FencingToken(Long.parseLong(value)) : null;
        } catch (NumberFormatException ex) {
            return null;
        }
    }
}
