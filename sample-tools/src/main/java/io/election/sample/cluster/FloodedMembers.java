package io.election.sample.cluster;

import io.election.sample.figures.Figures;
import io.election.sample.figures.Machine;
import io.election.sample.figures.Report;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Measures for how long nobody leads while all members are asked for more than the threads of their servers can answer: first members
 * with a port for their peers, then the same flood on members that share the application's port with them.
 */
final class FloodedMembers {

    private static final int THREADS = 50;
    private static final int AT_A_TIME = 3 * THREADS;
    private static final Duration REQUEST = Duration.ofSeconds(1);
    private static final Duration ANSWER_LIMIT = Duration.ofMinutes(1);
    private static final List<String> ARGUMENTS = List.of(
            MemberChangeTimes.RECORDED,
            "--sample.slow-request=" + REQUEST.toSeconds() + "s",
            "--server.tomcat.threads.max=" + THREADS);

    private final Bench.Plan plan;
    private final Report report;
    private final List<String> answered = new ArrayList<>();

    FloodedMembers(Bench.Plan plan, Report report) {
        this.plan = plan;
        this.report = report;
    }

    /** When a flood began, and when somebody led again after it. */
    private record Flood(long fromNanos, long untilNanos) {}

    /** Measures, and reports. */
    void measure() {
        report.section("A flood of requests");
        measure(true);
        measure(false);
        answered.forEach(report::item);
        report.sentence(String.format(
                Locale.ROOT,
                "%d floods of %d s each. Every member has %d threads for requests, each request holds one for %d s, and %d are under"
                        + " way at each member at any time. Load average then: %.1f.",
                plan.windows(),
                plan.window().toSeconds(),
                THREADS,
                REQUEST.toSeconds(),
                AT_A_TIME,
                Machine.load()));
    }

    private void measure(boolean peerPort) {
        String name = peerPort ? "peers on a port of their own" : "peers on the application's port";
        Bench.with(
                SampleCluster.SAMPLE,
                "bench-flood",
                true,
                plan.withPeerPort(peerPort),
                ARGUMENTS,
                cluster -> measure(cluster, name));
    }

    private void measure(SampleCluster cluster, String name) {
        cluster.start();
        List<Flood> floods = new ArrayList<>();
        AtomicLong answers = new AtomicLong();
        for (int i = 1; i <= plan.windows(); i++) {
            Bench.note("flood " + i + " of " + plan.windows() + ", " + name);
            cluster.awaitAgreement();
            long from = System.nanoTime();
            flood(cluster, answers);
            cluster.awaitAgreement();
            floods.add(new Flood(from, System.nanoTime()));
        }
        cluster.stop();
        List<Recording> recordings = cluster.recordings();
        List<Long> leaderless = floods.stream()
                .map(flood -> LeaderlessTime.between(recordings, flood.fromNanos(), flood.untilNanos()))
                .toList();
        report.figures(name + ": time without a leader, a flood", Figures.of(Figures.Unit.NANOS, leaderless));
        report.figures(
                name + ": leaderships that ended, a flood",
                Figures.of(
                        Figures.Unit.COUNT,
                        floods.stream().map(flood -> ended(recordings, flood)).toList()));
        answered.add(name + ": " + answers + " requests answered in all");
        List<String> faults = RecordingCheck.faults(recordings);
        if (!faults.isEmpty()) {
            report.sentence("Faults in the records of the members: " + String.join(" ", faults));
        }
    }

    private static long ended(List<Recording> recordings, Flood flood) {
        return recordings.stream()
                .flatMap(recording -> recording.leaderships().stream())
                .filter(leadership -> leadership.falseNanos() != Long.MAX_VALUE
                        && leadership.falseNanos() - flood.fromNanos() > 0
                        && leadership.falseNanos() - flood.untilNanos() < 0)
                .count();
    }

    /** Keeps so many requests under way at each member for the time of a window, and returns when the last one has been answered. */
    private void flood(SampleCluster cluster, AtomicLong answers) {
        HttpClient http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .proxy(HttpClient.Builder.NO_PROXY)
                .build();
        long end = System.nanoTime() + plan.window().toNanos();
        List<CompletableFuture<Void>> chains = new ArrayList<>();
        for (MemberProcess member : cluster.members()) {
            HttpRequest request = HttpRequest.newBuilder(
                            URI.create("http://localhost:" + member.port() + SlowRequests.PATH))
                    .timeout(ANSWER_LIMIT)
                    .build();
            for (int i = 0; i < AT_A_TIME; i++) {
                chains.add(askUntil(http, request, end, answers));
            }
        }
        CompletableFuture.allOf(chains.toArray(CompletableFuture[]::new)).join();
    }

    private static CompletableFuture<Void> askUntil(
            HttpClient http, HttpRequest request, long endNanos, AtomicLong answers) {
        return http.sendAsync(request, HttpResponse.BodyHandlers.discarding())
                .handle((answer, failure) -> {
                    if (failure == null && answer.statusCode() == 200) {
                        answers.incrementAndGet();
                    }
                    return System.nanoTime() - endNanos < 0;
                })
                .thenCompose(goOn -> goOn
                        ? askUntil(http, request, endNanos, answers)
                        : CompletableFuture.<Void>completedFuture(null));
    }
}
