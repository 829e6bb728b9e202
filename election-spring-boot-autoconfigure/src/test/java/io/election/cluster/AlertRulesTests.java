package io.election.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.election.Leadership;
import io.election.cluster.MonitoredMember.Brake;
import io.election.cluster.TestCluster.Member;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Each alert rule fires on what the members of a real cluster export while they have the fault that it is for, and did not fire
 * before.
 */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
@Tag("cluster")
@Tag("thorough")
class AlertRulesTests {

    private static final Path RULES = Path.of("..", "monitoring", "election-alerts.yml");
    private static final int BEFORE = 8;
    private static final int DURING = 16;

    @TempDir
    Path directory;

    private final Scrapes scrapes = new Scrapes();

    @BeforeAll
    static void promtool() {
        Promtool.orSkip("whether the alert rules in monitoring/ fire on what members export during a fault");
    }

    private TestCluster cluster() throws IOException {
        return TestCluster.bare(MonitoredMember.class, directory.resolve("data"), "a", "b", "c")
                .with("election.rehearsal.enabled", false);
    }

    private static Map<String, PrometheusMeterRegistry> targets(TestCluster cluster) {
        Map<String, PrometheusMeterRegistry> targets = new TreeMap<>();
        cluster.members().forEach(m -> targets.put(m.id(), registry(m.context())));
        return targets;
    }

    private static PrometheusMeterRegistry registry(ConfigurableApplicationContext member) {
        return member.getBean(PrometheusMeterRegistry.class);
    }

    private void take(TestCluster cluster, int times) {
        for (int i = 0; i < times; i++) {
            scrapes.take(targets(cluster));
        }
    }

    /** Scrapes until a value is seen that shows the fault. The scrapes before do not count. */
    private static void awaitExported(TestCluster cluster, Predicate<Scrapes> shown) {
        await().atMost(TestCluster.PATIENCE).until(() -> {
            Scrapes seen = new Scrapes();
            seen.take(targets(cluster));
            return shown.test(seen);
        });
    }

    /** Waits until all members reach each other, and scrapes that for a while. Answers the last minute of it. */
    private int quiet(TestCluster cluster) {
        cluster.leader();
        awaitExported(
                cluster,
                seen -> cluster.members().stream()
                        .allMatch(m -> seen.latest("election_peers_connected", node(m.id()))
                                == cluster.members().size() - 1));
        take(cluster, BEFORE);
        return scrapes.now();
    }

    private static String node(String id) {
        return "election_node=\"" + id + "\"";
    }

    private void firesOnly(int before, String... alerts) throws Exception {
        Promtool promtool = new Promtool(directory, RULES);
        for (String alert : alerts) {
            promtool.expectAlert(alert, before, false).expectAlert(alert, scrapes.now(), true);
        }
        promtool.test(scrapes);
    }

    @Test
    void theRulesAreUnderstoodAndEachIsTestedAndDocumented() throws Exception {
        Promtool.check(RULES);
        String operations = Files.readString(Path.of("..", "docs", "operations.md"));
        String tests = Files.readString(Path.of(
                "..", "election-spring-boot-autoconfigure", "src/test/java/io/election/cluster/AlertRulesTests.java"));
        List<String> alerts = alerts();
        assertThat(alerts).hasSizeGreaterThan(9).allSatisfy(alert -> {
            assertThat(operations).contains("| `" + alert + "` |");
            assertThat(tests).contains("\"" + alert + "\"");
        });
    }

    private static List<String> alerts() throws IOException {
        Matcher alert = Pattern.compile("- alert: (\\w+)").matcher(Files.readString(RULES));
        return alert.results().map(found -> found.group(1)).toList();
    }

    @Test
    void noneFiresWhereAllIsWellAndALeaderHandsOver() throws Exception {
        try (TestCluster cluster = cluster().startAll()) {
            quiet(cluster);
            Member leader = cluster.leader();
            assertThat(leader.leadership()
                            .handOver(null)
                            .toCompletableFuture()
                            .get(60, TimeUnit.SECONDS)
                            .succeeded())
                    .isTrue();
            cluster.leader();
            take(cluster, DURING);
        }
        Promtool promtool = new Promtool(directory, RULES);
        for (String alert : alerts()) {
            // A busy machine pauses for longer than a heartbeat without any fault.
            if (!alert.equals("ElectionStalls")) {
                promtool.expectAlert(alert, scrapes.now(), false);
            }
        }
        promtool.test(scrapes);
    }

    @Test
    void aMemberIsMissingAndThenNobodyLeads() throws Exception {
        int well;
        int oneDown;
        try (TestCluster cluster = cluster().startAll()) {
            well = quiet(cluster);
            cluster.stop(cluster.others(cluster.leader()).get(0).id());
            awaitExported(
                    cluster,
                    seen -> cluster.members().stream()
                                    .allMatch(m -> seen.latest("election_peers_connected", node(m.id())) == 1)
                            && seen.latest(
                                            "election_failure_tolerance",
                                            node(cluster.leader().id()))
                                    == 0);
            take(cluster, DURING);
            oneDown = scrapes.now();
            cluster.stop(cluster.leader().id());
            awaitExported(cluster, seen -> seen.latest("election_leader{") == 0);
            take(cluster, DURING);
        }
        new Promtool(directory, RULES)
                .expectAlert("ElectionMemberMissing", well, false)
                .expectAlert("ElectionMemberMissing", oneDown, true)
                .expectAlert("ElectionNoVoterToSpare", well, false)
                .expectAlert("ElectionNoVoterToSpare", oneDown, true)
                .expectAlert("ElectionNoLeader", oneDown, false)
                .expectAlert("ElectionNoLeader", scrapes.now(), true)
                .test(scrapes);
    }

