package io.election.benchmarks.comparison;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a node does when it is told to on its standard input, one line for each:
 *
 * <pre>
 * write &lt;writers&gt; &lt;bytes&gt; &lt;milliseconds to warm up&gt; &lt;milliseconds&gt;
 * read &lt;times&gt; &lt;milliseconds between two&gt;
 * fill &lt;writes&gt; &lt;bytes&gt; &lt;names&gt; &lt;writers&gt;
 * applied | round-trip | memory
 * </pre>
 *
 * <p>A writer writes again once its last write is acknowledged, in the thread that tells it so. So a writer needs no thread of its own, and
 * all libraries are measured in the way that costs them the least.
 */
final class NodeWork {

    private static final Duration AGAIN = Duration.ofMillis(10);

    private final ReplicatedMap map;
    private final Path directory;

    private NodeWork(ReplicatedMap map, Path directory) {
        this.map = map;
        this.directory = directory;
    }

    /** Tells whether the node leads from now on, and does what it is told to, until its input ends. */
    static void serve(ReplicatedMap map, NodeArguments node) throws IOException, InterruptedException {
        Watch.begin(map::leads, node.interval());
        NodeWork work = new NodeWork(map, node.directory());
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                Watch.tell("answer " + work.answer(line.split(" ")));
            }
        }
        // Whoever started it has ended.
        System.exit(0);
    }

    private String answer(String[] words) throws IOException, InterruptedException {
        return switch (words[0]) {
            case "write" -> write(number(words[1]), number(words[2]), number(words[3]), number(words[4]));
            case "read" -> read(number(words[1]), number(words[2]));
            case "fill" -> fill(Long.parseLong(words[1]), number(words[2]), number(words[3]), number(words[4]));
            case "applied" -> Long.toString(map.appliedIndex());
            case "round-trip" -> Long.toString(map.roundTrip().toNanos());
            case "memory" -> memory();
            default -> throw new IllegalArgumentException("unknown: " + words[0]);
        };
    }

    private static int number(String word) {
        return Integer.parseInt(word);
    }

    private static byte[] value(int bytes) {
        byte[] value = new byte[bytes];
        ThreadLocalRandom.current().nextBytes(value);
        return value;
    }

    // ------------------------------------------------------------------------------------------------ for a time

    /** Writes for a time; how many writes failed, for how many nanoseconds, and the latencies' summary. */
    private String write(int writers, int bytes, int warmUpMillis, int millis) throws InterruptedException {
        long begin = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(warmUpMillis);
        long end = begin + TimeUnit.MILLISECONDS.toNanos(millis);
        CountDownLatch ended = new CountDownLatch(writers);
        List<Writer> all = new ArrayList<>();
        for (int i = 0; i < writers; i++) {
            all.add(new Writer("value-" + i, value(bytes), begin, end, ended));
        }
        all.forEach(Writer::next);
        ended.await();
        Latencies latencies = new Latencies();
        all.forEach(writer -> latencies.addAll(writer.latencies));
        int failed = all.stream().mapToInt(writer -> writer.failed).sum();
        return failed + " " + (end - begin) + " " + latencies.summary();
    }

    /** One that writes again and again. */
    private final class Writer {

        private final String name;
        private final byte[] value;
        private final long begin;
        private final long end;
        private final CountDownLatch ended;
        private final Latencies latencies = new Latencies();
        private int failed;

        Writer(String name, byte[] value, long begin, long end, CountDownLatch ended) {
            this.name = name;
            this.value = value;
            this.begin = begin;
            this.end = end;
            this.ended = ended;
        }

        void next() {
            long asked = System.nanoTime();
            if (asked - end >= 0) {
                ended.countDown();
                return;
            }
            map.write(name, value, failure -> {
                long now = System.nanoTime();
                if (failure != null) {
                    failed++;
                    again();
                    return;
                }
                if (now - begin >= 0 && now - end < 0) {
                    latencies.add(now - asked);
                }
                next();
            });
        }

        /** A write may fail in the thread that asked for it: not within it, and not at once. */
        private void again() {
            later(this::next);
        }
    }

    private static void later(Runnable work) {
        Thread thread = new Thread(
                () -> {
                    LockSupport.parkNanos(AGAIN.toNanos());
                    work.run();
                },
                "again");
        thread.setDaemon(true);
        thread.start();
    }

    // ------------------------------------------------------------------------------------------------ one by one

    /** Reads one value after the other, with a pause before each; the latencies' summary. */
    private String read(int times, int pauseMillis) throws InterruptedException {
        Latencies latencies = new Latencies();
        for (int i = 0; i < times; i++) {
            Thread.sleep(pauseMillis);
            CountDownLatch ended = new CountDownLatch(1);
            long asked = System.nanoTime();
            AtomicLong answered = new AtomicLong();
            map.read("value-0", failure -> {
                if (failure == null) {
                    answered.set(System.nanoTime());
                }
                ended.countDown();
            });
            ended.await();
            if (answered.get() != 0) {
                latencies.add(answered.get() - asked);
            }
        }
        return latencies.summary();
    }

    // ------------------------------------------------------------------------------------------------ so many

    /** Writes so many values; for how many nanoseconds, and how many writes failed and were repeated. */
    private String fill(long writes, int bytes, int names, int writers) throws InterruptedException {
        long begun = System.nanoTime();
        CountDownLatch ended = new CountDownLatch(writers);
        AtomicLong next = new AtomicLong();
        AtomicInteger failed = new AtomicInteger();
        for (int i = 0; i < writers; i++) {
            new Filler(next, writes, value(bytes), names, failed, ended).next();
        }
        ended.await();
        return (System.nanoTime() - begun) + " " + failed.get();
    }

    /** One of those that share a number of writes. */
    private final class Filler {

        private final AtomicLong numbers;
        private final long writes;
        private final byte[] value;
        private final int names;
        private final AtomicInteger failed;
        private final CountDownLatch ended;

        Filler(AtomicLong numbers, long writes, byte[] value, int names, AtomicInteger failed, CountDownLatch ended) {
            this.numbers = numbers;
            this.writes = writes;
            this.value = value;
            this.names = names;
            this.failed = failed;
            this.ended = ended;
        }

        void next() {
            long number = numbers.getAndIncrement();
            if (number < writes) {
                write("value-" + number % names);
            } else {
                ended.countDown();
            }
        }

        private void write(String name) {
            map.write(name, value, failure -> {
                if (failure == null) {
                    next();
                } else {
                    failed.incrementAndGet();
                    later(() -> write(name));
                }
            });
        }
    }

    /** The bytes of live objects, and of the files. */
    private String memory() throws IOException {
        System.gc();
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() + " " + bytesIn(directory);
    }

    private static long bytesIn(Path directory) throws IOException {
        long bytes = 0;
        List<Path> files;
        try (Stream<Path> all = Files.walk(directory)) {
            files = all.toList();
        }
        for (Path file : files) {
            bytes += size(file);
        }
        return bytes;
    }

    private static long size(Path file) throws IOException {
        try {
            return Files.isRegularFile(file) ? Files.size(file) : 0;
        } catch (NoSuchFileException gone) {
            // A node drops files while it runs.
            return 0;
        }
    }

    /** What a failure is called. */
    static @Nullable String word(@Nullable Throwable failure) {
        return failure == null ? null : String.valueOf(failure);
    }
}
