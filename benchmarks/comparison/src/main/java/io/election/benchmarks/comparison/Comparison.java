package io.election.benchmarks.comparison;

import io.election.sample.figures.Figures;
import io.election.sample.figures.Machine;
import io.election.sample.figures.ProcessFacts;
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
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Compares handover, crash and idle cost. The subjects take turns, so that all of them meet the machine in the same state. */
@Command(
        name = "comparison",
        separator = " ",
        sortOptions = false,
        description =
                "Measures this project beside MicroRaft and Apache Ratis on this machine, the subjects in turn, and"
                        + " prints the figures as Markdown.")
public final class Comparison implements Callable<Integer> {

    /** Often enough for a gap of milliseconds, and seldom enough to leave the processors to what is measured. */
    private static final Duration ASKED_EVERY = Duration.ofNanos(200_000);

    private static final Duration IDLE_ASKED_EVERY = Duration.ofSeconds(1);
    /** A subject that takes longer than this for a crash is not measured as often as the others. */
    private static final Duration SLOW = Duration.ofSeconds(5);

    private static final int SLOW_ROUNDS = 3;

    /** What is compared. */
    enum Part {
        /** SIGTERM to the leader of three processes that never handed over. */
        HANDOVER,
        /** SIGKILL of the leader. */
        CRASH,
        /** Processor time, memory and threads. */
        IDLE
    }

    @Parameters(
            paramLabel = "PART",
            arity = "0..*",
            description = "What is compared; by default everything: 'handover', 'crash', 'idle'. 'quick': once and"
                    + " briefly, which shows only that it works.")
    private List<String> words = List.of();

    @Option(names = "--rounds", defaultValue = "20", description = "How many handovers. Default: ${DEFAULT-VALUE}")
    private int rounds;

    @Option(names = "--crashes", defaultValue = "10", description = "How many crashes. Default: ${DEFAULT-VALUE}")
    private int crashes;

    @Option(
            names = "--settle",
            defaultValue = "3",
            description = "For how many seconds three nodes rest before their leader hands over. Default:"
                    + " ${DEFAULT-VALUE}")
    private int settle;

    @Option(
            names = "--subjects",
            split = ",",
            defaultValue = "election,bare,microraft,microraft-default,ratis",
            description = "Who takes part; 'ratis-slow' can as well. Default: ${DEFAULT-VALUE}")
    private List<String> subjects = List.of();

    @Option(
            names = "--output",
            paramLabel = "FILE",
            description =
                    "Write the figures to a file as well: as JSON if its name ends with '.json', else as Markdown."
                            + " Can be given twice.")
    private List<Path> outputs = List.of();

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    private boolean help;

    private final Report report = new Report(System.out);

    private Comparison() {}

