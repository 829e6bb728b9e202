package io.election.autoconfigure;

import io.election.InvalidElectionConfigurationException;
import io.election.journal.CopiedJournalException;
import io.election.journal.DamagedJournalException;
import io.election.journal.ForeignJournalException;
import io.election.journal.JournalException;
import io.election.journal.JournalInUseException;
import io.election.journal.UnsupportedJournalException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Explains in terms of the settings why a member cannot start with the journal in its directory. */
final class MemberRefusal {

    private MemberRefusal() {}

    /** Where a member keeps its journal, or {@code null} if it keeps none on a disk. */
    static @Nullable Path directory(Mode mode) {
        return mode instanceof Mode.Clustered listed
                ? listed.directory()
                : mode instanceof Mode.Alone alone ? alone.directory() : null;
    }

    static InvalidElectionConfigurationException of(
            JournalException failure, @Nullable String configured, Path directory) {
        return new InvalidElectionConfigurationException(
                "election.storage.directory",
                configured == null ? ElectionProperties.Storage.DEFAULT_DIRECTORY : configured,
                String.valueOf(failure.getMessage()),
                action(failure, directory),
                failure);
    }

    private static String action(JournalException failure, Path directory) {
        if (failure instanceof JournalInUseException) {
            return "Stop the process that uses " + directory
                    + ", or set election.node-id to the member that this process is meant to be. Two clusters in one"
                    + " place need two election.cluster names. If another context of this application uses the directory,"
                    + " a sibling of this one: one process is one member. Leave the election to their common parent, which"
                    + " then needs auto-configuration, or set election.enabled=false in one of the two.";
        }
        if (failure instanceof ForeignJournalException foreign) {
            return "Set election.node-id=" + foreign.foundNodeId() + " and election.cluster=" + foreign.foundCluster()
                    + " if this is that member. Otherwise set election.storage.directory to another directory.";
        }
        if (failure instanceof CopiedJournalException) {
            return "Unless the directory was moved here on purpose, move " + directory
                    + " away and start again with an empty one: the leader then admits this member with a new memory.";
        }
        if (failure instanceof DamagedJournalException) {
            return "Check the disk. If the other members have a quorum without this one, move " + directory
                    + " away and start again: the leader then admits this member with a new memory.";
        }
        if (failure instanceof UnsupportedJournalException) {
            return "Use the version of this library that wrote the journal, or a later one.";
        }
        return "Set election.storage.directory to a directory on a local disk in which this process may create files,"
                + " such as /var/lib/orders/election; or give the process permission to write to " + directory + ".";
    }
}
