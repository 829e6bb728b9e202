package io.election.sample.cluster;

import java.io.IOException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** The demo as users play it, on PostgreSQL; it checks itself. {@code cluster.sh demo} plays it on H2. */
@Tag("faults")
@Timeout(600)
@EnabledOnOs(value = OS.LINUX, disabledReason = "needs signals, and a monotonic clock that processes share")
@Tag("even-days")
class DemoTests {

    @Test
    void playsToItsEndOnPostgres() throws IOException {
        try (Postgres postgres = new Postgres()) {
            Demo.play("postgres");
        }
    }
}
