package io.election.leaderonly;

import java.util.ArrayList;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.quartz.JobExecutionContext;
import org.quartz.JobExecutionException;
import org.quartz.JobListener;
import org.quartz.Scheduler;
import org.quartz.SchedulerException;
import org.quartz.SimpleScheduleBuilder;
import org.quartz.Trigger;
import org.quartz.TriggerBuilder;
import org.quartz.TriggerListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Lets the jobs of one scheduler begin while the gate is open, and knows which of them are running. Standby alone is not enough: a
 * scheduler that has acquired a trigger fires it even if it is put on standby a few milliseconds before. A job could then begin
 * after all running jobs had been seen to end.
 */
final class JobGate implements TriggerListener, JobListener {

    private static final Logger logger = LoggerFactory.getLogger(JobGate.class);

    private final Scheduler scheduler;
    private final boolean shared;

    /** Guards what follows. */
    private final ReentrantLock lock = new ReentrantLock();

    /** The firings that were let in and have not ended. */
    private final Set<String> running = new HashSet<>();

    private final List<Runnable> whenIdle = new ArrayList<>();
    private boolean open;

    /**
     * Creates a closed gate.
     *
     * @param shared whether the members share the triggers, so that a firing refused here is lost for all
     */
    JobGate(Scheduler scheduler, boolean shared) {
        this.scheduler = scheduler;
        this.shared = shared;
    }

    void open() {
        lock.lock();
        try {
            open = true;
        } finally {
            lock.unlock();
        }
    }

    void close() {
        lock.lock();
        try {
            open = false;
        } finally {
            lock.unlock();
        }
    }

    /** Calls back once, when no job runs: now, or at the end of the last one. */
    void whenIdle(Runnable callback) {
        lock.lock();
        try {
            if (!running.isEmpty()) {
                whenIdle.add(callback);
                return;
            }
        } finally {
            lock.unlock();
        }
        callback.run();
    }

    // ------------------------------------------------------------------------------------------------ firings

    @Override
    public String getName() {
        return "io.election.leader-bound";
    }

    @Override
    public boolean vetoJobExecution(Trigger trigger, JobExecutionContext firing) {
        lock.lock();
        try {
            if (open) {
                running.add(firing.getFireInstanceId());
                return false;
            }
            // Something else started the scheduler. Under the lock, so that this cannot undo the start at an election.
            if (!scheduler.isInStandbyMode()) {
                scheduler.standby();
            }
        } catch (SchedulerException failure) {
            logger.atError()
                    .setCause(failure)
                    .log("A Quartz scheduler could not be put on standby although this member does not lead.");
        } finally {
            lock.unlock();
        }
        refuse(trigger, firing);
        return true;
    }

    private static LoggingEventBuilder at(LoggingEventBuilder line, Trigger trigger, JobExecutionContext firing) {
        return line.addKeyValue(WiringLogKeys.JOB, firing.getJobDetail().getKey())
                .addKeyValue(WiringLogKeys.TRIGGER, trigger.getKey());
    }

    /** Skips the tick of a trigger that fires again. A firing that would be lost for good is scheduled again. */
    private void refuse(Trigger trigger, JobExecutionContext firing) {
        Date next = trigger.getNextFireTime();
        if (!shared && next != null) {
            at(logger.atInfo(), trigger, firing)
                    .log(
                            "Job {} is not run, because this member does not lead. Its trigger {} fires again at {}.",
                            firing.getJobDetail().getKey(),
                            trigger.getKey(),
                            next.toInstant());
            return;
        }
        try {
            scheduler.scheduleJob(TriggerBuilder.newTrigger()
                    .forJob(firing.getJobDetail().getKey())
                    .withIdentity(
                            trigger.getKey().getName() + "-" + firing.getFireInstanceId(),
                            trigger.getKey().getGroup())
                    .withPriority(trigger.getPriority())
                    .usingJobData(trigger.getJobDataMap())
                    .startAt(firing.getScheduledFireTime())
                    .withSchedule(SimpleScheduleBuilder.simpleSchedule().withMisfireHandlingInstructionFireNow())
                    .build());
            at(logger.atInfo(), trigger, firing)
                    .log(
                            "Job {} is not run, because this member does not lead. Its trigger {} {}",
                            firing.getJobDetail().getKey(),
                            trigger.getKey(),
                            shared
                                    ? "is scheduled again for the next leader."
                                    : "would not fire again, so it is scheduled again until this member leads.");
        } catch (SchedulerException failure) {
            at(logger.atError(), trigger, firing)
                    .setCause(failure)
                    .log(
                            "Job {} is not run, because this member does not lead. Its trigger {} could not be scheduled"
                                    + " again. Schedule it by hand.",
                            firing.getJobDetail().getKey(),
                            trigger.getKey());
        }
    }

    /** Another listener refused it. */
    @Override
    public void jobExecutionVetoed(JobExecutionContext firing) {
        ended(firing);
    }

    @Override
    public void jobWasExecuted(JobExecutionContext firing, @Nullable JobExecutionException failure) {
        ended(firing);
    }

    private void ended(JobExecutionContext firing) {
        List<Runnable> callbacks;
        lock.lock();
        try {
            running.remove(firing.getFireInstanceId());
            if (!running.isEmpty()) {
                return;
            }
            callbacks = List.copyOf(whenIdle);
            whenIdle.clear();
        } finally {
            lock.unlock();
        }
        callbacks.forEach(Runnable::run);
    }

    @Override
    public void jobToBeExecuted(JobExecutionContext firing) {}

    @Override
    public void triggerFired(Trigger trigger, JobExecutionContext firing) {}

    @Override
    public void triggerMisfired(Trigger trigger) {}

    @Override
    public void triggerComplete(
            Trigger trigger, JobExecutionContext firing, Trigger.CompletedExecutionInstruction instruction) {}
}
