package io.election.leaderonly;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.LeaderElectedEvent;
import io.election.leaderonly.LeaderOnlyMethods.Rule;
import io.election.node.NodeObserver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which missed ticks are made up, one thread and a clock that is set. */
class MissedTicksTests {

    private static final Duration CATCH_UP = Duration.ofMinutes(2);

    private final Object bean = new Object();
    private final List<String> runs = new ArrayList<>();
    private long nowNanos;
    private final MissedTicks ticks = new MissedTicks(Runnable::run, List::of, () -> nowNanos);
    private Rule rule;

    @BeforeEach
    void read() throws NoSuchMethodException {
        rule = new Rule(MissedTicksTests.class.getDeclaredMethod("job"), true, false, CATCH_UP);
    }

    void job() {}

    @Test
    void makesAMissedTickUpOnceAndNotLaterThanItsTime() {
        miss();
        nowNanos += CATCH_UP.toNanos() - 1;
        elect();
        elect();
        assertThat(runs).containsExactly("made up");

        miss();
        nowNanos += CATCH_UP.toNanos();
        elect();
        assertThat(runs).as("too late").containsExactly("made up");
    }

    /** The lease is there before its event is delivered, and the scheduler may come between. */
    @Test
    void aTickThatRanBeforeTheElectionWasToldIsNotMadeUpAsWell() throws Throwable {
        miss();
        ticks.tick(bean, rule, () -> runs.add("ticked"));
        elect();
        assertThat(runs).containsExactly("ticked");
    }

    @Test
    void aTickThatComesWhileTheJobRunsIsTheSame() throws Throwable {
        ticks.tick(bean, rule, () -> {
            ticks.tick(bean, rule, () -> runs.add("at once"));
            return runs.add("ticked");
        });
        assertThat(runs).containsExactly("ticked");
        ticks.tick(bean, rule, () -> runs.add("ticked again"));
        assertThat(runs).containsExactly("ticked", "ticked again");
    }

    @Test
    void givesBackWhatTheJobReturns() throws Throwable {
        assertThat(ticks.tick(bean, rule, () -> "done")).isEqualTo("done");
        Rule withoutCatchUp = new Rule(rule.method(), true, false, null);
        assertThat(ticks.tick(bean, withoutCatchUp, () -> "done")).isEqualTo("done");
    }

    @Test
    void countsEachTickThatWasSkippedWhetherItMayBeMadeUpOrNot() {
        AtomicInteger skipped = new AtomicInteger();
        NodeObserver observer = new NodeObserver() {
            @Override
            public void workSkipped() {
                skipped.incrementAndGet();
            }
        };
        MissedTicks counting = new MissedTicks(Runnable::run, () -> List.of(observer), () -> nowNanos);
        counting.skipped(rule);
        counting.missed(bean, rule, () -> runs.add("made up"));
        assertThat(skipped).hasValue(2);
    }

    private void miss() {
        ticks.missed(bean, rule, () -> runs.add("made up"));
    }

    private void elect() {
        ticks.onLeaderElected(new LeaderElectedEvent("orders", "a", 3, null));
    }
}
