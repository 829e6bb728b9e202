package io.election.autoconfigure;

import io.election.LeaderChangedEvent;
import io.election.LeaderElectedEvent;
import io.election.Leadership;
import io.election.MembersChangedEvent;
import io.election.StepDownEvent;
import io.election.StepDownReason;
import io.election.core.LackOfMemory;
import io.election.core.LogKeys;
import io.election.leaderonly.WiringLogKeys;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.event.SpringApplicationEvent;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.event.ApplicationContextEvent;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.ContextRefreshedEvent;
import org.springframework.context.event.ContextStartedEvent;
import org.springframework.context.event.ContextStoppedEvent;
import org.springframework.context.event.SmartApplicationListener;
import org.springframework.core.Ordered;

/**
 * The contexts below the one that has the leadership. One process is one member, so its contexts share one leadership. A child
 * receives the events from the moment it is ready until it closes. One that becomes ready while this member leads receives the
 * LeaderElectedEvent then. One that closes while this member leads receives a StepDownEvent, and its listeners are awaited.
 *
 * <p>A child that has a {@link Leadership} of its own belongs to that one, as do the contexts below it.
 */
final class ChildContexts implements SmartApplicationListener {

    private static final Logger logger = LoggerFactory.getLogger(ChildContexts.class);

    private final ConfigurableApplicationContext owner;
    private final ElectionProperties.StandAt standAt;
    private final Duration longestStop;
    private final Predicate<Runnable> inOrder;

    private final Map<ConfigurableApplicationContext, Child> known = new ConcurrentHashMap<>();

    /** The children that are ready and wait for their turn among the events. */
    private final Queue<Child> arrived = new ConcurrentLinkedQueue<>();

    /** The children that receive the events. Changed in the order of the events, unless there are none. */
    private final List<Child> children = new CopyOnWriteArrayList<>();

    /** The leadership whose election has been delivered and whose end has not. */
    private volatile @Nullable LeaderElectedEvent current;

    /** A context and the election that it was told of. */
    private static final class Child {
        final ContextEvents events;
        final Readiness readiness;
        volatile @Nullable LeaderElectedEvent told;

        Child(ContextEvents events, Readiness readiness) {
            this.events = events;
            this.readiness = readiness;
        }
    }

    /** A task in the order of the events; its text names it in the log if it takes long. */
    private record Turn(String context, Runnable task) implements Runnable {

        @Override
        public void run() {
            task.run();
        }

        @Override
        public String toString() {
            return "context " + context;
        }
    }

    /**
     * Creates the listener.
     *
     * @param owner the context that has the leadership
     * @param standAt which event of a child means that it is ready
     * @param longestStop how long a closing child waits for its listeners
     * @param inOrder runs a task in the order of the events; returns {@code false} if no events are delivered now
     */
    ChildContexts(
            ConfigurableApplicationContext owner,
            ElectionProperties.StandAt standAt,
            Duration longestStop,
            Predicate<Runnable> inOrder) {
        this.owner = owner;
        this.standAt = standAt;
        this.longestStop = longestStop;
        this.inOrder = inOrder;
    }

    // ------------------------------------------------------------------------------------------------ contexts

    @Override
    public boolean supportsEventType(Class<? extends ApplicationEvent> type) {
        return ApplicationContextEvent.class.isAssignableFrom(type)
                || SpringApplicationEvent.class.isAssignableFrom(type);
    }

    /** After the application's own listeners, which may add listeners themselves. */
    @Override
    public int getOrder() {
        return Ordered.LOWEST_PRECEDENCE;
    }

    @Override
    public void onApplicationEvent(ApplicationEvent event) {
        if (event instanceof ApplicationContextEvent of
                && of.getApplicationContext() instanceof ConfigurableApplicationContext context) {
            if (event instanceof ContextRefreshedEvent && isBelow(context)) {
                known.computeIfAbsent(context, this::meet);
            }
            Child child = known.get(context);
            // A context that is only paused, as cached test contexts are, is not told to step down.
            if (child != null && event instanceof ContextClosedEvent) {
                known.remove(context);
                child.readiness.end();
                leave(child);
            } else if (child != null && event.getClass() == ContextStoppedEvent.class) {
                leave(child);
            } else if (child != null
                    && event.getClass() == ContextStartedEvent.class
                    && child.readiness.isReady()
                    && !children.contains(child)) {
                join(child);
            }
        }
        known.values().forEach(child -> child.readiness.on(event));
    }

