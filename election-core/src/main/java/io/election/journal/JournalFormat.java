package io.election.journal;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** The format of the file {@code journal}, which names the segments, and of the mark beside it. */
final class JournalFormat {

    static final int VERSION = 2;

    /** The version of the journals that were one file. */
    static final int ONE_FILE = 1;

    static final String MAGIC = "ELECTJNL";

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
            return numbered(edition + 1);
        }

        Stamp numbered(long number) {
            return new Stamp(cluster, nodeId, incarnation, number);
        }

        static Stamp read(DataInputStream in) throws IOException {
            return new Stamp(
                    RecordCodec.readString(in), RecordCodec.readString(in), RecordCodec.readString(in), in.readLong());
        }

        void write(DataOutputStream out) throws IOException {
            RecordCodec.writeString(out, cluster);
            RecordCodec.writeString(out, nodeId);
            RecordCodec.writeString(out, incarnation);
            out.writeLong(edition);
        }

        /** Refuses the files of another member. */
        void checkOwner(Path file, String ofCluster, String ofNode) throws ForeignJournalException {
            if (!cluster.equals(ofCluster) || !nodeId.equals(ofNode)) {
                throw new ForeignJournalException(file, ofCluster, ofNode, cluster, nodeId);
            }
        }
    }

    /**
     * A segment, as the journal names it.
     *
     * @param number the edition that began with it
     * @param length how much of it was on disk when the journal was written; of all but the last, nothing behind it counts
     * @param checksum of so many bytes
     */
    record Named(long number, long length, int checksum) {}

    /**
     * What the file {@code journal} says.
     *
     * @param stamp whose it is, and its edition
     * @param segments in their order; the last one has the edition's number, and is written to
     */
    record Manifest(Stamp stamp, List<Named> segments) {

        Named last() {
            return segments.get(segments.size() - 1);
        }
    }

    static byte[] manifest(Manifest manifest) {
        return Preamble.encode(MAGIC, VERSION, out -> {
            manifest.stamp().write(out);
            out.writeInt(manifest.segments().size());
            for (Named segment : manifest.segments()) {
                out.writeLong(segment.number());
                out.writeLong(segment.length());
                out.writeInt(segment.checksum());
            }
        });
    }

    /**
     * Reads the file {@code journal}.
     *
     * @throws UnsupportedJournalException if it is of another version
     * @throws DamagedJournalException if it is damaged
     */
    static Manifest readManifest(Path file, byte[] bytes) throws JournalException {
        Preamble preamble = Preamble.read(file, bytes, MAGIC);
        if (preamble.version() != VERSION) {
            throw new UnsupportedJournalException(file, preamble.version(), VERSION);
        }
        if (bytes.length != preamble.end()) {
            throw new DamagedJournalException(file, preamble.end(), "something follows its end", null);
        }
        return preamble.decode(file, JournalFormat::readManifest);
    }

    private static Manifest readManifest(DataInputStream in) throws IOException {
        Stamp stamp = Stamp.read(in);
        int count = in.readInt();
        if (count < 1 || count > in.available()) {
            throw new IOException(count + " segments are impossible where " + in.available() + " bytes are left");
        }
        List<Named> segments = new ArrayList<>();
        long before = 0;
        for (int i = 0; i < count; i++) {
            Named segment = new Named(in.readLong(), in.readLong(), in.readInt());
            if (segment.number() <= before || segment.length() < 1) {
                throw new IOException("segment " + segment.number() + " of " + segment.length()
                        + " bytes does not follow segment " + before);
            }
            before = segment.number();
            segments.add(segment);
        }
        if (before != stamp.edition()) {
            throw new IOException("its last segment is " + before + ", but it is number " + stamp.edition());
        }
        return new Manifest(stamp, segments);
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
     * Up to which length the mark says that the file of this edition was on disk. 0 if a crash tore the mark, or if it belongs
     * to an earlier edition.
     *
     * @param mark the bytes of the mark, or {@code null} if there is none
     * @throws DamagedJournalException if there was a later edition
     */
    static long markedIn(Path file, Stamp stamp, byte @Nullable [] mark) throws DamagedJournalException {
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

    static int checksum(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }
}
