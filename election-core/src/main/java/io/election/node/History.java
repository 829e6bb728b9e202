package io.election.node;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The latest events of a member, for its endpoint. Any thread may use it. */
final class History {

    /** Events kept; the oldest go first. */
    static final int MOST = 64;

    private final Deque<NodeStatus.HistoryEntry> entries = new ArrayDeque<>(MOST);

    synchronized void add(long term, String what, @Nullable String reason) {
        if (entries.size() == MOST) {
            entries.removeFirst();
        }
        entries.add(new NodeStatus.HistoryEntry(Instant.now(), term, what, reason));
    }

    /** The events, the newest last. */
    synchronized List<NodeStatus.HistoryEntry> entries() {
        return List.copyOf(entries);
    }
}
