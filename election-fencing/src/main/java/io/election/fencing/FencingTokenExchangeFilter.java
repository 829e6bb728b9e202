package io.election.fencing;

import io.election.FencingToken;
import io.election.LeaderWork;
import io.election.Leadership;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeFilterFunction;
import org.springframework.web.reactive.function.client.ExchangeFunction;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

/**
 * What {@link FencingTokenInterceptor} does, for a {@code WebClient}, whose requests are often sent, or sent again, by another
 * thread than the one that does the work. The work that a request belongs to is, in this order:
 *
 * <ol>
 *   <li>the one in the Reactor context under {@code LeaderWork.class}:
 *       {@code .contextWrite(context -> context.put(LeaderWork.class, work))};
 *   <li>the one that the thread did that made the request, if the filter was added by {@link #addTo};
 *   <li>the one that the sending thread does.
 * </ol>
 */
public final class FencingTokenExchangeFilter implements ExchangeFilterFunction {

    private static final String WORK = FencingTokenExchangeFilter.class.getName() + ".WORK";

    private final Supplier<FencingToken> token;
    private final Supplier<@Nullable LeaderWork> work;

    /**
     * Sends the token of the work that the request belongs to, or else of the present leadership, unless the request has the
     * header already.
     *
     * @param leadership of this member
     */
    public FencingTokenExchangeFilter(Leadership leadership) {
        this(() -> FencingTokenInterceptor.token(leadership), leadership::currentWork);
    }

    /**
     * Sends the token that it is given, unless the request has the header already.
     *
     * @param token gives it or throws, such as {@code leadership::fencingToken}
     */
    public FencingTokenExchangeFilter(Supplier<FencingToken> token) {
        this(token, () -> null);
    }

    private FencingTokenExchangeFilter(Supplier<FencingToken> token, Supplier<@Nullable LeaderWork> work) {
        this.token = token;
        this.work = work;
    }

    /**
     * Adds this filter, and lets each request remember the work that created it, so that it keeps the token of that work when another
     * thread sends it, for example at a retry. For {@code WebClient.Builder.apply}.
     *
     * @param builder of a client for guarded services
     */
    public void addTo(WebClient.Builder builder) {
        builder.defaultRequest(this::remember).filter(this);
    }

    private void remember(WebClient.RequestHeadersSpec<?> request) {
        LeaderWork making = work.get();
        if (making != null) {
            request.attribute(WORK, making);
        }
    }

    @Override
    public Mono<ClientResponse> filter(ClientRequest request, ExchangeFunction next) {
        return Mono.deferContextual(context -> Mono.just(withToken(request, context)))
                .flatMap(sent -> next.exchange(sent).flatMap(response -> refuseIfStale(sent, response)));
    }

    private ClientRequest withToken(ClientRequest request, ContextView context) {
        if (request.headers().containsHeader(FencingTokenInterceptor.HEADER)) {
            return request;
        }
        return ClientRequest.from(request)
                .header(FencingTokenInterceptor.HEADER, token(request, context).toString())
                .build();
    }

    @SuppressWarnings("try") // A scope is opened to be closed.
    private FencingToken token(ClientRequest request, ContextView context) {
        Object known =
                context.getOrDefault(LeaderWork.class, request.attribute(WORK).orElse(null));
        if (known instanceof LeaderWork belongsTo) {
            try (LeaderWork.Scope here = belongsTo.open()) {
                return token.get();
            }
        }
        return token.get();
    }

    private static Mono<ClientResponse> refuseIfStale(ClientRequest sent, ClientResponse response) {
        if (response.statusCode().isSameCodeAs(HttpStatus.PRECONDITION_FAILED)) {
            StaleFencingTokenException stale = FencingTokenInterceptor.refusal(
                    sent.headers(), response.headers().asHttpHeaders());
            if (stale != null) {
                return response.releaseBody().then(Mono.error(stale));
            }
        }
        return Mono.just(response);
    }
}
