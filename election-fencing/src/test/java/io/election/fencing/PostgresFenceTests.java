package io.election.fencing;

import com.zaxxer.hikari.HikariDataSource;

class PostgresFenceTests extends JdbcFenceContract {

    @Override
    HikariDataSource dataSource() {
        return Databases.postgres();
    }

    @Override
    JdbcDialect dialect() {
        return JdbcDialect.POSTGRESQL;
    }

    @Override
    String waitingSessions() {
        return "SELECT COUNT(*) FROM pg_locks WHERE NOT granted";
    }

    /** Whatever was changed after the snapshot cannot be locked. */
    @Override
    boolean conflictsWithSnapshot(Isolation isolation) {
        return isolation != Isolation.READ_COMMITTED;
    }
}
