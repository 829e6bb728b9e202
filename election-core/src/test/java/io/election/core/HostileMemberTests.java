package io.election.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.core.HostileRun.Liar;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * One member of a cluster lies: it holds the right secret, and says whatever is no impossible message. More seeds:
 * {@code -Delection.hostile.seeds=100000}.
 */
@Timeout(value = 3600, unit = TimeUnit.SECONDS)
@Tag("seeded")
class HostileMemberTests {

    private static final long SEEDS = Long.getLong("election.hostile.seeds", 5);
    private static final long FIRST = Long.getLong("election.hostile.first", 1);

    /**
     * No honest member crashes, hangs, or grows; none votes twice; no vote counts that was not given. If the liar has no
     * vote, the cluster is as safe as without it, and elects a leader.
     */
    @ParameterizedTest
    @EnumSource
    void oneLiarDoesNoMoreThanItsKindCan(Liar liar) {
        HostileRun.Tally tally = new HostileRun.Tally();
        for (long seed = FIRST; seed < FIRST + SEEDS; seed++) {
            HostileRun run = new HostileRun(seed, liar, tally);
            try {
                run.run();
            } catch (RuntimeException | AssertionError failure) {
                throw new AssertionError(
                        "seed " + seed + ", liar " + liar + ": " + failure + System.lineSeparator() + run.trace(),
                        failure);
            }
        }
        System.out.println("Hostile " + liar + ": " + SEEDS + " seeds, " + tally);
        assertThat(tally.lies).as("messages of the liar").isGreaterThan(SEEDS * 100);
        assertThat(tally.leaders).as("leaderships of honest members").isPositive();
    }
}
