package io.election.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.election.FreePorts;
import io.election.actuate.ElectionDescriptor;
import io.election.cluster.TestCluster.Member;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.util.FileSystemUtils;

/** What members tell of each other, in the log, the endpoint and the health, over real HTTP. */
@Timeout(value = 300, unit = TimeUnit.SECONDS)
@ExtendWith(OutputCaptureExtension.class)
@Tag("cluster")
class PeersToldTests {

    private static final Duration PATIENCE = TestCluster.PATIENCE;

    @TempDir
    Path directory;

    private TestCluster cluster(String... ids) throws IOException {
        return patient(TestCluster.bare(directory, ids));
    }

    private static TestCluster patient(TestCluster cluster) {
        // A busy machine lets a member stand still for a second. Longer pauses cost the leader that the tests wait for.
        return cluster.with("election.election-timeout", "2s")
                .with("election.lease-duration", "1500ms")
                .with("election.heartbeat-interval", "50ms");
    }

    private void lose(String id) {
        assertThat(FileSystemUtils.deleteRecursively(
                        directory.resolve("cluster-test").resolve(id).toFile()))
                .as("the directory of " + id + " was there")
                .isTrue();
    }

    private static long count(CapturedOutput output, String text) {
        return output.getAll().lines().filter(line -> line.contains(text)).count();
    }

