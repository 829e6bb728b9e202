package io.election.journal;

import io.election.core.DurableRecord;
import io.election.core.DurableState;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A {@link FileJournal} on files in memory, for simulated members: its process or its machine dies at any byte, and what
 * was on disk may be damaged. All randomness is the caller's.
 */
public final class SimulatedJournal {

    private static final Path DIRECTORY = Path.of("/simulated");
    private static final Path FILE = DIRECTORY.resolve("journal");

    /** Small, so that journals are often written anew. */
    private static final int REWRITE_BYTES = 2048;

    /** Longer than what nearly every append writes, so that some deaths come after it. */
    private static final int BYTES_OF_AN_APPEND = 400;

    private final String cluster;
    private final String nodeId;
    private FaultyFiles files = new FaultyFiles();
    private @Nullable FileJournal journal;
    private boolean machineDied;
    /** How long the file was when it appeared under its name. */
    private int createdBytes;

    private long timesCreated;

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
            byte[] content =
                    JournalFormat.file(new JournalFormat.Stamp(cluster, nodeId, incarnation, 1), DurableState.NEW);
            createdBytes = content.length;
            replace(content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void replace(byte[] content) throws IOException {
        Path fresh = DIRECTORY.resolve("replaced");
        JournalFiles.Appender appender = files.create(fresh);
        if (content.length > 0) {
            appender.write(ByteBuffer.wrap(content));
        }
        appender.force();
        files.rename(fresh, FILE);
        files.forceDirectory(DIRECTORY);
    }

    /**
     * Opens it, as a process does at its start.
     *
     * @return what it recovers, or {@code null} if it is damaged
     */
    public @Nullable DurableState open() {
        try {
            journal = FileJournal.open(new Noting(files), DIRECTORY, cluster, nodeId, REWRITE_BYTES);
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

    /** How often the file was written as a whole, at openings and when it had grown too long. */
    public long timesCreated() {
        return timesCreated;
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
        byte[] content = content();
        int vouched = machineDied ? createdBytes : content.length;
        content[random.nextInt(Math.min(vouched, content.length))] ^= (byte) (1 << random.nextInt(8));
        put(content);
    }

    /**
     * Cuts the file below the length with which it appeared. A cut at the end of a later append is a copy rolled back,
     * which is not detected.
     *
     * @param random draws where
     */
    public void cut(RandomGenerator random) {
        byte[] content = content();
        put(java.util.Arrays.copyOf(content, random.nextInt(Math.min(createdBytes, content.length))));
    }

    private byte[] content() {
        byte[] content = files.content(FILE);
        if (content == null) {
            throw new IllegalStateException("the journal is gone");
        }
        return content;
    }

    private void put(byte[] content) {
        try {
            replace(content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private FileJournal opened() {
        if (journal == null) {
            throw new IllegalStateException("the journal is not open");
        }
        return journal;
    }

    /** Notes how long a file is when it gets its name. */
    private final class Noting implements JournalFiles {
        private final FaultyFiles to;

        Noting(FaultyFiles to) {
            this.to = to;
        }

        @Override
        public boolean isDirectory(Path path) {
            return to.isDirectory(path);
        }

        @Override
        public void createDirectory(Path directory) throws IOException {
            to.createDirectory(directory);
        }

        @Override
        public void forceDirectory(Path directory) throws IOException {
            to.forceDirectory(directory);
        }

        @Override
        public @Nullable Closeable lock(Path file) throws IOException {
            return to.lock(file);
        }

        @Override
        public boolean isFile(Path path) {
            return to.isFile(path);
        }

        @Override
        public boolean mayCreateIn(Path directory) {
            return to.mayCreateIn(directory);
        }

        @Override
        public @Nullable Source open(Path file) throws IOException {
            return to.open(file);
        }

        @Override
        public void overwrite(Path file, byte[] bytes) throws IOException {
            to.overwrite(file, bytes);
        }

        @Override
        public Appender create(Path file) throws IOException {
            return to.create(file);
        }

        @Override
        public void rename(Path from, Path destination) throws IOException {
            to.rename(from, destination);
            byte[] content = to.content(destination);
            createdBytes = content == null ? 0 : content.length;
            timesCreated++;
        }

        @Override
        public @Nullable String place(Path directory) {
            return to.place(directory);
        }

        @Override
        public void deleteIfExists(Path file) throws IOException {
            to.deleteIfExists(file);
        }
    }
}
