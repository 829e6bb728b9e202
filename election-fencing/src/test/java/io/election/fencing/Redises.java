package io.election.fencing;

import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.springframework.data.redis.connection.RedisClusterConfiguration;
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import redis.embedded.RedisServer;
import redis.embedded.core.PortProvider;

/** Real Redis servers on loopback, each started when first asked for, once in a JVM, and stopped with it. */
final class Redises {

    private Redises() {}

    static LettuceConnectionFactory single() {
        return Single.CONNECTIONS;
    }

    /** A cluster of one node that holds all slots: it refuses a call whose keys are in two of them like any other. */
    static LettuceConnectionFactory cluster() {
        return Cluster.CONNECTIONS;
    }

    private static int start(boolean cluster) {
        try {
            int port = (cluster
                            ? PortProvider.newEphemeralPortProviderInRedisClusterRange()
                            : PortProvider.newEphemeralPortProvider())
                    .get();
            RedisServer server = RedisServer.newRedisServer()
                    .port(port)
                    .bind("127.0.0.1")
                    .setting("save \"\"")
                    .setting("dir " + Files.createTempDirectory("election-redis"))
                    .settingIf(cluster, "cluster-enabled yes")
                    .build();
            server.start();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(server)));
            return port;
        } catch (IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    private static void stop(RedisServer server) {
        try {
            server.stop();
        } catch (IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    private static LettuceConnectionFactory started(LettuceConnectionFactory connections) {
        connections.afterPropertiesSet();
        connections.start();
        return connections;
    }

    /** Not in the class that holds the cluster: waiting is another thread's, which must not wait for that class. */
    private static LettuceConnectionFactory form(int port) {
        RedisClient client = RedisClient.create(RedisURI.create("127.0.0.1", port));
        try (StatefulRedisConnection<String, String> node = client.connect()) {
            node.sync().clusterAddSlots(IntStream.range(0, 16_384).toArray());
            await().atMost(Duration.ofMinutes(1))
                    .until(() -> node.sync().clusterInfo(), containsString("cluster_state:ok"));
        } finally {
            client.shutdown();
        }
        return started(new LettuceConnectionFactory(new RedisClusterConfiguration(List.of("127.0.0.1:" + port))));
    }

    private static final class Single {

        static final LettuceConnectionFactory CONNECTIONS = started(
                new LettuceConnectionFactory(new RedisStandaloneConfiguration("127.0.0.1", Redises.start(false))));
    }

    private static final class Cluster {

        static final LettuceConnectionFactory CONNECTIONS = form(Redises.start(true));
    }
}
