package io.election.sample.figures;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the system tells of a process, from {@code /proc} and elsewhere. */
public final class ProcessFacts {

    private ProcessFacts() {}

    /**
     * The processor time that the process has used, in nanoseconds. On Linux it advances in steps of 10 ms.
     *
     * @throws UnsupportedOperationException if the system does not tell
     */
    public static long processorNanos(ProcessHandle process) {
        return process.info()
                .totalCpuDuration()
                .orElseThrow(() ->
                        new UnsupportedOperationException("This system does not tell a process's processor time."))
                .toNanos();
    }

    /** The memory of the process that is in RAM, in bytes; 0 where the system does not tell. */
    public static long residentBytes(long pid) {
        return bytes(proc(pid + "/status", "VmRSS"));
    }

    /** How many threads the process has, those of the virtual machine included; 0 where the system does not tell. */
    public static int threads(long pid) {
        String threads = proc(pid + "/status", "Threads");
        return threads.equals("?") ? 0 : Integer.parseInt(threads);
    }

    /** The value behind a name in a file of {@code /proc}, or a question mark. */
    static String proc(String file, String name) {
        try {
            return Files.readAllLines(Path.of("/proc/" + file)).stream()
                    .filter(line -> line.startsWith(name))
                    .map(line -> line.substring(line.indexOf(':') + 1).trim())
                    .findFirst()
                    .orElse("?");
        } catch (IOException e) {
            return "?";
        }
    }

    /** Bytes from a size in the form of {@code /proc}, such as {@code 12 kB}; 0 from anything else. */
    static long bytes(String size) {
        return size.endsWith(" kB")
                ? 1024 * Long.parseLong(size.substring(0, size.length() - 3).trim())
                : 0;
    }
}
