package io.election.journal;

import io.election.core.DurableRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** The frames of a file: each is one append. The package documentation describes them. */
final class Frames {

    /** The longest append: the most bytes that its records may take. */
    static final int MAX_APPEND_BYTES = 16 << 20;

    /** The length of a frame without records. */
    static final int SEAL_BYTES = 4 + 4 + 8 + 4;

    private static final int MARKER = 0xE1EC7F4A;
    private static final int LENGTH_AT = 4;
    private static final int SYNCED_AT = LENGTH_AT + 4;
    private static final int CHECKSUM_AT = SYNCED_AT + 8;

    private Frames() {}

    /**
     * One frame.
     *
     * @param synced how much of the file was on disk before it was written
     * @param records its records, encoded
     * @param begin where it begins in the file
     * @param end where it ends
     */
    record Frame(long synced, ByteBuffer records, int begin, int end) {}

    /**
     * What can be read of a file behind its header.
     *
     * @param frames the frames, in their order
     * @param end where the last of them ends
     * @param vouched the length up to which frames say that the file was on disk, those behind unreadable bytes as well
     */
    record Found(List<Frame> frames, int end, long vouched) {}

    /**
     * Builds the frame of one append.
     *
     * @param offset the position in the file at which it will be
     * @param synced how much of the file is known to be on disk
     * @param records the records that it holds; none for a seal
     * @throws IllegalArgumentException if it is too long, or holds text that is not valid Unicode
     */
    static ByteBuffer frame(JournalFormat.Stamp stamp, long offset, long synced, List<DurableRecord> records) {
        long weight = 0;
        for (DurableRecord record : records) {
            weight += record.weight();
        }
        GrowingBytes bytes = new GrowingBytes((int) Math.min(MAX_APPEND_BYTES, SEAL_BYTES + weight));
        write(bytes, stamp, offset, synced, records);
        return bytes.from(0);
    }

    /** Adds the frame of one append to others. */
    static void write(
            GrowingBytes bytes, JournalFormat.Stamp stamp, long offset, long synced, List<DurableRecord> records) {
        int begin = bytes.size();
        bytes.skip(SEAL_BYTES);
        RecordCodec.encode(records, bytes);
        complete(bytes, begin, stamp, offset, synced);
    }

    /** Adds a frame of records that are encoded already. */
    static void write(GrowingBytes bytes, JournalFormat.Stamp stamp, long offset, long synced, byte[] records) {
        int begin = bytes.size();
        bytes.skip(SEAL_BYTES);
        bytes.writeBytes(records);
        complete(bytes, begin, stamp, offset, synced);
    }

    private static void complete(GrowingBytes bytes, int begin, JournalFormat.Stamp stamp, long offset, long synced) {
        ByteBuffer payload = bytes.from(begin + SEAL_BYTES);
        int length = payload.remaining();
        if (length > MAX_APPEND_BYTES) {
            throw new IllegalArgumentException(
                    "an append must have at most " + MAX_APPEND_BYTES + " bytes, but has " + length);
        }
        bytes.putInt(begin, MARKER);
        bytes.putInt(begin + LENGTH_AT, length);
        bytes.putLong(begin + SYNCED_AT, synced);
        bytes.putInt(begin + CHECKSUM_AT, checksum(stamp, offset, synced, payload));
    }

    /** Reads all frames from a position on. */
    static Found read(JournalFormat.Stamp stamp, byte[] bytes, int from) {
        List<Frame> frames = new ArrayList<>();
        long vouched = 0;
        int offset = from;
        Frame frame = frameAt(stamp, bytes, offset);
        while (frame != null) {
            frames.add(frame);
            vouched = Math.max(vouched, frame.synced());
            offset = frame.end();
            frame = frameAt(stamp, bytes, offset);
        }
        vouched = Math.max(vouched, vouchedBehind(stamp, bytes, offset));
        return new Found(frames, offset, vouched);
    }

    /** Up to which length the readable frames after an unreadable place say that the file was on disk. */
    private static long vouchedBehind(JournalFormat.Stamp stamp, byte[] bytes, int from) {
        long vouched = 0;
        for (int offset = from + 1; offset <= bytes.length - SEAL_BYTES; offset++) {
            Frame frame = frameAt(stamp, bytes, offset);
            if (frame != null) {
                vouched = Math.max(vouched, frame.synced());
            }
        }
        return vouched;
    }

    private static @Nullable Frame frameAt(JournalFormat.Stamp stamp, byte[] bytes, int offset) {
        if (bytes.length - offset < SEAL_BYTES) {
            return null;
        }
        ByteBuffer in = ByteBuffer.wrap(bytes, offset, bytes.length - offset);
        if (in.getInt() != MARKER) {
            return null;
        }
        int length = in.getInt();
        long synced = in.getLong();
        int checksum = in.getInt();
        if (length < 0 || length > Math.min(MAX_APPEND_BYTES, in.remaining())) {
            return null;
        }
        in.limit(in.position() + length);
        if (checksum != checksum(stamp, offset, synced, in.duplicate())) {
            return null;
        }
        return new Frame(synced, in, offset, in.limit());
    }

    private static int checksum(JournalFormat.Stamp stamp, long offset, long synced, ByteBuffer records) {
        CRC32C crc = new CRC32C();
        crc.update(stamp.incarnation().getBytes(StandardCharsets.UTF_8));
        crc.update(ByteBuffer.allocate(8 + 8 + 8 + 4)
                .putLong(stamp.edition())
                .putLong(offset)
                .putLong(synced)
                .putInt(records.remaining())
                .flip());
        crc.update(records);
        return (int) crc.getValue();
    }

    /** Takes the records of a frame. */
    interface Reader {
        void take(DurableRecord record);
    }

    /**
     * Decodes the records of a frame.
     *
     * @throws DamagedJournalException if they are none, or the reader refuses one
     */
    static void replay(Path file, Frame frame, Reader reader) throws DamagedJournalException {
        try {
            for (DurableRecord record : RecordCodec.decode(frame.records().duplicate())) {
                reader.take(record);
            }
        } catch (IOException | IllegalArgumentException | ArithmeticException e) {
            throw new DamagedJournalException(
                    file, frame.begin(), "its records make no sense (" + e.getMessage() + ")", e);
        }
    }
}
