package io.election.journal;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Everything that a journal asks of the file system, so that a test can crash it at any point. */
interface JournalFiles {

    boolean isDirectory(Path path);

    /** Creates one directory; its parent exists. */
    void createDirectory(Path directory) throws IOException;

    /** Makes the names in a directory durable. */
    void forceDirectory(Path directory) throws IOException;

    /** Locks a file, creating it if need be, or returns {@code null} if somebody else holds it. */
    @Nullable Closeable lock(Path file) throws IOException;

    /** The whole file, or {@code null} if there is none. */
    byte @Nullable [] read(Path file) throws IOException;

    /** Creates an empty file that does not exist yet. */
    Appender create(Path file) throws IOException;

    /** Gives a file the name of another one, which is gone then: at each instant the name is that of one of the two. */
    void rename(Path from, Path to) throws IOException;

    void deleteIfExists(Path file) throws IOException;

    /** A file that is written from its beginning to its end. */
    interface Appender extends Closeable {

        /** Writes some of what remains in the buffer, at least one byte, and says how many. */
        int write(ByteBuffer bytes) throws IOException;

        /**
         * Makes all that was written durable, together with the file's length, without which it could not be read back.
         */
        void force() throws IOException;
    }
}
