package io.election.journal;

import io.election.core.DurableRecord;
import io.election.core.DurableState;
import io.election.core.Journal;
import io.election.core.LogKeys;
import io.election.core.Membership;
import io.election.core.Recovery;
import io.election.core.StateImages;
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
import org.slf4j.event.Level;

/**
 * A member's memory in append-only, checksummed files, in a directory of its own (safety rule 13).
 *
 * <p>The directory holds {@code journal}, the segments {@code journal.<number>} that it names, {@code mark}, {@code lock}, and
 * for short times {@code journal.new}. Beside them are the images of a state machine ({@link #images()}). While
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

    /** The length in bytes below which a journal is not rewritten. */
    public static final int DEFAULT_REWRITE_BYTES = 256 << 10;

    /** The length in bytes at which a segment is full. */
    public static final int DEFAULT_SEGMENT_BYTES = 8 << 20;

    private static final Logger logger = LoggerFactory.getLogger(FileJournal.class);

    private static final SecureRandom RANDOM = new SecureRandom();

    private final JournalDirectory directory;
    private final Path file;
    private final String cluster;
    private final String nodeId;
    private final SegmentedLog log;
    private final FileImages images;
    private final DirectoryPlace place;

    /** Held from {@link #lockIfPresent()} or {@link #open()} on. */
    private @Nullable Closeable lock;

    /** What is durable. Any thread may ask for it. The entries are the core's, and no copies. */
    private DurableState.Replay state = new DurableState.Replay(DurableState.NEW);

    private final Object stateGuard = new Object();

    /** What {@link #open()} goes on after. */
    private List<Segment> segments = List.of();

    private long stable;

    private long cutBytes;
    private @Nullable RecoveredMemory recovered;

    /** False from before a write until it has succeeded. */
    private boolean intact = true;

    private @Nullable IOException failure;

    /** True between {@link #open()} and {@link #close()}. */
    private boolean opened;

    private FileJournal(
            JournalFiles files,
            Path directory,
            String cluster,
            String nodeId,
            int rewriteBytes,
            int segmentBytes) {
        this.directory = new JournalDirectory(files, directory);
        this.file = this.directory.journal();
        this.cluster = cluster;
        this.nodeId = nodeId;
        this.log = new SegmentedLog(files, this.directory, newMemory(), rewriteBytes, segmentBytes);
        this.place = new DirectoryPlace(files, this.directory);
        this.images = new FileImages(files, this.directory, cluster);
    }

    private JournalFormat.Stamp newMemory() {
        return new JournalFormat.Stamp(cluster, nodeId, newIncarnation(), 0);
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
        return at(new DiskFiles(), directory, cluster, nodeId, DEFAULT_REWRITE_BYTES, DEFAULT_SEGMENT_BYTES);
    }

    static FileJournal at(
            JournalFiles files,
            Path directory,
            String cluster,
            String nodeId,
            int rewriteBytes,
            int segmentBytes) {
        return new FileJournal(files, directory, cluster, nodeId, rewriteBytes, segmentBytes);
    }

    /**
     * Opens a member's journal, or creates it if there is none. {@link #compact()} goes on in another segment when the last
     * one is longer than {@value #DEFAULT_SEGMENT_BYTES} bytes, and when the journal is longer than
     * {@value #DEFAULT_REWRITE_BYTES} bytes and four times as long as it began. If nobody calls it, an append does so at twice
     * that length.
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
     * @param rewriteBytes the length in bytes below which a journal is not rewritten
     * @return the journal, locked
     * @throws JournalException as {@link #open(Path, String, String)} does
     */
    public static FileJournal open(Path directory, String cluster, String nodeId, int rewriteBytes)
            throws JournalException {
        return open(new DiskFiles(), directory, cluster, nodeId, rewriteBytes, DEFAULT_SEGMENT_BYTES);
    }

    static FileJournal open(
            JournalFiles files,
            Path directory,
            String cluster,
            String nodeId,
            int rewriteBytes,
            int segmentBytes)
            throws JournalException {
        FileJournal journal = at(files, directory, cluster, nodeId, rewriteBytes, segmentBytes);
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
            place.remember();
            // From here on this journal must close the appender.
            opened = true;
            intact = true;
            // Go on in a new segment even if there is nothing to repair. This also finds out now whether the disk accepts
            // writes. A journal of one file is taken over by this.
            log.open(segments, stable, state);
            segments = List.of();
            images.tidy(state.snapshot());
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
        if (!directory.isThere()) {
            return beginAnew();
        }
        place.checkOriginal();
        Recovered found = new JournalReader(directory, cluster, nodeId).read();
        if (found == null) {
            throw new IOException("the file has gone meanwhile");
        }
        images.check(found.state().snapshot());
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
        take(found);
        Membership membership = Recovery.membershipIn(found.state());
        recovered = RecoveredMemory.in(directory.readRecovered(), membership == null ? null : membership.clusterId());
        return true;
    }

    private void take(Recovered found) {
        log.belongsTo(found.stamp());
        segments = found.segments();
        stable = found.stable();
        cutBytes = found.cutBytes();
        synchronized (stateGuard) {
            state = new DurableState.Replay(found.state());
        }
    }

    /** Begins a memory where there is no journal. Returns whether there was one that is lost. */
    private boolean beginAnew() throws IOException {
        directory.forceNames();
        take(new Recovered(newMemory(), DurableState.NEW, List.of(), 0, 0));
        recovered = null;
        boolean lost = directory.readMark() != null || !directory.segments().isEmpty();
        logger.atLevel(lost ? Level.WARN : Level.INFO)
                .addKeyValue(LogKeys.CLUSTER, cluster)
                .addKeyValue(LogKeys.NODE, nodeId)
                .addKeyValue(LogKeys.JOURNAL, directory.path())
                .addKeyValue(LogKeys.INCARNATION, incarnation())
                .log(
                        lost
                                ? "Member '{}' of cluster '{}' had a journal in {}, and it is lost. It begins a new one, as"
                                        + " incarnation {}, which has no vote until the leader has let it in."
                                : "Member '{}' of cluster '{}' has no journal in {} yet. It begins a new one, as incarnation {}.",
                        nodeId,
                        cluster,
                        directory.path(),
                        incarnation());
        return lost;
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
        return log.stamp().incarnation();
    }

    /** {@inheritDoc} Each call makes a copy of the list of entries. */
    @Override
    public DurableState state() {
        synchronized (stateGuard) {
            return state.state();
        }
    }

    /** {@inheritDoc} It is the number of the last segment. One begins at each opening, and when there is much to write. */
    @Override
    public long edition() {
        return log.stamp().edition();
    }

    @Override
    public StateImages images() {
        return images;
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
        return log.lastSync();
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
     * <p>The records are written at the end of the last segment and synced, however long that is. So what makes them durable is
     * never a new name, which not every system can sync. After a failure, every later call fails at once and does not touch
     * the file.
     *
     * @throws JournalNotWritableException if any of the records may not be durable
     * @throws IllegalArgumentException if a record does not fit the state, names an image that is not there, or is larger than 1 MiB, or all of them
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
        state.check(records);
        records.forEach(images::checkFinished);
        ByteBuffer frame = log.frame(records);
        tried(() -> log.write(frame, records));
        synchronized (stateGuard) {
            records.forEach(state::apply);
        }
        if (log.isOverdue()) {
            compact();
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>Goes on in another segment if the last one is full, or if much of what is there counts no more. Before and after it
     * the files hold the same state. So after a crash it makes no difference whether it has taken place.
     *
     * @throws JournalNotWritableException if the new segment cannot be written
     */
    @Override
    public void compact() throws IOException {
        if (opened && intact && log.isDue(state)) {
            tried(() -> log.goOn(state));
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
        tried(log::writeMark);
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
            log.closeAppender();
        } finally {
            Closeable held = lock;
            lock = null;
            if (held != null) {
                held.close();
            }
        }
    }
}
