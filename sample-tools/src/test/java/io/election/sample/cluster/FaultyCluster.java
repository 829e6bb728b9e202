package io.election.sample.cluster;

import io.election.sample.cluster.FaultyNetwork.PathFault;
import io.election.sample.cluster.FaultyNetwork.Way;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.springframework.util.FileSystemUtils;

/**
 * Members of the sample, each a process in a place of its own, and all that can be done to them. Who leads is read from
 * what they record; nobody asks them over the network that is being broken.
 */
final class FaultyCluster implements AutoCloseable {

    /** How long a leadership may take to come back once nothing is broken any longer: generous, for busy machines. */
    static final Duration BACK_LIMIT = Duration.ofSeconds(60);

    /** How long a process may take to start: with hardly a processor left, minutes. */
    private static final Duration START_LIMIT = Duration.ofMinutes(3);

    private static final String SECRET = "a-secret-for-tests-only-0123456789";

    private final Path directory = SampleCluster.newDirectory("faults");
    private final FaultyNetwork network;
    private final Map<String, MemberProcess> members = new TreeMap<>();
    private final Map<String, RecordTail> tails = new HashMap<>();
    private final Map<Way, PathFault> broken = new HashMap<>();
    private final Set<String> slow = new HashSet<>();
    private final Set<String> paused = new HashSet<>();
    private final Set<String> ownDisks = new HashSet<>();
    private final Set<String> fullDisks = new HashSet<>();
    private final Set<String> badDisks = new HashSet<>();
    private final Thread atExit = new Thread(this::killAll, "kill-members");
    private boolean sound;

    private FaultyCluster(FaultyNetwork network, List<String> ids, boolean writes) {
        this.network = network;
        for (String id : ids) {
            Path data = data(id);
            List<String> command = new ArrayList<>(network.inPlaceOf(id));
            command.addAll(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-XX:TieredStopAtLevel=1",
                    "-XX:+UseSerialGC",
                    "-Xmx128m",
                    "-cp",
                    System.getProperty("java.class.path"),
                    FaultyMember.class.getName(),
                    "--server.port=" + network.port(id),
                    "--election.node-id=" + id,
                    "--election.storage.directory=" + data,
                    // One that all share is out of their reach: each writes to one of its own, which nobody reads.
                    "--spring.datasource.url=jdbc:h2:mem:ledger",
                    // A file of this machine, though, all can reach.
                    "--sample.resource=" + directory.resolve("resource"),
                    "--sample.writes=" + writes,
                    "--sample.import-interval=" + (writes ? "200ms" : "1d"),
                    // Where each member has a way of its own to each other one, no other way may become known.
                    "--election.peer.announced=" + !(network instanceof Relays),
                    "--election.members="
                            + ids.stream()
                                    .map(other -> other + "=" + network.url(id, other))
                                    .collect(Collectors.joining(","))));
            members.put(
                    id,
                    new MemberProcess(
                            id, network.port(id), command, Map.of("ELECTION_PEER_SECRET", SECRET), directory, true));
        }
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /** Starts a cluster of so many members, named a, b, c and so on, and waits until all follow one leader. */
    static FaultyCluster start(int size) {
        return start(size, true);
    }

    /** The same, with nothing written to the replicated store: all logs are equal soon, and any of them elects its member. */
    static FaultyCluster startAtRest(int size) {
        return start(size, false);
    }

    private static FaultyCluster start(int size, boolean writes) {
        List<String> ids = List.of("a", "b", "c", "d", "e", "f", "g").subList(0, size);
        FaultyNetwork network = network(ids);
        network.description().forEach(System.out::println);
        System.out.println("Slow disks: the member's journal waits before it writes.");
        FaultyCluster cluster = new FaultyCluster(network, ids, writes);
        try {
            ids.forEach(cluster::mountDisk);
            ids.forEach(cluster::start);
            cluster.awaitAgreement();
            return cluster;
        } catch (RuntimeException e) {
            cluster.close();
            throw e;
        }
    }

