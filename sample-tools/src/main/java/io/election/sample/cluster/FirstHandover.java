package io.election.sample.cluster;

import io.election.sample.figures.Figures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/**
 * Measures the first handover in the lives of three processes, in turn with the rehearsal and without it: how long nobody led, and
 * how many classes the old leader and its successor loaded meanwhile. Each round starts three new processes with an empty
 * service. Prints one line for each round, and a Markdown table. With {@code -Dfirst-handover.classes=true} it prints the classes too.
 *
 * <pre>{@code
 * ./sample-app/cluster.sh --help     # builds what is missing
 * java -Dcluster.jar=sample-app/target/sample-app-exec.jar \
 *     -Dcluster.tools=sample-tools/target/sample-tools.jar -Dloader.path=sample-tools/target/sample-tools.jar,sample-tools/target/lib \
 *     -Dloader.main=io.election.sample.cluster.FirstHandover \
 *     -cp sample-app/target/sample-app-exec.jar org.springframework.boot.loader.launch.PropertiesLauncher 20 15
 * }</pre>
 */
final class FirstHandover {

    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final String SERVICE = "io.election.sample.cluster.RecordedService";
    private static final String HEAD = "| | n | min | median | p90 | max |\n|---|---|---|---|---|---|";

    private final Duration rest;
    private final boolean showClasses = Boolean.getBoolean("first-handover.classes");

    private FirstHandover(Duration rest) {
        this.rest = rest;
    }

    /** What was seen in one round. */
    private record Seen(long gapNanos, List<String> byOld, List<String> bySuccessor, Before before) {}

    /** What a member had cost until then, on average of the three. */
    private record Before(long processorNanos, long residentBytes, long classes) {}

    /**
     * Measures and prints.
     *
     * @param args how many rounds with the rehearsal and how many without; how many seconds pass before a leader is stopped;
     *     further arguments of the service
     */
    public static void main(String[] args) {
        int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 10;
        Duration rest = Duration.ofSeconds(args.length > 1 ? Long.parseLong(args[1]) : 15);
        List<String> further = args.length > 2 ? List.of(args).subList(2, args.length) : List.of();
        FirstHandover measurement = new FirstHandover(rest);
        Map<String, List<String>> ways = new LinkedHashMap<>();
        ways.put("rehearsed", List.of());
        ways.put("not rehearsed", List.of("--election.rehearsal.enabled=false"));
        Map<String, List<Seen>> seen = new LinkedHashMap<>();
        for (int round = 1; round <= rounds; round++) {
            ways.forEach((way, arguments) -> {
                List<String> all = new ArrayList<>(arguments);
                all.addAll(further);
                Seen one = measurement.round(all);
                seen.computeIfAbsent(way, any -> new ArrayList<>()).add(one);
                measurement.print(way, one);
            });
        }
        System.out.println("\n" + HEAD);
        seen.forEach((way, all) -> {
            tell(all, "first handover, " + way + ": nobody led", Figures.Unit.NANOS, Seen::gapNanos);
            tell(
                    all,
                    "classes loaded by the old leader meanwhile",
                    Figures.Unit.COUNT,
                    one -> one.byOld().size());
            tell(
                    all,
                    "classes loaded by its successor meanwhile",
                    Figures.Unit.COUNT,
                    one -> one.bySuccessor().size());
            tell(
                    all,
                    "processor time of a member from its start until then",
                    Figures.Unit.NANOS,
                    one -> one.before().processorNanos());
            tell(
                    all,
                    "resident memory of a member then",
                    Figures.Unit.BYTES,
                    one -> one.before().residentBytes());
            tell(
                    all,
                    "classes that a member had loaded by then",
                    Figures.Unit.COUNT,
                    one -> one.before().classes());
        });
    }

    private static void tell(List<Seen> all, String what, Figures.Unit unit, ToLongFunction<Seen> value) {
        System.out.println(
                Figures.of(unit, all.stream().mapToLong(value).toArray()).row(what));
    }

