package io.election.autoconfigure;

import io.election.LeaderChangedEvent;
import io.election.LeaderElectedEvent;
import io.election.StepDownEvent;
import io.election.node.LeadershipListener;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationListener;
import org.springframework.context.PayloadApplicationEvent;
import org.springframework.context.event.ApplicationEventMulticaster;
import org.springframework.context.event.SimpleApplicationEventMulticaster;
import org.springframework.context.support.AbstractApplicationContext;

/**
 * Publishes events to the context and its parents, on the thread that brings them: the stop of a leader waits for its
 * listeners. Spring's multicaster stops at the first listener that throws; here the others still get the event, then the
 * first failure is thrown. Where the application has a multicaster of its own kind, that one is used, and its rules hold.
 */
final class ContextEvents implements LeadershipListener {

    private final ApplicationContext context;

    ContextEvents(ApplicationContext context) {
        this.context = context;
    }

    @Override
    public void onLeaderElected(LeaderElectedEvent event) {
        List<Throwable> failures = new ArrayList<>();
        publish(event, failures);
        tell(listener -> listener.onLeaderElected(event), failures);
        rethrow(failures);
    }

    /** In the reverse order: what was begun last ends first. */
    @Override
    public void onStepDown(StepDownEvent event) {
        List<Throwable> failures = new ArrayList<>();
        tell(listener -> listener.onStepDown(event), failures);
        publish(event, failures);
        rethrow(failures);
    }

    @Override
    public void onLeaderChanged(LeaderChangedEvent event) {
        List<Throwable> failures = new ArrayList<>();
        publish(event, failures);
        tell(listener -> listener.onLeaderChanged(event), failures);
        rethrow(failures);
    }

    /** Tells those that must not depend on the multicaster that an application may have. */
    private void tell(Consumer<LeadershipListener> event, List<Throwable> failures) {
        for (LeadershipListener listener : context.getBeanProvider(LeadershipListener.class)
                .orderedStream()
                .toList()) {
            try {
                event.accept(listener);
            } catch (RuntimeException | Error failure) {
                failures.add(failure);
            }
        }
    }

    private void publish(Object event, List<Throwable> failures) {
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
