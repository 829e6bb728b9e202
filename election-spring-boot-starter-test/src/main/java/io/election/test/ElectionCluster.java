package io.election.test;

import io.election.Leadership;
import io.election.peer.PeerTransport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.util.FileSystemUtils;

/**
 * A real cluster in this JVM: each member is the whole application, started as its {@code main} would, with a directory and
 * ports of its own on this machine; they elect one leader over HTTP. For the few tests that are about the election itself, such
 * as what the service does when its leader is cut off. All others are quicker and simpler with a {@link TestLeadership}.
 *
 * <pre>{@code
 * try (ElectionCluster cluster = ElectionCluster.of(OrdersApplication.class).start()) {
 *     ElectionCluster.Member first = cluster.awaitLeader();
 *     cluster.stop(first.id());
 *     ElectionCluster.Member second = cluster.awaitLeader();
 * }
 * }</pre>
 *
 * <p>Members have a directory, whatever {@code election.storage.mode} the application's files say, unless {@link
 * Builder#properties} says {@code memory}.
 *
 * <p>Times are short: an election timeout of 500 ms. On a machine that stands still for longer than the lease of 375 ms a leader
 * loses its leadership, as it would in production; {@link Builder#properties} can give more.
 *
 * <p>The members share this JVM and what the application keeps outside of its contexts: static fields, and whatever its
 * settings name by a fixed name, such as a database in memory or {@code management.server.port}. {@code server.port} is each
 * member's own.
 *
 * <p>For use by one thread.
 */
public final class ElectionCluster implements AutoCloseable {

    private static final Duration LONGEST = Duration.ofMinutes(1);

    private final Class<?>[] application;
    private final Map<String, String> properties;
    private final String secret = UUID.randomUUID().toString();
    private final Path directory;
    private final Map<String, Place> places = new LinkedHashMap<>();
    private final Map<String, Member> running = new LinkedHashMap<>();

    private record Place(int serverPort, int peerPort) {}

    private ElectionCluster(Builder builder) throws IOException {
        this.application = builder.application;
        this.properties = Map.copyOf(builder.properties);
        this.directory = Files.createTempDirectory("election-cluster");
        for (int number = 1; number <= builder.size; number++) {
            places.put("node-" + number, new Place(FreePorts.next(), FreePorts.next()));
        }
    }

    /**
     * Describes a cluster of three.
     *
     * @param application the classes that {@code SpringApplication} is given; usually the one with {@code main}
     * @return what is to be started
     */
    public static Builder of(Class<?>... application) {
        return new Builder(application);
    }

    /**
     * The members that run.
     *
     * @return in the order of their start
     */
    public List<Member> members() {
        return List.copyOf(running.values());
    }

    /**
     * One member.
     *
     * @param id {@code node-1}, {@code node-2} and so on
     * @return the member
     * @throws IllegalArgumentException if no such member runs
     */
    public Member member(String id) {
        Member member = running.get(id);
        if (member == null) {
            throw new IllegalArgumentException("member '" + id + "' is not running, only " + running.keySet());
        }
        return member;
    }

    /**
     * The member that leads at this instant.
     *
     * @return the leader, or nothing while there is none
     */
    public Optional<Member> leader() {
        return running.values().stream()
                .filter(member -> member.leadership().isLeader())
                .findFirst();
    }

    /**
     * Waits, for at most a minute, until one member leads and all that run, but for those cut off, know it.
     *
     * @return the leader
     * @throws IllegalStateException if there is none by then
     */
    public Member awaitLeader() {
        long deadline = System.nanoTime() + LONGEST.toNanos();
        Optional<Member> agreed = agreedLeader();
        while (agreed.isEmpty()) {
            pause(deadline, "a leader that all members know");
            agreed = agreedLeader();
        }
        return agreed.get();
    }

    private Optional<Member> agreedLeader() {
        List<Member> together =
                running.values().stream().filter(member -> !member.isolated).toList();
        return together.stream()
                .filter(member -> member.leadership().isLeader())
                .filter(member -> together.stream().allMatch(other -> other.follows(member)))
                .findFirst();
    }

