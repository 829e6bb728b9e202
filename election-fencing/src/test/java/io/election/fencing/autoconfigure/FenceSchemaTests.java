package io.election.fencing.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.zaxxer.hikari.HikariDataSource;
import io.election.fencing.JdbcDialect;
import io.election.fencing.JdbcFence;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.springframework.boot.sql.init.DatabaseInitializationMode;
import org.springframework.core.io.DefaultResourceLoader;
import org.springframework.jdbc.core.JdbcTemplate;

/** All members start at the same time, and each makes the fence's table if it is told to. */
class FenceSchemaTests {

    private static final int ROUNDS = 30;
    private static final int MEMBERS = 4;

    /** PostgreSQL lets one of two that make the same table at the same time fail, in spite of IF NOT EXISTS. */
    @Test
    void membersThatStartTogetherMakeTheTableOnPostgres() throws Exception {
        try (EmbeddedPostgres server = EmbeddedPostgres.builder()
                        .setPGStartupWait(Duration.ofMinutes(2))
                        .start();
                HikariDataSource pool = new HikariDataSource()) {
            pool.setJdbcUrl(server.getJdbcUrl("postgres", "postgres"));
            pool.setMaximumPoolSize(MEMBERS);
            makeTogether(pool, JdbcDialect.POSTGRESQL);
        }
    }

    @Test
    void membersThatStartTogetherMakeTheTableOnH2() throws Exception {
        try (HikariDataSource pool = new HikariDataSource()) {
            pool.setJdbcUrl("jdbc:h2:mem:" + UUID.randomUUID());
            pool.setMaximumPoolSize(MEMBERS);
            makeTogether(pool, JdbcDialect.H2);
        }
    }

    private static void makeTogether(HikariDataSource pool, JdbcDialect dialect) throws Exception {
        ExecutorService members = Executors.newFixedThreadPool(MEMBERS);
        try {
            CyclicBarrier start = new CyclicBarrier(MEMBERS);
            for (int round = 0; round < ROUNDS; round++) {
                JdbcFenceProperties properties = new JdbcFenceProperties(
                        null,
                        null,
                        "fence_" + round,
                        DatabaseInitializationMode.ALWAYS,
                        JdbcFenceProperties.DEFAULT_SCHEMA,
                        JdbcFence.DEFAULT_TIMEOUT);
                List<Future<?>> made = new ArrayList<>();
                for (int i = 0; i < MEMBERS; i++) {
                    made.add(members.submit(() -> {
                        new JdbcTemplate(pool).queryForObject("SELECT 1", Long.class);
                        start.await(1, TimeUnit.MINUTES);
                        return new FenceSchema(pool, dialect, properties, new DefaultResourceLoader())
                                .initializeDatabase();
                    }));
                }
                for (Future<?> one : made) {
                    assertThatCode(() -> one.get(1, TimeUnit.MINUTES)).doesNotThrowAnyException();
                }
                assertThat(new JdbcTemplate(pool).queryForObject("SELECT COUNT(*) FROM fence_" + round, Long.class))
                        .as("the table is there")
                        .isZero();
            }
        } finally {
            members.shutdownNow();
        }
    }
}
