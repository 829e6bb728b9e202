package io.election.journal;

import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The file system of the machine. */
final class DiskFiles implements JournalFiles {

    private static final boolean WINDOWS = File.separatorChar == '\\';

    /**
     * The locks of this process. They are static because POSIX locks belong to the process: if it closes <em>any</em>
     * descriptor of a file, it loses its lock on that file. So a second attempt to lock must never open the file.
     */
    private static final Set<Path> HELD = new HashSet<>();

    /**
     * Channels that must stay open. If this class is loaded twice, the locks of the other copy are seen only after the
     * file has been opened. Closing the file would release that lock. So the channel stays open, and serves the next
     * attempt.
     */
    private static final Map<Path, FileChannel> LEFT_OPEN = new HashMap<>();

    private final MachinePlace place;

    DiskFiles() {
        this(new MachinePlace(Path.of("/"), System.getenv()));
    }

    DiskFiles(MachinePlace place) {
        this.place = place;
    }

    @Override
    public boolean isDirectory(Path path) {
        return Files.isDirectory(path);
    }

    @Override
    public boolean isFile(Path path) {
        // Looked up by name. Opening and closing the lock file would release a lock on it.
        return Files.exists(path) && !Files.isDirectory(path);
    }

    @Override
    public boolean mayCreateIn(Path directory) {
        return Files.isWritable(directory);
    }

    @Override
    public List<String> list(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> paths = Files.list(directory)) {
            return paths.map(path -> path.getFileName().toString()).toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    @Override
    public void createDirectory(Path directory) throws IOException {
        try {
            Files.createDirectory(directory);
        } catch (FileAlreadyExistsException e) {
            // Another member of the same cluster may have created a shared parent directory first.
            if (!Files.isDirectory(directory)) {
                throw e;
            }
        }
    }

    @Override
    public void forceDirectory(Path directory) throws IOException {
        // Windows cannot open a directory; rename has to be enough there.
        if (!WINDOWS) {
            try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }

    @Override
    public @Nullable Closeable lock(Path file) throws IOException {
        Path parent = file.getParent();
        Path key = parent != null ? parent.toRealPath().resolve(file.getFileName()) : file;
        synchronized (HELD) {
            if (HELD.contains(key)) {
                return null;
            }
            FileChannel channel = LEFT_OPEN.remove(key);
            if (channel == null) {
                channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            }
            return lock(key, channel);
        }
    }

    private static @Nullable Closeable lock(Path key, FileChannel channel) throws IOException {
        FileLock lock;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            LEFT_OPEN.put(key, channel);
            return null;
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        if (lock == null) {
            channel.close();
            return null;
        }
        HELD.add(key);
        return () -> {
            synchronized (HELD) {
                if (channel.isOpen()) {
                    HELD.remove(key);
                    channel.close();
                }
            }
        };
    }

    @Override
    public @Nullable Source open(Path file) throws IOException {
        FileChannel channel;
        try {
            channel = FileChannel.open(file, StandardOpenOption.READ);
        } catch (NoSuchFileException e) {
            return null;
        }
        return new Source() {
            @Override
            public long size() throws IOException {
                return channel.size();
            }

            @Override
            public int read(ByteBuffer bytes) throws IOException {
                return channel.read(bytes);
            }

            @Override
            public int read(ByteBuffer bytes, long position) throws IOException {
                return channel.read(bytes, position);
            }

            @Override
            public void close() throws IOException {
                channel.close();
            }
        };
    }

    @Override
    public Appender create(Path file) throws IOException {
        return appender(FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
    }

    @Override
    public Appender append(Path file) throws IOException {
        return appender(FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.APPEND));
    }

    private static Appender appender(FileChannel channel) {
        return new Appender() {
            @Override
            public int write(ByteBuffer bytes) throws IOException {
                return channel.write(bytes);
            }

            @Override
            public void force() throws IOException {
                // Not force(true): fdatasync also writes the length if it has changed, and leaves out the times.
                channel.force(false);
            }

            @Override
            public void close() throws IOException {
                channel.close();
            }
        };
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        if (WINDOWS) {
            // NTFS logs what it does in order: what syncs the file again also keeps its new name.
            try (FileChannel renamed = FileChannel.open(to, StandardOpenOption.WRITE)) {
                renamed.force(true);
            }
        }
    }

    @Override
    public @Nullable String place(Path directory) throws IOException {
        return place.of(directory);
    }

    @Override
    public void deleteIfExists(Path file) throws IOException {
        Files.deleteIfExists(file);
    }

    @Override
    public void overwrite(Path file, byte[] bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining()) {
                channel.write(buffer, buffer.position());
            }
        }
    }
}
