package io.election.core;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.TreeMap;

/**
 * The leader's side of the log: what it appends in its term, since when each entry has been waiting, and what is on its
 * own disk.
 */
final class LeaderLog {

    private final StepTime time;
    private final Outbox outbox;
    private final Ballot ballot;
    private final ElectionLog log;
    private final long beganNanos;
    private final Deque<LogWrite> pendingWrites = new ArrayDeque<>();
    private final TreeMap<Long, Long> appendedAtNanos = new TreeMap<>();
    private long durableIndex;

    /** A write of log entries that is not durable yet, and the last entry that it makes durable. */
    private record LogWrite(long write, long lastIndex) {}

    LeaderLog(MemberState state) {
        this.time = state.time();
        this.outbox = state.outbox();
        this.ballot = state.ballot();
        this.log = state.log();
        this.beganNanos = time.nanos();
        // All of the log is on disk: the candidate's own vote was written after it, and that vote is durable.
        this.durableIndex = log.last().index();
    }

    /** Appends an entry of this leader's term, and returns its index. */
    long append(Payload payload) {
        Entry entry = new Entry(log.last().index() + 1, ballot.term(), payload);
        log.append(entry);
        pendingWrites.add(new LogWrite(outbox.logWrite(), entry.index()));
        appendedAtNanos.put(entry.index(), time.nanos());
        return entry.index();
    }

    /** More of this leader's own log has become durable. */
    void onDurable() {
        while (!pendingWrites.isEmpty() && pendingWrites.peek().write() <= outbox.durableWrite()) {
            durableIndex = Math.max(durableIndex, pendingWrites.poll().lastIndex());
        }
    }

    /** The last index that is on this leader's own disk. */
    long durableIndex() {
        return durableIndex;
    }

    /**
     * Since when an entry has been waiting. Entries of earlier terms have been waiting since this leader's term began.
     */
    long appendedAtNanos(long index) {
        return appendedAtNanos.getOrDefault(index, beganNanos);
    }

    /** Commits everything up to an index. Those entries no longer wait. */
    void commitUpTo(long index) {
        log.commitUpTo(index);
        appendedAtNanos.headMap(index, true).clear();
    }
}
