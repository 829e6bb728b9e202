package io.election.sample.figures;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;

/** What a figure depends on: processors, system, Java, disk, and what else runs. */
public final class Machine {

    /** How many bytes {@link #syncs} forces to the disk at a time. */
    public static final int SYNCED_BYTES = 512;

    private static final int SYNCS = 200;

    private Machine() {}

    /**
     * A few lines about this machine.
     *
     * @param directory where the measured processes have their data
     * @throws IOException if the directory's file system cannot be asked
     */
    public static List<String> facts(Path directory) throws IOException {
        return List.of(
                LocalDate.now().toString(),
                String.format(
                        Locale.ROOT,
                        "%s, %d processors, %d MiB of memory",
                        ProcessFacts.proc("cpuinfo", "model name"),
                        Runtime.getRuntime().availableProcessors(),
                        ProcessFacts.bytes(ProcessFacts.proc("meminfo", "MemTotal")) / 1048576),
                property("os.name") + " " + property("os.version") + ", " + property("os.arch"),
                "Java " + property("java.runtime.version") + " (" + property("java.vm.name") + ")",
                "data on " + Files.getFileStore(directory).type(),
                String.format(
                        Locale.ROOT,
                        "load average before the measurements: %.1f; what else runs on the machine shows in the figures",
                        load()));
    }

    private static String property(String name) {
        return System.getProperty(name, "?");
    }

    /** How many processes of this machine ran or waited for a processor, averaged over the last minute. */
    public static double load() {
        return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    }

    /**
     * How long it takes to append a few bytes to a file and to force them to the disk.
     *
     * @param directory where the file is made, and removed afterwards
     * @throws IOException if the file cannot be written
     */
    public static Figures syncs(Path directory) throws IOException {
        return syncs(directory, SYNCS);
    }

    static Figures syncs(Path directory, int times) throws IOException {
        Path file = directory.resolve("sync");
        long[] nanos = new long[times];
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.APPEND, StandardOpenOption.WRITE)) {
            for (int i = 0; i < times; i++) {
                ByteBuffer bytes = ByteBuffer.allocate(SYNCED_BYTES);
                long before = System.nanoTime();
                channel.write(bytes);
                channel.force(false);
                nanos[i] = System.nanoTime() - before;
            }
        }
        Files.delete(file);
        return Figures.of(Figures.Unit.NANOS, nanos);
    }
}
