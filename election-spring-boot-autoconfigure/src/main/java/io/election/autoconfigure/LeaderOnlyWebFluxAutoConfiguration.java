package io.election.autoconfigure;

import io.election.Leadership;
import io.election.leaderonly.FollowerAnswer;
import io.election.leaderonly.LeadershipWebExceptionHandler;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.webflux.autoconfigure.error.DefaultErrorWebExceptionHandler;
import org.springframework.boot.webflux.autoconfigure.error.ErrorWebFluxAutoConfiguration;
import org.springframework.boot.webflux.error.ErrorWebExceptionHandler;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.core.Ordered;
import org.springframework.web.reactive.DispatcherHandler;

/** Answers WebFlux requests whose handlers call leader-only code on a member that does not lead. */
@AutoConfiguration(
        after = {ElectionAutoConfiguration.class, LeaderOnlyAutoConfiguration.class},
        before = ErrorWebFluxAutoConfiguration.class)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
@ConditionalOnClass({DispatcherHandler.class, ErrorWebExceptionHandler.class})
@ConditionalOnBean(Leadership.class)
@Import(FollowerAnswerConfiguration.class)
public final class LeaderOnlyWebFluxAutoConfiguration {

    /** The order of Boot's own handler of errors, which takes all that reaches it. */
    private static final int WITH_BOOTS = -1;

    /**
     * Of handlers of one order the one that was registered first comes first: the application's, then this, then Boot's. Where the
     * application has replaced Boot's, this comes last.
     */
    @Bean
    LeadershipWebExceptionHandler leadershipWebExceptionHandler(
            ObjectProvider<FollowerAnswer> answer, ObjectProvider<ErrorWebExceptionHandler> errors) {
        return new LeadershipWebExceptionHandler(
                answer::getObject,
                () -> errors.stream().allMatch(each -> each.getClass() == DefaultErrorWebExceptionHandler.class)
                        ? WITH_BOOTS
                        : Ordered.LOWEST_PRECEDENCE);
    }
}
