package io.election.journal;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The directory of one member, and the names of the files in it. Keeps nothing of their content. */
final class JournalDirectory {

    /** Far more than a journal grows to before it is rewritten. */
    private static final long MAX_FILE_BYTES = 1L << 30;

    private final JournalFiles files;
    private final Path path;

    JournalDirectory(JournalFiles files, Path path) {
        this.files = files;
        this.path = path.toAbsolutePath().normalize();
    }

    Path path() {
        return path;
    }

    Path journal() {
        return path.resolve("journal");
    }

    /** The name of a journal that is being rewritten, until it replaces the old one. */
    Path fresh() {
        return path.resolve("journal.new");
    }

    Path mark() {
        return path.resolve("mark");
    }

    /** The lines that tell of offline recoveries. */
    Path recovered() {
        return path.resolve("recovered");
    }

    /** Where the directory was last used. */
    Path machine() {
        return path.resolve("machine");
    }

    /** Why the directory is never used again; it exists only then. */
    Path condemned() {
        return path.resolve("condemned");
    }

    private Path lockFile() {
        return path.resolve("lock");
    }

    /** Whether there is a journal that can be locked without creating anything. */
    boolean hasJournal() {
        return files.isFile(journal()) && files.isFile(lockFile());
    }

    /** Locks the directory. Returns {@code null} if the lock is held elsewhere. */
    @Nullable Closeable lock() throws IOException {
        return files.lock(lockFile());
    }

    /**
     * Fails unless this process may create names in the directory, or, if the directory is missing, in its nearest
     * existing parent.
     */
    void checkMayWrite() throws IOException {
        Path level = path;
        while (!files.isDirectory(level)) {
            Path parent = level.getParent();
            if (files.isFile(level) || parent == null) {
                throw new NotDirectoryException(level.toString());
            }
            level = parent;
        }
        if (!files.mayCreateIn(level)) {
            throw new AccessDeniedException(level.toString());
        }
    }

    void create() throws IOException {
        create(path);
    }

    private void create(Path directory) throws IOException {
        Path parent = directory.getParent();
        if (parent != null && !files.isDirectory(directory)) {
            create(parent);
            files.createDirectory(directory);
        }
    }

    /**
     * Makes the names that lead to the directory durable. A directory that this start did not create may have been
     * created by an earlier start that ended before it could sync the name.
     */
    void forceNames() throws IOException {
        Path level = path;
        for (Path parent = level.getParent(); parent != null && files.mayCreateIn(parent); parent = level.getParent()) {
            files.forceDirectory(parent);
            level = parent;
        }
    }

    byte @Nullable [] readJournal() throws IOException {
        return read(journal());
    }

    byte @Nullable [] readMark() throws IOException {
        return read(mark());
    }

    byte @Nullable [] readMachine() throws IOException {
        return read(machine());
    }

    byte @Nullable [] readCondemned() throws IOException {
        return read(condemned());
    }

    byte @Nullable [] readRecovered() throws IOException {
        return read(recovered());
    }

    /** Writes a file that does not exist yet, and makes its content durable. Its name is not, before the directory is. */
    void write(Path file, byte[] content) throws IOException {
        try (JournalFiles.Appender appender = files.create(file)) {
            ByteBuffer bytes = ByteBuffer.wrap(content);
            while (bytes.hasRemaining()) {
                if (appender.write(bytes) <= 0) {
                    throw new IOException("the disk accepted only " + bytes.position() + " bytes of " + file);
                }
            }
            appender.force();
        }
    }

    /** Replaces a file, or creates it. After a crash there is either the old content or the new one. */
    void replace(Path file, byte[] content) throws IOException {
        replace(fresh(), file, content);
    }

    /** The same, while somebody else may write the journal anew. */
    void replaceBeside(Path file, byte[] content) throws IOException {
        replace(path.resolve(file.getFileName() + ".new"), file, content);
    }

    private void replace(Path replacement, Path file, byte[] content) throws IOException {
        files.deleteIfExists(replacement);
        write(replacement, content);
        files.rename(replacement, file);
        force();
    }

    /** Makes the names in it durable. */
    void force() throws IOException {
        files.forceDirectory(path);
    }

    private byte @Nullable [] read(Path file) throws IOException {
        try (JournalFiles.Source source = files.open(file)) {
            if (source == null) {
                return null;
            }
            long size = source.size();
            if (size > MAX_FILE_BYTES) {
                throw new IOException(file + " has " + size + " bytes, which is more than a journal ever has");
            }
            ByteBuffer bytes = ByteBuffer.allocate((int) size);
            while (bytes.hasRemaining()) {
                // Bytes that cannot be read must not be taken for a torn tail.
                if (source.read(bytes) <= 0) {
                    throw new IOException(
                            file + " has " + size + " bytes, of which only " + bytes.position() + " could be read");
                }
            }
            return bytes.array();
        }
    }
}
