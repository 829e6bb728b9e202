package io.election.journal;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The journal has lost or changed something that was on disk. What this member promised is therefore unknown. */
public final class DamagedJournalException extends JournalException {

    private final long offset;

    DamagedJournalException(Path file, long offset, String what, @Nullable Throwable cause) {
        super(
                file,
                "The journal " + file + " is damaged at byte " + offset + ": " + what
                        + ". A vote may be lost, so this member does not start. Check the disk first."
                        + " If the other members have a quorum without this one, move the directory "
                        + file.getParent() + " away and start again: the member then joins with a new memory,"
                        + " and the leader lets it in. Do not restore an older copy, or the journal of another member.",
                cause);
        this.offset = offset;
    }

    /**
     * The position at which the damage begins.
     *
     * @return the offset in the file, in bytes
     */
    public long offset() {
        return offset;
    }
}
