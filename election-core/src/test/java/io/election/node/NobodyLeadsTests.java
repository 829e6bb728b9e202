package io.election.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A rollout goes on where there is nobody to wait for, and stops where that is not known. */
class NobodyLeadsTests {

    private static List<String> ids(int count) {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ids.add("m" + i);
        }
        return ids;
    }

    private static Map<String, Boolean> saidBy(int count, boolean knowsNoLeader) {
        Map<String, Boolean> said = new HashMap<>();
        ids(count).forEach(id -> said.put(id, knowsNoLeader));
        return said;
    }

    @ParameterizedTest(name = "{1} of {0} others know no leader: {2}")
    @CsvSource({
        "0, 0, true",
        "1, 0, false",
        "1, 1, true",
        // The other one and this one may have been a quorum of three, and this one follows nobody.
        "2, 0, false",
        "2, 1, true",
        // A newcomer to three: the two that do not answer may be a quorum.
        "3, 1, false",
        "3, 2, true",
        "4, 1, false",
        "4, 2, true"
    })
    void itIsKnownOnceThoseThatDoNotAnswerAreNoQuorum(int others, int answered, boolean known) {
        assertThat(NobodyLeads.amongVoters(ids(others), saidBy(answered, true))).isEqualTo(known);
    }

    @ParameterizedTest(name = "{1} of {0} found, {2} places silent, 3 expected: {3}")
    @CsvSource({"0, 0, 0, true", "2, 2, 0, true", "2, 2, 1, true", "2, 1, 0, true", "2, 1, 1, false", "3, 3, 2, false"})
    void whereNobodyKnowsWhoVotesThoseThatWereFoundAreAsked(int found, int answered, int silent, boolean known) {
        assertThat(NobodyLeads.amongFound(ids(found), silent, 3, saidBy(answered, true)))
                .isEqualTo(known);
    }

    @Test
    void oneThatKnowsALeaderIsEnough() {
        Map<String, Boolean> said = saidBy(3, true);
        said.put("m2", false);
        assertThat(NobodyLeads.amongVoters(ids(3), said)).isFalse();
        assertThat(NobodyLeads.amongFound(ids(3), 0, 3, said)).isFalse();
    }
}
