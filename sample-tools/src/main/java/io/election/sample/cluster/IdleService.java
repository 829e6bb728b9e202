package io.election.sample.cluster;

import io.election.sample.figures.Figures;
import io.election.sample.figures.Machine;
import io.election.sample.figures.ProcessFacts;
import io.election.sample.figures.Report;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Measures what an empty service costs that idles as one of three members, beside the same service without the starter, of
 * which three run as well.
 */
final class IdleService {

    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final int BARE_SERVICES = 3;
    private static final int TOLD_THREADS = 6;
    /** Ports and counters in the names of threads. */
    private static final Pattern ALL_NUMBERS = Pattern.compile("\\d+");

    private final Bench.Plan plan;
    private final Report report;

    IdleService(Bench.Plan plan, Report report) {
        this.plan = plan;
        this.report = report;
    }

    /** A running service, and the processor time that it used in a second of each window. */
    private record Subject(String name, MemberProcess service, List<Long> perSecond) {

        Subject(String name, MemberProcess service) {
            this(name, service, new ArrayList<>());
        }

        long processorNanos() {
            return ProcessFacts.processorNanos(service.process().toHandle());
        }

        Figures processorTime() {
            return Figures.of(Figures.Unit.NANOS, perSecond);
        }
    }

    /** Measures those of the parts that are about a service that idles; one cluster serves all of them. */
    void measure(Set<Bench.Part> parts) {
        Bench.with(
                EmptyService.class.getName(), "bench-idle", false, plan, List.of(), cluster -> measure(cluster, parts));
    }

    private void measure(SampleCluster cluster, Set<Bench.Part> parts) {
        Bench.note("starting an empty service with the starter (three members) and without (" + BARE_SERVICES + ")");
        cluster.start();
        List<Subject> bare = bare(cluster);
        MemberProcess leader = cluster.awaitAgreement();
        List<Subject> members = List.of(
                new Subject("leader", leader),
                new Subject("follower", cluster.others(leader).get(0)),
                new Subject("other follower", cluster.others(leader).get(1)));
        Bench.note("warming up for " + plan.warmUp().toSeconds() + " s");
        SampleCluster.pause(plan.warmUp());
        if (parts.contains(Bench.Part.IDLE)) {
            processorTime(bare, members);
        }
        if (parts.contains(Bench.Part.MEMORY)) {
            memory(bare, members);
        }
        if (parts.contains(Bench.Part.GARBAGE)) {
            garbage(bare, members);
        }
        if (cluster.leader().filter(now -> now == leader).isEmpty()) {
            report.sentence("The leader changed during this measurement: the roles above are not to be trusted.");
        }
    }

    private static List<Subject> bare(SampleCluster cluster) {
        List<Subject> bare = new ArrayList<>();
        List<Integer> ports = SampleCluster.freePorts(BARE_SERVICES);
        for (int i = 0; i < BARE_SERVICES; i++) {
            MemberProcess service = BareService.beside(cluster, "bare-" + (i + 1), ports.get(i));
            service.start();
            bare.add(new Subject("without the starter", service));
        }
        bare.forEach(subject -> SampleCluster.await("the empty service", LIMIT, subject.service()::answers));
        return bare;
    }

    private void processorTime(List<Subject> bare, List<Subject> members) {
        List<Subject> all = new ArrayList<>(bare);
        all.addAll(members);
        for (int window = 1; window <= plan.windows(); window++) {
            Bench.note("idle, window " + window + " of " + plan.windows() + ", "
                    + plan.window().toSeconds() + " s");
            long[] before = all.stream().mapToLong(Subject::processorNanos).toArray();
            long start = System.nanoTime();
            SampleCluster.pause(plan.window());
            double seconds = (System.nanoTime() - start) / 1e9;
            for (int i = 0; i < before.length; i++) {
                Subject subject = all.get(i);
                subject.perSecond().add(Math.round((subject.processorNanos() - before[i]) / seconds));
            }
        }
        report.section("Processor time of an empty service that idles, per second");
        Figures without = Figures.of(
                Figures.Unit.NANOS,
                bare.stream().flatMap(subject -> subject.perSecond().stream()).toList());
        report.figures("without the starter (" + BARE_SERVICES + " services)", without);
        members.forEach(member -> report.figures(member.name(), member.processorTime()));
        for (Subject member : members) {
            report.item(Bench.added("added on the " + member.name(), member.processorTime(), without));
        }
        report.sentence(String.format(
                Locale.ROOT,
                "%d windows of %d s, after %d s of warming up. Load average then: %.1f.",
                plan.windows(),
                plan.window().toSeconds(),
                plan.warmUp().toSeconds(),
                Machine.load()));
    }

