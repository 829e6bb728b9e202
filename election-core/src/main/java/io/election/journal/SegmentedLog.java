package io.election.journal;

import io.election.core.DurableRecord;
import io.election.core.DurableState;
import io.election.core.Entry;
import io.election.core.LogPosition;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The files of an open journal: segments, of which the last one is written to, and the file that names them. Knows nothing of
 * what the records mean, but for which entries a segment holds.
 *
 * <p>A segment begins whenever the journal is opened, when the last one is full, and when enough of what is there counts no
 * more. It begins with what is small of the state, and with the last entries, if they are few. So what is not too long is in
 * one segment each time, and a log that is long is never written again as a whole.
 */
final class SegmentedLog {

    private static final int GROWTH_FACTOR = 4;

    /** How many times the length at which it should go on in another segment a journal may have while nobody puts it in order. */
    private static final int OVERDUE_FACTOR = 2;

    private final JournalFiles files;
    private final JournalDirectory directory;
    private final long rewriteBytes;
    private final long segmentBytes;

    private volatile JournalFormat.Stamp stamp;
    private volatile Duration lastSync = Duration.ZERO;

    /** The segments before the one that is written to. */
    private List<Segment> older = List.of();
    /** How many bytes they have together. */
    private long olderBytes;

    private JournalFiles.@Nullable Appender appender;
    /** The position of the next frame. */
    private long length;
    /**
     * How much of the segment is known to be on disk. The bytes between this and {@link #length} are the last append's
     * seal.
     */
    private long synced;
    /** Of the bytes that are known to be on disk. */
    private CRC32C checksum = new CRC32C();

    private ByteBuffer seal = ByteBuffer.allocate(0);
    private long firstEntry = Long.MAX_VALUE;
    private long lastEntry;

    /** The length of all segments together from which on it is tried to do with less. */
    private long rewriteAt;

    /**
     * Names the files, and touches none.
     *
     * @param rewriteBytes the length of all segments together below which a journal is left as it is
     * @param segmentBytes the length from which on a segment is full
     */
    SegmentedLog(
            JournalFiles files,
            JournalDirectory directory,
            JournalFormat.Stamp stamp,
            long rewriteBytes,
            long segmentBytes) {
        this.files = files;
        this.directory = directory;
        this.stamp = stamp;
        this.rewriteBytes = rewriteBytes;
        this.segmentBytes = segmentBytes;
    }

    JournalFormat.Stamp stamp() {
        return stamp;
    }

    Duration lastSync() {
        return lastSync;
    }

    /** Sets whose files are written from now on, before a directory is opened. */
    void belongsTo(JournalFormat.Stamp owner) {
        stamp = owner;
    }

    /**
     * Goes on after what was recovered, in a segment of its own: what was read may be only in the system's cache, even after a
     * sync that failed. So what nothing vouches for as synced is written again.
     */
    void open(List<Segment> recovered, long stable, DurableState.Replay state) throws IOException {
        begin(recovered, stable, state);
        for (long number : directory.segments()) {
            if (number != stamp.edition() && older.stream().noneMatch(segment -> segment.number() == number)) {
                files.deleteIfExists(directory.segment(number));
            }
        }
    }

    /** Encodes an append. */
    ByteBuffer frame(List<DurableRecord> records) {
        return Frames.frame(stamp, length, synced, records);
    }

    /** Makes an append durable, with one sync. */
    void write(ByteBuffer frame, List<DurableRecord> records) throws IOException {
        JournalFiles.Appender current = appender();
        int bytes = frame.remaining();
        writeFully(current, frame.duplicate());
        long begin = System.nanoTime();
        current.force();
        lastSync = Duration.ofNanos(System.nanoTime() - begin);
        checksum.update(seal);
        checksum.update(frame);
        length += bytes;
        synced = length;
        note(records);
        writeMark();
        seal = Frames.frame(stamp, length, synced, List.of());
        writeFully(current, seal.duplicate());
        length += seal.remaining();
    }

    /** Writes the mark, which is not synced. */
    void writeMark() throws IOException {
        files.overwrite(directory.mark(), JournalFormat.mark(stamp, synced));
    }

    private void note(List<DurableRecord> records) {
        for (DurableRecord record : records) {
            if (record instanceof DurableRecord.EntryAppended appended) {
                firstEntry = Math.min(firstEntry, appended.entry().index());
                lastEntry = Math.max(lastEntry, appended.entry().index());
            }
        }
    }

    /** Whether it is time to go on in another segment. */
    boolean isDue(DurableState.Replay state) {
        return length > segmentBytes
                || olderBytes + length > rewriteAt
                || covered(state.snapshot().last().index()) >= segmentBytes;
    }

    /** Whether that must not wait any longer. */
    boolean isOverdue() {
        return length > OVERDUE_FACTOR * segmentBytes || olderBytes + length > OVERDUE_FACTOR * rewriteAt;
    }

    /** How many bytes are in older segments of which the snapshot covers all entries. */
    private long covered(long snapshotIndex) {
        long bytes = 0;
        for (Segment segment : older) {
            if (segment.reaches(snapshotIndex, Long.MAX_VALUE)) {
                return bytes;
            }
            bytes += segment.length();
        }
        return bytes;
    }

