package io.election.benchmarks.path;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Measures what idle members pay for their heartbeats: one leader and two followers, each a process of its own, on each candidate
 * in turn. Prints processor time, allocation, threads and resident memory of the leader and of a follower, beside a process
 * that only waits.
 *
 * <p>The candidates exchange bytes and sign them; {@code members} is what the members use, whose messages have to be written and
 * read besides.
 *
 * <p>Arguments: {@code rounds warmUpSeconds measuredSeconds heartbeatsPerSecond candidate...}.
 */
public final class PathCost {

    private static final List<String> ALL =
            List.of("none", "jdk", "httpcore", "netty", "blocking", "selector", "members");

    private static final String PORT = "port ";
    private static final String FIGURES = "figures ";

    private PathCost() {}

    /**
     * Runs the measurement, or one of its processes.
     *
     * @param args see the class
     */
    public static void main(String[] args) throws Exception {
        if (args.length > 0 && args[0].equals("member")) {
            member(args);
            return;
        }
        int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 3;
        int warmUp = args.length > 1 ? Integer.parseInt(args[1]) : 20;
        int measured = args.length > 2 ? Integer.parseInt(args[2]) : 20;
        int rate = args.length > 3 ? Integer.parseInt(args[3]) : 10;
        List<String> candidates = args.length > 4 ? Arrays.asList(args).subList(4, args.length) : ALL;
        PrintStream out = System.out;
        out.printf(
                "%d heartbeats a second to each of 2 followers, %d s of warming up, %d s measured%n",
                rate, warmUp, measured);
        out.println("candidate  role      processor   exchange  allocated  threads  resident   round trip");
        Map<String, List<Double>> leaders = new LinkedHashMap<>();
        Map<String, List<Double>> followers = new LinkedHashMap<>();
        for (int round = 0; round < rounds; round++) {
            for (String candidate : candidates) {
                List<Process> processes = new ArrayList<>();
                try {
                    List<BufferedReader> lines = new ArrayList<>();
                    StringBuilder ports = new StringBuilder();
                    for (int follower = 0; follower < 2; follower++) {
                        Process process = start(candidate, rate, warmUp, measured, "0");
                        processes.add(process);
                        BufferedReader reader = process.inputReader(StandardCharsets.US_ASCII);
                        lines.add(reader);
                        ports.append(follower == 0 ? "" : ",").append(said(reader, PORT));
                    }
                    Process leader = start(candidate, rate, warmUp, measured, ports.toString());
                    processes.add(leader);
                    BufferedReader reader = new BufferedReader(
                            new InputStreamReader(leader.getInputStream(), StandardCharsets.US_ASCII));
                    report(out, candidate, "leader", figures(reader), leaders);
                    report(out, candidate, "follower", figures(lines.get(0)), followers);
                    report(out, candidate, "follower", figures(lines.get(1)), followers);
                } finally {
                    processes.forEach(Process::destroyForcibly);
                }
            }
        }
        out.println("median of processor time, ms a second: candidate, leader, follower");
        leaders.forEach((candidate, figures) -> out.printf(
                "%-9s %6.2f %6.2f%n",
                candidate, median(figures), median(followers.getOrDefault(candidate, List.of()))));
    }

    /** What a process says behind such a word; a library may log other lines. */
    private static String said(BufferedReader reader, String word) throws IOException {
        String line = reader.readLine();
        while (line != null && !line.startsWith(word)) {
            line = reader.readLine();
        }
        if (line == null) {
            throw new IOException("a process has ended without its " + word);
        }
        return line.substring(word.length());
    }

    private static String figures(BufferedReader reader) throws IOException {
        return said(reader, FIGURES);
    }

    private static double median(List<Double> figures) {
        List<Double> sorted = new ArrayList<>(figures);
        Collections.sort(sorted);
        return sorted.isEmpty() ? Double.NaN : sorted.get(sorted.size() / 2);
    }

