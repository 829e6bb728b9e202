package io.election.machine;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;

/** Reads what {@link ImageOutput} wrote, one section after the other. Each section ends like a stream of its own. */
final class ImageInput extends InputStream {

    private final DataInputStream in;
    private final byte[] chunk = new byte[ImageOutput.LARGEST_CHUNK];
    private int length;
    private int at;
    private int section;
    private int chunks;
    private boolean ended;

    ImageInput(InputStream image) throws IOException {
        in = new DataInputStream(image);
        byte[] header = new byte[ImageOutput.MAGIC.length + Integer.BYTES];
        int checksum;
        try {
            in.readFully(header);
            checksum = in.readInt();
        } catch (EOFException end) {
            throw new DamagedImageException("it ends in its header", end);
        }
        if (!Arrays.equals(header, 0, ImageOutput.MAGIC.length, ImageOutput.MAGIC, 0, ImageOutput.MAGIC.length)
                || checksum != ImageOutput.checksum(header)) {
            throw new DamagedImageException("it does not begin as one");
        }
        int version = ByteBuffer.wrap(header).getInt(ImageOutput.MAGIC.length);
        if (version != ImageOutput.VERSION) {
            throw new UnsupportedImageException(
                    "it has version " + version + ", and this member reads version " + ImageOutput.VERSION);
        }
        section = 1;
    }

    /** Reads what is left of the section, so that its checksums are right to the end, and goes to the next one. */
    void endSection() throws IOException {
        do {
            at = length;
        } while (fill());
        section++;
        chunks = 0;
        length = 0;
        at = 0;
        ended = false;
    }

    /** Refuses bytes after the image. */
    void end() throws IOException {
        if (in.read() >= 0) {
            throw new DamagedImageException("it goes on after its end");
        }
    }

    /** Whether there are bytes left in the section. */
    private boolean fill() throws IOException {
        if (at < length) {
            return true;
        }
        if (ended) {
            return false;
        }
        try {
            length = in.readInt();
            at = 0;
            if (length < 0 || length > ImageOutput.LARGEST_CHUNK) {
                throw new DamagedImageException("a chunk of " + length + " bytes in section " + section);
            }
            in.readFully(chunk, 0, length);
            if (in.readInt() != ImageOutput.checksum(section, chunks, chunk, length)) {
                throw new DamagedImageException("chunk " + chunks + " of section " + section + " has another checksum");
            }
        } catch (EOFException end) {
            throw new DamagedImageException("it ends in section " + section, end);
        }
        chunks++;
        ended = length == 0;
        return !ended;
    }

    @Override
    public int read() throws IOException {
        return fill() ? Byte.toUnsignedInt(chunk[at++]) : -1;
    }

    @Override
    public int read(byte[] into, int from, int count) throws IOException {
        Objects.checkFromIndexSize(from, count, into.length);
        if (count == 0) {
            return 0;
        }
        if (!fill()) {
            return -1;
        }
        int part = Math.min(count, length - at);
        System.arraycopy(chunk, at, into, from, part);
        at += part;
        return part;
    }
}
