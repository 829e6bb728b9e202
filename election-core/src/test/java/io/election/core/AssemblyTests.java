package io.election.core;

import static io.election.core.MemberUnderTest.CLUSTER;
import static io.election.core.MemberUnderTest.LEASE;
import static io.election.core.MemberUnderTest.T;
import static io.election.core.MemberUnderTest.at;
import static io.election.core.MemberUnderTest.data;
import static io.election.core.MemberUnderTest.incarnationOf;
import static io.election.core.MemberUnderTest.only;
import static io.election.core.MemberUnderTest.settings;
import static io.election.core.MemberUnderTest.told;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.election.Role;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Who founds a cluster whose members find each other by discovery (safety rule 16). */
class AssemblyTests {

    private static final Duration MARGIN = Duration.ofSeconds(5);
    private static final int EXPECTED = 3;

    private static MemberUnderTest unfounded(String id, GatheringSettings gathering) {
        MemberUnderTest member = new MemberUnderTest(
                settings(id, List.of(data(id))).withFounding(FoundingSettings.discovered(gathering, true)),
                incarnationOf(id),
                DurableState.NEW);
        member.free();
        member.ready();
        return member;
    }

    private static MemberUnderTest unfounded(String id) {
        return unfounded(id, new GatheringSettings(EXPECTED, false, MARGIN, true));
    }

    /** What a member that holds no entry answers. */
    private static Gathering finds(String... ids) {
        return new Gathering(MemberKind.DATA, EXPECTED, true, List.of(ids), false);
    }

    private static List<Effect> discovers(MemberUnderTest member, String... ids) {
        return member.step(new Input.Discovered(Set.of(ids)));
    }

    private static Response.Announce answer(
            Request.Announce asked, String incarnation, @Nullable String leader, @Nullable Gathering gathering) {
        Header header = asked.header();
        return new Response.Announce(
                new Header(
                        1,
                        CLUSTER,
                        null,
                        header.to(),
                        incarnation,
                        false,
                        header.from(),
                        header.fromIncarnation(),
                        header.requestId()),
                Refusal.of(RefusalReason.WRONG_CLUSTER),
                leader,
                null,
                null,
                gathering);
    }

    /** Whoever is asked in an interval answers that it finds these as well. */
    private static List<Effect> interval(MemberUnderTest member, String... ids) {
        List<Effect> effects = new ArrayList<>();
        member.pass(T);
        member.outbox.clear();
        effects.addAll(member.step(new Input.PingDue()));
        for (Effect.Send send : List.copyOf(member.outbox)) {
            String to = send.request().header().to();
            if (send.request() instanceof Request.Announce asked
                    && Arrays.asList(ids).contains(to)) {
                effects.addAll(member.answered(answer(asked, incarnationOf(to), null, finds(ids))));
            }
        }
        return effects;
    }

