package io.election.benchmarks.comparison;

import io.election.ReplicatedValue;
import io.election.WriteResult;
import io.election.machine.StoreLimits;
import io.election.node.ElectionMember;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A member with a store, as a program without Spring runs it: its journal on disk, each append forced to it, a port of its own, and a
 * shared secret.
 */
public final class ElectionMap implements ReplicatedMap {

    /** The setting for another election timeout, in milliseconds. */
    static final String TIMEOUT = "election-timeout-millis";

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final StoreLimits LIMITS = new StoreLimits(100, 1 << 16, 1L << 30);

    private final ElectionMember member;
    private final Map<String, ReplicatedValue<byte[]>> values = new ConcurrentHashMap<>();

    private ElectionMap(NodeArguments node) throws IOException {
        ElectionMember.Builder builder = ElectionMember.builder("comparison", id(node.number()))
                .port(InetAddress.getLoopbackAddress(), node.ports().get(node.number()))
                .directory(node.directory())
                .secret("comparison-of-three-nodes-on-loopback")
                .store(LIMITS);
        int timeoutMillis = node.setting(TIMEOUT, 0);
        if (timeoutMillis > 0) {
            Duration timeout = Duration.ofMillis(timeoutMillis);
            builder.timing(
                    timeout, timeout.dividedBy(5), timeout.multipliedBy(3).dividedBy(4));
        }
        for (int i = 0; i < node.ports().size(); i++) {
            builder.member(id(i), URI.create("http://127.0.0.1:" + node.ports().get(i)));
        }
        member = builder.start();
    }

    private static String id(int number) {
        return "node-" + (number + 1);
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        NodeArguments node = NodeArguments.parse(arguments);
        Watch.takeOutput();
        NodeWork.serve(new ElectionMap(node), node);
    }

    @Override
    public boolean leads() {
        return member.leadership().isLeader();
    }

    private ReplicatedValue<byte[]> value(String name) {
        return values.computeIfAbsent(name, added -> member.store().value(added, byte[].class));
    }

    @Override
    public void write(String name, byte[] value, Consumer<@Nullable String> done) {
        value(name).set(value).whenComplete((result, failure) -> done.accept(failure(result, failure)));
    }

    private static @Nullable String failure(@Nullable WriteResult<Long> result, @Nullable Throwable failure) {
        return result != null && result.wasApplied() ? null : result + ", " + failure;
    }

    @Override
    public void read(String name, Consumer<@Nullable String> done) {
        value(name).read(PATIENCE).whenComplete((stored, failure) -> done.accept(NodeWork.word(failure)));
    }

    @Override
    public long appliedIndex() {
        return member.store().appliedIndex();
    }

    @Override
    public Duration roundTrip() {
        Duration known = member.operations().status().quorum().roundTrip();
        return known == null ? Duration.ZERO : known;
    }
}
