package io.election.journal;

import java.io.Closeable;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A file system in memory with a cache above its disk, and with every freedom that a real one has.
 *
 * <p>Until a file is forced, a loss of power may keep any of the sectors written since and lose the others, before or
 * behind them; the file may have its new length all the same, with zeros, garbage, or what another file left there. Until
 * a directory is forced, each name in it may be found as it was at any moment since, one independently of the other. A
 * force that fails marks its sectors as written although they are not, as Linux does: a second one succeeds and writes
 * nothing.
 */
final class FaultyFiles implements JournalFiles {

    /** Writes reach the disk, or not, in pieces of so many bytes: small, so that an append has several. */
    static final int SECTOR_BYTES = 32;

    /** The power is gone, for the code that runs into it. */
    static final class PowerLost extends IOException {}

    /** Called before each operation, and before each byte that is written. What it throws happens to the caller. */
    interface Hook {
        void before(String operation) throws IOException;
    }

    /** What a file or directory is, whatever its names. */
    private static final class Inode {

        final boolean directory;

        /** What a lost sector may hold where the file has none of its own: what was on this place of the disk before. */
        final byte[] residue;

        byte[] cache = new byte[0];
        byte[] disk = new byte[0];
        BitSet dirty = new BitSet();

        Inode(boolean directory, byte[] residue) {
            this.directory = directory;
            this.residue = residue;
        }

        Inode copy() {
            Inode copy = new Inode(directory, residue);
            copy.cache = cache.clone();
            copy.disk = disk.clone();
            copy.dirty = (BitSet) dirty.clone();
            return copy;
        }

        void put(int at, byte value) {
            if (at >= cache.length) {
                cache = Arrays.copyOf(cache, at + 1);
            }
            cache[at] = value;
            dirty.set(at / SECTOR_BYTES);
        }

        void put(int at, ByteBuffer bytes, int count) {
            if (count == 0) {
                return;
            }
            if (at + count > cache.length) {
                cache = Arrays.copyOf(cache, at + count);
            }
            bytes.get(cache, at, count);
            dirty.set(at / SECTOR_BYTES, (at + count - 1) / SECTOR_BYTES + 1);
        }

        void force() {
            disk = Arrays.copyOf(disk, cache.length);
            dirty.stream().forEach(sector -> copySector(sector, cache, disk));
            dirty.clear();
        }

        private static void copySector(int sector, byte[] from, byte[] to) {
            int begin = sector * SECTOR_BYTES;
            int end = Math.min(begin + SECTOR_BYTES, Math.min(from.length, to.length));
            if (begin < end) {
                System.arraycopy(from, begin, to, begin, end - begin);
            }
        }

        Inode afterPowerLoss(Choices choices) {
            Inode survivor = new Inode(directory, residue);
            byte[] bytes = disk.clone();
            if (!dirty.isEmpty()) {
                bytes = Arrays.copyOf(disk, choices.among(2) == 0 ? cache.length : lengthOnDisk());
                int filler = choices.among(3);
                for (int at = disk.length; at < bytes.length; at++) {
                    bytes[at] = filler == 0 ? 0 : filler == 1 || at >= residue.length ? (byte) 0xE1 : residue[at];
                }
                for (int sector = dirty.nextSetBit(0); sector >= 0; sector = dirty.nextSetBit(sector + 1)) {
                    if (choices.among(2) == 0) {
                        copySector(sector, cache, bytes);
                    }
                }
            }
            survivor.disk = bytes;
            survivor.cache = bytes.clone();
            return survivor;
        }

        private int lengthOnDisk() {
            return Math.min(disk.length, cache.length);
        }
    }

    /** For each path what its name has stood for since its directory was forced: first what is on disk, last what is seen. */
    private final Map<Path, List<@Nullable Inode>> names = new TreeMap<>();

    private final Set<Path> locks = new HashSet<>();
    private byte[] residue = new byte[0];

    /** Operations, and bytes written, so far. */
    long operations;

    long bytesWritten;

    @Nullable Hook hook;

    /** The most bytes that one write, or one read, takes. */
    int writeAtMost = Integer.MAX_VALUE;

    int readAtMost = Integer.MAX_VALUE;

    /** The bytes that a read finds before it meets an end of the file that is none. */
    long readEndsAfter = Long.MAX_VALUE;

    /** The bytes that can be read before a read fails. */
    long readFailsAfter = Long.MAX_VALUE;

    /** The bytes that can be written before the disk is full, for good. */
    long spaceLeft = Long.MAX_VALUE;

    /** The operation that fails, counted as {@link #operations} are; and whether it has been done all the same. */
    long failingOperation = -1;

    boolean failsWhenDone;

    /**
     * Whether this is like Windows: directories cannot be synced, and the system logs what becomes of names in order, so that a
     * sync of a file keeps all names as they are by then. A renaming ends with such a sync.
     */
    boolean directoriesCannotBeSynced;

    /** Syncs of files that succeed before one fails. */
    int syncsBeforeFailure = Integer.MAX_VALUE;

