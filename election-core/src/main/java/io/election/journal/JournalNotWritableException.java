package io.election.journal;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The journal cannot be created, read or written. If an append throws this, the records may or may not be on disk, and
 * the journal accepts no more (safety rule 13).
 */
public final class JournalNotWritableException extends JournalException {

    private JournalNotWritableException(Path file, String message, @Nullable Throwable cause) {
        super(file, message, cause);
    }

    static JournalNotWritableException atOpening(Path file, Throwable cause) {
        return new JournalNotWritableException(
                file,
                "The journal " + file + " cannot be opened for reading and writing (" + cause
                        + "). Make " + file.getParent() + " a directory on a local disk with space left, in which this"
                        + " process may create, rename and lock files, or name another directory.",
                cause);
    }

    static JournalNotWritableException atAppending(Path file, @Nullable Throwable cause) {
        return new JournalNotWritableException(
                file,
                "The journal " + file + " could not be written" + (cause != null ? " (" + cause + ")" : "")
                        + ", so this member neither votes, acknowledges nor leads any more."
                        + " Make sure that the disk is sound and has space left, then restart this member.",
                cause);
    }

    static JournalNotWritableException closed(Path file) {
        return new JournalNotWritableException(file, "The journal " + file + " is closed.", null);
    }
}
