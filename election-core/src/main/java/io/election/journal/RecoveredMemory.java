package io.election.journal;

import io.election.core.Membership;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The mark that an offline recovery leaves in a directory: one line for each, in the file {@code recovered}. People read it, and
 * the member tells it at each start. Nothing else depends on it.
 *
 * @param at when the cluster was recovered
 * @param clusterId the id of the new cluster
 * @param generation its generation
 * @param lostClusterId the id of the cluster whose quorum was lost
 * @param lostGeneration its generation
 */
record RecoveredMemory(Instant at, String clusterId, long generation, String lostClusterId, long lostGeneration) {

    private static final int WORDS = 5;

    static RecoveredMemory of(Instant at, Membership lost, String clusterId, long generation) {
        return new RecoveredMemory(at, clusterId, generation, lost.clusterId(), lost.generation());
    }

    /** The line for the file. */
    byte[] line() {
        return (at + " " + clusterId + " " + generation + " " + lostClusterId + " " + lostGeneration + "\n")
                .getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Finds the recovery that made a cluster.
     *
     * @param file the content of the file, or {@code null} if there is none
     * @param clusterId the cluster that the journal is of, or {@code null}
     */
    static @Nullable RecoveredMemory in(byte @Nullable [] file, @Nullable String clusterId) {
        if (file == null || clusterId == null) {
            return null;
        }
        // A recovery that ended before the journal was replaced left a line, and its cluster never was.
        return lines(file).stream()
                .filter(line -> line.clusterId().equals(clusterId))
                .findFirst()
                .orElse(null);
    }

    private static List<RecoveredMemory> lines(byte[] file) {
        List<RecoveredMemory> lines = new ArrayList<>();
        for (String line : new String(file, StandardCharsets.UTF_8).split("\n")) {
            String[] words = line.split(" ");
            try {
                if (words.length == WORDS) {
                    lines.add(new RecoveredMemory(
                            Instant.parse(words[0]),
                            words[1],
                            Long.parseLong(words[2]),
                            words[3],
                            Long.parseLong(words[4])));
                }
            } catch (RuntimeException unreadable) {
                // Somebody wrote into it. The journal does not depend on it.
                continue;
            }
        }
        return lines;
    }

    /** What the member says of it, without its subject and without a full stop. */
    String clause() {
        return "was recovered offline at " + at + " as the only voter that was left of cluster " + lostClusterId
                + " (generation " + lostGeneration + "): entries that only lost members held are lost";
    }

    /** Adds a line to the file, so that a loss of power leaves it whole or without the new line. */
    void addTo(JournalDirectory directory) throws IOException {
        byte[] before = directory.readRecovered();
        byte[] added = line();
        byte[] all = new byte[(before == null ? 0 : before.length) + added.length];
        if (before != null) {
            System.arraycopy(before, 0, all, 0, before.length);
        }
        System.arraycopy(added, 0, all, all.length - added.length, added.length);
        directory.replace(directory.recovered(), all);
    }
}
