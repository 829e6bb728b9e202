package io.election.sample.cluster;

import static io.election.sample.cluster.Demo.check;
import static io.election.sample.cluster.Demo.say;
import static io.election.sample.cluster.Demo.title;

import io.election.sample.figures.Figures;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** The part of the story in which a cluster without a list and without a disk is founded, and updated like a Deployment of Kubernetes. */
final class FoundByName {

    /** No cache lies between the members and their name server, so the shortest margin that there is will do. */
    static final List<String> ARGUMENTS = Stream.concat(
                    Stream.of("--election.discovery.stable-margin=2s"), RollingUpdate.ARGUMENTS.stream())
            .toList();

    private final SampleCluster cluster;

    FoundByName(SampleCluster cluster) {
        this.cluster = cluster;
    }

    void story() {
        founded();
        updated();
    }

    private void founded() {
        title("Three members start that know nothing but a name, and keep nothing on a disk");
        long started = System.nanoTime();
        cluster.start();
        MemberProcess leader = RollingUpdate.awaitVotes(cluster);
        say(
                "%s leads to all of them. They have founded a cluster and elected %s, %s after their start.",
                NameServer.NAME, leader.id(), Figures.seconds(System.nanoTime() - started));
    }

    private void updated() {
        title("They are updated one by one: a new one starts, and once it is ready an old one is stopped");
        RollingUpdate.Result update =
                RollingUpdate.of(cluster, List.of("d", "e", "f"), Duration.ZERO, FoundByName::tell);
        MemberProcess leader = cluster.awaitAgreement();
        cluster.stop();
        List<Recording> recordings = cluster.recordings();
        List<RecordingCheck.Gap> gaps = RecordingCheck.gaps(recordings);
        check(
                gaps.stream().allMatch(gap -> gap.reason().equals(RollingUpdate.HANDED_OVER)),
                "A leadership ended otherwise than by a handover: " + gaps);
        List<String> faults = RecordingCheck.faults(recordings);
        check(faults.isEmpty(), String.join(" ", faults));
        say(
                "The update took %s, with %s. Otherwise there was a leader throughout: nobody led for %s in all.",
                Figures.seconds(update.tookNanos()),
                update.handovers() == 1 ? "one handover" : update.handovers() + " handovers",
                Figures.millis(update.leaderlessNanos()));
        say("d, e and f are the members now, and %s leads. No process of before runs any more.", leader.id());
    }

    private static void tell(RollingUpdate.Exchange exchange) {
        say(
                "%s was ready %s after its start; %s, %s, ended %s after its SIGTERM.",
                exchange.fresh().id(),
                Figures.seconds(exchange.readyNanos()),
                exchange.old().id(),
                exchange.ledBefore() ? "which led" : "a follower",
                Figures.seconds(exchange.endNanos()));
    }
}
