package io.election.autoconfigure;

import io.election.LeaderChangedEvent;
import io.election.LeaderElectedEvent;
import io.election.MembersChangedEvent;
import io.election.StepDownEvent;
import io.election.StepDownReason;
import io.election.core.LackOfMemory;
import io.election.node.LeadershipListener;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.PayloadApplicationEvent;
import org.springframework.context.event.ApplicationEventMulticaster;
import org.springframework.context.event.GenericApplicationListenerAdapter;
import org.springframework.context.event.SimpleApplicationEventMulticaster;
import org.springframework.context.support.AbstractApplicationContext;
import org.springframework.core.ResolvableType;

/**
 * Publishes events to a context, its children and its parents, or to a child alone. It does so on the caller's thread, because the stop
 * of a leader waits for its listeners. Spring's multicaster stops at the first listener that throws; here the others still receive the
 * event, and the first failure is thrown afterwards. If the application has a multicaster of its own, that one is used, and its rules
 * apply.
 *
 * <p>If the end of a leadership could not be delivered for lack of memory, the caller publishes it again. Only listeners that have not
 * received it, or failed for that reason, are called then.
 */
final class ContextEvents implements LeadershipListener {

    private static final List<ResolvableType> EVENTS = Stream.of(
                    LeaderElectedEvent.class, StepDownEvent.class, LeaderChangedEvent.class, MembersChangedEvent.class)
            .map(type -> ResolvableType.forClassWithGenerics(PayloadApplicationEvent.class, type))
            .toList();

    /** One of each kind, which nobody receives. */
    private static final List<Object> SAMPLES = List.of(
            new LeaderElectedEvent("", "", 0, null),
            new StepDownEvent("", "", 0, StepDownReason.SHUTDOWN),
            new LeaderChangedEvent("", "", 0, null),
            new MembersChangedEvent("", "", 0, List.of(), List.of()));

    private final ConfigurableApplicationContext context;
    private final @Nullable ChildContexts children;

    // Of the latest end, who has been told. Used on the thread that brings the events; room is made before it is
    // needed.
    private @Nullable StepDownEvent latestEnd;
    private final Set<Object> told = Collections.newSetFromMap(new IdentityHashMap<>(64));
    private final Set<Object> published = Collections.newSetFromMap(new IdentityHashMap<>(256));
    private final Map<AbstractApplicationContext, Listeners> known = new IdentityHashMap<>();

    /**
     * Creates the way to the listeners.
     *
     * @param context whose listeners are told first
     * @param children told after it, and at an end before it; {@code null} for a child itself, whose parents have been told
     */
    ContextEvents(ConfigurableApplicationContext context, @Nullable ChildContexts children) {
        this.context = context;
        this.children = children;
    }

    String name() {
        return context.getDisplayName();
    }

    boolean isActive() {
        return context.isActive();
    }

    /** Whether this context itself, not its parents, has a listener for any of these events. */
    boolean hasListeners() {
        return LocalBeans.has(context, LeadershipListener.class)
                || !(context instanceof AbstractApplicationContext ours)
                || ours.getApplicationListeners().stream()
                        .map(GenericApplicationListenerAdapter::new)
                        .anyMatch(listener -> EVENTS.stream().anyMatch(listener::supportsEventType));
    }

    @Override
    public void onLeaderElected(LeaderElectedEvent event) {
        List<Throwable> failures = new ArrayList<>();
        forget(null);
        publish(event, failures);
        tell(event, failures);
        if (children != null) {
            children.onLeaderElected(event);
        }
        rethrow(failures);
    }

    /** In reverse order: what started last ends first. */
    @Override
    public void onStepDown(StepDownEvent event) {
        List<Throwable> failures = new ArrayList<>();
        if (event != latestEnd) {
            forget(event);
        }
        if (children != null) {
            try {
                children.onStepDown(event);
            } catch (OutOfMemoryError noMemory) {
                failures.add(noMemory);
            }
        }
        tell(event, failures);
        publish(event, failures);
        rethrow(failures);
    }

    @Override
    public void onLeaderChanged(LeaderChangedEvent event) {
        List<Throwable> failures = new ArrayList<>();
        forget(null);
        publish(event, failures);
        tell(event, failures);
        if (children != null) {
            children.onLeaderChanged(event);
        }
        rethrow(failures);
    }

    @Override
    public void onMembersChanged(MembersChangedEvent event) {
        List<Throwable> failures = new ArrayList<>();
        forget(null);
        publish(event, failures);
        tell(event, failures);
        if (children != null) {
            children.onMembersChanged(event);
        }
        rethrow(failures);
    }

    /** Tells those that must not depend on the multicaster that an application may have. */
    private void tell(Object event, List<Throwable> failures) {
        for (LeadershipListener listener : LocalBeans.ordered(context, LeadershipListener.class)) {
            if (!told.contains(listener)) {
                attempt(() -> tell(listener, event), listener, told, failures);
            }
        }
    }

    /** One way for all events: what the first of them has loaded and linked serves the end of a leadership, too. */
    private static void tell(LeadershipListener listener, Object event) {
        if (event instanceof LeaderElectedEvent elected) {
            listener.onLeaderElected(elected);
        } else if (event instanceof StepDownEvent steppedDown) {
            listener.onStepDown(steppedDown);
        } else if (event instanceof LeaderChangedEvent changed) {
            listener.onLeaderChanged(changed);
        } else if (event instanceof MembersChangedEvent changed) {
            listener.onMembersChanged(changed);
        }
    }

