package io.election.core;

import static io.election.core.MemberUnderTest.HEARTBEAT;
import static io.election.core.MemberUnderTest.at;
import static io.election.core.MemberUnderTest.data;
import static io.election.core.MemberUnderTest.foundedState;
import static io.election.core.MemberUnderTest.no;
import static io.election.core.MemberUnderTest.observer;
import static io.election.core.MemberUnderTest.only;
import static io.election.core.MemberUnderTest.replicated;
import static io.election.core.MemberUnderTest.settings;
import static io.election.core.MemberUnderTest.yes;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** How a leader's entries and images get to the others, with several messages in flight (safety rule 17). */
class ReplicationFlowTests {

    private static final StateImage IMAGE = new StateImage(100, "0".repeat(64), List.of("test"));
    private static final int MOST_MESSAGES = 3;
    private static final Duration SPACING = HEARTBEAT.dividedBy(50);

    /** An observer takes no part in any quorum, so the others commit what it is not sent. */
    private static final List<Member> MEMBERS = List.of(data("a"), data("b"), data("c"), observer("o"), observer("p"));

    private static MemberUnderTest leading(long inFlightBytes, long kept, List<Member> members) {
        ReplicationSettings replication = new ReplicationSettings(
                List.of("test"), 1000, 1 << 20, kept, kept, inFlightBytes, MOST_MESSAGES, 1 << 20, 2);
        MemberUnderTest a =
                new MemberUnderTest(replicated(settings("a", members), replication), "a-1", foundedState(members));
        a.leading();
        a.outbox.clear();
        a.tickAfter(HEARTBEAT);
        for (Member member : members) {
            if (!member.id().equals("a")) {
                a.answered(yes(
                        a.sentTo(member.id(), Request.Heartbeat.class), new ReplicaStatus(2, false, List.of("test"))));
            }
        }
        a.outbox.clear();
        return a;
    }

    private static MemberUnderTest leading() {
        return leading(1 << 20, 0, MEMBERS);
    }

    /** One after the other, with as much time between them as there must be between messages. */
    private static void append(MemberUnderTest a, int count) {
        for (int i = 0; i < count; i++) {
            a.tickAfter(SPACING);
            appendAtOnce(a, 1);
        }
    }

    private static void appendAtOnce(MemberUnderTest a, int count) {
        a.step(new Input.ProposeAll(1, Collections.nCopies(count, new Payload.Application("test", Bytes.utf8("x")))));
    }

    private static List<Request.Append> to(MemberUnderTest a, String peer) {
        List<Request.Append> sent = new ArrayList<>();
        for (Effect.Send send : List.copyOf(a.outbox)) {
            if (send.request() instanceof Request.Append append
                    && append.header().to().equals(peer)) {
                sent.add(append);
                a.outbox.remove(send);
            }
        }
        return sent;
    }

    private static List<Long> previous(List<Request.Append> sent) {
        return sent.stream().map(append -> append.previous().index()).toList();
    }

    @Test
    void severalMessagesAreInFlightToWhoHasTakenEntries() {
        MemberUnderTest a = leading();
        append(a, 5);
        List<Request.Append> sent = to(a, "b");
        assertThat(previous(sent)).as("one after the other, up to a number").containsExactly(2L, 3L, 4L);
        a.answered(yes(sent.get(0)));
        assertThat(to(a, "b")).singleElement().satisfies(next -> {
            assertThat(next.previous()).isEqualTo(at(2, 5));
            assertThat(next.entries())
                    .as("what has come meanwhile goes together")
                    .hasSize(2);
        });
    }

    @Test
    void whatComesSoonAfterAMessageWaitsForItsAnswer() {
        MemberUnderTest a = leading();
        appendAtOnce(a, 1);
        appendAtOnce(a, 1);
        appendAtOnce(a, 1);
        List<Request.Append> sent = to(a, "b");
        assertThat(previous(sent)).containsExactly(2L);
        a.answered(yes(sent.get(0)));
        assertThat(to(a, "b"))
                .singleElement()
                .satisfies(next -> assertThat(next.entries()).as("together").hasSize(2));
    }

    @Test
    void whatWaitsForAnAnswerIsSentWithoutItOnALongWay() {
        MemberUnderTest a = leading();
        appendAtOnce(a, 1);
        appendAtOnce(a, 1);
        assertThat(previous(to(a, "b"))).containsExactly(2L);
        assertThat(a.untilDue()).isLessThanOrEqualTo(SPACING);
        a.tickAfter(SPACING);
        assertThat(previous(to(a, "b"))).containsExactly(3L);
    }

