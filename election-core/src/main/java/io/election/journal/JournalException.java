package io.election.journal;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The journal cannot be used. The message says why, and what to do about it. */
public abstract sealed class JournalException extends IOException
        permits CopiedJournalException,
                DamagedJournalException,
                ForeignJournalException,
                JournalInUseException,
                JournalNotWritableException,
                UnsupportedJournalException {

    private final Path file;

    JournalException(Path file, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.file = file;
    }

    /**
     * The file that cannot be used.
     *
     * @return the absolute path of the journal's file
     */
    public Path file() {
        return file;
    }

    /**
     * The directory in which the member keeps its memory.
     *
     * @return the directory that holds the file
     */
    public Path directory() {
        Path parent = file.getParent();
        return parent != null ? parent : file;
    }
}
