package io.election.journal;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Everything that a journal needs from the file system, so that a test can crash it at any point. */
interface JournalFiles {

    boolean isDirectory(Path path);

    /** Whether something with this name exists that is not a directory. */
    boolean isFile(Path path);

    /** Whether this process may create names in a directory. */
    boolean mayCreateIn(Path directory);

    /** The names of what is in a directory, in no order; none if there is no such directory. */
    List<String> list(Path directory) throws IOException;

    /** Creates one directory. Its parent must exist. */
    void createDirectory(Path directory) throws IOException;

    /** Makes the names in a directory durable. */
    void forceDirectory(Path directory) throws IOException;

    /** Locks a file and creates it if needed. Returns {@code null} if the lock is held elsewhere. */
    @Nullable Closeable lock(Path file) throws IOException;

    /** Opens a file for reading. Returns {@code null} if there is none. */
    @Nullable Source open(Path file) throws IOException;

    /** Creates an empty file. The file must not exist yet. */
    Appender create(Path file) throws IOException;

    /** Opens an existing file, to go on behind its end. */
    Appender append(Path file) throws IOException;

    /**
     * Replaces a file atomically by another file, which takes its name. At each instant the name refers to one of the
     * two.
     */
    void rename(Path from, Path to) throws IOException;

    /**
     * Where a directory is, as far as that tells a copy from the original. Two places that are not the same have different
     * texts.
     *
     * @return the place, as {@link MachinePlace} says it, or {@code null} if it is not known
     */
    @Nullable String place(Path directory) throws IOException;

    void deleteIfExists(Path file) throws IOException;

    /**
     * Writes a small file in place, and creates it if needed. The write is not synced: a crash may tear it, or lose it.
     */
    void overwrite(Path file, byte[] bytes) throws IOException;

    /** A file that is read. */
    interface Source extends Closeable {

        /** The file's length, regardless of what a read returns. */
        long size() throws IOException;

        /** Reads at least one byte. Returns how many, or -1 at the end. */
        int read(ByteBuffer bytes) throws IOException;

        /** The same at any position, which does not change where the other one goes on. */
        int read(ByteBuffer bytes, long position) throws IOException;
    }

    /** A file that is written at its end. */
    interface Appender extends Closeable {

        /** Writes at least one of the remaining bytes of the buffer. Returns how many. */
        int write(ByteBuffer bytes) throws IOException;

        /**
         * Makes everything that was written durable, together with the file's length. Without the length, the data
         * could not be read back.
         */
        void force() throws IOException;
    }
}
