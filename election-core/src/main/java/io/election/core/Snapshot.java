package io.election.core;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The log's snapshot: it replaces all committed entries that were compacted (thesis, section 5).
 *
 * @param last the last entry that it covers; {@link LogPosition#NONE} for the snapshot of an empty log
 * @param membership the membership in force there, or {@code null} before the founding
 * @param openings the application positions that the covered term openings named, sorted by term; only those that can
 *     still tell how a position counts
 * @param openingsFrom the first term from which on all openings were kept; 0 if none was ever dropped
 * @param image what the covered entries made of a state machine, or {@code null} if the log feeds none
 */
public record Snapshot(
        LogPosition last,
        @Nullable Membership membership,
        List<OpenedPosition> openings,
        long openingsFrom,
        @Nullable StateImage image) {

    /** The highest number of openings kept. */
    public static final int MOST_OPENINGS = 64;

    public Snapshot {
        Message.checkPosition("last", last, Message.TERM_LIMIT - 1);
        if (membership != null) {
            membership.checkNamedUpTo(last.index());
        }
        if (openings.size() > MOST_OPENINGS) {
            throw new IllegalArgumentException(
                    "openings must be up to " + MOST_OPENINGS + ", but are " + openings.size());
        }
        if (openingsFrom < 0 || openingsFrom > last.term()) {
            throw new IllegalArgumentException(
                    "openingsFrom must be a term up to " + last.term() + ", but is " + openingsFrom);
        }
        long after = openingsFrom - 1;
        for (OpenedPosition opening : openings) {
            if (opening.term() <= after || opening.term() > last.term()) {
                throw new IllegalArgumentException("openings must be of rising terms from " + openingsFrom + " up to "
                        + last.term() + ", but one of term " + opening.term() + " follows " + after);
            }
            after = opening.term();
        }
        openings = List.copyOf(openings);
        if (image != null && last.index() == 0) {
            throw new IllegalArgumentException("image must be absent where the snapshot covers no entry");
        }
    }

    /**
     * The snapshot of a log that feeds no state machine.
     *
     * @param last the last entry that it covers
     * @param membership the membership in force there, or {@code null} before the founding
     * @param openings the application positions that the covered term openings named
     * @param openingsFrom the first term from which on all openings were kept
     */
    public Snapshot(
            LogPosition last, @Nullable Membership membership, List<OpenedPosition> openings, long openingsFrom) {
        this(last, membership, openings, openingsFrom, null);
    }

    /** The snapshot of a log without any entry. */
    public static final Snapshot EMPTY = new Snapshot(LogPosition.NONE, null, List.of(), 0);

    /**
     * The application position with which the leader of a term began.
     *
     * @param term the term that it opened
     * @param position the leader's application position at that time
     */
    public record OpenedPosition(long term, LogPosition position) {

        public OpenedPosition {
            Message.checkOwnTerm(term);
        }

        /** Whether a member that holds the position of the earlier opening counts by this opening anyway. */
        private boolean supersedes(OpenedPosition earlier) {
            return earlier.position().term() == position.term()
                    && earlier.position().index() >= position.index();
        }
    }

    /**
     * Builds the snapshot that covers more entries.
     *
     * @param newLast the last entry that it covers
     * @param newMembership the membership in force there
     * @param newOpenings the opening entries in between that named an application position, in their order
     * @return the snapshot that covers all of them
     */
    Snapshot with(LogPosition newLast, @Nullable Membership newMembership, List<OpenedPosition> newOpenings) {
        List<OpenedPosition> kept = new ArrayList<>(openings);
        for (OpenedPosition opened : newOpenings) {
            kept.removeIf(opened::supersedes);
            kept.add(opened);
        }
        int dropped = Math.max(0, kept.size() - MOST_OPENINGS);
        List<OpenedPosition> latest = kept.subList(dropped, kept.size());
        return new Snapshot(
                newLast,
                newMembership,
                latest,
                dropped == 0 ? openingsFrom : latest.get(0).term());
    }

    /** The same snapshot for a member that has no use for an image: a witness. */
    Snapshot withoutImage() {
        return image == null ? this : new Snapshot(last, membership, openings, openingsFrom);
    }

    /** The same snapshot with the name of an image of the state. */
    Snapshot with(StateImage newImage) {
        return new Snapshot(last, membership, openings, openingsFrom, newImage);
    }

    /**
     * Builds the snapshot that covers the entries which follow this one, up to an index.
     *
     * @param entries the entries after this snapshot, without a gap
     * @param newLast the last entry that it covers
     * @return the snapshot that covers them
     */
    Snapshot covering(List<Entry> entries, LogPosition newLast) {
        @Nullable Membership inForce = membership;
        long opened = openings.isEmpty() ? 0 : openings.get(openings.size() - 1).term();
        List<OpenedPosition> opening = new ArrayList<>();
        for (Entry entry : entries) {
            if (entry.index() > newLast.index()) {
                break;
            }
            Membership changed = entry.payload().membership();
            inForce = changed != null ? changed : inForce;
            LogPosition position = entry.payload() instanceof Payload.TermOpening begun ? begun.position() : null;
            // A leader opens its term once. One that lies may do so again, which must not end this member.
            if (position != null && entry.term() > opened) {
                opening.add(new OpenedPosition(entry.term(), position));
                opened = entry.term();
            }
        }
        return with(newLast, inForce, opening);
    }

    /** About how many bytes it takes to hold this snapshot. */
    long weight() {
        return 128
                + (membership == null ? 0 : membership.weight())
                + 32L * openings.size()
                + (image == null ? 0 : image.weight());
    }
}
