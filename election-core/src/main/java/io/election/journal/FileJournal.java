package io.election.journal;

import io.election.core.DurableRecord;
import io.election.core.DurableState;
import io.election.core.Journal;
import io.election.core.LogKeys;
import io.election.core.Membership;
import io.election.core.Recovery;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A member's memory in one append-only, checksummed file, in a directory of its own (safety rule 13).
 *
 * <p>The directory holds {@code journal}, {@code mark}, {@code lock}, and for short times {@code journal.new}. While
 * the journal is open, the lock is held against other processes and against other journals in this process. Nothing is
 * written before {@link #open()}. So an application that is built into an image, or that only creates its beans, leaves
 * no memory that several processes would then share.
 *
 * <p>A directory without {@code journal} is a new memory with a new incarnation, even if the journal was lost. The
 * cluster does not count a new incarnation until the log names it (safety rule 7), so no promise of the lost memory is
 * broken.
 *
 * <p>After a crash, an interrupted append is present as a whole or not at all. A journal in which data that was on disk
 * is damaged is refused, except in the one case that the package documentation names. A directory that was last used in another
 * place is refused ({@link CopiedJournalException}). One that was rolled back to an older copy of itself is detected only by other
 * members, which know a later {@link #edition()}.
 *
 * <p>The thread that appends must not be interrupted. An interrupt closes the file, and that is a failed write.
 */
public final class FileJournal implements Journal {

    /** The length in bytes below which a file is not rewritten. */
    public static final int DEFAULT_REWRITE_BYTES = 256 << 10;

    private static final Logger logger = LoggerFactory.getLogger(FileJournal.class);

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int GROWTH_FACTOR = 4;

    /** How many times the length at which it should be rewritten a file may have while nobody calls {@link #compact()}. */
    private static final int OVERDUE_FACTOR = 2;

    private final JournalFiles files;
    private final JournalDirectory directory;
    private final Path file;
    private final String cluster;
    private final String nodeId;
    private final int rewriteBytes;

    /** Held from {@link #lockIfPresent()} or {@link #open()} on. */
    private @Nullable Closeable lock;

    /** Before a directory without a journal is opened, this names a memory that does not exist yet. */
    private volatile JournalFormat.Stamp stamp;

    private volatile DurableState state = DurableState.NEW;
    private volatile Duration lastSync = Duration.ZERO;
    private long cutBytes;
    private @Nullable RecoveredMemory recovered;

    private JournalFiles.@Nullable Appender appender;
    /** The position of the next frame. */
    private long length;
    /**
     * How much of the file is known to be on disk. The bytes between this and {@link #length} are the last append's
     * seal.
     */
    private long synced;

    private long rewriteAt;

    /** False from before a write until it has succeeded. */
    private boolean intact = true;

    private @Nullable IOException failure;

    /** True between {@link #open()} and {@link #close()}. */
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
     * Names a member's journal, and touches no file. {@link #open()} opens the journal, or creates it if there is none.
     *
     * @param directory the directory in which only this member of this cluster keeps its files; created if missing
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
     * Opens a member's journal, or creates it if there is none. {@link #compact()} rewrites the journal when it is longer
     * than {@value #DEFAULT_REWRITE_BYTES} bytes and four times the length that its state needs. If nobody calls it, an
     * append does so at twice that length.
     *
     * @param directory the directory in which only this member of this cluster keeps its files; created if missing
     * @param cluster the cluster's name
     * @param nodeId the member's id
     * @return the journal, locked
     * @throws JournalInUseException if it is already open, in this process or another
     * @throws ForeignJournalException if it belongs to another member or another cluster
     * @throws DamagedJournalException if something that was on disk is lost or changed
     * @throws UnsupportedJournalException if a later version of this library wrote it
     * @throws JournalNotWritableException if it cannot be created, read or written
     */
    public static FileJournal open(Path directory, String cluster, String nodeId) throws JournalException {
        return open(directory, cluster, nodeId, DEFAULT_REWRITE_BYTES);
    }

    /**
     * Opens a member's journal as {@link #open(Path, String, String)} does, with another length from which to rewrite.
     *
     * @param directory the directory in which only this member of this cluster keeps its files; created if missing
     * @param cluster the cluster's name
     * @param nodeId the member's id
     * @param rewriteBytes the length in bytes below which a file is not rewritten
     * @return the journal, locked
     * @throws JournalException as {@link #open(Path, String, String)} does
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
     * Locks and reads the journal if there is one, and writes nothing. Finds out now what would make {@link #open()}
     * fail, as far as this can be seen without writing. Does nothing on a journal that is already locked.
     *
     * @throws JournalException as {@link #open(Path, String, String)} does
     */
    public void lockIfPresent() throws JournalException {
        if (lock != null) {
            return;
        }
        try {
            directory.checkMayWrite();
            // Without a lock file, locking would create one.
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
     * @throws JournalException as {@link #open(Path, String, String)} does; the journal is then closed
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
            rememberPlace();
            // From here on this journal must close the appender.
            opened = true;
            intact = true;
            // Rewrite even if there is nothing to repair. What was read may be only in the system's cache, even after a
            // sync that failed. This also finds out now whether the disk accepts writes.
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

    /**
     * Reads the journal if there is one. Returns whether this directory remembers anything, even if only that there was
     * a journal.
     */
    private boolean recover() throws IOException {
        byte[] bytes = directory.readJournal();
        if (bytes == null) {
            directory.forceNames();
            stamp = new JournalFormat.Stamp(cluster, nodeId, newIncarnation(), 0);
            state = DurableState.NEW;
            cutBytes = 0;
            recovered = null;
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
        checkOriginal();
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
        Membership membership = Recovery.membershipIn(state);
        recovered = RecoveredMemory.in(directory.readRecovered(), membership == null ? null : membership.clusterId());
        return true;
    }

    /** Refuses a directory that was found to be a copy, or that was last used in another place. */
    private void checkOriginal() throws IOException {
        byte[] condemned = directory.readCondemned();
        if (condemned != null) {
            throw CopiedJournalException.older(file, new String(condemned, StandardCharsets.UTF_8).trim());
        }
        String recorded = recordedPlace();
        String here = files.place(directory.path());
        if (recorded != null && here != null && !recorded.equals(here)) {
            throw CopiedJournalException.ofAnotherPlace(file, directory.machine(), recorded, here);
        }
    }

    private @Nullable String recordedPlace() throws IOException {
        byte[] machine = directory.readMachine();
        String recorded = machine == null ? "" : new String(machine, StandardCharsets.UTF_8).trim();
        // A crash may have torn it. Nothing is refused for that.
        return recorded.matches(MachinePlace.PATTERN) ? recorded : null;
    }

    private void rememberPlace() throws IOException {
        String here = files.place(directory.path());
        if (here != null && !here.equals(recordedPlace())) {
            files.deleteIfExists(directory.machine());
            files.overwrite(directory.machine(), (here + "\n").getBytes(StandardCharsets.UTF_8));
        }
    }

    static String newIncarnation() {
        byte[] bytes = new byte[16];
        RANDOM.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    /**
     * {@inheritDoc}
     *
     * <p>If there is no journal yet, {@link #open()} draws the incarnation. Until then this value names no memory.
     */
    @Override
    public String incarnation() {
        return stamp.incarnation();
    }

    @Override
    public DurableState state() {
        return state;
    }

    /** {@inheritDoc} It is the number of the file, which is written anew at each opening and when it has grown long. */
    @Override
    public long edition() {
        return stamp.edition();
    }

    /** {@inheritDoc} The journal itself is left as it is. */
    @Override
    public void condemn(String reason) throws IOException {
        directory.replaceBeside(directory.condemned(), reason.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public @Nullable String recovered() {
        RecoveredMemory done = recovered;
        return done == null ? null : done.clause();
    }

    /**
     * How long the disk last took to make something durable. {@link #open()} measures this once. The time of
     * {@link #open()} and of {@link #compact()} includes the rename and the sync of the directory.
     *
     * @return the time that the sync took, without the writing
     */
    public Duration lastSync() {
        return lastSync;
    }

    /**
     * How many bytes were cut off when the journal was read.
     *
     * @return the length of the torn tail in bytes, 0 if there was none
     */
    public long cutBytes() {
        return cutBytes;
    }

    /**
     * {@inheritDoc}
     *
     * <p>The records are written at the end of the file and synced, however long the file is. So what makes them durable is
     * never a new name, which not every system can sync. After a failure, every later call fails at once and does not touch
     * the file.
     *
     * @throws JournalNotWritableException if any of the records may not be durable
     * @throws IllegalArgumentException if a record does not fit the state or is larger than 1 MiB, or all of them
     *     together are larger than 16 MiB; nothing is written then, and the journal stays as it was
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
        tried(() -> write(frame));
        state = next;
        if (length > OVERDUE_FACTOR * rewriteAt) {
            compact();
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>Continues in a new file if this one has grown too long. Both hold the same state. So after a crash it makes no
     * difference which of them has the name.
     *
     * @throws JournalNotWritableException if the new file cannot be written
     */
    @Override
    public void compact() throws IOException {
        if (opened && intact && length > rewriteAt) {
            tried(() -> rewrite(state));
        }
    }

    /** Something that may fail on the disk; nothing is written any more once it has. */
    private interface Attempt {
        void make() throws IOException;
    }

    private void tried(Attempt attempt) throws JournalNotWritableException {
        intact = false;
        try {
            attempt.make();
        } catch (IOException e) {
            failure = e;
            throw JournalNotWritableException.atAppending(file, e);
        }
        intact = true;
    }

    /**
     * {@inheritDoc}
     *
     * <p>Writes the mark once more, unchanged, without syncing it. This detects a read-only file system, a missing
     * directory, and a disk that no longer answers. A full disk is detected only by the next append.
     *
     * @throws JournalNotWritableException if the mark cannot be written
     */
    @Override
    public void probe() throws IOException {
        if (!opened || !intact) {
            return;
        }
        tried(() -> files.overwrite(directory.mark(), JournalFormat.mark(stamp, synced)));
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

    /** Continues in a new file that holds a state. After a crash there is either the old file or the new one. */
    private void rewrite(DurableState next) throws IOException {
        JournalFormat.Stamp nextStamp = stamp.next();
        byte[] bytes = JournalFormat.file(nextStamp, next);
        Path fresh = directory.fresh();
        files.deleteIfExists(fresh);
        // Not every system can replace a file that is open.
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
                throw new IOException("the disk accepted only " + buffer.position() + " bytes");
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

    /**
     * Does the same as {@link #close()}. The next {@link #open()} reads the directory again, whoever used it in
     * between.
     */
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
