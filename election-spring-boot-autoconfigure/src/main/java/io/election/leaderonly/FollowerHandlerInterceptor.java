package io.election.leaderonly;

import io.election.LeaderWork;
import io.election.Leadership;
import io.election.NotLeaderException;
import io.election.leaderonly.LeaderOnlyMethods.Rule;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.springframework.util.StringValueResolver;
import org.springframework.web.context.request.NativeWebRequest;
import org.springframework.web.context.request.async.CallableProcessingInterceptor;
import org.springframework.web.context.request.async.WebAsyncUtils;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.AsyncHandlerInterceptor;

/**
 * Answers requests for leader-only handlers on a member that does not lead, before their arguments are bound. On the leader it counts
 * them as work in flight until they are done, including asynchronous ones. The threads on which Spring MVC handles the request, or runs
 * a {@code Callable} of the handler, do that work meanwhile.
 */
public final class FollowerHandlerInterceptor implements AsyncHandlerInterceptor {

    private final LeaderOnlyMethods methods;
    private final Leadership leadership;
    private final FollowerAnswer answer;

    /**
     * Creates an interceptor.
     *
     * @param placeholders resolves them in what an annotation says
     * @param leadership decides
     * @param answer what a client gets from a member that does not lead
     */
    public FollowerHandlerInterceptor(StringValueResolver placeholders, Leadership leadership, FollowerAnswer answer) {
        this.methods = new LeaderOnlyMethods(placeholders);
        this.leadership = leadership;
        this.answer = answer;
    }

    @Override
    public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler)
            throws IOException {
        Rule rule = rule(handler);
        if (rule == null) {
            return true;
        }
        LeaderWork work = work(request, rule);
        // A request that is dispatched again with an asynchronous result was admitted before.
        if (work == null) {
            try {
                work = leadership.beginWork();
            } catch (NotLeaderException notLeader) {
                ServletClient client = new ServletClient(request, response);
                client.write(answer.beforeTheHandler(client, notLeader));
                return false;
            }
            request.setAttribute(RequestWork.attribute(rule.method()), work);
            WebAsyncUtils.getAsyncManager(request)
                    .registerCallableInterceptor(RequestWork.attribute(rule.method()), new WorkOfCallable(work));
        }
        if (request.getAttribute(RequestWork.scopeAttribute(rule.method())) == null) {
            request.setAttribute(RequestWork.scopeAttribute(rule.method()), work.open());
        }
        return true;
    }

    /** On the thread that opened it: Spring MVC ends each dispatch of a request on the thread that began it. */
    private static void closeScope(HttpServletRequest request, Rule rule) {
        String attribute = RequestWork.scopeAttribute(rule.method());
        if (request.getAttribute(attribute) instanceof LeaderWork.Scope scope) {
            request.removeAttribute(attribute);
            scope.close();
        }
    }

    private @Nullable Rule rule(Object handler) {
        return handler instanceof HandlerMethod method ? methods.of(method.getMethod(), method.getBeanType()) : null;
    }

    private static @Nullable LeaderWork work(HttpServletRequest request, Rule rule) {
        return request.getAttribute(RequestWork.attribute(rule.method())) instanceof LeaderWork work ? work : null;
    }

    @Override
    public void afterCompletion(
            HttpServletRequest request, HttpServletResponse response, Object handler, @Nullable Exception failure) {
        Rule rule = rule(handler);
        if (rule == null) {
            return;
        }
        closeScope(request, rule);
        LeaderWork work = work(request, rule);
        if (work != null) {
            request.removeAttribute(RequestWork.attribute(rule.method()));
            work.end();
        }
    }

    /** The container says so in any case when a request is done, also one whose client has gone. */
    @Override
    public void afterConcurrentHandlingStarted(
            HttpServletRequest request, HttpServletResponse response, Object handler) {
        Rule rule = rule(handler);
        if (rule == null) {
            return;
        }
        closeScope(request, rule);
        LeaderWork work = work(request, rule);
        if (work != null && request.isAsyncStarted()) {
            request.getAsyncContext().addListener(new EndOfRequest(work));
        }
    }

    /** A {@code Callable}, or a body that is streamed, runs on another thread, once for each request. */
    private static final class WorkOfCallable implements CallableProcessingInterceptor {

        private final LeaderWork work;
        private volatile LeaderWork.@Nullable Scope scope;

        WorkOfCallable(LeaderWork work) {
            this.work = work;
        }

        @Override
        public <T> void preProcess(NativeWebRequest request, Callable<T> task) {
            scope = work.open();
        }

        @Override
        public <T> void postProcess(NativeWebRequest request, Callable<T> task, @Nullable Object result) {
            LeaderWork.Scope opened = scope;
            if (opened != null) {
                scope = null;
                opened.close();
            }
        }
    }

    private record EndOfRequest(LeaderWork work) implements AsyncListener {

        @Override
        public void onComplete(AsyncEvent event) {
            work.end();
        }

        @Override
        public void onTimeout(AsyncEvent event) {
            // onComplete follows.
        }

        @Override
        public void onError(AsyncEvent event) {
            // onComplete follows.
        }

        @Override
        public void onStartAsync(AsyncEvent event) {
            event.getAsyncContext().addListener(this);
        }
    }
}