    private static Process start(String candidate, int rate, int warmUp, int measured, String ports) throws Exception {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        PathCost.class.getName(),
                        "member",
                        candidate,
                        Integer.toString(rate),
                        Integer.toString(warmUp),
                        Integer.toString(measured),
                        ports)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static void report(
            PrintStream out, String candidate, String role, String line, Map<String, List<Double>> figures) {
        String[] words = line.split(" ");
        double millisASecond = Double.parseDouble(words[0]);
        figures.computeIfAbsent(candidate, key -> new ArrayList<>()).add(millisASecond);
        out.printf(
                "%-9s  %-8s  %6.2f ms/s  %5s us  %6s B  %7s  %4s MiB  %6s us%n",
                candidate, role, millisASecond, words[1], words[2], words[3], words[4], words[5]);
    }

    private static Candidate candidate(String name) throws Exception {
        return switch (name) {
            case "none", "jdk" -> new JdkCandidate();
            case "httpcore" -> new HttpCoreCandidate();
            case "netty" -> new NettyCandidate();
            case "blocking" -> new BlockingCandidate();
            case "selector" -> new SelectorCandidate();
            case "members" -> new MembersCandidate();
            default -> throw new IllegalArgumentException("no candidate '" + name + "'; there are " + ALL);
        };
    }

    private static void member(String[] args) throws Exception {
        Candidate candidate = candidate(args[1]);
        long everyNanos = 1_000_000_000L / Integer.parseInt(args[2]);
        AtomicLong exchanges = new AtomicLong();
        AtomicLong roundTrips = new AtomicLong();
        byte[] answer = new byte[96];
        int port = args[1].equals("none")
                ? 0
                : candidate.listen((body, reply) -> {
                    exchanges.incrementAndGet();
                    reply.accept(answer);
                });
        System.out.println(PORT + port);
        if (!args[5].equals("0") && !args[1].equals("none")) {
            List<Candidate.Peer> peers = new ArrayList<>();
            for (String peer : args[5].split(",")) {
                peers.add(candidate.peer(Integer.parseInt(peer)));
            }
            byte[] body = new byte[160];
            candidate.every(
                    () -> {
                        for (Candidate.Peer peer : peers) {
                            long sent = System.nanoTime();
                            peer.send(body, answered -> {
                                exchanges.incrementAndGet();
                                roundTrips.addAndGet(System.nanoTime() - sent);
                            });
                        }
                    },
                    everyNanos);
        }
        measure(Integer.parseInt(args[3]), Integer.parseInt(args[4]), exchanges, roundTrips);
        Thread.currentThread().join();
    }

    private static void measure(int warmUp, int measured, AtomicLong exchanges, AtomicLong roundTrips)
            throws Exception {
        OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Thread.sleep(warmUp * 1000L);
        long exchanged = exchanges.get();
        long waited = roundTrips.get();
        Map<Long, Long> byThread = new HashMap<>();
        allocated(threads, byThread);
        long allocated = 0;
        long busy = system.getProcessCpuTime();
        for (int second = 0; second < measured; second++) {
            Thread.sleep(1000);
            allocated += allocated(threads, byThread);
        }
        busy = system.getProcessCpuTime() - busy;
        exchanged = Math.max(1, exchanges.get() - exchanged);
        System.out.printf(
                FIGURES + "%.3f %d %d %d %d %d%n",
                busy / 1e6 / measured,
                busy / 1000 / exchanged,
                allocated / exchanged,
                threads.getThreadCount(),
                resident(),
                (roundTrips.get() - waited) / 1000 / exchanged);
    }

    /** What the other threads have allocated since the last time; what one allocates in its last second is missing. */
    private static long allocated(ThreadMXBean threads, Map<Long, Long> before) {
        long sum = 0;
        long[] ids = threads.getAllThreadIds();
        long[] bytes = threads.getThreadAllocatedBytes(ids);
        for (int i = 0; i < ids.length; i++) {
            Long earlier = before.put(ids[i], bytes[i]);
            if (ids[i] != Thread.currentThread().getId() && bytes[i] > 0) {
                sum += bytes[i] - (earlier == null ? 0 : earlier);
            }
        }
        return sum;
    }

    private static long resident() throws Exception {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) / 1024;
            }
        }
        return -1;
    }
}
