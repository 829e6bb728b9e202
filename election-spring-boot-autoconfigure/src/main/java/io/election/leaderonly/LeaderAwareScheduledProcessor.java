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
 * Spring's own processor of {@code @Scheduled}, whose calls of leader-only methods can be told from everybody else's: a
 * follower skips the former and refuses the latter. It stands in for Spring's own wherever scheduling is switched on; an
 * application that defines a processor of its own extends this one.
 */
public class LeaderAwareScheduledProcessor extends ScheduledAnnotationBeanPostProcessor {

    private final ScheduledTaskRegistrar registrar;

    /** The proxies of scheduled beans by what they stand before: the container destroys the bean and not the proxy. */
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

    /** What all its proxies stand before. */
    private static Object raw(Object bean) {
        Object target = AopProxyUtils.getSingletonTarget(bean);
        return target == null ? bean : raw(target);
    }

    /** An instance that a scope makes anew, such as after a refresh, must not go on ticking beside its successor. */
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

    /** Says whose call it is. */
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
