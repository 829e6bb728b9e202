package io.election.journal;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The journal lost or changed something that was on disk before, so what this member promised is not known. */
public final class DamagedJournalException extends JournalException {

    private final long offset;

    DamagedJournalException(Path file, long offset, String what, @Nullable Throwable cause) {
        super(
                file,
                "The journal " + file + " is damaged at byte " + offset + ": " + what
                        + ". A vote may be lost, so this member does not start. Look at the disk first."
                        + " If the other members have a quorum without this one, move the directory "
                        + file.getParent() + " away and start again: the member then joins with a new memory,"
                        + " and the leader lets it in. Do not put back an older copy, nor one of another member.",
                cause);
        this.offset = offset;
    }

    /**
     * Where the damage begins.
     *
     * @return the offset in the file, in bytes
     */
    public long offset() {
        return offset;
    }
}