    private void print(String way, Seen seen) {
        System.out.printf(
                Locale.ROOT,
                "%s: %s, classes loaded by the old leader %d, by its successor %d%n",
                way,
                Figures.millis(seen.gapNanos()),
                seen.byOld().size(),
                seen.bySuccessor().size());
        if (showClasses) {
            seen.byOld().forEach(line -> System.out.println("  old       " + line));
            seen.bySuccessor().forEach(line -> System.out.println("  successor " + line));
        }
    }

    private Seen round(List<String> arguments) {
        Path directory = SampleCluster.newDirectory("first-handover");
        List<Seen> seen = new ArrayList<>();
        SampleCluster.with(
                new SampleCluster.Layout(
                        SERVICE,
                        null,
                        directory,
                        true,
                        SampleCluster.freePorts(),
                        true,
                        List.of(),
                        arguments,
                        List.of("-Xlog:class+load=info:file=" + directory.resolve("classes-%p.txt") + ":timenanos")),
                cluster -> seen.add(handover(cluster)));
        return seen.get(0);
    }

    private Seen handover(SampleCluster cluster) {
        cluster.start();
        cluster.awaitAgreement();
        SampleCluster.pause(rest);
        MemberProcess old = cluster.awaitAgreement();
        // So that rounds do not fall in step with heartbeats.
        SampleCluster.pause(Duration.ofMillis(ThreadLocalRandom.current().nextLong(500, 700)));
        Before before = before(cluster);
        long asked = System.nanoTime();
        old.askToStop();
        List<MemberProcess> led = new ArrayList<>();
        SampleCluster.await(
                "another leader than " + old.id(),
                LIMIT,
                () -> cluster.others(old).stream()
                        .filter(m -> m.recording().firstLedAfter(asked).isPresent())
                        .anyMatch(led::add));
        old.awaitEnd();
        MemberProcess successor = led.get(0);
        long until = successor.recording().firstLedAfter(asked).orElseThrow();
        List<Recording.Leadership> past = old.recording().leaderships();
        long from = past.get(past.size() - 1).lastTrueNanos();
        return new Seen(
                until - from,
                loaded(cluster.directory(), old, from, until),
                loaded(cluster.directory(), successor, from, until),
                before);
    }

    private static Before before(SampleCluster cluster) {
        long processor = 0;
        long resident = 0;
        long classes = 0;
        for (MemberProcess member : cluster.members()) {
            processor += member.process()
                    .info()
                    .totalCpuDuration()
                    .orElse(Duration.ZERO)
                    .toNanos();
            resident += residentBytes(member);
            classes += loaded(cluster.directory(), member, Long.MIN_VALUE, Long.MAX_VALUE)
                    .size();
        }
        int members = cluster.members().size();
        return new Before(processor / members, resident / members, classes / members);
    }

    private static long residentBytes(MemberProcess member) {
        try (Stream<String> lines = Files.lines(Path.of("/proc/" + member.pid() + "/status"))) {
            return lines.filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10)
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            return 0;
        }
    }

    /** The classes that a process loaded between two instants, each with the milliseconds since the first. */
    private static List<String> loaded(Path directory, MemberProcess of, long from, long until) {
        try (Stream<String> lines = Files.lines(directory.resolve("classes-" + of.pid() + ".txt"))) {
            return lines.filter(line -> line.startsWith("["))
                    .map(line -> line.substring(1).split("ns\\] ", 2))
                    .filter(parts -> parts.length == 2)
                    .filter(parts -> Long.parseLong(parts[0]) >= from && Long.parseLong(parts[0]) <= until)
                    .map(parts ->
                            String.format(Locale.ROOT, "%.1f %s", (Long.parseLong(parts[0]) - from) / 1e6, parts[1]))
                    .toList();
        } catch (IOException e) {
            throw new ClusterException("The classes of member " + of.id() + " cannot be read: " + e.getMessage(), e);
        }
    }
}
