package io.election.benchmarks;

import io.election.LeaderChangedEvent;
import io.election.LeaderElectedEvent;
import io.election.LeaderOnly;
import io.election.Leadership;
import io.election.StepDownEvent;
import io.election.autoconfigure.LeaderOnlyAutoConfiguration;
import io.election.core.ElectionSettings;
import io.election.core.Member;
import io.election.core.MemberKind;
import io.election.core.Request;
import io.election.core.Response;
import io.election.journal.MemoryJournal;
import io.election.node.ElectionNode;
import io.election.node.LeadershipListener;
import io.election.node.NodeClock;
import io.election.node.NodeSettings;
import io.election.peer.PeerCallback;
import io.election.peer.PeerHandler;
import io.election.peer.PeerTransport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.support.PropertySourcesPlaceholderConfigurer;

/**
 * What it costs to ask whether this member leads, beside the two clock readings that the answer needs, and what a
 * leader-only call costs beside the same call without a check. The leader is one of three members in this process, whose
 * heartbeats go on meanwhile. With {@code -prof gc} the figures of allocation come too.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class LeadershipBenchmark {

    private final Map<String, PeerHandler> handlers = new ConcurrentHashMap<>();
    private final List<ElectionNode> nodes = new ArrayList<>();
    private final ExecutorService network = Executors.newCachedThreadPool(run -> {
        Thread thread = new Thread(run, "network");
        thread.setDaemon(true);
        return thread;
    });

    private Leadership leadership;
    private AnnotationConfigApplicationContext context;
    private Work guarded;
    private final Work plain = new Work();

    /** Work that takes no time. */
    public static class Work {

        private int value;

        /**
         * Done by the leader only.
         *
         * @return a number
         */
        @LeaderOnly
        public int guarded() {
            return ++value;
        }
    }

    /** Elects a leader among three members, and makes a bean with a leader-only method that asks it. */
    @Setup
    public void elect() throws InterruptedException {
        List<Member> members = List.of("a", "b", "c").stream()
                .map(id -> new Member(id, MemberKind.DATA, 0, false))
                .toList();
        for (Member member : members) {
            ElectionNode node = new ElectionNode(
                    new NodeSettings(settings(member.id(), members), false, Map.of(), Map.of(), false),
                    new MemoryJournal(),
                    transport(member.id()),
                    NodeClock.SYSTEM,
                    new Deaf(),
                    List.of());
            nodes.add(node);
            node.start();
            node.ready();
        }
        while (leadership == null) {
            for (ElectionNode node : nodes) {
                if (node.leadership().await(Duration.ofMillis(100))) {
                    leadership = node.leadership();
                }
            }
        }
        context = new AnnotationConfigApplicationContext();
        context.registerBean(PropertySourcesPlaceholderConfigurer.class);
        context.registerBean(Leadership.class, () -> leadership);
        context.registerBean(Work.class);
        context.register(LeaderOnlyAutoConfiguration.class);
        context.refresh();
        guarded = context.getBean(Work.class);
    }

    /** Stops the members. */
    @TearDown
    public void stop() {
        context.close();
        nodes.forEach(node -> node.stop().toCompletableFuture().join());
        network.shutdownNow();
    }

    private static ElectionSettings settings(String id, List<Member> members) {
        return new ElectionSettings(
                "benchmark",
                id,
                members,
                Duration.ofSeconds(5),
                Duration.ofMillis(100),
                Duration.ofSeconds(4),
                0.05,
                Duration.ofMillis(50),
                Duration.ofSeconds(1),
                false,
                64);
    }

    private PeerTransport transport(String id) {
        return new PeerTransport() {
            @Override
            public void start(PeerHandler handler) {
                handlers.put(id, handler);
            }

            @Override
            public void members(Set<String> members) {}

            @Override
            public void send(Request request, PeerCallback callback) {
                network.execute(() -> {
                    PeerHandler receiver = handlers.get(request.header().to());
                    if (receiver == null) {
                        callback.failed("nobody there");
                        return;
                    }
                    CompletableFuture<Response> answer = new CompletableFuture<>();
                    answer.thenAccept(callback::answered);
                    receiver.handle(request, answer::complete);
                });
            }

            @Override
            public void close() {
                handlers.remove(id);
            }
        };
    }

    private static final class Deaf implements LeadershipListener {

        @Override
        public void onLeaderElected(LeaderElectedEvent event) {}

        @Override
        public void onStepDown(StepDownEvent event) {}

        @Override
        public void onLeaderChanged(LeaderChangedEvent event) {}
    }

    /**
     * The two clock readings that every answer needs.
     *
     * @return their sum
     */
    @Benchmark
    public long twoClockReadings() {
        return System.nanoTime() + System.currentTimeMillis();
    }

    /**
     * Whether this member leads, on the leader.
     *
     * @return whether it does
     */
    @Benchmark
    public boolean isLeader() {
        return leadership.isLeader();
    }

    /**
     * Work that takes no time, without a check.
     *
     * @return a number
     */
    @Benchmark
    public int plainCall() {
        return plain.guarded();
    }

    /**
     * The same by {@link Leadership#callWhileLeading}.
     *
     * @return a number
     */
    @Benchmark
    public int callWhileLeading() {
        return leadership.<Integer, RuntimeException>callWhileLeading(token -> plain.guarded());
    }

    /**
     * The same through the proxy of a leader-only bean.
     *
     * @return a number
     */
    @Benchmark
    public int leaderOnlyCall() {
        return guarded.guarded();
    }
}
