package io.election.sample.cluster;

import io.election.sample.cluster.FaultyNetwork.PathFault;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/** What can go wrong with a cluster; each lasts until the cluster is healed. */
enum Fault {
    /** Three in ten packets are lost, between all members. */
    LOSS((cluster, victim, hold, draw) -> {
        cluster.ids().forEach(id -> cluster.breakAround(id, PathFault.DROPS_SOME));
        cluster.apply();
        SampleCluster.pause(hold);
    }),
    /** All that the victim sends comes late. */
    SLOW_LINK((cluster, victim, hold, draw) -> {
        cluster.slowLink(victim);
        cluster.apply();
        SampleCluster.pause(hold);
    }),
    /** Every packet from and to the victim is answered with a reset. */
    RESETS((cluster, victim, hold, draw) -> {
        cluster.breakAround(victim, PathFault.RESETS);
        cluster.apply();
        SampleCluster.pause(hold);
    }),
    /** The victim hears all and is heard by nobody. */
    UNHEARD((cluster, victim, hold, draw) -> {
        cluster.others(victim).forEach(other -> cluster.breakPath(victim, other, PathFault.DROPS_ALL));
        cluster.apply();
        SampleCluster.pause(hold);
    }),
    /** The victim is heard by all and hears nobody. */
    DEAF((cluster, victim, hold, draw) -> {
        cluster.others(victim).forEach(other -> cluster.breakPath(other, victim, PathFault.DROPS_ALL));
        cluster.apply();
        SampleCluster.pause(hold);
    }),
    /** The victim and one other do not see each other; both see all others. */
    CUT_FROM_ONE((cluster, victim, hold, draw) -> {
        cluster.breakBetween(victim, any(cluster.others(victim), draw), PathFault.DROPS_ALL);
        cluster.apply();
        SampleCluster.pause(hold);
    }),
    /** The victim is alone. */
    CUT_FROM_ALL((cluster, victim, hold, draw) -> {
        cluster.breakAround(victim, PathFault.DROPS_ALL);
        cluster.apply();
        SampleCluster.pause(hold);
    }),
    /** Nobody sees everybody: each member sees its two neighbours, or, of three, is heard by the next one only. */
    RING((cluster, victim, hold, draw) -> {
        List<String> ids = cluster.ids();
        for (int i = 0; i < ids.size(); i++) {
            for (int j = 0; j < ids.size(); j++) {
                int steps = Math.floorMod(j - i, ids.size());
                boolean neighbours = steps == 1 || steps == ids.size() - 1 && ids.size() > 3;
                if (i != j && !neighbours) {
                    cluster.breakPath(ids.get(i), ids.get(j), PathFault.DROPS_ALL);
                }
            }
        }
        cluster.apply();
        SampleCluster.pause(hold);
    }),
    /** The victim's link fails and comes back, again and again. */
    FLAPPING((cluster, victim, hold, draw) -> {
        long end = System.nanoTime() + hold.toNanos();
        while (System.nanoTime() - end < 0) {
            cluster.breakAround(victim, PathFault.DROPS_ALL);
            cluster.apply();
            SampleCluster.pause(Duration.ofMillis(draw.nextInt(50, 1200)));
            cluster.mendAround(victim);
            cluster.apply();
            SampleCluster.pause(Duration.ofMillis(draw.nextInt(50, 1200)));
        }
    }),
    /** The victim's heartbeats arrive, and the entries that it sends do not; it is to lead. */
    SMALL_ONLY((cluster, victim, hold, draw) -> {
        cluster.others(victim).forEach(other -> cluster.breakPath(victim, other, PathFault.DROPS_LARGE));
        cluster.apply();
        cluster.leader().ifPresent(leader -> cluster.handOver(leader, victim));
        SampleCluster.pause(hold);
    }),
    /** SIGKILL. */
    KILL((cluster, victim, hold, draw) -> {
        cluster.kill(victim);
        SampleCluster.pause(hold);
    }),
    /** SIGSTOP, and SIGCONT afterwards. */
    PAUSE((cluster, victim, hold, draw) -> {
        cluster.pause(victim);
        SampleCluster.pause(hold);
    }),
    /** The victim's disk has no room left; terms come and go until it notices. */
    FULL_DISK((cluster, victim, hold, draw) -> {
        cluster.fillDisk(victim);
        handOverFor(cluster, hold);
    }),
    /** The victim's disk answers after one to four seconds; a new term has to be written to it. */
    SLOW_DISK((cluster, victim, hold, draw) -> {
        cluster.slowDisk(victim, Duration.ofMillis(draw.nextInt(1000, 4000)));
        cluster.leader().ifPresent(cluster::handOver);
        SampleCluster.pause(hold);
    }),
    /** No fault: the leadership is handed over, again and again. */
    HANDOVERS((cluster, victim, hold, draw) -> handOverFor(cluster, hold));

    private final Act act;

    Fault(Act act) {
        this.act = act;
    }

    private interface Act {
        void strike(FaultyCluster cluster, String victim, Duration hold, RandomGenerator draw);
    }

    /** Lets it happen, and waits for as long as it is to last; nothing is healed then. */
    void strike(FaultyCluster cluster, String victim, Duration hold, RandomGenerator draw) {
        act.strike(cluster, victim, hold, draw);
        note("struck.txt");
    }

    /** For the script that runs everything, which names the kinds that no run reached. */
    private void note(String file) {
        Path directory = Path.of("target", "fault-kinds");
        try {
            Files.createDirectories(directory);
            Files.write(
                    directory.resolve("all.txt"),
                    Stream.of(values()).map(Fault::toString).toList());
            Files.write(
                    directory.resolve(file), List.of(toString()), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether it can happen in that network. */
    boolean isPossibleIn(FaultyNetwork network) {
        boolean possible = switch (this) {
            case LOSS -> network.can(PathFault.DROPS_SOME);
            case SMALL_ONLY -> network.can(PathFault.DROPS_LARGE);
            default -> true;
        };
        if (!possible) {
            note("impossible.txt");
        }
        return possible;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static <T> T any(List<T> list, RandomGenerator draw) {
        return list.get(draw.nextInt(list.size()));
    }

    private static void handOverFor(FaultyCluster cluster, Duration time) {
        long end = System.nanoTime() + time.toNanos();
        while (System.nanoTime() - end < 0) {
            cluster.leader().ifPresent(cluster::handOver);
            SampleCluster.pause(Duration.ofMillis(150));
        }
    }
}
