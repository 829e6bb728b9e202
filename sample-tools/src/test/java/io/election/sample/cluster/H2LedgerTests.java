package io.election.sample.cluster;

import java.nio.file.Path;

/** On a file of H2's, served as cluster.sh does. */
class H2LedgerTests extends LedgerContract {

    @Override
    LedgerDatabase openDatabase(Path directory) {
        return LedgerDatabase.open(null, directory);
    }

    @Override
    String waiting() {
        return "SELECT COUNT(*) FROM information_schema.sessions WHERE blocker_id IS NOT NULL";
    }
}
