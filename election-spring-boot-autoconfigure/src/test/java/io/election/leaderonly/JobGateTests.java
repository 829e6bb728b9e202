package io.election.leaderonly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.quartz.Job;
import org.quartz.JobBuilder;
import org.quartz.JobDetail;
import org.quartz.JobExecutionContext;
import org.quartz.JobExecutionException;
import org.quartz.JobKey;
import org.quartz.Scheduler;
import org.quartz.SchedulerException;
import org.quartz.SimpleScheduleBuilder;
import org.quartz.TriggerBuilder;
import org.quartz.TriggerKey;
import org.quartz.impl.StdSchedulerFactory;

/** Which jobs of a scheduler may begin, and when none runs. */
class JobGateTests {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final JobKey JOB = new JobKey("job");

    private static final AtomicInteger runs = new AtomicInteger();
    private static volatile CountDownLatch mayEnd = new CountDownLatch(0);

    private Scheduler scheduler;

    public static class Counting implements Job {

        @Override
        public void execute(JobExecutionContext context) throws JobExecutionException {
            int run = runs.incrementAndGet();
            try {
                mayEnd.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            if (context.getMergedJobDataMap().containsKey("again") && run == 1) {
                throw new JobExecutionException("again", true);
            }
        }
    }

    @BeforeEach
    void start() throws SchedulerException {
        runs.set(0);
        mayEnd = new CountDownLatch(0);
        Properties properties = new Properties();
        properties.setProperty(
                "org.quartz.scheduler.instanceName", UUID.randomUUID().toString());
        properties.setProperty("org.quartz.threadPool.threadCount", "2");
        scheduler = new StdSchedulerFactory(properties).getScheduler();
        JobDetail job = JobBuilder.newJob(Counting.class)
                .withIdentity(JOB)
                .storeDurably()
                .build();
        scheduler.addJob(job, false);
    }

    @AfterEach
    void stop() throws SchedulerException {
        mayEnd.countDown();
        scheduler.shutdown(true);
    }

    private JobGate gate(boolean shared) throws SchedulerException {
        JobGate gate = new JobGate(scheduler, shared);
        scheduler.getListenerManager().addTriggerListener(gate);
        scheduler.getListenerManager().addJobListener(gate);
        return gate;
    }

    private void everySecond() throws SchedulerException {
        scheduler.scheduleJob(TriggerBuilder.newTrigger()
                .forJob(JOB)
                .withIdentity("often")
                .withSchedule(SimpleScheduleBuilder.repeatSecondlyForever())
                .build());
    }

    @Test
    void aFiringAfterTheCloseIsRefusedAndItsSchedulerPutOnStandby() throws SchedulerException {
        gate(false);
        everySecond();
        scheduler.start();
        await().atMost(PATIENCE).until(scheduler::isInStandbyMode);
        assertThat(runs).hasValue(0);
        // Its next time is near enough: nothing is put back.
        assertThat(scheduler.getTriggersOfJob(JOB)).hasSize(1);
    }

    @Test
    void aRefusedFiringOfSharedTriggersIsPutBackForTheNextLeader() throws SchedulerException {
        JobGate gate = gate(true);
        everySecond();
        scheduler.start();
        await().atMost(PATIENCE).until(() -> scheduler.getTriggersOfJob(JOB).size() == 2);
        assertThat(scheduler.isInStandbyMode()).isTrue();
        assertThat(runs).hasValue(0);
        scheduler.unscheduleJob(new TriggerKey("often"));
        gate.open();
        scheduler.start();
        await().atMost(PATIENCE).until(() -> runs.get() == 1);
    }

    @Test
    void idleIsToldAtTheEndOfTheLastJob() throws SchedulerException {
        JobGate gate = gate(false);
        AtomicInteger told = new AtomicInteger();
        gate.whenIdle(told::incrementAndGet);
        assertThat(told).as("nothing runs yet").hasValue(1);

        mayEnd = new CountDownLatch(1);
        gate.open();
        scheduler.start();
        scheduler.triggerJob(JOB);
        scheduler.triggerJob(JOB);
        await().atMost(PATIENCE).until(() -> runs.get() == 2);
        gate.close();
        gate.whenIdle(told::incrementAndGet);
        assertThat(told).hasValue(1);
        mayEnd.countDown();
        await().atMost(PATIENCE).until(() -> told.get() == 2);
    }

    @Test
    void idleWaitsForASingleJobToo() throws SchedulerException {
        JobGate gate = gate(false);
        AtomicInteger told = new AtomicInteger();
        mayEnd = new CountDownLatch(1);
        gate.open();
        scheduler.start();
        scheduler.triggerJob(JOB);
        await().atMost(PATIENCE).until(() -> runs.get() == 1);
        gate.close();
        gate.whenIdle(told::incrementAndGet);
        assertThat(told).hasValue(0);
        mayEnd.countDown();
        await().atMost(PATIENCE).until(() -> told.get() == 1);
    }

    @Test
    void aJobThatAsksToBeRunAgainIsNotAfterTheClose() throws SchedulerException {
        JobGate gate = gate(false);
        mayEnd = new CountDownLatch(1);
        gate.open();
        scheduler.start();
        scheduler.scheduleJob(TriggerBuilder.newTrigger()
                .forJob(JOB)
                .withIdentity("once")
                .usingJobData("again", "yes")
                .build());
        await().atMost(PATIENCE).until(() -> runs.get() == 1);
        gate.close();
        mayEnd.countDown();
        await().atMost(PATIENCE).until(scheduler::isInStandbyMode);
        await().atMost(PATIENCE)
                .until(() -> scheduler.getTriggersOfJob(JOB).stream()
                        .anyMatch(trigger -> trigger.getKey().getName().startsWith("once-")));
        assertThat(runs).hasValue(1);
        gate.open();
        scheduler.start();
        await().atMost(PATIENCE).until(() -> runs.get() == 2);
    }
}
