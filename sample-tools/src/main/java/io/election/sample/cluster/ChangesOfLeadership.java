package io.election.sample.cluster;

import io.election.sample.figures.Figures;
import io.election.sample.figures.Machine;
import io.election.sample.figures.Report;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;

/** Measures how long nobody leads when the leader hands over, crashes or is paused, by what the members record. */
final class ChangesOfLeadership {

    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final Duration PAUSE = Duration.ofSeconds(2);
    /** Seldom enough that asking does not take the processors from what is measured. */
    private static final String ASKED_EVERY = "200us";

    private static final List<String> ARGUMENTS =
            List.of("--sample.record-interval=" + ASKED_EVERY, "--management.endpoint.election.access=unrestricted");

    private final Bench.Plan plan;
    private final Report report;
    private final List<String> faults = new ArrayList<>();

    ChangesOfLeadership(Bench.Plan plan, Report report) {
        this.plan = plan;
        this.report = report;
    }

    /** Measures those of the parts that are about changes of leadership. */
    void measure(Set<Bench.Part> parts) {
        if (parts.contains(Bench.Part.HANDOVER_COLD)) {
            handoverCold();
        }
        if (parts.contains(Bench.Part.HANDOVER_WARM)) {
            members("bench-warm", this::handoverWarm);
        }
        if (parts.contains(Bench.Part.CRASH)) {
            members("bench-crash", this::crash);
        }
        if (parts.contains(Bench.Part.PAUSE)) {
            members("bench-pause", this::pause);
        }
    }

    private interface Measurement {
        void of(SampleCluster cluster);
    }

    private void members(String name, Measurement measurement) {
        faults.clear();
        sampleMembers(name, measurement);
        judge();
    }

    private void sampleMembers(String name, Measurement measurement) {
        Bench.with(SampleCluster.SAMPLE, name, true, plan, ARGUMENTS, cluster -> {
            cluster.start();
            measurement.of(cluster);
            faults.addAll(RecordingCheck.faults(cluster.recordings()));
        });
    }

    private void judge() {
        report.sentence(
                faults.isEmpty()
                        ? "The records of all members show no overlap and no token that does not rise."
                        : "Faults in the records of the members: " + String.join(" ", faults));
    }

    private void handoverCold() {
        faults.clear();
        List<Long> gaps = new ArrayList<>();
        List<Long> fromSignal = new ArrayList<>();
        for (int round = 1; round <= plan.rounds(); round++) {
            int present = round;
            sampleMembers("bench-cold", cluster -> {
                MemberProcess old = settledLeader(cluster, plan.settle());
                long asked = System.nanoTime();
                old.askToStop();
                Change change = changeOf(cluster, old, asked);
                old.awaitEnd();
                gaps.add(change.gapNanos());
                fromSignal.add(change.ledNanos() - asked);
                // The times are those of -Xlog with the decoration tn, for whoever looks what the members did
                // meanwhile.
                Bench.note("cold handover " + present + " of " + plan.rounds() + ": gap "
                        + Figures.millis(change.gapNanos()) + ", process " + old.pid() + " to " + change.successorPid()
                        + ", System.nanoTime() " + change.endedNanos() + " to " + change.ledNanos());
                cluster.others(old).forEach(MemberProcess::kill);
            });
        }
        report.section("Handover, cold");
        Figures figures = Figures.of(Figures.Unit.NANOS, gaps);
        report.figures("gap: from the old leader's last `true` to the new leader's first", figures);
        report.figures("from SIGTERM to the new leader's first `true`", Figures.of(Figures.Unit.NANOS, fromSignal));
        report.sentence("Three new processes for each round, stopped by SIGTERM at the earliest "
                + plan.settle().toSeconds() + " s after all agreed. All gaps: " + figures.line() + ".");
        load();
        judge();
    }

