package io.election.sample.cluster;

import io.election.history.ValueOperation;
import io.election.sample.figures.Figures;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.springframework.util.FileSystemUtils;

/**
 * Members of an earlier version and of the present one, in one cluster and under load, each with a directory that goes from one version
 * to the other with it.
 */
final class MixedCluster {

    static final String EARLIER = "earlier";
    static final String PRESENT = "present";

    private static final Duration LIMIT = Duration.ofMinutes(5);

    /** So many entries of a leader have to arrive before it counts as having worked with all. */
    private static final long ENTRIES = 20;

    private final SampleCluster cluster;
    private final Map<String, List<String>> programs;
    private final Map<MemberProcess, List<String>> lives = new HashMap<>();
    private final List<ValueOperation> kept = new ArrayList<>();
    private final long begin = System.nanoTime();

    /**
     * Members of which none runs yet.
     *
     * @param cluster the members
     * @param programs what runs a member, by {@link #EARLIER} and {@link #PRESENT}
     */
    MixedCluster(SampleCluster cluster, Map<String, List<String>> programs) {
        this.cluster = cluster;
        this.programs = Map.copyOf(programs);
        cluster.members().forEach(member -> lives.put(member, new ArrayList<>()));
    }

    MemberProcess member(int number) {
        return cluster.members().get(number);
    }

    private void say(String what) {
        System.out.printf("%8.1f s  %s%n", (System.nanoTime() - begin) / 1e9, what);
    }

    private String described(MemberProcess member) {
        List<String> versions = lives.get(member);
        return member.id() + " (" + versions.get(versions.size() - 1) + ")";
    }

    /** Starts all members in one version, and waits until all of them vote and one leads. */
    void found(String version) {
        cluster.members().forEach(member -> runs(member, version));
        cluster.start();
        RollingUpdate.awaitVotes(cluster);
        say("all follow a leader: " + version);
    }

    private void runs(MemberProcess member, String version) {
        member.runBy(programs.get(version));
        lives.get(member).add(version);
    }

    /** Stops a member, as an operator does it, and starts it in a version, with its directory. Waits until it is ready. */
    void exchange(MemberProcess member, String version) {
        member.askToStop();
        member.awaitEnd();
        startAgain(member, version);
    }

    /** SIGKILL. */
    void kill(MemberProcess member) {
        member.kill();
        say(described(member) + " was killed");
    }

    /** Starts a member that was killed in the version that it had, and waits until it is ready. */
    void startAgain(MemberProcess member) {
        List<String> versions = lives.get(member);
        startAgain(member, versions.get(versions.size() - 1));
    }

    private void startAgain(MemberProcess member, String version) {
        runs(member, version);
        member.start();
        SampleCluster.await("member " + member.id() + " to be ready", LIMIT, () -> {
            if (!member.isAlive()) {
                throw new ClusterException("Member " + described(member) + " ended during its start.");
            }
            return member.isReady();
        });
        say(described(member) + " is ready");
    }

    /** Kills a member and starts it with an empty directory: what it then has it was given by the others, its state as an image. */
    void empty(MemberProcess member) {
        SampleCluster.await(
                "an image of the leader's state",
                LIMIT,
                () -> cluster.leader()
                        .flatMap(leader -> leader.status().join())
                        .filter(status -> status.memory() != null
                                && status.memory().snapshot().index() > 0)
                        .isPresent());
        member.kill();
        Path data = cluster.directory().resolve("data").resolve("sample").resolve(member.id());
        try {
            if (!FileSystemUtils.deleteRecursively(data)) {
                throw new ClusterException("There is no directory " + data + " to be emptied.");
            }
        } catch (IOException e) {
            throw new ClusterException("The directory " + data + " was not emptied: " + e.getMessage(), e);
        }
        startAgain(member);
        RollingUpdate.awaitVotes(cluster);
        say(described(member) + " was let in again, with an empty directory");
    }

    /** Kills the leader, starts it again, and waits for the next one, which takes the votes of all that run if they are just a quorum. */
    void elect() {
        MemberProcess leader = cluster.awaitAgreement();
        kill(leader);
        startAgain(leader);
        say(described(cluster.awaitAgreement()) + " was elected");
    }

