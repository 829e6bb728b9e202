package io.election.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.Role;
import io.election.core.Effect;
import io.election.core.ElectionOutcome;
import io.election.core.ElectionView;
import io.election.core.EnrolledMember;
import io.election.core.LogPosition;
import io.election.core.MemberKind;
import io.election.core.Membership;
import io.election.core.Observation;
import io.election.core.Phase;
import io.election.core.Refusal;
import io.election.core.RefusalReason;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** One member may lie, or be wrong. So many as a quorum lacks without this member do not. */
class UnheardRemovalTests {

    private final List<Effect.StartAnew> anew = new ArrayList<>();
    private int removed;

    private static ElectionView view(long version) {
        Membership membership = new Membership(
                        "cluster-1",
                        1_700_000_000L,
                        List.of(
                                new EnrolledMember("a", MemberKind.DATA, "memory-a", 1),
                                new EnrolledMember("b", MemberKind.DATA, "memory-b", 1),
                                new EnrolledMember("c", MemberKind.DATA, "memory-c", 1)))
                .withIncarnation("c", "memory-c2", version);
        return new ElectionView(
                Role.PRE_CANDIDATE,
                4,
                null,
                null,
                null,
                false,
                LogPosition.NONE,
                version,
                membership,
                3,
                2,
                null,
                List.of(),
                false,
                false,
                null);
    }

    private UnheardRemoval removal(boolean forgets, long[] version) {
        return new UnheardRemoval(
                forgets, () -> view(version[0]), new Chronicle("orders", "a", List.of()), () -> removed++, anew::add);
    }

    private static Observation round(RefusalReason... reasons) {
        Map<String, Refusal> refusals = new TreeMap<>();
        for (int i = 0; i < reasons.length; i++) {
            refusals.put(i == 0 ? "b" : "c", new Refusal(reasons[i], null, null, null));
        }
        return new Observation.RoundEnded(
                ElectionOutcome.PRE_VOTE_FAILED, Phase.PRE_VOTE, 5, Set.of("a"), 2, refusals, "refused");
    }

    @Test
    void inMemoryItAsksForANewLifeOnceTheOthersAreNoQuorumWithoutThoseWhoSaySo() {
        UnheardRemoval removal = removal(true, new long[] {7});
        removal.observed(round(RefusalReason.REMOVED, RefusalReason.LOG_BEHIND));
        removal.observed(round(RefusalReason.NOT_A_VOTER, RefusalReason.NOT_A_VOTER));
        assertThat(anew).isEmpty();
        removal.observed(round(RefusalReason.REMOVED, RefusalReason.REMOVED));
        removal.observed(round(RefusalReason.REMOVED, RefusalReason.REMOVED));
        assertThat(anew).singleElement().satisfies(asked -> {
            assertThat(asked.why()).isEqualTo("it was removed from the cluster while it was cut off, say b, c");
            assertThat(asked.token()).as("the highest that it knows").isNotNull();
        });
        assertThat(removed).isZero();
    }

    @Test
    void onDiskItSaysSoOnceForEachMembershipThatItHolds() {
        long[] version = {7};
        UnheardRemoval removal = removal(false, version);
        removal.observed(round(RefusalReason.REMOVED, RefusalReason.REMOVED));
        removal.observed(round(RefusalReason.REMOVED, RefusalReason.REMOVED));
        assertThat(removed).isEqualTo(1);
        version[0] = 9;
        removal.observed(round(RefusalReason.REMOVED, RefusalReason.REMOVED));
        assertThat(removed).isEqualTo(2);
        assertThat(anew).isEmpty();
    }
}
