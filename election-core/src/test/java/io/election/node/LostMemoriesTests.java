package io.election.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What an operator is told to do has to be what helps. */
class LostMemoriesTests {

    @Test
    void membersOfAListFoundTheirClusterAnewByThemselvesWhereAllKeepItInMemory() {
        assertThat(LostMemories.describe(List.of("b", "c"), false))
                .startsWith(
                        "cannot become part of a quorum again, nor can any other member: the memory of 'b', 'c' is new,")
                .contains("RecoverMember")
                .endsWith("they do so by themselves as soon as all of them run");
    }

    @Test
    void membersThatFindEachOtherHaveToBeRestarted() {
        assertThat(LostMemories.describe(List.of("b", "c"), true))
                .startsWith(
                        "cannot become part of a quorum again, nor can any other member: the memory of 'b', 'c' is new,")
                .contains("restart every member that has kept its own")
                .doesNotContain("the list")
                .endsWith("They do not do so by themselves");
    }
}
