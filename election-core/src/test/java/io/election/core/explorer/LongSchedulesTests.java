package io.election.core.explorer;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Explores longer schedules than {@link ElectionExplorerTests}, with more faults, for as long as
 * {@code -Delection.explorer.minutes} says. The time is shared among the scopes.
 */
class LongSchedulesTests {

    @Tag("thorough")
    @Test
    void everyRuleHolds() {
        long seconds = 60 * Long.parseLong(System.getProperty("election.explorer.minutes", "1"));
        Duration each = Duration.ofSeconds(Math.max(1, seconds / Scopes.deep().size()));
        for (Scope scope : Scopes.deep()) {
            Explorer.Result result = new Explorer(scope, PlantedDefect.NONE, Explorer.MOST_STATES, each).run();

            System.out.println("Explored " + result);
            assertThat(result.violation()).isNull();
        }
    }
}