    // ------------------------------------------------------------------------------------------------ what is left

    /** What the next process finds if this one is killed: everything, in the cache. */
    FaultyFiles afterKill() {
        FaultyFiles after = new FaultyFiles();
        after.residue = residue;
        Map<Inode, Inode> copies = new IdentityHashMap<>();
        names.forEach((path, values) -> {
            List<@Nullable Inode> copied = new ArrayList<>();
            for (Inode value : values) {
                copied.add(value == null ? null : copies.computeIfAbsent(value, Inode::copy));
            }
            after.names.put(path, copied);
        });
        return after;
    }

    /** As {@link #afterKill()}, once the system has dropped from its cache what it believes to be on disk. */
    FaultyFiles afterKillAndEviction() {
        FaultyFiles after = afterKill();
        after.names
                .values()
                .forEach(values -> values.forEach(inode -> {
                    if (inode != null) {
                        byte[] read = Arrays.copyOf(inode.disk, inode.cache.length);
                        inode.dirty.stream().forEach(sector -> Inode.copySector(sector, inode.cache, read));
                        inode.cache = read;
                    }
                }));
        return after;
    }

    /** What the next start finds if the machine loses its power now: everything by the first choices, least by the last. */
    FaultyFiles afterPowerLoss(Choices choices) {
        FaultyFiles after = new FaultyFiles();
        after.residue = residue;
        Map<Inode, Inode> survivors = new IdentityHashMap<>();
        // Parents come before their children, and nothing is found below what is not found itself.
        names.forEach((path, values) -> {
            Inode found = values.get(values.size() == 1 ? 0 : values.size() - 1 - choices.among(values.size()));
            if (found != null && after.isDirectory(parentOf(path))) {
                Inode survivor = survivors.get(found);
                if (survivor == null) {
                    survivor = found.afterPowerLoss(choices);
                    survivors.put(found, survivor);
                }
                after.names.put(path, new ArrayList<>(List.of(survivor)));
            }
        });
        return after;
    }

    // ------------------------------------------------------------------------------------------------ what a test sees

    List<String> fileNames() {
        return names.keySet().stream()
                .filter(path -> {
                    Inode inode = at(path);
                    return inode != null && !inode.directory;
                })
                .map(path -> path.getFileName().toString())
                .toList();
    }

    byte @Nullable [] content(Path file) {
        Inode inode = at(file);
        return inode == null ? null : inode.cache.clone();
    }

    /** Puts a file on disk, as something else than the journal would. */
    void put(Path file, byte[] bytes) {
        Inode inode = new Inode(false, residue);
        inode.cache = bytes.clone();
        inode.disk = bytes.clone();
        names.put(file, new ArrayList<>(List.of(inode)));
    }

    void remove(Path file) {
        names.remove(file);
    }

    private @Nullable Inode at(Path path) {
        List<@Nullable Inode> values = names.get(path);
        return values == null ? null : values.get(values.size() - 1);
    }

    private static Path parentOf(Path path) {
        Path parent = path.getParent();
        return parent == null ? path : parent;
    }

    // ------------------------------------------------------------------------------------------------ the operations

    private interface Change<T> {
        T make() throws IOException;
    }

    private <T> T operation(String name, Change<T> change) throws IOException {
        step(name);
        boolean fails = operations++ == failingOperation;
        if (fails && !failsWhenDone) {
            throw new IOException("the " + name + " failed");
        }
        T result = change.make();
        if (fails) {
            throw new IOException("the " + name + " failed");
        }
        return result;
    }

    private void step(String name) throws IOException {
        if (hook != null) {
            hook.before(name);
        }
    }

    private void name(Path path, @Nullable Inode inode) throws IOException {
        if (!isDirectory(parentOf(path))) {
            throw new NoSuchFileException(path.toString());
        }
        Inode before = at(path);
        if (before != null && !before.directory) {
            residue = before.cache.clone();
        }
        names.computeIfAbsent(path, p -> new ArrayList<>(Arrays.asList((Inode) null)))
                .add(inode);
    }

    @Override
    public boolean isDirectory(Path path) {
        Inode inode = at(path);
        return path.getParent() == null || inode != null && inode.directory;
    }

    @Override
    public boolean isFile(Path path) {
        Inode inode = at(path);
        return inode != null && !inode.directory;
    }

    @Override
    public List<String> list(Path directory) throws IOException {
        return operation("listing of a directory", () -> names.keySet().stream()
                .filter(path -> path.getParent() != null && path.getParent().equals(directory) && at(path) != null)
                .map(path -> path.getFileName().toString())
                .toList());
    }

    @Override
    public boolean mayCreateIn(Path directory) {
        return true;
    }

    @Override
    public void createDirectory(Path directory) throws IOException {
        operation("creation of a directory", () -> {
            needsSpace();
            name(directory, new Inode(true, residue));
            return directory;
        });
    }

