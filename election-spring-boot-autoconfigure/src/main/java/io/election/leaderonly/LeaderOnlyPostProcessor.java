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
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.config.SmartInstantiationAwareBeanPostProcessor;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.scheduling.annotation.ScheduledAnnotationBeanPostProcessor;
import org.springframework.util.ClassUtils;

/**
 * Wraps every bean that has {@link io.election.LeaderOnly} in a proxy, or adds the check in front of the advice of an existing proxy,
 * and stops the start if that is not possible. So the check comes before transactions and caches. It comes after {@code @Async}, whose
 * post-processor runs later, and so on the thread that executes the method.
 */
public final class LeaderOnlyPostProcessor extends AbstractBeanFactoryAwareAdvisingPostProcessor
        implements SmartInstantiationAwareBeanPostProcessor, SmartInitializingSingleton {

    private static final long serialVersionUID = 1L;

    /** After the proxies for transactions are created, and before those for asynchronous calls. */
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
     * @param definitions inspected each bean before it was injected
     * @param leadership supplied at the first call of a leader-only method
     * @param missedTicks supplied when the first call is skipped
     * @param web whether web requests may be admitted before their handlers are called
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
        advisor = new LeaderOnlyAdvisor(
                definitions,
                new LeaderOnlyInterceptor(definitions.methods(), leadership, missedTicks, handlerCalls, null));
    }

    /** The check, for all beans or for one of which a scope makes several instances. */
    private static final class LeaderOnlyAdvisor extends DefaultPointcutAdvisor {

        private static final long serialVersionUID = 1L;

        private final transient LeaderOnlyDefinitions definitions;
        private final transient LeaderOnlyInterceptor interceptor;

        LeaderOnlyAdvisor(LeaderOnlyDefinitions definitions, LeaderOnlyInterceptor interceptor) {
            super(new MarkedMethods(definitions), interceptor);
            this.definitions = definitions;
            this.interceptor = interceptor;
        }

        LeaderOnlyAdvisor of(ScopedBean bean) {
            return new LeaderOnlyAdvisor(definitions, interceptor.of(bean));
        }
    }

    /** The methods for the leader only. Most classes have none: their methods are not looked at once more. */
    static final class MarkedMethods extends StaticMethodMatcherPointcut {

        private final LeaderOnlyMethods methods;

        MarkedMethods(LeaderOnlyDefinitions definitions) {
            methods = definitions.methods();
            setClassFilter(definitions.inspection()::isMarked);
        }

        @Override
        public boolean matches(Method method, Class<?> type) {
            return methods.of(method, type) != null;
        }
    }

    static boolean isOwn(Advisor advisor) {
        return advisor instanceof LeaderOnlyAdvisor;
    }

    /**
     * Called if beans depend on each other in a circle. The reference that is handed out now has no guard, and later post-processors,
     * such as the scheduler's, would not see a guard that is created now.
     */
    @Override
    public Object getEarlyBeanReference(Object bean, String beanName) {
        if (isUnguarded(bean)) {
            throw new InvalidLeaderOnlyException(
                    "Bean '" + beanName + "' (" + userClass(bean).getName()
                            + ") has @LeaderOnly, and is part of a circle of beans that depend on each other: another of them"
                            + " would receive it without its proxy.",
                    "Break the circle: inject one of these beans with @Lazy, or as an ObjectProvider.");
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
        // A lambda, or a JDK proxy of another library, cannot have a subclass. Spring creates a proxy of its
        // interfaces.
        boolean byInterfaces = isProxiedByInterfaces
                || Proxy.isProxyClass(type)
                || ClassUtils.isLambdaClass(type)
                || (!isProxyTargetClass() && ClassUtils.getAllInterfacesForClass(type, null).length > 0);
        definitions.inspection().inspect(beanName, type, byInterfaces);
    }

    /** Inspects the beans that have not been created yet, and finds those that were created too early for a guard. */
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
                if (made instanceof FactoryBean<?> factory) {
                    checkProduct(all, name, factory);
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

    /**
     * Checks the product of a factory bean, which may have been requested too early for a guard. A leader-only product is created now if
     * it was not before, because only then is it certain that it has its guard.
     */
    private void checkProduct(ConfigurableListableBeanFactory all, String name, FactoryBean<?> factory) {
        Class<?> type = all.getType(name, false);
        if (type == null || !definitions.inspection().isMarked(type)) {
            return;
        }
        if (factory.isSingleton()) {
            checkIsGuarded(all, name, all.getBean(name));
        } else {
            inspect(name, type, false);
        }
    }

    /** A registered singleton does not pass through post-processors. */
    private void checkIsNoneOfOurs(String name, @Nullable Object registered) {
        if (registered != null && isUnguarded(registered)) {
            throw new InvalidLeaderOnlyException(
                    "Bean '" + name + "' (" + userClass(registered).getName()
                            + ") has @LeaderOnly, but was registered as a finished object (registerSingleton), which gets no"
                            + " proxy: it would run on every member.",
                    "Register a bean definition instead, for example with GenericApplicationContext.registerBean(name, type,"
                            + " supplier) or a @Bean method.");
        }
    }

    private static Class<?> userClass(Object bean) {
        return ClassUtils.getUserClass(AopUtils.getTargetClass(bean));
    }

    private void inspectDefinition(ConfigurableListableBeanFactory all, String name) {
        // The container initializes a factory bean, but not its product.
        String made = all.isFactoryBean(name) ? BeanFactory.FACTORY_BEAN_PREFIX + name : name;
        Class<?> type = all.getType(made, false);
        if (type != null && all.getMergedBeanDefinition(name) instanceof RootBeanDefinition definition) {
            definitions.inspection().inspect(name, type, definition);
        }
    }

    /** Only the processor that makes the scheduler's calls can distinguish them from other calls. */
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
                                        + ") replaces Spring's processor of"
                                        + " @Scheduled, so a follower could not distinguish the scheduler's calls, which it"
                                        + " skips, from other calls, which it refuses.",
                                "Let that class extend " + LeaderAwareScheduledProcessor.class.getName() + ".");
                    }
                });
    }

    private void checkIsGuarded(ConfigurableListableBeanFactory all, String name, Object made) {
        if (isUnguarded(made) && !isOverriddenByATest(all.getBeanDefinition(name))) {
            throw new InvalidLeaderOnlyException(
                    "Bean '" + name + "' (" + userClass(made).getName()
                            + ") has @LeaderOnly, but was created too early for a proxy: something like a BeanPostProcessor"
                            + " depends on it.",
                    "Remove that dependency: make the @Bean method of the post-processor static, or inject the bean"
                            + " lazily.");
        }
    }

    private boolean isUnguarded(Object bean) {
        Advisor own = advisor;
        return own != null
                && AopUtils.canApply(own, AopUtils.getTargetClass(bean))
                && !isGuarded(bean)
                && !isMock(bean);
    }

    /** A field of a test, such as one with {@code @TestBean}, replaces the bean with an object of the test. */
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
            throw new IllegalStateException("A static target source failed to return its target", ex);
        }
        // A target that changes is a separate bean.
        return target == null || isGuarded(target);
    }

    /** A mock is not guarded: it replaces the bean in a test. */
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
