package io.election.sample.cluster;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Measures a cluster with the default settings (T = 1 s, a heartbeat every 100 ms) and prints the figures as Markdown.
 * Asserts nothing. What it is doing goes to the standard error.
 */
final class Bench {

    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final Duration PAUSE = Duration.ofSeconds(2);
    private static final Duration WARM_UP = Duration.ofSeconds(30);
    private static final Duration IDLE = Duration.ofSeconds(30);
    private static final int IDLE_WINDOWS = 3;
    private static final int SYNCS = 200;
    private static final int SYNCED_BYTES = 512;
    private static final String EMPTY = "io.election.sample.cluster.EmptyService";
    private static final String IMPORTS =
            "META-INF/spring/org.springframework.boot.autoconfigure.AutoConfiguration.imports";
    private static final Pattern STARTED = Pattern.compile("Started EmptyService in ([0-9.]+) seconds");
    private static final String HEAD = "| | n | min | median | p90 | max |\n|---|---|---|---|---|---|";
    private static final LongFunction<String> MILLIS = Figures::millis;

    private final int rounds;

    private Bench(int rounds) {
        this.rounds = rounds;
    }

    /** The parts of the bench. */
    enum Part {
        /** Crash, graceful stop, pause. */
        CHANGES,
        /** Processor time, memory and threads of a service that idles. */
        IDLE,
        /** The time of a start. */
        START
    }

    /**
     * Measures and prints.
     *
     * @param rounds how often each change of leadership is made, and how often a service is started
     * @param parts what is measured
     */
    static void run(int rounds, Set<Part> parts) {
        long start = System.nanoTime();
        Bench bench = new Bench(rounds);
        try {
            bench.machine();
        } catch (IOException e) {
            throw new ClusterException("The disk cannot be measured: " + e.getMessage(), e);
        }
        if (parts.contains(Part.CHANGES)) {
            with(SampleCluster.SAMPLE, "bench", true, bench::changes);
        }
        if (parts.contains(Part.IDLE)) {
            with(EMPTY, "bench-empty", false, Bench::idle);
        }
        if (parts.contains(Part.START)) {
            bench.startUp();
        }
        print("");
        print(
                "Load average at the end: %.1f. All of this took %d s.",
                load(), Duration.ofNanos(System.nanoTime() - start).toSeconds());
    }

    private void machine() throws IOException {
        Path directory = SampleCluster.newDirectory("bench-disk");
        print("### Machine");
        print("");
        print("- %s", LocalDate.now());
        print(
                "- %s, %d processors, %d MiB of memory",
                proc("cpuinfo", "model name"),
                Runtime.getRuntime().availableProcessors(),
                kibibytes(proc("meminfo", "MemTotal")) / 1024);
        print("- %s %s, %s", property("os.name"), property("os.version"), property("os.arch"));
        print("- Java %s (%s)", property("java.runtime.version"), property("java.vm.name"));
        print("- data on %s", Files.getFileStore(directory).type());
        print("- load average before the bench: %.1f; what else runs on the machine shows in the figures", load());
        print("");
        print(HEAD);
        print(syncs(directory).row("append " + SYNCED_BYTES + " bytes and force them to the disk", MILLIS));
        Files.delete(directory);
    }

