package io.election.benchmarks.comparison;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/** Three nodes of one kind, with empty directories. Closing kills them and removes their data. */
final class Trio implements AutoCloseable {

    private static final int NODES = 3;
    private static final Duration LIMIT = Duration.ofMinutes(4);
    private static final Duration LIMIT_OF_WORK = Duration.ofHours(1);

    private final Path directory;
    private final Kind kind;
    private final Duration interval;
    private final List<String> settings;
    private final List<Integer> ports;
    private final List<Node> nodes = new ArrayList<>();
    private final Thread atExit = new Thread(this::killAll, "kill-nodes");

    /**
     * Starts three nodes.
     *
     * @param kind their kind
     * @param interval how often each is asked whether it leads
     * @param settings what is said to the nodes of this trio alone
     */
    Trio(Kind kind, Duration interval, String... settings) throws IOException {
        this.directory = Files.createTempDirectory("comparison-");
        this.kind = kind;
        this.interval = interval;
        this.settings =
                Stream.concat(kind.settings().stream(), Stream.of(settings)).toList();
        Runtime.getRuntime().addShutdownHook(atExit);
        this.ports = freePorts(NODES);
        for (int i = 0; i < NODES; i++) {
            add(i, ports).start();
        }
    }

    private Node add(int number, List<Integer> all) {
        NodeArguments arguments =
                new NodeArguments(number, all, directory.resolve("node-" + (number + 1)), interval, settings);
        String name = kind.title() + "-" + (number + 1);
        List<String> command = new ArrayList<>();
        kind.command().forEach(word -> command.add(word.replace("%node", name)));
        command.addAll(arguments.toArguments());
        Node node = new Node(name, command, directory.resolve(name + ".log"), this);
        nodes.add(node);
        return node;
    }

    /** A further node, which knows the others, and which they do not know. It is not started yet. */
    Node joining() throws IOException {
        List<Integer> all = new ArrayList<>(ports);
        all.addAll(freePorts(1));
        return add(nodes.size(), all);
    }

    /** Free ports of loopback, below the range that systems use for outgoing connections. */
    private static List<Integer> freePorts(int count) throws IOException {
        List<Integer> free = new ArrayList<>();
        int first = ThreadLocalRandom.current().nextInt(20_000, 30_000);
        for (int port = first; free.size() < count; port++) {
            try (ServerSocket socket = new ServerSocket()) {
                socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                free.add(port);
            } catch (BindException taken) {
                // The next one.
            }
        }
        return free;
    }

    List<Node> nodes() {
        return nodes;
    }

    List<Node> others(Node node) {
        return nodes.stream().filter(other -> other != node).toList();
    }

    /** Waits until all three take part, exactly one leads, and that has been so for a while. */
    Node settledLeader(Duration settle) throws InterruptedException {
        await("one leader", this::hasOneLeader);
        Thread.sleep(settle.toMillis() + ThreadLocalRandom.current().nextLong(250));
        await("one leader", this::hasOneLeader);
        return leader();
    }

    private boolean hasOneLeader() {
        requireAlive();
        return nodes.stream().allMatch(Node::isReady)
                && nodes.stream().filter(Node::leads).count() == 1;
    }

    private void requireAlive() {
        nodes.forEach(Trio::requireAlive);
    }

    private static void requireAlive(Node node) {
        if (!node.isAlive()) {
            throw new IllegalStateException(node.name() + " ended by itself." + node.lastLogLines());
        }
    }

    private synchronized Node leader() {
        return nodes.stream().filter(Node::leads).findFirst().orElseThrow();
    }

    /** Waits until all three take part. */
    void awaitReady() throws InterruptedException {
        await("all nodes", () -> {
            requireAlive();
            return nodes.stream().allMatch(Node::isReady);
        });
    }

    /** Waits until a node that was started takes part. */
    void awaitReady(Node node) throws InterruptedException {
        await(node.name(), () -> {
            requireAlive(node);
            return node.isReady();
        });
    }

    /** Waits until another node leads, and tells since when. */
    long awaitSuccessor(Node old, long afterNanos) throws InterruptedException {
        await(
                "a successor of " + old.name(),
                () -> others(old).stream()
                        .anyMatch(node -> node.ledAfter(afterNanos).isPresent()));
        synchronized (this) {
            return others(old).stream()
                    .flatMapToLong(node -> node.ledAfter(afterNanos).stream())
                    .min()
                    .orElseThrow();
        }
    }

    /** Waits until a leader is none any more, and tells when it last was. */
    long awaitLoss(Node old) throws InterruptedException {
        await("the loss of " + old.name(), () -> old.lost().isPresent() || old.isSilent());
        synchronized (this) {
            return old.lost()
                    .orElseThrow(() -> new IllegalStateException(old.name() + " ended without saying that it was no"
                            + " longer the leader." + old.lastLogLines()));
        }
    }

    /** Has a node do something, and waits for its answer. */
    String ask(Node node, String line) throws IOException, InterruptedException {
        node.ask(line);
        String[] answer = new String[1];
        await("the answer of " + node.name() + " to '" + line + "'", LIMIT_OF_WORK, () -> {
            requireAlive(node);
            answer[0] = node.answer();
            return answer[0] != null;
        });
        return answer[0];
    }

    private void await(String what, BooleanSupplier condition) throws InterruptedException {
        await(what, LIMIT, condition);
    }

    private synchronized void await(String what, Duration limit, BooleanSupplier condition)
            throws InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!condition.getAsBoolean()) {
            long leftMillis = (deadline - System.nanoTime()) / 1_000_000;
            if (leftMillis <= 0) {
                StringBuilder logs = new StringBuilder();
                nodes.forEach(node -> logs.append("\n")
                        .append(node.name())
                        .append(": ready ")
                        .append(node.isReady())
                        .append(", leads ")
                        .append(node.leads())
                        .append(node.lastLogLines()));
                throw new IllegalStateException("Waited " + limit.toSeconds() + " s in vain for " + what + "." + logs);
            }
            wait(Math.min(leftMillis, 100));
        }
    }

    private void killAll() {
        nodes.stream().filter(Node::isAlive).forEach(node -> node.process().destroyForcibly());
    }

    @Override
    public void close() {
        for (Node node : nodes) {
            node.kill();
        }
        Runtime.getRuntime().removeShutdownHook(atExit);
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("The data of the nodes cannot be removed.", e);
        }
    }
}