    private static void awaitLine(CapturedOutput output, String... parts) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(output.getAll().lines())
                        .anySatisfy(line -> assertThat(line).contains(parts)));
    }

    @Test
    void saysOfEachPeerThatDoesNotAnswerWhy(CapturedOutput output) throws Exception {
        HttpServer foreign = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
        foreign.createContext("/shop", exchange -> {
            byte[] page = "<html><body>Welcome to the shop</body></html>".getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "text/html");
            exchange.sendResponseHeaders(200, page.length);
            exchange.getResponseBody().write(page);
            exchange.close();
        });
        foreign.createContext("/moved", exchange -> {
            exchange.getResponseHeaders().set("Location", "/shop");
            exchange.sendResponseHeaders(302, -1);
            exchange.close();
        });
        // What waits for the end of a line there must not keep the others waiting.
        ExecutorService threads = Executors.newCachedThreadPool();
        foreign.setExecutor(threads);
        foreign.start();
        String there = "127.0.0.1:" + foreign.getAddress().getPort();
        Map<String, String> urls = new LinkedHashMap<>();
        urls.put("misspelt", "http://no-such-host.invalid:8080");
        urls.put("silent", "https://" + there);
        urls.put("elsewhere", "http://" + there + "/nothing");
        urls.put("page", "http://" + there + "/shop");
        urls.put("moved", "http://" + there + "/moved");
        urls.put("down", "http://127.0.0.1:" + FreePorts.next());
        Map<String, String> reasons = Map.of(
                "misspelt", "unknown host 'no-such-host.invalid'",
                "silent", "no answer within PT2S; without TLS there, the url has to begin with http",
                "plain", "TLS: what listens there does not speak TLS",
                "elsewhere", "unsigned answer (404)",
                "page", "unsigned answer (200): <html><body>Welcome to the shop</body></html>",
                "moved", "unsigned answer (302); members follow no redirect",
                "down", "connection refused");
        Map<String, Object> own = new LinkedHashMap<>();
        int index = 1;
        for (Map.Entry<String, String> peer : urls.entrySet()) {
            own.put("election.members[" + index + "].id", peer.getKey());
            own.put("election.members[" + index + "].url", peer.getValue());
            index++;
        }
        // Of a web server that does not speak TLS the reason is another one than of a server that hangs up.
        try (TestCluster cluster = patient(new TestCluster(directory, false, "a"));
                TcpLink tomcat = new TcpLink(cluster.serverPort("a"))) {
            own.put("election.members[" + index + "].id", "plain");
            own.put("election.members[" + index + "].url", "https://127.0.0.1:" + tomcat.port());
            Member a = cluster.start("a", own);
            reasons.forEach((peer, reason) -> {
                awaitLine(output, "Member 'a' of cluster 'cluster-test' cannot reach '" + peer + "'", ": " + reason);
                await().atMost(PATIENCE).untilAsserted(() -> {
                    ElectionDescriptor.Member seen = a.sees(peer);
                    assertThat(seen.reachable()).isFalse();
                    assertThat(seen.lastError()).startsWith(reason);
                    assertThat(seen.lastErrorSince()).isNotNull();
                    assertThat(seen.lastContact()).isNull();
                });
            });
            awaitLine(
                    output,
                    "was not elected in term 1",
                    "'misspelt': not reached, unknown host 'no-such-host.invalid'",
                    "'page': not reached, unsigned answer (200)");
            assertThat(a.health().getDetails().get("peers"))
                    .asInstanceOf(InstanceOfAssertFactories.map(String.class, String.class))
                    .containsOnlyKeys(reasons.keySet());
            // Asked again and again, and told once.
            reasons.forEach((peer, reason) -> assertThat(output.getAll()
                            .lines()
                            .filter(line ->
                                    line.contains("cannot reach '" + peer + "'") && line.contains(": " + reason)))
                    .hasSize(1));
        } finally {
            foreign.stop(0);
            threads.shutdownNow();
        }
    }

    @Test
    @Tag("thorough")
    void aFollowerDoesNotTakeWhomItHearsForReachable(CapturedOutput output) throws Exception {
        try (TestCluster cluster = cluster("a", "b", "c")) {
            // Only c can ask all the others, and so leads; they hear from it and cannot answer a question of their own.
            Map<String, Object> own = Map.of("election.members[2].url", "http://no-such-host.invalid:8080");
            Member a = cluster.start("a", own);
            cluster.start("b", own);
            cluster.start("c");
            assertThat(cluster.leader().id()).isEqualTo("c");
            await().atMost(PATIENCE).untilAsserted(() -> {
                ElectionDescriptor.Member c = a.sees("c");
                assertThat(c.reachable()).isFalse();
                assertThat(c.lastError()).isEqualTo("unknown host 'no-such-host.invalid'");
                assertThat(c.lastContact()).isNotNull();
                assertThat(a.sees("b").reachable()).isTrue();
                assertThat(a.sees("b").lastError()).isNull();
            });
            awaitLine(output, "Member 'a'", "cannot reach 'c'", ": unknown host");
            awaitLine(output, "Member 'b'", "cannot reach 'c'", ": unknown host");
        }
    }

    @Test
    void namesTheSecretWhereItDiffers(CapturedOutput output) throws Exception {
        try (TestCluster cluster = cluster("a", "b")) {
            Member a = cluster.start("a");
            cluster.start("b", Map.of("election.peer.secret", "quite-another-secret-0123456789"));
            awaitLine(
                    output,
                    "Member 'a'",
                    "cannot reach 'b'",
                    ": unsigned answer (401)",
                    "its election.peer.secret may be another one");
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(a.sees("b").lastError()).contains("(401)"));
        }
    }

    @Test
    @Tag("thorough")
    void tellsWhenAMemberIsGoneAndWhenItIsBack(CapturedOutput output) throws Exception {
        try (TestCluster cluster = cluster("a", "b", "c").startAll()) {
            Member leader = cluster.leader();
            Member gone = cluster.others(leader).get(0);
            List<Member> left = cluster.others(gone);
            await().atMost(PATIENCE)
                    .until(() -> left.stream()
                            .allMatch(m -> Boolean.TRUE.equals(m.sees(gone.id()).reachable())));
            cluster.stop(gone.id());
            for (Member member : left) {
                awaitLine(output, "Member '" + member.id() + "'", "cannot reach '" + gone.id() + "': ");
                await().atMost(PATIENCE).untilAsserted(() -> {
                    assertThat(member.sees(gone.id()).reachable()).isFalse();
                    assertThat(member.health().getDetails().get("peers"))
                            .asString()
                            .contains(gone.id());
                });
            }
            cluster.start(gone.id());
            for (Member member : left) {
                awaitLine(
                        output, "Member '" + member.id() + "'", "has reached '" + gone.id() + "' again, after ", " s.");
                await().atMost(PATIENCE).untilAsserted(() -> {
                    assertThat(member.sees(gone.id()).reachable()).isTrue();
                    assertThat(member.sees(gone.id()).lastError()).isNull();
                    assertThat(member.health().getDetails()).doesNotContainKey("peers");
                });
            }
        }
    }

    @Test
    void healthIsDownForListsThatDifferOnlyUntilTheyDoNot(CapturedOutput output) throws Exception {
        try (TestCluster cluster = cluster("a", "b", "c")) {
            Member a = cluster.start("a");
            Member b = cluster.start("b");
            Member wrong = cluster.start(
                    "c",
                    Map.of(
                            "election.members[3].id",
                            "d",
                            "election.members[3].url",
                            "http://127.0.0.1:" + FreePorts.next()));
            awaitLine(
                    output,
                    "Member 'a'",
                    "has another list of members (election.members) than 'c': 'd' (data) is listed only there.");
            awaitLine(output, "Member 'c'", "than 'a': 'd' (data) is listed only here.");
            for (Member member : List.of(a, b)) {
                await().atMost(PATIENCE).untilAsserted(() -> {
                    assertThat(member.health().getStatus()).isEqualTo(Status.DOWN);
                    assertThat(member.health().getDetails().get("fault"))
                            .asString()
                            .contains("than 'c'", "'d' (data) is listed only there");
                });
            }
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(wrong.health().getStatus()).isEqualTo(Status.DOWN));
            cluster.stop("c");
            cluster.start("c");
            cluster.leader();
            for (Member member : cluster.members()) {
                await().atMost(PATIENCE).untilAsserted(() -> {
                    assertThat(member.health().getStatus()).isEqualTo(Status.UP);
                    assertThat(member.health().getDetails()).doesNotContainKey("fault");
                });
            }
            awaitLine(output, "Member 'a'", "has the same list of members as 'c' now");
        }
    }

    @Test
    @Tag("thorough")
    void afterTheFoundingAnotherListIsShownAndHarmsNobody(CapturedOutput output) throws Exception {
        try (TestCluster cluster = cluster("a", "b", "c").startAll()) {
            cluster.leader();
            cluster.clusterId();
            cluster.stop("c");
            lose("c");
            Member c = cluster.start(
                    "c",
                    Map.of(
                            "election.members[3].id",
                            "d",
                            "election.members[3].url",
                            "http://127.0.0.1:" + FreePorts.next()));
            awaitLine(
                    output,
                    "INFO",
                    "Member 'c'",
                    "has another list of members (election.members) than the one in force, which counts: 'd' (data) is listed"
                            + " only here.");
            await().atMost(PATIENCE).untilAsserted(() -> {
                assertThat(c.health().getStatus()).isEqualTo(Status.UP);
                assertThat(c.health().getDetails().get("membersDiffer"))
                        .asString()
                        .contains("'d' (data) is listed only here");
                assertThat(c.health().getDetails()).doesNotContainKey("fault");
            });
            cluster.leader();
            for (String right : List.of("a", "b")) {
                await().atMost(PATIENCE)
                        .untilAsserted(
                                () -> assertThat(cluster.member(right).health().getDetails())
                                        .doesNotContainKeys("fault", "membersDiffer"));
            }
        }
    }

    @Test
    void aMemberWhoseDirectoryIsEmptyIsCatchingUpUntilItCounts() throws Exception {
        try (TestCluster cluster = cluster("a", "b", "c").startAll()) {
            cluster.leader();
            cluster.clusterId();
            cluster.stop("b");
            cluster.stop("c");
            lose("c");
            // Without b nobody can let c in.
            Member c = cluster.start("c");
            await().atMost(PATIENCE).untilAsserted(() -> {
                assertThat(c.sees("c").votingState()).isEqualTo("catching-up");
                assertThat(c.health().getStatus()).isEqualTo(Status.OUT_OF_SERVICE);
                assertThat(c.health().getDetails()).containsEntry("votingState", "catching-up");
            });
            cluster.start("b");
            cluster.leader();
            await().atMost(PATIENCE).untilAsserted(() -> {
                assertThat(c.sees("c").votingState()).isEqualTo("voter");
                assertThat(c.health().getStatus()).isEqualTo(Status.UP);
                assertThat(c.health().getDetails()).containsEntry("votingState", "voter");
            });
        }
    }

    @Test
    @Tag("odd-days")
    @Tag("thorough")
    void namesTheWayOutWhenTooManyMemoriesAreLost(CapturedOutput output) throws Exception {
        String clusterId;
        try (TestCluster cluster = cluster("a", "b", "c").startAll()) {
            cluster.leader();
            clusterId = cluster.clusterId();
            cluster.stopAll();
            lose("a");
            lose("b");
            cluster.startAll();
            for (Member member : cluster.members()) {
                awaitLine(
                        output,
                        "ERROR",
                        "Member '" + member.id() + "'",
                        "the memory of 'a', 'b' is new",
                        "move all their directories away, and start them all");
                await().atMost(PATIENCE)
                        .untilAsserted(
                                () -> assertThat(member.health().getDetails().get("fault"))
                                        .asString()
                                        .contains("the memory of 'a', 'b' is new"));
                assertThat(count(output, "Member '" + member.id() + "' of cluster 'cluster-test' cannot become part"))
                        .as("told once, unless the machine stood still for long")
                        .isBetween(1L, 3L);
            }
            assertThat(cluster.member("a").health().getStatus()).isEqualTo(Status.OUT_OF_SERVICE);
            assertThat(cluster.member("c").health().getStatus()).isIn(Status.UP, Status.UNKNOWN);
            cluster.stopAll();
            List.of("a", "b", "c").forEach(this::lose);
            cluster.startAll();
            cluster.leader();
            assertThat(cluster.clusterId()).isNotEqualTo(clusterId);
            cluster.members()
                    .forEach(member -> assertThat(member.health().getDetails()).doesNotContainKey("fault"));
        }
    }

    /** Takes half a minute: two processes have to be seen in turns, and one of them to be forgotten. */
    @Test
    @Tag("odd-days")
    @Tag("thorough")
    void noticesASecondProcessThatRunsAsAMember(CapturedOutput output) throws Exception {
        try (TestCluster cluster = cluster("a", "b", "c").startAll()) {
            Member leader = cluster.leader();
            Member first = cluster.others(leader).get(0);
            List<Member> others = cluster.others(first);
            Member second = cluster.startBeside(
                    first.id(),
                    Map.of(
                            "election.peer.port",
                            FreePorts.next(),
                            "election.storage.directory",
                            directory.resolve("elsewhere").toString()));
            try {
                for (Member process : List.of(first, second)) {
                    await().atMost(PATIENCE).untilAsserted(() -> {
                        assertThat(process.health().getStatus()).isEqualTo(Status.DOWN);
                        assertThat(process.health().getDetails().get("fault"))
                                .asString()
                                .contains("Another process runs as member '" + first.id() + "' too");
                    });
                }
                awaitLine(output, "ERROR", "is not the only process that runs as '" + first.id() + "', says ");
                for (Member other : others) {
                    awaitLine(
                            output,
                            "ERROR",
                            "Member '" + other.id() + "'",
                            "sees two processes that both run as '" + first.id() + "'");
                    await().atMost(PATIENCE)
                            .untilAsserted(
                                    () -> assertThat(other.sees(first.id()).lastError())
                                            .isEqualTo("two processes run as this member"));
                    await().atMost(PATIENCE)
                            .untilAsserted(
                                    () -> assertThat(other.health().getStatus()).isEqualTo(Status.UP));
                }
            } finally {
                second.context().close();
            }
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(first.health().getStatus()).isEqualTo(Status.UP));
            awaitLine(output, "is the only process that runs as '" + first.id() + "' now");
        }
    }
}
