package io.election.journal;

import java.nio.file.Path;

/** The directory is locked: a running process is already this member. */
public final class JournalInUseException extends JournalException {

    JournalInUseException(Path file) {
        super(
                file,
                "The directory " + file.getParent() + " is in use by a running member, in this process or another."
                        + " Stop that member first, or give this member a node id or a directory of its own.",
                null);
    }
}