    /** Lets a member lead, by a handover, until all that run have applied what it wrote in one leadership. */
    void leads(MemberProcess member) {
        SampleCluster.await(
                "entries of " + described(member) + " on all members",
                LIMIT,
                () -> handedTo(member) && isHeeded(member));
        say(described(member) + " leads, and all have applied what it wrote");
    }

    private boolean handedTo(MemberProcess member) {
        Optional<MemberProcess> leader = cluster.leader();
        if (leader.filter(present -> present == member).isPresent()) {
            return true;
        }
        leader.ifPresent(present -> present.handOver(member.id()));
        return false;
    }

    /** Whether a leadership lasts until its entries are applied everywhere. */
    private boolean isHeeded(MemberProcess leader) {
        Optional<MemberStatus> first = leader.status().join().filter(MemberStatus::leader);
        if (first.isEmpty()) {
            return false;
        }
        long term = first.get().term();
        long wanted = first.get().commitIndex() + ENTRIES;
        boolean[] applied = {false};
        SampleCluster.await("entry " + wanted + " on all members, or the end of term " + term, LIMIT, () -> {
            List<MemberStatus> statuses = cluster.statuses();
            long running =
                    cluster.members().stream().filter(MemberProcess::isAlive).count();
            applied[0] = statuses.size() == running
                    && statuses.stream().allMatch(status -> status.term() == term && status.appliedIndex() >= wanted);
            return applied[0] || statuses.stream().anyMatch(status -> status.term() > term);
        });
        return applied[0];
    }

    /** Notes what all members show now of all values that were ever written. */
    void look() {
        List<ValueOperation> shown = KeptValues.of(cluster);
        kept.addAll(shown);
        say(shown.size() + " looks at values that were written before");
    }

    /** Stops all members. */
    void end() {
        RollingUpdate.awaitVotes(cluster);
        cluster.stop();
    }

    /** What was found at the end. */
    record Verdict(List<String> faults, Map<String, Integer> handovers, long applied, String report) {}

    /** Judges what all members recorded, and what was seen of their store and their ledger. Read after the end. */
    Verdict verdict() {
        List<Recording> recordings = cluster.recordings();
        StoreRecords recorded = StoreRecords.of(cluster.members());
        List<ValueOperation> operations = new ArrayList<>(recorded.operations());
        operations.addAll(kept);
        StoreRecords store = new StoreRecords(operations);
        List<LedgerLine> lines = cluster.ledger().lines();
        List<String> faults = new ArrayList<>(RecordingCheck.faults(recordings));
        faults.addAll(LedgerCheck.faults(lines));
        faults.addAll(store.faults());
        Map<String, Integer> handovers = handovers();
        String report = String.format(
                "%d lives, %d leaderships, handovers %s, %s without a leader in all, %d lines in the ledger, %d writes to the"
                        + " store acknowledged, %d unknown, %d reads, %d looks back, %d faults",
                recordings.size(),
                recordings.stream().mapToInt(r -> r.leaderships().size()).sum(),
                handovers,
                Figures.millis(RecordingCheck.gaps(recordings).stream()
                        .mapToLong(RecordingCheck.Gap::nanos)
                        .sum()),
                lines.size(),
                store.applied(),
                store.unknown(),
                store.reads() - kept.size(),
                kept.size(),
                faults.size());
        return new Verdict(faults, handovers, store.applied(), report);
    }

    private record Told(long atNanos, String what, String detail, String version) {}

    /** How often a leadership was handed over, by the versions that gave and took it. */
    private Map<String, Integer> handovers() {
        List<Told> told = new ArrayList<>();
        for (MemberProcess member : cluster.members()) {
            List<Recording> recordings = member.recordings();
            for (int i = 0; i < recordings.size(); i++) {
                String version = lives.get(member).get(i);
                recordings
                        .get(i)
                        .events()
                        .forEach(event -> told.add(new Told(event.atNanos(), event.what(), event.detail(), version)));
            }
        }
        told.removeIf(event -> event.what().equals("leader-changed"));
        told.sort(Comparator.comparingLong(Told::atNanos));
        Map<String, Integer> handovers = new TreeMap<>();
        for (int i = 1; i < told.size(); i++) {
            Told before = told.get(i - 1);
            if (before.detail().equals("HANDED_OVER") && told.get(i).what().equals("elected")) {
                handovers.merge(before.version() + " to " + told.get(i).version(), 1, Integer::sum);
            }
        }
        return handovers;
    }
}
