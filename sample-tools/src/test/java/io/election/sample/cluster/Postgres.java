package io.election.sample.cluster;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * A PostgreSQL on loopback, empty, that {@code --profile postgres} finds as long as it runs: its address is in the system
 * properties, where users have it in the environment.
 */
final class Postgres implements AutoCloseable {

    private static final String URL = "spring.datasource.url";
    private static final String USER = "spring.datasource.username";

    private final EmbeddedPostgres server;

    Postgres() throws IOException {
        server = EmbeddedPostgres.builder()
                .setPGStartupWait(Duration.ofMinutes(2))
                .start();
        System.setProperty(URL, server.getJdbcUrl("postgres", "postgres"));
        System.setProperty(USER, "postgres");
    }

    @Override
    public void close() throws IOException {
        List.of(URL, USER).forEach(System::clearProperty);
        server.close();
    }
}
