package io.election.autoconfigure;

import io.election.Leadership;
import io.election.leaderonly.FollowerAnswer;
import io.election.leaderonly.FollowerHandlerInterceptor;
import jakarta.servlet.http.HttpServletRequest;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;
import org.springframework.web.servlet.DispatcherServlet;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/** Answers web requests for {@link io.election.LeaderOnly} handlers on a member that does not lead. */
@AutoConfiguration(after = {ElectionAutoConfiguration.class, LeaderOnlyAutoConfiguration.class})
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnClass({HttpServletRequest.class, DispatcherServlet.class, WebMvcConfigurer.class})
@ConditionalOnBean(Leadership.class)
public final class LeaderOnlyWebAutoConfiguration {

    @Bean
    WebMvcConfigurer leaderOnlyHandlers(
            ObjectProvider<Leadership> leadership,
            ObjectProvider<ElectionRuntime> runtime,
            ElectionProperties properties,
            Environment environment) {
        return new WebMvcConfigurer() {
            @Override
            public void addInterceptors(InterceptorRegistry registry) {
                Leadership asked = leadership.getObject();
                registry.addInterceptor(new FollowerHandlerInterceptor(
                                environment::resolvePlaceholders,
                                asked,
                                new FollowerAnswer(
                                        asked,
                                        properties.web().onFollower() == ElectionProperties.OnFollower.REDIRECT,
                                        () -> hearsLeader(runtime),
                                        properties.electionTimeout())))
                        // Before what an application does for a request that this member does not serve.
                        .order(Ordered.HIGHEST_PRECEDENCE);
            }
        };
    }

    /** An application's own leadership says itself what it knows. */
    private static boolean hearsLeader(ObjectProvider<ElectionRuntime> runtime) {
        ElectionRuntime own = runtime.getIfAvailable();
        return own == null || own.operations().hearsLeader();
    }
}
