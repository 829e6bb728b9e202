package io.election.machine;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/** Writes an image in chunks with checksums, so that a reader gets no byte that was not verified. */
final class ImageOutput extends OutputStream {

    static final byte[] MAGIC = "ELECTIMG".getBytes(StandardCharsets.US_ASCII);
    static final int VERSION = 1;
    static final int LARGEST_CHUNK = 1 << 16;

    private final OutputStream out;
    private final byte[] chunk = new byte[LARGEST_CHUNK];
    private int length;
    private int section;
    private int chunks;

    ImageOutput(OutputStream out) throws IOException {
        this.out = out;
        byte[] header = ByteBuffer.allocate(MAGIC.length + Integer.BYTES)
                .put(MAGIC)
                .putInt(VERSION)
                .array();
        out.write(header);
        writeInt(checksum(header));
        beginSection();
    }

    static int checksum(byte[] header) {
        CRC32C crc = new CRC32C();
        crc.update(header);
        return (int) crc.getValue();
    }

    static int checksum(int section, int chunk, byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(ByteBuffer.allocate(2 * Integer.BYTES)
                .putInt(section)
                .putInt(chunk)
                .flip());
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }

    private void beginSection() {
        section++;
        chunks = 0;
    }

    /** Ends the section, and begins the next one. */
    void endSection() throws IOException {
        flushChunk();
        writeInt(0);
        writeInt(checksum(section, chunks, chunk, 0));
        beginSection();
    }

    private void flushChunk() throws IOException {
        if (length > 0) {
            writeInt(length);
            out.write(chunk, 0, length);
            writeInt(checksum(section, chunks, chunk, length));
            chunks++;
            length = 0;
        }
    }

    private void writeInt(int value) throws IOException {
        out.write(ByteBuffer.allocate(Integer.BYTES).putInt(value).array());
    }

    @Override
    public void write(int one) throws IOException {
        if (length == LARGEST_CHUNK) {
            flushChunk();
        }
        chunk[length++] = (byte) one;
    }

    @Override
    public void write(byte[] bytes, int from, int count) throws IOException {
        int at = from;
        int left = count;
        while (left > 0) {
            if (length == LARGEST_CHUNK) {
                flushChunk();
            }
            int part = Math.min(left, LARGEST_CHUNK - length);
            System.arraycopy(bytes, at, chunk, length, part);
            length += part;
            at += part;
            left -= part;
        }
    }
}
