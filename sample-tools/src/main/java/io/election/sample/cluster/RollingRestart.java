package io.election.sample.cluster;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Restarts all members, one after the other, as fast as readiness allows ({@link RollingUpdate#ARGUMENTS}): each is asked to stop,
 * started again with its directory, and once it says that it is ready the next one is asked to stop. The order is the worst that an
 * operator can choose: whoever leads comes next, if it was not restarted before.
 */
final class RollingRestart {

    private static final Duration LIMIT = Duration.ofMinutes(3);

    private RollingRestart() {}

    /**
     * What it took.
     *
     * @param restartedLeaders how many members led when they were asked to stop
     * @param readyNanos of each, from the start of its process to its readiness
     * @param leaderlessNanos for how long nobody led meanwhile, all gaps together
     * @param tookNanos from the first SIGTERM to the readiness of the last one
     */
    record Result(int restartedLeaders, List<Long> readyNanos, long leaderlessNanos, long tookNanos) {

        Result {
            readyNanos = List.copyOf(readyNanos);
        }
    }

    /**
     * Restarts all members of a cluster that has a leader.
     *
     * @param cluster its members, each with its directory
     */
    static Result of(SampleCluster cluster) {
        List<Long> ready = new ArrayList<>();
        int leaders = 0;
        long begin = System.nanoTime();
        List<MemberProcess> left = new ArrayList<>(cluster.members());
        while (!left.isEmpty()) {
            Optional<MemberProcess> leader = cluster.leader();
            MemberProcess member = leader.filter(left::contains).orElse(left.get(0));
            left.remove(member);
            if (leader.filter(led -> led == member).isPresent()) {
                leaders++;
            }
            member.askToStop();
            member.awaitEnd();
            long started = System.nanoTime();
            member.start();
            SampleCluster.await("member " + member.id() + " to be ready", LIMIT, member::isReady);
            ready.add(System.nanoTime() - started);
        }
        long end = System.nanoTime();
        cluster.awaitAgreement();
        return new Result(leaders, ready, LeaderlessTime.between(cluster.recordings(), begin, end), end - begin);
    }
}
