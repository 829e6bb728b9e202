package io.election.autoconfigure;

import io.election.LeaderChangedEvent;
import io.election.LeaderElectedEvent;
import io.election.Leadership;
import io.election.MembersChangedEvent;
import io.election.StepDownEvent;
import io.election.leaderonly.BoundComponents;
import io.election.leaderonly.BoundLookup;
import io.election.leaderonly.LeaderAwareLifecycleProcessor;
import io.election.leaderonly.LeaderAwareScheduling;
import io.election.leaderonly.LeaderBound;
import io.election.leaderonly.LeaderOnlyDefinitions;
import io.election.leaderonly.LeaderOnlyPostProcessor;
import io.election.leaderonly.LifecycleAdapter;
import io.election.leaderonly.ListenerEndpoints;
import io.election.leaderonly.MissedTicks;
import io.election.leaderonly.UnguardedContexts;
import io.election.node.LeadershipListener;
import io.election.node.NodeObserver;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.SearchStrategy;
import org.springframework.boot.autoconfigure.context.LifecycleAutoConfiguration;
import org.springframework.boot.autoconfigure.context.LifecycleProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.PayloadApplicationEvent;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.event.SmartApplicationListener;
import org.springframework.context.support.AbstractApplicationContext;
import org.springframework.core.env.Environment;
import org.springframework.util.ClassUtils;

/**
 * Leader-only work: {@link io.election.LeaderOnly} and {@link LeaderBound}. Works with any {@link Leadership}, including an
 * application's own, if that publishes the events. Without one, leader-only code fails when it is called, rather than running on every
 * member.
 */
@AutoConfiguration(after = ElectionAutoConfiguration.class, before = LifecycleAutoConfiguration.class)
@EnableConfigurationProperties(ElectionProperties.class)
public final class LeaderOnlyAutoConfiguration {

    /** Depends on no bean before the first call, because it is created before all others. */
    @Bean
    static LeaderOnlyPostProcessor leaderOnlyPostProcessor(
            LeaderOnlyDefinitions definitions,
            ObjectProvider<Leadership> leadership,
            ObjectProvider<MissedTicks> missedTicks,
            Environment environment) {
        boolean web = ClassUtils.isPresent(
                "org.springframework.web.context.request.RequestContextHolder",
                LeaderOnlyAutoConfiguration.class.getClassLoader());
        LeaderOnlyPostProcessor processor =
                new LeaderOnlyPostProcessor(definitions, leadership::getObject, missedTicks::getObject, web);
        processor.setProxyTargetClass(
                environment.getProperty("spring.aop.proxy-target-class", Boolean.class, Boolean.TRUE));
        return processor;
    }

    /** Inspects each bean before it is injected and initialized. */
    @Bean
    static LeaderOnlyDefinitions leaderOnlyDefinitions() {
        return new LeaderOnlyDefinitions();
    }

    /** Lets a follower distinguish the scheduler's calls from others. */
    @Bean
    static LeaderAwareScheduling leaderAwareScheduling() {
        return new LeaderAwareScheduling();
    }

    @Bean
    MissedTicks leaderOnlyMissedTicks(ObjectProvider<NodeObserver> observers) {
        return new MissedTicks(
                job -> {
                    // Few and rare, and each lives as long as its job. A pool would have to be stopped.
                    Thread thread = new Thread(job, "election-catch-up");
                    thread.setDaemon(true);
                    thread.start();
                },
                () -> observers.orderedStream().toList());
    }

    @Bean
    BoundComponents leaderBoundComponents(
            ListableBeanFactory beans,
            ElectionProperties properties,
            ObjectProvider<Leadership> leadership,
            ObjectProvider<NodeObserver> observers,
            ObjectProvider<ListenerEndpoints<?>> listeners,
            ObjectProvider<LifecycleAdapter> adapters) {
        return new BoundComponents(
                new BoundLookup(
                        () -> ordered(beans),
                        () -> listeners.orderedStream().toList(),
                        () -> adapters.orderedStream().toList()),
                () -> leadership.getObject().isLeader(),
                () -> observers.orderedStream().toList(),
                properties.electionTimeout(),
                properties.handover().timeout());
    }

    /** The beans of this context. Its parents start their own. */
    private static Map<String, LeaderBound> ordered(ListableBeanFactory beans) {
        Map<LeaderBound, String> names = new java.util.IdentityHashMap<>();
        beans.getBeansOfType(LeaderBound.class).forEach((name, bound) -> names.put(bound, name));
        Map<String, LeaderBound> ordered = new LinkedHashMap<>();
        LocalBeans.ordered(beans, LeaderBound.class)
                .forEach(bound -> ordered.put(names.getOrDefault(bound, "?"), bound));
        return ordered;
    }

