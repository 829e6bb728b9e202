package io.election.fencing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;

import io.election.FencingToken;
import io.lettuce.core.KillArgs;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.cluster.SlotHash;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.connection.RedisClusterConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import redis.embedded.RedisServer;
import redis.embedded.core.PortProvider;

/** What a fence in a Redis Cluster of several nodes remembers when a replica takes the place of its master. */
@EnabledOnOs(value = OS.LINUX, disabledReason = "needs signals")
@Timeout(300)
@Tag("thorough")
@Tag("even-days")
class RedisFailoverTests {

    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final int MASTERS = 3;
    private static final int SLOTS = 16_384;

    private final FencingToken older = new FencingToken(9);
    private final FencingToken newer = new FencingToken(10);

    private final List<RedisServer> servers = new ArrayList<>();
    private final List<Integer> ports = new ArrayList<>();
    private final List<RedisClient> clients = new ArrayList<>();
    private final List<RedisCommands<String, String>> nodes = new ArrayList<>();
    private final List<LettuceConnectionFactory> connections = new ArrayList<>();
    private long pidOfTheMaster;
    private long pidOfTheReplica;

    /** Three masters, and a replica of the first, whose slots hold what the tests guard. */
    @BeforeEach
    void form() throws Exception {
        PortProvider free = PortProvider.newEphemeralPortProviderInRedisClusterRange();
        for (int i = 0; i <= MASTERS; i++) {
            int port = free.get();
            RedisServer server = RedisServer.newRedisServer()
                    .port(port)
                    .bind("127.0.0.1")
                    .setting("save \"\"")
                    .setting("dir " + Files.createTempDirectory("election-redis"))
                    .setting("cluster-enabled yes")
                    .setting("cluster-node-timeout 1500")
                    .setting("cluster-replica-validity-factor 0")
                    .setting("repl-diskless-sync-delay 0")
                    .build();
            server.start();
            servers.add(server);
            ports.add(port);
            RedisClient client = RedisClient.create(RedisURI.create("127.0.0.1", port));
            clients.add(client);
            nodes.add(client.connect().sync());
        }
        for (int i = 0; i < MASTERS; i++) {
            nodes.get(i)
                    .clusterAddSlots(IntStream.range(SLOTS * i / MASTERS, SLOTS * (i + 1) / MASTERS)
                            .toArray());
            // Without it, several masters have the same epoch for a while, and votes are refused.
            nodes.get(i).clusterSetConfigEpoch(i + 1);
        }
        for (int port : ports) {
            nodes.get(0).clusterMeet("127.0.0.1", port);
        }
        for (RedisCommands<String, String> node : nodes) {
            await().atMost(PATIENCE).until(node::clusterInfo, containsString("cluster_state:ok"));
            await().atMost(PATIENCE).until(node::clusterInfo, containsString("cluster_known_nodes:" + (MASTERS + 1)));
        }
        nodes.get(MASTERS).clusterReplicate(nodes.get(0).clusterMyId());
        await().atMost(PATIENCE).until(() -> nodes.get(MASTERS).info("replication"), containsString("link_status:up"));
        await().atMost(PATIENCE).until(() -> nodes.get(0).info("replication"), containsString("connected_slaves:1"));
        for (int i = 1; i < MASTERS; i++) {
            RedisCommands<String, String> node = nodes.get(i);
            await().atMost(PATIENCE).until(node::clusterNodes, containsString("slave"));
        }
        pidOfTheMaster = pid(nodes.get(0));
        pidOfTheReplica = pid(nodes.get(MASTERS));
    }

    @AfterEach
    void end() throws IOException {
        connections.forEach(LettuceConnectionFactory::destroy);
        clients.forEach(RedisClient::shutdown);
        for (RedisServer server : servers) {
            server.stop();
        }
    }

    private static long pid(RedisCommands<String, String> node) {
        return node.info("server")
                .lines()
                .filter(line -> line.startsWith("process_id:"))
                .mapToLong(line -> Long.parseLong(line.substring("process_id:".length())))
                .findFirst()
                .orElseThrow();
    }

