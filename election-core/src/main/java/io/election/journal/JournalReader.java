package io.election.journal;

import io.election.core.DurableRecord;
import io.election.core.DurableState;
import io.election.core.Entry;
import io.election.core.LogPosition;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads a directory's journal: the file that names the segments, and these; or a journal that is one file. */
final class JournalReader {

    private final JournalDirectory directory;
    private final String cluster;
    private final String nodeId;

    JournalReader(JournalDirectory directory, String cluster, String nodeId) {
        this.directory = directory;
        this.cluster = cluster;
        this.nodeId = nodeId;
    }

    /**
     * Reads all that is there, and writes nothing.
     *
     * @return what is there, or {@code null} if there is no journal
     * @throws ForeignJournalException if it belongs to another member
     * @throws UnsupportedJournalException if a later version wrote it
     * @throws DamagedJournalException if something that was on disk is lost or changed
     */
    @Nullable Recovered read() throws IOException {
        Path file = directory.journal();
        byte[] bytes = directory.readJournal();
        if (bytes == null) {
            return null;
        }
        byte[] mark = directory.readMark();
        Preamble preamble = Preamble.read(file, bytes, JournalFormat.MAGIC);
        Recovered found = preamble.version() == JournalFormat.ONE_FILE
                ? OneFileFormat.read(file, preamble, bytes, mark, cluster, nodeId)
                : readSegments(JournalFormat.readManifest(file, bytes), mark);
        checkNewest(found.stamp());
        return found;
    }

    private Recovered readSegments(JournalFormat.Manifest manifest, byte @Nullable [] mark) throws IOException {
        Path file = directory.journal();
        JournalFormat.Stamp stamp = manifest.stamp();
        stamp.checkOwner(file, cluster, nodeId);
        long marked = JournalFormat.markedIn(file, stamp, mark);
        JournalFormat.Named lastNamed = manifest.last();
        byte[] lastBytes = bytesOf(lastNamed);
        SegmentFormat.Header newest = headerOf(stamp, lastNamed, lastBytes);
        // Everything up to the snapshot with which the last segment begins is in that snapshot.
        OlderEntries older = new OlderEntries(newest.checkpoint());
        List<Segment> segments = new ArrayList<>();
        for (JournalFormat.Named named :
                manifest.segments().subList(0, manifest.segments().size() - 1)) {
            segments.add(readOlder(stamp, named, older));
        }
        older.begin(directory.segment(lastNamed.number()), newest.checkpoint());
        return readLast(stamp, lastNamed, lastBytes, newest, Math.max(lastNamed.length(), marked), older, segments);
    }

    private byte[] bytesOf(JournalFormat.Named named) throws IOException {
        Path file = directory.segment(named.number());
        byte[] bytes = directory.readSegment(named.number());
        if (bytes == null) {
            throw new DamagedJournalException(
                    file, 0, "it is missing, although " + directory.journal() + " names it", null);
        }
        if (bytes.length < named.length()) {
            throw new DamagedJournalException(
                    file,
                    bytes.length,
                    "it ends there, although " + named.length() + " bytes of it were on disk",
                    null);
        }
        return bytes;
    }

    private SegmentFormat.Header headerOf(JournalFormat.Stamp stamp, JournalFormat.Named named, byte[] bytes)
            throws JournalException {
        Path file = directory.segment(named.number());
        SegmentFormat.Header header = SegmentFormat.readHeader(file, bytes);
        header.stamp().checkOwner(file, cluster, nodeId);
        if (!header.stamp().equals(stamp.numbered(named.number()))) {
            throw new DamagedJournalException(
                    file,
                    0,
                    "it is segment " + header.stamp().edition() + " of memory "
                            + header.stamp().incarnation() + ", but " + directory.journal() + " names segment "
                            + named.number() + " of memory " + stamp.incarnation(),
                    null);
        }
        return header;
    }

    private void checkSame(JournalFormat.Named named, byte[] bytes) throws DamagedJournalException {
        if (checksum(bytes, named.length()) != named.checksum()) {
            throw new DamagedJournalException(
                    directory.segment(named.number()),
                    0,
                    "it is not the segment that " + directory.journal() + " names: its bytes have another checksum",
                    null);
        }
    }

    private static int checksum(byte[] bytes, long length) {
        return JournalFormat.checksum(ByteBuffer.wrap(bytes, 0, Math.toIntExact(length)));
    }

    private Segment readOlder(JournalFormat.Stamp stamp, JournalFormat.Named named, OlderEntries older)
            throws IOException {
        Path file = directory.segment(named.number());
        byte[] bytes = bytesOf(named);
        SegmentFormat.Header header = headerOf(stamp, named, bytes);
        Frames.Found found = Frames.read(header.stamp(), bytes, header.end());
        SegmentFormat.checkReadable(file, found.end(), named.length());
        checkSame(named, bytes);
        older.begin(file, header.checkpoint());
        Range range = new Range();
        for (Frames.Frame frame : found.frames()) {
            // What follows was not on disk for sure. The next segment begins with it, if it counts.
            if (frame.end() <= named.length()) {
                Frames.replay(file, frame, record -> {
                    range.add(record);
                    older.take(record);
                });
            }
        }
        return range.segment(named.number(), named.length(), named.checksum());
    }

