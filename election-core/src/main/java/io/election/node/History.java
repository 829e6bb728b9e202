package io.election.node;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The events of a member, for its endpoint, in bounded memory. The newest are kept one by one. Older ones that are alike become one
 * entry with a count, so that an hour in which the leadership comes and goes does not hide how it began, and what was before. Any
 * thread may use it.
 */
final class History {

    /** The newest events, which are kept one by one. */
    static final int MOST = 64;

    /** Entries for older ones; the oldest go first. */
    static final int MOST_FOLDED = 64;

    /** An event that comes later than this after the last one that was like it begins an entry of its own. */
    static final Duration APART = Duration.ofMinutes(10);

    private final InstantSource clock;
    private final Deque<NodeStatus.HistoryEntry> newest = new ArrayDeque<>(MOST);
    private final List<NodeStatus.HistoryEntry> folded = new ArrayList<>();

    History(InstantSource clock) {
        this.clock = clock;
    }

    synchronized void add(long term, String what, @Nullable String reason) {
        if (newest.size() == MOST) {
            fold(newest.removeFirst());
        }
        newest.add(new NodeStatus.HistoryEntry(clock.instant(), term, what, reason));
    }

    private void fold(NodeStatus.HistoryEntry event) {
        for (int i = folded.size() - 1; i >= 0; i--) {
            NodeStatus.HistoryEntry entry = folded.get(i);
            if (isContinuedBy(entry, event)) {
                folded.set(
                        i,
                        new NodeStatus.HistoryEntry(
                                entry.at(),
                                entry.term(),
                                entry.what(),
                                entry.reason(),
                                entry.times() + 1,
                                event.at(),
                                event.term()));
                return;
            }
        }
        if (folded.size() == MOST_FOLDED) {
            folded.remove(0);
        }
        folded.add(event);
    }

    private static boolean isContinuedBy(NodeStatus.HistoryEntry entry, NodeStatus.HistoryEntry event) {
        Instant last = entry.lastAt() == null ? entry.at() : entry.lastAt();
        return entry.what().equals(event.what())
                && Objects.equals(entry.reason(), event.reason())
                && !event.at().isAfter(last.plus(APART));
    }

    /** The events: what is kept of the older ones by when each began, then the newest, the latest last. */
    synchronized List<NodeStatus.HistoryEntry> entries() {
        List<NodeStatus.HistoryEntry> entries = new ArrayList<>(folded);
        entries.addAll(newest);
        return List.copyOf(entries);
    }
}
