package io.election.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.NotLeaderException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.webflux.error.ErrorWebExceptionHandler;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpStatus;
import org.springframework.http.client.ReactorResourceFactory;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.web.server.SecurityWebFilterChain;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebExceptionHandler;
import reactor.core.publisher.Mono;

/** WebFlux on Netty. */
class ReactiveFollowerAnswerTests extends FollowerAnswerContract {

    @Override
    Class<?> webStack() {
        return WebFlux.class;
    }

    @Override
    WebApplicationType type() {
        return WebApplicationType.REACTIVE;
    }

    @Override
    Class<?> ownHandlerOfFailures() {
        return OwnHandler.class;
    }

    @Override
    String contextPath() {
        return "spring.webflux.base-path";
    }

    /** In place of Boot's, and of any order. */
    @Test
    void anErrorHandlerInPlaceOfBootsWins() throws Exception {
        start(java.util.List.of(OwnErrorHandler.class));
        assertThat(get("/annotated").body()).isEqualTo("handled by the application");
    }

    @EnableAutoConfiguration
    @Configuration(proxyBeanMethods = false)
    static class WebFlux {

        /** Netty would wait two seconds for requests that nobody sends, at each test's end. */
        @Bean
        ReactorResourceFactory reactorResources() {
            ReactorResourceFactory resources = new ReactorResourceFactory();
            resources.setShutdownQuietPeriod(Duration.ZERO);
            return resources;
        }

        @Bean
        SecurityWebFilterChain security(ServerHttpSecurity http) {
            return http.csrf(csrf -> csrf.disable())
                    .authorizeExchange(all -> all.anyExchange().permitAll())
                    .build();
        }

        @Bean
        RouterFunction<ServerResponse> routes(Orders orders) {
            return RouterFunctions.route()
                    .GET(
                            "/functional",
                            request -> Mono.fromCallable(orders::close).flatMap(ServerResponse.ok()::bodyValue))
                    .POST("/functional", request -> ServerResponse.ok().bodyValue(orders.close()))
                    .build();
        }

        @Bean
        RouterFunction<ServerResponse> carefulRoutes(Orders orders) {
            return RouterFunctions.route()
                    .GET(
                            "/functional/handled",
                            request -> Mono.fromCallable(orders::close).flatMap(ServerResponse.ok()::bodyValue))
                    .onError(
                            NotLeaderException.class,
                            (failure, request) -> ServerResponse.status(409).bodyValue("handled by the endpoint"))
                    .build();
        }
    }

    private static Mono<Void> handled(ServerWebExchange exchange) {
        exchange.getResponse().setStatusCode(HttpStatus.CONFLICT);
        return exchange.getResponse()
                .writeWith(Mono.just(exchange.getResponse()
                        .bufferFactory()
                        .wrap("handled by the application".getBytes(StandardCharsets.UTF_8))));
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnHandler {

        /** No later than Boot's, which would take all failures before it. */
        @Bean
        @Order(-1)
        WebExceptionHandler ownHandler() {
            return (exchange, failure) -> handled(exchange);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnErrorHandler {

        @Bean
        @Order(100)
        ErrorWebExceptionHandler ownErrorHandler() {
            return (exchange, failure) -> handled(exchange);
        }
    }
}
