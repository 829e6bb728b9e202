package io.election.sample.cluster;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Members a, b, c of the sample on this machine, and those that join them. They list each other, or find each other by a name. Whatever happens to this process short of SIGKILL, its members end with it.
 */
final class SampleCluster {

    static final String SAMPLE = "io.election.sample.SampleApplication";

    private static final List<String> IDS = List.of("a", "b", "c");
    private static final Duration START_LIMIT = Duration.ofMinutes(3);
    private static final Duration AGREE_LIMIT = Duration.ofMinutes(1);
    private static final long POLL_MILLIS = 20;

    private final Path directory;
    private final boolean temporary;
    private final @Nullable LedgerDatabase ledger;
    private final List<MemberProcess> members;
    private final List<MemberProcess> gone = new CopyOnWriteArrayList<>();
    private final Described described;
    private final List<MemberProcess> companions = new CopyOnWriteArrayList<>();
    private final Thread atExit = new Thread(this::end, "stop-members");
    private volatile boolean stopping;

    private SampleCluster(Layout layout, @Nullable LedgerDatabase ledger, Described described) {
        this.directory = layout.directory();
        this.temporary = layout.temporary();
        this.ledger = ledger;
        this.described = described;
        this.members = new CopyOnWriteArrayList<>(described.founders());
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /**
     * How a cluster's members are run.
     *
     * @param mainClass what each of them runs
     * @param profile where the sample's ledger is, see {@link LedgerDatabase}
     * @param directory where data, logs and records are put
     * @param temporary whether {@code directory} is removed when all has gone well
     * @param ports one for each member
     * @param recorded whether the members record their leadership, and hold a transaction when told to
     * @param peerPorts one more port for each member, for its peers alone; none where they share the application's
     * @param names where members find each other, with nothing on a disk; {@code null} if each lists the others
     * @param arguments added to each member's command line
     */
    record Layout(
            String mainClass,
            @Nullable String profile,
            Path directory,
            boolean temporary,
            List<Integer> ports,
            boolean recorded,
            List<Integer> peerPorts,
            @Nullable NameServer names,
            List<String> arguments) {

        /** Members that share the application's port with their peers, with no more arguments. */
        Layout(
                String mainClass,
                @Nullable String profile,
                Path directory,
                boolean temporary,
                List<Integer> ports,
                boolean recorded) {
            this(mainClass, profile, directory, temporary, ports, recorded, List.of(), null, List.of());
        }

        /** Whether the arguments let members talk by mutual TLS, which takes {@code peerPorts}. */
        boolean mutualTls() {
            return arguments.stream().anyMatch(argument -> argument.startsWith("--election.peer.ssl.bundle="));
        }
    }

    /**
     * Lays a cluster out, of which nothing runs yet, lets it be played with, and stops what then runs. After a failure the
     * members are killed, and their logs and records stay.
     *
     * @param layout how its members are run
     * @param play what is done with it
     * @throws ClusterException if the play failed, with the end of the logs
     */
    static void with(Layout layout, Consumer<SampleCluster> play) {
        SampleCluster cluster = of(layout);
        try {
            play.accept(cluster);
        } catch (ClusterException e) {
            if (cluster.stopping) {
                // Ctrl-C: what failed did so because the members are being stopped.
                return;
            }
            cluster.stopping = true;
            String logs = cluster.tellingLogs();
            cluster.processes().forEach(MemberProcess::kill);
            cluster.closeLedger();
            cluster.removeHook();
            throw new ClusterException(e.getMessage() + logs, e);
        }
        cluster.end();
        cluster.removeHook();
    }

    /** Of the members that failed, or else of all. */
    private String tellingLogs() {
        List<MemberProcess> started =
                processes().filter(MemberProcess::wasStarted).toList();
        List<MemberProcess> failed =
                started.stream().filter(m -> !m.isAlive() && !m.wasSignalled()).toList();
        return (failed.isEmpty() ? started : failed)
                .stream().map(MemberProcess::lastLogLines).collect(Collectors.joining());
    }

    private static SampleCluster of(Layout layout) {
        boolean isSample = layout.mainClass().equals(SAMPLE);
        LedgerDatabase ledger = isSample ? LedgerDatabase.open(layout.profile(), layout.directory()) : null;
        Map<String, String> environment = new HashMap<>(ledger == null ? Map.of() : ledger.environment());
        environment.put("ELECTION_PEER_SECRET", newSecret());
        return new SampleCluster(layout, ledger, new Described(IDS, layout, environment));
    }

    /**
     * The command that runs a main class of the sample or of these tools, by the Java that runs this. Without cluster.sh, which
     * says where the jars are: of the class path that this runs from.
     */
    static List<String> java(String mainClass) {
        String jar = System.getProperty("cluster.jar", "");
        if (jar.isEmpty()) {
            return List.of(java(), "-Xmx256m", "-cp", System.getProperty("java.class.path"), mainClass);
        }
        return fromJar(jar, System.getProperty("cluster.tools", ""), mainClass);
    }

    /**
     * The command that runs a main class from a jar as Spring Boot packages it, by the Java that runs this.
     *
     * @param jar the jar
     * @param more jars and directories of classes beside it, separated by commas
     * @param mainClass in any of them
     */
    static List<String> fromJar(String jar, String more, String mainClass) {
        return List.of(
                java(),
                "-Xmx256m",
                "-Dloader.path=" + more,
                "-Dloader.main=" + mainClass,
                "-cp",
                jar,
                "org.springframework.boot.loader.launch.PropertiesLauncher");
    }

    private static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /** A new directory for one run, below {@code target/cluster}. */
    static Path newDirectory(String name) {
        String now = LocalDateTime.now().format(DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss-SSS"));
        return directory(name + "-" + now);
    }

    /** A directory below {@code target/cluster}, created if it does not exist. */
    static Path directory(String name) {
        Path directory = Path.of(System.getProperty("cluster.directory", "target/cluster"), name);
        try {
            return Files.createDirectories(directory).toAbsolutePath();
        } catch (IOException e) {
            throw new ClusterException("The directory " + directory + " cannot be made: " + e.getMessage(), e);
        }
    }

    /**
     * Free ports. They lie below the range that systems use for outgoing connections. Otherwise a member that keeps trying to reach one
     * that is down could take its port.
     */
    static List<Integer> freePorts() {
        return freePorts(IDS.size());
    }

    /** The same, as many as are asked for. */
    static List<Integer> freePorts(int count) {
        int first = ThreadLocalRandom.current().nextInt(20_000, 29_000);
        List<Integer> free = IntStream.range(first, first + 1_000)
                .filter(SampleCluster::isFree)
                .limit(count)
                .boxed()
                .toList();
        if (free.size() < count) {
            throw new ClusterException("No free ports were found between " + first + " and " + (first + 1_000) + ".");
        }
        return free;
    }

    /**
     * Refuses ports that cannot be used.
     *
     * @throws ClusterException if there is not one for each member, or one is in use
     */
    static void requireFree(List<Integer> ports) {
        if (ports.size() != IDS.size() || ports.stream().distinct().count() != IDS.size()) {
            throw new ClusterException("Three different ports are needed, such as --ports 9081,9082,9083.");
        }
        List<Integer> taken = ports.stream().filter(port -> !isFree(port)).toList();
        if (!taken.isEmpty()) {
            throw new ClusterException("In use by another program: port "
                    + taken.stream().map(String::valueOf).collect(Collectors.joining(" and port "))
                    + ". Stop that program, or choose other ports: --ports 9081,9082,9083");
        }
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static String newSecret() {
        byte[] secret = new byte[24];
        new SecureRandom().nextBytes(secret);
        return HexFormat.of().formatHex(secret);
    }

    Path directory() {
        return directory;
    }

    /** Where the members' ledger is; there is one if they run the sample. */
    LedgerDatabase ledger() {
        return Objects.requireNonNull(ledger, "These members keep no ledger.");
    }

    List<MemberProcess> members() {
        return members;
    }

    List<MemberProcess> others(MemberProcess member) {
        return members.stream().filter(other -> other != member).toList();
    }

    /**
     * Starts one more member, and waits until it answers. The members before it do not list it.
     *
     * @param id its id, which nobody has had
     */
    MemberProcess join(String id) {
        MemberProcess joiner = newcomer(id);
        start(joiner);
        return joiner;
    }

    /** The same member, which is not started. */
    MemberProcess newcomer(String id) {
        MemberProcess joiner = described.joiner(id);
        members.add(joiner);
        return joiner;
    }

    /** A member has ended and does not come back. What it recorded is kept. */
    void left(MemberProcess member) {
        described.left(member.id());
        members.remove(member);
        gone.add(member);
    }

    /** Asks a member that does not come back to stop, and waits until it has. Nobody finds it from now on. What it recorded is kept. */
    void dismiss(MemberProcess member) {
        described.left(member.id());
        member.askToStop();
        member.awaitEnd();
        left(member);
    }

    /** Lets a process that is no member end with the members. */
    void accompany(MemberProcess companion) {
        companions.add(companion);
    }

    private Stream<MemberProcess> processes() {
        return Stream.concat(members.stream(), companions.stream());
    }

    /** Whether the members are being stopped because this process ends. */
    boolean isStopping() {
        return stopping;
    }

    /** Starts all members and waits until each answers. */
    void start() {
        start(members);
    }

    /** Starts some members at once, and waits until each of them answers. */
    void start(List<MemberProcess> some) {
        some.forEach(MemberProcess::start);
        some.forEach(this::awaitAnswer);
    }

    /** Starts one member, again or for the first time, and waits until it answers. */
    void start(MemberProcess member) {
        member.start();
        awaitAnswer(member);
    }

    private void awaitAnswer(MemberProcess member) {
        await("an answer of member " + member.id(), START_LIMIT, () -> {
            if (!member.isAlive() && !stopping) {
                throw new ClusterException("Member " + member.id() + " ended during its start.");
            }
            return member.status().join().isPresent();
        });
    }

    /** What those members that answer say of themselves, in the members' order; all are asked at once. */
    List<MemberStatus> statuses() {
        List<CompletableFuture<Optional<MemberStatus>>> answers = members.stream()
                .filter(MemberProcess::isAlive)
                .map(MemberProcess::status)
                .toList();
        return answers.stream().flatMap(answer -> answer.join().stream()).toList();
    }

    /**
     * Waits until one member leads, and all that run follow it in the same term and reach it.
     *
     * @return the leader
     */
    MemberProcess awaitAgreement() {
        List<MemberProcess> agreed = new ArrayList<>();
        await("one leader whom all members follow", AGREE_LIMIT, () -> {
            if (agrees()) {
                leader().ifPresent(agreed::add);
            }
            return !agreed.isEmpty();
        });
        return agreed.get(0);
    }

    private boolean agrees() {
        List<MemberStatus> statuses = statuses();
        long running = members.stream().filter(MemberProcess::isAlive).count();
        List<MemberStatus> leaders =
                statuses.stream().filter(MemberStatus::leader).toList();
        if (statuses.size() != running || leaders.size() != 1) {
            return false;
        }
        MemberStatus leader = leaders.get(0);
        long votersRunning = leader.members().stream()
                .filter(MemberStatus.Member::isVoter)
                .filter(voter -> members.stream().anyMatch(m -> m.id().equals(voter.id()) && m.isAlive()))
                .count();
        Integer reachable = leader.quorum().reachable();
        return reachable != null
                && reachable == votersRunning
                && statuses.stream()
                        .allMatch(s ->
                                s.term() == leader.term() && leader.nodeId().equals(s.leaderId()));
    }

    /** The member that says that it leads, if one does. */
    Optional<MemberProcess> leader() {
        List<String> leading = statuses().stream()
                .filter(MemberStatus::leader)
                .map(MemberStatus::nodeId)
                .toList();
        return members.stream().filter(m -> leading.contains(m.id())).findFirst();
    }

    /** The members, and those that have left. */
    Stream<MemberProcess> everybody() {
        return Stream.concat(members.stream(), gone.stream());
    }

    /** What all members have recorded in all their lives. */
    List<Recording> recordings() {
        return everybody().flatMap(m -> m.recordings().stream()).toList();
    }

    /**
     * Waits for a condition.
     *
     * @param what the end of the sentence "waited in vain for"
     * @param limit how long at most
     * @param condition asked again and again
     * @throws ClusterException if the limit is reached
     */
    static void await(String what, Duration limit, BooleanSupplier condition) {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new ClusterException("Waited " + limit.toSeconds() + " s in vain for " + what + ".");
            }
            pause(Duration.ofMillis(POLL_MILLIS));
        }
    }

    static void pause(Duration time) {
        try {
            Thread.sleep(time.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ClusterException("Interrupted.", e);
        }
    }

    /** Once, whoever comes first: the one who plays, or this process's end. */
    private synchronized void end() {
        stopAll();
        closeLedger();
        if (temporary && Files.exists(directory)) {
            remove(directory);
        }
    }

    private void closeLedger() {
        if (ledger != null) {
            ledger.close();
        }
    }

    /** Asks all members to stop, and kills those that do not. */
    private void stopAll() {
        stopping = true;
        List<MemberProcess> running = processes().filter(MemberProcess::isAlive).toList();
        // One that was paused would never read its signal.
        running.forEach(MemberProcess::resume);
        running.forEach(MemberProcess::askToStop);
        long deadline = System.nanoTime() + Duration.ofSeconds(15).toNanos();
        for (MemberProcess member : running) {
            while (member.isAlive() && System.nanoTime() - deadline < 0) {
                pause(Duration.ofMillis(POLL_MILLIS));
            }
            member.kill();
        }
    }

    /** Asks all members to stop, and waits until they have. */
    void stop() {
        members.forEach(MemberProcess::askToStop);
        members.forEach(MemberProcess::awaitEnd);
    }

    private void removeHook() {
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException shuttingDownAlready) {
            // The hook runs; all it would do has been done.
        }
    }

    private static void remove(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            System.err.println("The directory " + directory + " was not removed: " + e.getMessage());
        }
    }
}
