package io.election.journal;

import io.election.core.DurableRecord;
import io.election.core.DurableState;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** The format of a journal's file. The package documentation describes it. */
final class JournalFormat {

    static final int VERSION = 1;

    /** The longest append: the most bytes that its records may take. */
    static final int MAX_APPEND_BYTES = 16 << 20;

    /** The length of a frame without records. */
    static final int SEAL_BYTES = 4 + 4 + 8 + 4;

    private static final byte[] MAGIC = "ELECTJNL".getBytes(StandardCharsets.US_ASCII);
    private static final int PRELUDE_BYTES = MAGIC.length + 4 + 4 + 4;
    private static final int FRAME_MARKER = 0xE1EC7F4A;

    private static final byte[] MARK_MAGIC = "ELECTEND".getBytes(StandardCharsets.US_ASCII);
    private static final int MARK_BYTES = MARK_MAGIC.length + 8 + 8 + 4;

    private JournalFormat() {}

    /**
     * Identifies the owner of a file.
     *
     * @param edition the number of the file among those of one incarnation, from 1
     */
    record Stamp(String cluster, String nodeId, String incarnation, long edition) {

        Stamp next() {
            return new Stamp(cluster, nodeId, incarnation, edition + 1);
        }
    }

    /**
     * The content of a file.
     *
     * @param cutBytes the length of the torn tail, which is not part of the state
     */
    record Recovered(Stamp stamp, DurableState state, long cutBytes) {}

    private record Header(Stamp stamp, int length, long created) {}

    private record Frame(long synced, byte[] records, int end) {}

    /** Builds a new file that holds a state. */
    static byte[] file(Stamp stamp, DurableState state) {
        ByteArrayOutputStream frames = new ByteArrayOutputStream();
        int headerLength = header(stamp, 0).length;
        for (DurableRecord record : state.asRecords()) {
            frames.writeBytes(frame(stamp, headerLength + frames.size(), 0, List.of(record)));
        }
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.writeBytes(header(stamp, headerLength + frames.size()));
        file.writeBytes(frames.toByteArray());
        return file.toByteArray();
    }

    /**
     * Builds the frame of one append.
     *
     * @param offset the position in the file at which it will be
     * @param synced how much of the file is known to be on disk
     * @param records the records that it holds; none for a seal
     * @throws IllegalArgumentException if it is too long, or holds text that is not valid Unicode
     */
    static byte[] frame(Stamp stamp, long offset, long synced, List<DurableRecord> records) {
        return frame(stamp, offset, synced, RecordCodec.encode(records));
    }

    static byte[] frame(Stamp stamp, long offset, long synced, byte[] payload) {
        if (payload.length > MAX_APPEND_BYTES) {
            throw new IllegalArgumentException(
                    "an append must have at most " + MAX_APPEND_BYTES + " bytes, but has " + payload.length);
        }
        return ByteBuffer.allocate(SEAL_BYTES + payload.length)
                .putInt(FRAME_MARKER)
                .putInt(payload.length)
                .putLong(synced)
                .putInt(checksum(stamp, offset, synced, ByteBuffer.wrap(payload)))
                .put(payload)
                .array();
    }

    /**
     * Builds the mark for a file of which a given length is on disk.
     *
     * @param synced the length in bytes
     */
    static byte[] mark(Stamp stamp, long synced) {
        return ByteBuffer.allocate(MARK_BYTES)
                .put(MARK_MAGIC)
                .putLong(stamp.edition())
                .putLong(synced)
                .putInt(markChecksum(stamp, stamp.edition(), synced))
                .array();
    }

    /**
     * Reads a file.
     *
     * @param mark the bytes of the mark next to it, or {@code null} if there is none
     * @throws ForeignJournalException if it belongs to another member
     * @throws UnsupportedJournalException if a later version wrote it
     * @throws DamagedJournalException if something that was on disk is lost or changed
     */
    static Recovered read(Path file, byte[] bytes, byte @Nullable [] mark, String cluster, String nodeId)
            throws JournalException {
        Header header = readHeader(file, bytes);
        Stamp stamp = header.stamp();
        if (!stamp.cluster().equals(cluster) || !stamp.nodeId().equals(nodeId)) {
            throw new ForeignJournalException(file, cluster, nodeId, stamp.cluster(), stamp.nodeId());
        }
        DurableState.Replay state = new DurableState.Replay(DurableState.NEW);
        long vouched = Math.max(header.created(), markedIn(file, stamp, mark));
        int offset = header.length();
        Frame frame = frameAt(stamp, bytes, offset);
        while (frame != null) {
            replay(file, offset, frame, state);
            vouched = Math.max(vouched, frame.synced());
            offset = frame.end();
            frame = frameAt(stamp, bytes, offset);
        }
        vouched = Math.max(vouched, vouchedBehind(stamp, bytes, offset));
        if (offset < vouched) {
            throw new DamagedJournalException(
                    file, offset, "it cannot be read there, although it was on disk up to byte " + vouched, null);
        }
        return new Recovered(stamp, state.state(), bytes.length - offset);
    }

