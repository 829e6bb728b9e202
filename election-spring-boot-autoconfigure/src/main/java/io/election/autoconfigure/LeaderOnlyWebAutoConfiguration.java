package io.election.autoconfigure;

import io.election.Leadership;
import io.election.leaderonly.FollowerAnswer;
import io.election.leaderonly.FollowerHandlerInterceptor;
import io.election.leaderonly.LeadershipExceptionResolver;
import jakarta.servlet.http.HttpServletRequest;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;
import org.springframework.web.servlet.DispatcherServlet;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/**
 * Answers web requests on a member that does not lead: requests for {@link io.election.LeaderOnly} handlers before those begin, and
 * requests whose handlers call leader-only code when that fails.
 */
@AutoConfiguration(after = {ElectionAutoConfiguration.class, LeaderOnlyAutoConfiguration.class})
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnClass({HttpServletRequest.class, DispatcherServlet.class, WebMvcConfigurer.class})
@ConditionalOnBean(Leadership.class)
@Import(FollowerAnswerConfiguration.class)
public final class LeaderOnlyWebAutoConfiguration {

    @Bean
    WebMvcConfigurer leaderOnlyHandlers(
            ObjectProvider<Leadership> leadership, ObjectProvider<FollowerAnswer> answer, Environment environment) {
        return new WebMvcConfigurer() {
            @Override
            public void addInterceptors(InterceptorRegistry registry) {
                registry.addInterceptor(new FollowerHandlerInterceptor(
                                environment::resolvePlaceholders, leadership.getObject(), answer.getObject()))
                        // Before what an application does for a request that this member does not serve.
                        .order(Ordered.HIGHEST_PRECEDENCE);
            }
        };
    }

    @Bean
    LeadershipExceptionResolver leadershipExceptionResolver(ObjectProvider<FollowerAnswer> answer) {
        return new LeadershipExceptionResolver(answer::getObject);
    }
}