    private static void attempt(Runnable call, Object listener, Set<Object> done, List<Throwable> failures) {
        Throwable failure = null;
        try {
            call.run();
        } catch (RuntimeException | Error thrown) {
            failure = thrown;
        }
        if (failure == null) {
            done.add(listener);
        } else {
            OutOfMemoryError noMemory = LackOfMemory.in(failure);
            if (noMemory == null) {
                done.add(listener);
            }
            failures.add(noMemory == null ? failure : noMemory);
        }
    }

    private void forget(@Nullable StepDownEvent next) {
        latestEnd = next;
        told.clear();
        published.clear();
    }

    private void publish(Object event, List<Throwable> failures) {
        if (children == null) {
            publishHere(event, failures);
            return;
        }
        ApplicationContext at = context;
        while (at != null) {
            if (at instanceof AbstractApplicationContext ours && hasPlainMulticaster(ours)) {
                publishToEach(ours, event, failures);
                at = ours.getParent();
            } else {
                // This reaches the parents, too.
                if (!published.contains(at)) {
                    ApplicationContext other = at;
                    attempt(() -> other.publishEvent(event), at, published, failures);
                }
                at = null;
            }
        }
    }

    /** Publishes to a child, whose parents have received the event. */
    private void publishHere(Object event, List<Throwable> failures) {
        if (!context.isActive()) {
            return;
        }
        if (context instanceof AbstractApplicationContext ours && hasPlainMulticaster(ours)) {
            publishToEach(ours, event, failures);
            return;
        }
        if (!published.contains(context)) {
            attempt(
                    () -> context.getBean(
                                    AbstractApplicationContext.APPLICATION_EVENT_MULTICASTER_BEAN_NAME,
                                    ApplicationEventMulticaster.class)
                            .multicastEvent(new PayloadApplicationEvent<>(context, event)),
                    context,
                    published,
                    failures);
        }
    }

    private static boolean hasPlainMulticaster(AbstractApplicationContext context) {
        String name = AbstractApplicationContext.APPLICATION_EVENT_MULTICASTER_BEAN_NAME;
        return context.getBeanFactory().containsLocalBean(name)
                && context.getBeanFactory()
                                .getBean(name, ApplicationEventMulticaster.class)
                                .getClass()
                        == SimpleApplicationEventMulticaster.class;
    }

    private void publishToEach(AbstractApplicationContext context, Object event, List<Throwable> failures) {
        Listeners listeners = known.get(context);
        if (listeners == null || !listeners.areStillThoseOf(context)) {
            listeners = Listeners.of(context, published);
            known.put(context, listeners);
            // The first event is that a leader is known, for which nobody waits. The next may be the end of a
            // leadership, for whose
            // listeners another member waits.
            listeners.multicaster().findListeners(context);
        }
        listeners.multicaster().multicast(new PayloadApplicationEvent<>(context, event), failures);
    }

    /**
     * The listeners of a context, found by a search through its beans, and what would show that there are others now.
     *
     * @param multicaster calls them
     * @param registered those that the context has been given
     * @param definitions how many beans were defined
     * @param singletons how many existed
     */
    private record Listeners(
            EachOnce multicaster, List<ApplicationListener<?>> registered, int definitions, int singletons) {

        static Listeners of(AbstractApplicationContext context, Set<Object> published) {
            ConfigurableListableBeanFactory beans = context.getBeanFactory();
            EachOnce each = new EachOnce(beans, published);
            List<ApplicationListener<?>> registered = List.copyOf(context.getApplicationListeners());
            registered.forEach(each::addApplicationListener);
            for (String name : beans.getBeanNamesForType(ApplicationListener.class, true, false)) {
                each.addApplicationListenerBean(name);
            }
            return new Listeners(each, registered, beans.getBeanDefinitionCount(), beans.getSingletonCount());
        }

        boolean areStillThoseOf(AbstractApplicationContext context) {
            ConfigurableListableBeanFactory beans = context.getBeanFactory();
            return definitions == beans.getBeanDefinitionCount()
                    && singletons == beans.getSingletonCount()
                    && registered.equals(List.copyOf(context.getApplicationListeners()));
        }
    }

    /** Calls each listener once, and once more if it failed for lack of memory. */
    private static final class EachOnce extends SimpleApplicationEventMulticaster {

        private final Set<Object> published;
        private List<Throwable> failures = List.of();

        EachOnce(BeanFactory beans, Set<Object> published) {
            super(beans);
            this.published = published;
        }

        /** Finds the listeners of each kind of event, unless that would make one that is not there yet. */
        void findListeners(AbstractApplicationContext context) {
            ConfigurableListableBeanFactory beans = context.getBeanFactory();
            for (String name : beans.getBeanNamesForType(ApplicationListener.class, true, false)) {
                if (!beans.containsSingleton(name)) {
                    return;
                }
            }
            for (Object event : SAMPLES) {
                PayloadApplicationEvent<Object> sample = new PayloadApplicationEvent<>(context, event);
                getApplicationListeners(sample, sample.getResolvableType());
            }
        }

        void multicast(ApplicationEvent event, List<Throwable> failed) {
            failures = failed;
            multicastEvent(event);
        }

        @Override
        protected void invokeListener(ApplicationListener<?> listener, ApplicationEvent event) {
            if (!published.contains(listener)) {
                attempt(() -> super.invokeListener(listener, event), listener, published, failures);
            }
        }
    }

    /** A lack of memory takes precedence, because the delivery is then tried again. */
    private static void rethrow(List<Throwable> failures) {
        if (failures.isEmpty()) {
            return;
        }
        Throwable first = failures.stream()
                .filter(OutOfMemoryError.class::isInstance)
                .findFirst()
                .orElse(failures.get(0));
        failures.stream().filter(other -> other != first).forEach(first::addSuppressed);
        if (first instanceof Error error) {
            throw error;
        }
        if (first instanceof RuntimeException failure) {
            throw failure;
        }
        throw new IllegalStateException(first);
    }
}
