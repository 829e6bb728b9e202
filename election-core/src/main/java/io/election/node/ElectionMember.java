package io.election.node;

import io.election.ClusterMembers;
import io.election.Leadership;
import io.election.ReplicatedLog;
import io.election.ReplicatedStore;
import io.election.StateMachine;
import io.election.core.AutopilotSettings;
import io.election.core.ElectionSettings;
import io.election.core.FoundingSettings;
import io.election.core.Journal;
import io.election.core.Member;
import io.election.core.MemberKind;
import io.election.core.ReplicationSettings;
import io.election.discovery.DiscoverySettings;
import io.election.discovery.MemberDiscovery;
import io.election.journal.FileJournal;
import io.election.journal.JournalException;
import io.election.journal.MemoryJournal;
import io.election.machine.StoreLimits;
import io.election.memory.JsonValues;
import io.election.memory.Memory;
import io.election.memory.MemorySettings;
import io.election.peer.HttpPeerTransport;
import io.election.peer.PeerAuthentication;
import io.election.peer.PeerSettings;
import io.election.peer.PeerTls;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * A running member for a program without Spring: journal, transport and node in one, with a port of its own.
 *
 * <pre>{@code
 * try (ElectionMember member = ElectionMember.builder("orders", "node-1")
 *         .member("node-1", URI.create("http://host-1:7001"))
 *         .member("node-2", URI.create("http://host-2:7001"))
 *         .member("node-3", URI.create("http://host-3:7001"))
 *         .port(7001)
 *         .directory(Path.of("/var/lib/orders/election"))
 *         .secret(secret)
 *         .start()) {
 *     while (running) {
 *         if (member.leadership().await(Duration.ofSeconds(1))) {
 *             member.leadership().runWhileLeading(token -> work(token));
 *         }
 *     }
 * }
 * }</pre>
 *
 * <p>All members must be started once for the cluster to be founded; from then on a quorum is enough. Closing a member that
 * leads hands its leadership over first.
 *
 * <p>Once it is founded, the cluster says itself who its members are, and the list only says where the others are found. A further
 * member joins by listing some of them, and itself. It gets the log, and votes once the leader has promoted it
 * ({@link Builder#autopilot}, or an operator). It may then have come in the place of another that {@linkplain #leave() has left}
 * or died.
 */
public final class ElectionMember implements AutoCloseable {

    private final ElectionNode node;
    private final HttpPeerTransport transport;
    private final Journal journal;
    private final @Nullable Memory memory;

    private ElectionMember(ElectionNode node, HttpPeerTransport transport, Journal journal, @Nullable Memory memory) {
        this.node = node;
        this.transport = transport;
        this.journal = journal;
        this.memory = memory;
    }

    /**
     * Begins the description of a member.
     *
     * @param cluster the cluster's name, the same for all its members
     * @param nodeId the id of the member to start, one of those that will be listed
     * @return a builder
     */
    public static Builder builder(String cluster, String nodeId) {
        return new Builder(cluster, nodeId);
    }

    /**
     * What the program asks who leads, and does its work under.
     *
     * @return one object for the life of this member
     */
    public Leadership leadership() {
        return node.leadership();
    }

    /**
     * Who belongs to the cluster, and how that is changed.
     *
     * @return one object for the life of this member
     */
    public ClusterMembers members() {
        return node.members();
    }

    /**
     * The replicated store.
     *
     * @return one object for the life of this member
     * @throws IllegalStateException if the member was started without {@link Builder#store}
     */
    public ReplicatedStore store() {
        return requireMemory().store();
    }

    /**
     * The replicated log.
     *
     * @return one object for the life of this member
     * @throws IllegalStateException if the member was started without a store and without a state machine
     */
    public ReplicatedLog log() {
        return requireMemory().log();
    }

    private Memory requireMemory() {
        if (memory == null) {
            throw new IllegalStateException(
                    "this member has no replicated memory: call store or stateMachine before it starts");
        }
        return memory;
    }

    /**
     * What an operator may see and do.
     *
     * @return the member's state, a step-down and a handover
     */
    public NodeOperations operations() {
        return node;
    }

    /**
     * Certificates were renewed, or others are trusted: new connections use them, and the others are closed, each after the
     * exchange that is under way on it.
     *
     * @param renewed what takes the place of what {@link Builder#tls} or {@link Builder#sslContext} said
     * @throws IllegalStateException if the member was started without TLS
     */
    public void renew(PeerTls renewed) {
        transport.renew(renewed);
    }

    /**
     * The port on which other members reach this one.
     *
     * @return the port, also where any free one was asked for; -1 once the member is closed
     */
    public int port() {
        return transport.port();
    }

    /** For tests of this package. */
    ElectionNode node() {
        return node;
    }

    /**
     * Closes the member for good: as {@link #close}, but has it removed from the cluster first, so that the others do not wait
     * for it any more. It can come back only with a new memory: with another directory, or in memory.
     */
    public void leave() {
        node.leave().toCompletableFuture().join();
        close(journal);
    }

    /**
     * Hands the leadership over if this member has it, delivers the events that are left, and stops. Takes as long as the
     * handover timeout at most, and little more where a disk hangs. Does nothing a second time.
     */
    @Override
    public void close() {
        node.stop().toCompletableFuture().join();
        close(journal);
    }

    private static void close(Journal journal) {
        try {
            journal.close();
        } catch (IOException e) {
            // All that was promised is on disk already.
            throw new UncheckedIOException("The journal could not be closed", e);
        }
    }

    /** Describes a member. What is not set has the default that it has in a Spring Boot application. */
    public static final class Builder {

        private static final Duration STEP = Duration.ofMillis(10);
        private static final int COMPACTION_THRESHOLD = 64;
        private static final Duration STABILISATION = Duration.ofSeconds(10);
        private static final Duration CLEANUP = Duration.ofMinutes(10);
        private static final int MOST_WRITES = 1024;

        private final String cluster;
        private final String nodeId;
        private final List<Member> members = new ArrayList<>();
        private final Map<String, URI> urls = new LinkedHashMap<>();
        private @Nullable InetAddress address;
        private int port = -1;
        private @Nullable Path directory;
        private boolean inMemory;
        private @Nullable PeerAuthentication authentication;
        private @Nullable PeerTls tls;
        private Duration electionTimeout = Duration.ofSeconds(1);
        private Duration heartbeatInterval = Duration.ofMillis(200);
        private Duration leaseDuration = Duration.ofMillis(750);
        private double clockDrift = 0.05;
        private Duration handoverTimeout = Duration.ofSeconds(5);
        private LeadershipListener listener = new NoListener();
        private boolean rehearsal = true;
        private boolean announced = true;
        private @Nullable DiscoverySettings discovery;
        private @Nullable MemberDiscovery source;
        private @Nullable AutopilotSettings chosenAutopilot;
        private @Nullable StoreLimits storeLimits;
        private @Nullable StateMachine machine;

        private Builder(String cluster, String nodeId) {
            this.cluster = cluster;
            this.nodeId = nodeId;
        }

        /**
         * Lists a data member: it votes and may lead. The member to start must be listed too, also where it joins a cluster.
         *
         * @param id its id
         * @param url where other members reach it; a path in it is a prefix
         * @return this
         */
        public Builder member(String id, URI url) {
            return member(new Member(id, MemberKind.DATA, 0, false), url);
        }

        /**
         * Lists a member.
         *
         * @param member its id, its kind, and who stands first
         * @param url where other members reach it; a path in it is a prefix
         * @return this
         */
        public Builder member(Member member, URI url) {
            members.add(member);
            urls.put(member.id(), url);
            return this;
        }

        /**
         * Where to listen for the other members, on every address of this host.
         *
         * @param port the port, or 0 for any free one
         * @return this
         */
        public Builder port(int port) {
            this.port = port;
            return this;
        }

        /**
         * Where to listen for the other members.
         *
         * @param address the address to bind
         * @param port the port, or 0 for any free one
         * @return this
         */
        public Builder port(InetAddress address, int port) {
            this.address = address;
            this.port = port;
            return this;
        }

        /**
         * The member's durable memory: its vote and its log. It must outlive the process, and no other member may use it.
         * A member that has no such place keeps them {@link #inMemory() in memory}.
         *
         * @param directory a directory on a local disk; made if it is not there
         * @return this
         */
        public Builder directory(Path directory) {
            this.directory = directory;
            return this;
        }

        /**
         * Keeps vote and log in memory only, in the place of a directory. Nothing touches a disk, and each start is a new
         * memory: its vote counts once the leader has let it in, or once all voters have founded the cluster. If so many members
         * end at once that the others are no quorum, the cluster does not come back before all have been started again. It is
         * then founded anew, and its fencing tokens rise only if no wall clock was set back.
         *
         * @return this
         */
        public Builder inMemory() {
            inMemory = true;
            return this;
        }

        /**
         * The secret that all members share.
         *
         * @param secret at least {@value PeerAuthentication.SharedSecret#SHORTEST} characters
         * @return this
         * @throws IllegalArgumentException if it is shorter
         */
        public Builder secret(String secret) {
            return authentication(new PeerAuthentication.SharedSecret(secret, List.of()));
        }

        /**
         * How members know each other.
         *
         * @param authentication a shared secret, mutual TLS, or a network that is trusted
         * @return this
         */
        public Builder authentication(PeerAuthentication authentication) {
            this.authentication = authentication;
            return this;
        }

        /**
         * TLS for the port and for {@code https} urls. Nobody is told when the certificate expires: {@link #tls} knows it.
         *
         * @param sslContext with this member's certificate, and the authorities that it trusts
         * @return this
         */
        public Builder sslContext(SSLContext sslContext) {
            return tls(PeerTls.of(sslContext));
        }

        /**
         * TLS for the port and for {@code https} urls. {@link ElectionMember#renew} replaces it while the member runs.
         *
         * @param tls with this member's certificate, and the authorities that it trusts
         * @return this
         */
        public Builder tls(PeerTls tls) {
            this.tls = tls;
            return this;
        }

        /**
         * The timing. All members may have the same, and need not.
         *
         * @param electionTimeout T, how long a voter promises to help nobody but its leader; 1 s by default
         * @param heartbeatInterval the time between a leader's heartbeats; 200 ms by default
         * @param leaseDuration how long an acknowledged heartbeat lets the leader lead; 750 ms by default; with the drift
         *     of the clocks, below T
         * @return this
         */
        public Builder timing(Duration electionTimeout, Duration heartbeatInterval, Duration leaseDuration) {
            this.electionTimeout = electionTimeout;
            this.heartbeatInterval = heartbeatInterval;
            this.leaseDuration = leaseDuration;
            return this;
        }

        /**
         * By how much clocks may run too fast or too slow.
         *
         * @param clockDrift a rate; 0.05 by default
         * @return this
         */
        public Builder clockDrift(double clockDrift) {
            this.clockDrift = clockDrift;
            return this;
        }

        /**
         * The bound of a handover: listeners, work in flight and transfer together.
         *
         * @param handoverTimeout 5 s by default
         * @return this
         */
        public Builder handoverTimeout(Duration handoverTimeout) {
            this.handoverTimeout = handoverTimeout;
            return this;
        }

        /**
         * Takes the member's events.
         *
         * @param listener called in order, one event at a time, on a thread of its own
         * @return this
         */
        public Builder listener(LeadershipListener listener) {
            this.listener = listener;
            return this;
        }

        /**
         * Gives the member a {@link #store()}: named values that outlive the leader. All members need it.
         *
         * @param limits what the store may hold
         * @return this
         */
        public Builder store(StoreLimits limits) {
            this.storeLimits = limits;
            return this;
        }

        /**
         * Gives the member a {@link #log()} that feeds a state machine of the application. All members need one that reads the same.
         *
         * @param machine the state machine, which nobody else drives
         * @return this
         */
        public Builder stateMachine(StateMachine machine) {
            this.machine = machine;
            return this;
        }

        private @Nullable Memory memory() {
            if (storeLimits != null && machine != null) {
                throw new IllegalArgumentException(
                        "store and stateMachine were both called, but a cluster has one state machine; leave one of the two out");
            }
            if (machine != null) {
                StateMachine own = machine;
                return Memory.of(cluster, nodeId, memorySettings(null), () -> own);
            }
            return storeLimits == null
                    ? null
                    : Memory.ofStore(cluster, nodeId, memorySettings(storeLimits), new JsonValues());
        }

        private MemorySettings memorySettings(@Nullable StoreLimits limits) {
            return new MemorySettings(
                    ReplicationSettings.reading(List.of()), limits, electionTimeout.multipliedBy(5), MOST_WRITES);
        }

        /**
         * Whether the others are told that this member is reached at its url in its own list, which then comes before what their
         * lists say. Not to be done where each of them reaches it at another url, such as through mapped ports.
         *
         * @param announced {@code true} by default
         * @return this
         */
        public Builder announced(boolean announced) {
            this.announced = announced;
            return this;
        }

        /**
         * What the leader changes of the members by itself. All members should have the same.
         *
         * @param autopilot by default {@link AutopilotSettings#OFF} with a list: a member that joins is promoted by an operator. With
         *     {@link #discovery discovery} a learner that keeps up for 10 s is promoted while fewer vote than were expected at the
         *     founding, and a voter that is not heard from for 10 min is removed
         * @return this
         */
        public Builder autopilot(AutopilotSettings autopilot) {
            this.chosenAutopilot = autopilot;
            return this;
        }

        /**
         * Finds the other members in the place of a list of them. The member keeps its memory {@link #inMemory() in memory} unless
         * it has a {@link #directory directory}. If it will not come back under its id, stop it with {@link #leave()}.
         *
         * @param discovery under which name they are found, and how many found the cluster
         * @return this
         */
        public Builder discovery(DiscoverySettings discovery) {
            this.discovery = discovery;
            return this;
        }

        /**
         * Finds the other members by something of the program's own.
         *
         * @param source knows their addresses
         * @param discovery how many found the cluster
         * @return this
         */
        public Builder discovery(MemberDiscovery source, DiscoverySettings discovery) {
            this.source = source;
            return discovery(discovery);
        }

        /**
         * Whether elections and handovers are rehearsed in memory after the start, once in a process, so that the first real handover
         * is as fast as later ones. It costs some processor time once, in small slices, on a thread of its own.
         *
         * @param rehearsal {@code true} by default
         * @return this
         */
        public Builder rehearsal(boolean rehearsal) {
            this.rehearsal = rehearsal;
            return this;
        }

        /**
         * Starts the member: it votes, and stands for election, from now on.
         *
         * @return the member
         * @throws IllegalArgumentException if something is missing or wrong, naming it
         * @throws JournalException if the directory cannot be used
         * @throws UncheckedIOException if the port is taken
         */
        public ElectionMember start() throws JournalException {
            if (port < 0 || port > 65_535) {
                throw new IllegalArgumentException(
                        "port must be set, to a value from 0 to 65535, but is " + (port < 0 ? "not set" : port));
            }
            if (authentication == null) {
                throw new IllegalArgumentException("secret, or another authentication, must be set; new"
                        + " PeerAuthentication.TrustedNetwork() believes whoever can reach the port");
            }
            DiscoverySettings found = discovery;
            checkMembers(found);
            boolean forgets = inMemory || (found != null && directory == null);
            if (directory == null && !forgets) {
                throw new IllegalArgumentException(
                        "directory must be set, to one that outlives the process; or call inMemory()");
            }
            if (directory != null && inMemory) {
                throw new IllegalArgumentException("directory is " + directory
                        + ", but inMemory() was called too, which writes to no directory; leave one of the two out");
            }
            Finding finding = found == null ? null : finding(found);
            List<Member> listed = new ArrayList<>(members);
            Map<String, URI> reached = new LinkedHashMap<>(urls);
            if (finding != null) {
                // Where it is reached is known once it is found, unless it listens at one address alone.
                listed.add(new Member(nodeId, MemberKind.DATA, 0, false));
                URI own = finding.own();
                reached.put(
                        nodeId,
                        own != null
                                ? own
                                : URI.create((tls == null ? "http" : "https") + "://localhost:" + Math.max(1, port)));
            }
            ElectionSettings settings = new ElectionSettings(
                    cluster,
                    nodeId,
                    listed,
                    electionTimeout,
                    heartbeatInterval,
                    leaseDuration,
                    clockDrift,
                    STEP,
                    handoverTimeout,
                    false,
                    COMPACTION_THRESHOLD,
                    autopilot(found),
                    found != null
                            ? Finding.founding(found, electionTimeout, forgets)
                            : forgets ? FoundingSettings.IN_MEMORY : FoundingSettings.ON_DISK,
                    null);
            HttpPeerTransport transport = new HttpPeerTransport(new PeerSettings(
                    cluster,
                    nodeId,
                    reached,
                    "/election",
                    electionTimeout,
                    authentication,
                    new PeerSettings.ServerSettings(address, port),
                    tls));
            Journal journal =
                    directory == null ? MemoryJournal.newAtEachStart() : FileJournal.open(directory, cluster, nodeId);
            return running(settings, transport, journal, reached, finding);
        }

        private void checkMembers(@Nullable DiscoverySettings found) {
            if (found == null) {
                return;
            }
            if (!members.isEmpty()) {
                throw new IllegalArgumentException("member was called " + members.size()
                        + " times, and discovery too. Members are either listed or found; leave one of the two out");
            }
            if (source != null && found.dns() != null) {
                throw new IllegalArgumentException("dns is '" + found.dns() + "', but " + source.describe()
                        + " takes its place; leave one of the two out");
            }
            if (port == 0) {
                throw new IllegalArgumentException(
                        "port must be from 1 to 65535 with discovery, but is 0: the others would not know it");
            }
        }

        private Finding finding(DiscoverySettings found) {
            URI own = address == null || address.isAnyLocalAddress()
                    ? null
                    : URI.create((tls == null ? "http" : "https") + "://"
                            + new MemberDiscovery.Address(address.getHostAddress(), port));
            return new Finding(found.source(source), found.cache(), found.longestAge(), tls != null, "", own, null);
        }

        private AutopilotSettings autopilot(@Nullable DiscoverySettings found) {
            AutopilotSettings chosen = chosenAutopilot;
            if (chosen != null || found == null) {
                return chosen == null ? AutopilotSettings.OFF : chosen;
            }
            int voters = found.expected();
            return new AutopilotSettings(voters, STABILISATION, CLEANUP, Math.min(3, voters), null);
        }

        private ElectionMember running(
                ElectionSettings settings,
                HttpPeerTransport transport,
                Journal journal,
                Map<String, URI> reached,
                @Nullable Finding finding) {
            Memory memory = memory();
            try {
                // Where it is reached is not known before it is found.
                boolean known = finding == null || finding.own() != null;
                Map<String, String> shown = reached.entrySet().stream()
                        .filter(entry -> known)
                        .collect(Collectors.toMap(
                                Map.Entry::getKey, entry -> entry.getValue().toString()));
                ElectionNode node = new ElectionNode(
                        new NodeSettings(settings, false, shown, Map.of(), false, announced, false, finding),
                        ElectionFactory.REAL,
                        journal,
                        transport,
                        NodeClock.SYSTEM,
                        listener,
                        List.of(),
                        memory);
                if (rehearsal) {
                    node.rehearse();
                }
                node.start();
                node.ready();
                return new ElectionMember(node, transport, journal, memory);
            } catch (RuntimeException failure) {
                ElectionMember.close(journal);
                throw failure;
            }
        }
    }
}
