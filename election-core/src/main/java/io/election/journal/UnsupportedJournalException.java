package io.election.journal;

import java.nio.file.Path;

/** The journal was written by a later version of this library, in a format that this version does not know. */
public final class UnsupportedJournalException extends JournalException {

    private final int version;

    UnsupportedJournalException(Path file, int version, int supported) {
        super(
                file,
                "The journal " + file + " has format version " + version + ", but this version of the library reads up to "
                        + supported + ". Start the version that wrote it, or a later one.",
                null);
        this.version = version;
    }

    /**
     * The format version of the journal.
     *
     * @return the version that the file names
     */
    public int version() {
        return version;
    }
}
