package io.election.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.election.FreePorts;
import io.election.Leadership;
import io.election.actuate.ElectionHealthIndicator;
import io.election.actuate.ElectionReadinessIndicator;
import io.election.autoconfigure.ElectionReadinessAutoConfiguration;
import io.election.discovery.NameServer;
import io.election.node.ElectionNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;
import org.springframework.context.ConfigurableApplicationContext;

/** Whole applications that find each other by a name, each at a loopback address of its own. */
@EnabledOnOs(OS.LINUX)
class FoundByNameClusterTests {

    private static final Duration LONG = Duration.ofMinutes(3);
    private static final String NAME = "orders-headless.test";

    private NameServer names;
    private int port;
    private final Map<String, ConfigurableApplicationContext> members = new TreeMap<>();

    @BareElection
    @ImportAutoConfiguration(ElectionReadinessAutoConfiguration.class)
    static class Application {}

    @BeforeEach
    void startNames() throws Exception {
        names = new NameServer().lifetimes(0, 0);
        port = FreePorts.next();
    }

    @AfterEach
    void closeAll() throws Exception {
        members.values().parallelStream().forEach(ConfigurableApplicationContext::close);
        names.close();
    }

    private ConfigurableApplicationContext start(String id, int host, String... further) {
        List<String> settings = new ArrayList<>(List.of(
                "spring.application.name=orders",
                "spring.main.keep-alive=false",
                "election.node-id=" + id,
                "election.discovery.dns=" + NAME + ".",
                "election.discovery.expected=3",
                "election.discovery.servers=127.0.0.1:" + names.address().getPort(),
                "election.discovery.stable-margin=2s",
                "election.peer.port=" + port,
                "election.peer.address=127.0.9." + host,
                "election.peer.secret=a-secret-for-tests-only",
                "election.promotion.stabilisation=500ms",
                "management.endpoint.health.group.readiness.include=electionReadiness",
                "election.rehearsal.enabled=false"));
        settings.addAll(List.of(further));
        ConfigurableApplicationContext started = new SpringApplicationBuilder(Application.class)
                .web(WebApplicationType.NONE)
                .properties(settings.toArray(String[]::new))
                .run();
        members.put(id, started);
        return started;
    }

    private static Health health(ConfigurableApplicationContext member) {
        return member.getBean(ElectionHealthIndicator.class).health();
    }

    private static boolean isLeaderlessFor(ConfigurableApplicationContext member, Duration time) {
        Instant since = member.getBean(ElectionNode.class).status().leaderlessSince();
        return since != null && Duration.between(since, Instant.now()).compareTo(time) >= 0;
    }

    private long leaders() {
        return members.values().stream()
                .filter(member -> member.getBean(Leadership.class).isLeader())
                .count();
    }

    @Test
    void threeFoundAClusterAndAFourthIsASpareThatTakesTheirPlace() throws Exception {
        names.addresses(NAME, "127.0.9.1", "127.0.9.2");
        ConfigurableApplicationContext a = start("a", 1);
        start("b", 2);
        await().atMost(LONG)
                .untilAsserted(
                        () -> assertThat(String.valueOf(health(a).getDetails().get("foundingWaits")))
                                .isEqualTo("discovery finds [a, b], and 3 data members are expected"));
        await("there is no leader to wait for")
                .atMost(LONG)
                .until(() -> a.getBean(ElectionReadinessIndicator.class)
                        .health()
                        .getStatus()
                        .equals(Status.UP));
        names.addresses(NAME, "127.0.9.1", "127.0.9.2", "127.0.9.3");
        start("c", 3);
        await().atMost(LONG).until(() -> leaders() == 1);
        assertThat(health(a).getDetails()).doesNotContainKey("foundingWaits");
        names.addresses(NAME, "127.0.9.1", "127.0.9.2", "127.0.9.3", "127.0.9.4");
        ConfigurableApplicationContext d = start("d", 4);
        await("a spare is ready")
                .atMost(LONG)
                .until(() -> "spare"
                        .equals(d.getBean(ElectionReadinessIndicator.class)
                                .health()
                                .getDetails()
                                .get("standing")));
        names.is(NameServer.Mood.SERVFAIL);
        ConfigurableApplicationContext e = start("e", 5);
        await("who is not told who is there does not know that nobody leads")
                .atMost(LONG)
                .until(() -> isLeaderlessFor(e, Duration.ofSeconds(10)));
        assertThat(e.getBean(ElectionReadinessIndicator.class).health().getStatus())
                .isEqualTo(Status.OUT_OF_SERVICE);
        // It leaves as it stops, and the spare takes its place: the only one, as long as the other one finds nobody.
        members.remove("b").close();
        await().atMost(LONG).until(() -> "voter".equals(health(d).getDetails().get("votingState")));
        names.is(NameServer.Mood.SOUND);
    }
}
