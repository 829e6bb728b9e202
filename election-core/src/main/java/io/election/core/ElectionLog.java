package io.election.core;

import io.election.core.DurableRecord.EntryAppended;
import io.election.core.DurableRecord.LogTruncated;
import io.election.core.DurableRecord.SnapshotReplaced;
import io.election.core.Snapshot.OpenedPosition;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A member's log: a snapshot that replaces the compacted entries, the entries after it, and the commit index. Each
 * change is written with the step that makes it.
 */
final class ElectionLog {

    private final ElectionSettings settings;
    private final Outbox outbox;
    private Snapshot snapshot;
    private final List<Entry> entries;
    private final boolean beganEmpty;
    /** Where the log ends: asked for with every message. */
    private LogPosition last;

    private @Nullable Membership membership;
    /** About how many bytes the uncommitted entries take. */
    private long uncommittedWeight;

    private long commitIndex;

    ElectionLog(ElectionSettings settings, DurableState recovered, Outbox outbox) {
        this.settings = settings;
        this.outbox = outbox;
        this.commitIndex = recovered.snapshot().last().index();
        this.snapshot = recovered.snapshot();
        this.entries = new ArrayList<>(recovered.entries());
        this.last = end();
        this.beganEmpty = isEmpty();
        this.membership = newestMembership();
        weigh();
    }

    Snapshot snapshot() {
        return snapshot;
    }

    List<Entry> entries() {
        return List.copyOf(entries);
    }

    boolean isEmpty() {
        return last().index() == 0;
    }

    LogPosition last() {
        return last;
    }

    private LogPosition end() {
        return entries.isEmpty()
                ? snapshot.last()
                : entries.get(entries.size() - 1).position();
    }

    /** The membership in force: the newest in the log, committed or not (thesis, section 4.1). */
    @Nullable Membership membership() {
        return membership;
    }

    /**
     * The founding, while it is not known to be committed. It is {@code null} as well if it was here when this process
     * began: a log does not say what of it was committed before. A member with a new memory takes the founding only
     * once it is committed.
     */
    @Nullable Membership uncommittedFounding() {
        return beganEmpty && commitIndex == 0 && !entries.isEmpty()
                ? entries.get(0).payload().membership()
                : null;
    }

    /** The term of the entry at an index, or -1 if the log does not hold that entry or has compacted it. */
    long termAt(long index) {
        if (index == snapshot.last().index()) {
            return snapshot.last().term();
        }
        long offset = index - snapshot.last().index() - 1;
        return offset < 0 || offset >= entries.size()
                ? -1
                : entries.get((int) offset).term();
    }

    /**
     * Returns entries from an index on. They must not have been compacted.
     *
     * @param limit the highest number of entries
     * @param weightLimit the most that they may weigh together; a single entry may weigh more
     */
    List<Entry> from(long index, long lastIndex, int limit, long weightLimit) {
        int start = Math.toIntExact(index - snapshot.last().index() - 1);
        int end = Math.toIntExact(
                Math.min(lastIndex, last().index()) - snapshot.last().index());
        end = Math.min(end, start + limit);
        long weight = 0;
        for (int i = start; i < end; i++) {
            weight += entries.get(i).weight();
            if (weight > weightLimit && i > start) {
                end = i;
            }
        }
        return List.copyOf(entries.subList(start, end));
    }

    LogPosition positionAt(long index) {
        return new LogPosition(termAt(index), index);
    }

    /** About how many bytes the uncommitted entries take. */
    long uncommittedWeight() {
        return uncommittedWeight;
    }

    /** Whether another entry can follow the last one. */
    boolean hasRoom() {
        return last().index() + 1 < Message.INDEX_LIMIT;
    }

    private void weigh() {
        uncommittedWeight = entries.stream()
                .filter(entry -> entry.index() > commitIndex)
                .mapToLong(Entry::weight)
                .sum();
    }

    void append(Entry entry) {
        outbox.record(new EntryAppended(entry));
        entries.add(entry);
        last = entry.position();
        uncommittedWeight += entry.weight();
        Membership changed = entry.payload().membership();
        if (changed != null) {
            membership = changed;
        }
    }

    void removeFrom(long index) {
        outbox.record(new LogTruncated(index));
        entries.subList(Math.toIntExact(index - snapshot.last().index() - 1), entries.size())
                .clear();
        last = end();
        membership = newestMembership();
        weigh();
    }

    /**
     * Installs a leader's snapshot, which covers more than is committed here. It may take two records, and a torn write
     * may end between them. So the first record removes no more than what conflicts: the entries before that may have
     * been acknowledged.
     */
    void install(Snapshot installed) {
        long index = installed.last().index();
        if (index <= last().index() && termAt(index) != installed.last().term()) {
            outbox.record(new LogTruncated(index));
        }
        commitIndex = index;
        replaceSnapshot(installed);
        outbox.add(new Effect.SnapshotInstalled(installed));
    }

