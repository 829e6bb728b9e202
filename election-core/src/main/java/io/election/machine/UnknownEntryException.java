package io.election.machine;

/**
 * An entry is of a kind that this version does not read. It was not applied, and nothing after it may be. A newer version of the
 * application, or of this library, reads it. Nothing is lost.
 */
public final class UnknownEntryException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    UnknownEntryException(long index, String what) {
        super("Entry " + index + " " + what
                + ". This member applies nothing from there on. Start it with a version that reads such entries.");
    }
}
