package io.election.leaderonly;

import java.lang.reflect.Method;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.Advisor;
import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.aop.framework.Advised;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.util.ClassUtils;

/**
 * One call by the scheduler, from the scheduled task to the proxy of the bean. It is bound to the thread until the proxy is entered, and
 * then to the invocation, which an asynchronous call takes to another thread. So calls that the method itself makes are not the
 * scheduler's, nor is a second call of the same method.
 */
final class SchedulerCall {

    private static final ThreadLocal<@Nullable SchedulerCall> CURRENT = new ThreadLocal<>();

    /** On an invocation that the scheduler made. */
    private static final String ATTRIBUTE = SchedulerCall.class.getName();

    /** Moves the call from the thread to the invocation if the method is passed to another thread before its check. */
    private static final Advisor ENTRY = new DefaultPointcutAdvisor(new Entry());

    private final Class<?> type;
    private final Method method;

    private SchedulerCall(Class<?> type, Method method) {
        this.type = type;
        this.method = method;
    }

    /**
     * Makes a call by the scheduler.
     *
     * @param target the bean, as a proxy where it has one
     * @param method the method to call
     * @param call calls it
     */
    static void run(Object target, Method method, Runnable call) {
        SchedulerCall outer = CURRENT.get();
        Class<?> type = ClassUtils.getUserClass(AopProxyUtils.ultimateTargetClass(target));
        CURRENT.set(new SchedulerCall(type, AopUtils.getMostSpecificMethod(method, type)));
        try {
            call.run();
        } finally {
            if (outer == null) {
                CURRENT.remove();
            } else {
                CURRENT.set(outer);
            }
        }
    }

    /** Lets the proxy of a bean see the scheduler's calls even if asynchronous execution comes before the check. */
    static void prepare(Object target) {
        if (target instanceof Advised proxy && !proxy.isFrozen()) {
            Advisor[] advisors = proxy.getAdvisors();
            if (advisors.length > 1 && advisors[0] != ENTRY && !LeaderOnlyPostProcessor.isOwn(advisors[0])) {
                proxy.addAdvisor(0, ENTRY);
            }
        }
    }

    /** Whether this invocation is the scheduler's. The first to ask takes the call off the thread. */
    static boolean isMadeBy(MethodInvocation invocation) {
        boolean proxied = invocation instanceof ProxyMethodInvocation;
        if (proxied && ((ProxyMethodInvocation) invocation).getUserAttribute(ATTRIBUTE) != null) {
            return true;
        }
        SchedulerCall call = CURRENT.get();
        if (call == null || !call.is(invocation)) {
            return false;
        }
        CURRENT.remove();
        if (proxied) {
            ((ProxyMethodInvocation) invocation).setUserAttribute(ATTRIBUTE, Boolean.TRUE);
        }
        return true;
    }

    private boolean is(MethodInvocation invocation) {
        Object target = invocation.getThis();
        if (target == null) {
            return false;
        }
        Class<?> called = ClassUtils.getUserClass(AopProxyUtils.ultimateTargetClass(target));
        return called == type
                && AopUtils.getMostSpecificMethod(invocation.getMethod(), called)
                        .equals(method);
    }

    /** Takes note of the call, and nothing else. */
    private static final class Entry implements MethodInterceptor {

        @Override
        public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
            isMadeBy(invocation);
            return invocation.proceed();
        }
    }
}
