package io.election.journal;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The journal has lost or changed something that was on disk. What this member promised is therefore unknown. */
public final class DamagedJournalException extends JournalException {

    private final long offset;

    DamagedJournalException(Path file, long offset, String what, @Nullable Throwable cause) {
        this(
                file,
                offset,
                cause,
                "The journal " + file + " is damaged at byte " + offset + ": " + what
                        + ". A vote may be lost, so this member does not start. Check the disk first." + advice(file)
                        + " Do not restore an older copy, or the journal of another member.");
    }

    private DamagedJournalException(Path file, long offset, @Nullable Throwable cause, String message) {
        super(file, message, cause);
        this.offset = offset;
    }

    /** The image of the state is not there as it was: what the log before it held cannot be restored. */
    static DamagedJournalException ofImage(Path file, String what) {
        return new DamagedJournalException(
                file,
                0,
                null,
                "The image " + file + " of the state machine's state cannot be used: " + what
                        + ". The entries before it are in no other file, so this member does not start. Check the disk"
                        + " first, and put the file back if you moved it." + advice(file));
    }

    private static String advice(Path file) {
        return " If the other members have a quorum without this one, move the directory " + file.getParent()
                + " away and start again: the member then joins with a new memory, and the leader lets it in.";
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