    @Test
    void aFullMessageWaitsForNoAnswer() {
        MemberUnderTest a = leading();
        appendAtOnce(a, 1);
        appendAtOnce(a, Request.Append.MOST_ENTRIES);
        assertThat(previous(to(a, "b"))).containsExactly(2L, 3L);
        appendAtOnce(a, 1);
        assertThat(to(a, "b")).isEmpty();
    }

    @Test
    void noMoreBytesAreInFlightThanMayBe() {
        MemberUnderTest a = leading(1, 0, MEMBERS);
        append(a, 3);
        assertThat(previous(to(a, "b"))).containsExactly(2L);
    }

    @Test
    void aLostAnswerIsMadeUpForOnceAllOthersAreThere() {
        MemberUnderTest a = leading();
        append(a, 3);
        List<Request.Append> sent = to(a, "b");
        a.step(new Input.Unanswered(sent.get(0).header().requestId()));
        assertThat(to(a, "b")).isEmpty();
        a.answered(yes(sent.get(1)));
        a.answered(yes(sent.get(2)));
        append(a, 1);
        a.tickAfter(HEARTBEAT);
        assertThat(previous(to(a, "b")))
                .as("the answers to the later ones were enough")
                .containsExactly(5L);
    }

    @Test
    void aBatchThatOvertakesAnotherIsSentAgain() {
        MemberUnderTest a = leading();
        append(a, 2);
        List<Request.Append> sent = to(a, "b");
        a.answered(mismatch(sent.get(1), 2));
        assertThat(to(a, "b")).as("the first one is still on its way").isEmpty();
        a.answered(yes(sent.get(0)));
        assertThat(to(a, "b")).singleElement().satisfies(again -> {
            assertThat(again.previous()).isEqualTo(at(2, 3));
            assertThat(again.entries()).hasSize(1);
        });
    }

    private static Response mismatch(Request.Append append, long mayMatch) {
        return new Response.Append(
                MemberUnderTest.answerFrom(append),
                append.term(),
                Refusal.behind(RefusalReason.LOG_MISMATCH, at(1, mayMatch)),
                mayMatch);
    }

    @Test
    void whatIsInFlightForTooLongIsSentAgainAsOneMessage() {
        MemberUnderTest a = leading();
        append(a, 2);
        assertThat(previous(to(a, "b"))).containsExactly(2L, 3L);
        for (int i = 0; i < 11; i++) {
            a.tickAfter(HEARTBEAT);
            a.answered(yes(a.sentTo("c", Request.Heartbeat.class)));
        }
        List<Request.Append> sent = to(a, "b");
        assertThat(previous(sent)).as("given up after T, and sent again as one").containsExactly(2L);
        assertThat(sent.get(0).entries()).hasSize(2);
        a.answered(mismatch(sent.get(0), 1));
        assertThat(to(a, "b")).isEmpty();
        a.tickAfter(HEARTBEAT);
        assertThat(previous(to(a, "b")))
                .as("not before what is known to be there")
                .containsExactly(2L);
    }

    @Test
    void aSlowFollowerCostsTheOthersNothing() {
        MemberUnderTest a = leading();
        append(a, 3);
        a.write();
        to(a, "b");
        for (Request.Append append : to(a, "c")) {
            a.answered(yes(append));
        }
        assertThat(a.view().commitIndex()).isEqualTo(5);
        append(a, 1);
        assertThat(previous(to(a, "c"))).containsExactly(5L);
        assertThat(to(a, "b")).as("as many as may be in flight are").isEmpty();
        a.tickAfter(HEARTBEAT);
        assertThat(only(a.outbox, Effect.Send.class))
                .as("heartbeats wait for none of that")
                .filteredOn(send -> send.request() instanceof Request.Heartbeat)
                .hasSize(4);
    }

    // ------------------------------------------------------------------------------------------------ images

    /** Entries up to 5 are applied, and an image of them is the snapshot. */
    private static void imageOfAll(MemberUnderTest a, String digit) {
        long last = a.view().commitIndex();
        a.step(new Input.Applied(last, null));
        a.step(new Input.ImageTaken(at(2, last), new StateImage(100, digit.repeat(64), List.of("test"))));
        a.write();
    }

    private static MemberUnderTest withImage(List<Member> members) {
        MemberUnderTest a = leading(1 << 20, 0, members);
        append(a, 3);
        a.write();
        for (String voter : List.of("b", "c")) {
            to(a, voter).forEach(append -> a.answered(yes(append)));
        }
        imageOfAll(a, "0");
        return a;
    }