    private void memory(List<Subject> bare, List<Subject> members) {
        Bench.note("memory and threads");
        report.section("Memory and threads of an empty service that idles");
        Footprint without = new Footprint(bare);
        List<Footprint> with =
                members.stream().map(m -> new Footprint(List.of(m))).toList();
        without.report("without the starter");
        for (int i = 0; i < with.size(); i++) {
            with.get(i).report(members.get(i).name());
        }
        for (int i = 0; i < with.size(); i++) {
            String name = members.get(i).name();
            Footprint member = with.get(i);
            report.item(Bench.added("resident, added on the " + name, member.resident(), without.resident()));
            report.item(Bench.added(
                    "resident, after a collection, added on the " + name, member.collected(), without.collected()));
            report.item(Bench.added("heap after a collection, added on the " + name, member.heap(), without.heap()));
            report.item(Bench.added("threads, added on the " + name, member.threads(), without.threads()) + ": "
                    + String.join(", ", member.namesBeyond(without)));
        }
        report.sentence(
                "`-Xmx256m`. Threads are those of Java; a number in a name is #. Resident after a collection includes the"
                        + " connection that asked for it, a few MiB in each.");
    }

    /** Memory and threads of services that are alike. */
    private final class Footprint {

        private final List<Long> resident = new ArrayList<>();
        private final List<Long> collected = new ArrayList<>();
        private final List<Long> heap = new ArrayList<>();
        private final List<Long> nonHeap = new ArrayList<>();
        private final List<Long> threads = new ArrayList<>();
        private final Set<String> names = new TreeSet<>();

        Footprint(List<Subject> subjects) {
            for (Subject subject : subjects) {
                long pid = subject.service().pid();
                resident.add(ProcessFacts.residentBytes(pid));
                try (Jvm jvm = Jvm.attach(pid)) {
                    Jvm.Memory memory = jvm.collectGarbage();
                    heap.add(memory.heapBytes());
                    nonHeap.add(memory.nonHeapBytes());
                    List<String> present = jvm.threadNames();
                    threads.add((long) present.size());
                    present.forEach(name -> names.add(ALL_NUMBERS.matcher(name).replaceAll("#")));
                }
                collected.add(ProcessFacts.residentBytes(pid));
            }
        }

        private Figures bytes(List<Long> values) {
            return Figures.of(Figures.Unit.BYTES, values);
        }

        Figures resident() {
            return bytes(resident);
        }

        Figures collected() {
            return bytes(collected);
        }

        Figures heap() {
            return bytes(heap);
        }

        Figures threads() {
            return Figures.of(Figures.Unit.COUNT, threads);
        }

        Set<String> namesBeyond(Footprint other) {
            Set<String> more = new TreeSet<>(names);
            more.removeAll(other.names);
            return more;
        }

        void report(String name) {
            report.figures(name + ": resident", resident());
            report.figures(name + ": resident after a collection", collected());
            report.figures(name + ": heap after a collection", heap());
            report.figures(name + ": non-heap", bytes(nonHeap));
            report.figures(name + ": threads", threads());
        }
    }

