package io.election.node;

import io.election.peer.KnownMemory;
import io.election.peer.MemberState;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Notices that this member runs with a copy of its memory: an older one, such as a directory that was restored from a backup or a
 * disk that was rolled back, or one that another process runs with as well. Each member remembers the highest edition that
 * another one has shown of the memory that it has now, and tells it. An edition rises with every start and never falls.
 *
 * <ul>
 *   <li>An edition that is lower than another member knows belongs to an older copy, which may have forgotten a vote.
 *   <li>If the highest edition is shown again after a lower one, and that happens twice, two processes run with copies. Neither
 *       knows what the other has promised. A start in between would have raised it, and one late message shows nothing.
 * </ul>
 *
 * <p>What was known is lost when all others restart. A copy that was started more often than the original, which has ended, is
 * not noticed.
 */
final class KnownEditions {

    /** How often the highest edition has to be shown again. */
    private static final int TURNS = 2;

    private final String incarnation;
    private final LongSupplier own;
    private final LongSupplier nanoTime;
    private final long stragglersNanos;
    private final Consumer<String> finding;
    private final Map<String, Seen> known = new HashMap<>();
    private boolean found;

    /** What was seen of another member's memory. */
    private static final class Seen {
        private final String incarnation;
        private long highest;
        private long sinceNanos;
        private boolean lowerSince;
        private int turns;

        Seen(String incarnation) {
            this.incarnation = incarnation;
        }

        void add(long edition, long nowNanos, long stragglersNanos) {
            if (edition > highest) {
                highest = edition;
                sinceNanos = nowNanos;
                lowerSince = false;
            } else if (edition == highest) {
                turns = lowerSince ? turns + 1 : turns;
                lowerSince = false;
            } else if (nowNanos - sinceNanos > stragglersNanos) {
                // Before, it may be a message of the life before, which was still on its way.
                lowerSince = true;
            }
        }

        KnownMemory told() {
            return new KnownMemory(incarnation, highest, turns >= TURNS ? Boolean.TRUE : null);
        }
    }

    /**
     * Watches the editions of one run.
     *
     * @param incarnation the life of this member's memory
     * @param own the edition of this member's memory now; 0 if it has none
     * @param nanoTime the monotonic clock
     * @param electionTimeout T
     * @param finding takes what was found, once, as a clause whose subject is the directory
     */
    KnownEditions(
            String incarnation,
            LongSupplier own,
            LongSupplier nanoTime,
            Duration electionTimeout,
            Consumer<String> finding) {
        this.incarnation = incarnation;
        this.own = own;
        this.nanoTime = nanoTime;
        this.stragglersNanos = 2 * electionTimeout.toNanos();
        this.finding = finding;
    }

    /** This member's own edition, or {@code null} if its memory has none. */
    @Nullable Long ownEdition() {
        long edition = own.getAsLong();
        return edition > 0 ? Long.valueOf(edition) : null;
    }

    /** What this member says of its memory where it asks, or {@code null} if that has no editions. */
    @Nullable KnownMemory ownMemory() {
        Long edition = ownEdition();
        return edition == null ? null : new KnownMemory(incarnation, edition);
    }

    /** What is known of another member's memory, for that member, or {@code null}. */
    synchronized @Nullable KnownMemory of(String member) {
        Seen seen = known.get(member);
        return seen == null ? null : seen.told();
    }

    /**
     * Another member has asked.
     *
     * @param memory what it said of its memory, or {@code null}
     * @param isMember whether it is a member of the cluster: each takes memory
     */
    void asked(String member, @Nullable KnownMemory memory, boolean isMember) {
        if (memory != null && isMember) {
            remember(member, memory.incarnation(), memory.edition());
        }
    }

    /** Another member has answered. Only for members of the cluster: each takes memory. */
    void answered(String member, MemberState state) {
        Long shown = state.edition();
        if (shown != null) {
            remember(member, state.incarnation(), shown);
        }
        KnownMemory ofThis = state.asker();
        long edition = own.getAsLong();
        if (ofThis == null || edition == 0 || !ofThis.incarnation().equals(incarnation)) {
            return;
        }
        if (Boolean.TRUE.equals(ofThis.shared())) {
            find("another process runs with a copy of this memory, says '" + member + "'");
        } else if (ofThis.edition() > edition) {
            find("it is an older copy of this memory, in its edition " + edition + ": member '" + member
                    + "' has seen edition " + ofThis.edition());
        }
    }

    private synchronized void remember(String member, String memory, long edition) {
        Seen seen = known.get(member);
        if (seen == null || !seen.incarnation.equals(memory)) {
            seen = new Seen(memory);
            known.put(member, seen);
        }
        seen.add(edition, nanoTime.getAsLong(), stragglersNanos);
    }

    private void find(String reason) {
        synchronized (this) {
            if (found) {
                return;
            }
            found = true;
        }
        finding.accept(reason);
    }

    /** These are the members from now on: nothing is kept of others. */
    synchronized void members(Set<String> ids) {
        known.keySet().retainAll(ids);
    }
}