    private Recovered readLast(
            JournalFormat.Stamp stamp,
            JournalFormat.Named named,
            byte[] bytes,
            SegmentFormat.Header header,
            long known,
            OlderEntries older,
            List<Segment> segments)
            throws JournalException {
        Path file = directory.segment(named.number());
        Frames.Found found = Frames.read(header.stamp(), bytes, header.end());
        long vouched = Math.max(Math.max(header.created(), known), found.vouched());
        SegmentFormat.checkReadable(file, found.end(), vouched);
        checkSame(named, bytes);
        DurableState.Replay state = new DurableState.Replay(new DurableState(
                header.checkpoint().hardState(), header.checkpoint().snapshot(), older.entries()));
        Range range = new Range();
        Stable stable = new Stable(state.last().index());
        for (Frames.Frame frame : found.frames()) {
            boolean synced = frame.end() <= vouched;
            Frames.replay(file, frame, record -> {
                state.apply(record);
                if (synced) {
                    range.add(record);
                }
                stable.add(record, synced);
            });
        }
        segments.add(range.segment(named.number(), vouched, checksum(bytes, vouched)));
        return new Recovered(stamp, state.state(), segments, stable.index, bytes.length - found.end());
    }

    /**
     * Refuses a journal that was put back from an older copy, if a segment shows it that was written to later. One that was
     * only begun may have been left by a crash.
     */
    private void checkNewest(JournalFormat.Stamp stamp) throws IOException {
        for (long number : directory.segments()) {
            byte[] bytes = number > stamp.edition() ? directory.readSegment(number) : null;
            if (bytes != null && wasWrittenTo(stamp.numbered(number), bytes)) {
                throw new DamagedJournalException(
                        directory.journal(),
                        0,
                        "it is the file number " + stamp.edition() + " of this memory, although "
                                + directory.segment(number) + " was written to after it",
                        null);
            }
        }
    }

    private boolean wasWrittenTo(JournalFormat.Stamp stamp, byte[] bytes) {
        try {
            SegmentFormat.Header header = SegmentFormat.readHeader(directory.segment(stamp.edition()), bytes);
            return header.stamp().equals(stamp)
                    && Frames.read(stamp, bytes, header.end()).frames().stream()
                            .anyMatch(frame -> frame.begin() >= header.created());
        } catch (JournalException left) {
            // A crash tore it while it was written.
            return false;
        }
    }

    /** Up to which index the segments hold the log without what was not synced for sure. */
    private static final class Stable {

        private long index;

        Stable(long index) {
            this.index = index;
        }

        void add(DurableRecord record, boolean synced) {
            if (record instanceof DurableRecord.LogTruncated truncated) {
                index = Math.min(index, truncated.fromIndex() - 1);
            } else if (synced && record instanceof DurableRecord.EntryAppended appended) {
                index = appended.entry().index();
            }
        }
    }

    /** The indexes of the entries that a segment appends. */
    private static final class Range {

        private long first = Long.MAX_VALUE;
        private long last;

        void add(DurableRecord record) {
            if (record instanceof DurableRecord.EntryAppended appended) {
                first = Math.min(first, appended.entry().index());
                last = Math.max(last, appended.entry().index());
            }
        }

        Segment segment(long number, long length, int checksum) {
            return new Segment(number, length, checksum, first, last);
        }
    }

    /** The entries that the segments before the last one hold, behind the snapshot with which that one begins. */
    private static final class OlderEntries {

        private final LogPosition snapshot;
        private final long newestTerm;
        private final List<Entry> entries = new ArrayList<>();

        OlderEntries(SegmentFormat.Checkpoint newest) {
            this.snapshot = newest.snapshot().last();
            this.newestTerm = newest.hardState().term();
        }

        List<Entry> entries() {
            return entries;
        }

        /** A segment begins: of what the earlier ones hold, nothing behind the entry that it names counts. */
        void begin(Path file, SegmentFormat.Checkpoint checkpoint) throws DamagedJournalException {
            LogPosition before = checkpoint.before();
            cutFrom(before.index() + 1);
            if (before.index() > snapshot.index() && !last().equals(before)) {
                throw new DamagedJournalException(
                        file,
                        0,
                        "it follows entry " + before.index() + " of term " + before.term()
                                + ", but the segments before it end with entry "
                                + last().index() + " of term " + last().term(),
                        null);
            }
            try {
                checkTerm(checkpoint.hardState().term());
            } catch (IllegalArgumentException e) {
                throw new DamagedJournalException(file, 0, String.valueOf(e.getMessage()), e);
            }
        }

        private LogPosition last() {
            return entries.isEmpty()
                    ? snapshot
                    : entries.get(entries.size() - 1).position();
        }

        private void cutFrom(long index) {
            long kept = Math.max(0, index - snapshot.index() - 1);
            if (kept < entries.size()) {
                entries.subList(Math.toIntExact(kept), entries.size()).clear();
            }
        }

        void take(DurableRecord record) {
            if (record instanceof DurableRecord.EntryAppended appended) {
                take(appended.entry());
            } else if (record instanceof DurableRecord.LogTruncated truncated) {
                cutFrom(truncated.fromIndex());
            } else if (record instanceof DurableRecord.HardStateChanged changed) {
                checkTerm(changed.state().term());
            }
        }

        private void take(Entry entry) {
            if (entry.index() > snapshot.index()) {
                if (entry.index() != last().index() + 1) {
                    throw new IllegalArgumentException("entry " + entry.index() + " follows entry " + last().index());
                }
                entries.add(entry);
            }
        }

        /** Vote and log are one stream: the last segment knows the highest term. */
        private void checkTerm(long term) {
            if (term > newestTerm) {
                throw new IllegalArgumentException(
                        "it was in term " + term + ", although the last segment begins in term " + newestTerm);
            }
        }
    }
}
