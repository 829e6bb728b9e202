package io.election.core;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.TreeMap;

/** The leader's half of the log: what it appends in its term, since when each entry waits, and what is on its own disk. */
final class LeaderLog {

    private final StepTime time;
    private final Outbox outbox;
    private final Ballot ballot;
    private final ElectionLog log;
    private final long beganNanos;
    private final Deque<LogWrite> pendingWrites = new ArrayDeque<>();
    private final TreeMap<Long, Long> appendedAtNanos = new TreeMap<>();
    private long durableIndex;

    /** A write of log entries that is under way, and the last entry that is durable with it. */
    private record LogWrite(long write, long lastIndex) {}

    LeaderLog(MemberState state) {
        this.time = state.time();
        this.outbox = state.outbox();
        this.ballot = state.ballot();
        this.log = state.log();
        this.beganNanos = time.nanos();
        // All of it is on disk: the own vote is, which was written after it.
        this.durableIndex = log.last().index();
    }

    /** Appends an entry of the own term, and returns its index. */
    long append(Payload payload) {
        Entry entry = new Entry(log.last().index() + 1, ballot.term(), payload);
        log.append(entry);
        pendingWrites.add(new LogWrite(outbox.logWrite(), entry.index()));
        appendedAtNanos.put(entry.index(), time.nanos());
        return entry.index();
    }

    /** More of the own log has become durable. */
    void onDurable() {
        while (!pendingWrites.isEmpty() && pendingWrites.peek().write() <= outbox.durableWrite()) {
            durableIndex = Math.max(durableIndex, pendingWrites.poll().lastIndex());
        }
    }

    /** The last index that is on the own disk. */
    long durableIndex() {
        return durableIndex;
    }

    /** Since when an entry waits: what was taken over from an earlier term, from the beginning of the own one. */
    long appendedAtNanos(long index) {
        return appendedAtNanos.getOrDefault(index, beganNanos);
    }

    /** Everything up to an index is committed and waits no longer. */
    void commitUpTo(long index) {
        log.commitUpTo(index);
        appendedAtNanos.headMap(index, true).clear();
    }
}
