package io.election.sample.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RecordingCheckTests {

    @Test
    void findsNothingInTwoLeadershipsOneAfterTheOther() {
        assertThat(faults("""
                        leader-changed 90 1 a
                        leader true 100 11
                        elected 110 1 11
                        still 150
                        leader false 190 195
                        stepped-down 196 1 SHUTDOWN
                        end 200
                        """, """
                        leader true 191 12
                        elected 197 2 12
                        still 400
                        """)).isEmpty();
    }

    @Test
    void findsTwoThatLedAtOnce() {
        assertThat(faults("leader true 100 11\nleader false 190 195\n", "leader true 180 12\nstill 400\n"))
                .singleElement()
                .asString()
                .startsWith("\"no two members lead at the same instant\" does not hold: a under token 11");
    }

    @Test
    void findsTwoThatLedAtOnceWhereOneNeverEnded() {
        assertThat(faults("leader true 100 11\nstill 300\n", "leader true 180 12\nleader false 190 191\n"))
                .hasSize(1);
    }

    @Test
    void believesNoAnswerThatWasFoundBeforeAPauseAndReadAfterIt() {
        assertThat(faults("leader true 100 11\nleader false 50 105\n", "leader true 80 12\nstill 400\n"))
                .filteredOn(fault -> fault.contains("same instant"))
                .isEmpty();
    }

    @Test
    void findsATokenThatDidNotRise() {
        assertThat(faults("leader true 100 11\nleader false 190 195\n", "leader true 200 11\nstill 400\n"))
                .singleElement()
                .asString()
                .startsWith("\"a token belongs to one leadership\"");
    }

    @Test
    void findsATokenThatFellWhereTheLaterLeadershipIsTheSameMembers() {
        assertThat(faults("leader true 100 12\nleader false 190 195\nleader true 200 11\nstill 400\n"))
                .singleElement()
                .asString()
                .startsWith("\"tokens rise from leadership to leadership\"");
    }

    @Test
    void findsTwoElectedInOneTerm() {
        assertThat(faults("elected 100 1 11\nstepped-down 150 1 SHUTDOWN\nend 160\n", "elected 200 1 12\n"))
                .containsExactly(
                        "\"a term has one leader\" does not hold: b was told that it leads in term 1, of which that had been"
                                + " told before.",
                        "\"a term has one leader\" does not hold: Term 1 had two leaders, a and b.");
    }

    @Test
    void findsOneElectedTwiceInATermInTwoLives() {
        List<Recording> lives =
                List.of(Recording.parse("a", "elected 1 7 9\n"), Recording.parse("a", "elected 5 7 10\n"));

        assertThat(RecordingCheck.faults(lives))
                .containsExactly(
                        "\"a term has one leader\" does not hold: a (life 2) was told that it leads in term 7, of which"
                                + " that had been told before.");
    }

    @Test
    void findsMembersThatWereToldOfDifferentLeadersInATerm() {
        assertThat(faults("leader-changed 90 4 a\nleader-changed 95 4 -\n", "leader-changed 91 4 c\n"))
                .containsExactly("\"a term has one leader\" does not hold: Term 4 had two leaders, a and c.");
    }

    @Test
    void findsAWriteUnderAnOlderTokenThatWasAccepted() {
        assertThat(faults("writes 10 11 1\nwrites 40 11 3\naccepted 45 3\n", "writes 20 12 2\naccepted 25 2\n"))
                .singleElement()
                .asString()
                .contains("a wrote under token 11 from 40 ns to 45 ns, after b had written under token 12 by 25 ns");
    }

    @Test
    void believesAWriteThatWasNeverAnsweredAndTookEffectLater() {
        assertThat(faults("writes 10 11 1\n", "read 20 25 - 0\nwrites 30 12 2\n", "read 40 45 11 1\nread 50 55 12 2\n"))
                .isEmpty();
    }

    @Test
    void findsAConfirmationAfterALaterLeadershipHadBegun() {
        assertThat(faults(
                        "leader true 5 11\nleader false 6 7\nconfirmed 40 45 11\nnot-confirmed 50 55 -\n",
                        "leader true 30 12\nstill 35\n"))
                .singleElement()
                .asString()
                .contains("a asked at 40 ns and was confirmed under token 11");
    }

    @Test
    void findsATrueAnswerAfterTheEndWasTold() {
        assertThat(faults("leader true 5 11\nelected 6 1 11\nstepped-down 20 1 REQUESTED\nstill 21\n"))
                .singleElement()
                .asString()
                .contains("was told of its end at 20 ns");
    }

    @Test
    void refusesAnAnswerToAWriteThatIsNotOnRecord() {
        assertThatExceptionOfType(ClusterException.class)
                .isThrownBy(() -> Recording.parse("a", "accepted 5 1\n"))
                .withMessageContaining("accepted 5 1");
    }

    @Test
    void findsACalmTimeInWhichNobodyLed() {
        List<Recording> recordings = List.of(
                Recording.parse("a", "leader true 100 11\nleader false 2000000000 2000000001\n"),
                Recording.parse("b", "leader true 7000000000 12\nstill 9000000000\n"));

        assertThat(RecordingCheck.leaderless(
                        recordings,
                        List.of(
                                new RecordingCheck.Calm(2_000_000_000L, 6_000_000_000L),
                                new RecordingCheck.Calm(2_100_000_000L, 2_200_000_000L),
                                new RecordingCheck.Calm(3_000_000_000L, 6_999_999_999L),
                                new RecordingCheck.Calm(6_000_000_000L, 7_000_000_000L))))
                .containsExactly("Nobody led from 3000000000 to 6999999999, although nothing was broken.");
    }

    @Test
    void measuresTheTimeBetweenLeaderships() {
        List<Recording> recordings = List.of(
                Recording.parse("a", """
                        leader true 100 1883297793819481
                        elected 101 1 1883297793819481
                        leader false 190 195
                        stepped-down 196 1 REQUESTED
                        leader true 1000 1883297793819483
                        still 1001
                        """),
                Recording.parse("b", "leader true 700 1883297793819482\nleader false 900 901\n"));

        assertThat(RecordingCheck.gaps(recordings))
                .containsExactly(new RecordingCheck.Gap(510, "REQUESTED"), new RecordingCheck.Gap(100, "-"));
    }

    @Test
    void countsTheAnswers() {
        assertThat(Recording.parse("a", "asked 90 17\nasked 95 18\n").answers()).isEqualTo(18);
    }

    @Test
    void findsElectedTwiceInARow() {
        assertThat(faults("elected 100 1 11\nelected 200 2 12\n"))
                .anySatisfy(fault -> assertThat(fault).contains("a was told twice that it leads, in terms 1 and 2."));
    }

    @Test
    void findsStepDownOfAnotherTerm() {
        assertThat(faults("elected 100 1 11\nstepped-down 200 2 LEASE_LOST\n"))
                .singleElement()
                .asString()
                .contains("a was told that it no longer leads in term 2, but not before that it leads.");
    }

    @Test
    void findsAnEndThatMustNeverBe() {
        assertThat(faults("elected 100 1 11\nstepped-down 200 1 TWO_LEADERS\n"))
                .singleElement()
                .asString()
                .endsWith("a stopped leading in term 1 because of TWO_LEADERS.");
    }

    @Test
    void findsAClosedMemberThatWasNotToldOfItsEnd() {
        assertThat(faults("elected 100 1 11\nend 200\n"))
                .singleElement()
                .asString()
                .endsWith("a was closed and not told that it no longer leads in term 1.");
    }

    @Test
    void forgivesAKilledMemberThatCouldNotBeTold() {
        assertThat(faults("elected 100 1 11\n")).isEmpty();
    }

    @Test
    void leavesOutALastLineThatIsNotWhole() {
        assertThat(Recording.parse("a", "leader true 100 11\nleader fal").leaderships())
                .containsExactly(new Recording.Leadership(100, 99, Long.MAX_VALUE, 11));
    }

    @Test
    void readsWakings() {
        assertThat(Recording.parse("a", "woke 9000 5000 false\n").wakings())
                .containsExactly(new Recording.Waking(9000, 5000, false));
    }

    private static List<String> faults(String... records) {
        String[] ids = {"a", "b", "c"};
        List<Recording> recordings = IntStream.range(0, records.length)
                .mapToObj(i -> Recording.parse(ids[i], records[i]))
                .toList();
        return RecordingCheck.faults(recordings);
    }
}