    /**
     * Up to which length the mark says that this file was on disk. 0 if a crash tore the mark, or if it belongs to an
     * earlier file.
     */
    private static long markedIn(Path file, Stamp stamp, byte @Nullable [] mark) throws DamagedJournalException {
        if (mark == null || mark.length != MARK_BYTES) {
            return 0;
        }
        ByteBuffer in = ByteBuffer.wrap(mark, MARK_MAGIC.length, MARK_BYTES - MARK_MAGIC.length);
        long edition = in.getLong();
        long synced = in.getLong();
        // The checksum covers the incarnation. So a mark of an earlier incarnation, which was lost, does not count.
        if (!Arrays.equals(mark, 0, MARK_MAGIC.length, MARK_MAGIC, 0, MARK_MAGIC.length)
                || in.getInt() != markChecksum(stamp, edition, synced)) {
            return 0;
        }
        if (edition > stamp.edition()) {
            throw new DamagedJournalException(
                    file,
                    0,
                    "it is the file number " + stamp.edition() + " of this memory, although number " + edition
                            + " was on disk already",
                    null);
        }
        return edition == stamp.edition() ? synced : 0;
    }

    private static int markChecksum(Stamp stamp, long edition, long synced) {
        CRC32C crc = new CRC32C();
        crc.update(stamp.incarnation().getBytes(StandardCharsets.UTF_8));
        crc.update(ByteBuffer.allocate(8 + 8).putLong(edition).putLong(synced).flip());
        return (int) crc.getValue();
    }

    private static void replay(Path file, int offset, Frame frame, DurableState.Replay state)
            throws DamagedJournalException {
        try {
            for (DurableRecord record : RecordCodec.decode(frame.records())) {
                state.apply(record);
            }
        } catch (IOException | IllegalArgumentException | ArithmeticException e) {
            throw new DamagedJournalException(file, offset, "its records make no sense (" + e.getMessage() + ")", e);
        }
    }

    /** Up to which length the readable frames after an unreadable place say that the file was on disk. */
    private static long vouchedBehind(Stamp stamp, byte[] bytes, int from) {
        long vouched = 0;
        for (int offset = from + 1; offset <= bytes.length - SEAL_BYTES; offset++) {
            Frame frame = frameAt(stamp, bytes, offset);
            if (frame != null) {
                vouched = Math.max(vouched, frame.synced());
            }
        }
        return vouched;
    }

    private static @Nullable Frame frameAt(Stamp stamp, byte[] bytes, int offset) {
        if (bytes.length - offset < SEAL_BYTES) {
            return null;
        }
        ByteBuffer in = ByteBuffer.wrap(bytes, offset, bytes.length - offset);
        if (in.getInt() != FRAME_MARKER) {
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
        return new Frame(synced, Arrays.copyOfRange(bytes, in.position(), in.limit()), in.limit());
    }

    private static int checksum(Stamp stamp, long offset, long synced, ByteBuffer records) {
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

    private static byte[] header(Stamp stamp, long created) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            RecordCodec.writeString(out, stamp.cluster());
            RecordCodec.writeString(out, stamp.nodeId());
            RecordCodec.writeString(out, stamp.incarnation());
            out.writeLong(stamp.edition());
            out.writeLong(created);
        } catch (IOException e) {
            throw new IllegalArgumentException("the names of the cluster and the member must be valid Unicode", e);
        }
        byte[] payload = bytes.toByteArray();
        return ByteBuffer.allocate(PRELUDE_BYTES + payload.length)
                .put(MAGIC)
                .putInt(VERSION)
                .putInt(payload.length)
                .putInt(checksum(VERSION, ByteBuffer.wrap(payload)))
                .put(payload)
                .array();
    }

    private static Header readHeader(Path file, byte[] bytes) throws JournalException {
        if (bytes.length < PRELUDE_BYTES) {
            throw new DamagedJournalException(file, bytes.length, "it ends within its header", null);
        }
        if (!Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            throw new DamagedJournalException(file, 0, "it does not begin as a journal does", null);
        }
        ByteBuffer in = ByteBuffer.wrap(bytes, MAGIC.length, bytes.length - MAGIC.length);
        int version = in.getInt();
        int length = in.getInt();
        int checksum = in.getInt();
        if (length < 0 || length > in.remaining()) {
            throw new DamagedJournalException(file, MAGIC.length + 4, "its header is longer than the file", null);
        }
        byte[] payload = new byte[length];
        in.get(payload);
        // Every version keeps the prelude. So a file whose version field cannot be trusted is damaged, and is not a
        // file of a later version.
        if (checksum != checksum(version, ByteBuffer.wrap(payload))) {
            throw new DamagedJournalException(file, 0, "its header does not match its checksum", null);
        }
        if (version != VERSION) {
            throw new UnsupportedJournalException(file, version, VERSION);
        }
        try {
            DataInputStream fields = new DataInputStream(new ByteArrayInputStream(payload));
            Stamp stamp = new Stamp(
                    RecordCodec.readString(fields),
                    RecordCodec.readString(fields),
                    RecordCodec.readString(fields),
                    fields.readLong());
            return new Header(stamp, PRELUDE_BYTES + length, fields.readLong());
        } catch (IOException e) {
            throw new DamagedJournalException(file, PRELUDE_BYTES, "its header cannot be decoded", e);
        }
    }

    private static int checksum(int version, ByteBuffer payload) {
        CRC32C crc = new CRC32C();
        crc.update(MAGIC);
        crc.update(ByteBuffer.allocate(4 + 4)
                .putInt(version)
                .putInt(payload.remaining())
                .flip());
        crc.update(payload);
        return (int) crc.getValue();
    }
}
