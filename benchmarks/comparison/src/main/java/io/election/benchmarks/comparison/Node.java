package io.election.benchmarks.comparison;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** One node: a process that can be started, stopped and killed, and what it tells; see {@link Watch}. */
final class Node {

    private final String name;
    private final List<String> command;
    private final Path log;
    private final Object monitor;
    private final List<Long> led = new ArrayList<>();
    private final List<Long> lost = new ArrayList<>();
    private final Deque<String> answers = new ArrayDeque<>();
    private @Nullable Process process;
    private boolean ready;
    private boolean silent;

    /**
     * Describes a node; nothing runs yet.
     *
     * @param name what errors call it
     * @param command what starts it
     * @param log where its standard error goes
     * @param monitor guards what nodes have told, and is notified of news
     */
    Node(String name, List<String> command, Path log, Object monitor) {
        this.name = name;
        this.command = List.copyOf(command);
        this.log = log;
        this.monitor = monitor;
    }

    String name() {
        return name;
    }

    void start() throws IOException {
        Process started = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
        synchronized (monitor) {
            process = started;
            ready = false;
            silent = false;
            led.clear();
            lost.clear();
            answers.clear();
        }
        Thread reader = new Thread(() -> read(started), "read-" + name);
        reader.setDaemon(true);
        reader.start();
    }

    private void read(Process from) {
        try (BufferedReader lines = from.inputReader(StandardCharsets.US_ASCII)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                synchronized (monitor) {
                    if (from == process) {
                        take(line);
                        monitor.notifyAll();
                    }
                }
            }
        } catch (IOException ended) {
            // So has the process.
        }
        synchronized (monitor) {
            if (from == process) {
                silent = true;
                monitor.notifyAll();
            }
        }
    }

    /** Takes what a node tells; whoever calls holds the monitor. Other lines mean nothing. */
    void take(String line) {
        String[] words = line.split(" ");
        switch (words[0]) {
            case "ready" -> ready = true;
            case "leads" -> led.add(Long.parseLong(words[1]));
            case "lost" -> lost.add(Long.parseLong(words[1]));
            case "answer" -> answers.add(line.substring("answer".length()).trim());
            default -> {}
        }
    }

    /** Tells the node what to do, a line that {@link NodeWork} reads; whoever calls waits for the {@link #answer}. */
    void ask(String line) throws IOException {
        Writer in = process().outputWriter(StandardCharsets.US_ASCII);
        in.write(line + "\n");
        in.flush();
    }

    /** The answer to the oldest question that was not taken yet; whoever calls holds the monitor. */
    @Nullable String answer() {
        return answers.poll();
    }

    boolean isReady() {
        return ready;
    }

    /** Whether all has been read that the node will ever tell. */
    boolean isSilent() {
        return silent;
    }

    boolean leads() {
        return led.size() > lost.size();
    }

    /** When it first led after that instant, if it did. */
    OptionalLong ledAfter(long nanos) {
        return led.stream()
                .filter(at -> at - nanos > 0)
                .mapToLong(Long::longValue)
                .findFirst();
    }

    /** When it last led, once it leads no more. */
    OptionalLong lost() {
        return leads() || lost.isEmpty() ? OptionalLong.empty() : OptionalLong.of(lost.get(lost.size() - 1));
    }

    Process process() {
        Process present = process;
        if (present == null) {
            throw new IllegalStateException("Node " + name + " was never started.");
        }
        return present;
    }

    boolean isAlive() {
        Process present = process;
        return present != null && present.isAlive();
    }

    /** SIGTERM. What the node tells is still read, which is not so after {@link Process#destroy()}. */
    void askToStop() {
        process().toHandle().destroy();
    }

    /** SIGKILL, and the end of the process. */
    void kill() {
        process().destroyForcibly().onExit().join();
    }

    /** The end of its log. */
    String lastLogLines() {
        try {
            List<String> lines = new String(Files.readAllBytes(log), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
            return "\n  " + String.join("\n  ", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
        } catch (IOException e) {
            return " Its log cannot be read.";
        }
    }
}
