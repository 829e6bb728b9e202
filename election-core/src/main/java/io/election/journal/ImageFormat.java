package io.election.journal;

import io.election.core.LogPosition;
import io.election.core.StateImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The format of a file with an image: a preamble, and the bytes of the image.
 *
 * <pre>
 * image := preamble "ELECTIMG" version 1 (cluster, last term long, last index long, length long, sha256 byte[32], sender) byte*
 * </pre>
 */
final class ImageFormat {

    private static final String MAGIC = "ELECTIMG";
    private static final int VERSION = 1;
    private static final int SHA256_BYTES = 32;
    private static final String NOT_KNOWN = "00".repeat(SHA256_BYTES);

    /** Names are short. */
    private static final int MOST_HEADER_BYTES = 64 << 10;

    private ImageFormat() {}

    /**
     * What an image is.
     *
     * @param sender the member that it was received from, or empty
     * @param end where the header ends and the bytes of the image begin
     */
    record Header(String cluster, LogPosition last, long length, String sha256, String sender, int end) {

        Header of(StateImage image) {
            return new Header(cluster, last, image.length(), image.sha256(), sender, end);
        }

        boolean isOf(String ofCluster, LogPosition position, StateImage image) {
            return cluster.equals(ofCluster)
                    && last.equals(position)
                    && length == image.length()
                    && sha256.equals(image.sha256());
        }

        byte[] encode() {
            return Preamble.encode(MAGIC, VERSION, out -> {
                RecordCodec.writeString(out, cluster);
                RecordCodec.writePosition(out, last);
                out.writeLong(length);
                out.write(HexFormat.of().parseHex(sha256));
                RecordCodec.writeString(out, sender);
            });
        }
    }

    /** The header of an image that is being written. It has the length of the final one. */
    static Header unfinished(String cluster, LogPosition last) {
        return header(cluster, last, 0, NOT_KNOWN, "");
    }

    /** The header of an image that is received. */
    static Header received(String cluster, LogPosition last, StateImage image, String sender) {
        return header(cluster, last, image.length(), image.sha256(), sender);
    }

    private static Header header(String cluster, LogPosition last, long length, String sha256, String sender) {
        int end = new Header(cluster, last, length, sha256, sender, 0).encode().length;
        return new Header(cluster, last, length, sha256, sender, end);
    }

    /**
     * Reads a file's header.
     *
     * @throws UnsupportedJournalException if it is of a later version
     * @throws DamagedJournalException if it is no header
     */
    static Header read(Path file, JournalFiles.Source source) throws IOException {
        byte[] begin = read(source, 0, MOST_HEADER_BYTES);
        Preamble preamble;
        try {
            preamble = Preamble.read(file, begin, MAGIC);
        } catch (DamagedJournalException e) {
            throw DamagedJournalException.ofImage(file, "its header cannot be read");
        }
        if (preamble.version() != VERSION) {
            throw new UnsupportedJournalException(file, preamble.version(), VERSION);
        }
        return preamble.decode(
                file,
                in -> new Header(
                        RecordCodec.readString(in),
                        RecordCodec.readPosition(in),
                        in.readLong(),
                        HexFormat.of().formatHex(in.readNBytes(SHA256_BYTES)),
                        RecordCodec.readString(in),
                        preamble.end()));
    }

    /** Reads a piece; shorter only at the end of the file. */
    static byte[] read(JournalFiles.Source source, long position, int length) throws IOException {
        long left = Math.max(0, source.size() - position);
        ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(length, left));
        while (bytes.hasRemaining()) {
            if (source.read(bytes, position + bytes.position()) <= 0) {
                throw new IOException("byte " + (position + bytes.position()) + " of " + source.size()
                        + " could not be read");
            }
        }
        return bytes.array();
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
