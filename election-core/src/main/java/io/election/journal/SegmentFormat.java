package io.election.journal;

import io.election.core.DurableRecord;
import io.election.core.DurableState;
import io.election.core.HardState;
import io.election.core.LogPosition;
import io.election.core.Snapshot;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/** The format of a segment. The package documentation describes it. */
final class SegmentFormat {

    static final String MAGIC = "ELECTSEG";

    private SegmentFormat() {}

    /**
     * What is small of the state with which a segment begins, so that no earlier segment is read for it.
     *
     * @param before where the log ends before the segment's own entries; earlier segments hold those between the snapshot
     *     and it
     */
    record Checkpoint(HardState hardState, Snapshot snapshot, LogPosition before) {}

    /**
     * A segment's header.
     *
     * @param stamp whose it is; the edition is its number
     * @param created the length that it had when it was created
     * @param end where the header ends
     */
    record Header(JournalFormat.Stamp stamp, long created, Checkpoint checkpoint, int end) {}

    /**
     * Builds a segment.
     *
     * @param records what it begins with behind the checkpoint, each in a frame of its own
     */
    static GrowingBytes segment(JournalFormat.Stamp stamp, Checkpoint checkpoint, List<DurableRecord> records) {
        int headerLength = header(stamp, 0, checkpoint).length;
        long weight = 0;
        for (DurableRecord record : records) {
            weight += record.weight();
        }
        GrowingBytes bytes = new GrowingBytes((int) Math.min(Integer.MAX_VALUE >> 1, headerLength + weight));
        bytes.skip(headerLength);
        for (DurableRecord record : records) {
            Frames.write(bytes, stamp, bytes.size(), 0, List.of(record));
        }
        bytes.put(0, header(stamp, bytes.size(), checkpoint));
        return bytes;
    }

    private static byte[] header(JournalFormat.Stamp stamp, long created, Checkpoint checkpoint) {
        DurableState small = new DurableState(checkpoint.hardState(), checkpoint.snapshot(), List.of());
        return Preamble.encode(MAGIC, JournalFormat.VERSION, out -> {
            stamp.write(out);
            out.writeLong(created);
            RecordCodec.writePosition(out, checkpoint.before());
            out.write(RecordCodec.encode(small.asRecords()));
        });
    }

    /**
     * Reads a segment's header.
     *
     * @throws UnsupportedJournalException if it is of another version
     * @throws DamagedJournalException if it is damaged
     */
    static Header readHeader(Path file, byte[] bytes) throws JournalException {
        Preamble preamble = Preamble.read(file, bytes, MAGIC);
        if (preamble.version() != JournalFormat.VERSION) {
            throw new UnsupportedJournalException(file, preamble.version(), JournalFormat.VERSION);
        }
        return preamble.decode(file, in -> readHeader(in, preamble.end()));
    }

    private static Header readHeader(DataInputStream in, int end) throws IOException {
        JournalFormat.Stamp stamp = JournalFormat.Stamp.read(in);
        long created = in.readLong();
        LogPosition before = RecordCodec.readPosition(in);
        DurableState.Replay small = new DurableState.Replay(DurableState.NEW);
        RecordCodec.decode(ByteBuffer.wrap(in.readAllBytes())).forEach(small::apply);
        DurableState state = small.state();
        if (!state.entries().isEmpty()
                || before.index() < state.snapshot().last().index()) {
            throw new IOException("a segment cannot begin behind entry " + before.index() + " and snapshot "
                    + state.snapshot().last().index());
        }
        return new Header(stamp, created, new Checkpoint(state.hardState(), state.snapshot(), before), end);
    }

    /** Refuses a file that cannot be read up to where it was on disk. Bytes behind that are a torn tail. */
    static void checkReadable(Path file, int readable, long vouched) throws DamagedJournalException {
        if (readable < vouched) {
            throw new DamagedJournalException(
                    file, readable, "it cannot be read there, although it was on disk up to byte " + vouched, null);
        }
    }
}
