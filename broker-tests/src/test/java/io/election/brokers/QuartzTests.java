package io.election.brokers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.election.LeaderOnly;
import io.election.Leadership;
import io.election.leaderonly.LeaderBound;
import io.election.test.AutoConfigureTestLeadership;
import io.election.test.ElectionCluster;
import io.election.test.TestLeadership;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.quartz.CalendarIntervalScheduleBuilder;
import org.quartz.CronScheduleBuilder;
import org.quartz.DailyTimeIntervalScheduleBuilder;
import org.quartz.Job;
import org.quartz.JobBuilder;
import org.quartz.JobDetail;
import org.quartz.JobExecutionContext;
import org.quartz.JobKey;
import org.quartz.ScheduleBuilder;
import org.quartz.Scheduler;
import org.quartz.SchedulerException;
import org.quartz.SimpleScheduleBuilder;
import org.quartz.SimpleTrigger;
import org.quartz.TimeOfDay;
import org.quartz.Trigger;
import org.quartz.TriggerBuilder;
import org.quartz.TriggerKey;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.scheduling.quartz.QuartzJobBean;
import org.springframework.scheduling.quartz.SchedulerFactoryBean;
import org.springframework.test.annotation.DirtiesContext;

/** Quartz jobs on the leader only: by a scheduler that is tied to the leadership, and by jobs that are marked. */
@SpringBootTest(classes = QuartzTests.TiedScheduler.class, properties = "spring.quartz.auto-startup=false")
@AutoConfigureTestLeadership
@DirtiesContext
@ExtendWith(OutputCaptureExtension.class)
class QuartzTests {

    private static final JobKey INVOICES = new JobKey("invoices");

    /** Longer than a handover takes that waits for nothing. */
    private static final Duration WHILE = Duration.ofMillis(1200);

    @Autowired
    Scheduler scheduler;

    @Autowired
    TestLeadership leadership;

    @BeforeEach
    void begin() throws SchedulerException {
        Story.begin();
        RecordingJob.fired.clear();
        scheduler.deleteJob(RecordingJob.KEY);
    }

    // ------------------------------------------------------------------------------------------------ applications

    static class Telling {

        @Bean
        Story.Teller teller(@Value("${election.node-id:node-0}") String node) {
            return new Story.Teller(node);
        }
    }

