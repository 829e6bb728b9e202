package io.election.journal;

import io.election.core.DurableRecord;
import io.election.core.DurableState;
import io.election.core.Journal;
import io.election.core.LogKeys;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A member's memory in one append-only, checksummed file of a directory of its own (safety rule 13).
 *
 * <p>The directory holds {@code journal}, {@code mark}, {@code lock}, and for moments {@code journal.new}. While the journal is open the
 * lock is held, against other processes and against this one. Until {@link #open()} nothing is written: an application that is
 * built into an image, or only makes its beans, leaves no memory behind that several processes would then share. A directory without {@code journal} is a new memory with a
 * new incarnation, also where one has been lost: the cluster does not count a new incarnation until the log names it
 * (safety rule 7), so nothing that the lost one promised is broken.
 *
 * <p>An append that a crash interrupted is there as a whole or not at all. Damage to what was on disk is refused, except
 * for the one case that the package's documentation names. A directory rolled back to an older copy of itself is not
 * detected.
 *
 * <p>The thread that appends must not be interrupted: an interrupt closes the file, and that is a failed write.
 */
public final class FileJournal implements Journal {

    /** The length below which a file is not rewritten, in bytes. */
    public static final int DEFAULT_REWRITE_BYTES = 256 << 10;

    private static final Logger logger = LoggerFactory.getLogger(FileJournal.class);

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int GROWTH_FACTOR = 4;

    private final JournalFiles files;
    private final JournalDirectory directory;
    private final Path file;
    private final String cluster;
    private final String nodeId;
    private final int rewriteBytes;

    /** Held from the locking on: {@link #lockIfPresent()} or {@link #open()}. */
    private @Nullable Closeable lock;

    /** Before the opening of a directory without a journal it names no memory that there is. */
    private JournalFormat.Stamp stamp;

    private volatile DurableState state = DurableState.NEW;
    private volatile Duration lastSync = Duration.ZERO;
    private long cutBytes;

    private JournalFiles.@Nullable Appender appender;
    /** Where the next frame stands. */
    private long length;
    /** How much of the file is known to be on disk; what lies between is the last append's seal. */
    private long synced;

    private long rewriteAt;

    /** False from before a write until after it. */
    private boolean intact = true;

    private @Nullable IOException failure;

    /** Between {@link #open()} and {@link #close()}. */
    private boolean opened;

    private FileJournal(JournalFiles files, Path directory, String cluster, String nodeId, int rewriteBytes) {
        this.files = files;
        this.directory = new JournalDirectory(files, directory);
        this.file = this.directory.journal();
        this.cluster = cluster;
        this.nodeId = nodeId;
        this.rewriteBytes = rewriteBytes;
        this.stamp = new JournalFormat.Stamp(cluster, nodeId, newIncarnation(), 0);
    }

    /**
     * Names a member's journal and touches nothing: {@link #open()} opens it, or creates it where there is none.
     *
     * @param directory where this member of this cluster, and nobody else, keeps its files; created if missing
     * @param cluster the cluster's name
     * @param nodeId the member's id
     * @return the journal, not open yet
     */
    public static FileJournal at(Path directory, String cluster, String nodeId) {
        return at(new DiskFiles(), directory, cluster, nodeId, DEFAULT_REWRITE_BYTES);
    }

    static FileJournal at(JournalFiles files, Path directory, String cluster, String nodeId, int rewriteBytes) {
        return new FileJournal(files, directory, cluster, nodeId, rewriteBytes);
    }

    /**
     * Opens a member's journal, or creates it where there is none, to be rewritten when it is longer than
     * {@value #DEFAULT_REWRITE_BYTES} bytes and four times what its state needs.
     *
     * @param directory where this member of this cluster, and nobody else, keeps its files; created if missing
     * @param cluster the cluster's name
     * @param nodeId the member's id
     * @return the journal, locked
     * @throws JournalInUseException if it is open already, here or in another process
     * @throws ForeignJournalException if it belongs to another member or another cluster
     * @throws DamagedJournalException if something is lost or changed that was on disk once
     * @throws UnsupportedJournalException if a later version of this library wrote it
     * @throws JournalNotWritableException if it cannot be created, read or written
     */
    public static FileJournal open(Path directory, String cluster, String nodeId) throws JournalException {
        return open(directory, cluster, nodeId, DEFAULT_REWRITE_BYTES);
    }

    /**
     * As {@link #open(Path, String, String)}, with another length.
     *
     * @param directory where this member of this cluster, and nobody else, keeps its files; created if missing
     * @param cluster the cluster's name
     * @param nodeId the member's id
     * @param rewriteBytes the length below which a file is not rewritten, in bytes
     * @return the journal, locked
     * @throws JournalException as there
     */
    public static FileJournal open(Path directory, String cluster, String nodeId, int rewriteBytes)
            throws JournalException {
        return open(new DiskFiles(), directory, cluster, nodeId, rewriteBytes);
    }

    static FileJournal open(JournalFiles files, Path directory, String cluster, String nodeId, int rewriteBytes)
            throws JournalException {
        FileJournal journal = at(files, directory, cluster, nodeId, rewriteBytes);
        journal.open();
        return journal;
    }

    /**
     * Locks and reads the journal if there is one, and writes nothing. What would make {@link #open()} fail is found out now,
     * as far as that can be seen without writing. Does nothing on a journal that is locked.
     *
     * @throws JournalException as {@link #open(Path, String, String)} does
     */
    public void lockIfPresent() throws JournalException {
        if (lock != null) {
            return;
        }
        try {
            directory.checkMayWrite();
            // To lock where there is no lock file would be to create it.
            if (directory.hasJournal()) {
                lock();
                recover();
            }
        } catch (IOException | RuntimeException e) {
            throw refused(e);
        }
    }

    /**
     * {@inheritDoc}
     *
     * @throws JournalException as {@link #open(Path, String, String)} does; the journal is closed then
     */
    @Override
    public boolean open() throws JournalException {
        if (opened) {
            return false;
        }
        try {
            boolean lockedNow = lock == null;
            boolean remembers = true;
            if (lockedNow) {
                directory.create();
                lock();
                remembers = recover();
            }
            // From here on the appender is this journal's to close.
            opened = true;
            intact = true;
            // Also where nothing has to be repaired: what was read may be in the system's cache only, even after a sync
            // that failed. And so a disk that takes no writes is found out now.
            rewrite(state);
            return lockedNow && remembers;
        } catch (IOException | RuntimeException e) {
            throw refused(e);
        }
    }

    private void lock() throws IOException {
        lock = directory.lock();
        if (lock == null) {
            throw new JournalInUseException(file);
        }
    }

    private JournalException refused(Exception because) {
        try {
            close();
        } catch (IOException e) {
            because.addSuppressed(e);
        }
        if (because instanceof RuntimeException unexpected) {
            throw unexpected;
        }
        return because instanceof JournalException known
                ? known
                : JournalNotWritableException.atOpening(file, (IOException) because);
    }

    /** Reads what is there; whether this directory remembers anything, be it only that there was a journal. */
    private boolean recover() throws IOException {
        byte[] bytes = directory.readJournal();
        if (bytes == null) {
            directory.forceNames();
            stamp = new JournalFormat.Stamp(cluster, nodeId, newIncarnation(), 0);
            state = DurableState.NEW;
            cutBytes = 0;
            if (directory.readMark() == null) {
                logger.atInfo()
                        .addKeyValue(LogKeys.CLUSTER, cluster)
                        .addKeyValue(LogKeys.NODE, nodeId)
                        .addKeyValue(LogKeys.JOURNAL, directory.path())
                        .addKeyValue(LogKeys.INCARNATION, stamp.incarnation())
                        .log(
                                "Member '{}' of cluster '{}' has no journal in {} yet. It begins a new one, as incarnation {}.",
                                nodeId,
                                cluster,
                                directory.path(),
                                stamp.incarnation());
                return false;
            }
            logger.atWarn()
                    .addKeyValue(LogKeys.CLUSTER, cluster)
                    .addKeyValue(LogKeys.NODE, nodeId)
                    .addKeyValue(LogKeys.JOURNAL, directory.path())
                    .addKeyValue(LogKeys.INCARNATION, stamp.incarnation())
                    .log(
                            "Member '{}' of cluster '{}' had a journal in {}, and it is lost. It begins a new one, as"
                                    + " incarnation {}, which has no vote until the leader has let it in.",
                            nodeId,
                            cluster,
                            directory.path(),
                            stamp.incarnation());
            return true;
        }
        JournalFormat.Recovered found = JournalFormat.read(file, bytes, directory.readMark(), cluster, nodeId);
        if (found.cutBytes() > 0) {
            logger.atWarn()
                    .addKeyValue(LogKeys.CLUSTER, cluster)
                    .addKeyValue(LogKeys.NODE, nodeId)
                    .addKeyValue(LogKeys.JOURNAL, file)
                    .addKeyValue(LogKeys.COUNT, found.cutBytes())
                    .log(
                            "Member '{}' of cluster '{}' found {} bytes at the end of its journal {} that were being written"
                                    + " when it last stopped. Nobody was told what they say, and they were cut off.",
                            nodeId,
                            cluster,
                            found.cutBytes(),
                            file);
        }
        stamp = found.stamp();
        state = found.state();
        cutBytes = found.cutBytes();
        return true;
    }

    static String newIncarnation() {
        byte[] bytes = new byte[16];
        RANDOM.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    /**
     * {@inheritDoc}
     *
     * <p>Where there is no journal yet the opening draws it: until then this is the name of no memory.
     */
    @Override
    public String incarnation() {
        return stamp.incarnation();
    }

    @Override
    public DurableState state() {
        return state;
    }

    /**
     * How long the disk last took to make something durable. The opening measures it once; it, and an append that had
     * the file rewritten, count the renaming and the directory as well.
     *
     * @return the time that syncing took, without the writing
     */
    public Duration lastSync() {
        return lastSync;
    }

    /**
     * What the opening had to cut.
     *
     * @return the length of the torn tail in bytes, 0 if there was none
     */
    public long cutBytes() {
        return cutBytes;
    }

    /**
     * {@inheritDoc}
     *
     * <p>After a failure every later call fails at once, without touching the file.
     *
     * @throws JournalNotWritableException if any of the records may not be durable
     * @throws IllegalArgumentException if a record does not fit the state or has more than 1 MiB, or all together have
     *     more than 16 MiB; nothing is written then, and the journal stays as it was
     */
    @Override
    public void append(List<DurableRecord> records) throws IOException {
        if (!opened) {
            throw JournalNotWritableException.closed(file);
        }
        if (!intact) {
            throw JournalNotWritableException.atAppending(file, failure);
        }
        if (records.isEmpty()) {
            return;
        }
        DurableState next = state.with(records);
        byte[] frame = JournalFormat.frame(stamp, length, synced, records);
        intact = false;
        try {
            if (length + frame.length + JournalFormat.SEAL_BYTES > rewriteAt) {
                rewrite(next);
            } else {
                write(frame);
            }
        } catch (IOException e) {
            failure = e;
            throw JournalNotWritableException.atAppending(file, e);
        }
        state = next;
        intact = true;
    }

    /**
     * {@inheritDoc}
     *
     * <p>Writes the mark once more, as it is, without syncing it. That finds a file system that is read-only, a directory that
     * is gone, and a disk that no longer answers; a disk that is full is found by the next append.
     *
     * @throws JournalNotWritableException if the mark cannot be written
     */
    @Override
    public void probe() throws IOException {
        if (!opened || !intact) {
            return;
        }
        try {
            files.overwrite(directory.mark(), JournalFormat.mark(stamp, synced));
        } catch (IOException e) {
            intact = false;
            failure = e;
            throw JournalNotWritableException.atAppending(file, e);
        }
    }

    private void write(byte[] frame) throws IOException {
        JournalFiles.Appender current = appender();
        writeFully(current, frame);
        long begin = System.nanoTime();
        current.force();
        lastSync = Duration.ofNanos(System.nanoTime() - begin);
        length += frame.length;
        synced = length;
        files.overwrite(directory.mark(), JournalFormat.mark(stamp, synced));
        byte[] seal = JournalFormat.frame(stamp, length, synced, List.of());
        writeFully(current, seal);
        length += seal.length;
    }

    /** Goes on in a new file that holds a state. A crash leaves the old file or the new one. */
    private void rewrite(DurableState next) throws IOException {
        JournalFormat.Stamp nextStamp = stamp.next();
        byte[] bytes = JournalFormat.file(nextStamp, next);
        Path fresh = directory.fresh();
        files.deleteIfExists(fresh);
        // A file that is open cannot be replaced everywhere.
        closeAppender();
        JournalFiles.Appender created = files.create(fresh);
        appender = created;
        writeFully(created, bytes);
        long begin = System.nanoTime();
        created.force();
        files.rename(fresh, file);
        files.forceDirectory(directory.path());
        lastSync = Duration.ofNanos(System.nanoTime() - begin);
        files.overwrite(directory.mark(), JournalFormat.mark(nextStamp, bytes.length));
        stamp = nextStamp;
        length = bytes.length;
        synced = bytes.length;
        rewriteAt = Math.max(rewriteBytes, (long) GROWTH_FACTOR * bytes.length);
    }

    private static void writeFully(JournalFiles.Appender appender, byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            if (appender.write(buffer) <= 0) {
                throw new IOException("the disk took no more than " + buffer.position() + " bytes");
            }
        }
    }

    private JournalFiles.Appender appender() {
        if (appender == null) {
            throw new IllegalStateException("no file is open");
        }
        return appender;
    }

    private void closeAppender() throws IOException {
        JournalFiles.Appender open = appender;
        appender = null;
        if (open != null) {
            open.close();
        }
    }

    /** As {@link #close()}: the next {@link #open()} reads the directory again, whoever used it in between. */
    @Override
    public void release() throws IOException {
        close();
    }

    @Override
    public void close() throws IOException {
        opened = false;
        try {
            closeAppender();
        } finally {
            Closeable held = lock;
            lock = null;
            if (held != null) {
                held.close();
            }
        }
    }
}
