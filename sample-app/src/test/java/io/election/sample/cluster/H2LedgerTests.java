package io.election.sample.cluster;

/** On a file of H2's, served as cluster.sh does. */
class H2LedgerTests extends LedgerContract {

    @Override
    LedgerDatabase openDatabase() {
        return LedgerDatabase.open(null, directory);
    }

    @Override
    String waiting() {
        return "SELECT COUNT(*) FROM information_schema.sessions WHERE blocker_id IS NOT NULL";
    }
}