    private static List<Effect> intervals(MemberUnderTest member, int count, String... ids) {
        List<Effect> effects = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            effects.addAll(interval(member, ids));
        }
        return effects;
    }

    /** All agree for long enough. */
    private static MemberUnderTest agreed(String id, String... ids) {
        MemberUnderTest member = unfounded(id);
        discovers(member, ids);
        intervals(member, 7, ids);
        return member;
    }

    private static Request.Vote asks(
            MemberUnderTest voter, String candidate, Phase phase, long term, String... founders) {
        Header header = new Header(
                1,
                CLUSTER,
                null,
                candidate,
                incarnationOf(candidate),
                false,
                voter.settings.nodeId(),
                null,
                900 + term);
        return new Request.Vote(
                header,
                phase,
                term,
                LogPosition.NONE,
                null,
                0,
                Arrays.stream(founders)
                        .map(id -> new ListedMember(id, MemberKind.DATA))
                        .toList(),
                null);
    }

    private static @Nullable RefusalReason votes(MemberUnderTest voter, Request.Vote request) {
        Effect.Reply reply = only(voter.receive(request), Effect.Reply.class).get(0);
        voter.write();
        Refusal refusal = reply.response().refusal();
        return refusal == null ? null : refusal.reason();
    }

    private static boolean isStanding(MemberUnderTest member) {
        member.tickAfter(T);
        return member.view().role() != Role.FOLLOWER;
    }

    @Test
    void standsOnceAllHaveAgreedForTheStableMargin() {
        MemberUnderTest a = unfounded("a");
        discovers(a, "a", "b", "c");
        intervals(a, 5, "a", "b", "c");
        assertThat(a.view().role())
                .as("its margin began with the first answers")
                .isEqualTo(Role.FOLLOWER);
        interval(a, "a", "b", "c");
        assertThat(isStanding(a)).isTrue();
        assertThat(a.sentTo("b", Request.Vote.class).founding())
                .extracting(ListedMember::id)
                .containsExactly("a", "b", "c");
    }

    @Test
    void foundsNothingBeforeDiscoveryHasAnswered() {
        MemberUnderTest a = unfounded("a", new GatheringSettings(1, true, MARGIN, true));
        a.tickAfter(MARGIN.multipliedBy(4));
        a.settle();
        assertThat(a.view().role()).isEqualTo(Role.FOLLOWER);
    }

    @Test
    void foundsNothingWhileItIsNotSureThatAllWereFound() {
        String why = "no member of this cluster answers at 10.0.0.4:8090";
        MemberUnderTest a = unfounded("a");
        List<Effect> effects = new ArrayList<>(a.step(new Input.Discovered(Set.of("a", "b", "c"), why, Duration.ZERO)));
        effects.addAll(intervals(a, 10, "a", "b", "c"));
        assertThat(isStanding(a)).isFalse();
        assertThat(told(effects)).contains(new Observation.FoundingWaits(why));
        discovers(a, "a", "b", "c");
        intervals(a, 4, "a", "b", "c");
        assertThat(a.view().role()).as("the margin begins now").isEqualTo(Role.FOLLOWER);
        intervals(a, 3, "a", "b", "c");
        assertThat(isStanding(a)).isTrue();
    }

    @Test
    void allAgreeForAsLongAsDiscoveryMayShowWhatIsNoLongerSo() {
        Duration staleness = MARGIN.multipliedBy(2);
        MemberUnderTest a = unfounded("a");
        a.step(new Input.Discovered(Set.of("a", "b", "c"), null, staleness));
        intervals(a, (int) staleness.toSeconds(), "a", "b", "c");
        assertThat(a.view().role()).isEqualTo(Role.FOLLOWER);
        intervals(a, 2, "a", "b", "c");
        assertThat(isStanding(a)).isTrue();
    }

    @Test
    void theMarginBeginsAgainOnceALeaderIsGone() {
        MemberUnderTest a = unfounded("a");
        discovers(a, "a", "b", "c");
        intervals(a, 4, "a", "b", "c");
        Header leader = new Header(1, CLUSTER, "c-9", "x", "x-1", true, "a", null, 71);
        a.receive(new Request.Heartbeat(leader, 5, T, 1, null));
        a.write();
        assertThat(a.view().leader()).isEqualTo("x");
        intervals(a, 5, "a", "b", "c");
        assertThat(a.view().leader()).isNull();
        assertThat(a.view().role()).isEqualTo(Role.FOLLOWER);
        intervals(a, 2, "a", "b", "c");
        assertThat(isStanding(a)).isTrue();
    }

    @Test
    void waitsForTheExpectedNumber() {
        MemberUnderTest a = unfounded("a");
        List<Effect> effects = new ArrayList<>(discovers(a, "a", "b"));
        effects.addAll(intervals(a, 10, "a", "b"));
        assertThat(isStanding(a)).isFalse();
        assertThat(told(effects))
                .contains(new Observation.FoundingWaits("discovery finds [a, b], and 3 data members are expected"));
    }

    @Test
    void waitsForEachThatWasFoundThoughEnoughOthersAnswer() {
        MemberUnderTest a = unfounded("a");
        discovers(a, "a", "b", "c", "d");
        for (int i = 0; i < 10; i++) {
            a.pass(T);
            a.outbox.clear();
            a.step(new Input.PingDue());
            for (String id : List.of("b", "c")) {
                a.answered(answer(
                        a.sentTo(id, Request.Announce.class), incarnationOf(id), null, finds("a", "b", "c", "d")));
            }
        }
        assertThat(isStanding(a)).isFalse();
    }

    /** Each of these, said by one of those who were found, keeps a cluster from being founded. */
    private static void doesNotFoundWhere(String what, @Nullable String leader, @Nullable Gathering said) {
        MemberUnderTest a = unfounded("a");
        discovers(a, "a", "b", "c", "d");
        for (int i = 0; i < 10; i++) {
            a.pass(T);
            a.outbox.clear();
            a.step(new Input.PingDue());
            for (String id : List.of("b", "c", "d")) {
                boolean odd = id.equals("d");
                a.answered(answer(
                        a.sentTo(id, Request.Announce.class),
                        incarnationOf(id),
                        odd ? leader : null,
                        odd ? said : finds("a", "b", "c", "d")));
            }
        }
        assertThat(isStanding(a)).as(what).isFalse();
    }

    @Test
    void doesNotFoundWhereOneOfThoseFoundDisagrees() {
        List<String> all = List.of("a", "b", "c", "d");
        doesNotFoundWhere("it follows a leader", "x", finds("a", "b", "c", "d"));
        doesNotFoundWhere("it finds others", null, finds("a", "b", "d"));
        doesNotFoundWhere("it expects another number", null, new Gathering(MemberKind.DATA, 2, true, all, false));
        doesNotFoundWhere("it founds none", null, new Gathering(MemberKind.DATA, EXPECTED, false, all, false));
        doesNotFoundWhere("it has a list", null, null);
    }

    @Test
    void doesNotFoundWhereOneOfThoseFoundHoldsAnEntry() {
        MemberUnderTest a = unfounded("a");
        discovers(a, "a", "b", "c", "d");
        for (int i = 0; i < 10; i++) {
            interval(a, "a", "b", "c", "d");
            Request.Announce asked = a.outbox.stream()
                    .map(Effect.Send::request)
                    .filter(r ->
                            r instanceof Request.Announce && r.header().to().equals("d"))
                    .map(Request.Announce.class::cast)
                    .findFirst()
                    .orElseThrow();
            a.step(new Input.PingDue());
            Request.Announce again = a.sentTo("d", Request.Announce.class);
            assertThat(again.header().requestId()).isGreaterThan(asked.header().requestId());
            Header header = again.header();
            a.answered(new Response.Announce(
                    new Header(1, CLUSTER, "c-9", "d", "d-1", true, "a", "a-1", header.requestId()),
                    null,
                    null,
                    null,
                    5L,
                    null));
        }
        assertThat(isStanding(a)).isFalse();
    }

    @Test
    void aChangeOfWhatIsFoundBeginsTheMarginAgain() {
        MemberUnderTest a = unfounded("a");
        discovers(a, "a", "b", "c");
        intervals(a, 4, "a", "b", "c");
        discovers(a, "a", "b");
        discovers(a, "a", "b", "c");
        intervals(a, 4, "a", "b", "c");
        assertThat(a.view().role()).isEqualTo(Role.FOLLOWER);
    }

    @Test
    void aNewLifeOfOneOfThemBeginsTheMarginAgain() {
        MemberUnderTest a = unfounded("a");
        discovers(a, "a", "b", "c");
        intervals(a, 4, "a", "b", "c");
        a.pass(T);
        a.outbox.clear();
        a.step(new Input.PingDue());
        a.answered(answer(a.sentTo("b", Request.Announce.class), "b-2", null, finds("a", "b", "c")));
        a.answered(answer(a.sentTo("c", Request.Announce.class), "c-1", null, finds("a", "b", "c")));
        a.tickAfter(T.multipliedBy(2));
        assertThat(a.view().role()).isEqualTo(Role.FOLLOWER);
    }

    @Test
    void whoHasAnsweredLongAgoIsNotThere() {
        MemberUnderTest a = unfounded("a");
        discovers(a, "a", "b", "c");
        intervals(a, 3, "a", "b", "c");
        a.tickAfter(MARGIN);
        assertThat(isStanding(a)).isFalse();
        assertThat(votes(a, asks(a, "b", Phase.PRE_VOTE, 1, "a", "b", "c"))).isEqualTo(RefusalReason.NOT_AGREED);
    }

    @Test
    void theLowestIdsFoundAndTheOthersNeitherStandNorVote() {
        MemberUnderTest d = agreed("d", "a", "b", "c", "d");
        assertThat(isStanding(d)).isFalse();
        MemberUnderTest c = agreed("c", "a", "b", "c", "d");
        assertThat(votes(c, asks(c, "a", Phase.PRE_VOTE, 1, "a", "b", "c"))).isNull();
        assertThat(votes(c, asks(c, "d", Phase.PRE_VOTE, 1, "a", "b", "c"))).isEqualTo(RefusalReason.NOT_AGREED);
        assertThat(votes(c, asks(c, "a", Phase.PRE_VOTE, 1, "a", "c", "d"))).isEqualTo(RefusalReason.NOT_AGREED);
    }

    @Test
    void onlyDataMembersFound() {
        MemberUnderTest a = unfounded("a");
        discovers(a, "a", "b", "c", "d");
        for (int i = 0; i < 8; i++) {
            a.pass(T);
            a.outbox.clear();
            a.step(new Input.PingDue());
            for (String id : List.of("b", "c", "d")) {
                MemberKind kind = id.equals("b") ? MemberKind.OBSERVER : MemberKind.DATA;
                a.answered(answer(
                        a.sentTo(id, Request.Announce.class),
                        incarnationOf(id),
                        null,
                        new Gathering(kind, EXPECTED, true, List.of("a", "b", "c", "d"), false)));
            }
        }
        assertThat(isStanding(a)).isTrue();
        assertThat(a.sentTo("c", Request.Vote.class).founding())
                .extracting(ListedMember::id)
                .containsExactly("a", "c", "d");
    }

    @Test
    void whoHasVotedForAFoundingVotesForNoOther() {
        MemberUnderTest b = agreed("b", "a", "b", "c");
        assertThat(votes(b, asks(b, "a", Phase.VOTE, 1, "a", "b", "c"))).isNull();
        discovers(b, "b", "d", "e");
        intervals(b, 7, "b", "d", "e");
        assertThat(votes(b, asks(b, "d", Phase.VOTE, 2, "b", "d", "e"))).isEqualTo(RefusalReason.NOT_AGREED);
        assertThat(isStanding(b)).isFalse();
    }

    @Test
    void aPreVoteBindsNobody() {
        MemberUnderTest b = agreed("b", "a", "b", "c");
        assertThat(votes(b, asks(b, "a", Phase.PRE_VOTE, 1, "a", "b", "c"))).isNull();
        discovers(b, "b", "d", "e");
        intervals(b, 7, "b", "d", "e");
        assertThat(votes(b, asks(b, "d", Phase.VOTE, 2, "b", "d", "e"))).isNull();
    }

    /** In the next interval these are asked whether they renounce the founding, and say that they do. */
    private static void renounce(MemberUnderTest b, String... ids) {
        b.pass(T);
        b.outbox.clear();
        b.step(new Input.PingDue());
        for (String id : ids) {
            Request.Announce asked = b.sentTo(id, Request.Announce.class);
            assertThat(asked.renounces())
                    .isEqualTo(new Renunciation(List.of("a", "b", "c"), b.view().term()));
            b.answered(
                    answer(asked, id + "-2", null, new Gathering(MemberKind.DATA, EXPECTED, true, List.of(id), true)));
        }
        intervals(b, 2, "b", "d", "e");
    }

    @Test
    void itIsFreeOnceTheRestIsNoQuorum() {
        MemberUnderTest b = agreed("b", "a", "b", "c");
        assertThat(votes(b, asks(b, "a", Phase.VOTE, 1, "a", "b", "c"))).isNull();
        discovers(b, "b", "d", "e");
        intervals(b, 7, "b", "d", "e");
        renounce(b, "c");
        assertThat(votes(b, asks(b, "d", Phase.VOTE, 2, "b", "d", "e")))
                .as("A alone is no quorum")
                .isNull();
    }

    @Test
    void whoHasRenouncedAFoundingTakesNoEntryOfItBeforeItIsCommitted() {
        MemberUnderTest b = agreed("b", "a", "b", "c");
        assertThat(votes(b, asks(b, "a", Phase.VOTE, 1, "a", "b", "c"))).isNull();
        discovers(b, "b", "d", "e");
        intervals(b, 7, "b", "d", "e");
        b.receive(foundingBy(b, 0));
        assertThat(b.view().last()).as("it may be the one that completes it").isEqualTo(LogPosition.NONE);
        b.receive(foundingBy(b, 1));
        assertThat(b.view().last()).as("it is completed").isEqualTo(at(1, 1));
    }

    private static Request.Append foundingBy(MemberUnderTest b, long commitIndex) {
        Membership founding = MemberUnderTest.membership(List.of(data("a"), data("b"), data("c")));
        Header header = new Header(1, CLUSTER, founding.clusterId(), "a", "a-1", true, "b", "b-1", 70 + commitIndex);
        return new Request.Append(
                header,
                1,
                T,
                commitIndex,
                LogPosition.NONE,
                List.of(new Entry(1, 1, new Payload.TermOpening("a", null, founding))));
    }

    @Test
    void whoIsBoundFollowsNoLeaderThatDoesNotNameIt() {
        MemberUnderTest b = agreed("b", "a", "b", "c");
        assertThat(votes(b, asks(b, "a", Phase.VOTE, 1, "a", "b", "c"))).isNull();
        Header stranger = new Header(1, CLUSTER, "c-9", "x", "x-1", true, "b", null, 71);
        b.receive(new Request.Heartbeat(stranger, 5, T, 1, null));
        assertThat(b.view().leader()).isNull();
        b.receive(foundingBy(b, 0));
        assertThat(b.view().leader()).isEqualTo("a");
    }

    @Test
    void aBoundLifeThatCannotJoinTheClusterThatIsThereBeginsAnew() {
        MemberUnderTest b = agreed("b", "a", "b", "c");
        assertThat(votes(b, asks(b, "a", Phase.VOTE, 1, "a", "b", "c"))).isNull();
        List<Effect> effects = new ArrayList<>();
        for (int i = 0; i <= MARGIN.toSeconds(); i++) {
            assertThat(only(effects, Effect.StartAnew.class)).isEmpty();
            b.pass(T);
            Header stranger = new Header(1, CLUSTER, "c-9", "x", "x-1", true, "b", null, 80 + i);
            effects.addAll(b.receive(new Request.Heartbeat(stranger, 5, T, 1, null)));
        }
        assertThat(only(effects, Effect.StartAnew.class)).hasSize(1);
        assertThat(only(effects, Effect.StartAnew.class).get(0).token()).isNull();
    }

    private static boolean renounces(MemberUnderTest member, String... founders) {
        Header header = new Header(1, CLUSTER, null, "x", "x-1", false, member.settings.nodeId(), null, 60);
        List<Effect> effects = member.receive(
                new Request.Announce(header, MemberKind.DATA, null, null, new Renunciation(List.of(founders), 1)));
        Response.Announce answer =
                (Response.Announce) only(effects, Effect.Reply.class).get(0).response();
        Gathering gathering = answer.gathering();
        return gathering != null && gathering.renounced();
    }

    @Test
    void whoHasNotVotedForAFoundingRenouncesItWhenAsked() {
        MemberUnderTest b = agreed("b", "a", "b", "c");
        assertThat(renounces(b, "a", "b", "c")).isTrue();
        assertThat(votes(b, asks(b, "a", Phase.VOTE, 1, "a", "b", "c")))
                .as("and gives it no vote up to that term")
                .isEqualTo(RefusalReason.NOT_AGREED);
        assertThat(votes(b, asks(b, "a", Phase.VOTE, 2, "a", "b", "c"))).isNull();
    }

    @Test
    void whoHasRenouncedAFoundingStandsForItInALaterTerm() {
        MemberUnderTest a = agreed("a", "a", "b", "c");
        assertThat(renounces(a, "a", "b", "c")).isTrue();
        a.tickAfter(T);
        assertThat(a.sentTo("b", Request.Vote.class).term()).isEqualTo(2);
    }

    @Test
    void whoHasVotedForAFoundingDoesNotRenounceItWhenAsked() {
        MemberUnderTest b = agreed("b", "a", "b", "c");
        assertThat(votes(b, asks(b, "a", Phase.VOTE, 1, "a", "b", "c"))).isNull();
        assertThat(renounces(b, "a", "b", "c")).isFalse();
    }

    @Test
    void onlyTheFoundersOfAFoundingFreeItFromIt() {
        MemberUnderTest b = agreed("b", "a", "b", "c");
        assertThat(votes(b, asks(b, "a", Phase.VOTE, 1, "a", "b", "c"))).isNull();
        discovers(b, "b", "d", "e");
        intervals(b, 7, "b", "d", "e");
        renounce(b, "d", "e");
        intervals(b, 7, "b", "d", "e");
        assertThat(votes(b, asks(b, "d", Phase.VOTE, 2, "b", "d", "e")))
                .as("A and C may still complete it")
                .isEqualTo(RefusalReason.NOT_AGREED);
    }

    /** What it renounced then was another founding, or an earlier attempt. */
    @Test
    void anAnswerToAnEarlierQuestionDoesNotFreeIt() {
        MemberUnderTest b = agreed("b", "a", "b", "c");
        assertThat(votes(b, asks(b, "a", Phase.VOTE, 1, "a", "b", "c"))).isNull();
        b.pass(T);
        b.outbox.clear();
        b.step(new Input.PingDue());
        Request.Announce early = b.sentTo("c", Request.Announce.class);
        assertThat(early.renounces()).isNull();
        discovers(b, "b", "d", "e");
        intervals(b, 8, "b", "d", "e");
        assertThat(b.sentTo("c", Request.Announce.class).renounces()).isNotNull();
        b.answered(answer(early, "c-1", null, new Gathering(MemberKind.DATA, EXPECTED, true, List.of("c"), true)));
        intervals(b, 2, "b", "d", "e");
        assertThat(votes(b, asks(b, "d", Phase.VOTE, 2, "b", "d", "e"))).isEqualTo(RefusalReason.NOT_AGREED);
    }

    @Test
    void remembersAsManyRenouncedFoundingsAsItAnswersFor() {
        MemberUnderTest b = agreed("b", "a", "b", "c");
        for (int i = 0; i < 256; i++) {
            assertThat(renounces(b, "b", "c", "x-" + i)).isTrue();
        }
        assertThat(renounces(b, "a", "b", "c")).as("it would forget it").isFalse();
        assertThat(votes(b, asks(b, "a", Phase.VOTE, 1, "a", "b", "c"))).isNull();
        assertThat(renounces(b, "b", "c", "x-0")).isTrue();
    }

    @Test
    void whoStandsForAFoundingHasVotedForItItself() {
        MemberUnderTest a = agreed("a", "a", "b", "c");
        a.tickAfter(Duration.ofMillis(1));
        assertThat(a.view().role()).isEqualTo(Role.PRE_CANDIDATE);
        a.answered(MemberUnderTest.yes(a.sentTo("b", Request.Vote.class)));
        a.answered(MemberUnderTest.yes(a.sentTo("c", Request.Vote.class)));
        assertThat(a.view().role()).isEqualTo(Role.CANDIDATE);
        assertThat(renounces(a, "a", "b", "c")).isFalse();
    }

    @Test
    void aCampaignEndsWhereAgreementEnds() {
        MemberUnderTest a = agreed("a", "a", "b", "c");
        a.tickAfter(Duration.ofMillis(1));
        assertThat(a.view().role()).isEqualTo(Role.PRE_CANDIDATE);
        discovers(a, "a", "b", "c", "d");
        assertThat(a.view().role()).isEqualTo(Role.FOLLOWER);
    }

    @Test
    void aloneItFoundsAfterTheMarginIfThatIsWanted() {
        MemberUnderTest a = unfounded("a", new GatheringSettings(1, true, MARGIN, true));
        discovers(a, "a");
        a.tickAfter(MARGIN.minusMillis(1));
        assertThat(a.view().role()).isEqualTo(Role.FOLLOWER);
        a.tickAfter(Duration.ofMillis(1));
        a.settle();
        assertThat(a.view().role()).isEqualTo(Role.LEADER);
    }

    @Test
    void whereTheOthersAreGoneTheMarginBeginsAgain() {
        MemberUnderTest a = unfounded("a", new GatheringSettings(1, true, MARGIN, true));
        discovers(a, "a", "b");
        for (int i = 0; i < 5; i++) {
            a.pass(T);
            a.outbox.clear();
            a.step(new Input.PingDue());
            a.answered(answer(
                    a.sentTo("b", Request.Announce.class),
                    "b-1",
                    null,
                    new Gathering(MemberKind.DATA, 1, true, List.of("a", "b"), false)));
        }
        discovers(a, "a");
        a.tickAfter(MARGIN.minusMillis(1));
        a.settle();
        assertThat(a.view().role()).isEqualTo(Role.FOLLOWER);
    }

    @Test
    void whoFoundsNoneOnlyJoins() {
        MemberUnderTest a = unfounded("a", new GatheringSettings(EXPECTED, false, MARGIN, false));
        discovers(a, "a", "b", "c");
        intervals(a, 8, "a", "b", "c");
        assertThat(isStanding(a)).isFalse();
        assertThat(votes(a, asks(a, "b", Phase.PRE_VOTE, 1, "a", "b", "c"))).isEqualTo(RefusalReason.NOT_AGREED);
    }

    @Test
    void settingsThatWouldFoundTooManyAreRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> new GatheringSettings(0, true, MARGIN, true));
        assertThatIllegalArgumentException().isThrownBy(() -> new GatheringSettings(1, false, MARGIN, true));
        assertThatIllegalArgumentException().isThrownBy(() -> new GatheringSettings(3, false, Duration.ZERO, true));
        GatheringSettings gathering = new GatheringSettings(3, false, MARGIN, true);
        assertThatIllegalArgumentException().isThrownBy(() -> new FoundingSettings(MARGIN, true, gathering, false));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> settings("a", List.of(data("a")), T.multipliedBy(6), LEASE, false, 10)
                        .withFounding(FoundingSettings.discovered(gathering, true)))
                .withMessageContaining("stableMargin must be longer than electionTimeout");
    }
}