    private static void signal(String name, long pid) throws Exception {
        assertThat(new ProcessBuilder("kill", "-" + name, String.valueOf(pid))
                        .inheritIO()
                        .start()
                        .waitFor())
                .isZero();
    }

    /** A resource in the slots of the master that fails. */
    private static String resource() {
        return IntStream.range(0, 1_000)
                .mapToObj(number -> "orders-" + number)
                .filter(name -> SlotHash.getSlot("{" + name + "}") < SLOTS / MASTERS)
                .findFirst()
                .orElseThrow();
    }

    /** As an application that has just started sees the cluster. */
    private RedisFence fence() {
        LettuceConnectionFactory factory = new LettuceConnectionFactory(new RedisClusterConfiguration(
                ports.stream().skip(1).map(port -> "127.0.0.1:" + port).toList()));
        factory.afterPropertiesSet();
        factory.start();
        connections.add(factory);
        return new RedisFence(factory);
    }

    /** The others notice that the master is gone, and vote for its replica. */
    private void awaitFailover() {
        await().atMost(PATIENCE).until(() -> nodes.get(MASTERS).info("replication"), containsString("role:master"));
        for (int i = 1; i <= MASTERS; i++) {
            RedisCommands<String, String> node = nodes.get(i);
            await().atMost(PATIENCE).until(node::clusterInfo, containsString("cluster_state:ok"));
        }
    }

    /** From now on the master has no replica that it could send anything to. */
    private void cutTheReplicaOff() throws Exception {
        signal("STOP", pidOfTheReplica);
        nodes.get(0).clientKill(KillArgs.Builder.typeSlave());
        await().atMost(PATIENCE).until(() -> nodes.get(0).info("replication"), containsString("connected_slaves:0"));
    }

    @Test
    void aReplicaThatHasTheLatestTokenRefusesWhatItsMasterRefused() throws Exception {
        RedisFence before = fence();
        before.set(resource(), older, "{" + resource() + "}:last", "old");
        before.set(resource(), newer, "{" + resource() + "}:last", "new");
        assertThat(nodes.get(0).waitForReplication(1, PATIENCE.toMillis())).isEqualTo(1);

        signal("KILL", pidOfTheMaster);
        awaitFailover();

        RedisFence after = fence();
        assertThatExceptionOfType(StaleFencingTokenException.class)
                .isThrownBy(() -> after.set(resource(), older, "{" + resource() + "}:last", "late"))
                .satisfies(stale -> assertThat(stale.getCurrent()).isEqualTo(newer));
        assertThatCode(() -> after.guard(resource(), newer)).doesNotThrowAnyException();
    }

    /** The limit that docs/fencing.md states: Redis answers before its replicas have the write. */
    @Test
    void aReplicaThatLacksTheLatestTokenLetsALeaderOfThePastPassUntilThePresentOneWrites() throws Exception {
        RedisFence before = fence();
        before.guard(resource(), older);
        assertThat(nodes.get(0).waitForReplication(1, PATIENCE.toMillis())).isEqualTo(1);
        cutTheReplicaOff();
        before.guard(resource(), newer);
        assertThatExceptionOfType(StaleFencingTokenException.class).isThrownBy(() -> before.guard(resource(), older));

        signal("KILL", pidOfTheMaster);
        signal("CONT", pidOfTheReplica);
        awaitFailover();

        RedisFence after = fence();
        assertThatCode(() -> after.guard(resource(), older)).doesNotThrowAnyException();
        after.guard(resource(), newer);
        assertThatExceptionOfType(StaleFencingTokenException.class).isThrownBy(() -> after.guard(resource(), older));
    }

    @Test
    void aMasterThatMustHaveAReplicaAcceptsNoTokenWithoutOne() throws Exception {
        RedisFence fence = fence();
        fence.guard(resource(), older);
        nodes.get(0).configSet("min-replicas-to-write", "1");
        cutTheReplicaOff();
        assertThatExceptionOfType(DataAccessException.class)
                .isThrownBy(() -> fence.guard(resource(), newer))
                .havingRootCause()
                .withMessageContaining("NOREPLICAS");
        signal("CONT", pidOfTheReplica);
    }
}
