package io.election.fencing;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.election.FencingToken;
import java.util.UUID;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

class MariaDbFenceTests extends JdbcFenceContract {

    @Override
    HikariDataSource dataSource() {
        return Databases.mariadb();
    }

    @Override
    JdbcDialect dialect() {
        return JdbcDialect.MARIADB;
    }

    @Override
    String waitingSessions() {
        return "SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'";
    }

    /**
     * With several primaries (Galera, group replication) a conflict between two transactions is found by the rows that both have
     * changed. A row that is written with the values it has already is not among them.
     */
    @ParameterizedTest
    @ValueSource(longs = {10, 11, 12})
    void everyGuardThatPassesReallyChangesItsRow(long presented) {
        String resource = "ledger-" + UUID.randomUUID();
        guard(resource, new FencingToken(10));
        JdbcTemplate jdbc = new JdbcTemplate(dataSource());
        JdbcFence fence = new JdbcFence(dataSource());
        Long changes = new TransactionTemplate(new JdbcTransactionManager(dataSource())).execute(status -> {
            long before = changedRows(jdbc);
            fence.guard(resource, new FencingToken(presented));
            return changedRows(jdbc) - before;
        });
        assertThat(changes).isPositive();
        assertThat(jdbc.queryForObject("SELECT token FROM election_fence WHERE resource = ?", Long.class, resource))
                .isEqualTo(presented);
    }

    /** As the storage engine counts them, in this connection: what replication sees. */
    private static long changedRows(JdbcTemplate jdbc) {
        return jdbc.queryForObject(
                "SELECT VARIABLE_VALUE FROM information_schema.session_status WHERE VARIABLE_NAME = 'HANDLER_UPDATE'",
                Long.class);
    }

    /** A locking read sees what was committed last. */
    @Override
    boolean conflictsWithSnapshot(Isolation isolation) {
        return false;
    }

    @Override
    boolean plainReadsLock(Isolation isolation) {
        return isolation == Isolation.SERIALIZABLE;
    }
}
