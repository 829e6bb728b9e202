package io.election.sample.cluster;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Exchanges all members as Kubernetes updates a Deployment with one pod more than wanted ({@code maxSurge: 1}, {@code maxUnavailable:
 * 0}): a new one starts, under a new id and at a new address. Once it says that it is ready, which takes {@link #ARGUMENTS}, an old one
 * is asked to stop. Nobody chooses which: the leader's turn comes when it comes.
 */
final class RollingUpdate {

    /** Readiness as docs/kubernetes.md has it: a member is ready once it does its part in the cluster. */
    static final List<String> ARGUMENTS = List.of(
            "--management.endpoint.health.probes.enabled=true",
            "--management.endpoint.health.group.readiness.include=readinessState,electionReadiness");

    /** How a leadership ends that is handed over because its application stops, as its listener is told. */
    static final String HANDED_OVER = "SHUTDOWN";

    private static final Duration LIMIT = Duration.ofMinutes(3);

    private RollingUpdate() {}

    /**
     * One old member has been exchanged for a new one.
     *
     * @param fresh the new one
     * @param old the old one
     * @param ledBefore whether the old one led when it was asked to stop
     * @param readyNanos from the start of the new one's process to its readiness
     * @param endNanos from the old one's SIGTERM to the end of its process
     */
    record Exchange(MemberProcess fresh, MemberProcess old, boolean ledBefore, long readyNanos, long endNanos) {}

    /**
     * What a whole update took.
     *
     * @param exchanges each exchange, in order
     * @param tookNanos from its beginning until the new members agreed, and all of them had a vote
     * @param leaderlessNanos for how long nobody led meanwhile, all gaps together
     */
    record Result(List<Exchange> exchanges, long tookNanos, long leaderlessNanos) {

        Result {
            exchanges = List.copyOf(exchanges);
        }

        /** How often the leadership went from one to another because the leader was stopped. */
        long handovers() {
            return exchanges.stream().filter(Exchange::ledBefore).count();
        }
    }

    /**
     * Exchanges all members.
     *
     * @param cluster its members
     * @param ids of the new ones
     * @param rest for how long a new one has to be ready before an old one is stopped, as {@code minReadySeconds} has it
     * @param told of each exchange, once it is over
     */
    static Result of(SampleCluster cluster, List<String> ids, Duration rest, Consumer<Exchange> told) {
        List<MemberProcess> old = List.copyOf(cluster.members());
        cluster.awaitAgreement();
        long begin = System.nanoTime();
        List<Exchange> exchanges = new ArrayList<>();
        for (int i = 0; i < old.size(); i++) {
            exchanges.add(exchange(cluster, old.get(i), ids.get(i), rest));
            told.accept(exchanges.get(i));
        }
        awaitVotes(cluster);
        long end = System.nanoTime();
        return new Result(exchanges, end - begin, LeaderlessTime.between(cluster.recordings(), begin, end));
    }

    private static Exchange exchange(SampleCluster cluster, MemberProcess old, String id, Duration rest) {
        long started = System.nanoTime();
        MemberProcess fresh = cluster.join(id);
        SampleCluster.await("member " + id + " to be ready", LIMIT, fresh::isReady);
        long ready = System.nanoTime();
        SampleCluster.pause(rest);
        boolean led = Demo.status(old).leader();
        long asked = System.nanoTime();
        cluster.dismiss(old);
        return new Exchange(fresh, old, led, ready - started, System.nanoTime() - asked);
    }

    /** Waits until all members agree on their leader, and all of them have a vote. */
    static MemberProcess awaitVotes(SampleCluster cluster) {
        List<MemberProcess> leader = new ArrayList<>();
        SampleCluster.await("the votes of all members", LIMIT, () -> {
            MemberProcess present = cluster.awaitAgreement();
            boolean all = cluster.members().stream()
                    .allMatch(m -> m.status().join().filter(MemberStatus::votes).isPresent());
            if (all) {
                leader.add(present);
            }
            return all;
        });
        return leader.get(0);
    }
}