    /**
     * Starts a member that was stopped, with the directory and the ports that it had.
     *
     * @param id which
     * @return the member
     * @throws IllegalArgumentException if there is no such member
     * @throws IllegalStateException if it runs
     */
    public Member start(String id) {
        Place place = places.get(id);
        if (place == null) {
            throw new IllegalArgumentException("there is no member '" + id + "', only " + places.keySet());
        }
        if (running.containsKey(id)) {
            throw new IllegalStateException("member '" + id + "' is already running");
        }
        Member started = new Member(id, place);
        started.context = run(started);
        running.put(id, started);
        return started;
    }

    private ConfigurableApplicationContext run(Member member) {
        SpringApplication spring = new SpringApplication(application);
        spring.setBannerMode(Banner.Mode.OFF);
        spring.setRegisterShutdownHook(false);
        spring.addInitializers(context -> context.getBeanFactory().addBeanPostProcessor(member.makesSeverable()));
        return spring.run(settings(member).entrySet().stream()
                .map(setting -> "--" + setting.getKey() + "=" + setting.getValue())
                .toArray(String[]::new));
    }

    private Map<String, String> settings(Member member) {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("server.port", String.valueOf(member.place.serverPort()));
        all.put("election.enabled", "true");
        all.put("election.standalone", "false");
        all.put("election.cluster", "cluster-under-test");
        all.put("election.node-id", member.id());
        all.put("election.storage.mode", "disk");
        all.put("election.storage.directory", directory.toString());
        all.put("election.peer.port", String.valueOf(member.place.peerPort()));
        all.put("election.peer.secret", secret);
        all.put("election.peer.ssl.bundle", "");
        all.put("election.election-timeout", "500ms");
        all.put("election.lease-duration", "375ms");
        all.put("election.heartbeat-interval", "50ms");
        int number = 0;
        for (Map.Entry<String, Place> each : places.entrySet()) {
            String at = "election.members[" + number++ + "].";
            all.put(at + "id", each.getKey());
            all.put(at + "url", "http://127.0.0.1:" + each.getValue().peerPort());
            all.put(at + "app-url", "http://127.0.0.1:" + each.getValue().serverPort());
        }
        all.putAll(properties);
        if ("memory".equalsIgnoreCase(all.get("election.storage.mode"))) {
            all.put("election.storage.directory", "");
        }
        return all;
    }

    /**
     * Stops a member as a shutdown does: if it leads, it hands over.
     *
     * @param id which
     */
    public void stop(String id) {
        Member member = member(id);
        member.context().close();
        running.remove(id);
    }

    /**
     * Ends a member as a crash does, for the others: from one instant to the next nothing is heard of it, and it hands nothing
     * over. Its own context is closed once its leadership, if it had one, has run out; unlike after a crash, its listeners
     * hear of that.
     *
     * @param id which
     */
    public void kill(String id) {
        Member member = member(id);
        isolate(id);
        long deadline = System.nanoTime() + LONGEST.toNanos();
        while (member.leadership().isLeader()) {
            pause(deadline, "the end of a lease that nobody renews");
        }
        stop(id);
    }

    /**
     * Cuts a member off from all others, in both directions. It runs on; a leader loses its leadership when its lease has run
     * out, and then another one is elected.
     *
     * @param id which
     */
    public void isolate(String id) {
        member(id).sever(true);
    }

    /**
     * Ends what {@link #isolate} began.
     *
     * @param id which
     */
    public void rejoin(String id) {
        member(id).sever(false);
    }

