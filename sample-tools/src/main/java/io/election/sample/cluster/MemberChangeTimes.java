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

/** Measures for how long nobody leads while members are changed, and how long each change takes. */
final class MemberChangeTimes {

    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final String ASKED_EVERY = "200us";

    /** Members record what they answer. */
    static final String RECORDED = "--sample.record-interval=" + ASKED_EVERY;

    private static final List<String> ARGUMENTS =
            List.of(RECORDED, "--management.endpoint.election.access=unrestricted");

    private static final String PROMOTE = "promote a learner";
    private static final String DEMOTE = "demote a follower";
    private static final String REMOVE = "remove a follower";
    private static final String REMOVE_LEADER = "remove the leader";

    private final Bench.Plan plan;
    private final Report report;
    private final Map<String, List<Long>> leaderless = new LinkedHashMap<>();
    private final Map<String, List<Long>> took = new LinkedHashMap<>();
    private final List<String> faults = new ArrayList<>();
    private int joined;

    MemberChangeTimes(Bench.Plan plan, Report report) {
        this.plan = plan;
        this.report = report;
    }

    /** Measures, and reports. */
    void measure() {
        Bench.with(SampleCluster.SAMPLE, "bench-members", true, plan, ARGUMENTS, cluster -> {
            cluster.start();
            for (int round = 1; round <= plan.rounds(); round++) {
                round(cluster);
                Bench.note("changes of the members " + round + " of " + plan.rounds() + ": " + last(leaderless));
            }
            cluster.stop();
            faults.addAll(RecordingCheck.faults(cluster.recordings()));
        });
        report.section("Changes of the members");
        leaderless.forEach((what, nanos) ->
                report.figures(what + ": time without a leader", Figures.of(Figures.Unit.NANOS, nanos)));
        took.forEach((what, nanos) ->
                report.figures(what + ": from the POST to its answer", Figures.of(Figures.Unit.NANOS, nanos)));
        report.sentence(
                "Three members; in each round a fourth joins, is promoted, demoted, promoted again and removed; then"
                        + " another one joins and is promoted, and the leader is removed. "
                        + (faults.isEmpty()
                                ? "The records of all members show no overlap and no token that does not rise."
                                : "Faults in the records of the members: " + String.join(" ", faults)));
        report.sentence(String.format(Locale.ROOT, "Load average then: %.1f.", Machine.load()));
    }

    private static String last(Map<String, List<Long>> figures) {
        StringBuilder text = new StringBuilder();
        figures.forEach((what, nanos) -> text.append(what)
                .append(' ')
                .append(Figures.millis(nanos.get(nanos.size() - 1)))
                .append("; "));
        return text.toString();
    }

    private void round(SampleCluster cluster) {
        MemberProcess comesAndGoes = join(cluster);
        change(cluster, PROMOTE, "promote", comesAndGoes);
        change(cluster, DEMOTE, "demote", comesAndGoes);
        awaitLearner(cluster, comesAndGoes);
        change(cluster, PROMOTE, "promote", comesAndGoes);
        change(cluster, REMOVE, "remove", comesAndGoes);

        MemberProcess stays = join(cluster);
        change(cluster, PROMOTE, "promote", stays);
        MemberProcess leader = cluster.awaitAgreement();
        change(cluster, REMOVE_LEADER, "remove", leader);
    }

    private MemberProcess join(SampleCluster cluster) {
        joined++;
        MemberProcess joiner = cluster.join("n" + joined);
        awaitLearner(cluster, joiner);
        return joiner;
    }

    private static void awaitLearner(SampleCluster cluster, MemberProcess learner) {
        MemberProcess leader = cluster.awaitAgreement();
        SampleCluster.await(
                "member " + learner.id() + " to have caught up as a learner",
                LIMIT,
                () -> leader.membersInForce()
                        .flatMap(members -> members.member(learner.id()))
                        .filter(m -> !m.standing().equals("voter") && m.gap() != null && m.gap() == 0)
                        .isPresent());
    }

    private void change(SampleCluster cluster, String what, String action, MemberProcess about) {
        MemberProcess leader = cluster.awaitAgreement();
        long version = leader.membersInForce()
                .orElseThrow(() -> new ClusterException("Member " + leader.id() + " no longer answers."))
                .version();
        long asked = System.nanoTime();
        MembersInForce.Change change = leader.change(action, about.id(), version);
        long answered = System.nanoTime();
        if (!change.isMade()) {
            throw new ClusterException(
                    action + " " + about.id() + " ended as " + change.outcome() + ": " + change.detail());
        }
        if (action.equals("remove")) {
            // Who was removed follows nobody.
            cluster.dismiss(about);
        }
        cluster.awaitAgreement();
        long end = System.nanoTime();
        took.computeIfAbsent(what, w -> new ArrayList<>()).add(answered - asked);
        leaderless
                .computeIfAbsent(what, w -> new ArrayList<>())
                .add(LeaderlessTime.between(cluster.recordings(), asked, end));
    }
}
