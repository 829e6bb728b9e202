package io.election.leaderonly;

import io.election.leaderonly.FollowerAnswer.Answer;
import io.election.leaderonly.FollowerAnswer.ClientRequest;
import java.util.List;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebExceptionHandler;
import reactor.core.publisher.Mono;

/** Answers a request whose handler, annotated or functional, called leader-only code on a member that does not lead. */
public final class LeadershipWebExceptionHandler implements WebExceptionHandler, Ordered {

    private final Supplier<FollowerAnswer> answer;
    private final IntSupplier order;

    /**
     * Creates a handler.
     *
     * @param answer asked for at the first such failure
     * @param order its place among the handlers, asked for when all of them are there
     */
    public LeadershipWebExceptionHandler(Supplier<FollowerAnswer> answer, IntSupplier order) {
        this.answer = answer;
        this.order = order;
    }

    @Override
    public int getOrder() {
        return order.getAsInt();
    }

    @Override
    public Mono<Void> handle(ServerWebExchange exchange, Throwable exception) {
        RuntimeException failure = FollowerAnswer.failureIn(exception);
        ServerHttpResponse response = exchange.getResponse();
        if (failure == null || response.isCommitted()) {
            return Mono.error(exception);
        }
        Answer told = answer.get().duringTheHandler(new ReactiveRequest(exchange.getRequest()), failure);
        response.setStatusCode(HttpStatusCode.valueOf(told.status()));
        // Only the headers of the handler's body go. Others, such as those of CORS and security, stay.
        response.getHeaders().clearContentHeaders();
        told.headers().forEach(response.getHeaders()::set);
        response.getHeaders().setContentLength(told.body().length);
        return response.writeWith(Mono.just(response.bufferFactory().wrap(told.body())));
    }

    private record ReactiveRequest(ServerHttpRequest request) implements ClientRequest {

        @Override
        public String method() {
            return request.getMethod().name();
        }

        @Override
        public String path() {
            return request.getURI().getRawPath();
        }

        @Override
        public String contextPath() {
            return request.getPath().contextPath().value();
        }

        @Override
        public @Nullable String query() {
            return request.getURI().getRawQuery();
        }

        @Override
        public String host() {
            return String.valueOf(request.getURI().getHost());
        }

        @Override
        public int port() {
            int port = request.getURI().getPort();
            return port >= 0 ? port : "https".equalsIgnoreCase(request.getURI().getScheme()) ? 443 : 80;
        }

        @Override
        public List<String> headers(String name) {
            return request.getHeaders().getOrDefault(name, List.of());
        }
    }
}
