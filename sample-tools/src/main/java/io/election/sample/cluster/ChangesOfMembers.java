package io.election.sample.cluster;

import static io.election.sample.cluster.Demo.answer;
import static io.election.sample.cluster.Demo.check;
import static io.election.sample.cluster.Demo.last;
import static io.election.sample.cluster.Demo.ledAfter;
import static io.election.sample.cluster.Demo.say;
import static io.election.sample.cluster.Demo.status;
import static io.election.sample.cluster.Demo.title;

import io.election.sample.figures.Figures;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The part of the story in which members come and go while the cluster is led. */
final class ChangesOfMembers {

    private static final Duration LIMIT = Duration.ofMinutes(1);

    private final SampleCluster cluster;

    ChangesOfMembers(SampleCluster cluster) {
        this.cluster = cluster;
    }

    /** Three members become five, one of them is replaced, they become three again, and each of those is exchanged. */
    void story() {
        grown();
        replaced();
        shrunk();
        exchanged();
    }

    private MemberProcess leader() {
        return cluster.awaitAgreement();
    }

    private void grown() {
        title("Two more members join, and get a vote");
        MemberProcess leader = leader();
        long term = status(leader).term();
        MemberProcess d = cluster.newcomer("d");
        MemberProcess e = cluster.newcomer("e");
        cluster.start(List.of(d, e));
        awaitLearner(leader, d);
        awaitLearner(leader, e);
        say("d and e list a, b, c and themselves; nobody lists them. They have the log, and do not count yet.");
        change(d, "promote", d);
        change(e, "promote", e);
        check(status(leader).leader() && status(leader).term() == term, leader.id() + " did not lead throughout.");
        say("Five members vote. %s has led throughout, in term %d.", leader.id(), term);
    }

    private void awaitLearner(MemberProcess leader, MemberProcess learner) {
        SampleCluster.await(
                "member " + learner.id() + " to have caught up as a learner",
                LIMIT,
                () -> inForce(leader)
                        .member(learner.id())
                        .filter(m -> m.gap() != null && m.gap() == 0)
                        .isPresent());
    }

    private void replaced() {
        title("A member dies for good, and another one takes its place");
        MemberProcess leader = leader();
        MemberProcess dead = cluster.others(leader).get(0);
        dead.kill();
        MemberProcess f = cluster.join("f");
        awaitLearner(leader, f);
        SampleCluster.await(
                "the leader to miss member " + dead.id(),
                LIMIT,
                () -> Integer.valueOf(4).equals(status(leader).quorum().reachable()));
        MembersInForce.Change early =
                leader.change("promote", f.id(), inForce(leader).version());
        check(!early.isMade(), "f got a vote while " + dead.id() + " was silent.");
        say("f is ready, but the dead one goes first. The leader answers: %s.", early.detail());
        change(leader, "remove", dead);
        cluster.left(dead);
        change(leader, "promote", f);
        say("%s is gone, f votes, and %s has led throughout.", dead.id(), leader().id());
    }

    private void shrunk() {
        title("Two members leave");
        MemberProcess leader = leader();
        long term = status(leader).term();
        for (MemberProcess member : cluster.others(leader).subList(0, 2)) {
            change(member, "remove", member);
            cluster.dismiss(member);
        }
        check(status(leader).leader() && status(leader).term() == term, leader.id() + " did not lead throughout.");
        say("Three members vote. %s has led throughout, in term %d.", leader.id(), term);
    }

    private void exchanged() {
        title("Every machine is exchanged, the leader's last");
        List<String> ids = new ArrayList<>(List.of("g", "h", "i"));
        MemberProcess leader = leader();
        long term = status(leader).term();
        for (MemberProcess old : cluster.others(leader)) {
            exchange(old, ids.remove(0));
        }
        check(status(leader).leader() && status(leader).term() == term, leader.id() + " did not lead throughout.");
        say("%s has led throughout, in term %d. It is exchanged like the others.", leader.id(), term);
        long asked = System.nanoTime();
        exchange(leader, ids.remove(0));
        MemberProcess successor = leader();
        long ended = last(leader.recording().leaderships()).lastTrueNanos();
        long led = ledAfter(successor, asked);
        check(led > ended, "The successor led before the old leader had ended.");
        say(
                "It handed over to %s, which removed it: nobody led for %s. g, h and i are the members now.",
                successor.id(), Figures.millis(led - ended));
    }

    private void exchange(MemberProcess old, String id) {
        MemberProcess joiner = cluster.join(id);
        awaitLearner(leader(), joiner);
        change(joiner, "promote", joiner);
        change(old, "remove", old);
        cluster.dismiss(old);
    }

    /** Asks a member for a change, by the version that it sees; again while another change is being committed. */
    private void change(MemberProcess asked, String action, MemberProcess about) {
        List<MembersInForce.Change> made = new ArrayList<>();
        SampleCluster.await("the members to let '" + action + " " + about.id() + "' be made", LIMIT, () -> {
            MembersInForce.Change change =
                    asked.change(action, about.id(), inForce(asked).version());
            if (change.isMade()) {
                made.add(change);
            } else {
                check(
                        List.of("STALE", "BUSY", "REFUSED", "NOT_LEADER").contains(change.outcome()),
                        action + " " + about.id() + " ended as " + change.outcome() + ": " + change.detail());
            }
            return change.isMade();
        });
        say(
                "%s %s: made, by version %d of the members.",
                action, about.id(), made.get(0).version());
    }

    private static MembersInForce inForce(MemberProcess member) {
        return answer(member, member::membersInForce);
    }
}