    /** Stops all members, and removes their directories. */
    @Override
    public void close() {
        // The leader last: nobody takes over for a moment.
        List<Member> left = new ArrayList<>(running.values());
        leader().ifPresent(leader -> {
            left.remove(leader);
            left.add(leader);
        });
        left.forEach(member -> stop(member.id()));
        try {
            FileSystemUtils.deleteRecursively(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void pause(long deadlineNanos, String missing) {
        if (deadlineNanos - System.nanoTime() <= 0) {
            throw new IllegalStateException("Waited " + LONGEST.toSeconds() + " s in vain for " + missing + ".");
        }
        try {
            TimeUnit.MILLISECONDS.sleep(10);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while waiting for " + missing, e);
        }
    }

    /** What is to be started. */
    public static final class Builder {

        private final Class<?>[] application;
        private final Map<String, String> properties = new LinkedHashMap<>();
        private int size = 3;

        private Builder(Class<?>... application) {
            this.application = application.clone();
        }

        /**
         * How many members there are.
         *
         * @param members at least 1; 3 by default
         * @return this
         */
        public Builder size(int members) {
            if (members < 1) {
                throw new IllegalArgumentException("members must be at least 1, but is " + members);
            }
            size = members;
            return this;
        }

        /**
         * Sets properties of every member; they prevail over its files, and over what this class sets.
         *
         * @param pairs each as {@code name=value}
         * @return this
         */
        public Builder properties(String... pairs) {
            for (String pair : pairs) {
                int equals = pair.indexOf('=');
                if (equals < 1) {
                    throw new IllegalArgumentException("a property is written as name=value, but this is: " + pair);
                }
                properties.put(
                        pair.substring(0, equals).trim(),
                        pair.substring(equals + 1).trim());
            }
            return this;
        }

        /**
         * Starts all members, one after the other; they elect a leader meanwhile. If one fails to start, the others are
         * stopped again.
         *
         * @return the cluster, to be closed
         * @throws UncheckedIOException if there is no directory or no port for it
         */
        public ElectionCluster start() {
            ElectionCluster cluster;
            try {
                cluster = new ElectionCluster(this);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            try {
                cluster.places.keySet().forEach(cluster::start);
                return cluster;
            } catch (RuntimeException | Error failure) {
                try (cluster) {
                    throw failure;
                }
            }
        }
    }

    /** One member: the whole application, with its own context. */
    public static final class Member {

        private final String id;
        private final Place place;
        private @Nullable SeverableTransport transport;
        private @Nullable ConfigurableApplicationContext context;
        private boolean isolated;

        private Member(String id, Place place) {
            this.id = id;
            this.place = place;
        }

        /**
         * Its id.
         *
         * @return {@code node-1}, {@code node-2} and so on
         */
        public String id() {
            return id;
        }

        /**
         * Its context.
         *
         * @return the application's context; closed once the member was stopped
         */
        public ConfigurableApplicationContext context() {
            if (context == null) {
                throw new IllegalStateException("member '" + id + "' has not started");
            }
            return context;
        }

        /**
         * One of its beans.
         *
         * @param type its type
         * @param <T> its type
         * @return the only or primary bean of that type
         */
        public <T> T bean(Class<T> type) {
            return context().getBean(type);
        }

        /**
         * Its leadership.
         *
         * @return the real one
         */
        public Leadership leadership() {
            return bean(Leadership.class);
        }

        /**
         * Where clients reach it, if the application has a web server.
         *
         * @return such as {@code http://127.0.0.1:12345}
         */
        public String url() {
            return "http://127.0.0.1:" + place.serverPort();
        }

        private boolean follows(Member leader) {
            return leader.id.equals(leadership().state().leaderId());
        }

        private BeanPostProcessor makesSeverable() {
            return new BeanPostProcessor() {
                @Override
                public Object postProcessAfterInitialization(Object bean, String name) {
                    if (bean instanceof PeerTransport real) {
                        SeverableTransport severable = new SeverableTransport(real);
                        transport = severable;
                        return severable;
                    }
                    return bean;
                }
            };
        }

        private void sever(boolean cut) {
            isolated = cut;
            if (transport != null) {
                transport.sever(cut);
            }
        }

        @Override
        public String toString() {
            return id;
        }
    }
}
