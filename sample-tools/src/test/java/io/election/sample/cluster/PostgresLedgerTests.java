package io.election.sample.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** On PostgreSQL, by the sample's profile. */
@Tag("thorough")
@Tag("even-days")
class PostgresLedgerTests extends LedgerContract {

    private Postgres postgres;

    @Override
    LedgerDatabase openDatabase(Path directory) throws IOException {
        postgres = new Postgres();
        return LedgerDatabase.open("postgres", directory);
    }

    @Override
    void closeDatabase() throws Exception {
        super.closeDatabase();
        postgres.close();
    }

    @Override
    String waiting() {
        return "SELECT COUNT(*) FROM pg_locks WHERE NOT granted";
    }

    /** As {@code idle_in_transaction_session_timeout} does. */
    @Test
    void doesNotWaitForWhomTheDatabaseGaveUp() throws SQLException {
        for (String point : List.of("AFTER_GUARD", "BEFORE_COMMIT")) {
            Inside old = holdTheLeader(point);
            awaitUnderOthers(old, this::somebodyWaits);
            List<LedgerLine> before = linesUnder(old.token());
            execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction'");
            awaitLinesOfOthers(old);
            awaitNewLinesOf(old);
            assertThat(linesUnder(old.token())).isEqualTo(before);
        }
    }
}
