package io.election.leaderonly;

import org.jspecify.annotations.Nullable;
import org.quartz.Scheduler;
import org.quartz.SchedulerException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.Lifecycle;
import org.springframework.context.SmartLifecycle;
import org.springframework.scheduling.SchedulingException;
import org.springframework.scheduling.quartz.SchedulerFactoryBean;

/**
 * Ties a Quartz scheduler to the leadership. The scheduler's own stop puts it on standby and returns while jobs are still running,
 * and another job may even begin. Here a stop lets no further job begin, and completes when the last one has ended. If the members'
 * schedulers do not share their triggers, what fell due while this member did not lead is skipped at its election, because the
 * leader of that time has run it.
 */
public final class QuartzAdapter implements LifecycleAdapter {

    private static final Logger logger = LoggerFactory.getLogger(QuartzAdapter.class);

    /** Creates an adapter. */
    public QuartzAdapter() {}

    @Override
    public boolean adapts(Lifecycle component) {
        return component instanceof SchedulerFactoryBean;
    }

    @Override
    public @Nullable SmartLifecycle adapt(Lifecycle component) {
        return component instanceof SchedulerFactoryBean factory ? new LeadersScheduler(factory) : null;
    }

    @Override
    public String autoStartupAdvice() {
        return "Set spring.quartz.auto-startup=false, or call setAutoStartup(false) on a SchedulerFactoryBean of your own.";
    }

    private static final class LeadersScheduler implements SmartLifecycle {

        private final SchedulerFactoryBean factory;
        private final Scheduler scheduler;
        private final JobGate gate;
        private final boolean shared;

        LeadersScheduler(SchedulerFactoryBean factory) {
            this.factory = factory;
            this.scheduler = factory.getScheduler();
            try {
                this.shared = scheduler.getMetaData().isJobStoreClustered();
                this.gate = new JobGate(scheduler, shared);
                scheduler.getListenerManager().addTriggerListener(gate);
                scheduler.getListenerManager().addJobListener(gate);
                if (!shared && scheduler.getMetaData().isJobStoreSupportsPersistence()) {
                    logger.atWarn()
                            .addKeyValue(WiringLogKeys.SCHEDULER, scheduler.getSchedulerName())
                            .log(
                                    "Quartz scheduler '{}' is tied to the leadership, and its job store is persistent and not"
                                            + " clustered. If all members use this store, set spring.quartz.properties"
                                            + ".org.quartz.jobStore.isClustered=true: otherwise triggers that a failed leader"
                                            + " had acquired stay acquired, and what fell due while nobody led is skipped. If"
                                            + " each member has a store of its own, nothing needs to be done.",
                                    scheduler.getSchedulerName());
                }
            } catch (SchedulerException failure) {
                throw new SchedulingException("Could not tie a Quartz scheduler to the leadership", failure);
            }
        }

        @Override
        public void start() {
            if (!shared) {
                try {
                    MissedFirings.skip(scheduler);
                } catch (SchedulerException failure) {
                    throw new SchedulingException("Could not skip what fell due before this member led", failure);
                }
            }
            gate.open();
            try {
                factory.start();
            } catch (RuntimeException failure) {
                gate.close();
                throw failure;
            }
        }

        @Override
        public void stop() {
            gate.close();
            factory.stop();
        }

        @Override
        public void stop(Runnable callback) {
            stop();
            gate.whenIdle(callback);
        }

        @Override
        public boolean isRunning() {
            return factory.isRunning();
        }

        @Override
        public boolean isAutoStartup() {
            return factory.isAutoStartup();
        }

        @Override
        public int getPhase() {
            return factory.getPhase();
        }
    }
}
