package io.election.documented;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.election.FencingToken;
import io.election.HandoverResult;
import io.election.Leadership;
import io.election.LeadershipLostException;
import io.election.LeadershipState;
import io.election.NotLeaderException;
import io.election.Role;
import io.election.autoconfigure.ElectionAutoConfiguration;
import io.election.fencing.FencingTokenExchangeFilter;
import io.election.fencing.FencingTokenInterceptor;
import io.election.fencing.autoconfigure.HttpFenceClientAutoConfiguration;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.restclient.RestClientCustomizer;
import org.springframework.boot.restclient.autoconfigure.RestClientAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.client.ClientHttpRequestInterceptor;
import org.springframework.mock.http.client.MockClientHttpRequest;
import org.springframework.mock.http.client.MockClientHttpResponse;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.ExchangeFilterFunction;

/** Who gets what sends the token along: whoever asks for it by its own type, and nobody who collects interceptors. */
class FencedClientTests {

    /** A member that never leads. */
    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    ElectionAutoConfiguration.class,
                    HttpFenceClientAutoConfiguration.class,
                    RestClientAutoConfiguration.class))
            .withPropertyValues("election.enabled=false", "election.when-disabled=follower");

    @Configuration(proxyBeanMethods = false)
    static class Collecting {

        @Bean
        ClientHttpRequestInterceptor own() {
            return (request, body, execution) -> execution.execute(request, body);
        }

        @Bean
        ExchangeFilterFunction ownFilter() {
            return (request, next) -> next.exchange(request);
        }

        @Bean
        RestClientCustomizer everyInterceptor(
                List<ClientHttpRequestInterceptor> all, ObjectProvider<ClientHttpRequestInterceptor> provided) {
            return builder -> builder.requestInterceptors(added -> {
                added.addAll(all);
                added.addAll(provided.orderedStream().toList());
            });
        }

        @Bean
        Collected collected(
                List<ClientHttpRequestInterceptor> interceptors,
                Map<String, ClientHttpRequestInterceptor> byName,
                ClientHttpRequestInterceptor only,
                List<ExchangeFilterFunction> filters) {
            List<Object> all = new ArrayList<>(interceptors);
            all.addAll(byName.values());
            all.add(only);
            all.addAll(filters);
            return new Collected(all);
        }
    }

    record Collected(List<Object> all) {}

    @Test
    void whoCollectsInterceptorsAndFiltersDoesNotGetThem() {
        runner.withUserConfiguration(Collecting.class).run(context -> {
            assertThat(context).hasNotFailed();
            assertThat(context.getBean(Collected.class).all())
                    .hasSize(4)
                    .noneMatch(FencingTokenInterceptor.class::isInstance)
                    .noneMatch(FencingTokenExchangeFilter.class::isInstance);
        });
    }

    @Test
    void aMemberThatDoesNotLeadCallsItsOtherServicesThroughACustomizedClient() {
        runner.withUserConfiguration(Collecting.class).run(context -> {
            RestClient client = context.getBean(RestClient.Builder.class)
                    .requestFactory(FencedClientTests::answering)
                    .build();
            assertThat(client.get()
                            .uri("http://other.example/")
                            .retrieve()
                            .toBodilessEntity()
                            .getStatusCode())
                    .isEqualTo(HttpStatus.OK);
        });
    }

    private static MockClientHttpRequest answering(URI uri, HttpMethod method) {
        MockClientHttpRequest request = new MockClientHttpRequest(method, uri);
        request.setResponse(new MockClientHttpResponse(new byte[0], HttpStatus.OK));
        return request;
    }

    @Configuration(proxyBeanMethods = false)
    static class Asking {

        @Bean
        RestClient ledger(RestClient.Builder builder, FencingTokenInterceptor fencing) {
            return builder.requestFactory(FencedClientTests::answering)
                    .requestInterceptor(fencing)
                    .build();
        }

        @Bean
        Asked asked(
                ObjectProvider<FencingTokenInterceptor> interceptor,
                ObjectProvider<FencingTokenExchangeFilter> filter) {
            return new Asked(interceptor.getObject(), filter.getObject());
        }
    }

    record Asked(FencingTokenInterceptor interceptor, FencingTokenExchangeFilter filter) {}

    @Test
    void whoAsksForThemByTheirOwnTypeGetsThem() {
        runner.withUserConfiguration(Asking.class).run(context -> {
            Asked asked = context.getBean(Asked.class);
            assertThat(context).getBean(FencingTokenInterceptor.class).isSameAs(asked.interceptor());
            assertThat(context).getBean(FencingTokenExchangeFilter.class).isSameAs(asked.filter());
            assertThatExceptionOfType(NotLeaderException.class)
                    .isThrownBy(() -> context.getBean("ledger", RestClient.class)
                            .post()
                            .uri("http://ledger.example/")
                            .retrieve()
                            .toBodilessEntity());
        });
    }

    @Configuration(proxyBeanMethods = false)
    static class Own {

        @Bean
        FencingTokenInterceptor ownInterceptor() {
            return new FencingTokenInterceptor(() -> new FencingToken(1));
        }
    }

    @Test
    void anApplicationsOwnComesFirst() {
        runner.withUserConfiguration(Own.class, Asking.class).run(context -> {
            assertThat(context).hasNotFailed();
            assertThat(context.getBean(Asked.class).interceptor()).isSameAs(context.getBean("ownInterceptor"));
        });
    }

    @Test
    void aContextBelowTheOneWithTheElectionGetsThemToo() {
        runner.run(parent -> new ApplicationContextRunner()
                .withParent(parent)
                .withConfiguration(AutoConfigurations.of(
                        HttpFenceClientAutoConfiguration.class, RestClientAutoConfiguration.class))
                .withUserConfiguration(Asking.class, Collecting.class)
                .run(child -> {
                    assertThat(child).hasNotFailed();
                    assertThat(child.getBean(Asked.class).interceptor()).isNotNull();
                    assertThat(child.getBean(Collected.class).all())
                            .noneMatch(FencingTokenInterceptor.class::isInstance)
                            .noneMatch(FencingTokenExchangeFilter.class::isInstance);
                }));
    }

    /** It looks at the member only, in all that it implements itself. */
    static class OwnLeadership implements Leadership {

        private long term = 1;

        @Override
        public boolean isLeader() {
            return true;
        }

        @Override
        public LeadershipState state() {
            return new LeadershipState(true, Role.LEADER, term, "a", null);
        }

        @Override
        public FencingToken fencingToken() {
            return new FencingToken(term);
        }

        @Override
        public boolean confirm(Duration timeout) {
            return true;
        }

        @Override
        public boolean await(Duration timeout) {
            return true;
        }

        @Override
        public CompletionStage<HandoverResult> handOver(@Nullable String to) {
            return stepDown();
        }

        @Override
        public CompletionStage<HandoverResult> stepDown() {
            return CompletableFuture.completedStage(
                    new HandoverResult(HandoverResult.Outcome.NO_SUCCESSOR, "a", term, "there is no other"));
        }

        @Override
        public void assertLeader() {}
    }

    @Test
    void theWorkOfAnApplicationsOwnLeadershipSendsNoLaterToken() {
        OwnLeadership leadership = new OwnLeadership();
        List<String> sent = new ArrayList<>();
        RestClient client = RestClient.builder()
                .requestFactory(FencedClientTests::answering)
                .requestInterceptor(new FencingTokenInterceptor(leadership))
                .requestInterceptor((request, body, execution) -> {
                    sent.add(String.valueOf(request.getHeaders().getFirst(FencingTokenInterceptor.HEADER)));
                    return execution.execute(request, body);
                })
                .build();
        Runnable call =
                () -> client.post().uri("http://ledger.example/").retrieve().toBodilessEntity();
        assertThatExceptionOfType(LeadershipLostException.class)
                .isThrownBy(() -> leadership.runWhileLeading(token -> {
                    call.run();
                    leadership.term++;
                    call.run();
                }));
        call.run();
        assertThat(sent).containsExactly("1", "2");
    }
}
