package io.election.core;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where the logs of the application are, this member's own and, as far as known, the cluster's (safety rule 3). */
final class Positions {

    private final ElectionLog log;
    private final Outbox outbox;
    private @Nullable LogPosition own;
    private @Nullable LogPosition watermark;

    Positions(ElectionLog log, Outbox outbox) {
        this.log = log;
        this.outbox = outbox;
    }

    /** The application's position as it was pushed; what an opening names, which everybody compares with their own. */
    @Nullable LogPosition own() {
        return own;
    }

    void advanceTo(LogPosition position) {
        own = position;
    }

    /** What others may rely on: an opening that is still on its way to the disk may be forgotten again. */
    @Nullable LogPosition durable() {
        return outbox.hasPendingLog() ? own : counted();
    }

    /** The application's position with all that the log knows of it. */
    @Nullable LogPosition counted() {
        LogPosition pushed = own;
        return pushed == null ? null : log.countedPosition(pushed);
    }

    /** The furthest that this member's application may be, by which it judges others. */
    @Nullable LogPosition mostCounted() {
        LogPosition pushed = own;
        return pushed == null ? null : log.mostCountedPosition(pushed);
    }

    /** The application position known to be on a quorum, or {@code null}. */
    @Nullable LogPosition watermark() {
        return watermark;
    }

    /**
     * Raises the watermark to the highest position that a quorum is known to hold, of those written in the leader's term.
     *
     * @param others the positions of the other members whose word counts
     * @param term the term of this member, which leads
     * @param quorum how many members decide
     */
    void raiseWatermark(List<LogPosition> others, long term, int quorum) {
        List<LogPosition> held = new ArrayList<>(others);
        LogPosition durable = durable();
        if (durable != null) {
            held.add(durable);
        }
        // What was written in another term may be a tail that this leader does not have.
        held.removeIf(position -> position.term() != term);
        held.sort(Comparator.reverseOrder());
        if (held.size() >= quorum) {
            raiseWatermark(held.get(quorum - 1));
        }
    }

    /** Takes over what is known to be on a quorum; it never falls. */
    void raiseWatermark(@Nullable LogPosition mark) {
        if (mark != null && (watermark == null || watermark.isBehind(mark))) {
            watermark = mark;
        }
    }
}