    /** The commit index, as far as this member knows it. */
    long commitIndex() {
        return commitIndex;
    }

    /**
     * Commits everything up to an index. Compacts the log if enough entries were committed since the last snapshot, or
     * if one of the new ones lets this member in.
     */
    void commitUpTo(long index) {
        if (index <= commitIndex) {
            return;
        }
        apply(commitIndex + 1, Math.min(index, last().index()));
        commitIndex = index;
        weigh();
        long snapshotIndex = snapshot.last().index();
        // A snapshot is committed by definition. So a member that was let in still knows this after a restart.
        if (letsInSelf(snapshotIndex, index) || index - snapshotIndex >= settings.compactionThreshold()) {
            replaceSnapshot(snapshotAt(index));
        }
    }

    /** Passes the application's entries among the newly committed ones to the application. */
    private void apply(long from, long to) {
        List<Entry> applied = new ArrayList<>();
        for (long index = from; index <= to; index++) {
            Entry entry = entries.get(Math.toIntExact(index - snapshot.last().index() - 1));
            if (entry.payload() instanceof Payload.Application) {
                applied.add(entry);
            }
        }
        if (!applied.isEmpty()) {
            outbox.add(new Effect.Apply(applied));
        }
    }

    private boolean letsInSelf(long after, long upTo) {
        EnrolledMember self =
                membership == null ? null : membership.member(settings.nodeId()).orElse(null);
        return self != null && self.waitsForCommit() && self.namedAt() > after && self.namedAt() <= upTo;
    }

    void replaceSnapshot(Snapshot newSnapshot) {
        outbox.record(new SnapshotReplaced(newSnapshot));
        boolean follows =
                termAt(newSnapshot.last().index()) == newSnapshot.last().term();
        if (follows) {
            entries.removeIf(entry -> entry.index() <= newSnapshot.last().index());
        } else {
            entries.clear();
        }
        snapshot = newSnapshot;
        last = end();
        membership = newestMembership();
        weigh();
    }

    /** Builds the snapshot that replaces everything up to an index. */
    Snapshot snapshotAt(long index) {
        return snapshot.covering(entries, positionAt(index));
    }

    /** Whether any entry after an index changes the membership. */
    boolean changesMembershipAfter(long index) {
        return entries.stream().anyMatch(e -> e.index() > index && e.payload().membership() != null);
    }

    /**
     * The index just before the run of entries that have the same term as the one at the given index. The two logs may
     * agree up to there.
     */
    long beforeTermAt(long index) {
        long term = termAt(index);
        long before = index - 1;
        while (before > snapshot.last().index() && termAt(before) == term) {
            before--;
        }
        return before;
    }

    /**
     * How an application position counts, by what the log knows. A member that holds a term opening and the position
     * named in it counts that position as written in that term (safety rule 3). If there are several, the latest
     * opening counts.
     */
    LogPosition countedPosition(LogPosition own) {
        LogPosition counted = own;
        for (OpenedPosition opened : snapshot.openings()) {
            counted = countOpening(own, counted, opened);
        }
        for (Entry entry : entries) {
            counted = countOpening(own, counted, openedPosition(entry));
        }
        return counted;
    }

    /**
     * The furthest that an application position may count. A voter judges others by this. Openings that were dropped
     * may have let the position count up to the term before the first kept opening.
     */
    LogPosition mostCountedPosition(LogPosition own) {
        LogPosition counted = countedPosition(own);
        if (counted.term() >= snapshot.openingsFrom()) {
            return counted;
        }
        LogPosition most = new LogPosition(snapshot.openingsFrom() - 1, own.index());
        return counted.isBehind(most) ? most : counted;
    }

    private static LogPosition countOpening(LogPosition own, LogPosition counted, @Nullable OpenedPosition opened) {
        if (opened == null || opened.term() < counted.term()) {
            return counted;
        }
        LogPosition position = opened.position();
        // A log holds that position only if its last record is of the same term. If the last record is of another term,
        // the log diverges from the leader's at some earlier place. It then lacks records that a quorum may hold,
        // however long it is.
        boolean holds = own.term() == position.term() && own.index() >= position.index();
        return holds && opened.term() > own.term() ? new LogPosition(opened.term(), position.index()) : counted;
    }

    private static @Nullable OpenedPosition openedPosition(Entry entry) {
        if (entry.payload() instanceof Payload.TermOpening opening) {
            LogPosition position = opening.position();
            return position == null ? null : new OpenedPosition(entry.term(), position);
        }
        return null;
    }

    private @Nullable Membership newestMembership() {
        for (int i = entries.size() - 1; i >= 0; i--) {
            Membership changed = entries.get(i).payload().membership();
            if (changed != null) {
                return changed;
            }
        }
        return snapshot.membership();
    }
}
