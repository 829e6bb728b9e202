package io.election.leaderonly;

import io.micrometer.observation.ObservationRegistry;
import java.lang.reflect.Method;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.scheduling.annotation.ScheduledAnnotationBeanPostProcessor;
import org.springframework.scheduling.config.ScheduledTaskRegistrar;
import org.springframework.scheduling.support.ScheduledMethodRunnable;

/**
 * Spring's processor of {@code @Scheduled}, whose calls of leader-only methods can be distinguished from other calls: a follower skips the
 * former and refuses the latter. It replaces Spring's own wherever scheduling is switched on. An application that defines a processor of
 * its own extends this one.
 */
public class LeaderAwareScheduledProcessor extends ScheduledAnnotationBeanPostProcessor {

    private final ScheduledTaskRegistrar registrar;

    /** The proxies of scheduled beans by their targets: the container destroys the target and not the proxy. */
    private final Map<Object, Object> proxies = Collections.synchronizedMap(new IdentityHashMap<>());

    /** Creates a processor with a registrar of its own. */
    public LeaderAwareScheduledProcessor() {
        this(new ScheduledTaskRegistrar());
    }

    /**
     * Creates a processor.
     *
     * @param registrar where the tasks are registered
     */
    public LeaderAwareScheduledProcessor(ScheduledTaskRegistrar registrar) {
        super(registrar);
        this.registrar = registrar;
    }

    @Override
    protected Runnable createRunnable(Object target, Method method, @Nullable String qualifier) {
        if (!LeaderOnlyMethods.isMarked(method, AopProxyUtils.ultimateTargetClass(target))) {
            return super.createRunnable(target, method, qualifier);
        }
        if (method.getParameterCount() > 0) {
            throw new IllegalArgumentException("Only no-arg methods may be annotated with @Scheduled");
        }
        SchedulerCall.prepare(target);
        Object raw = raw(target);
        if (raw != target) {
            proxies.put(raw, target);
        }
        return new LeaderOnlyRunnable(target, method, qualifier, registrar::getObservationRegistry);
    }

    /** The target behind all proxies of a bean. */
    private static Object raw(Object bean) {
        Object target = AopProxyUtils.getSingletonTarget(bean);
        return target == null ? bean : raw(target);
    }

    /** When a scope replaces an instance, for example after a refresh, the ticks of the old one must end. */
    @Override
    public boolean requiresDestruction(Object bean) {
        return super.requiresDestruction(bean) || proxies.containsKey(bean);
    }

    @Override
    public void postProcessBeforeDestruction(Object bean, String beanName) {
        super.postProcessBeforeDestruction(bean, beanName);
        Object proxy = proxies.remove(bean);
        if (proxy != null) {
            super.postProcessBeforeDestruction(proxy, beanName);
        }
    }

    /** Marks its call as the scheduler's. */
    static final class LeaderOnlyRunnable extends ScheduledMethodRunnable {

        LeaderOnlyRunnable(
                Object target,
                Method method,
                @Nullable String qualifier,
                Supplier<@Nullable ObservationRegistry> observations) {
            super(target, AopUtils.selectInvocableMethod(method, target.getClass()), qualifier, observations);
        }

        @Override
        public void run() {
            SchedulerCall.run(getTarget(), getMethod(), super::run);
        }
    }
}
