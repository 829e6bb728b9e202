package io.election.sample.cluster;

import static io.election.sample.cluster.Demo.answer;
import static io.election.sample.cluster.Demo.check;
import static io.election.sample.cluster.Demo.say;
import static io.election.sample.cluster.Demo.title;

import java.time.Duration;
import java.util.Map;

/** The part of the story in which a job keeps its progress in the replicated store, and its leader is killed in the middle of it. */
final class ProgressInTheStore {

    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final int STEPS = 10;

    private final SampleCluster cluster;

    ProgressInTheStore(SampleCluster cluster) {
        this.cluster = cluster;
    }

    /**
     * What members answer at {@code /import}.
     *
     * @param lastStep the last step that was done
     * @param total the effect: the sum of the numbers of all steps
     * @param stepsOf how many steps each member has done
     */
    record Progress(long lastStep, long total, Map<String, Long> stepsOf) {

        /** Each step was done once, and none was left out: the effect is that of all steps up to the last one. */
        boolean isSound() {
            long steps = stepsOf.values().stream().mapToLong(Long::longValue).sum();
            return total == lastStep * (lastStep + 1) / 2 && steps == lastStep;
        }

        long of(MemberProcess member) {
            return stepsOf.getOrDefault(member.id(), 0L);
        }
    }

    void story() {
        title(
                "A job imports parcel after parcel, and keeps its progress in the replicated store; the leader is killed in the middle of it");
        MemberProcess leader = cluster.awaitAgreement();
        long first = progress(leader).of(leader);
        SampleCluster.await(
                "steps of the leader's import", LIMIT, () -> progress(leader).of(leader) >= first + STEPS);
        Progress before = progress(leader);
        leader.kill();
        check(before.isSound(), "The import has done a step twice, or left one out: " + before);
        say(
                "%s has done steps up to %d. Their sum, the effect, is %d. It is killed.",
                leader.id(), before.lastStep(), before.total());
        SampleCluster.await(
                "steps of a successor",
                LIMIT,
                () -> cluster.others(leader).stream()
                        .anyMatch(m -> m.progress().stream().anyMatch(now -> now.of(m) >= before.of(m) + STEPS)));
        MemberProcess successor = cluster.awaitAgreement();
        Progress after = progress(successor);
        check(after.isSound(), "The import has done a step twice, or left one out: " + after);
        check(
                after.lastStep() > before.lastStep() && after.of(leader) >= before.of(leader),
                "What was acknowledged before the leader was killed is lost: " + before + ", and later " + after);
        say(
                "%s goes on behind the last step that %s had written, and is at step %d. The sum is %d: no step was done twice, and"
                        + " none was left out.",
                successor.id(), leader.id(), after.lastStep(), after.total());
        cluster.start(leader);
        say(
                "%s is back; it follows %s, and has the same progress.",
                leader.id(), cluster.awaitAgreement().id());
        check(progress(leader).isSound(), "The member that came back has another progress.");
    }

    /** Step and effect are read linearizably, so whoever is asked has all that was acknowledged. */
    private static Progress progress(MemberProcess member) {
        return answer(member, member::progress);
    }
}
