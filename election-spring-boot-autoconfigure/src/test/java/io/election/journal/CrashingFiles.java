package io.election.journal;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A file system in memory that loses power after a given number of steps; each operation is a step, and each byte
 * written. What was not forced is lost afterwards, or torn, as the {@link Loss} says.
 */
final class CrashingFiles implements JournalFiles {

    /** What a crash of the machine does to bytes that were written and not forced. */
    enum Loss {
        NOTHING,
        EVERYTHING,
        SECOND_HALF,
        /** The length and the second half reached the disk before the first half. */
        FIRST_HALF_ZEROED,
        FIRST_BYTE_ZEROED,
        LAST_BYTE_ZEROED,
        GARBAGE
    }

    /** The crash, for the code that runs into it. */
    static final class PowerLost extends IOException {}

    private static final class Inode {
        byte[] content = new byte[0];
        int forced;
    }

    private final Set<Path> durableDirectories = new HashSet<>();
    private final Set<Path> directories = new HashSet<>();
    private final Map<Path, Inode> durableNames = new HashMap<>();
    private final Map<Path, Inode> names = new HashMap<>();
    private final Set<Path> locks = new HashSet<>();

    /** Steps until the power is lost. */
    long steps = Long.MAX_VALUE;

    /** Steps taken so far. */
    long taken;

    /** The most bytes that one write takes. */
    int writeAtMost = Integer.MAX_VALUE;

    /** Forces that succeed before one fails; what it did not force is never forced, as after a real failure. */
    int forcesBeforeFailure = Integer.MAX_VALUE;

    /** What survives a crash, as a new machine finds it. */
    CrashingFiles afterCrash(Loss loss, boolean namesSurvive) {
        CrashingFiles after = new CrashingFiles();
        for (Path directory : namesSurvive ? directories : durableDirectories) {
            if (namesSurvive || isDurable(directory)) {
                after.directories.add(directory);
                after.durableDirectories.add(directory);
            }
        }
        (namesSurvive ? names : durableNames).forEach((path, inode) -> {
            if (!after.directories.contains(path.getParent())) {
                return;
            }
            Inode survivor = new Inode();
            survivor.content = survivor(inode, loss);
            survivor.forced = survivor.content.length;
            after.names.put(path, survivor);
            after.durableNames.put(path, survivor);
        });
        return after;
    }

    /** A name is found again only if those of all directories above it are. */
    private boolean isDurable(Path directory) {
        return directory.getParent() == null
                || durableDirectories.contains(directory) && isDurable(directory.getParent());
    }

    private static byte[] survivor(Inode inode, Loss loss) {
        byte[] content = inode.content.clone();
        int from = inode.forced;
        int middle = from + (content.length - from + 1) / 2;
        if (from == content.length) {
            return content;
        }
        switch (loss) {
            case NOTHING -> {}
            case EVERYTHING -> content = Arrays.copyOf(content, from);
            case SECOND_HALF -> content = Arrays.copyOf(content, middle);
            case FIRST_HALF_ZEROED -> Arrays.fill(content, from, middle, (byte) 0);
            case FIRST_BYTE_ZEROED -> content[from] = 0;
            case LAST_BYTE_ZEROED -> content[content.length - 1] = 0;
            case GARBAGE -> Arrays.fill(content, from, content.length, (byte) 0xE1);
        }
        return content;
    }

    List<String> fileNames() {
        List<String> result = new ArrayList<>();
        names.keySet().forEach(path -> result.add(path.getFileName().toString()));
        return result;
    }

    private void step() throws PowerLost {
        if (steps <= 0) {
            throw new PowerLost();
        }
        steps--;
        taken++;
    }

    @Override
    public boolean isDirectory(Path path) {
        return path.getParent() == null || directories.contains(path);
    }

    @Override
    public void createDirectory(Path directory) throws IOException {
        step();
        directories.add(directory);
    }

    @Override
    public void forceDirectory(Path directory) throws IOException {
        step();
        directories.stream()
                .filter(child -> directory.equals(child.getParent()))
                .forEach(durableDirectories::add);
        durableNames.keySet().removeIf(path -> directory.equals(path.getParent()));
        names.forEach((path, inode) -> {
            if (directory.equals(path.getParent())) {
                durableNames.put(path, inode);
            }
        });
    }

    @Override
    public @Nullable Closeable lock(Path file) throws IOException {
        step();
        return locks.add(file) ? () -> locks.remove(file) : null;
    }

    @Override
    public byte @Nullable [] read(Path file) throws IOException {
        step();
        Inode inode = names.get(file);
        return inode == null ? null : inode.content.clone();
    }

    @Override
    public Appender create(Path file) throws IOException {
        step();
        Inode inode = new Inode();
        if (names.putIfAbsent(file, inode) != null) {
            throw new FileAlreadyExistsException(file.toString());
        }
        return new Appender() {
            @Override
            public int write(ByteBuffer bytes) throws IOException {
                int count = (int) Math.min(steps, Math.min(writeAtMost, bytes.remaining()));
                if (count == 0) {
                    throw new PowerLost();
                }
                byte[] written = new byte[count];
                bytes.get(written);
                ByteArrayOutputStream longer = new ByteArrayOutputStream();
                longer.writeBytes(inode.content);
                longer.writeBytes(written);
                inode.content = longer.toByteArray();
                steps -= count;
                taken += count;
                return count;
            }

            @Override
            public void force() throws IOException {
                step();
                if (forcesBeforeFailure-- == 0) {
                    throw new IOException("the disk failed to sync");
                }
                inode.forced = inode.content.length;
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        step();
        Inode inode = names.remove(from);
        if (inode == null) {
            throw new FileNotFoundException(from.toString());
        }
        names.put(to, inode);
    }

    @Override
    public void deleteIfExists(Path file) throws IOException {
        step();
        names.remove(file);
    }
}
