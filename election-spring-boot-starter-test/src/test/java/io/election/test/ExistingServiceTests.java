package io.election.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.election.Leadership;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** A test that knows nothing of this module: it is on the class path, and the settings list real members. */
@SpringBootTest(classes = OrdersApplication.class)
@DirtiesContext
class ExistingServiceTests {

    static final WatchedMembers watched = new WatchedMembers();

    @DynamicPropertySource
    static void realMembers(DynamicPropertyRegistry registry) {
        watched.register(registry);
    }

    @AfterAll
    static void stopWatching() throws IOException {
        watched.close();
    }

    @Autowired
    Leadership leadership;

    @Test
    void contactsNobodyOpensNoPortAndWritesNoFile() throws Exception {
        assertThat(leadership.isLeader()).isFalse();
        assertThat(leadership).isInstanceOf(TestLeadership.class);
        TestLeadership granted = (TestLeadership) leadership;
        granted.grant();
        assertThat(granted.confirm(Duration.ofMinutes(1))).isTrue();
        granted.handOver("node-2").toCompletableFuture().get(60, TimeUnit.SECONDS);
        granted.grant();
        granted.revoke();
        // Longer than any time in the settings, after which a real member of them does something (RealMemberTests).
        await().during(Duration.ofMillis(300)).atMost(Duration.ofSeconds(60)).until(() -> watched.connections() == 0);
        assertThat(watched.isPortTaken()).isFalse();
        assertThat(Files.exists(watched.directory())).isFalse();
    }
}
