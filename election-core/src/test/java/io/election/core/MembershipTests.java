package io.election.core;

import static io.election.core.MemberUnderTest.data;
import static io.election.core.MemberUnderTest.founded;
import static io.election.core.MemberUnderTest.foundedState;
import static io.election.core.MemberUnderTest.incarnationOf;
import static io.election.core.MemberUnderTest.observer;
import static io.election.core.MemberUnderTest.settings;
import static io.election.core.MemberUnderTest.witness;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class MembershipTests {

    private static final EnrolledMember A = new EnrolledMember("a", MemberKind.DATA, "a-1", 1);
    private static final EnrolledMember B = new EnrolledMember("b", MemberKind.WITNESS, "b-1", 1);

    @Test
    void isTheSameInWhicheverOrderItsMembersAreGiven() {
        assertThat(new Membership("c-1", 5, List.of(B, A))).isEqualTo(new Membership("c-1", 5, List.of(A, B)));
    }

    @Test
    void replacesTheMemoryOfOneMemberOnly() {
        Membership membership = new Membership("c-1", 5, List.of(A, B));
        assertThat(membership.withIncarnation("b", "b-2", 17))
                .isEqualTo(
                        new Membership("c-1", 5, List.of(A, new EnrolledMember("b", MemberKind.WITNESS, "b-2", 17))));
    }

    @Test
    void knowsWhoWasThereFromTheFounding() {
        assertThat(A.isFounder()).isTrue();
        assertThat(new EnrolledMember("b", MemberKind.DATA, "b-2", 17).isFounder())
                .isFalse();
    }

    @Test
    void findsNobodyWhoDoesNotBelongToIt() {
        assertThat(new Membership("c-1", 5, List.of(A, B)).member("z")).isEmpty();
    }

    @Test
    void listsIdsAndKindsAsConfigurationsMustHaveThem() {
        assertThat(new Membership("c-1", 5, List.of(B, A)).listed())
                .containsExactly(new ListedMember("a", MemberKind.DATA), new ListedMember("b", MemberKind.WITNESS));
    }

    @Test
    void theQuorumCountsWitnessesButNoObservers() {
        ElectionView view = founded(
                        "a", List.of(data("a"), data("b"), witness("c"), witness("d"), observer("e"), observer("f")))
                .view();
        assertThat(view.voters()).isEqualTo(4);
        assertThat(view.needed()).isEqualTo(3);
    }

    @Test
    void theLogWinsOverAListThatDiffersAndTheDifferenceShows() {
        List<Member> founded = List.of(data("a"), data("b"), data("c"));
        List<Member> five = List.of(data("a"), data("b"), data("c"), data("d"), data("e"));
        ElectionView longer =
                new MemberUnderTest(settings("a", five), incarnationOf("a"), foundedState(founded)).view();
        assertThat(longer.voters()).isEqualTo(3);
        assertThat(longer.needed()).isEqualTo(2);
        assertThat(longer.listDiffers()).isTrue();
        List<Member> shorter = List.of(data("a"));
        ElectionView alone =
                new MemberUnderTest(settings("a", shorter), incarnationOf("a"), foundedState(founded)).view();
        assertThat(alone.needed()).isEqualTo(2);
    }

    @Test
    void anotherKindInTheListChangesNothingThatTheLogSays() {
        List<Member> founded = List.of(data("a"), data("b"), data("c"));
        List<Member> changed = List.of(witness("a"), data("b"), data("c"));
        MemberUnderTest a = new MemberUnderTest(settings("a", changed), "a-1", foundedState(founded));
        assertThat(a.view().listDiffers()).isTrue();
        a.ready();
        a.tickWhenDue();
        assertThat(a.view().role()).isEqualTo(io.election.Role.PRE_CANDIDATE);
    }

    @Test
    void priorityAndHeadStartMayDifferFromMemberToMember() {
        List<Member> founded = List.of(data("a"), data("b"), data("c"));
        List<Member> changed = List.of(data("c", 7), data("a"), new Member("b", MemberKind.DATA, 0, true));
        assertThat(new MemberUnderTest(settings("a", changed), "a-1", foundedState(founded))
                        .view()
                        .voters())
                .isEqualTo(3);
    }
}
