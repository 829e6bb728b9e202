package io.election.core.explorer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The explorer finds defects that are planted around the real core, by the shortest schedule there is within the bounds.
 * A schedule that becomes shorter or longer means that the core, the bounds or the explorer have changed.
 */
@Tag("thorough")
@Tag("even-days")
class PlantedDefectsTests {

    @ParameterizedTest
    @CsvSource({
        "election,         MESSAGES_LEAVE_EARLY,                6,  durable first",
        "election,         DISK_CONFIRMS_BEFORE_IT_WRITES,      6,  durable first",
        "founding,         MESSAGES_LEAVE_EARLY,                7,  durable first",
        "founding,         DISK_CONFIRMS_BEFORE_IT_WRITES,      7,  durable first",
        "bond and promise, START_BINDS_NOBODY,                  13, leases apart",
        "bond and promise, BOUND_VOTER_GRANTS,                  11, leases apart",
        "transfer,         END_IS_NOT_SHOWN,                    11, leases apart",
        "transfer,         DRAIN_OUTLIVES_TIMEOUT_NOW,          11, leases apart",
        "letting in,       LOG_IS_NOT_COMPARED,                 17, committed entries kept",
        "letting in,       NEW_MEMORY_CLAIMS_TO_BE_THE_OLD_ONE, 23, committed entries kept",
        "witness,          LOG_IS_NOT_COMPARED,                 20, committed entries kept"
    })
    void isFoundByAShortestSchedule(String scope, PlantedDefect defect, int length, String rule) {
        isFound(Scopes.named(scope, 0), defect, length, rule);
    }

    @Test
    void findsThatAStartForgetsTheVote() {
        Bounds bounds =
                Scopes.ELECTION.bounds().deviations(1).crashes(1).losses(1).depth(21);
        isFound(Scopes.ELECTION.with(bounds), PlantedDefect.START_FORGETS_THE_VOTE, 21, "one vote a term");
    }

    private static void isFound(Scope scope, PlantedDefect defect, int length, String rule) {
        Explorer.Result result = Explorer.explore(scope, defect);

        System.out.println("Found " + defect + " in " + result);
        assertThat(result.violation()).as("%s in %s", defect, result).isNotNull();
        assertThat(result.violation().what()).startsWith(rule);
        assertThat(result.violation().length()).as(result.toString()).isEqualTo(length);
    }
}
