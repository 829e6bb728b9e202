package io.election.core;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How far the application's logs are: this member's own and, as far as known, the cluster's (safety rule 3). */
final class Positions {

    private final ElectionLog log;
    private final Outbox outbox;
    private @Nullable LogPosition own;
    private @Nullable LogPosition watermark;

    Positions(ElectionLog log, Outbox outbox) {
        this.log = log;
        this.outbox = outbox;
    }

    /**
     * The application's position as it was reported. A term opening names this one, and every member compares it with
     * its own.
     */
    @Nullable LogPosition own() {
        return own;
    }

    void advanceTo(LogPosition position) {
        own = position;
    }

    /** The position on which other members may rely. A term opening that is not durable yet may still be forgotten. */
    @Nullable LogPosition durable() {
        return outbox.hasPendingLog() ? own : counted();
    }

    /** How the application's position counts, by what the log knows. */
    @Nullable LogPosition counted() {
        LogPosition pushed = own;
        return pushed == null ? null : log.countedPosition(pushed);
    }

    /** The furthest position at which this member's application may count. This member judges others by it. */
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
     * @param others the positions of the other members whose votes count
     * @param term the term of this member, which leads
     * @param quorum the size of a quorum
     */
    void raiseWatermark(List<LogPosition> others, long term, int quorum) {
        List<LogPosition> held = new ArrayList<>(others);
        LogPosition durable = durable();
        if (durable != null) {
            held.add(durable);
        }
        // An entry of another term may belong to a tail that this leader does not have.
        held.removeIf(position -> position.term() != term);
        held.sort(Comparator.reverseOrder());
        if (held.size() >= quorum) {
            raiseWatermark(held.get(quorum - 1));
        }
    }

    /** Adopts a position that is known to be on a quorum. The watermark never falls. */
    void raiseWatermark(@Nullable LogPosition mark) {
        if (mark != null && (watermark == null || watermark.isBehind(mark))) {
            watermark = mark;
        }
    }
}
