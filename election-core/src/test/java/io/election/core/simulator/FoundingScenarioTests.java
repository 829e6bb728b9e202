package io.election.core.simulator;

import static io.election.core.simulator.FoundingWorld.MILLI;
import static org.assertj.core.api.Assertions.assertThat;

import io.election.core.ElectionSettings;
import io.election.core.EnrolledMember;
import io.election.core.FoundingSettings;
import io.election.core.GatheringSettings;
import io.election.core.Member;
import io.election.core.MemberKind;
import io.election.core.Request;
import io.election.core.Response;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Schedules with more than one founding, or more than one cluster, of members that keep their memory in memory. */
class FoundingScenarioTests {

    private static final long SECOND = 1000 * MILLI;
    private static final long LIMIT = 60 * SECOND;

    private final FoundingWorld world = new FoundingWorld(new SplittableRandom(1), false);

    private static ElectionSettings settings(String id, String list, FoundingSettings founding) {
        List<Member> members = new ArrayList<>();
        list.chars().forEach(c -> members.add(new Member(String.valueOf((char) c), MemberKind.DATA, 'z' - c, false)));
        return new ElectionSettings(
                        "orders",
                        id,
                        members,
                        Duration.ofSeconds(1),
                        Duration.ofMillis(100),
                        Duration.ofMillis(750),
                        0.05,
                        Duration.ofMillis(10),
                        Duration.ofSeconds(5),
                        false,
                        100)
                .withFounding(founding);
    }

    /** Members of one list, of whom the first ranks first. */
    private void found(String list) {
        list.chars()
                .mapToObj(c -> String.valueOf((char) c))
                .forEach(id -> world.add(settings(id, list, FoundingSettings.IN_MEMORY), 0)
                        .start());
        untilAllAgree();
    }

    private void untilAllAgree() {
        boolean agreed = world.runUntil(LIMIT, () -> world.disagreement() == null);
        assertThat(agreed).as(() -> String.valueOf(world.disagreement())).isTrue();
    }

    private String leader() {
        FoundingWorld.Member leader = world.leader();
        return leader == null ? "nobody" : leader.id();
    }

    // -- a quorum forgets -----------------------------------------------------------------------------------------

    @Test
    void whereAQuorumForgotTheListFoundsAnew() {
        world.expectOneLeader();
        found("abc");
        String before = world.member("a").clusterId();
        world.member("b").restart();
        world.member("c").restart();
        world.run(2 * SECOND);
        untilAllAgree();
        assertThat(world.member("a").clusterId()).isNotEqualTo(before);
        assertThat(world.forgotten)
                .as("the survivor, and whoever it had sent its log")
                .isPositive();
        assertThat(world.committedFoundings()).isEqualTo(2);
    }

    @Test
    void whereAMinorityForgotNobodyElseForgets() {
        world.expectOneLeader();
        found("abcde");
        String before = world.member("a").clusterId();
        world.member("d").restart();
        world.member("e").restart();
        world.run(10 * SECOND);
        untilAllAgree();
        assertThat(world.member("e").clusterId()).isEqualTo(before);
        assertThat(world.forgotten).isZero();
    }

    /**
     * The counter-example of Michael, Ports, Sharma and Szekeres, "Recovering Shared Objects Without Stable Storage" (DISC 2017).
     * E hears everybody but its leader A. B forgets, shows E its new memory, and is let in; then C, and then D. Whoever takes what it saw of
     * each for what is so at one instant forgets too, and one more of those that remember is gone.
     */
    @Test
    void whoWasNewOneAfterTheOtherIsNoLostQuorum() {
        world.expectOneLeader();
        found("abcde");
        String before = world.member("a").clusterId();
        world.cut("a", "e");
        world.run(2 * SECOND);
        for (String id : List.of("b", "c", "d")) {
            // For a while the leader does not reach the new memory, and E sees it.
            world.hold(parcel -> parcel.from().equals("a") && parcel.to().equals(id));
            world.member(id).restart();
            world.run(1500 * MILLI);
            world.hold(null);
            world.held().forEach(world::release);
            world.run(2 * SECOND);
        }
        assertThat(leader()).as("there was a quorum at every instant").isEqualTo("a");
        assertThat(world.member("e").clusterId()).isEqualTo(before);
        assertThat(world.forgotten).isZero();
        world.mend();
        untilAllAgree();
        assertThat(world.member("e").clusterId()).isEqualTo(before);
    }

    @Test
    void aSurvivorThatStillLeadsIsNotForgottenByTheOthers() {
        world.expectOneLeader();
        found("abc");
        String before = world.member("a").clusterId();
        world.cut("c", "a");
        world.run(3 * SECOND);
        // B forgets, C sees it new, and A leads and lets it in.
        world.hold(parcel -> parcel.from().equals("a") && parcel.to().equals("b"));
        world.member("b").restart();
        world.run(300 * MILLI);
        world.hold(null);
        world.held().forEach(world::release);
        world.run(8 * SECOND);
        assertThat(world.forgotten).isZero();
        world.mend();
        untilAllAgree();
        assertThat(world.member("c").clusterId()).isEqualTo(before);
    }

    // -- discovery ------------------------------------------------------------------------------------------------

    private final Map<String, String> shown = new HashMap<>();

    /** From now on these are shown to each other. */
    private void show(String ids) {
        ids.chars().forEach(c -> shown.put(String.valueOf((char) c), ids));
    }

