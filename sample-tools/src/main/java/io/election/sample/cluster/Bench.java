package io.election.sample.cluster;

import io.election.sample.figures.Figures;
import io.election.sample.figures.Machine;
import io.election.sample.figures.Report;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Measures a cluster, with the default settings unless others are given, and reports the figures. Asserts nothing. What it is
 * doing goes to the standard error.
 */
final class Bench {

    private final Plan plan;
    private final Report report;

    private Bench(Plan plan, Report report) {
        this.plan = plan;
        this.report = report;
    }

    /** The parts of the bench, in the order in which they are measured. */
    enum Part {
        /** The first handover in the life of three processes. */
        HANDOVER_COLD("handover-cold"),
        /** Handovers between processes that have handed over many times. */
        HANDOVER_WARM("handover-warm"),
        /** SIGKILL of the leader. */
        CRASH("crash"),
        /** SIGSTOP of the leader. */
        PAUSE("pause"),
        /** Members that come and go. */
        MEMBERS("members"),
        /** Processor time of a service that idles, with the starter and without. */
        IDLE("idle"),
        /** Its threads and its memory. */
        MEMORY("memory"),
        /** What a heartbeat allocates. */
        GARBAGE("garbage"),
        /** Processor time of a leader at whose endpoint and console somebody looks. */
        WATCHED("watched"),
        /** Leaderships that end while more requests wait than the application has threads. */
        FLOOD("flood"),
        /** The time of a start. */
        START("start");

        private final String title;

        Part(String title) {
            this.title = title;
        }

        /** As it is written on the command line. */
        String title() {
            return title;
        }
    }

    /**
     * How much is measured.
     *
     * @param rounds how often each change of leadership is made, and how often a service is started
     * @param warmUpHandovers how many handovers precede those that are measured warm
     * @param settle how long a cluster rests, once it agrees, before its first handover or a crash
     * @param warmUp how long a service idles before it is measured
     * @param window how long it is measured at a time
     * @param windows how often
     * @param peerPort whether members have a port for their peers, instead of sharing the application's; a flood is measured in both ways
     * @param properties settings other than the defaults, each as {@code name=value}
     */
    record Plan(
            int rounds,
            int warmUpHandovers,
            Duration settle,
            Duration warmUp,
            Duration window,
            int windows,
            boolean peerPort,
            List<String> properties) {

        /** What the figures in the documentation are measured with. */
        static Plan full(int rounds, Duration settle, boolean peerPort, List<String> properties) {
            return new Plan(
                    rounds, 60, settle, Duration.ofSeconds(60), Duration.ofSeconds(30), 4, peerPort, properties);
        }

        /** Shows that the bench works; its figures mean little. */
        static Plan quick(boolean peerPort, List<String> properties) {
            return new Plan(
                    1, 1, Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ofSeconds(2), 1, peerPort, properties);
        }

        /** The same for members with a port for their peers, or without. */
        Plan withPeerPort(boolean own) {
            return new Plan(rounds, warmUpHandovers, settle, warmUp, window, windows, own, properties);
        }
    }

    /**
     * Measures and reports.
     *
     * @param parts what is measured
     * @param plan how much
     * @param report what the figures are added to
     */
    static void run(Set<Part> parts, Plan plan, Report report) {
        long start = System.nanoTime();
        Bench bench = new Bench(plan, report);
        bench.machine();
        new ChangesOfLeadership(plan, report).measure(parts);
        if (parts.contains(Part.MEMBERS)) {
            new MemberChangeTimes(plan, report).measure();
            new DisklessMembers(plan, report).measure();
        }
        if (parts.contains(Part.IDLE) || parts.contains(Part.MEMORY) || parts.contains(Part.GARBAGE)) {
            new IdleService(plan, report).measure(parts);
        }
        if (parts.contains(Part.WATCHED)) {
            new WatchedLeader(plan, report).measure();
        }
        if (parts.contains(Part.FLOOD)) {
            new FloodedMembers(plan, report).measure();
        }
        if (parts.contains(Part.START)) {
            new StartUp(plan, report).measure();
        }
        report.section("End");
        report.sentence(String.format(
                Locale.ROOT,
                "Load average at the end: %.1f. All of this took %d s.",
                Machine.load(),
                Duration.ofNanos(System.nanoTime() - start).toSeconds()));
    }

    /** All parts. */
    static Set<Part> allParts() {
        return EnumSet.allOf(Part.class);
    }

    private void machine() {
        Path directory = SampleCluster.newDirectory("bench-disk");
        report.section("Machine");
        try {
            Machine.facts(directory).forEach(report::item);
            report.item("members: -Xmx256m, "
                    + (plan.properties().isEmpty() ? "default settings" : String.join(", ", plan.properties())) + ", "
                    + (plan.peerPort() ? "a port of their own for peers" : "peers on the application's port"));
            note("measuring the disk");
            report.figures(syncRow(), Machine.syncs(directory));
            Files.delete(directory);
        } catch (IOException e) {
            throw new ClusterException("The disk cannot be measured: " + e.getMessage(), e);
        }
    }

    /** What {@link Machine#syncs} measures, as a row says it. */
    static String syncRow() {
        return "append " + Machine.SYNCED_BYTES + " bytes and force them to the disk";
    }

    /** Runs three members that list each other; see {@link SampleCluster#with}. */
    static void with(
            String mainClass,
            String name,
            boolean recorded,
            Plan plan,
            List<String> arguments,
            Consumer<SampleCluster> measurement) {
        with(mainClass, name, recorded, plan, null, arguments, measurement);
    }

    /** Runs three members of the sample that find each other by a name and keep nothing on a disk, and are recorded. */
    static void withFound(String name, Plan plan, List<String> arguments, Consumer<SampleCluster> measurement) {
        try (NameServer names = NameServer.start()) {
            with(SampleCluster.SAMPLE, name, true, plan, names, arguments, measurement);
        }
    }

    private static void with(
            String mainClass,
            String name,
            boolean recorded,
            Plan plan,
            @Nullable NameServer names,
            List<String> arguments,
            Consumer<SampleCluster> measurement) {
        List<Integer> ports = SampleCluster.freePorts(6);
        List<String> all = new ArrayList<>(arguments);
        // What is measured is the election alone.
        all.add("--election.store.enabled=false");
        plan.properties().forEach(property -> all.add("--" + property));
        SampleCluster.with(
                new SampleCluster.Layout(
                        mainClass,
                        null,
                        SampleCluster.newDirectory(name),
                        true,
                        ports.subList(0, 3),
                        recorded,
                        plan.peerPort() ? ports.subList(3, 6) : List.of(),
                        names,
                        all),
                measurement);
    }

    /** A sentence on the difference of two medians. */
    static String added(String what, Figures with, Figures without) {
        return what + ": " + with.unit().format(with.median() - without.median()) + " (difference of the medians)";
    }

    /** Tells the standard error what is being done. */
    static void note(String what) {
        System.err.println("... " + what);
    }
}
