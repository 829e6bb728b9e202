package io.election.leaderonly;

import io.election.Leadership;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.Advisor;
import org.springframework.aop.framework.Advised;
import org.springframework.aop.framework.autoproxy.AbstractBeanFactoryAwareAdvisingPostProcessor;
import org.springframework.aop.support.AopUtils;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.aop.support.StaticMethodMatcherPointcut;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.config.SmartInstantiationAwareBeanPostProcessor;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.scheduling.annotation.ScheduledAnnotationBeanPostProcessor;
import org.springframework.util.ClassUtils;

/**
 * Puts a proxy before every bean that has {@link io.election.LeaderOnly}, or its check in front of the advice of a proxy
 * that is there, and stops the start where that cannot be done. So the check comes before transactions and caches, and
 * after {@code @Async}, whose own post-processor comes later: on the thread that executes.
 */
public final class LeaderOnlyPostProcessor extends AbstractBeanFactoryAwareAdvisingPostProcessor
        implements SmartInstantiationAwareBeanPostProcessor, SmartInitializingSingleton {

    private static final long serialVersionUID = 1L;

    /** After proxies for transactions are made, before those for asynchronous calls. */
    static final int ORDER = LOWEST_PRECEDENCE - 100;

    private final transient Supplier<Leadership> leadership;
    private final transient Supplier<MissedTicks> missedTicks;
    private final transient HandlerCalls handlerCalls;
    private final transient LeaderOnlyDefinitions definitions;
    private transient @Nullable ConfigurableListableBeanFactory beans;
    private final transient Map<String, ScopedBean> scoped = new ConcurrentHashMap<>();

    /**
     * Creates a post-processor.
     *
     * @param definitions looked at each bean before it was injected
     * @param leadership asked for at the first call of a leader-only method
     * @param missedTicks asked for when the first is skipped
     * @param web whether handlers of web requests are asked before they are called
     */
    public LeaderOnlyPostProcessor(
            LeaderOnlyDefinitions definitions,
            Supplier<Leadership> leadership,
            Supplier<MissedTicks> missedTicks,
            boolean web) {
        this.definitions = definitions;
        this.leadership = leadership;
        this.missedTicks = missedTicks;
        this.handlerCalls = web ? new RequestWork() : HandlerCalls.NONE;
        setOrder(ORDER);
        setBeforeExistingAdvisors(true);
    }

    @Override
    public void setBeanFactory(BeanFactory beanFactory) {
        super.setBeanFactory(beanFactory);
        ConfigurableListableBeanFactory listable = (ConfigurableListableBeanFactory) beanFactory;
        beans = listable;
        LeaderOnlyMethods methods = new LeaderOnlyMethods(listable::resolveEmbeddedValue);
        advisor = new LeaderOnlyAdvisor(
                methods, new LeaderOnlyInterceptor(methods, leadership, missedTicks, handlerCalls, null));
    }

    /** The check, for all beans or for one of which a scope makes several instances. */
    private static final class LeaderOnlyAdvisor extends DefaultPointcutAdvisor {

        private static final long serialVersionUID = 1L;

        private final transient LeaderOnlyMethods methods;
        private final transient LeaderOnlyInterceptor interceptor;

        LeaderOnlyAdvisor(LeaderOnlyMethods methods, LeaderOnlyInterceptor interceptor) {
            super(
                    new StaticMethodMatcherPointcut() {
                        @Override
                        public boolean matches(Method method, Class<?> type) {
                            return methods.of(method, type) != null;
                        }
                    },
                    interceptor);
            this.methods = methods;
            this.interceptor = interceptor;
        }

        LeaderOnlyAdvisor of(ScopedBean bean) {
            return new LeaderOnlyAdvisor(methods, interceptor.of(bean));
        }
    }

    static boolean isOwn(Advisor advisor) {
        return advisor instanceof LeaderOnlyAdvisor;
    }

    /**
     * Asked where beans need each other in a circle. What one of them is given now has no guard, and a guard that is made now
     * is not what later post-processors see, such as the scheduler's.
     */
    @Override
    public Object getEarlyBeanReference(Object bean, String beanName) {
        if (isUnguarded(bean)) {
            throw new InvalidLeaderOnlyException(
                    "Bean '" + beanName + "' (" + userClass(bean).getName()
                            + ") has @LeaderOnly, and belongs to a circle of beans that need each other: another of them would"
                            + " be given it before a proxy can be put before it.",
                    "Break the circle: let one of these beans be injected with @Lazy, or as an ObjectProvider.");
        }
        return bean;
    }

    @Override
    public Object postProcessAfterInitialization(Object bean, String beanName) {
        inspect(beanName, AopUtils.getTargetClass(bean), AopUtils.isJdkDynamicProxy(bean));
        Object guarded = super.postProcessAfterInitialization(bean, beanName);
        if (guarded instanceof Advised proxy && advisor instanceof LeaderOnlyAdvisor own && isScoped(beanName)) {
            proxy.replaceAdvisor(own, own.of(scoped.computeIfAbsent(beanName, this::scopedBean)));
        }
        return guarded;
    }

    private boolean isScoped(String name) {
        ConfigurableListableBeanFactory all = beans;
        return all != null && all.containsBean(name) && !all.isSingleton(name) && !all.isPrototype(name);
    }

    private ScopedBean scopedBean(String name) {
        ConfigurableListableBeanFactory all = Objects.requireNonNull(beans, "beans");
        return new ScopedBean(() -> all.getBean(name));
    }

    private void inspect(String beanName, Class<?> type, boolean isProxiedByInterfaces) {
        // A lambda, or the JDK's proxy of another library, has no subclasses: Spring gives it a proxy of its
        // interfaces.
        boolean byInterfaces = isProxiedByInterfaces
                || Proxy.isProxyClass(type)
                || ClassUtils.isLambdaClass(type)
                || (!isProxyTargetClass() && ClassUtils.getAllInterfacesForClass(type, null).length > 0);
        definitions.inspection().inspect(beanName, type, byInterfaces);
    }

    /** Looks at the beans that are not made yet, and for those that were made before this could see them. */
    @Override
    public void afterSingletonsInstantiated() {
        ConfigurableListableBeanFactory all = beans;
        if (all == null) {
            return;
        }
        for (String name : all.getBeanDefinitionNames()) {
            if (all.containsSingleton(name)) {
                Object made = all.getSingleton(name);
                if (made != null) {
                    checkIsGuarded(all, name, made);
                }
            } else {
                Class<?> type = all.getType(name, false);
                if (type != null) {
                    inspect(name, type, false);
                }
                inspectDefinition(all, name);
            }
        }
        for (String name : all.getSingletonNames()) {
            if (!all.containsBeanDefinition(name)) {
                checkIsNoneOfOurs(name, all.getSingleton(name));
            }
        }
        checkScheduler(all);
    }

    /** A finished object passes no post-processor. */
    private void checkIsNoneOfOurs(String name, @Nullable Object registered) {
        if (registered != null && isUnguarded(registered)) {
            throw new InvalidLeaderOnlyException(
                    "Bean '" + name + "' (" + userClass(registered).getName()
                            + ") has @LeaderOnly, but was registered as a finished object (registerSingleton), before which"
                            + " no proxy can be put: it would run on every member.",
                    "Register a bean definition instead, such as GenericApplicationContext.registerBean(name, type,"
                            + " supplier) or a @Bean method.");
        }
    }

    private static Class<?> userClass(Object bean) {
        return ClassUtils.getUserClass(AopUtils.getTargetClass(bean));
    }

    private void inspectDefinition(ConfigurableListableBeanFactory all, String name) {
        // What a factory bean makes is not initialized by the container, but the factory is.
        String made = all.isFactoryBean(name) ? BeanFactory.FACTORY_BEAN_PREFIX + name : name;
        Class<?> type = all.getType(made, false);
        if (type != null && all.getMergedBeanDefinition(name) instanceof RootBeanDefinition definition) {
            definitions.inspection().inspect(name, type, definition);
        }
    }

    /** The scheduler's calls are told from others' by the processor that makes them. */
    private void checkScheduler(ConfigurableListableBeanFactory all) {
        String scheduled = definitions.inspection().scheduled();
        if (scheduled == null) {
            return;
        }
        all.getBeansOfType(ScheduledAnnotationBeanPostProcessor.class, true, false)
                .forEach((name, processor) -> {
                    if (!(processor instanceof LeaderAwareScheduledProcessor)) {
                        throw new InvalidLeaderOnlyException(
                                "Bean '" + scheduled + "' has a @Scheduled method for the leader only, but bean '"
                                        + name
                                        + "' (" + processor.getClass().getName()
                                        + ") stands in for Spring's processor of"
                                        + " @Scheduled, so that a follower could not tell the scheduler's calls, which it"
                                        + " skips, from others', which it refuses.",
                                "Let that class extend " + LeaderAwareScheduledProcessor.class.getName() + ".");
                    }
                });
    }

    private void checkIsGuarded(ConfigurableListableBeanFactory all, String name, Object made) {
        if (isUnguarded(made) && !isOverriddenByATest(all.getBeanDefinition(name))) {
            throw new InvalidLeaderOnlyException(
                    "Bean '" + name + "' (" + userClass(made).getName()
                            + ") has @LeaderOnly, but was made before a proxy could be put before it: a"
                            + " BeanPostProcessor, or the like, needs it.",
                    "Let nothing that is made so early need that bean: make the @Bean method of the post-processor"
                            + " static, or give it the bean lazily.");
        }
    }

    private boolean isUnguarded(Object bean) {
        Advisor own = advisor;
        return own != null
                && AopUtils.canApply(own, AopUtils.getTargetClass(bean))
                && !isGuarded(bean)
                && !isMock(bean);
    }

    /** A field of a test, such as one with {@code @TestBean}, stands in for the bean with an object of the test's own. */
    private static boolean isOverriddenByATest(BeanDefinition definition) {
        AnnotatedElement field = definition instanceof RootBeanDefinition root ? root.getQualifiedElement() : null;
        return field != null
                && MergedAnnotations.from(field)
                        .isPresent("org.springframework.test.context.bean.override.BeanOverride");
    }

    private static boolean isGuarded(Object bean) {
        if (!(bean instanceof Advised proxy)) {
            return false;
        }
        for (Advisor each : proxy.getAdvisors()) {
            if (isOwn(each)) {
                return true;
            }
        }
        Object target;
        try {
            target =
                    proxy.getTargetSource().isStatic() ? proxy.getTargetSource().getTarget() : null;
        } catch (Exception ex) {
            throw new IllegalStateException("a static target is there", ex);
        }
        // A target that changes is a bean of its own.
        return target == null || isGuarded(target);
    }

    /** A test's stand-in is no bean that was made here. */
    private static boolean isMock(Object bean) {
        try {
            Object details = ClassUtils.forName(
                            "org.mockito.Mockito", bean.getClass().getClassLoader())
                    .getMethod("mockingDetails", Object.class)
                    .invoke(null, bean);
            return Boolean.TRUE.equals(ClassUtils.forName(
                            "org.mockito.MockingDetails", bean.getClass().getClassLoader())
                    .getMethod("isMock")
                    .invoke(details));
        } catch (ReflectiveOperationException | LinkageError absent) {
            return false;
        }
    }
}