    private static Figures syncs(Path directory) throws IOException {
        note("measuring the disk");
        Path file = directory.resolve("sync");
        long[] nanos = new long[SYNCS];
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.APPEND, StandardOpenOption.WRITE)) {
            for (int i = 0; i < SYNCS; i++) {
                ByteBuffer bytes = ByteBuffer.allocate(SYNCED_BYTES);
                long before = System.nanoTime();
                channel.write(bytes);
                channel.force(false);
                nanos[i] = System.nanoTime() - before;
            }
        }
        Files.delete(file);
        return Figures.of(nanos);
    }

    private static void with(String mainClass, String name, boolean recorded, Consumer<SampleCluster> measurement) {
        SampleCluster.with(
                new SampleCluster.Layout(
                        mainClass, null, SampleCluster.newDirectory(name), true, SampleCluster.freePorts(), recorded),
                measurement);
    }

    private void changes(SampleCluster cluster) {
        note("starting three members");
        cluster.start();
        List<Long> crashes = new ArrayList<>();
        List<Long> stops = new ArrayList<>();
        List<Boolean> firstAnswers = new ArrayList<>();
        for (int round = 1; round <= rounds; round++) {
            note("round " + round + " of " + rounds + ": crash, graceful stop, pause");
            crashes.add(crash(cluster));
            stops.add(gracefulStop(cluster));
            firstAnswers.add(pause(cluster));
        }
        cluster.stop();
        List<String> faults = RecordingCheck.faults(cluster.recordings());
        print("");
        print("### Changes of leadership");
        print("");
        print(HEAD);
        print(figures(crashes).row("crash: from SIGKILL to the new leader's `isLeader()`", MILLIS));
        print(figures(stops).row("graceful stop: from the old leader's last `true` to the new leader's first", MILLIS));
        print("");
        print(
                "Paused leader (SIGSTOP for %d s): %d of %d first answers after waking were wrong.",
                PAUSE.toSeconds(), Collections.frequency(firstAnswers, true), firstAnswers.size());
        print("");
        print("Faults in the records of all members: %s", faults.isEmpty() ? "none." : String.join(" ", faults));
    }

    private static Figures figures(List<Long> values) {
        return Figures.of(values.stream().mapToLong(Long::longValue).toArray());
    }

    /** Waits for agreement, and then a random part of a heartbeat, so that rounds do not fall in step with heartbeats. */
    private static MemberProcess settledLeader(SampleCluster cluster) {
        MemberProcess leader = cluster.awaitAgreement();
        SampleCluster.pause(Duration.ofMillis(ThreadLocalRandom.current().nextLong(500, 700)));
        return leader;
    }

    private static long crash(SampleCluster cluster) {
        MemberProcess old = settledLeader(cluster);
        long killed = System.nanoTime();
        old.kill();
        long led = successorLed(cluster, old, killed);
        cluster.start(old);
        return led - killed;
    }

    private static long gracefulStop(SampleCluster cluster) {
        MemberProcess old = settledLeader(cluster);
        long asked = System.nanoTime();
        old.askToStop();
        long led = successorLed(cluster, old, asked);
        old.awaitEnd();
        List<Recording.Leadership> leaderships = old.recording().leaderships();
        long ended = leaderships.get(leaderships.size() - 1).lastTrueNanos();
        cluster.start(old);
        return led - ended;
    }

    /** The first answer after waking. */
    private static boolean pause(SampleCluster cluster) {
        MemberProcess old = settledLeader(cluster);
        long paused = System.nanoTime();
        old.pause();
        SampleCluster.pause(PAUSE);
        old.resume();
        List<Recording.Waking> wakings = new ArrayList<>();
        SampleCluster.await("the first answer of the member that woke", LIMIT, () -> {
            wakings.addAll(old.recording().wakings().stream()
                    .filter(w -> w.atNanos() - paused > 0)
                    .toList());
            return !wakings.isEmpty();
        });
        return wakings.get(0).answer();
    }

    private static long successorLed(SampleCluster cluster, MemberProcess old, long afterNanos) {
        List<Long> led = new ArrayList<>();
        SampleCluster.await("another leader than " + old.id(), LIMIT, () -> {
            cluster.others(old)
                    .forEach(m -> m.recording().firstLedAfter(afterNanos).ifPresent(led::add));
            return !led.isEmpty();
        });
        return Collections.min(led);
    }

    /** An empty service as three members, and once without the starter, side by side. */
    private static void idle(SampleCluster cluster) {
        note("starting an empty service with the starter (three members) and without");
        cluster.start();
        MemberProcess bare = bare(cluster.directory());
        cluster.accompany(bare);
        bare.start();
        SampleCluster.await("the empty service", LIMIT, bare::answers);
        MemberProcess leader = cluster.awaitAgreement();
        Subject without = new Subject("without the starter", bare);
        List<Subject> members = List.of(
                new Subject("leader", leader),
                new Subject("follower", cluster.others(leader).get(0)),
                new Subject("other follower", cluster.others(leader).get(1)));
        note("warming up for " + WARM_UP.toSeconds() + " s");
        SampleCluster.pause(WARM_UP);
        processorTime(without, members);
        footprintHead();
        footprint(without);
        members.forEach(Bench::footprint);
        if (cluster.leader().filter(now -> now == leader).isEmpty()) {
            print("");
            print("The leader changed during this measurement: the roles above are not to be trusted.");
        }
    }

    /** A running service and what is measured of it. */
    private record Subject(String name, MemberProcess service, List<Long> processorPerSecond) {

        Subject(String name, MemberProcess service) {
            this(name, service, new ArrayList<>());
        }

        long processorNanos() {
            return service.process()
                    .info()
                    .totalCpuDuration()
                    .orElseThrow(() -> new ClusterException("This system does not tell a process's processor time."))
                    .toNanos();
        }

        Figures idle() {
            return figures(processorPerSecond);
        }
    }

    private static void processorTime(Subject bare, List<Subject> members) {
        List<Subject> all = new ArrayList<>(members);
        all.add(0, bare);
        for (int window = 1; window <= IDLE_WINDOWS; window++) {
            note("idle, window " + window + " of " + IDLE_WINDOWS + ", " + IDLE.toSeconds() + " s");
            long[] before = all.stream().mapToLong(Subject::processorNanos).toArray();
            long start = System.nanoTime();
            SampleCluster.pause(IDLE);
            double seconds = (System.nanoTime() - start) / 1e9;
            for (int i = 0; i < before.length; i++) {
                Subject subject = all.get(i);
                subject.processorPerSecond().add((long) ((subject.processorNanos() - before[i]) / seconds));
            }
        }
        print("");
        print(
                "### Processor time of an empty service that idles, per second (windows of %d s, after %d s of warming up)",
                IDLE.toSeconds(), WARM_UP.toSeconds());
        print("");
        print(HEAD);
        all.forEach(subject -> print(subject.idle().row(subject.name(), MILLIS)));
        print("");
        for (Subject member : members) {
            print(
                    "- the starter adds on the %s: %s per second (difference of the medians)",
                    member.name(),
                    Figures.millis(member.idle().percentile(50) - bare.idle().percentile(50)));
        }
    }

    private static void footprintHead() {
        print("");
        print("### Memory and threads of an empty service (-Xmx256m)");
        print("");
        print("| | resident | heap after a collection | non-heap | live threads |");
        print("|---|---|---|---|---|");
    }

    private static void footprint(Subject subject) {
        MemberProcess service = subject.service();
        int threads = (int) service.metric("jvm.threads.live");
        long resident = kibibytes(proc(service.pid() + "/status", "VmRSS"));
        collectGarbage(service);
        print(
                "| %s | %.1f MiB | %.1f MiB | %.1f MiB | %d |",
                subject.name(),
                resident / 1024.0,
                service.metric("jvm.memory.used?tag=area:heap") / 1048576,
                service.metric("jvm.memory.used?tag=area:nonheap") / 1048576,
                threads);
    }

    private static void collectGarbage(MemberProcess service) {
        run(List.of(
                Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                Long.toString(service.pid()),
                "GC.run"));
    }

    private static void run(List<String> command) {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (process.waitFor() != 0) {
                throw new ClusterException(command + " failed.");
            }
        } catch (IOException e) {
            throw new ClusterException(command + " could not be run: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ClusterException("Interrupted.", e);
        }
    }

    private void startUp() {
        List<Long> without = new ArrayList<>();
        List<Long> with = new ArrayList<>();
        for (int round = 1; round <= rounds; round++) {
            note("start-up, round " + round + " of " + rounds);
            with(EMPTY, "bench-start", false, cluster -> {
                MemberProcess bare = bare(cluster.directory());
                cluster.accompany(bare);
                without.add(startTime(bare));
                with.add(startTime(cluster.members().get(0)));
            });
        }
        print("");
        print("### Start of an empty service, as Spring Boot measures it");
        print("");
        print(HEAD);
        print(figures(without).row("without the starter", MILLIS));
        print(figures(with).row("as a member, its peers not there yet", MILLIS));
        print("");
        print(
                "The starter adds %s (difference of the medians).",
                Figures.millis(figures(with).percentile(50) - figures(without).percentile(50)));
    }

    private static long startTime(MemberProcess service) {
        service.start();
        SampleCluster.await("a start of the empty service", LIMIT, () -> started(service) >= 0);
        service.kill();
        return started(service);
    }

    private static long started(MemberProcess service) {
        try {
            Matcher matcher = STARTED.matcher(Files.readString(service.log(), StandardCharsets.UTF_8));
            return matcher.find() ? (long) (Double.parseDouble(matcher.group(1)) * 1e9) : -1;
        } catch (IOException e) {
            return -1;
        }
    }

    /** The empty service without what the starter configures. */
    private static MemberProcess bare(Path directory) {
        int port = SampleCluster.freePorts().get(0);
        List<String> command = new ArrayList<>(SampleCluster.java(EMPTY));
        command.add("--server.port=" + port);
        command.add("--spring.autoconfigure.exclude=" + String.join(",", autoConfigurations()));
        return new MemberProcess("bare", port, command, Map.of(), directory, false);
    }

    private static List<String> autoConfigurations() {
        try {
            List<String> names = new ArrayList<>();
            for (var url : Collections.list(Bench.class.getClassLoader().getResources(IMPORTS))) {
                try (InputStream in = url.openStream();
                        BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
                    lines.lines()
                            .filter(line -> line.startsWith("io.election."))
                            .forEach(names::add);
                }
            }
            return names;
        } catch (IOException e) {
            throw new ClusterException("The starter's auto-configurations cannot be listed: " + e.getMessage(), e);
        }
    }

    private static double load() {
        return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    }

    private static String property(String name) {
        return System.getProperty(name, "?");
    }

    /** The value behind a name in a file of {@code /proc}, or a question mark. */
    private static String proc(String file, String name) {
        try {
            return Files.readAllLines(Path.of("/proc/" + file)).stream()
                    .filter(line -> line.startsWith(name))
                    .map(line -> line.substring(line.indexOf(':') + 1).trim())
                    .findFirst()
                    .orElse("?");
        } catch (IOException e) {
            return "?";
        }
    }

    private static long kibibytes(String value) {
        return value.endsWith(" kB")
                ? Long.parseLong(value.substring(0, value.length() - 3).trim())
                : 0;
    }

    private static void print(String line, Object... values) {
        System.out.println(values.length == 0 ? line : String.format(Locale.ROOT, line, values));
    }

    private static void note(String what) {
        System.err.println("... " + what);
    }
}