    @Override
    public void forceDirectory(Path directory) throws IOException {
        operation("sync of a directory", () -> {
            if (!isDirectory(directory)) {
                throw new NoSuchFileException(directory.toString());
            }
            if (directoriesCannotBeSynced) {
                return directory;
            }
            Map<Path, List<@Nullable Inode>> forced = new HashMap<>();
            names.forEach((path, values) -> {
                if (path.getParent() != null && directory.equals(path.getParent())) {
                    forced.put(path, new ArrayList<>(values.subList(values.size() - 1, values.size())));
                }
            });
            names.putAll(forced);
            names.values().removeIf(values -> values.size() == 1 && values.get(0) == null);
            return directory;
        });
    }

    @Override
    public @Nullable Closeable lock(Path file) throws IOException {
        return operation("lock", () -> {
            if (at(file) == null) {
                needsSpace();
                name(file, new Inode(false, residue));
            }
            return locks.add(file) ? () -> locks.remove(file) : null;
        });
    }

    @Override
    public @Nullable Source open(Path file) throws IOException {
        Inode inode = operation("opening of a file", () -> at(file));
        if (inode == null) {
            return null;
        }
        return new Source() {
            private int position;

            @Override
            public long size() {
                return inode.cache.length;
            }

            @Override
            public int read(ByteBuffer bytes) throws IOException {
                int count = read(bytes, position);
                position += Math.max(0, count);
                return count;
            }

            @Override
            public int read(ByteBuffer bytes, long from) throws IOException {
                return operation("read", () -> {
                    int end = (int) Math.min(inode.cache.length, readEndsAfter);
                    int count = (int) Math.min(Math.min(bytes.remaining(), readAtMost), end - from);
                    if (from + count > readFailsAfter) {
                        throw new IOException("Input/output error");
                    }
                    if (count <= 0) {
                        return -1;
                    }
                    bytes.put(inode.cache, (int) from, count);
                    return count;
                });
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public Appender create(Path file) throws IOException {
        Inode inode = operation("creation of a file", () -> {
            needsSpace();
            if (at(file) != null) {
                throw new FileAlreadyExistsException(file.toString());
            }
            Inode created = new Inode(false, residue);
            name(file, created);
            return created;
        });
        return appender(inode);
    }

    @Override
    public Appender append(Path file) throws IOException {
        Inode inode = operation("opening of a file to append", () -> at(file));
        if (inode == null) {
            throw new NoSuchFileException(file.toString());
        }
        return appender(inode);
    }

    private Appender appender(Inode inode) {
        return new Appender() {
            @Override
            public int write(ByteBuffer bytes) throws IOException {
                return operation("write", () -> {
                    int count = Math.min(writeAtMost, bytes.remaining());
                    return FaultyFiles.this.write(inode, inode.cache.length, bytes, count);
                });
            }

            @Override
            public void force() throws IOException {
                step("sync of a file");
                if (operations++ != failingOperation && syncsBeforeFailure-- != 0) {
                    inode.force();
                    keepNames();
                    return;
                }
                if (failsWhenDone) {
                    // What it could not write is the end.
                    inode.dirty.clear(inode.dirty.length() - 1);
                    inode.force();
                }
                inode.dirty.clear();
                throw new IOException("the sync of a file failed");
            }

            @Override
            public void close() {}
        };
    }

    private void keepNames() {
        if (directoriesCannotBeSynced) {
            names.values()
                    .forEach(values -> values.subList(0, values.size() - 1).clear());
            names.values().removeIf(values -> values.get(0) == null);
        }
    }

    @Override
    public void overwrite(Path file, byte[] bytes) throws IOException {
        operation("overwriting of a file", () -> {
            Inode inode = at(file);
            if (inode == null) {
                needsSpace();
                inode = new Inode(false, residue);
                name(file, inode);
            }
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining()) {
                write(inode, buffer.position(), buffer, buffer.remaining());
            }
            return file;
        });
    }

    private int write(Inode inode, int at, ByteBuffer bytes, int count) throws IOException {
        if (spaceLeft <= 0) {
            throw new IOException("No space left on device");
        }
        if (hook == null) {
            int fitting = (int) Math.min(count, spaceLeft);
            inode.put(at, bytes, fitting);
            spaceLeft -= fitting;
            bytesWritten += fitting;
            return fitting;
        }
        int written = 0;
        while (written < count && spaceLeft > 0) {
            step("byte");
            inode.put(at + written, bytes.get());
            written++;
            spaceLeft--;
            bytesWritten++;
        }
        return written;
    }

    private void needsSpace() throws IOException {
        if (spaceLeft <= 0) {
            throw new IOException("No space left on device");
        }
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        operation("renaming", () -> {
            Inode inode = at(from);
            if (inode == null) {
                throw new FileNotFoundException(from.toString());
            }
            name(from, null);
            name(to, inode);
            return to;
        });
        if (directoriesCannotBeSynced) {
            step("sync of what was renamed");
            keepNames();
        }
    }

    @Override
    public @Nullable String place(Path directory) {
        return null;
    }

    @Override
    public void deleteIfExists(Path file) throws IOException {
        operation("deletion", () -> {
            if (at(file) != null) {
                name(file, null);
            }
            return file;
        });
    }
}
