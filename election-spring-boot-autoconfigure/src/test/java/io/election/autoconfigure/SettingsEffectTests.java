package io.election.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.election.FreePorts;
import io.election.LeaderElectedEvent;
import io.election.Leadership;
import io.election.StepDownEvent;
import io.election.actuate.ElectionHealthIndicator;
import io.election.node.ElectionNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.event.EventListener;

/** What settings of the events and of the health do to a member that runs. */
class SettingsEffectTests {

    private static final Duration PATIENCE = Duration.ofSeconds(25);

    @TempDir
    Path directory;

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    ElectionAutoConfiguration.class,
                    LeaderOnlyAutoConfiguration.class,
                    ElectionHealthAutoConfiguration.class))
            .withPropertyValues("election.cluster=orders", "election.handover.timeout=60s");

    // ------------------------------------------------------------------------------------------------ the events

    /** Works, as long as it is let, in its first leadership. */
    static class Worker {

        final CountDownLatch mayReturn = new CountDownLatch(1);
        final List<String> said = new CopyOnWriteArrayList<>();

        @EventListener
        void on(LeaderElectedEvent event) {
            if (!said.isEmpty()) {
                return;
            }
            said.add("begins");
            try {
                mayReturn.await();
                said.add("ends");
            } catch (InterruptedException e) {
                said.add("is interrupted");
            }
        }

        @EventListener
        void on(StepDownEvent event) {
            said.add("hears of the end, " + (Thread.currentThread().isInterrupted() ? "interrupted" : "undisturbed"));
        }
    }

    @ParameterizedTest(name = "the member is listed: {0}")
    @ValueSource(booleans = {true, false})
    void aListenerThatStillRunsIsInterruptedWhenItsLeadershipEndsIfThatIsSet(boolean listed) throws Exception {
        (listed ? listed("") : runner)
                .withUserConfiguration(Worker.class)
                .withPropertyValues("election.events.interrupt=true")
                .run(context -> {
                    Worker worker = context.getBean(Worker.class);
                    await().atMost(PATIENCE).until(() -> worker.said.contains("begins"));
                    context.getBean(Leadership.class).stepDown();
                    await().atMost(PATIENCE).until(() -> worker.said.size() >= 3);
                    assertThat(worker.said).startsWith("begins", "is interrupted", "hears of the end, undisturbed");
                });
    }

    @Test
    void aListenerThatStillRunsIsLeftAloneByDefault() {
        runner.withUserConfiguration(Worker.class).run(context -> {
            Worker worker = context.getBean(Worker.class);
            Leadership leadership = context.getBean(Leadership.class);
            await().atMost(PATIENCE).until(() -> worker.said.contains("begins"));
            long term = leadership.term();
            leadership.stepDown();
            // Alone, it is elected again, and whatever the end of the first leadership brings has been done by then.
            await().atMost(PATIENCE).until(() -> leadership.isLeader() && leadership.term() > term);
            assertThat(worker.said).containsExactly("begins");
            worker.mayReturn.countDown();
            await().atMost(PATIENCE).until(() -> worker.said.size() >= 3);
            assertThat(worker.said).startsWith("begins", "ends", "hears of the end, undisturbed");
        });
    }

    // ------------------------------------------------------------------------------------------------ the rehearsal

    /** Until there is a leader, a rehearsal waits on its thread. */
    private static boolean waitsForARehearsal(String cluster) {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().equals("election-" + cluster + "-a-rehearsal"));
    }

    @Test
    void aMemberRehearsesByDefaultAndNoLongerThanItRuns() throws Exception {
        withoutALeader().withPropertyValues("election.cluster=rehearsing").run(context -> {
            await().atMost(PATIENCE).until(() -> waitsForARehearsal("rehearsing"));
            // Once more, as it may be said: there is still only one.
            context.getBean(ElectionNode.class).ready();
        });
        await().atMost(PATIENCE).until(() -> !waitsForARehearsal("rehearsing"));
    }

    @Test
    void aMemberDoesNotRehearseIfThatIsSwitchedOff() throws Exception {
        withoutALeader()
                .withPropertyValues("election.cluster=unrehearsed", "election.rehearsal.enabled=false")
                .run(context -> {
                    context.getBean(ElectionNode.class).ready();
                    assertThat(context.getBean(ElectionNode.class).isReady()).isTrue();
                    assertThat(waitsForARehearsal("unrehearsed")).isFalse();
                });
    }

    // ------------------------------------------------------------------------------------------------ the health

    /** A member whose only peer is not there. */
    private ApplicationContextRunner withoutALeader() throws IOException {
        return listed(",b=http://127.0.0.1:" + FreePorts.next());
    }

    private ApplicationContextRunner listed(String others) throws IOException {
        int own = FreePorts.next();
        return runner.withPropertyValues(
                "election.node-id=a",
                "election.peer.port=" + own,
                "election.peer.secret=a-secret-for-tests-only",
                "election.storage.directory=" + directory,
                "election.members=a=http://127.0.0.1:" + own + others);
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {"-, UNKNOWN", "down, DOWN", "out-of-service, OUT_OF_SERVICE", "Lost, LOST"})
    void aMemberThatKnowsNoLeaderForLongerThanTheGraceHasTheStatusThatIsSet(String setting, String status)
            throws Exception {
        withoutALeader()
                .withPropertyValues("election.health.leaderless-grace=1ms")
                .withPropertyValues(setting == null ? "none=" : "election.health.no-leader-status=" + setting)
                .run(context -> {
                    ElectionHealthIndicator health = context.getBean(ElectionHealthIndicator.class);
                    await().atMost(PATIENCE)
                            .until(() -> health.health().getStatus().equals(new Status(status)));
                    assertThat(health.health().getDetails()).containsKey("leaderlessSince");
                });
    }

    @Test
    void aMemberThatKnowsNoLeaderIsUpWithinTheGrace() throws Exception {
        withoutALeader()
                .withPropertyValues("election.health.leaderless-grace=1h", "election.health.no-leader-status=down")
                .run(context -> {
                    ElectionHealthIndicator indicator = context.getBean(ElectionHealthIndicator.class);
                    Health health = await().atMost(PATIENCE)
                            .until(indicator::health, now -> now.getDetails().containsKey("leaderlessSince"));
                    assertThat(health.getStatus()).isEqualTo(Status.UP);
                });
    }

    @Test
    void healthCanBeSwitchedOff() {
        runner.run(context -> assertThat(context).hasSingleBean(ElectionHealthIndicator.class));
        runner.withPropertyValues("management.health.election.enabled=false")
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(ElectionHealthIndicator.class));
    }
}
