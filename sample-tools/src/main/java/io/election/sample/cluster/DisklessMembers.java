package io.election.sample.cluster;

import io.election.sample.figures.Figures;
import io.election.sample.figures.Machine;
import io.election.sample.figures.Report;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Measures members that find each other by a name and keep nothing on a disk: for how long nobody leads while all of them are
 * exchanged, and how long it takes until a new one counts.
 */
final class DisklessMembers {

    /** As long as a learner has to keep up by default. */
    private static final Duration STABILISATION = Duration.ofSeconds(10);

    /** As long as a new process has to be ready before the next old one is stopped, in the second update of each round. */
    private static final Duration REST = Duration.ofSeconds(10);

    private static final Duration LIMIT = Duration.ofMinutes(3);

    private static final List<String> ARGUMENTS = Stream.concat(
                    Stream.of(
                            MemberChangeTimes.RECORDED,
                            "--election.promotion.stabilisation=" + STABILISATION.toSeconds() + "s"),
                    RollingUpdate.ARGUMENTS.stream())
            .toList();

    private final Bench.Plan plan;
    private final Report report;
    private final Map<String, List<Long>> figures = new LinkedHashMap<>();
    private final List<String> faults = new ArrayList<>();
    private final List<String> endings = new ArrayList<>();
    private int joined;
    private long handovers;

    DisklessMembers(Bench.Plan plan, Report report) {
        this.plan = plan;
        this.report = report;
    }

    /** Measures, and reports. */
    void measure() {
        Bench.withFound("bench-diskless", plan, ARGUMENTS, cluster -> {
            cluster.start();
            RollingUpdate.awaitVotes(cluster);
            for (int round = 1; round <= plan.rounds(); round++) {
                update(cluster, Duration.ZERO);
                if (plan.rounds() > 1) {
                    // A single round shows that the bench works, and this takes a minute.
                    update(cluster, REST);
                }
                killed(cluster);
                replaced(cluster);
                Bench.note("members without a disk " + round + " of " + plan.rounds() + ": " + last());
            }
            cluster.stop();
            List<Recording> recordings = cluster.recordings();
            faults.addAll(RecordingCheck.faults(recordings));
            RecordingCheck.gaps(recordings).stream()
                    .map(RecordingCheck.Gap::reason)
                    .filter(reason -> !reason.equals(RollingUpdate.HANDED_OVER))
                    .forEach(endings::add);
        });
        report.section("Members without a list and without a disk");
        figures.forEach((what, nanos) -> report.figures(what, Figures.of(Figures.Unit.NANOS, nanos)));
        report.sentence(String.format(
                Locale.ROOT,
                "In each round all three are exchanged as Kubernetes does it, with more than one round twice (%d handovers in all), one that does not lead is"
                        + " killed and started again under its name, and another one is stopped and followed by a new one."
                        + " A start ends where Spring Boot says so; a learner is promoted after %d s. %s",
                handovers,
                STABILISATION.toSeconds(),
                endings.isEmpty()
                        ? "Every leadership ended by a handover."
                        : "Leaderships that ended otherwise than by a handover: " + String.join(", ", endings) + "."));
        report.sentence(
                faults.isEmpty()
                        ? "The records of all members show no overlap and no token that does not rise."
                        : "Faults in the records of the members: " + String.join(" ", faults));
        report.sentence(String.format(Locale.ROOT, "Load average then: %.1f.", Machine.load()));
    }

    private String last() {
        StringBuilder text = new StringBuilder();
        figures.forEach((what, nanos) -> text.append(what)
                .append(' ')
                .append(Figures.millis(nanos.get(nanos.size() - 1)))
                .append("; "));
        return text.toString();
    }

    private void add(String what, long nanos) {
        figures.computeIfAbsent(what, w -> new ArrayList<>()).add(nanos);
    }

    private String newId() {
        joined++;
        return "n" + joined;
    }

    private void update(SampleCluster cluster, Duration rest) {
        RollingUpdate.Result update = RollingUpdate.of(
                cluster,
                List.of(newId(), newId(), newId()),
                rest,
                exchange ->
                        add("rolling update: from the start of a new process to its readiness", exchange.readyNanos()));
        handovers += update.handovers();
        String which = rest.isZero()
                ? "rolling update of three"
                : "the same, each new one " + rest.toSeconds() + " s after it is ready";
        add(which + ": time without a leader, in all", update.leaderlessNanos());
        add(which + ": how long it took", update.tookNanos());
    }

    /** The process of a follower dies, and another one begins in its place: its memory is new, and its id and address are not. */
    private void killed(SampleCluster cluster) {
        MemberProcess leader = RollingUpdate.awaitVotes(cluster);
        MemberProcess follower = cluster.others(leader).get(0);
        follower.kill();
        measureVote(
                "killed and started again: from the start of the process to its vote",
                "killed and started again: beyond its start",
                Duration.ZERO,
                follower);
    }

    private void replaced(SampleCluster cluster) {
        MemberProcess leader = RollingUpdate.awaitVotes(cluster);
        cluster.dismiss(cluster.others(leader).get(0));
        cluster.awaitAgreement();
        MemberProcess fresh = cluster.newcomer(newId());
        measureVote(
                "new in the place of one that left: from the start of the process to its vote",
                "new in the place of one that left: beyond its start and the stabilisation time",
                STABILISATION,
                fresh);
        RollingUpdate.awaitVotes(cluster);
    }

    private void measureVote(String whole, String beyond, Duration stabilisation, MemberProcess member) {
        int lives = StartUp.ranFor(member).size();
        long begun = System.nanoTime();
        member.start();
        SampleCluster.await(
                "the vote of member " + member.id(),
                LIMIT,
                () -> member.status().join().filter(MemberStatus::votes).isPresent());
        long votes = System.nanoTime();
        add(whole, votes - begun);
        SampleCluster.await(
                "the end of the start of " + member.id(),
                LIMIT,
                () -> StartUp.ranFor(member).size() > lives);
        long ranFor = StartUp.ranFor(member).get(lives);
        add(beyond, votes - begun - ranFor - stabilisation.toNanos());
    }
}
