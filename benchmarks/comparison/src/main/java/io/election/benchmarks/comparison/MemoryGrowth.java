package io.election.benchmarks.comparison;

import io.election.sample.figures.Figures;
import io.election.sample.figures.Report;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** What a replicated memory of this project costs that holds much, or was written often. */
final class MemoryGrowth {

    private static final Duration ASKED_EVERY = Duration.ofMillis(1);
    private static final int VALUE_BYTES = 1024;
    private static final int SMALL_BYTES = 16;
    private static final int SMALL_NAMES = 1000;
    private static final int WRITERS = 256;

    private final Report report;

    MemoryGrowth(Report report) {
        this.report = report;
    }

    /** How long it takes another member, with an empty directory, to have all that the others have. */
    void learner(int megabytes) throws IOException, InterruptedException {
        try (Trio trio = new Trio(MemoryKind.ELECTION, ASKED_EVERY)) {
            Node leader = trio.settledLeader(Duration.ofSeconds(1));
            fill(trio, leader, megabytes);
            long upTo = Long.parseLong(trio.ask(leader, "applied"));
            long carried = carried();
            Node learner = trio.joining();
            long begun = System.nanoTime();
            learner.start();
            trio.awaitReady(learner);
            long ready = System.nanoTime();
            while (Long.parseLong(trio.ask(learner, "applied")) < upTo) {
                Thread.sleep(5);
            }
            long ended = System.nanoTime();
            long bytes = carried() - carried;
            report.section("A learner catches up");
            report.sentence(String.format(
                            Locale.ROOT,
                            "%d MB in %d values: %s after its process was started, %s after it had begun to take part; %.1f MB"
                                    + " went over loopback meanwhile, everything else that uses it included. ",
                            megabytes,
                            values(megabytes),
                            Figures.seconds(ended - begun),
                            Figures.seconds(ended - ready),
                            bytes / 1e6)
                    + MemoryComparison.load());
        }
    }

    /** How long it takes until another member leads when the leader is killed. */
    void failover(int megabytes) throws IOException, InterruptedException {
        try (Trio trio = new Trio(MemoryKind.ELECTION, ASKED_EVERY)) {
            fill(trio, trio.settledLeader(Duration.ofSeconds(1)), megabytes);
            report.section("Failover with a log of " + megabytes + " MB");
            int rounds = 5;
            long[] gaps = new long[rounds];
            long[] backs = new long[rounds];
            for (int i = 0; i < rounds; i++) {
                Node old = trio.settledLeader(Duration.ofSeconds(1));
                long upTo = Long.parseLong(trio.ask(old, "applied"));
                long killed = System.nanoTime();
                old.kill();
                gaps[i] = trio.awaitSuccessor(old, killed) - killed;
                long started = System.nanoTime();
                old.start();
                trio.awaitReady(old);
                while (Long.parseLong(trio.ask(old, "applied")) < upTo) {
                    Thread.sleep(5);
                }
                backs[i] = System.nanoTime() - started;
                MemoryComparison.note("failover " + (i + 1) + " of " + rounds);
            }
            report.figures("from SIGKILL to another leader, T = 1 s", Figures.of(Figures.Unit.NANOS, gaps));
            report.figures(
                    "from the start of the killed one until it has applied what it had",
                    Figures.of(Figures.Unit.NANOS, backs));
            report.sentence(MemoryComparison.load());
        }
    }

    /** What is on the heap and on the disk after many writes. */
    void growth(long count) throws IOException, InterruptedException {
        // Its writers are in the leader's process: it has to lead until they are done, on a busy machine as well.
        try (Trio trio = new Trio(MemoryKind.ELECTION, ASKED_EVERY, ElectionMap.TIMEOUT + "=20000")) {
            Node leader = trio.settledLeader(Duration.ofSeconds(1));
            trio.ask(leader, "fill " + SMALL_NAMES + " " + SMALL_BYTES + " " + SMALL_NAMES + " " + WRITERS);
            long[] before = memory(trio, leader);
            String[] filled = trio.ask(leader, "fill " + count + " " + SMALL_BYTES + " " + SMALL_NAMES + " " + WRITERS)
                    .split(" ");
            long[] after = memory(trio, leader);
            report.section("Heap and disk after many small writes");
            report.sentence(String.format(
                            Locale.ROOT,
                            "%d writes of %d bytes to %d values took %s (%.0f in a second, %s of them repeated). Live heap of the leader"
                                    + " before and after: %.1f and %.1f MB; of a follower %.1f and %.1f MB. Files of the leader: %.1f and"
                                    + " %.1f MB. ",
                            count,
                            SMALL_BYTES,
                            SMALL_NAMES,
                            Figures.seconds(Long.parseLong(filled[0])),
                            count / (Long.parseLong(filled[0]) / 1e9),
                            filled[1],
                            before[0] / 1e6,
                            after[0] / 1e6,
                            before[1] / 1e6,
                            after[1] / 1e6,
                            before[2] / 1e6,
                            after[2] / 1e6)
                    + MemoryComparison.load());
        }
    }

    /** Live heap of the leader and of a follower, and the leader's files. */
    private static long[] memory(Trio trio, Node leader) throws IOException, InterruptedException {
        String[] led = trio.ask(leader, "memory").split(" ");
        String[] followed = trio.ask(trio.others(leader).get(0), "memory").split(" ");
        return new long[] {Long.parseLong(led[0]), Long.parseLong(followed[0]), Long.parseLong(led[1])};
    }

    private static void fill(Trio trio, Node leader, int megabytes) throws IOException, InterruptedException {
        int values = values(megabytes);
        trio.ask(leader, "fill " + values + " " + VALUE_BYTES + " " + values + " " + WRITERS);
        MemoryComparison.note(megabytes + " MB are written");
    }

    private static int values(int megabytes) {
        return Math.toIntExact(megabytes * 1_000_000L / VALUE_BYTES);
    }

    /** How many bytes this machine's loopback has carried, as the first number behind its name in proc(5)'s net/dev. */
    private static long carried() throws IOException {
        List<String> lines = Files.readAllLines(Path.of("/proc/net/dev"));
        String loopback = lines.stream()
                .map(String::trim)
                .filter(line -> line.startsWith("lo:"))
                .findFirst()
                .orElseThrow();
        return Long.parseLong(loopback.substring("lo:".length()).trim().split(" +")[0]);
    }
}
