package io.election.benchmarks.comparison;

import io.election.sample.figures.Figures;
import io.election.sample.figures.Machine;
import io.election.sample.figures.Report;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Measures the replicated memory, its writes beside those of Ratis and SOFAJRaft, and what else it costs. */
@Command(
        name = "memory",
        separator = " ",
        sortOptions = false,
        description =
                "Measures the replicated memory on this machine, its writes beside those of Apache Ratis and SOFAJRaft,"
                        + " and prints the figures as Markdown.")
public final class MemoryComparison implements Callable<Integer> {

    private static final Duration ASKED_EVERY = Duration.ofMillis(1);

    /** Warms the code up before the first window. */
    private static final String FIRST = "write 256 100 0 ";

    @Parameters(
            paramLabel = "PART",
            arity = "0..*",
            description =
                    "What is measured; by default 'writes', 'learner' and 'failover'. 'growth' as well: heap and disk after many"
                            + " small writes.")
    private List<String> parts = List.of();

    @Option(
            names = "--subjects",
            split = ",",
            defaultValue = "election,ratis,jraft",
            description = "Whose writes are measured. Default: ${DEFAULT-VALUE}")
    private List<String> subjects = List.of();

    @Option(
            names = "--writers",
            split = ",",
            defaultValue = "1,16,256",
            description = "How many write at a time. Default: ${DEFAULT-VALUE}")
    private List<Integer> writers = List.of();

    @Option(
            names = "--bytes",
            split = ",",
            defaultValue = "100,1024",
            description = "How long a value is. Default: ${DEFAULT-VALUE}")
    private List<Integer> sizes = List.of();

    @Option(
            names = "--seconds",
            defaultValue = "10",
            description = "For how long each is measured. Default: ${DEFAULT-VALUE}")
    private int seconds;

    @Option(
            names = "--warm-up",
            defaultValue = "15",
            description =
                    "For how many seconds 256 writers write before anything is measured. Default: ${DEFAULT-VALUE}")
    private int warmUp;

    @Option(
            names = "--megabytes",
            defaultValue = "100",
            description =
                    "How much there is in the parts 'learner' and 'failover', in values of 1 KiB. Default: ${DEFAULT-VALUE}")
    private int megabytes;

    @Option(
            names = "--count",
            defaultValue = "10000000",
            description = "How many writes the part 'growth' makes. Default: ${DEFAULT-VALUE}")
    private long count;

    @Option(
            names = "--output",
            paramLabel = "FILE",
            description =
                    "Write the figures to a file as well: as JSON if its name ends with '.json', else as Markdown.")
    private List<Path> outputs = List.of();

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    private boolean help;

    private final Report report = new Report(System.out);

    private MemoryComparison() {}

