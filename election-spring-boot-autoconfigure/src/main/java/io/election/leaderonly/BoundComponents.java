package io.election.leaderonly;

import io.election.LeaderChangedEvent;
import io.election.LeaderElectedEvent;
import io.election.StepDownEvent;
import io.election.core.LackOfMemory;
import io.election.core.LogKeys;
import io.election.node.LeadershipListener;
import io.election.node.NodeObserver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.IdentityHashMap;
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
 * Starts and stops the components that {@link LeaderBound} beans tie to the leadership. While this member leads, a failed start is
 * tried again, with a pause that doubles up to a minute. Giving the leadership up instead would pass it around among members on which
 * the start fails as well.
 */
public final class BoundComponents
        implements LeadershipListener, SmartInitializingSingleton, ApplicationListener<ApplicationContextEvent> {

    private static final Logger logger = LoggerFactory.getLogger(BoundComponents.class);
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

    private final BoundLookup lookup;
    private final BooleanSupplier leads;
    private final Supplier<List<NodeObserver>> observers;
    private final Duration slow;
    private final Duration longest;

    /** Held while components start or stop: the events' thread and a later attempt must not do both at once. */
    private final ReentrantLock lock = new ReentrantLock();

    /** In the order of their start; {@code null} until all beans have been made and they were looked up. */
    private volatile @Nullable List<BoundComponent> components;

    /** What the context sees instead of registries that hold some of them. */
    private final Map<Lifecycle, UnboundListeners> registries = new IdentityHashMap<>();

    /** The term in which they are to run, or {@code null}; guarded by the lock for changes. */
    private volatile @Nullable Long runsIn;

    /** Those started in this term, in the order of their start. */
    private final List<BoundComponent> started = new ArrayList<>();

    /**
     * Creates the driver.
     *
     * @param lookup finds what is tied to the leadership
     * @param leads whether this member leads at this instant
     * @param observers count starts and stops that fail
     * @param slow how long a stop may take before the log says so
     * @param longest how long a stop is awaited at most
     */
    public BoundComponents(
            BoundLookup lookup,
            BooleanSupplier leads,
            Supplier<List<NodeObserver>> observers,
            Duration slow,
            Duration longest) {
        this.lookup = lookup;
        this.leads = leads;
        this.observers = observers;
        this.slow = slow;
        this.longest = longest;
    }

    // ------------------------------------------------------------------------------------------------ the check

    @Override
    public void afterSingletonsInstantiated() {
        lookup.checkGiven();
    }

    /**
     * All components that are tied to the leadership. They are looked up as late as possible, when the context is about to start
     * its lifecycle beans: listeners are registered after all beans have been created, in no particular order with this one.
     */
    private List<BoundComponent> components() {
        List<BoundComponent> known = components;
        if (known == null) {
            lock.lock();
            try {
                known = components;
                if (known == null) {
                    known = lookup.find();
                    components = known;
                }
            } finally {
                lock.unlock();
            }
        }
        return known;
    }

    /** Whether a component is tied to the leadership, so that the context neither starts nor stops it. */
    boolean has(Object component) {
        for (BoundComponent each : components()) {
            if (each.component() == component) {
                return true;
            }
        }
        return false;
    }

    /** What the context starts and stops in place of a bean: the bean itself, or the unbound part of a registry. */
    Lifecycle withoutBound(Lifecycle bean) {
        Supplier<Map<String, SmartLifecycle>> held = lookup.containersOf(bean);
        if (held == null || held.get().values().stream().noneMatch(this::has)) {
            return bean;
        }
        synchronized (registries) {
            return registries.computeIfAbsent(
                    bean,
                    registry -> new UnboundListeners(
                            (SmartLifecycle) registry,
                            () -> held.get().values().stream()
                                    .filter(container -> !has(container))
                                    .toList()));
        }
    }

    /** A component may have been started by something other than the context, such as a registry that starts all its containers. */
    @Override
    public void onApplicationEvent(ApplicationContextEvent event) {
        if (event instanceof ContextStartedEvent || event instanceof ContextRefreshedEvent) {
            lock.lock();
            try {
                List<BoundComponent> all = components();
                if (runsIn == null) {
                    all.forEach(component -> {
                        if (component.driven().isRunning()) {
                            logger.atError()
                                    .addKeyValue(WiringLogKeys.COMPONENT, component.name())
                                    .log(
                                            "{} was started although this member does not lead, and is stopped now. Make"
                                                    + " sure that only its LeaderBound starts it.",
                                            component.name());
                            stop(component);
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

    /** Starts what is not running yet. What fails is tried again after a pause. */
    private void startMissing(long term, Duration pause) {
        boolean failed = false;
        for (BoundComponent each : components()) {
            // The leadership may be over when its election is delivered late. Its StepDownEvent follows.
            if (!started.contains(each) && leads.getAsBoolean()) {
                try {
                    each.driven().start();
                    started.add(each);
                } catch (RuntimeException | Error failure) {
                    failed = true;
                    count();
                    logger.atError()
                            .addKeyValue(WiringLogKeys.COMPONENT, each.name())
                            .addKeyValue(LogKeys.TERM, term)
                            .setCause(failure)
                            .log(
                                    "{} could not be started. This member leads without it, and tries again in {} s.",
                                    each.name(),
                                    pause.toSeconds());
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
        // An attempt that waits for the lock sees this.
        runsIn = null;
        OutOfMemoryError again = null;
        lock.lock();
        // One component's interrupt must not keep the others from being stopped and awaited. The caller gets it in the
        // end.
        boolean interrupted = Thread.interrupted();
        try {
            runsIn = null;
            for (int i = started.size() - 1; i >= 0; i--) {
                try {
                    stop(started.get(i));
                    started.remove(i);
                    interrupted |= Thread.interrupted();
                } catch (Error failure) {
                    OutOfMemoryError noMemory = LackOfMemory.in(failure);
                    if (noMemory == null) {
                        throw failure;
                    }
                    // The event is delivered again, for what could not be stopped.
                    again = noMemory;
                }
            }
            if (again != null) {
                throw again;
            }
        } finally {
            lock.unlock();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /**
     * Stops one component and waits until it has stopped, for no longer than a handover may take. An interrupt does not end the wait:
     * another member may lead as soon as it is over.
     */
    private void stop(BoundComponent component) {
        String name = component.name();
        long began = System.nanoTime();
        CountDownLatch stopped = new CountDownLatch(1);
        after(slow).execute(() -> {
            if (stopped.getCount() > 0) {
                logger.atWarn()
                        .addKeyValue(WiringLogKeys.COMPONENT, name)
                        .addKeyValue(LogKeys.DURATION, slow.toMillis())
                        .log(
                                "{} has been stopping for more than {} ms. This member no longer leads; if it lost the"
                                        + " leadership, another member may lead already.",
                                name,
                                slow.toMillis());
            }
        });
        try {
            if (component.driven() instanceof SmartLifecycle smart) {
                smart.stop(stopped::countDown);
            } else {
                component.driven().stop();
                stopped.countDown();
            }
            if (!awaitUninterruptibly(stopped)) {
                logger.atError()
                        .addKeyValue(WiringLogKeys.COMPONENT, name)
                        .addKeyValue(LogKeys.DURATION, longest.toMillis())
                        .log(
                                "{} has not stopped within {} ms. It is not waited for any longer.",
                                name,
                                longest.toMillis());
                count();
                return;
            }
        } catch (RuntimeException | Error failure) {
            OutOfMemoryError noMemory = LackOfMemory.in(failure);
            if (noMemory != null) {
                // It has not stopped, and must not count as stopped.
                throw noMemory;
            }
            count();
            logger.atError()
                    .addKeyValue(WiringLogKeys.COMPONENT, name)
                    .setCause(failure)
                    .log("{} could not be stopped.", name);
        } finally {
            stopped.countDown();
        }
        long took = System.nanoTime() - began;
        if (took > slow.toNanos()) {
            logger.atWarn()
                    .addKeyValue(WiringLogKeys.COMPONENT, name)
                    .addKeyValue(LogKeys.DURATION, took / 1_000_000)
                    .log("{} took {} ms to stop.", name, took / 1_000_000);
        }
    }

    private boolean awaitUninterruptibly(CountDownLatch stopped) {
        long until = System.nanoTime() + longest.toNanos();
        boolean interrupted = false;
        while (true) {
            try {
                boolean inTime = stopped.await(until - System.nanoTime(), TimeUnit.NANOSECONDS);
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
                return inTime;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
    }

    private void count() {
        observers.get().forEach(NodeObserver::listenerFailed);
    }

    @Override
    public void onLeaderChanged(LeaderChangedEvent event) {}
}
