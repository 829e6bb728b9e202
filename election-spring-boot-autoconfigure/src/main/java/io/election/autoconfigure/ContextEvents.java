package io.election.autoconfigure;

import io.election.LeaderChangedEvent;
import io.election.LeaderElectedEvent;
import io.election.StepDownEvent;
import io.election.node.LeadershipListener;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.PayloadApplicationEvent;
import org.springframework.context.event.ApplicationEventMulticaster;
import org.springframework.context.event.GenericApplicationListenerAdapter;
import org.springframework.context.event.SimpleApplicationEventMulticaster;
import org.springframework.context.support.AbstractApplicationContext;
import org.springframework.core.ResolvableType;

/**
 * Publishes events to a context, its children and its parents, or to a child alone, on the thread that brings them: the stop of a leader waits for its
 * listeners. Spring's multicaster stops at the first listener that throws; here the others still get the event, then the
 * first failure is thrown. Where the application has a multicaster of its own kind, that one is used, and its rules hold.
 */
final class ContextEvents implements LeadershipListener {

    private static final List<ResolvableType> EVENTS = Stream.of(
                    LeaderElectedEvent.class, StepDownEvent.class, LeaderChangedEvent.class)
            .map(type -> ResolvableType.forClassWithGenerics(PayloadApplicationEvent.class, type))
            .toList();

    private final ConfigurableApplicationContext context;
    private final @Nullable ChildContexts children;

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

    /** Whether anybody in this very context listens to any of these events. */
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
        publish(event, failures);
        tell(listener -> listener.onLeaderElected(event), failures);
        if (children != null) {
            children.onLeaderElected(event);
        }
        rethrow(failures);
    }

    /** In the reverse order: what was begun last ends first. */
    @Override
    public void onStepDown(StepDownEvent event) {
        List<Throwable> failures = new ArrayList<>();
        if (children != null) {
            children.onStepDown(event);
        }
        tell(listener -> listener.onStepDown(event), failures);
        publish(event, failures);
        rethrow(failures);
    }

    @Override
    public void onLeaderChanged(LeaderChangedEvent event) {
        List<Throwable> failures = new ArrayList<>();
        publish(event, failures);
        tell(listener -> listener.onLeaderChanged(event), failures);
        if (children != null) {
            children.onLeaderChanged(event);
        }
        rethrow(failures);
    }

    /** Tells those that must not depend on the multicaster that an application may have. */
    private void tell(Consumer<LeadershipListener> event, List<Throwable> failures) {
        for (LeadershipListener listener : LocalBeans.ordered(context, LeadershipListener.class)) {
            try {
                event.accept(listener);
            } catch (RuntimeException | Error failure) {
                failures.add(failure);
            }
        }
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
                // Goes to the parents too.
                try {
                    at.publishEvent(event);
                } catch (RuntimeException | Error failure) {
                    failures.add(failure);
                }
                at = null;
            }
        }
    }

    /** To a child, whose parents have been told. */
    private void publishHere(Object event, List<Throwable> failures) {
        if (!context.isActive()) {
            return;
        }
        if (context instanceof AbstractApplicationContext ours && hasPlainMulticaster(ours)) {
            publishToEach(ours, event, failures);
            return;
        }
        try {
            context.getBean(
                            AbstractApplicationContext.APPLICATION_EVENT_MULTICASTER_BEAN_NAME,
                            ApplicationEventMulticaster.class)
                    .multicastEvent(new PayloadApplicationEvent<>(context, event));
        } catch (RuntimeException | Error failure) {
            failures.add(failure);
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

    private static void publishToEach(AbstractApplicationContext context, Object event, List<Throwable> failures) {
        // Made anew for each event, which are few: so it knows the listeners of this moment.
        SimpleApplicationEventMulticaster each = new SimpleApplicationEventMulticaster(context.getBeanFactory());
        each.setErrorHandler(failures::add);
        for (ApplicationListener<?> listener : context.getApplicationListeners()) {
            each.addApplicationListener(listener);
        }
        for (String name : context.getBeanFactory().getBeanNamesForType(ApplicationListener.class, true, false)) {
            each.addApplicationListenerBean(name);
        }
        each.multicastEvent(new PayloadApplicationEvent<>(context, event));
    }

    private static void rethrow(List<Throwable> failures) {
        if (failures.isEmpty()) {
            return;
        }
        Throwable first = failures.get(0);
        failures.stream().skip(1).filter(other -> other != first).forEach(first::addSuppressed);
        if (first instanceof Error error) {
            throw error;
        }
        if (first instanceof RuntimeException failure) {
            throw failure;
        }
        throw new IllegalStateException(first);
    }
}
