package io.election.journal;

import java.nio.file.Path;

/**
 * The directory seems to be a copy: it was last used somewhere else, or another member has seen a later state of it. A copy may
 * have forgotten a vote.
 */
public final class CopiedJournalException extends JournalException {

    private CopiedJournalException(Path file, String message) {
        super(file, message, null);
    }

    /** The place differs from the one where it was last used. */
    static CopiedJournalException ofAnotherPlace(Path file, Path machine, String recorded, String here) {
        return new CopiedJournalException(
                file,
                "The directory " + file.getParent() + " was last used in another place (" + recorded + "), and this is "
                        + here
                        + ". It may be a copy of the memory of a member that still runs there, or it came with an"
                        + " image. With such a copy a member could vote twice. If it is a copy, give this member an empty"
                        + " directory: the leader lets it in. If the volume was moved here, and the member is never"
                        + " started there again, delete the file " + machine + " and start again.");
    }

    /** Another member has seen a later state. */
    static CopiedJournalException older(Path file, String reason) {
        return new CopiedJournalException(
                file,
                "The directory " + file.getParent() + " cannot be used: " + reason
                        + ". A vote may be forgotten. Move the"
                        + " directory away and start again with an empty one: the leader lets the member in. Never restore"
                        + " a member's directory from a backup.");
    }
}
