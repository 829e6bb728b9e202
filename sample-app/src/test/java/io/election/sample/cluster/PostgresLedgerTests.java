package io.election.sample.cluster;

import java.io.IOException;
import org.junit.jupiter.api.AfterEach;

/** On PostgreSQL, by the sample's profile. */
class PostgresLedgerTests extends LedgerContract {

    private Postgres postgres;

    @Override
    LedgerDatabase openDatabase() throws IOException {
        postgres = new Postgres();
        return LedgerDatabase.open("postgres", directory);
    }

    @AfterEach
    void stopDatabase() throws IOException {
        postgres.close();
    }

    @Override
    String waiting() {
        return "SELECT COUNT(*) FROM pg_locks WHERE NOT granted";
    }
}
