package io.election.sample.cluster;

import io.election.sample.figures.Figures;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Breaks a cluster at random, heals it, and sees the leadership come back, for a given time. A seed draws kinds, victims and
 * lengths; the victim "whoever leads" is somebody else in another run.
 */
final class Nemesis {

    private final FaultyCluster cluster;
    private final Random draw;
    private final List<Fault> possible;
    private final Map<Fault, Integer> struck = new EnumMap<>(Fault.class);
    private final List<Long> returns = new ArrayList<>();
    private StoreRecords store = new StoreRecords(List.of());
    private final List<RecordingCheck.Calm> calms = new ArrayList<>();
    private final long begin = System.nanoTime();

    Nemesis(FaultyCluster cluster, long seed) {
        this.cluster = cluster;
        this.draw = new Random(seed);
        this.possible = List.of(Fault.values()).stream()
                .filter(fault -> fault.isPossibleIn(cluster.network()))
                .toList();
    }

    /** One to three faults on top of each other, and the way back; until the time is over. */
    void rage(Duration time) {
        System.out.println("0.0 s is " + begin + " in the records.");
        while (System.nanoTime() - begin < time.toNanos()) {
            int together = draw.nextInt(10) < 6 ? 1 : draw.nextInt(3) + 1;
            for (int i = 0; i < together; i++) {
                strike();
            }
            cluster.heal();
            long healed = System.nanoTime();
            String leader = cluster.awaitAgreement();
            returns.add(System.nanoTime() - healed);
            say("healed; all follow %s after %s", leader, Figures.millis(returns.get(returns.size() - 1)));
            SampleCluster.pause(Duration.ofMillis(draw.nextInt(1500)));
            calms.add(new RecordingCheck.Calm(healed, System.nanoTime()));
        }
    }

    private void strike() {
        Fault fault = Fault.any(possible, draw);
        boolean atTheLeader = draw.nextInt(10) < 6;
        String other = Fault.any(cluster.ids(), draw);
        Duration hold = Duration.ofMillis(draw.nextInt(200, 4500));
        // One seed for each fault: however often it draws, the faults after it stay the same.
        Random own = new Random(draw.nextLong());
        String leader = cluster.leader().orElse("");
        String victim = atTheLeader && !leader.isEmpty() ? leader : other;
        say("%s, %s, %d ms", fault, victim + (victim.equals(leader) ? " (leads)" : ""), hold.toMillis());
        struck.merge(fault, 1, Integer::sum);
        fault.strike(cluster, victim, hold, own);
    }

    private void say(String what, Object... values) {
        System.out.printf(
                Locale.ROOT,
                "%8.1f s  %s%n",
                (System.nanoTime() - begin) / 1e9,
                String.format(Locale.ROOT, what, values));
    }

    /** Ends the cluster, and lays the records of its members side by side. */
    Verdict verdict() {
        long lost = cluster.network().lostPackets();
        List<Recording> recordings = cluster.end();
        List<String> faults = new ArrayList<>(RecordingCheck.faults(recordings));
        faults.addAll(RecordingCheck.leaderless(recordings, calms));
        store = cluster.storeRecords();
        faults.addAll(store.faults());
        if (store.applied() == 0) {
            faults.add("No write to the store was acknowledged.");
        }
        return new Verdict(faults, report(recordings, faults, lost));
    }

    /** What was found, one sentence for each violation, and a report as Markdown. */
    record Verdict(List<String> violations, String report) {}

    private String report(List<Recording> recordings, List<String> violations, long lost) {
        List<String> lines = new ArrayList<>();
        lines.add("| fault | times |\n|---|---|");
        struck.forEach((fault, times) -> lines.add("| " + fault + " | " + times + " |"));
        lines.add("");
        lines.add("| | n | min | median | p90 | max |\n|---|---|---|---|---|---|");
        Map<String, List<RecordingCheck.Gap>> gaps = RecordingCheck.gaps(recordings).stream()
                .collect(Collectors.groupingBy(RecordingCheck.Gap::reason, TreeMap::new, Collectors.toList()));
        gaps.forEach((reason, some) -> lines.add(Figures.of(
                        Figures.Unit.NANOS,
                        some.stream().mapToLong(RecordingCheck.Gap::nanos).toArray())
                .row("nobody leads after " + (reason.equals("-") ? "the leader was killed" : reason))));
        lines.add(Figures.of(Figures.Unit.NANOS, returns).row("from healed until all follow one leader"));
        lines.add("");
        lines.add(String.format(
                Locale.ROOT,
                "%d members, %d lives, %d s; %d leaderships; %,d answers of isLeader(), %,d events and %,d guarded writes,"
                        + " reads and confirmations recorded; %s packets lost or reset; violations: %d.",
                cluster.ids().size(),
                recordings.size(),
                Duration.ofNanos(System.nanoTime() - begin).toSeconds(),
                recordings.stream().mapToInt(r -> r.leaderships().size()).sum(),
                recordings.stream().mapToLong(Recording::answers).sum(),
                recordings.stream().mapToInt(r -> r.events().size()).sum(),
                recordings.stream().mapToInt(r -> r.uses().size()).sum(),
                lost < 0 ? "uncounted" : lost,
                violations.size()));
        lines.add(String.format(
                Locale.ROOT,
                "%,d writes to the replicated store acknowledged, %,d without an answer that says what became of them, %,d reads.",
                store.applied(),
                store.unknown(),
                store.reads()));
        return String.join("\n", lines);
    }
}
