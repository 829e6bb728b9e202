package io.election.leaderonly;

import io.election.LeaderChangedEvent;
import io.election.LeaderElectedEvent;
import io.election.StepDownEvent;
import io.election.node.LeadershipListener;
import io.election.node.NodeObserver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.context.ApplicationListener;
import org.springframework.context.Lifecycle;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.ApplicationContextEvent;
import org.springframework.context.event.ContextRefreshedEvent;
import org.springframework.context.event.ContextStartedEvent;

/**
 * Starts and stops what {@link LeaderBound} beans tie to the leadership. A start that fails is tried again, with a pause
 * that doubles up to a minute, while this member leads: giving the leadership up instead would send it round among members
 * that fail alike.
 */
public final class BoundComponents
        implements LeadershipListener, SmartInitializingSingleton, ApplicationListener<ApplicationContextEvent> {

    private static final Logger logger = LoggerFactory.getLogger(BoundComponents.class);
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

    private final Supplier<Map<String, LeaderBound>> bounds;
    private final BooleanSupplier leads;
    private final Supplier<List<NodeObserver>> observers;
    private final Duration slow;
    private final Duration longest;

    /** Held while components start or stop: the events' thread and a later attempt must not do both at once. */
    private final ReentrantLock lock = new ReentrantLock();

    /** The components by what they are called in the log. */
    private volatile Map<String, Lifecycle> components = Map.of();

    /** The term in which they are to run, or {@code null}; guarded by the lock for changes. */
    private volatile @Nullable Long runsIn;

    /** Those started in this term, in the order of their start. */
    private final List<String> started = new ArrayList<>();

    /**
     * Creates the driver.
     *
     * @param bounds all beans that tie components to the leadership, by name
     * @param leads whether this member leads at this instant
     * @param observers count starts and stops that fail
     * @param slow how long a stop may take before it is reported
     * @param longest how long a stop is waited for
     */
    public BoundComponents(
            Supplier<Map<String, LeaderBound>> bounds,
            BooleanSupplier leads,
            Supplier<List<NodeObserver>> observers,
            Duration slow,
            Duration longest) {
        this.bounds = bounds;
        this.leads = leads;
        this.observers = observers;
        this.slow = slow;
        this.longest = longest;
    }

    // ------------------------------------------------------------------------------------------------ the check

    @Override
    public void afterSingletonsInstantiated() {
        Map<String, Lifecycle> named = new LinkedHashMap<>();
        bounds.get().forEach((bean, bound) -> {
            int place = 0;
            for (Lifecycle component : bound.components()) {
                check(bean, component);
                named.put(
                        component.getClass().getSimpleName() + " (" + bean
                                + (bound.components().size() == 1 ? "" : ", number " + ++place) + ")",
                        component);
            }
        });
        components = named;
    }

    private static void check(String bean, Lifecycle component) {
        String what = "Component " + component.getClass().getName() + " is tied to the leadership by the LeaderBound '"
                + bean + "', but ";
        if (component instanceof SmartLifecycle smart && smart.isAutoStartup()) {
            throw new InvalidLeaderOnlyException(
                    what + "starts by itself, on every member: its isAutoStartup() is true.",
                    "Switch that off, as with setAutoStartup(false) or autoStartup = \"false\".");
        }
        if (component.isRunning()) {
            throw new InvalidLeaderOnlyException(
                    what + "runs already, before anybody was elected.", "Do not start it; the LeaderBound does.");
        }
    }

    /** Whether a component is tied to the leadership, so that the context is to leave it alone. */
    boolean has(Object component) {
        for (Lifecycle each : components.values()) {
            if (each == component) {
                return true;
            }
        }
        return false;
    }

    /** Something else than the context may have started one, such as a registry that starts what it holds. */
    @Override
    public void onApplicationEvent(ApplicationContextEvent event) {
        if (event instanceof ContextStartedEvent || event instanceof ContextRefreshedEvent) {
            lock.lock();
            try {
                if (runsIn == null) {
                    components.forEach((name, component) -> {
                        if (component.isRunning()) {
                            logger.error(
                                    "{} was started by something else while this member does not lead. It is"
                                            + " stopped; see to it that nothing but its LeaderBound starts it.",
                                    name);
                            stop(name, component);
                        }
                    });
                }
            } finally {
                lock.unlock();
            }
        }
    }

    // ------------------------------------------------------------------------------------------------ the events

    @Override
    public void onLeaderElected(LeaderElectedEvent event) {
        lock.lock();
        try {
            runsIn = event.term();
            startMissing(event.term(), FIRST_PAUSE);
        } finally {
            lock.unlock();
        }
    }

    /** Starts what does not run yet; what fails is tried again after a pause. */
    private void startMissing(long term, Duration pause) {
        boolean failed = false;
        for (Map.Entry<String, Lifecycle> each : components.entrySet()) {
            String name = each.getKey();
            // An election that is told late may be over: its StepDownEvent follows.
            if (!started.contains(name) && leads.getAsBoolean()) {
                try {
                    each.getValue().start();
                    started.add(name);
                } catch (RuntimeException | Error failure) {
                    failed = true;
                    count();
                    logger.error(
                            "{} could not be started. This member leads without it, and tries again in {} s.",
                            name,
                            pause.toSeconds(),
                            failure);
                }
            }
        }
        if (failed) {
            Duration next = pause.multipliedBy(2);
            after(pause).execute(() -> tryAgain(term, next.compareTo(LONGEST_PAUSE) < 0 ? next : LONGEST_PAUSE));
        }
    }

    private static Executor after(Duration pause) {
        return CompletableFuture.delayedExecutor(pause.toNanos(), TimeUnit.NANOSECONDS, task -> {
            Thread thread = new Thread(task, "election-bound");
            thread.setDaemon(true);
            thread.start();
        });
    }

    private void tryAgain(long term, Duration pause) {
        lock.lock();
        try {
            Long now = runsIn;
            if (now != null && now == term) {
                startMissing(term, pause);
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void onStepDown(StepDownEvent event) {
        // Seen by an attempt that waits for the lock.
        runsIn = null;
        lock.lock();
        try {
            runsIn = null;
            for (int i = started.size() - 1; i >= 0; i--) {
                Lifecycle component = components.get(started.get(i));
                if (component != null) {
                    stop(started.get(i), component);
                }
            }
            started.clear();
        } finally {
            lock.unlock();
        }
    }

    /** Stops one component and waits for that, for as long as a handover may take at most. */
    private void stop(String name, Lifecycle component) {
        long began = System.nanoTime();
        CountDownLatch stopped = new CountDownLatch(1);
        after(slow).execute(() -> {
            if (stopped.getCount() > 0) {
                logger.warn(
                        "{} has been stopping for more than {} ms, though this member leads no longer. If the leadership"
                                + " was lost, another member may lead already.",
                        name,
                        slow.toMillis());
            }
        });
        try {
            if (component instanceof SmartLifecycle smart) {
                smart.stop(stopped::countDown);
            } else {
                component.stop();
                stopped.countDown();
            }
            if (!stopped.await(longest.toNanos(), TimeUnit.NANOSECONDS)) {
                logger.error("{} has not stopped within {} ms; it is left to itself.", name, longest.toMillis());
                count();
                return;
            }
        } catch (RuntimeException | Error failure) {
            count();
            logger.error("{} could not be stopped.", name, failure);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            stopped.countDown();
        }
        long took = System.nanoTime() - began;
        if (took > slow.toNanos()) {
            logger.warn("{} took {} ms to stop.", name, took / 1_000_000);
        }
    }

    private void count() {
        observers.get().forEach(NodeObserver::listenerFailed);
    }

    @Override
    public void onLeaderChanged(LeaderChangedEvent event) {}
}
