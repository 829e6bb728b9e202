package io.election.sample.cluster;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What lies between members, each of which has its own place in it, and can be broken on each path between two. */
interface FaultyNetwork extends AutoCloseable {

    /** The way from one member to another; what comes back travels on a path of its own. */
    record Way(String from, String to) {}

    /** What a path does to what travels on it. */
    enum PathFault {
        /** Everything disappears without a word. */
        DROPS_ALL,
        /** Three packets in ten disappear. */
        DROPS_SOME,
        /** Of the requests, packets that carry entries of the log disappear, the smaller ones arrive. */
        DROPS_LARGE,
        /** Every packet is answered with a TCP reset, those that would open a connection too. */
        RESETS
    }

    /** What this network is made of, and what it cannot do, for a person to read. */
    List<String> description();

    /** Whether it can do that. */
    boolean can(PathFault fault);

    /** What a command must be preceded by, to run in a member's place. */
    List<String> inPlaceOf(String member);

    /** Where one member reaches another, or, where both are the same, where it listens itself. */
    String url(String from, String to);

    /** The port on which a member listens. */
    int port(String member);

    /**
     * Breaks the network in this way and no other; paths that are not named are sound.
     *
     * @param faults what paths do
     * @param slow the members of which everything that they send takes long
     */
    void become(Map<Way, PathFault> faults, Set<String> slow);

    /** Gives a member's directory a small disk of its own; false where that cannot be done. */
    boolean mountDisk(String member, Path directory);

    /** Fills a small disk to its last page, or frees it again. */
    void fillDisk(String member, Path directory, boolean full);

    /** How many packets were dropped or rejected so far; -1 where nobody counts them. */
    long lostPackets();

    @Override
    void close();
}
