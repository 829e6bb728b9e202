package io.election.fencing;

import io.election.FencingToken;
import java.util.function.Supplier;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeFilterFunction;
import org.springframework.web.reactive.function.client.ExchangeFunction;
import reactor.core.publisher.Mono;

/** What {@link FencingTokenInterceptor} does, for a {@code WebClient}. */
public final class FencingTokenExchangeFilter implements ExchangeFilterFunction {

    private final Supplier<FencingToken> token;

    /**
     * Sends the token of the moment, unless the request has the header already.
     *
     * @param token gives it or throws, such as {@code leadership::fencingToken}
     */
    public FencingTokenExchangeFilter(Supplier<FencingToken> token) {
        this.token = token;
    }

    @Override
    public Mono<ClientResponse> filter(ClientRequest request, ExchangeFunction next) {
        return Mono.fromSupplier(() -> withToken(request))
                .flatMap(sent -> next.exchange(sent).flatMap(response -> refuseIfStale(sent, response)));
    }

    private ClientRequest withToken(ClientRequest request) {
        if (request.headers().containsHeader(FencingTokenInterceptor.HEADER)) {
            return request;
        }
        return ClientRequest.from(request)
                .header(FencingTokenInterceptor.HEADER, token.get().toString())
                .build();
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
