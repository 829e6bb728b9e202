package io.election.leaderonly;

import java.lang.reflect.Method;
import java.util.function.Supplier;
import org.springframework.aop.support.AopUtils;
import org.springframework.scheduling.support.ScheduledMethodRunnable;

/**
 * Represents all instances that a scope creates of one bean, one after the other, for example after each refresh. A tick that one
 * instance skipped is run by its successor, and only once.
 */
final class ScopedBean {

    private final Supplier<Object> current;

    /**
     * Represents one bean.
     *
     * @param current supplies the present instance, which the scope may create then
     */
    ScopedBean(Supplier<Object> current) {
        this.current = current;
    }

    /** Calls a method of the present instance, as the scheduler does. */
    void tick(Method method) {
        Object bean = current.get();
        Method invocable = AopUtils.selectInvocableMethod(method, bean.getClass());
        SchedulerCall.run(bean, invocable, new ScheduledMethodRunnable(bean, invocable));
    }
}
