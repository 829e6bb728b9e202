package io.election.leaderonly;

import io.election.LeaderWork;
import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;
import org.springframework.web.context.request.RequestAttributes;
import org.springframework.web.context.request.RequestContextHolder;

/** Keeps the work of a web request in the request, from before its handler is called until the request is done. */
final class RequestWork implements HandlerCalls {

    /** The attribute of a request for one of its handlers: a request that is forwarded has several. */
    static String attribute(Method handler) {
        return RequestWork.class.getName() + "." + handler.toGenericString();
    }

    /** The attribute for the time in which the request's thread does the work of that handler. */
    static String scopeAttribute(Method handler) {
        return attribute(handler) + ".scope";
    }

    @Override
    public @Nullable LeaderWork current(Method handler) {
        RequestAttributes request = RequestContextHolder.getRequestAttributes();
        return request != null
                        && request.getAttribute(attribute(handler), RequestAttributes.SCOPE_REQUEST)
                                instanceof LeaderWork work
                ? work
                : null;
    }
}
