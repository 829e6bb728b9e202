package io.election.fencing;

import com.zaxxer.hikari.HikariDataSource;
import org.junit.jupiter.api.AfterEach;

class H2FenceTests extends JdbcFenceContract {

    private final HikariDataSource own = Databases.h2();

    @AfterEach
    void close() {
        own.close();
    }

    @Override
    HikariDataSource dataSource() {
        return own;
    }

    @Override
    JdbcDialect dialect() {
        return JdbcDialect.H2;
    }

    /** H2 does not tell who waits for a row, only what is being executed. */
    @Override
    String waitingSessions() {
        return "SELECT COUNT(*) FROM information_schema.sessions"
                + " WHERE executing_statement LIKE '%election_fence%' AND session_id <> SESSION_ID()";
    }

    @Override
    boolean conflictsWithSnapshot(Isolation isolation) {
        return isolation != Isolation.READ_COMMITTED;
    }

    /** Above read committed it reads from a snapshot, which a row written with the same token does not make it give up. */
    @Override
    boolean readsTheLatest(Isolation isolation) {
        return isolation == Isolation.READ_COMMITTED;
    }
}
