package io.election.sample.cluster;

import io.election.sample.figures.Figures;
import io.election.sample.figures.Report;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Measures how long an empty service takes to start, with the starter and without, in turn. */
final class StartUp {

    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final Pattern RUNNING =
            Pattern.compile("Started \\w+ in [0-9.]+ seconds \\(process running for ([0-9.]+)\\)");
    private static final Pattern STARTED = Pattern.compile("Started EmptyService in ([0-9.]+) seconds");

    private final Bench.Plan plan;
    private final Report report;

    StartUp(Bench.Plan plan, Report report) {
        this.plan = plan;
        this.report = report;
    }

    void measure() {
        List<Long> without = new ArrayList<>();
        List<Long> with = new ArrayList<>();
        for (int round = 1; round <= plan.rounds(); round++) {
            Bench.note("start " + round + " of " + plan.rounds() + ", with the starter and without");
            boolean memberFirst = round % 2 == 0;
            Bench.with(EmptyService.class.getName(), "bench-start", false, plan, List.of(), cluster -> {
                MemberProcess member = cluster.members().get(0);
                MemberProcess bare = BareService.beside(
                        cluster, "bare", SampleCluster.freePorts(1).get(0));
                if (memberFirst) {
                    with.add(startTime(member));
                }
                without.add(startTime(bare));
                if (!memberFirst) {
                    with.add(startTime(member));
                }
            });
        }
        report.section("Start of an empty service, as Spring Boot measures it");
        Figures bare = Figures.of(Figures.Unit.NANOS, without);
        Figures member = Figures.of(Figures.Unit.NANOS, with);
        report.figures("without the starter", bare);
        report.figures("as a member, its peers not there yet", member);
        report.sentence(Bench.added("Added by the starter", member, bare) + ".");
    }

    private static long startTime(MemberProcess service) {
        service.start();
        SampleCluster.await("a start of the empty service", LIMIT, () -> started(service) >= 0);
        service.kill();
        return started(service);
    }

    private static long started(MemberProcess service) {
        return started(log(service));
    }

    private static String log(MemberProcess service) {
        try {
            return Files.readString(service.log(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "";
        }
    }

    /** How long each process of a member had run when its application had started, in nanoseconds, in order. */
    static List<Long> ranFor(MemberProcess member) {
        return ranFor(log(member));
    }

    /** The same, by what Spring Boot logs. */
    static List<Long> ranFor(String log) {
        return RUNNING.matcher(log)
                .results()
                .map(started -> nanos(started.group(1)))
                .toList();
    }

    private static long nanos(String seconds) {
        return Math.round(Double.parseDouble(seconds) * 1e9);
    }

    /** How long the start took, in nanoseconds, by what Spring Boot logs; -1 where it has not logged that. */
    static long started(String log) {
        Matcher matcher = STARTED.matcher(log);
        return matcher.find() ? nanos(matcher.group(1)) : -1;
    }
}
