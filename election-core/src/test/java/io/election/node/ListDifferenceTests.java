package io.election.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.core.ListedMember;
import io.election.core.MemberKind;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ListDifferenceTests {

    private static final ListedMember A = new ListedMember("a", MemberKind.DATA);
    private static final ListedMember B = new ListedMember("b", MemberKind.DATA);

    @Test
    void saysNothingOfListsThatAreAlike() {
        assertThat(ListDifference.describe(List.of(A, B), List.of(A, B), "there"))
                .isEmpty();
    }

    @Test
    void namesEachEntryThatDiffersAndHow() {
        List<ListedMember> here = List.of(A, B, new ListedMember("c", MemberKind.WITNESS));
        List<ListedMember> there =
                List.of(new ListedMember("b", MemberKind.OBSERVER), A, new ListedMember("d", MemberKind.DATA));
        assertThat(ListDifference.describe(here, there, "at the founding"))
                .isEqualTo("'b' is data here and observer at the founding, 'd' (data) is listed only at the founding,"
                        + " 'c' (witness) is listed only here");
    }

    @Test
    void namesOnlyTheFirstOfMany() {
        List<ListedMember> there = IntStream.range(10, 30)
                .mapToObj(i -> new ListedMember("m" + i, MemberKind.DATA))
                .toList();
        assertThat(ListDifference.describe(List.of(), there, "there"))
                .startsWith("'m10' (data) is listed only there, 'm11'")
                .contains("'m17'")
                .doesNotContain("'m18'")
                .endsWith(", and 12 more");
    }
}