    @SpringBootConfiguration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Telling.class)
    static class TiedScheduler {

        @Bean
        JobDetail invoices() {
            return JobBuilder.newJob(PlainJob.class)
                    .withIdentity(INVOICES)
                    .storeDurably()
                    .build();
        }

        @Bean
        LeaderBound jobsOnTheLeader(SchedulerFactoryBean scheduler) {
            return new LeaderBound(scheduler);
        }
    }

    static class PlainJob implements Job {

        private final Story.Teller story;

        PlainJob(Story.Teller story) {
            this.story = story;
        }

        @Override
        public void execute(JobExecutionContext context) {
            story.process("invoices");
        }
    }

    @SpringBootConfiguration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Telling.class)
    static class MarkedJob {

        @Bean
        JobDetail invoices() {
            return JobBuilder.newJob(InvoiceJob.class)
                    .withIdentity(INVOICES)
                    .storeDurably()
                    .build();
        }

        @Bean
        Invoices work(Story.Teller story) {
            return new Invoices(story);
        }
    }

    record Invoices(Story.Teller story) {

        void issue() {
            story.process("invoices");
        }
    }

    static class InvoiceJob implements Job {

        private final Invoices invoices;

        InvoiceJob(Invoices invoices) {
            this.invoices = invoices;
        }

        @Override
        @LeaderOnly(skip = true)
        public void execute(JobExecutionContext context) {
            invoices.issue();
        }
    }

    /** Says for each trigger when it should have fired. */
    public static class RecordingJob implements Job {

        static final JobKey KEY = new JobKey("recording");
        static final Map<String, List<Instant>> fired = new ConcurrentHashMap<>();

        @Override
        public void execute(JobExecutionContext context) {
            fired.computeIfAbsent(context.getTrigger().getKey().getName(), name -> new CopyOnWriteArrayList<>())
                    .add(context.getScheduledFireTime().toInstant());
        }
    }

    // ------------------------------------------------------------------------------------------------ handovers

    @ParameterizedTest
    @ValueSource(classes = {TiedScheduler.class, MarkedJob.class})
    void theSuccessorLeadsWhenTheRunningJobHasEnded(Class<?> application) throws SchedulerException {
        try (ElectionCluster cluster = ElectionCluster.of(application)
                        .properties(Story.UNHURRIED)
                        .properties(
                                "spring.quartz.auto-startup=" + (application == MarkedJob.class),
                                "spring.quartz.wait-for-jobs-to-complete-on-shutdown=true",
                                "election.handover.timeout=25s")
                        .start();
                Story.Hold held = Story.hold("invoices")) {
            ElectionCluster.Member first = cluster.awaitLeader();
            Story.awaitLine(first.id() + " is elected");
            first.bean(Scheduler.class).triggerJob(INVOICES);
            Story.awaitLine("begins invoices");
            var handover = first.leadership().handOver(null).toCompletableFuture();
            await().during(WHILE)
                    .atMost(Story.PATIENCE)
                    .until(() -> cluster.members().stream()
                            .map(ElectionCluster.Member::leadership)
                            .noneMatch(Leadership::isLeader));
            Story.release();
            await().atMost(Story.PATIENCE).until(handover::isDone);
            String second = cluster.awaitLeader().id();
            Story.awaitLine(second + " is elected");
            assertThat(second).isNotEqualTo(first.id());
            assertThat(Story.lines())
                    .containsSubsequence(
                            first.id() + " begins invoices", first.id() + " ends invoices", second + " is elected");
        }
    }

    @Test
    void aClosingContextAwaitsTheRunningJobBeforeTheStepDown() throws Exception {
        try (ConfigurableApplicationContext closed = new SpringApplicationBuilder(TiedScheduler.class)
                        .run("--spring.quartz.auto-startup=false", "--election.handover.timeout=25s");
                Story.Hold held = Story.hold("invoices")) {
            Story.awaitLine("is elected");
            Leadership closedLeadership = closed.getBean(Leadership.class);
            closed.getBean(Scheduler.class).triggerJob(INVOICES);
            Story.awaitLine("begins invoices");
            Thread closing = new Thread(closed::close);
            closing.start();
            await().atMost(Story.PATIENCE).until(() -> !closedLeadership.isLeader());
            await().during(Duration.ofMillis(500)).atMost(Story.PATIENCE).until(closing::isAlive);
            Story.release();
            closing.join();
        }
        assertThat(Story.lines())
                .containsExactly(
                        "node-0 is elected", "node-0 begins invoices", "node-0 ends invoices", "node-0 stepped down");
    }

    @Test
    void aMarkedJobIsSkippedOnAFollower() throws Exception {
        try (ConfigurableApplicationContext follower = new SpringApplicationBuilder(MarkedJob.class)
                .run("--election.enabled=false", "--election.when-disabled=follower")) {
            Scheduler running = follower.getBean(Scheduler.class);
            running.addJob(
                    JobBuilder.newJob(RecordingJob.class)
                            .withIdentity(RecordingJob.KEY)
                            .storeDurably()
                            .build(),
                    true);
            running.triggerJob(INVOICES);
            await().atMost(Story.PATIENCE)
                    .until(() -> running.getTriggersOfJob(INVOICES).isEmpty()
                            && running.getCurrentlyExecutingJobs().isEmpty());
            running.triggerJob(RecordingJob.KEY);
            await().atMost(Story.PATIENCE).until(() -> !RecordingJob.fired.isEmpty());
            assertThat(Story.lines()).isEmpty();
        }
    }

    /** Whoever makes it: marked, and without a proxy unless Spring has made it. */
    public static class UnguardedJob implements Job {

        @Override
        @LeaderOnly(skip = true)
        public void execute(JobExecutionContext context) {
            Story.tell("ran without its guard");
        }
    }

    @SpringBootConfiguration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class SchedulerOfItsOwn {

        @Bean
        SchedulerFactoryBean schedulerOfItsOwn() {
            SchedulerFactoryBean scheduler = new SchedulerFactoryBean();
            scheduler.setJobDetails(JobBuilder.newJob(UnguardedJob.class)
                    .withIdentity(INVOICES)
                    .storeDurably()
                    .build());
            return scheduler;
        }
    }

    @Test
    void aMarkedJobThatSpringHasNotMadeIsRefusedAndReported(CapturedOutput output) throws Exception {
        try (ConfigurableApplicationContext follower = new SpringApplicationBuilder(SchedulerOfItsOwn.class)
                .run("--election.enabled=false", "--election.when-disabled=follower")) {
            Scheduler running = follower.getBean(Scheduler.class);
            running.triggerJob(INVOICES);
            await().atMost(Story.PATIENCE)
                    .until(() -> running.getTriggersOfJob(INVOICES).isEmpty());
            assertThat(Story.lines()).isEmpty();
            assertThat(output).contains("Job DEFAULT.invoices does not run on any member", "SpringBeanJobFactory");
        }
    }

    public static class SpringsJob extends QuartzJobBean {

        @Override
        @LeaderOnly(skip = true)
        protected void executeInternal(JobExecutionContext context) {
            Story.tell("executed internally");
        }
    }

    @SpringBootConfiguration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class SpringsJobApplication {

        @Bean
        JobDetail invoices() {
            return JobBuilder.newJob(SpringsJob.class)
                    .withIdentity(INVOICES)
                    .storeDurably()
                    .build();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"leader", "follower"})
    void aJobOfSpringsOwnKindIsMarkedAtItsInnerMethod(String role) throws Exception {
        try (ConfigurableApplicationContext context = new SpringApplicationBuilder(SpringsJobApplication.class)
                .run("--election.enabled=false", "--election.when-disabled=" + role)) {
            Scheduler running = context.getBean(Scheduler.class);
            Leadership leads = context.getBean(Leadership.class);
            await().atMost(Story.PATIENCE).until(() -> leads.isLeader() == role.equals("leader"));
            running.triggerJob(INVOICES);
            await().atMost(Story.PATIENCE)
                    .until(() -> running.getTriggersOfJob(INVOICES).isEmpty());
            assertThat(Story.lines()).hasSize(role.equals("leader") ? 1 : 0);
        }
    }

    // ------------------------------------------------------------------------------------------------ what was missed

    private void schedule(String name, Duration ago, ScheduleBuilder<?> schedule) throws SchedulerException {
        if (!scheduler.checkExists(RecordingJob.KEY)) {
            scheduler.addJob(
                    JobBuilder.newJob(RecordingJob.class)
                            .withIdentity(RecordingJob.KEY)
                            .storeDurably()
                            .build(),
                    true);
        }
        scheduler.scheduleJob(TriggerBuilder.newTrigger()
                .forJob(RecordingJob.KEY)
                .withIdentity(name)
                .startAt(Date.from(Instant.now().minus(ago)))
                .withSchedule(schedule)
                .build());
    }

    private static SimpleScheduleBuilder every(Duration interval) {
        return SimpleScheduleBuilder.simpleSchedule().withIntervalInMilliseconds(interval.toMillis());
    }

    private static CronScheduleBuilder everyNewYear() {
        return CronScheduleBuilder.cronSchedule("0 0 0 1 1 ?");
    }

    @Test
    void whatFellDueBeforeTheElectionIsSkipped() throws SchedulerException {
        Duration year = Duration.ofDays(400);
        // Within Quartz's misfire threshold for triggers in memory, 5 s: it would fire them all.
        schedule("often", Duration.ofSeconds(4), every(Duration.ofMillis(200)).repeatForever());
        schedule("cron", Duration.ofSeconds(4), CronScheduleBuilder.cronSchedule("* * * * * ?"));
        // Beyond it, it would fire these once.
        schedule("yearly", year, everyNewYear());
        schedule("yearly, do nothing", year, everyNewYear().withMisfireHandlingInstructionDoNothing());
        schedule(
                "calendar",
                year,
                CalendarIntervalScheduleBuilder.calendarIntervalSchedule().withIntervalInYears(1));
        schedule(
                "daily",
                Duration.ofDays(2),
                DailyTimeIntervalScheduleBuilder.dailyTimeIntervalSchedule()
                        .withIntervalInHours(24)
                        .startingDailyAt(TimeOfDay.hourAndMinuteOfDay(0, 0)));
        schedule("finite", Duration.ofHours(10), every(Duration.ofHours(4)).withRepeatCount(5));

        Instant elected = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        leadership.grant();
        await().atMost(Story.PATIENCE).until(() -> firedSize("often") >= 3 && firedSize("cron") >= 2);
        leadership.revoke();

        assertThat(RecordingJob.fired.keySet()).containsExactlyInAnyOrder("often", "cron");
        assertThat(RecordingJob.fired.get("often")).allMatch(time -> !time.isBefore(elected));
        assertThat(RecordingJob.fired.get("cron")).allMatch(time -> !time.isBefore(elected));
        for (String name : List.of("yearly", "yearly, do nothing", "calendar", "daily", "finite")) {
            assertThat(scheduler.getTrigger(new TriggerKey(name)).getNextFireTime())
                    .as(name)
                    .isAfter(Instant.now());
        }
        // Six times were planned, at 0, 4, 8, 12, 16 and 20 h; ten hours are over, and after the fourth there are two
        // more.
        assertThat(((SimpleTrigger) scheduler.getTrigger(new TriggerKey("finite"))).getRepeatCount())
                .isEqualTo(2);
    }

    private static int firedSize(String trigger) {
        return RecordingJob.fired.getOrDefault(trigger, List.of()).size();
    }

    @Test
    void whatWouldNeverFallDueAgainOrIsAskedForFiresOnceAtTheElection() throws SchedulerException {
        schedule("once", Duration.ofHours(1), SimpleScheduleBuilder.simpleSchedule());
        schedule("asked for", Duration.ofDays(400), everyNewYear().withMisfireHandlingInstructionFireAndProceed());
        schedule("paused", Duration.ofHours(1), every(Duration.ofMinutes(7)).repeatForever());
        scheduler.pauseTrigger(new TriggerKey("paused"));
        leadership.grant();
        await().atMost(Story.PATIENCE).until(() -> firedSize("once") == 1 && firedSize("asked for") == 1);
        leadership.revoke();
        leadership.grant();
        assertThat(RecordingJob.fired.keySet()).containsExactlyInAnyOrder("once", "asked for");
        assertThat(firedSize("asked for")).isEqualTo(1);
        assertThat(scheduler.getTriggerState(new TriggerKey("paused"))).isEqualTo(Trigger.TriggerState.PAUSED);
    }

    @Test
    void aSchedulerThatSomethingElseStartsRunsNothingOnAFollowerAndLosesNothing() throws SchedulerException {
        scheduler.start();
        scheduler.triggerJob(INVOICES);
        await().atMost(Story.PATIENCE).until(() -> scheduler.isInStandbyMode());
        await().atMost(Story.PATIENCE)
                .until(() -> scheduler.getTriggersOfJob(INVOICES).size() == 1);
        assertThat(Story.lines()).isEmpty();
        leadership.grant();
        Story.awaitLine("ends invoices");
        assertThat(Story.lines())
                .containsExactly("node-0 is elected", "node-0 begins invoices", "node-0 ends invoices");
    }
}