    private void handoverWarm(SampleCluster cluster) {
        List<Long> gaps = new ArrayList<>();
        Figures syncsBefore = syncs(cluster);
        int measured = 2 * plan.rounds();
        for (int round = 1 - plan.warmUpHandovers(); round <= measured; round++) {
            MemberProcess old = settledLeader(cluster, Duration.ofMillis(100));
            long asked = System.nanoTime();
            if (!old.handOver()) {
                throw new ClusterException("Member " + old.id() + " did not answer a request to hand over.");
            }
            Change change = changeOf(cluster, old, asked);
            if (round > 0) {
                gaps.add(change.gapNanos());
            }
            if (round % 10 == 0) {
                Bench.note("warm handover " + round + " of " + measured + ": gap " + Figures.millis(change.gapNanos()));
            }
        }
        report.section("Handover, warm");
        Figures figures = Figures.of(Figures.Unit.NANOS, gaps);
        report.figures("gap: from the old leader's last `true` to the new leader's first", figures);
        report.figures("before it: " + Bench.syncRow(), syncsBefore);
        report.figures("after it: " + Bench.syncRow(), syncs(cluster));
        report.sentence("Three processes, asked by POST to hand over, after " + plan.warmUpHandovers()
                + " handovers that are not counted. All gaps: " + figures.line() + ".");
        load();
        cluster.stop();
    }

    private static Figures syncs(SampleCluster cluster) {
        try {
            return Machine.syncs(cluster.directory());
        } catch (IOException e) {
            throw new ClusterException("The disk cannot be measured: " + e.getMessage(), e);
        }
    }

    private void crash(SampleCluster cluster) {
        List<Long> crashes = new ArrayList<>();
        for (int round = 1; round <= plan.rounds(); round++) {
            MemberProcess old = settledLeader(cluster, Duration.ofMillis(500));
            long killed = System.nanoTime();
            old.kill();
            crashes.add(changeOf(cluster, old, killed).ledNanos() - killed);
            Bench.note(
                    "crash " + round + " of " + plan.rounds() + ": " + Figures.millis(crashes.get(crashes.size() - 1)));
            cluster.start(old);
        }
        cluster.stop();
        report.section("Crash of the leader");
        Figures figures = Figures.of(Figures.Unit.NANOS, crashes);
        report.figures("from SIGKILL to the new leader's first `true`", figures);
        report.sentence("All: " + figures.line() + ".");
        load();
    }

    private void pause(SampleCluster cluster) {
        List<Boolean> firstAnswers = new ArrayList<>();
        for (int round = 1; round <= plan.rounds(); round++) {
            Bench.note("pause " + round + " of " + plan.rounds());
            firstAnswers.add(firstAnswerAfterPause(cluster));
        }
        cluster.stop();
        report.section("Pause of the leader");
        report.sentence("Paused leader (SIGSTOP for " + PAUSE.toSeconds() + " s): "
                + Collections.frequency(firstAnswers, true) + " of " + firstAnswers.size()
                + " first answers after waking were wrong.");
    }

    private static boolean firstAnswerAfterPause(SampleCluster cluster) {
        MemberProcess old = settledLeader(cluster, Duration.ofMillis(500));
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

    /** Waits for agreement, and then a random part of a heartbeat longer, so that rounds do not fall in step with heartbeats. */
    private static MemberProcess settledLeader(SampleCluster cluster, Duration settle) {
        MemberProcess leader = cluster.awaitAgreement();
        SampleCluster.pause(settle.plusMillis(ThreadLocalRandom.current().nextLong(250)));
        return leader;
    }

    /**
     * One leader follows another.
     *
     * @param endedNanos just before the old one's last {@code true}
     * @param ledNanos just after the new one's first
     * @param successorPid the new one's process
     */
    private record Change(long endedNanos, long ledNanos, long successorPid) {

        long gapNanos() {
            return ledNanos - endedNanos;
        }
    }

    private static Change changeOf(SampleCluster cluster, MemberProcess old, long afterNanos) {
        Map<Long, MemberProcess> led = new TreeMap<>();
        SampleCluster.await("another leader than " + old.id(), LIMIT, () -> {
            cluster.others(old)
                    .forEach(m -> m.recording().firstLedAfter(afterNanos).ifPresent(at -> led.put(at, m)));
            return !led.isEmpty();
        });
        List<Recording.Leadership> leaderships = old.recording().leaderships();
        long ended = leaderships.get(leaderships.size() - 1).lastTrueNanos();
        Map.Entry<Long, MemberProcess> first = led.entrySet().iterator().next();
        return new Change(ended, first.getKey(), first.getValue().pid());
    }

    private void load() {
        report.sentence(String.format(Locale.ROOT, "Load average then: %.1f.", Machine.load()));
    }
}
