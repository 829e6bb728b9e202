package io.election.fencing;

import com.zaxxer.hikari.HikariDataSource;

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
