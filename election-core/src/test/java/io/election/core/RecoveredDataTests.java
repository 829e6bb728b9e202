package io.election.core;

import static io.election.core.MemberUnderTest.GENERATION;
import static io.election.core.MemberUnderTest.HEARTBEAT;
import static io.election.core.MemberUnderTest.T;
import static io.election.core.MemberUnderTest.THREE;
import static io.election.core.MemberUnderTest.at;
import static io.election.core.MemberUnderTest.entry;
import static io.election.core.MemberUnderTest.membership;
import static io.election.core.MemberUnderTest.only;
import static io.election.core.MemberUnderTest.replicated;
import static io.election.core.MemberUnderTest.settings;
import static org.assertj.core.api.Assertions.assertThat;

import io.election.Role;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A cluster that was recovered with the data of the lost one, whose entries are still in its log. */
class RecoveredDataTests {

    private static final ReplicationSettings REPLICATION = ReplicationSettings.reading(List.of("test"));
    private static final Recovery RECOVERY = new Recovery("c-2", GENERATION + 1000, "a", "a-2");

    /** In term 5, with entries up to 4 of which nobody knows whether they are committed. */
    private static final DurableState LOST = new DurableState(
            new HardState(5, "b", T),
            new Snapshot(at(1, 1), membership(THREE), List.of(), 0),
            List.of(entry(2, 1), entry(3, 3), entry(4, 3)));

    private static final StateImage IMAGE = new StateImage(100, "a".repeat(64), List.of("test"));

    private static MemberUnderTest recovered() {
        MemberUnderTest member =
                new MemberUnderTest(replicated(settings("a", THREE), REPLICATION), "a-2", RECOVERY.withData(LOST));
        member.ready();
        return member;
    }

    private static void lead(MemberUnderTest member) {
        for (int i = 0; i < 20 && member.view().role() != Role.LEADER; i++) {
            member.tickWhenDue();
            member.write();
        }
        assertThat(member.view().role()).isEqualTo(Role.LEADER);
        member.write();
    }

    @Test
    void allThatWasInTheLogIsKnownToBeCommittedAndIsApplied() {
        MemberUnderTest member = recovered();
        assertThat(member.view().commitIndex()).isEqualTo(5);
        assertThat(only(member.fed, Effect.Apply.class))
                .flatExtracting(Effect.Apply::entries)
                .extracting(Entry::index)
                .containsExactly(2L, 3L, 4L, 5L);
        lead(member);
        member.step(new Input.Applied(5, null));
        assertThat(member.view().leader()).isEqualTo("a");
    }

    @Test
    void anImageIsDueAtOnceAndAgainIfItWasNotTaken() {
        MemberUnderTest member = recovered();
        assertThat(only(member.step(new Input.Applied(4, null)), Effect.TakeImage.class))
                .as("it would be of the lost cluster")
                .isEmpty();
        assertThat(only(member.step(new Input.Applied(5, null)), Effect.TakeImage.class))
                .hasSize(1);
        lead(member);
        member.step(new Input.ImageNotTaken("no room"));
        assertThat(only(member.step(new Input.Applied(6, null)), Effect.TakeImage.class))
                .hasSize(1);
        member.step(new Input.ImageTaken(at(6, 6), IMAGE));
        member.step(new Input.Propose(1, new Payload.Application("test", Bytes.utf8("x"))));
        member.write();
        assertThat(only(member.step(new Input.Applied(7, null)), Effect.TakeImage.class))
                .isEmpty();
    }

    /** Delivers what one has sent to the other, and the answers back. Returns what was sent. */
    private static List<Request> deliver(MemberUnderTest from, MemberUnderTest to) {
        List<Request> requests = from.outbox.stream()
                .map(Effect.Send::request)
                .filter(request -> request.header().to().equals(to.settings.nodeId()))
                .toList();
        from.outbox.clear();
        for (Request request : requests) {
            for (Effect effect : to.receive(request)) {
                if (effect instanceof Effect.Reply reply) {
                    to.write();
                    from.step(new Input.ResponseReceived(reply.response()));
                    from.write();
                }
            }
        }
        return requests;
    }

    private static List<Request> heartbeats(MemberUnderTest leader, MemberUnderTest learner, int rounds) {
        List<Request> all = new ArrayList<>();
        for (int i = 0; i < rounds; i++) {
            leader.pass(HEARTBEAT);
            learner.pass(HEARTBEAT);
            leader.tick();
            learner.tick();
            all.addAll(deliver(leader, learner));
            deliver(learner, leader);
        }
        return all;
    }

    /**
     * A new member that holds some of the entries of the lost cluster, and not the one that ended it, would take itself for a member of
     * that one, and refuse everything else.
     */
    @Test
    void aNewMemberIsSentNothingOfTheLostCluster() {
        MemberUnderTest leader = recovered();
        lead(leader);
        leader.step(new Input.Applied(5, null));
        leader.outbox.clear();
        MemberUnderTest learner =
                new MemberUnderTest(replicated(settings("b", THREE), REPLICATION), "b-2", DurableState.NEW);
        learner.step(new Input.PingDue());
        deliver(learner, leader);

        List<Request> sent = heartbeats(leader, learner, 5);
        assertThat(sent).noneMatch(RecoveredDataTests::isOfTheLostCluster);
        assertThat(learner.view().last()).isEqualTo(LogPosition.NONE);

        leader.step(new Input.ImageTaken(at(5, 5), IMAGE));
        leader.write();
        sent = heartbeats(leader, learner, 3);
        assertThat(only(sent, Request.InstallSnapshot.class)).isNotEmpty();
        learner.step(new Input.ImageFetched(at(5, 5), IMAGE, IMAGE.length(), true));
        sent.addAll(heartbeats(leader, learner, 5));
        assertThat(sent).noneMatch(RecoveredDataTests::isOfTheLostCluster);
        assertThat(learner.view().membership()).isEqualTo(leader.view().membership());
        assertThat(learner.view().last()).isEqualTo(leader.view().last());
    }

    private static boolean isOfTheLostCluster(Request request) {
        return request instanceof Request.Append append
                && append.entries().stream().anyMatch(entry -> entry.index() <= 5);
    }
}