    private void garbage(List<Subject> bare, List<Subject> members) {
        List<Allocation> without =
                bare.stream().map(s -> new Allocation(s.service(), 0)).toList();
        MemberProcess leader = members.get(0).service();
        List<Allocation> with = new ArrayList<>();
        for (Subject member : members) {
            // Each heartbeat of the leader is received by one of the others.
            with.add(new Allocation(member.service(), member.service() == leader ? 1 : members.size() - 1));
        }
        Bench.note("garbage, for " + plan.window().toSeconds() + " s");
        double heartbeatsBefore = heartbeats(leader);
        without.forEach(Allocation::begin);
        with.forEach(Allocation::begin);
        SampleCluster.pause(plan.window());
        without.forEach(Allocation::end);
        with.forEach(Allocation::end);
        double heartbeats = heartbeats(leader) - heartbeatsBefore;
        report.section("What a heartbeat allocates");
        Figures idle = Figures.of(
                Figures.Unit.BYTES,
                without.stream().map(Allocation::bytesPerSecond).toList());
        report.figures("without the starter, in a second", idle);
        for (int i = 0; i < with.size(); i++) {
            Allocation allocation = with.get(i);
            String name = members.get(i).name();
            report.figures(name + ", in a second", Figures.of(Figures.Unit.BYTES, allocation.bytesPerSecond()));
            report.figures(
                    name + ", for each heartbeat, beyond the service without the starter",
                    Figures.of(Figures.Unit.BYTES, allocation.bytesPerHeartbeat(idle.median(), heartbeats)));
        }
        for (int i = 0; i < with.size(); i++) {
            report.item(members.get(i).name() + ", by thread, for each heartbeat: "
                    + with.get(i).threads(heartbeats));
        }
        report.sentence(String.format(
                Locale.ROOT,
                "%.0f heartbeats were answered in %d s. Everything that a member allocates counts as garbage of its"
                        + " heartbeats, its ticks and its log included.",
                heartbeats,
                plan.window().toSeconds()));
        without.forEach(Allocation::close);
        with.forEach(Allocation::close);
    }

    private static double heartbeats(MemberProcess leader) {
        List<Double> counted = new ArrayList<>();
        SampleCluster.await("the number of heartbeats", LIMIT, () -> {
            leader.meter("election.heartbeat").ifPresent(counted::add);
            return !counted.isEmpty();
        });
        return counted.get(0);
    }

    /** What a service allocates in a window. */
    private static final class Allocation {

        private final Jvm jvm;
        private final int share;
        private Map<String, Long> before = Map.of();
        private Map<String, Long> allocated = Map.of();
        private long beganNanos;
        private double seconds;

        /**
         * Nothing yet.
         *
         * @param service whose allocations are counted
         * @param share of how many of the leader's heartbeats this member handles one
         */
        Allocation(MemberProcess service, int share) {
            this.jvm = Jvm.attach(service.pid());
            this.share = share;
        }

        void begin() {
            // Once for the classes that the question itself loads.
            jvm.allocatedBytes();
            before = jvm.allocatedBytes();
            beganNanos = System.nanoTime();
        }

        void end() {
            Map<String, Long> after = jvm.allocatedBytes();
            seconds = (System.nanoTime() - beganNanos) / 1e9;
            allocated = Jvm.difference(before, after);
        }

        long bytes() {
            return allocated.values().stream().mapToLong(Long::longValue).sum();
        }

        long bytesPerSecond() {
            return Math.round(bytes() / seconds);
        }

        long bytesPerHeartbeat(long idleBytesPerSecond, double heartbeats) {
            return Math.round((bytes() - idleBytesPerSecond * seconds) / own(heartbeats));
        }

        private double own(double heartbeats) {
            return Math.max(heartbeats / share, 1);
        }

        String threads(double heartbeats) {
            return allocated.entrySet().stream()
                    .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
                    .limit(TOLD_THREADS)
                    .filter(e -> e.getValue() > 0)
                    .map(e -> e.getKey() + " " + Figures.Unit.BYTES.format(Math.round(e.getValue() / own(heartbeats))))
                    .reduce((a, b) -> a + ", " + b)
                    .orElse("nothing");
        }

        void close() {
            jvm.close();
        }
    }
}
