package io.election.journal;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Everything that a journal asks of the file system, so that a test can crash it at any point. */
interface JournalFiles {

    boolean isDirectory(Path path);

    /** Whether there is something of this name that is no directory. */
    boolean isFile(Path path);

    /** Whether this process may create names in a directory. */
    boolean mayCreateIn(Path directory);

    /** Creates one directory; its parent exists. */
    void createDirectory(Path directory) throws IOException;

    /** Makes the names in a directory durable. */
    void forceDirectory(Path directory) throws IOException;

    /** Locks a file, creating it if need be, or returns {@code null} if somebody else holds it. */
    @Nullable Closeable lock(Path file) throws IOException;

    /** Opens a file for reading, or returns {@code null} if there is none. */
    @Nullable Source open(Path file) throws IOException;

    /** Creates an empty file that does not exist yet. */
    Appender create(Path file) throws IOException;

    /** Gives a file the name of another one, which is gone then: at each instant the name is that of one of the two. */
    void rename(Path from, Path to) throws IOException;

    void deleteIfExists(Path file) throws IOException;

    /** Writes a small file in its place, creating it if need be. Not synced: a crash may tear it, or lose it. */
    void overwrite(Path file, byte[] bytes) throws IOException;

    /** A file that is read from its beginning to its end. */
    interface Source extends Closeable {

        /** The file's length, whatever a read may say. */
        long size() throws IOException;

        /** Reads some bytes, at least one, and says how many, or -1 at the end. */
        int read(ByteBuffer bytes) throws IOException;
    }

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
