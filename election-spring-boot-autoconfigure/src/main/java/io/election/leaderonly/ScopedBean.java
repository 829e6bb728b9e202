package io.election.leaderonly;

import java.lang.reflect.Method;
import java.util.function.Supplier;
import org.springframework.aop.support.AopUtils;
import org.springframework.scheduling.support.ScheduledMethodRunnable;

/**
 * Stands for all instances that a scope makes of one bean, one after the other, such as after each refresh: what one of them
 * has missed, its successor makes up, and only once.
 */
final class ScopedBean {

    private final Supplier<Object> current;

    /**
     * Stands for one bean.
     *
     * @param current the instance that there is now, which may be made by being asked for
     */
    ScopedBean(Supplier<Object> current) {
        this.current = current;
    }

    /** Calls a method of the instance that there is now, as the scheduler does. */
    void tick(Method method) {
        Object bean = current.get();
        Method invocable = AopUtils.selectInvocableMethod(method, bean.getClass());
        SchedulerCall.run(bean, invocable, new ScheduledMethodRunnable(bean, invocable));
    }
}
