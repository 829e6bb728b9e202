package io.election.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class WhyNobodyLeadsTests {

    private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");
    private static final NodeStatus.Member SELF = member("a", "data", "voter", true, null, true);

    private static NodeStatus.Member member(
            String id,
            String kind,
            String voting,
            @Nullable Boolean reached,
            @Nullable String error,
            @Nullable Boolean ready) {
        return new NodeStatus.Member(
                id,
                null,
                kind,
                voting,
                reached,
                null,
                null,
                null,
                error,
                error == null ? null : NOW.minusSeconds(40),
                ready);
    }

    private static WhyNobodyLeads why(WhyNobodyLeads.@Nullable Round round, NodeStatus.Member... members) {
        Set<String> voters = Arrays.stream(members)
                .filter(member -> !member.kind().equals("observer"))
                .map(NodeStatus.Member::id)
                .collect(Collectors.toSet());
        return WhyNobodyLeads.of("a", 2, List.of(members), voters, null, null, null, round, NOW);
    }

    @Test
    void namesWhoIsNotReachedWithTheLastErrorWhereTooFewAre() {
        WhyNobodyLeads why = why(
                null,
                SELF,
                member("b", "data", "voter", false, "connection refused", true),
                member("c", "data", "voter", false, "unknown host 'c'", true));
        assertThat(why)
                .isEqualTo(new WhyNobodyLeads(
                        "2 of 3 voters are needed, and 'a' reaches 1, itself included",
                        List.of(
                                new WhyNobodyLeads.Reason("a", true, false, "stands for election"),
                                new WhyNobodyLeads.Reason(
                                        "b", false, false, "not reached: connection refused, for 40 s"),
                                new WhyNobodyLeads.Reason(
                                        "c", false, false, "not reached: unknown host 'c', for 40 s"))));
    }

    @Test
    void namesWhoRefusedAndWhyAndWhoDoesNotStand() {
        WhyNobodyLeads.Round round =
                new WhyNobodyLeads.Round(NOW, 5, List.of("a"), 2, Map.of("b", "log behind at 4/9"), "too many refused");
        WhyNobodyLeads why = why(
                round,
                SELF,
                member("b", "data", "voter", true, null, false),
                member("c", "witness", "voter", null, null, true));
        assertThat(why)
                .isEqualTo(new WhyNobodyLeads(
                        "the last election that 'a' stood for, in term 5, ended with 1 of 2 votes needed: too many refused",
                        List.of(
                                new WhyNobodyLeads.Reason("a", true, false, "stands for election"),
                                new WhyNobodyLeads.Reason(
                                        "b",
                                        true,
                                        true,
                                        "asked for its vote in term 5, it refused: log behind at 4/9; does not stand: its"
                                                + " application is not ready yet"),
                                new WhyNobodyLeads.Reason(
                                        "c",
                                        null,
                                        true,
                                        "not known to be reached; does not stand: it is of kind witness"))));
    }

    /** Only a leader knows whether the votes of the others count. */
    @Test
    void votersWhoseVotingStateIsNotKnownHereCountAndMayStand() {
        WhyNobodyLeads why = why(
                null,
                member("a", "data", "unknown", null, null, true),
                member("b", "data", "unknown", false, "connection refused", null),
                member("c", "data", "unknown", false, "connection refused", null),
                member("o", "observer", "non-voter", true, null, true));
        assertThat(why.summary()).isEqualTo("2 of 3 voters are needed, and 'a' reaches 1, itself included");
        assertThat(why.members().get(0).why()).isEqualTo("stands for election");
        assertThat(why.members().get(3).why()).isEqualTo("does not stand: it is of kind observer");
    }

    @Test
    void anObserverDoesNotCountItself() {
        WhyNobodyLeads why = why(
                null,
                member("a", "observer", "non-voter", null, null, true),
                member("b", "data", "unknown", true, null, true),
                member("c", "data", "unknown", false, "connection refused", null));
        assertThat(why.summary()).isEqualTo("2 of 2 voters are needed, and 'a' reaches 1");
    }

    @Test
    void namesWhoAnswersButNotAsAMember() {
        WhyNobodyLeads why =
                why(null, SELF, member("b", "data", "voter", true, "two processes run as this member", true));
        assertThat(why.members().get(1).why()).isEqualTo("answers, but two processes run as this member");
        assertThat(why.summary()).isEqualTo("enough voters are reached, and 'a' has not stood for election yet");
    }

    @Test
    void aFaultOfThisMemberComesFirstAndItsApplicationsStart() {
        NodeStatus.Member unready = member("a", "data", "voter", true, null, false);
        WhyNobodyLeads why = WhyNobodyLeads.of(
                "a",
                2,
                List.of(unready),
                Set.of("a"),
                "the journal of this member failed: no space",
                "runner 'x' runs",
                null,
                null,
                NOW);
        assertThat(why.summary()).isEqualTo("the journal of this member failed: no space");
        assertThat(why.members().get(0).why())
                .isEqualTo("does not stand: its application is not ready yet: runner 'x' runs");
    }

    @Test
    void namesThePauseAndTheOnlyMemberThatStandsInIt() {
        NodeStatus.Paused paused = new NodeStatus.Paused(NOW.plusSeconds(600), "b", "anna", null);
        WhyNobodyLeads why = WhyNobodyLeads.of(
                "a",
                2,
                List.of(
                        SELF,
                        member("b", "data", "voter", true, null, false),
                        member("c", "data", "voter", true, null, true)),
                Set.of("a", "b", "c"),
                null,
                null,
                paused,
                null,
                NOW);
        assertThat(why.summary())
                .isEqualTo("the leadership is paused until " + paused.until() + ", and only 'b' stands");
        assertThat(why.members().stream().map(WhyNobodyLeads.Reason::why))
                .containsExactly(
                        "does not stand: the leadership is paused",
                        "does not stand: its application is not ready yet",
                        "does not stand: the leadership is paused");
    }
}
