package io.election.sample.cluster;

import io.election.sample.figures.Figures;
import io.election.sample.figures.Machine;
import io.election.sample.figures.ProcessFacts;
import io.election.sample.figures.Report;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Measures what it costs a leader that somebody looks at it once a second: at the endpoint, and at the console with all its files. */
final class WatchedLeader {

    private static final List<String> ARGUMENTS = List.of(
            "--election.console.enabled=true",
            "--management.endpoints.web.exposure.include=election,electionconsole,health,metrics");
    private static final String ENDPOINT = "/actuator/election";
    private static final String CONSOLE = "/actuator/electionconsole";
    private static final Duration EACH = Duration.ofSeconds(1);

    private final Bench.Plan plan;
    private final Report report;

    WatchedLeader(Bench.Plan plan, Report report) {
        this.plan = plan;
        this.report = report;
    }

    /** What is asked once a second, and the processor time that the leader used in a second of each window. */
    private record Watcher(String name, List<String> paths, List<Long> perSecond) {

        Watcher(String name, String... paths) {
            this(name, List.of(paths), new ArrayList<>());
        }

        Figures processorTime() {
            return Figures.of(Figures.Unit.NANOS, perSecond);
        }
    }

    /** Measures, and reports. */
    void measure() {
        Bench.with(EmptyService.class.getName(), "bench-watched", false, plan, ARGUMENTS, this::measure);
    }

    private void measure(SampleCluster cluster) {
        cluster.start();
        MemberProcess leader = cluster.awaitAgreement();
        Watcher nobody = new Watcher("nobody asks");
        List<Watcher> watchers = List.of(
                new Watcher("the endpoint", ENDPOINT),
                new Watcher(
                        "the console with all its files, and the endpoint",
                        CONSOLE,
                        CONSOLE + "/console.css",
                        CONSOLE + "/console.js",
                        CONSOLE + "/icon.svg",
                        ENDPOINT));
        Bench.note("warming up for " + plan.warmUp().toSeconds() + " s, while it is asked");
        ask(leader, watchers.get(1), plan.warmUp());
        for (int window = 1; window <= plan.windows(); window++) {
            Bench.note("watched, window " + window + " of " + plan.windows());
            // In turn, so that what else goes on has its part in each.
            measure(leader, nobody);
            watchers.forEach(watcher -> measure(leader, watcher));
        }
        report.section("Processor time of a leader that is watched, per second");
        report.figures(nobody.name(), nobody.processorTime());
        watchers.forEach(watcher -> report.figures(watcher.name() + ", once a second", watcher.processorTime()));
        for (Watcher watcher : watchers) {
            report.item(Bench.added("added by " + watcher.name(), watcher.processorTime(), nobody.processorTime()));
        }
        if (cluster.leader().filter(now -> now == leader).isEmpty()) {
            report.sentence("The leader changed during this measurement: the figures are not to be trusted.");
        }
        report.sentence(String.format(
                Locale.ROOT,
                "%d windows of %d s each, in turn, after %d s of warming up. Load average then: %.1f.",
                plan.windows(),
                plan.window().toSeconds(),
                plan.warmUp().toSeconds(),
                Machine.load()));
    }

    private void measure(MemberProcess leader, Watcher watcher) {
        long before = ProcessFacts.processorNanos(leader.process().toHandle());
        long start = System.nanoTime();
        ask(leader, watcher, plan.window());
        double seconds = (System.nanoTime() - start) / 1e9;
        watcher.perSecond()
                .add(Math.round((ProcessFacts.processorNanos(leader.process().toHandle()) - before) / seconds));
    }

    private static void ask(MemberProcess leader, Watcher watcher, Duration length) {
        long start = System.nanoTime();
        while (System.nanoTime() - start < length.toNanos()) {
            for (String path : watcher.paths()) {
                if (leader.get(path).join().isEmpty()) {
                    throw new ClusterException("The leader does not answer at " + path);
                }
            }
            SampleCluster.pause(EACH);
        }
    }
}
