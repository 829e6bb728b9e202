package io.election.benchmarks.comparison;

import io.election.sample.figures.ProcessFacts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** How much of the machine's processors a leader, its followers, and all other programs use for a time. */
final class Processors {

    /** As sysconf(_SC_CLK_TCK) on every Linux. */
    private static final long TICK_NANOS = 10_000_000;

    private final Node leader;
    private final List<Node> followers;
    private final long begunNanos = System.nanoTime();
    private final long ofLeader;
    private final long ofFollowers;
    private final long ofAll;

    private Processors(Node leader, List<Node> followers) throws IOException {
        this.leader = leader;
        this.followers = followers;
        this.ofLeader = used(List.of(leader));
        this.ofFollowers = used(followers);
        this.ofAll = usedByAll();
    }

    static Processors begin(Node leader, List<Node> followers) throws IOException {
        return new Processors(leader, followers);
    }

    /** Processors used since the beginning: by the leader, by its followers together, and by whatever else runs. */
    String end() throws IOException {
        double nanos = System.nanoTime() - begunNanos;
        long led = used(List.of(leader)) - ofLeader;
        long followed = used(followers) - ofFollowers;
        long all = usedByAll() - ofAll;
        return String.format(
                Locale.ROOT,
                "%.2f / %.2f / %.2f",
                led / nanos,
                followed / nanos,
                Math.max(0, all - led - followed) / nanos);
    }

    private static long used(List<Node> nodes) {
        return nodes.stream()
                .mapToLong(node -> ProcessFacts.processorNanos(node.process().toHandle()))
                .sum();
    }

    /** The first line of proc(5)'s stat: user, nice, system, idle, iowait, irq, softirq, and what a hypervisor took. */
    private static long usedByAll() throws IOException {
        String[] words = Files.readAllLines(Path.of("/proc/stat")).get(0).split(" +");
        long ticks = 0;
        for (int i : new int[] {1, 2, 3, 6, 7, 8}) {
            ticks += Long.parseLong(words[i]);
        }
        return ticks * TICK_NANOS;
    }
}