    private static Response fetching(Request.InstallSnapshot install, long received) {
        return new Response.Append(
                MemberUnderTest.answerFrom(install),
                install.term(),
                Refusal.of(RefusalReason.FETCHING_IMAGE),
                received);
    }

    /** What was in flight to an observer is lost, and what it held is folded away. */
    private static Request.InstallSnapshot install(MemberUnderTest a, String peer) {
        for (int i = 0; i < 30; i++) {
            for (Effect.Send send : List.copyOf(a.outbox)) {
                Request request = send.request();
                a.outbox.remove(send);
                if (request.header().to().equals(peer) && request instanceof Request.InstallSnapshot install) {
                    return install;
                }
                if (!request.header().to().startsWith("o")
                        && !request.header().to().startsWith("p")) {
                    a.answered(yes(request));
                }
            }
            a.tickAfter(HEARTBEAT);
        }
        throw new AssertionError("no snapshot was sent to " + peer);
    }

    @Test
    void theSameSnapshotIsNamedUntilItsImageIsThereAlthoughANewerOneIs() {
        MemberUnderTest a = withImage(MEMBERS);
        Request.InstallSnapshot first = install(a, "o");
        assertThat(first.snapshot().image()).isEqualTo(IMAGE);
        a.answered(fetching(first, 40));
        append(a, 2);
        a.settle("b", "c");
        imageOfAll(a, "1");
        Request.InstallSnapshot again = install(a, "o");
        assertThat(again.snapshot()).isEqualTo(first.snapshot());
        a.answered(yes(again));
        assertThat(install(a, "o").snapshot().image()).as("then the newer one").isNotEqualTo(IMAGE);
    }

    @Test
    void anImageThatIsBeingSentStays() {
        MemberUnderTest a = withImage(List.of(data("a"), data("b"), data("c"), observer("o")));
        Request.InstallSnapshot first = install(a, "o");
        a.answered(fetching(first, 40));
        append(a, 2);
        a.settle("b", "c");
        long last = a.view().commitIndex();
        a.step(new Input.Applied(last, null));
        a.step(new Input.ImageTaken(at(2, last), new StateImage(100, "1".repeat(64), List.of("test"))));
        assertThat(only(a.write(), Effect.RetainImages.class))
                .containsExactly(new Effect.RetainImages(Set.of(at(2, 5), at(2, last))));
        Request.InstallSnapshot again = install(a, "o");
        assertThat(only(a.answered(yes(again)), Effect.RetainImages.class))
                .containsExactly(new Effect.RetainImages(Set.of(at(2, last))));
    }

    @Test
    void nobodyIsNamedAnImageThatIsNotKeptForIt() {
        List<Member> many = new ArrayList<>(List.of(data("a"), data("b"), data("c")));
        for (int i = 1; i <= 5; i++) {
            many.add(observer("o" + i));
        }
        MemberUnderTest a = withImage(many);
        for (int i = 1; i <= 4; i++) {
            a.answered(fetching(install(a, "o" + i), 0));
        }
        a.outbox.clear();
        a.tickAfter(HEARTBEAT);
        a.tick();
        assertThat(a.outbox)
                .filteredOn(send -> send.request().header().to().equals("o5"))
                .extracting(send -> send.request().getClass().getSimpleName())
                .containsOnly("Heartbeat");
        Request.InstallSnapshot done = install(a, "o1");
        a.answered(yes(done));
        assertThat(install(a, "o5").snapshot().image()).isEqualTo(IMAGE);
    }

    @Test
    void aWitnessIsSentTheSnapshotWithoutAnImage() {
        List<Member> members = List.of(data("a"), data("b"), data("c"), MemberUnderTest.witness("p"));
        MemberUnderTest a = leading(1 << 20, 0, members);
        append(a, 3);
        a.write();
        for (String voter : List.of("b", "c")) {
            to(a, voter).forEach(append -> a.answered(yes(append)));
        }
        imageOfAll(a, "0");
        assertThat(install(a, "p").snapshot().image()).isNull();
    }

    @Test
    void aMemberThatRefusesEntriesForAnotherReasonIsSentThemWithTheNextHeartbeat() {
        MemberUnderTest a = leading();
        append(a, 1);
        Request.Append refused = to(a, "b").get(0);
        a.answered(no(refused, 2, Refusal.of(RefusalReason.LOG_FULL)));
        assertThat(to(a, "b")).isEmpty();
        a.tickAfter(HEARTBEAT);
        assertThat(previous(to(a, "b"))).containsExactly(2L);
    }
}
