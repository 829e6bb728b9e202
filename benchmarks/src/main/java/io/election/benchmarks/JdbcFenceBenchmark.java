package io.election.benchmarks;

import com.zaxxer.hikari.HikariDataSource;
import io.election.FencingToken;
import io.election.fencing.JdbcFence;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.springframework.core.io.ClassPathResource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.init.ResourceDatabasePopulator;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * A transaction of one insert, with and without a guard before it, on PostgreSQL on this machine. One leader writes: one
 * thread.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime) // The median: means are the neighbours' on a busy machine.
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 5)
@Measurement(iterations = 5, time = 5)
@Fork(2)
public class JdbcFenceBenchmark {

    private static final FencingToken TOKEN = new FencingToken(1_893_456_000_000_001L);

    private EmbeddedPostgres server;
    private HikariDataSource pool;
    private JdbcTemplate jdbc;
    private TransactionTemplate transaction;
    private JdbcFence fence;

    /** A new database with one row in the fence's table. */
    @Setup(Level.Trial)
    public void start() throws IOException {
        // A commit that waits for the disk, as in earnest; the embedded server's default does not.
        server = EmbeddedPostgres.builder()
                .setServerConfig("synchronous_commit", "on")
                .setServerConfig("fsync", "on")
                .start();
        pool = new HikariDataSource();
        pool.setJdbcUrl(server.getJdbcUrl("postgres", "postgres"));
        jdbc = new JdbcTemplate(pool);
        new ResourceDatabasePopulator(new ClassPathResource("io/election/fencing/schema-postgresql.sql")).execute(pool);
        jdbc.execute("CREATE TABLE invoice (id BIGSERIAL PRIMARY KEY, text VARCHAR(100) NOT NULL)");
        transaction = new TransactionTemplate(new JdbcTransactionManager(pool));
        fence = new JdbcFence(pool);
    }

    /** Nothing stays. */
    @TearDown(Level.Trial)
    public void stop() throws IOException {
        pool.close();
        server.close();
    }

    /** The work alone. */
    @Benchmark
    public void unguarded() {
        transaction.executeWithoutResult(status -> insert());
    }

    /** The work behind the fence. */
    @Benchmark
    public void guarded() {
        transaction.executeWithoutResult(status -> {
            fence.guard("invoices", TOKEN);
            insert();
        });
    }

    private void insert() {
        jdbc.update("INSERT INTO invoice (text) VALUES (?)", "an invoice of some length");
    }
}