    private Child meet(ConfigurableApplicationContext context) {
        Child[] child = new Child[1];
        Readiness readiness = new Readiness(
                context,
                standAt,
                () -> join(child[0]),
                holding -> logger.atWarn()
                        .addKeyValue(WiringLogKeys.CONTEXT, context.getDisplayName())
                        .addKeyValue(LogKeys.REASON, holding)
                        .log(
                                "Context '{}' receives no leadership events, and its LeaderBound components are not started,"
                                        + " because it is not ready: {}.",
                                context.getDisplayName(),
                                holding));
        child[0] = new Child(new ContextEvents(context, null), readiness);
        if (Readiness.isRunBySpringApplication(context)) {
            readiness.watch();
        }
        return child[0];
    }

    /** Whether this is the nearest context above that has a leadership. */
    private boolean isBelow(ConfigurableApplicationContext context) {
        for (ApplicationContext at = context; at != null; at = at.getParent()) {
            if (at == owner) {
                return at != context;
            }
            if (LocalBeans.has(at, Leadership.class)) {
                return false;
            }
        }
        return false;
    }

    private void join(Child child) {
        arrived.add(child);
        // If no events are delivered now, the next delivery begins with this.
        inOrder.test(new Turn(child.events.name() + ", which has become ready", this::settle));
    }

    private void leave(Child child) {
        if (arrived.remove(child)) {
            return;
        }
        if (child.told == null || !child.events.hasListeners()) {
            children.remove(child);
            return;
        }
        CountDownLatch left = new CountDownLatch(1);
        boolean eventsCome = inOrder.test(new Turn(child.events.name() + ", which is closed", () -> {
            try {
                depart(child);
            } finally {
                left.countDown();
            }
        }));
        if (!eventsCome) {
            children.remove(child);
            return;
        }
        try {
            if (!left.await(longestStop.toNanos(), TimeUnit.NANOSECONDS)) {
                logger.atWarn()
                        .addKeyValue(WiringLogKeys.CONTEXT, child.events.name())
                        .addKeyValue(LogKeys.DURATION, longestStop.toMillis())
                        .log(
                                "Context '{}' closes although its StepDownEvent listeners have not returned within {} ms.",
                                child.events.name(),
                                longestStop.toMillis());
                children.remove(child);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    // ------------------------------------------------------------------------------------------------ events, in order

    private void depart(Child child) {
        LeaderElectedEvent ending = child.told;
        if (children.remove(child) && ending != null) {
            child.told = null;
            told(
                    child,
                    () -> child.events.onStepDown(new StepDownEvent(
                            ending.cluster(), ending.nodeId(), ending.term(), StepDownReason.SHUTDOWN)));
        }
    }

    private void settle() {
        for (Child child = arrived.poll(); child != null; child = arrived.poll()) {
            children.add(child);
            LeaderElectedEvent leadership = current;
            if (leadership != null) {
                elected(child, leadership);
            }
        }
    }

    private static void elected(Child child, LeaderElectedEvent event) {
        child.told = event;
        told(child, () -> child.events.onLeaderElected(event));
    }

    /** A failing listener in one child does not keep the event from other contexts. */
    private static void told(Child child, Runnable event) {
        try {
            event.run();
        } catch (RuntimeException | Error failure) {
            failed(child, failure);
        }
    }

    private static void failed(Child child, Throwable failure) {
        logger.atError()
                .addKeyValue(WiringLogKeys.CONTEXT, child.events.name())
                .setCause(failure)
                .log("A leadership listener in context '{}' failed.", child.events.name());
    }

    private List<Child> listening() {
        settle();
        // A context whose start failed is never closed.
        children.removeIf(child -> !child.events.isActive());
        return children;
    }

    void onLeaderElected(LeaderElectedEvent event) {
        List<Child> all = listening();
        current = event;
        all.forEach(child -> elected(child, event));
    }

    /** In reverse order: what started last ends first. */
    void onStepDown(StepDownEvent event) {
        List<Child> latestFirst = new ArrayList<>(listening());
        Collections.reverse(latestFirst);
        current = null;
        OutOfMemoryError again = null;
        for (Child child : latestFirst) {
            child.told = null;
            try {
                child.events.onStepDown(event);
            } catch (RuntimeException | Error failure) {
                OutOfMemoryError noMemory = LackOfMemory.in(failure);
                if (noMemory != null) {
                    // The event is delivered again, to those that failed for this reason.
                    again = noMemory;
                    continue;
                }
                failed(child, failure);
            }
        }
        if (again != null) {
            throw again;
        }
    }

    void onLeaderChanged(LeaderChangedEvent event) {
        listening().forEach(child -> told(child, () -> child.events.onLeaderChanged(event)));
    }

    void onMembersChanged(MembersChangedEvent event) {
        listening().forEach(child -> told(child, () -> child.events.onMembersChanged(event)));
    }
}