    @Bean
    UnguardedContexts leaderOnlyUnguardedContexts(ApplicationContext context) {
        return new UnguardedContexts(context);
    }

    /** Replaces Boot's own, only if a component is tied to the leadership. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnBean(value = LeaderBound.class, search = SearchStrategy.CURRENT)
    @EnableConfigurationProperties(LifecycleProperties.class)
    static class LifecycleConfiguration {

        @Bean(name = AbstractApplicationContext.LIFECYCLE_PROCESSOR_BEAN_NAME)
        @ConditionalOnMissingBean(
                name = AbstractApplicationContext.LIFECYCLE_PROCESSOR_BEAN_NAME,
                search = SearchStrategy.CURRENT)
        LeaderAwareLifecycleProcessor lifecycleProcessor(
                LifecycleProperties properties, ObjectProvider<BoundComponents> bound) {
            LeaderAwareLifecycleProcessor processor = new LeaderAwareLifecycleProcessor(bound::getObject);
            processor.setTimeoutPerShutdownPhase(
                    properties.getTimeoutPerShutdownPhase().toMillis());
            return processor;
        }
    }

    /** An application's own {@link Leadership} publishes its events to the context, and to nobody else. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnMissingBean(value = ElectionRuntime.class, search = SearchStrategy.CURRENT)
    static class OwnLeadershipConfiguration {

        @Bean
        @Lazy(false)
        OwnLeadershipEvents ownLeadershipEvents(
                ConfigurableApplicationContext context,
                ElectionProperties properties,
                ObjectProvider<ElectionRuntime> inherited) {
            return new OwnLeadershipEvents(
                    context,
                    properties,
                    () -> LocalBeans.has(context, Leadership.class)
                            || (inherited.getIfAvailable() == null && !isToldByAnAncestor(context)));
        }

        /** Beans of the same name hide each other, so each context is asked. */
        private static boolean isToldByAnAncestor(ApplicationContext context) {
            for (ApplicationContext at = context.getParent(); at != null; at = at.getParent()) {
                if (LocalBeans.has(at, OwnLeadershipEvents.class)) {
                    return true;
                }
            }
            return false;
        }
    }

    /** Passes the events on that an application's own leadership publishes, whatever type their payload is declared as. */
    static final class OwnLeadershipEvents implements SmartApplicationListener {

        private final ConfigurableApplicationContext context;
        private final ChildContexts children;
        private final BooleanSupplier concerned;

        /** The order of events is that in which they are published. */
        private final ReentrantLock order = new ReentrantLock();

        /**
         * Creates the listener.
         *
         * @param concerned whether events that are published here are those of this context, and not its parent's
         */
        OwnLeadershipEvents(
                ConfigurableApplicationContext context, ElectionProperties properties, BooleanSupplier concerned) {
            this.context = context;
            this.concerned = concerned;
            this.children = new ChildContexts(
                    context, properties.standAt(), properties.handover().timeout(), task -> {
                        ordered(task);
                        return true;
                    });
        }

        private void ordered(Runnable task) {
            order.lock();
            try {
                task.run();
            } finally {
                order.unlock();
            }
        }

        @Override
        public boolean supportsEventType(Class<? extends ApplicationEvent> type) {
            return PayloadApplicationEvent.class.isAssignableFrom(type) || children.supportsEventType(type);
        }

        @Override
        public void onApplicationEvent(ApplicationEvent event) {
            if (!(event instanceof PayloadApplicationEvent<?> of)) {
                if (concerned.getAsBoolean()) {
                    children.onApplicationEvent(event);
                }
                return;
            }
            Object payload = of.getPayload();
            if (payload instanceof LeaderElectedEvent elected && concerned.getAsBoolean()) {
                ordered(() -> {
                    own().forEach(listener -> listener.onLeaderElected(elected));
                    children.onLeaderElected(elected);
                });
            } else if (payload instanceof StepDownEvent steppedDown && concerned.getAsBoolean()) {
                ordered(() -> {
                    children.onStepDown(steppedDown);
                    own().forEach(listener -> listener.onStepDown(steppedDown));
                });
            } else if (payload instanceof LeaderChangedEvent changed && concerned.getAsBoolean()) {
                ordered(() -> {
                    own().forEach(listener -> listener.onLeaderChanged(changed));
                    children.onLeaderChanged(changed);
                });
            } else if (payload instanceof MembersChangedEvent changed && concerned.getAsBoolean()) {
                ordered(() -> {
                    own().forEach(listener -> listener.onMembersChanged(changed));
                    children.onMembersChanged(changed);
                });
            }
        }

        private List<LeadershipListener> own() {
            return LocalBeans.ordered(context, LeadershipListener.class);
        }
    }
}
