package io.election.leaderonly;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.Ordered;
import org.springframework.web.servlet.HandlerExceptionResolver;
import org.springframework.web.servlet.ModelAndView;

/**
 * Answers a request whose handler, annotated or functional, called leader-only code on a member that does not lead. Comes after all
 * resolvers and exception handlers of the application.
 */
public final class LeadershipExceptionResolver implements HandlerExceptionResolver, Ordered {

    private static final Logger logger = LoggerFactory.getLogger(LeadershipExceptionResolver.class);

    private final Supplier<FollowerAnswer> answer;

    /**
     * Creates a resolver.
     *
     * @param answer asked for at the first such failure
     */
    public LeadershipExceptionResolver(Supplier<FollowerAnswer> answer) {
        this.answer = answer;
    }

    @Override
    public int getOrder() {
        return Ordered.LOWEST_PRECEDENCE;
    }

    @Override
    public @Nullable ModelAndView resolveException(
            HttpServletRequest request, HttpServletResponse response, @Nullable Object handler, Exception exception) {
        RuntimeException failure = FollowerAnswer.failureIn(exception);
        if (failure == null || response.isCommitted()) {
            return null;
        }
        try {
            ServletClient client = new ServletClient(request, response);
            client.write(answer.get().duringTheHandler(client, failure));
        } catch (IOException ex) {
            logger.atDebug()
                    .addKeyValue(WiringLogKeys.PATH, request.getRequestURI())
                    .setCause(ex)
                    .log("The answer to {} could not be written.", request.getRequestURI());
        }
        return new ModelAndView();
    }
}