    @Test
    void copiesOfAnApplicationLeadEachInOneTerm() throws Exception {
        int before;
        try (ConfigurableApplicationContext one = copy()) {
            for (int i = 0; i < BEFORE; i++) {
                scrapes.take(Map.of("one", registry(one)));
            }
            before = scrapes.now();
            try (ConfigurableApplicationContext other = copy()) {
                for (int i = 0; i < DURING; i++) {
                    scrapes.take(Map.of("one", registry(one), "other", registry(other)));
                }
            }
        }
        firesOnly(before, "ElectionSeveralLeadersInOneTerm", "ElectionSeveralLeaders");
    }

    private static ConfigurableApplicationContext copy() {
        ConfigurableApplicationContext copy = new SpringApplicationBuilder(MonitoredMember.class)
                .web(WebApplicationType.NONE)
                .run(
                        "--election.cluster=orders",
                        "--election.standalone=true",
                        "--spring.jmx.enabled=false",
                        "--spring.main.banner-mode=off");
        await().atMost(TestCluster.PATIENCE)
                .until(() -> copy.getBean(Leadership.class).isLeader());
        return copy;
    }

    @Test
    void theTermChangesTooOften() throws Exception {
        try (TestCluster cluster = cluster().startAll()) {
            int before = quiet(cluster);
            for (int i = 0; i < 8; i++) {
                cluster.leader().leadership().stepDown().toCompletableFuture().get(60, TimeUnit.SECONDS);
                cluster.leader();
                take(cluster, 1);
            }
            firesOnly(before, "ElectionTermChangesOften");
        }
    }

    @Test
    void aLeaderWhoseElectionStandsStillHasNoQuorum() throws Exception {
        try (TestCluster cluster = cluster().startAll()) {
            int before = quiet(cluster);
            Member leader = cluster.leader();
            Brake brake = leader.context().getBean(Brake.class);
            brake.pull();
            try {
                awaitExported(cluster, seen -> seen.latest("election_lease_expired", node(leader.id())) == 1);
                take(cluster, DURING);
                firesOnly(before, "ElectionLeaderWithoutQuorum");
            } finally {
                brake.release();
            }
        }
    }

    @Test
    void aMemberKeepsStandingStill() throws Exception {
        // Pauses that count, and cost no leadership.
        try (TestCluster cluster = cluster()
                .with("election.election-timeout", "8s")
                .with("election.lease-duration", "6s")
                .with("election.heartbeat-interval", "50ms")
                .with("election.members[0].initial-leader", true)
                .startAll()) {
            int before = quiet(cluster);
            Member leader = cluster.leader();
            Brake brake = leader.context().getBean(Brake.class);
            for (int i = 0; i < 6; i++) {
                double counted = stalls(cluster, leader.id());
                brake.pause(Duration.ofMillis(300));
                awaitExported(cluster, seen -> seen.latest("election_stalls_total", node(leader.id())) > counted);
                take(cluster, 1);
            }
            firesOnly(before, "ElectionStalls");
        }
    }

    private static double stalls(TestCluster cluster, String member) {
        Scrapes now = new Scrapes();
        now.take(targets(cluster));
        return now.latest("election_stalls_total", node(member));
    }

    @Test
    void aLeaseRunsThin() throws Exception {
        try (TestCluster cluster = cluster()
                .with("election.election-timeout", "4s")
                .with("election.lease-duration", "3s")
                .with("election.heartbeat-interval", "400ms")
                .with("election.members[0].initial-leader", true)
                .startAll()) {
            int before = quiet(cluster);
            Member leader = cluster.leader();
            cluster.delay(Duration.ofMillis(750));
            awaitExported(cluster, seen -> seen.latest("election_quorum_round_trip_seconds", node(leader.id())) > 1.4);
            for (int i = 0; i < DURING; i++) {
                // Spread over some heartbeats.
                double last = scrapes.latest("election_lease_remaining_seconds", node(leader.id()));
                awaitExported(
                        cluster, seen -> seen.latest("election_lease_remaining_seconds", node(leader.id())) != last);
                take(cluster, 1);
            }
            assertThat(leader.leadership().isLeader()).as("still leads").isTrue();
            firesOnly(before, "ElectionLeaseThin");
        }
    }

    @Test
    void aListDiffersFromTheMembersInForce() throws Exception {
        try (TestCluster cluster = cluster().startAll()) {
            int before = quiet(cluster);
            String changed = cluster.others(cluster.leader()).get(0).id();
            cluster.stop(changed);
            cluster.start(
                    changed, Map.of("election.members[3].id", "d", "election.members[3].url", "http://127.0.0.1:9"));
            awaitExported(cluster, seen -> seen.latest("election_lists_differ", node(changed)) == 1);
            take(cluster, DURING);
            firesOnly(before, "ElectionListsDiffer");
        }
    }

    @Test
    void aCertificateIsAboutToEnd() throws Exception {
        PeerCertificates certificates = new PeerCertificates(directory);
        try (TestCluster cluster = certificates.start(
                TestCluster.bare(MonitoredMember.class, directory.resolve("data"), "a", "b"), 60, "a", "b")) {
            int before = quiet(cluster);
            certificates.issue("b", 5);
            awaitExported(
                    cluster, seen -> seen.latest("election_certificate_remaining_seconds", node("b")) < 6 * 86400);
            take(cluster, DURING);
            firesOnly(before, "ElectionCertificateEnds");
        }
    }
}
