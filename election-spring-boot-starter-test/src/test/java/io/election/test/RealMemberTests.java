package io.election.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.election.Leadership;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.context.TestPropertySource;

/** Who wants the real member in a test says so; that also shows that {@link ExistingServiceTests} could fail. */
class RealMemberTests {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Nested
    @SpringBootTest(classes = OrdersApplication.class, properties = "election.node-id=node-1")
    @AutoConfigureTestLeadership(replace = false)
    @DirtiesContext
    class ByTheAnnotation {

        static final WatchedMembers watched = new WatchedMembers();

        @DynamicPropertySource
        static void realMembers(DynamicPropertyRegistry registry) {
            watched.register(registry);
        }

        @AfterAll
        static void stopWatching() throws IOException {
            watched.close();
        }

        @Test
        void takesPartInTheElection(@Autowired Leadership leadership) {
            takesPart(leadership, watched);
        }
    }

    @Nested
    @SpringBootTest(classes = SmallService.class, webEnvironment = SpringBootTest.WebEnvironment.NONE)
    @TestPropertySource(properties = {"election.test.replace=false", "election.node-id=node-1"})
    @DirtiesContext
    class ByTheProperty {

        static final WatchedMembers watched = new WatchedMembers();

        @DynamicPropertySource
        static void realMembers(DynamicPropertyRegistry registry) {
            watched.register(registry);
        }

        @AfterAll
        static void stopWatching() throws IOException {
            watched.close();
        }

        @Test
        void takesPartInTheElection(@Autowired Leadership leadership) {
            takesPart(leadership, watched);
        }
    }

    private static void takesPart(Leadership leadership, WatchedMembers watched) {
        assertThat(leadership).isNotInstanceOf(TestLeadership.class);
        await().atMost(PATIENCE).until(() -> watched.connections() > 0);
        assertThat(watched.isPortTaken()).isTrue();
        assertThat(Files.exists(watched.directory())).isTrue();
    }
}
