package io.election.journal;

import io.election.core.DurableRecord;
import io.election.core.DurableState;
import io.election.core.StateImages;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A {@link FileJournal} on files in memory, for simulated members: its process or its machine dies at any byte, and what
 * was on disk may be damaged. All randomness is the caller's.
 */
public final class SimulatedJournal {

    private static final Path DIRECTORY = Path.of("/simulated");

    /** Small, so that journals are often written anew. */
    private static final int REWRITE_BYTES = 2048;

    /** Small, so that a log which nobody compacts is in several. */
    private static final int SEGMENT_BYTES = 2048;

    /** Longer than what nearly every append writes, so that some deaths come after it. */
    private static final int BYTES_OF_AN_APPEND = 400;

    private final String cluster;
    private final String nodeId;
    private FaultyFiles files = new FaultyFiles();
    private @Nullable FileJournal journal;
    private boolean machineDied;
    private long edition;

    /**
     * A new directory.
     *
     * @param cluster the cluster's name
     * @param nodeId the member's id
     * @param incarnation what a real journal would draw
     */
    public SimulatedJournal(String cluster, String nodeId, String incarnation) {
        this.cluster = cluster;
        this.nodeId = nodeId;
        try {
            files.createDirectory(DIRECTORY);
            files.forceDirectory(Path.of("/"));
            edition = JournalContent.create(files, DIRECTORY, cluster, nodeId, incarnation);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Opens it, as a process does at its start.
     *
     * @return what it recovers, or {@code null} if it is damaged
     */
    public @Nullable DurableState open() {
        try {
            journal = FileJournal.open(files, DIRECTORY, cluster, nodeId, REWRITE_BYTES, SEGMENT_BYTES);
            edition = journal.edition();
            machineDied = false;
            return journal.state();
        } catch (DamagedJournalException e) {
            return null;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether the last opening cut a torn tail. */
    public boolean wasTorn() {
        return journal != null && journal.cutBytes() > 0;
    }

    /** How often a segment was begun, at openings, when one was full, and when much of it counted no more. */
    public long timesCreated() {
        return edition - 1;
    }

    /** The images beside it, while it is open. */
    public StateImages images() {
        return opened().images();
    }

    /** The id of the memory, as the journal knows it. */
    public String incarnation() {
        return opened().incarnation();
    }

    /** Makes records durable, together, and writes the file anew if it has grown long. */
    public void append(List<DurableRecord> records) {
        try {
            opened().append(records);
            opened().compact();
            edition = opened().edition();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The disk fails while it makes these durable. */
    public void failToAppend(List<DurableRecord> records) {
        files.syncsBeforeFailure = 0;
        try {
            opened().append(records);
            throw new IllegalStateException("an append whose sync failed reported success");
        } catch (IOException expected) {
            files.syncsBeforeFailure = Integer.MAX_VALUE;
        }
    }

    /**
     * The process dies, or the whole machine, at any byte of an append.
     *
     * @param underWay what was being written, perhaps nothing
     * @param random draws when, and what survives
     */
    public void die(List<DurableRecord> underWay, RandomGenerator random) {
        FileJournal open = journal;
        if (open == null) {
            return;
        }
        try {
            if (!underWay.isEmpty()) {
                dieWithin(open, underWay, random);
            }
            open.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        journal = null;
        if (random.nextInt(3) == 0) {
            machineDied = true;
            files = files.afterPowerLoss(Choices.drawnBy(random));
        } else {
            files = files.afterKill();
        }
    }

    private void dieWithin(FileJournal open, List<DurableRecord> underWay, RandomGenerator random) {
        int[] stepsLeft = {random.nextInt(BYTES_OF_AN_APPEND)};
        files.hook = operation -> {
            if (stepsLeft[0]-- <= 0) {
                throw new FaultyFiles.PowerLost();
            }
        };
        try {
            open.append(underWay);
            open.compact();
        } catch (IOException expected) {
            // It is written in part, or written anew in part.
        }
        files.hook = null;
    }

    /**
     * Turns one bit of what is on disk. What only a lost seal vouched for is left alone: the package's documentation names
     * that case as the one that is not detected.
     *
     * @param random draws which
     */
    public void turnABit(RandomGenerator random) {
        Place place = place(random, !machineDied);
        place.content()[place.offset()] ^= (byte) (1 << random.nextInt(8));
        put(place.file(), place.content());
    }

    /**
     * Cuts a file below the length with which it appeared. A cut at the end of a later append is a copy rolled back,
     * which is not detected.
     *
     * @param random draws where
     */
    public void cut(RandomGenerator random) {
        Place place = place(random, false);
        put(place.file(), Arrays.copyOf(place.content(), place.offset()));
    }

    private record Place(Path file, byte[] content, int offset) {}

    /** Any byte of what the journal says was on disk, and perhaps of what was appended since. */
    private Place place(RandomGenerator random, boolean appended) {
        List<JournalContent.Piece> pieces = JournalContent.of(files, DIRECTORY);
        int bytes = pieces.stream()
                .mapToInt(piece -> appended ? piece.counted() : piece.created())
                .sum();
        int offset = random.nextInt(bytes);
        for (JournalContent.Piece piece : pieces) {
            int length = appended ? piece.counted() : piece.created();
            if (offset < length) {
                return new Place(piece.file(), piece.content(), offset);
            }
            offset -= length;
        }
        throw new IllegalStateException("no such byte");
    }

    private void put(Path file, byte[] content) {
        files.put(file, content);
    }

    private FileJournal opened() {
        if (journal == null) {
            throw new IllegalStateException("the journal is not open");
        }
        return journal;
    }
}
