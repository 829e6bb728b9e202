package io.election.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.election.LeaderOnly;
import io.election.NotLeaderException;
import io.election.leaderonly.FollowerAnswer;
import io.election.leaderonly.LeadershipExceptionResolver;
import io.election.leaderonly.LeadershipWebExceptionHandler;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What a follower answers on each web stack needs nothing of the other, and nothing of either where there is none. */
class WebStacksTests {

    private static final AutoConfigurations OURS = AutoConfigurations.of(
            ElectionAutoConfiguration.class,
            LeaderOnlyAutoConfiguration.class,
            LeaderOnlyWebAutoConfiguration.class,
            LeaderOnlyWebFluxAutoConfiguration.class);

    private static final String[] WEBFLUX = {
        "org.springframework.web.reactive",
        "org.springframework.boot.webflux",
        "org.springframework.web.server",
        "reactor"
    };
    private static final String[] MVC = {
        "org.springframework.web.servlet", "org.springframework.boot.webmvc", "jakarta.servlet"
    };

    @Test
    void mvcDoesWithoutWebFlux() {
        new WebApplicationContextRunner()
                .withConfiguration(OURS)
                .withUserConfiguration(Application.class)
                .withClassLoader(new FilteredClassLoader(WEBFLUX))
                .run(context -> assertThat(context)
                        .hasSingleBean(LeadershipExceptionResolver.class)
                        .hasSingleBean(FollowerAnswer.class)
                        .doesNotHaveBean("leadershipWebExceptionHandler"));
    }

    @Test
    void webFluxDoesWithoutMvc() {
        new ReactiveWebApplicationContextRunner()
                .withConfiguration(OURS)
                .withUserConfiguration(Application.class)
                .withClassLoader(new FilteredClassLoader(MVC))
                .run(context -> assertThat(context)
                        .hasSingleBean(LeadershipWebExceptionHandler.class)
                        .hasSingleBean(FollowerAnswer.class)
                        .doesNotHaveBean("leadershipExceptionResolver"));
    }

    @Test
    void applicationWithoutAnyWebHasNeither() {
        new ApplicationContextRunner()
                .withConfiguration(OURS)
                .withUserConfiguration(Application.class)
                .withClassLoader(new FilteredClassLoader(
                        "org.springframework.web", "org.springframework.http", "jakarta.servlet", "reactor"))
                .run(context -> {
                    assertThat(context).hasNotFailed().doesNotHaveBean(FollowerAnswer.class);
                    refusesCalls(context);
                });
    }

    private static void refusesCalls(ApplicationContext context) {
        Orders orders = context.getBean(Orders.class);
        assertThatExceptionOfType(NotLeaderException.class).isThrownBy(orders::issue);
    }

    @Configuration(proxyBeanMethods = false)
    static class Application {

        @Bean
        SwitchedLeadership leadership(ApplicationEventPublisher events) {
            return new SwitchedLeadership(events);
        }

        @Bean
        Orders orders() {
            return new Orders();
        }
    }

    /** Public, for its proxy is made by another class loader. */
    public static class Orders {

        @LeaderOnly
        public void issue() {}
    }
}
