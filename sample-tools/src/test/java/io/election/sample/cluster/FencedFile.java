package io.election.sample.cluster;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A value behind a fence, in a file that all processes of a machine share: a write is accepted if its token is at least that
 * of the value which is there. It is out of reach of every fault of the network.
 */
final class FencedFile implements AutoCloseable {

    private static final int SIZE = 2 * Long.BYTES;

    private final FileChannel channel;

    FencedFile(Path file) throws IOException {
        channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    /** A value, and the token under which it was written. */
    record Content(long token, long value) {}

    /** Writes, unless a greater token has written before; whether it did. */
    synchronized boolean write(long token, long value) throws IOException {
        try (FileLock lock = channel.lock()) {
            if (token < content().token()) {
                return false;
            }
            // In one call: a process that is killed has written all of it, or nothing.
            channel.write(
                    ByteBuffer.allocate(SIZE).putLong(token).putLong(value).flip(), 0);
            return true;
        }
    }

    /** What is there; {@link Recording#NO_TOKEN} and 0 at first. */
    synchronized Content read() throws IOException {
        try (FileLock lock = channel.lock()) {
            return content();
        }
    }

    private Content content() throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(SIZE);
        if (channel.read(buffer, 0) < SIZE) {
            return new Content(Recording.NO_TOKEN, 0);
        }
        buffer.flip();
        return new Content(buffer.getLong(), buffer.getLong());
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
