package io.election.journal;

import io.election.core.LogPosition;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The directory of one member, and the names of the files in it. Keeps nothing of their content. */
final class JournalDirectory {

    private static final String SEGMENT = "journal.";
    private static final Pattern SEGMENT_NAME = Pattern.compile(Pattern.quote(SEGMENT) + "([1-9][0-9]{0,17})");

    private static final Pattern IMAGE_NAME = Pattern.compile("image-([1-9][0-9]{0,17})-([1-9][0-9]{0,17})");

    /** Far more than a file of a journal grows to. */
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

    /** The name of the file that is to name the segments from now on, until it replaces the old one. */
    Path fresh() {
        return path.resolve("journal.new");
    }

    /** A piece of the journal. */
    Path segment(long number) {
        return path.resolve(SEGMENT + number);
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

    /** The image of a state machine's state after an entry. */
    Path image(LogPosition last) {
        return path.resolve("image-" + last.term() + "-" + last.index());
    }

    /** The name of an image that is being written. */
    Path freshImage() {
        return path.resolve("image.new");
    }

    /** The name of an image that is being received. */
    Path imagePart() {
        return path.resolve("image.part");
    }

    private Path lockFile() {
        return path.resolve("lock");
    }

    /** Whether there is a journal that can be locked without creating anything. */
    boolean hasJournal() {
        return files.isFile(journal()) && files.isFile(lockFile());
    }

    /** Whether there is a journal. */
    boolean isThere() throws IOException {
        try (JournalFiles.Source source = files.open(journal())) {
            return source != null;
        }
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

    byte @Nullable [] readSegment(long number) throws IOException {
        return read(segment(number));
    }

    /** The numbers of all segments that are there, named by the journal or not. */
    List<Long> segments() throws IOException {
        List<Long> numbers = new ArrayList<>();
        for (String name : files.list(path)) {
            Matcher matcher = SEGMENT_NAME.matcher(name);
            if (matcher.matches()) {
                numbers.add(Long.parseLong(matcher.group(1)));
            }
        }
        return numbers;
    }

    /** The last entries of all images that are there. */
    List<LogPosition> images() throws IOException {
        List<LogPosition> lasts = new ArrayList<>();
        for (String name : files.list(path)) {
            Matcher matcher = IMAGE_NAME.matcher(name);
            if (matcher.matches()) {
                lasts.add(new LogPosition(Long.parseLong(matcher.group(1)), Long.parseLong(matcher.group(2))));
            }
        }
        return lasts;
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