    /**
     * Compares, and ends the JVM.
     *
     * @param arguments see {@code --help}
     */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Comparison()).execute(arguments));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        boolean quick = words.contains("quick");
        List<Part> parts = words.stream()
                .filter(word -> !word.equals("quick"))
                .map(word -> named(word, Part.values(), part -> part.name().toLowerCase(Locale.ROOT)))
                .toList();
        List<Subject> compared = subjects.stream()
                .map(name -> named(name, Subject.values(), Subject::title))
                .toList();
        if (quick) {
            rounds = 1;
            crashes = 1;
            settle = 1;
        }
        machine(compared);
        List<Subject> electing = compared.stream().filter(Subject::elects).toList();
        if (parts.isEmpty() || parts.contains(Part.HANDOVER)) {
            handovers(electing);
        }
        if (parts.isEmpty() || parts.contains(Part.CRASH)) {
            crashes(electing);
        }
        if (parts.isEmpty() || parts.contains(Part.IDLE)) {
            idle(compared, quick);
        }
        for (Path output : outputs) {
            report.write(output);
        }
        return 0;
    }

    private <T> T named(String word, T[] values, Function<T, String> name) {
        return Arrays.stream(values)
                .filter(value -> name.apply(value).equals(word))
                .findFirst()
                .orElseThrow(() -> new CommandLine.ParameterException(
                        new CommandLine(this),
                        "There is no '" + word + "'. Write one of "
                                + String.join(
                                        ", ", Arrays.stream(values).map(name).toList()) + "."));
    }

    private void machine(List<Subject> compared) throws IOException {
        Path directory = Files.createTempDirectory("comparison-disk-");
        report.section("Machine");
        for (String fact : Machine.facts(directory)) {
            report.item(fact);
        }
        for (Subject subject : compared) {
            report.item(subject.title() + ": " + subject.description());
        }
        report.item("each node a process with -Xmx256m, all on loopback");
        report.figures(
                "append " + Machine.SYNCED_BYTES + " bytes and force them to the disk", Machine.syncs(directory));
        Files.delete(directory);
    }

    private static void note(String what) {
        System.err.println("... " + what);
    }

    private void handovers(List<Subject> compared) throws IOException, InterruptedException {
        Map<Subject, List<Long>> gaps = empty(compared);
        Map<Subject, List<Long>> fromSignal = empty(compared);
        for (int round = 1; round <= rounds; round++) {
            for (Subject subject : compared) {
                try (Trio trio = new Trio(subject, ASKED_EVERY)) {
                    Node old = trio.settledLeader(Duration.ofSeconds(settle));
                    long asked = System.nanoTime();
                    old.askToStop();
                    long led = trio.awaitSuccessor(old, asked);
                    long lost = trio.awaitLoss(old);
                    of(gaps, subject).add(led - lost);
                    of(fromSignal, subject).add(led - asked);
                    note("handover " + round + " of " + rounds + ", " + subject.title() + ": "
                            + Figures.millis(led - lost));
                }
            }
        }
        report.section("Handover, cold");
        tell("gap", gaps);
        tell("from SIGTERM", fromSignal);
        report.sentence(
                "Gap: from the old leader's last answer that it leads to the new leader's first; below zero where"
                        + " both said so at once. Three new processes for each round, the subjects in turn, SIGTERM at the earliest "
                        + settle + " s after all took part. " + load());
    }

    private void crashes(List<Subject> compared) throws IOException, InterruptedException {
        Map<Subject, List<Long>> times = empty(compared);
        Map<Subject, Trio> trios = new EnumMap<>(Subject.class);
        try {
            for (Subject subject : compared) {
                trios.put(subject, new Trio(subject, ASKED_EVERY));
            }
            for (int round = 1; round <= crashes; round++) {
                for (Subject subject : compared) {
                    if (round <= SLOW_ROUNDS || !isSlow(of(times, subject))) {
                        Trio trio = of(trios, subject);
                        of(times, subject).add(crash(trio));
                        note("crash " + round + " of " + crashes + ", " + subject.title());
                    }
                }
            }
        } finally {
            for (Trio trio : trios.values()) {
                trio.close();
            }
        }
        report.section("Crash of the leader");
        tell("from SIGKILL to another leader", times);
        report.sentence("The subjects in turn, all of them running; who was killed is started again. " + load());
    }

    private static long crash(Trio trio) throws IOException, InterruptedException {
        Node old = trio.settledLeader(Duration.ofMillis(500));
        long killed = System.nanoTime();
        old.kill();
        long led = trio.awaitSuccessor(old, killed);
        old.start();
        return led - killed;
    }

    private static boolean isSlow(List<Long> times) {
        return times.stream().anyMatch(nanos -> nanos > SLOW.toNanos());
    }

    private void idle(List<Subject> compared, boolean quick) throws IOException, InterruptedException {
        Duration warmUp = Duration.ofSeconds(quick ? 2 : 60);
        Duration window = Duration.ofSeconds(quick ? 2 : 20);
        int windows = quick ? 1 : 3;
        Map<Subject, Trio> trios = new EnumMap<>(Subject.class);
        try {
            for (Subject subject : compared) {
                Trio trio = new Trio(subject, IDLE_ASKED_EVERY);
                trios.put(subject, trio);
                trio.awaitReady();
            }
            note("warming up for " + warmUp.toSeconds() + " s");
            Thread.sleep(warmUp.toMillis());
            List<Idle> all = new ArrayList<>();
            for (Map.Entry<Subject, Trio> entry : trios.entrySet()) {
                Node leader = entry.getKey().elects() ? entry.getValue().settledLeader(Duration.ZERO) : null;
                for (Node node : entry.getValue().nodes()) {
                    all.add(new Idle(entry.getKey(), node == leader, node));
                }
            }
            for (int i = 1; i <= windows; i++) {
                note("idle, window " + i + " of " + windows);
                all.forEach(Idle::begin);
                Thread.sleep(window.toMillis());
                all.forEach(Idle::end);
            }
            report.section("Idle");
            tellIdle(compared, all);
            report.sentence(String.format(
                            Locale.ROOT,
                            "Processor time in a second, %d windows of %d s, after %d s of warming up; all subjects at the same"
                                    + " time. ",
                            windows,
                            window.toSeconds(),
                            warmUp.toSeconds())
                    + load());
        } finally {
            for (Trio trio : trios.values()) {
                trio.close();
            }
        }
    }

    private void tellIdle(List<Subject> compared, List<Idle> all) {
        for (Subject subject : compared) {
            for (boolean leads : new boolean[] {true, false}) {
                List<Idle> alike = all.stream()
                        .filter(idle -> idle.subject == subject && idle.leads == leads)
                        .toList();
                if (!alike.isEmpty()) {
                    String role = !subject.elects() ? "" : leads ? ", leader" : ", followers";
                    report.figures(
                            subject.title() + role + ": processor time",
                            Figures.of(
                                    Figures.Unit.NANOS,
                                    alike.stream()
                                            .flatMap(idle -> idle.perSecond.stream())
                                            .toList()));
                    report.figures(
                            subject.title() + role + ": resident",
                            Figures.of(
                                    Figures.Unit.BYTES,
                                    alike.stream().map(Idle::residentBytes).toList()));
                    report.figures(
                            subject.title() + role + ": threads, those of the JVM included",
                            Figures.of(
                                    Figures.Unit.COUNT,
                                    alike.stream().map(Idle::threads).toList()));
                }
            }
        }
    }

    /** A node that idles. */
    private static final class Idle {

        private final Subject subject;
        private final boolean leads;
        private final Node node;
        private final List<Long> perSecond = new ArrayList<>();
        private long beganNanos;
        private long processorNanos;

        Idle(Subject subject, boolean leads, Node node) {
            this.subject = subject;
            this.leads = leads;
            this.node = node;
        }

        private long used() {
            return ProcessFacts.processorNanos(node.process().toHandle());
        }

        void begin() {
            beganNanos = System.nanoTime();
            processorNanos = used();
        }

        void end() {
            double seconds = (System.nanoTime() - beganNanos) / 1e9;
            perSecond.add(Math.round((used() - processorNanos) / seconds));
        }

        long residentBytes() {
            return ProcessFacts.residentBytes(node.process().pid());
        }

        long threads() {
            return ProcessFacts.threads(node.process().pid());
        }
    }

    private static Map<Subject, List<Long>> empty(List<Subject> compared) {
        Map<Subject, List<Long>> empty = new EnumMap<>(Subject.class);
        compared.forEach(subject -> empty.put(subject, new ArrayList<>()));
        return empty;
    }

    private static <T> T of(Map<Subject, T> map, Subject subject) {
        T value = map.get(subject);
        if (value == null) {
            throw new IllegalStateException(subject + " does not take part.");
        }
        return value;
    }

    private void tell(String what, Map<Subject, List<Long>> nanos) {
        nanos.forEach((subject, values) -> {
            if (!values.isEmpty()) {
                report.figures(subject.title() + ": " + what, Figures.of(Figures.Unit.NANOS, values));
            }
        });
    }

    private static String load() {
        return String.format(Locale.ROOT, "Load average then: %.1f.", Machine.load());
    }
}
