package io.election.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.fencing.autoconfigure.JdbcFenceAutoConfiguration;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What an editor shows beside a setting. */
class ConfigurationMetadataTests {

    @Test
    void describesEverySetting() throws IOException {
        List<String> names = new ArrayList<>();
        for (JsonNode property : ours()) {
            names.add(property.get("name").asString());
            assertThat(property.has("description")
                            && property.get("description").asString().endsWith("."))
                    .as("description of %s", property)
                    .isTrue();
        }
        assertThat(names)
                .contains(
                        "election.enabled",
                        "election.when-disabled",
                        "election.standalone",
                        "election.cluster",
                        "election.node-id",
                        "election.members",
                        "election.election-timeout",
                        "election.heartbeat-interval",
                        "election.lease-duration",
                        "election.clock-drift",
                        "election.storage.directory",
                        "election.peer.path",
                        "election.peer.port",
                        "election.peer.secret",
                        "election.peer.accepted-secrets",
                        "election.peer.ssl.bundle",
                        "election.peer.trust-network",
                        "election.handover.timeout",
                        "election.health.leaderless-grace",
                        "election.health.no-leader-status",
                        "election.events.interrupt",
                        "election.web.on-follower",
                        "election.fencing.jdbc.data-source",
                        "election.fencing.jdbc.platform",
                        "election.fencing.jdbc.table",
                        "election.fencing.jdbc.initialize-schema",
                        "election.fencing.jdbc.schema",
                        "election.fencing.jdbc.timeout",
                        "election.fencing.redis.connection-factory",
                        "election.fencing.redis.key-prefix",
                        "election.fencing.http.memory",
                        "election.fencing.http.guards",
                        "management.endpoint.election.access");
    }

    /** Of the wiring and of the fences; other jars describe their own. */
    private static List<JsonNode> ours() throws IOException {
        List<JsonNode> ours = new ArrayList<>();
        for (Class<?> one : List.of(ElectionProperties.class, JdbcFenceAutoConfiguration.class)) {
            URL jar = one.getProtectionDomain().getCodeSource().getLocation();
            try (URLClassLoader alone = new URLClassLoader(new URL[] {jar}, null);
                    InputStream in = alone.getResourceAsStream("META-INF/spring-configuration-metadata.json")) {
                new JsonMapper().readTree(in).get("properties").forEach(ours::add);
            }
        }
        return ours;
    }
}
