package io.election.leaderonly;

import io.election.LeaderChangedEvent;
import io.election.LeaderElectedEvent;
import io.election.StepDownEvent;
import io.election.core.LogKeys;
import io.election.leaderonly.LeaderOnlyMethods.Rule;
import io.election.node.LeadershipListener;
import io.election.node.NodeObserver;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts the calls that were skipped because this member did not lead. When it is elected, it runs the scheduled methods whose
 * ticks were skipped shortly before. A job never runs twice at once here: a tick that falls due while a skipped one is being made
 * up for is not run as well.
 */
public final class MissedTicks implements LeadershipListener {

    private static final Logger logger = LoggerFactory.getLogger(MissedTicks.class);

    private final Executor executor;
    private final Supplier<List<NodeObserver>> observers;
    private final LongSupplier nanoTime;

    /** Guarded by itself; as many as there are scheduled methods with a time to catch up in. */
    private final Map<Job, State> jobs = new HashMap<>();

    /** By the bean's instance, or by what stands for all instances that a scope makes of it. */
    private record Job(@Nullable Object bean, Method method) {

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Job job && job.bean == bean && job.method.equals(method);
        }

        @Override
        public int hashCode() {
            return 31 * System.identityHashCode(bean) + method.hashCode();
        }
    }

    /** What is known of one job. */
    private static final class State {
        @Nullable Call missed;

        long missedUntilNanos;
        boolean running;
    }

    /** A call that may throw anything. */
    @FunctionalInterface
    interface Call {
        @Nullable Object proceed() throws Throwable;
    }

    /**
     * Creates the memory.
     *
     * @param executor runs the jobs that are made up
     * @param observers count what is skipped
     */
    public MissedTicks(Executor executor, Supplier<List<NodeObserver>> observers) {
        this(executor, observers, System::nanoTime);
    }

    MissedTicks(Executor executor, Supplier<List<NodeObserver>> observers, LongSupplier nanoTime) {
        this.executor = executor;
        this.observers = observers;
        this.nanoTime = nanoTime;
    }

    /** The scheduler, or this, calls a job of a bean. */
    @Nullable Object tick(@Nullable Object bean, Rule rule, Call call) throws Throwable {
        if (rule.catchUp() == null) {
            return call.proceed();
        }
        State state;
        synchronized (jobs) {
            state = jobs.computeIfAbsent(new Job(bean, rule.method()), job -> new State());
            if (state.running) {
                logger.atDebug()
                        .addKeyValue(WiringLogKeys.METHOD, rule.method())
                        .log("{} is still running, so this tick is not run as well.", rule.method());
                return null;
            }
            state.running = true;
            state.missed = null;
        }
        try {
            return call.proceed();
        } finally {
            synchronized (jobs) {
                state.running = false;
            }
        }
    }

    /** A call was skipped, because this member does not lead. */
    void skipped(Rule rule) {
        logger.atDebug()
                .addKeyValue(WiringLogKeys.METHOD, rule.method())
                .log("Skipped {}, because this member does not lead.", rule.method());
        observers.get().forEach(NodeObserver::workSkipped);
    }

    /** The scheduler's call was skipped; {@code again} makes it once more. */
    void missed(@Nullable Object bean, Rule rule, Call again) {
        skipped(rule);
        Duration remembered = rule.catchUp();
        if (remembered != null) {
            synchronized (jobs) {
                State state = jobs.computeIfAbsent(new Job(bean, rule.method()), job -> new State());
                state.missed = again;
                state.missedUntilNanos = nanoTime.getAsLong() + remembered.toNanos();
            }
        }
    }

    @Override
    public void onLeaderElected(LeaderElectedEvent event) {
        long now = nanoTime.getAsLong();
        Map<Job, Call> due = new HashMap<>();
        synchronized (jobs) {
            jobs.forEach((job, state) -> {
                Call missed = state.missed;
                state.missed = null;
                if (missed != null && state.missedUntilNanos - now > 0) {
                    due.put(job, missed);
                }
            });
        }
        due.forEach(this::makeUp);
    }

    private void makeUp(Job job, Call missed) {
        try {
            executor.execute(() -> {
                logger.atInfo()
                        .addKeyValue(WiringLogKeys.METHOD, job.method())
                        .log("Running {} for a tick that was skipped while this member did not lead.", job.method());
                try {
                    missed.proceed();
                } catch (Throwable failure) {
                    // As the scheduler does: a job may throw anything, and its next tick still comes.
                    logger.atError()
                            .addKeyValue(WiringLogKeys.METHOD, job.method())
                            .setCause(failure)
                            .log("{} failed when it was run for a skipped tick.", job.method());
                }
            });
        } catch (RejectedExecutionException closing) {
            logger.atWarn()
                    .addKeyValue(WiringLogKeys.METHOD, job.method())
                    .addKeyValue(LogKeys.REASON, closing.getMessage())
                    .log("A skipped tick of {} is not made up for: {}", job.method(), closing.getMessage());
        }
    }

    @Override
    public void onStepDown(StepDownEvent event) {}

    @Override
    public void onLeaderChanged(LeaderChangedEvent event) {}
}