    /**
     * Measures, and ends the JVM.
     *
     * @param arguments see {@code --help}
     */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new MemoryComparison()).execute(arguments));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        List<String> wanted = parts.isEmpty() ? List.of("writes", "learner", "failover") : parts;
        List<MemoryKind> kinds = subjects.stream().map(this::kind).toList();
        machine(kinds);
        MemoryGrowth growth = new MemoryGrowth(report);
        for (String part : wanted) {
            switch (part) {
                case "writes" -> writes(kinds);
                case "learner" -> growth.learner(megabytes);
                case "failover" -> growth.failover(megabytes);
                case "growth" -> growth.growth(count);
                default -> throw wrong(part, "'writes', 'learner', 'failover', 'growth'");
            }
        }
        for (Path output : outputs) {
            report.write(output);
        }
        return 0;
    }

    private MemoryKind kind(String title) {
        return Arrays.stream(MemoryKind.values())
                .filter(kind -> kind.title().equals(title))
                .findFirst()
                .orElseThrow(() -> wrong(title, "'election', 'ratis', 'jraft'"));
    }

    private CommandLine.ParameterException wrong(String word, String known) {
        return new CommandLine.ParameterException(
                new CommandLine(this), "There is no '" + word + "'. Write one of " + known + ".");
    }

    private void machine(List<MemoryKind> kinds) throws IOException {
        Path directory = Files.createTempDirectory("comparison-disk-");
        report.section("Machine");
        for (String fact : Machine.facts(directory)) {
            report.item(fact);
        }
        for (MemoryKind kind : kinds) {
            report.item(kind.title() + ": " + kind.description());
        }
        report.item("three nodes of each, each a process with -Xmx1g, all on loopback");
        syncs(directory);
        Files.delete(directory);
    }

    private void syncs(Path directory) throws IOException {
        report.figures(
                "append " + Machine.SYNCED_BYTES + " bytes and force them to the disk", Machine.syncs(directory));
    }

    static void note(String what) {
        System.err.println("... " + what);
    }

    // ------------------------------------------------------------------------------------------------ writes

    private void writes(List<MemoryKind> kinds) throws IOException, InterruptedException {
        Map<MemoryKind, Trio> trios = new EnumMap<>(MemoryKind.class);
        List<String> rows = new ArrayList<>();
        try {
            for (MemoryKind kind : kinds) {
                Trio trio = new Trio(kind, ASKED_EVERY);
                trios.put(kind, trio);
                note(kind.title() + " warms up");
                trio.ask(trio.settledLeader(Duration.ofSeconds(1)), FIRST + warmUp * 1000);
            }
            for (int bytes : sizes) {
                for (int number : writers) {
                    for (Map.Entry<MemoryKind, Trio> entry : trios.entrySet()) {
                        String row = window(entry.getKey(), entry.getValue(), number, bytes);
                        note(row);
                        rows.add(row);
                    }
                }
            }
            report.section("Acknowledged writes");
            report.sentence(
                    "| bytes | writers | | writes/s | median | p99 | max | refused | processors, leader / followers /"
                            + " others |\n|---|---|---|---|---|---|---|---|---|\n"
                            + String.join("\n", rows));
            report.sentence(
                    "The writers are in the leader's process: each writes again once its last write is acknowledged."
                            + " The subjects in turn, each for " + seconds + " s. " + load());
            Path directory = Files.createTempDirectory("comparison-disk-");
            syncs(directory);
            Files.delete(directory);
            Trio own = trios.get(MemoryKind.ELECTION);
            if (own != null) {
                reads(own);
            }
        } finally {
            for (Trio trio : trios.values()) {
                trio.close();
            }
        }
    }

    private String window(MemoryKind kind, Trio trio, int number, int bytes) throws IOException, InterruptedException {
        Node leader = trio.settledLeader(Duration.ZERO);
        Processors used = Processors.begin(leader, trio.others(leader));
        String[] answer = trio.ask(leader, "write " + number + " " + bytes + " 1000 " + seconds * 1000)
                .split(" ");
        double taken = Long.parseLong(answer[1]) / 1e9;
        return String.format(
                Locale.ROOT,
                "| %d | %d | %s | %.0f | %s | %s | %s | %s | %s |",
                bytes,
                number,
                kind.title(),
                Long.parseLong(answer[2]) / taken,
                millis(answer[3]),
                millis(answer[4]),
                millis(answer[5]),
                answer[0],
                used.end());
    }

    private void reads(Trio trio) throws IOException, InterruptedException {
        Node leader = trio.settledLeader(Duration.ZERO);
        long before = Long.parseLong(trio.ask(leader, "applied"));
        String[] answer = trio.ask(leader, "read 1000 5").split(" ");
        long after = Long.parseLong(trio.ask(leader, "applied"));
        long roundTrip = Long.parseLong(trio.ask(leader, "round-trip"));
        report.section("Linearizable reads");
        report.sentence(String.format(
                        Locale.ROOT,
                        "%s reads at the leader, one every 5 ms: median %s, p99 %s, maximum %s. They made %d entries in the log. A"
                                + " quorum then answered a heartbeat within %s (median). ",
                        answer[0],
                        millis(answer[1]),
                        millis(answer[2]),
                        millis(answer[3]),
                        after - before,
                        Figures.millis(roundTrip))
                + load());
    }

    private static String millis(String micros) {
        return Figures.millis(Long.parseLong(micros) * 1000);
    }

    static String load() {
        return String.format(Locale.ROOT, "Load average then: %.1f.", Machine.load());
    }
}