    private static FaultyNetwork network(List<String> ids) {
        if (!Boolean.parseBoolean(System.getProperty("election.faults.namespaces", "true"))) {
            return new Relays(ids, "-Delection.faults.namespaces=false.");
        }
        try {
            return Namespaces.of(ids);
        } catch (Namespaces.NotAvailable e) {
            Requirements.missing("namespaces", "There are no network namespaces: " + e.getMessage(), e);
            return new Relays(ids, e.getMessage());
        }
    }

    private Path data(String id) {
        return directory.resolve("data").resolve(id);
    }

    private void mountDisk(String id) {
        try {
            Files.createDirectories(data(id));
        } catch (IOException e) {
            throw new ClusterException("No directory for member " + id + ": " + e.getMessage(), e);
        }
        if (network.mountDisk(id, data(id))) {
            ownDisks.add(id);
        }
    }

    List<String> ids() {
        return List.copyOf(members.keySet());
    }

    List<String> others(String than) {
        return ids().stream().filter(id -> !id.equals(than)).toList();
    }

    Path directory() {
        return directory;
    }

    FaultyNetwork network() {
        return network;
    }

    MemberProcess member(String id) {
        return members.get(id);
    }

    // Processes

    void start(String id) {
        MemberProcess member = members.get(id);
        member.start();
        tails.put(id, new RecordTail(member.record()));
        badDisks.remove(id);
    }

    /** SIGKILL, also for one that stands still. */
    void kill(String id) {
        members.get(id).kill();
        paused.remove(id);
    }

    /** SIGSTOP. */
    void pause(String id) {
        if (members.get(id).isAlive() && paused.add(id)) {
            members.get(id).pause();
        }
    }

    /** SIGCONT. */
    void resume(String id) {
        if (paused.remove(id)) {
            members.get(id).resume();
        }
    }

    /** Lets a member, if it leads, hand over to whomever it likes. */
    void handOver(String id) {
        order(id, FaultyMember.HAND_OVER);
    }

    /** Lets a member, if it leads, hand over to a certain one. */
    void handOver(String id, String to) {
        order(id, FaultyMember.HAND_OVER + " " + to);
    }

    private void order(String id, String order) {
        MemberProcess member = members.get(id);
        if (!member.isAlive()) {
            return;
        }
        try {
            @SuppressWarnings("resource")
            OutputStream orders = member.process().getOutputStream();
            orders.write((order + "\n").getBytes(StandardCharsets.US_ASCII));
            orders.flush();
        } catch (IOException e) {
            if (member.isAlive()) {
                throw new ClusterException("Member " + id + " takes no orders: " + e.getMessage(), e);
            }
        }
    }

    // Disks

    /** Lets every write of a member take that long. */
    void slowDisk(String id, Duration delay) {
        order(id, FaultyMember.DISK_SLOW + delay.toMillis());
        badDisks.add(id);
    }

    /** Fills a member's disk: what it still has room for, the rest of a page, it can write; then nothing. */
    void fillDisk(String id) {
        if (ownDisks.contains(id)) {
            network.fillDisk(id, data(id), true);
        } else {
            order(id, FaultyMember.DISK_FULL);
        }
        fullDisks.add(id);
    }

    /** Whether it is a file system that is full then, rather than the member's journal that says so. */
    boolean hasDiskOfItsOwn(String id) {
        return ownDisks.contains(id);
    }

    /** Whether a member has said, in its present life or an earlier one, that its journal takes no more. */
    boolean saidThatItsDiskFailed(String id) {
        return log(id).contains("can no longer write to its journal");
    }

    String log(String id) {
        try {
            return Files.readString(members.get(id).log());
        } catch (IOException e) {
            throw new ClusterException("The log of member " + id + " cannot be read: " + e.getMessage(), e);
        }
    }

    // Network

    /** Breaks one path, in one direction. */
    void breakPath(String from, String to, PathFault fault) {
        broken.put(new Way(from, to), fault);
    }

    /** Breaks the paths between two members, in both directions. */
    void breakBetween(String one, String other, PathFault fault) {
        breakPath(one, other, fault);
        breakPath(other, one, fault);
    }

    /** Breaks all that leads to or from a member. */
    void breakAround(String id, PathFault fault) {
        others(id).forEach(other -> breakBetween(id, other, fault));
    }