    /** Goes on in another segment. After a crash it makes no difference whether that has taken place. */
    void goOn(DurableState.Replay state) throws IOException {
        List<Segment> all = new ArrayList<>(older);
        all.add(new Segment(stamp.edition(), synced, (int) checksum.getValue(), firstEntry, lastEntry));
        begin(all, state.last().index(), state);
        List<Segment> dropped = new ArrayList<>(all);
        dropped.removeAll(older);
        for (Segment segment : dropped) {
            files.deleteIfExists(directory.segment(segment.number()));
        }
    }

    /**
     * Begins a segment. The file that names it takes the old one's place at one instant, once the segment is on disk.
     *
     * @param all the segments that there are
     * @param stable the last index up to which these are known to hold the log on disk
     */
    private void begin(List<Segment> all, long stable, DurableState.Replay state) throws IOException {
        LogPosition snapshot = state.snapshot().last();
        long keptUpTo = keptUpTo(all, stable, state);
        List<Segment> kept = reaching(all, snapshot.index(), keptUpTo);
        List<Entry> entries = state.entries();
        int keptEntries = Math.toIntExact(keptUpTo - snapshot.index());
        LogPosition before = keptEntries == 0 ? snapshot : entries.get(keptEntries - 1).position();
        List<DurableRecord> records = new ArrayList<>();
        for (Entry entry : entries.subList(keptEntries, entries.size())) {
            records.add(new DurableRecord.EntryAppended(entry));
        }
        if (state.commitIndex() > snapshot.index()) {
            records.add(new DurableRecord.CommitKnown(state.commitIndex()));
        }
        JournalFormat.Stamp next = stamp.next();
        GrowingBytes bytes = SegmentFormat.segment(
                next, new SegmentFormat.Checkpoint(state.hardState(), state.snapshot(), before), records);

        Path fresh = directory.segment(next.edition());
        files.deleteIfExists(fresh);
        closeAppender();
        JournalFiles.Appender created = files.create(fresh);
        appender = created;
        writeFully(created, bytes.from(0));
        long begin = System.nanoTime();
        created.force();
        // A journal never names a segment that a loss of power could still take away.
        directory.force();
        CRC32C sum = new CRC32C();
        sum.update(bytes.from(0));
        List<JournalFormat.Named> named = new ArrayList<>(kept.stream().map(Segment::named).toList());
        named.add(new JournalFormat.Named(next.edition(), bytes.size(), (int) sum.getValue()));
        directory.replace(directory.journal(), JournalFormat.manifest(new JournalFormat.Manifest(next, named)));
        lastSync = Duration.ofNanos(System.nanoTime() - begin);

        stamp = next;
        length = bytes.size();
        synced = length;
        checksum = sum;
        seal = ByteBuffer.allocate(0);
        firstEntry = Long.MAX_VALUE;
        lastEntry = 0;
        note(records);
        older = kept;
        olderBytes = kept.stream().mapToLong(Segment::length).sum();
        rewriteAt = Math.max(rewriteBytes, GROWTH_FACTOR * (olderBytes + length));
        writeMark();
    }

    /**
     * Up to which entry the segments that there are keep the log, and behind which the next segment begins with it. It begins
     * with as many whole segments' entries as are half a segment together, and with what was not synced for sure.
     */
    private long keptUpTo(List<Segment> all, long stable, DurableState.Replay state) {
        long snapshot = state.snapshot().last().index();
        List<Entry> entries = state.entries();
        long fits = state.last().index();
        long weight = 0;
        for (int i = entries.size() - 1; i >= 0; i--) {
            weight += new DurableRecord.EntryAppended(entries.get(i)).weight();
            if (weight > segmentBytes / 2) {
                break;
            }
            fits = entries.get(i).index() - 1;
        }
        if (fits <= snapshot) {
            return snapshot;
        }
        long kept = Math.min(stable, state.last().index());
        for (int i = all.size() - 1; i >= 0 && (!all.get(i).hasEntries() || all.get(i).first() > fits); i--) {
            kept = Math.min(kept, all.get(i).first() - 1);
        }
        return Math.max(kept, snapshot);
    }

    /** The segments that hold entries of a part of the log, and those between them. */
    private static List<Segment> reaching(List<Segment> all, long after, long upTo) {
        int begin = 0;
        int end = all.size();
        while (begin < end && !all.get(begin).reaches(after, upTo)) {
            begin++;
        }
        while (begin < end && !all.get(end - 1).reaches(after, upTo)) {
            end--;
        }
        return List.copyOf(all.subList(begin, end));
    }

    private static void writeFully(JournalFiles.Appender appender, ByteBuffer bytes) throws IOException {
        int all = bytes.remaining();
        while (bytes.hasRemaining()) {
            if (appender.write(bytes) <= 0) {
                throw new IOException("the disk accepted only " + (all - bytes.remaining()) + " bytes");
            }
        }
    }

    private JournalFiles.Appender appender() {
        if (appender == null) {
            throw new IllegalStateException("no file is open");
        }
        return appender;
    }

    void closeAppender() throws IOException {
        JournalFiles.Appender open = appender;
        appender = null;
        if (open != null) {
            open.close();
        }
    }
}
