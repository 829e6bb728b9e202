package io.election.journal;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * How each file begins: 8 bytes that say what it is, the version of the format, and fields with their length and checksum.
 * Every version keeps this.
 *
 * @param version the version of the format
 * @param fields the fields, encoded
 * @param end where it ends in the file
 */
record Preamble(int version, byte[] fields, int end) {

    private static final int MAGIC_BYTES = 8;

    /** The length without the fields. */
    static final int BYTES = MAGIC_BYTES + 4 + 4 + 4;

    /** Writes the fields of a preamble. */
    interface Fields {
        void write(DataOutputStream out) throws IOException;
    }

    /**
     * Encodes a preamble.
     *
     * @param magic 8 characters that say what the file is
     * @throws IllegalArgumentException if a name in the fields is not valid Unicode
     */
    static byte[] encode(String magic, int version, Fields fields) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            fields.write(out);
        } catch (IOException e) {
            throw new IllegalArgumentException("the names of the cluster and the member must be valid Unicode", e);
        }
        byte[] payload = bytes.toByteArray();
        return ByteBuffer.allocate(BYTES + payload.length)
                .put(magic.getBytes(StandardCharsets.US_ASCII))
                .putInt(version)
                .putInt(payload.length)
                .putInt(checksum(magic, version, ByteBuffer.wrap(payload)))
                .put(payload)
                .array();
    }

    /**
     * Reads a preamble, whatever its version.
     *
     * @throws DamagedJournalException if the file does not begin with a whole one
     */
    static Preamble read(Path file, byte[] bytes, String magic) throws DamagedJournalException {
        if (bytes.length < BYTES) {
            throw new DamagedJournalException(file, bytes.length, "it ends within its header", null);
        }
        if (!Arrays.equals(bytes, 0, MAGIC_BYTES, magic.getBytes(StandardCharsets.US_ASCII), 0, MAGIC_BYTES)) {
            throw new DamagedJournalException(file, 0, "it does not begin as a journal does", null);
        }
        ByteBuffer in = ByteBuffer.wrap(bytes, MAGIC_BYTES, bytes.length - MAGIC_BYTES);
        int version = in.getInt();
        int length = in.getInt();
        int checksum = in.getInt();
        if (length < 0 || length > in.remaining()) {
            throw new DamagedJournalException(file, MAGIC_BYTES + 4, "its header is longer than the file", null);
        }
        byte[] payload = new byte[length];
        in.get(payload);
        // Every version keeps the preamble. So a file whose version field cannot be trusted is damaged, and is not a
        // file of a later version.
        if (checksum != checksum(magic, version, ByteBuffer.wrap(payload))) {
            throw new DamagedJournalException(file, 0, "its header does not match its checksum", null);
        }
        return new Preamble(version, payload, in.position());
    }

    private static int checksum(String magic, int version, ByteBuffer payload) {
        CRC32C crc = new CRC32C();
        crc.update(magic.getBytes(StandardCharsets.US_ASCII));
        crc.update(ByteBuffer.allocate(4 + 4)
                .putInt(version)
                .putInt(payload.remaining())
                .flip());
        crc.update(payload);
        return (int) crc.getValue();
    }

    /** Decodes the fields. */
    interface Decoder<T> {
        T read(DataInputStream in) throws IOException;
    }

    /**
     * Decodes the fields, all of them.
     *
     * @throws DamagedJournalException if they are not those of this version
     */
    <T> T decode(Path file, Decoder<T> decoder) throws DamagedJournalException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(fields));
        try {
            T decoded = decoder.read(in);
            if (in.available() > 0) {
                throw new IOException(in.available() + " bytes are not part of it");
            }
            return decoded;
        } catch (IOException | IllegalArgumentException | ArithmeticException e) {
            throw new DamagedJournalException(file, BYTES, "its header cannot be decoded", e);
        }
    }
}