    /** Mends the paths from and to a member. */
    void mendAround(String id) {
        broken.keySet().removeIf(way -> way.from().equals(id) || way.to().equals(id));
    }

    /** Lets all that a member sends take long. */
    void slowLink(String id) {
        slow.add(id);
    }

    /** Puts in force what was broken since the last call. */
    void apply() {
        network.become(broken, slow);
    }

    /** Mends everything: network, disks, members that stand still, are dead, or gave up because of their disk. */
    void heal() {
        broken.clear();
        slow.clear();
        apply();
        List.copyOf(paused).forEach(this::resume);
        List<String> unusable = List.copyOf(fullDisks);
        unusable.forEach(id -> {
            if (ownDisks.contains(id)) {
                network.fillDisk(id, data(id), false);
            }
            // A journal that failed once takes no more: only a new start makes this member one again.
            kill(id);
        });
        fullDisks.clear();
        badDisks.forEach(id -> order(id, FaultyMember.DISK_SOUND));
        badDisks.clear();
        ids().stream().filter(id -> !members.get(id).isAlive()).forEach(this::start);
    }

    // What is seen of it

    /** The member that recorded last that it leads, if there is exactly one that runs and is not paused. */
    Optional<String> leader() {
        List<String> leading = ids().stream()
                .filter(id -> members.get(id).isAlive() && !paused.contains(id))
                .filter(id -> tails.get(id).read().leads())
                .toList();
        return leading.size() == 1 ? Optional.of(leading.get(0)) : Optional.empty();
    }

    /** Waits until one leads, and every member takes it for the leader; first of all, until all have started. */
    String awaitAgreement() {
        SampleCluster.await("the start of all members", START_LIMIT, this::allHaveStarted);
        SampleCluster.await("one leader whom all members follow", BACK_LIMIT, this::agrees);
        return leader().orElseGet(this::awaitAgreement);
    }

    /** A member records that it started when it begins to record. */
    private boolean allHaveStarted() {
        ids().forEach(this::requireAlive);
        return members.values().stream().allMatch(member -> Files.exists(member.record()));
    }

    private void requireAlive(String id) {
        if (!members.get(id).isAlive()) {
            throw new ClusterException(
                    "Member " + id + " ended." + members.get(id).lastLogLines());
        }
    }

    private boolean agrees() {
        ids().forEach(this::requireAlive);
        Optional<String> leader = leader();
        return leader.isPresent()
                && ids().stream()
                        .allMatch(id -> leader.get().equals(tails.get(id).leader()));
    }

    /** Waits until one of these leads. */
    String awaitLeaderAmong(List<String> some) {
        SampleCluster.await(
                "a leader among " + some,
                BACK_LIMIT,
                () -> leader().filter(some::contains).isPresent());
        return leader().filter(some::contains).orElseGet(() -> awaitLeaderAmong(some));
    }

    /** Waits until a member no longer leads, as it recorded itself. */
    void awaitEndOfLeadership(String id) {
        SampleCluster.await(
                "the end of the leadership of " + id,
                BACK_LIMIT,
                () -> !tails.get(id).read().leads());
    }

    /** Asks all members to stop, waits for them, and reads what they recorded in all their lives. */
    List<Recording> end() {
        heal();
        awaitAgreement();
        members.values().forEach(MemberProcess::askToStop);
        members.values().forEach(MemberProcess::awaitEnd);
        return members.values().stream().flatMap(m -> m.recordings().stream()).toList();
    }

    /** What the members recorded of their replicated store. Read after the end. */
    StoreRecords storeRecords() {
        return StoreRecords.of(members.values());
    }

    /** Says that nothing was found, so that logs and records need not be kept. */
    void sound() {
        sound = true;
    }

    private void killAll() {
        members.values().forEach(MemberProcess::kill);
        network.close();
    }

    @Override
    public void close() {
        killAll();
        Runtime.getRuntime().removeShutdownHook(atExit);
        try {
            if (sound) {
                FileSystemUtils.deleteRecursively(directory);
            } else {
                System.out.println("Logs and records: " + directory);
            }
        } catch (IOException e) {
            throw new ClusterException("The directory " + directory + " was not removed: " + e.getMessage(), e);
        }
    }
}
