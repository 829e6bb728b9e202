package io.election.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What an editor shows beside a setting. */
class ConfigurationMetadataTests {

    @Test
    void describesEverySetting() throws IOException {
        JsonNode metadata;
        try (InputStream in =
                ElectionProperties.class.getResourceAsStream("/META-INF/spring-configuration-metadata.json")) {
            metadata = new JsonMapper().readTree(in);
        }
        List<String> names = new ArrayList<>();
        for (JsonNode property : metadata.get("properties")) {
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
}
