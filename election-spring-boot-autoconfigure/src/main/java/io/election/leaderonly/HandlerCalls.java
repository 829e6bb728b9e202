package io.election.leaderonly;

import io.election.LeaderWork;
import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;

/** Knows which web requests were admitted before their handler is called. In an application without a web stack there are none. */
@FunctionalInterface
interface HandlerCalls {

    /** An application that has no handlers. */
    HandlerCalls NONE = method -> null;

    /**
     * The work that was begun for the request of this thread.
     *
     * @param handler the method that is called
     * @return the work, or {@code null} if that method is not called as the request's handler
     */
    @Nullable LeaderWork current(Method handler);
}
