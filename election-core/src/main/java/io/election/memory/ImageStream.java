package io.election.memory;

import io.election.core.StateImages;
import java.io.IOException;
import java.io.InputStream;

/** Reads an image from its beginning to its end, and closes it. */
final class ImageStream extends InputStream {

    private final StateImages.Reading image;
    private long offset;

    ImageStream(StateImages.Reading image) {
        this.image = image;
    }

    @Override
    public int read() throws IOException {
        byte[] one = image.read(offset, 1);
        offset += one.length;
        return one.length == 0 ? -1 : Byte.toUnsignedInt(one[0]);
    }

    @Override
    public int read(byte[] to, int at, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        byte[] piece = image.read(offset, length);
        System.arraycopy(piece, 0, to, at, piece.length);
        offset += piece.length;
        return piece.length == 0 ? -1 : piece.length;
    }

    @Override
    public void close() throws IOException {
        image.close();
    }
}