    private void start(String ids, int expected) {
        world.discover(
                member -> {
                    Set<String> all = new TreeSet<>();
                    shown.getOrDefault(member.id(), "").chars().forEach(c -> all.add(String.valueOf((char) c)));
                    return all;
                },
                SECOND / 2);
        GatheringSettings gathering = new GatheringSettings(expected, false, Duration.ofSeconds(4), true);
        ids.chars()
                .mapToObj(c -> String.valueOf((char) c))
                .forEach(id -> world.add(settings(id, id, FoundingSettings.discovered(gathering, true)), 0)
                        .start());
    }

    @Test
    void theLowestFoundAndTheOthersJoin() {
        world.expectOneLeader();
        show("abcde");
        start("abcde", 3);
        world.run(3 * SECOND);
        assertThat(world.committedFoundings()).as("within the stable margin").isZero();
        untilAllAgree();
        assertThat(world.member("e").view().membership().members())
                .extracting(EnrolledMember::id)
                .containsExactly("a", "b", "c");
    }

    @Test
    void twoHalvesThatAreNotShownEachOtherBothWaitForTheirNumber() {
        world.expectOneLeader();
        show("ab");
        show("cd");
        start("abcd", 3);
        world.run(30 * SECOND);
        assertThat(world.leader()).isNull();
        show("abcd");
        untilAllAgree();
    }

    @Test
    void whoeverIsShownAMemberOfAClusterFoundsNoOther() {
        world.expectOneLeader();
        show("abc");
        start("abc", 3);
        untilAllAgree();
        show("cdef");
        start("def", 3);
        world.run(20 * SECOND);
        untilAllAgree();
        assertThat(world.committedFoundings()).isEqualTo(1);
    }

    /** X has voted for a founding by A, B and X. Nothing of it reaches X any more. */
    private void foundWithoutTellingX() {
        show("abx");
        start("abx", 3);
        world.hold(parcel -> parcel.to().equals("x") && parcel.message() instanceof Request.FromLeader);
        assertThat(world.runUntil(LIMIT, () -> world.leader() != null)).isTrue();
        world.cut("x", "a", "b");
        for (String id : List.of("d", "e")) {
            world.cut(id, "a", "b");
        }
    }

    /** X votes for {A, B, X}. A and B commit. X, cut off and empty, is shown {X, D, E}. */
    @Test
    void whoHasVotedForAFoundingFoundsNoOtherWhileThatMayBeCompleted() {
        foundWithoutTellingX();
        show("dex");
        start("de", 3);
        world.run(60 * SECOND);
        assertThat(world.committedFoundings()).isEqualTo(1);
        assertThat(leader()).isIn("a", "b");
        world.mend();
        world.hold(null);
        show("abdex");
        untilAllAgree();
        assertThat(world.committedFoundings()).isEqualTo(1);
    }

    /** As before, but A and B die, and their next lives say that they hold no entry of it. */
    @Test
    void whoHasVotedForAFoundingIsFreeOnceTooFewAreLeftToCompleteIt() {
        foundWithoutTellingX();
        world.member("a").restart();
        world.member("b").restart();
        world.mend();
        world.hold(null);
        show("dex");
        show("ab");
        shown.put("x", "dex");
        start("de", 3);
        assertThat(world.runUntil(LIMIT, () -> world.committedFoundings() == 2)).isTrue();
        world.run(3 * SECOND);
        assertThat(world.member("x").clusterId()).isEqualTo(world.member("d").clusterId());
    }

    // -- two clusters ---------------------------------------------------------------------------------------------

    /** C is restarted as one of another list while it is cut off from its old cluster. */
    private void foundASecondCluster() {
        found("abc");
        world.cut("c", "a", "b");
        world.member("c").settings(settings("c", "cde", FoundingSettings.IN_MEMORY));
        world.member("c").restart();
        for (String id : List.of("d", "e")) {
            world.add(settings(id, "cde", FoundingSettings.IN_MEMORY), 0);
            world.cut(id, "a", "b");
            world.member(id).start();
        }
        assertThat(world.runUntil(LIMIT, () -> world.member("c").leads())).isTrue();
        world.run(2 * SECOND);
        assertThat(world.member("a").leads()).as("each leads on its side").isTrue();
    }

    @Test
    void theClusterOfTheHigherGenerationTakesTheOtherIn() {
        foundASecondCluster();
        String second = world.member("c").clusterId();
        world.mend();
        long mended = world.nowNanos();
        assertThat(world.runUntil(LIMIT, () -> !world.member("a").leads())).isTrue();
        assertThat(world.nowNanos() - mended)
                .as("an interval of the light exchange, and the way there and back")
                .isLessThan(2 * SECOND);
        untilAllAgree();
        assertThat(leader()).isEqualTo("c");
        assertThat(world.member("a").clusterId()).isEqualTo(second);
        assertThat(world.superseded).isEqualTo(2);
    }

    @Test
    void theLeaderOfTheHigherGenerationLeadsOn() {
        foundASecondCluster();
        world.mend();
        for (int i = 0; i < 80; i++) {
            world.run(100 * MILLI);
            assertThat(world.member("c").leads()).isTrue();
        }
    }

    /** What the old cluster sends reaches the other one, and nothing comes back. */
    @Test
    void theOtherClusterIsHeardOfInOneDirectionToo() {
        foundASecondCluster();
        world.mend();
        world.hold(parcel ->
                "ab".contains(parcel.to()) && "cde".contains(parcel.from()) && parcel.message() instanceof Response);
        assertThat(world.runUntil(LIMIT, () -> !world.member("a").leads())).isTrue();
    }
}
