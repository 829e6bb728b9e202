package io.election.core;

import io.election.core.DurableRecord.CommitKnown;
import io.election.core.DurableRecord.EntryAppended;
import io.election.core.DurableRecord.LogTruncated;
import io.election.core.DurableRecord.SnapshotReplaced;
import io.election.core.Snapshot.OpenedPosition;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A member's log: a snapshot that replaces the compacted entries, the entries after it, and the commit index. Each
 * change is written with the step that makes it.
 *
 * <p>Where the log feeds a state machine, nothing is compacted but behind an image of what the entries made of it. Some entries that the
 * snapshot covers are kept in memory for members that were away for a short time.
 */
final class ElectionLog {

    private final ElectionSettings settings;
    private final Outbox outbox;
    private Snapshot snapshot;
    /** The position before the first entry that is held: the snapshot's last one, or an earlier one. */
    private LogPosition before;

    private final List<Entry> entries;
    private final boolean beganEmpty;
    /** Where the log ends: asked for with every message. */
    private LogPosition last;

    private @Nullable Membership membership;
    /** The entry that began the cluster in force, if the log held another one before it; otherwise 0. */
    private long clusterBeganAt;
    /**
     * Up to where the entries were here when this process began. A log does not say what of it was committed, so these count as
     * uncommitted for no limit: a log that is full of them would refuse every leader's term opening for ever.
     */
    private long recoveredUpTo;
    /** About how many bytes the uncommitted entries take that came since this process began. */
    private long uncommittedWeight;

    private long commitIndex;
    /** Up to where entries were given out to be applied. */
    private long givenOut;
    /** Up to where they were applied, as far as this log was told. */
    private long applied;
    /** About how many bytes the entries take that are not applied. */
    private long unappliedWeight;

    /** The types of the application's entries in the log, the compacted ones included. */
    private final SortedSet<String> types = new TreeSet<>();

    ElectionLog(ElectionSettings settings, DurableState recovered, Outbox outbox) {
        this.settings = settings;
        this.outbox = outbox;
        this.commitIndex = recovered.commitIndex();
        this.snapshot = recovered.snapshot();
        this.before = snapshot.last();
        this.givenOut = snapshot.last().index();
        this.applied = givenOut;
        this.entries = new ArrayList<>(recovered.entries());
        this.last = end();
        this.recoveredUpTo = last.index();
        this.beganEmpty = isEmpty();
        findMembership();
        collectTypes();
        weigh();
    }

    /** Whether entries are given to a state machine here. A witness does not hold what is in them. */
    boolean feeds() {
        return settings.replication() != null && settings.self().kind() != MemberKind.WITNESS;
    }

    /** The types of the application's entries in the log, sorted, the compacted ones included. */
    List<String> types() {
        return List.copyOf(types);
    }

    boolean holdsType(String type) {
        return types.contains(type);
    }

    /** The index of the first entry that is held. Whoever lacks an earlier one needs the snapshot. */
    long firstIndex() {
        return before.index() + 1;
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
        return entries.isEmpty() ? before : entries.get(entries.size() - 1).position();
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
        if (index == before.index()) {
            return before.term();
        }
        long offset = index - before.index() - 1;
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
        int start = offsetOf(index);
        int end = offsetOf(Math.min(lastIndex, last().index()) + 1);
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

    private int offsetOf(long index) {
        return Math.toIntExact(index - before.index() - 1);
    }

    LogPosition positionAt(long index) {
        return new LogPosition(termAt(index), index);
    }

    /** About how many bytes the entries take that came since this process began and are not committed. */
    long uncommittedWeight() {
        return uncommittedWeight;
    }

    /** Whether another entry can follow the last one. */
    boolean hasRoom() {
        return last().index() + 1 < Message.INDEX_LIMIT;
    }

    private void weigh() {
        recoveredUpTo = Math.min(recoveredUpTo, last.index());
        uncommittedWeight = weightBetween(Math.max(commitIndex, recoveredUpTo), last.index());
        unappliedWeight = weightBetween(applied, last.index());
    }

    /** About how many bytes the entries take that are not applied, the uncommitted ones included. */
    long unappliedWeight() {
        return unappliedWeight;
    }

    /** Everything up to an index is applied. Returns about how many bytes were not before. */
    long applied(long index) {
        long weight = weightBetween(applied, index);
        applied = Math.max(applied, index);
        unappliedWeight -= weight;
        return weight;
    }

    /** About how many bytes the held entries after an index take, up to another index. */
    long weightBetween(long after, long upTo) {
        long weight = 0;
        int end = offsetOf(upTo + 1);
        for (int i = Math.max(0, offsetOf(after + 1)); i < end; i++) {
            weight += entries.get(i).weight();
        }
        return weight;
    }

    /** Whether the held entries from one index to another weigh so many bytes together. */
    boolean weighsAtLeast(long from, long upTo, long bytes) {
        long weight = 0;
        int end = offsetOf(upTo + 1);
        for (int i = Math.max(0, offsetOf(from)); i < end && weight < bytes; i++) {
            weight += entries.get(i).weight();
        }
        return weight >= bytes;
    }

    private void collectTypes() {
        types.clear();
        if (snapshot.image() != null) {
            types.addAll(snapshot.image().types());
        }
        entries.forEach(this::collectType);
    }

    private void collectType(Entry entry) {
        if (entry.payload() instanceof Payload.Application application) {
            types.add(application.type());
        }
    }

    void append(Entry entry) {
        outbox.record(new EntryAppended(entry));
        entries.add(entry);
        last = entry.position();
        uncommittedWeight += entry.weight();
        unappliedWeight += entry.weight();
        collectType(entry);
        noticeMembership(entry);
    }

    void removeFrom(long index) {
        outbox.record(new LogTruncated(index));
        entries.subList(offsetOf(index), entries.size()).clear();
        last = end();
        findMembership();
        collectTypes();
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
        givenOut = index;
        applied = Math.max(applied, index);
        replaceSnapshot(installed);
        outbox.add(new Effect.SnapshotInstalled(installed));
    }

    /** The commit index, as far as this member knows it. */
    long commitIndex() {
        return commitIndex;
    }

    /**
     * Commits everything up to an index. Without a state machine the log is compacted if enough entries were committed since
     * the last snapshot, or if one of the new ones lets this member in.
     */
    void commitUpTo(long index) {
        if (index <= commitIndex) {
            return;
        }
        long committedBefore = commitIndex;
        uncommittedWeight -= weightBetween(Math.max(committedBefore, recoveredUpTo), index);
        commitIndex = index;
        giveOut();
        long snapshotIndex = snapshot.last().index();
        if (feeds() || snapshot.image() != null) {
            // Nothing is folded that no image holds.
            if (letsInSelf(committedBefore, index)) {
                outbox.record(new CommitKnown(index));
            }
        } else if (letsInSelf(snapshotIndex, index) || index - snapshotIndex >= settings.compactionThreshold()) {
            // A snapshot is committed by definition. So a member that was let in still knows this after a restart.
            replaceSnapshot(snapshotAt(index));
        }
    }

    /**
     * Gives the committed entries out that were not yet, to be applied: all of them to a state machine, otherwise only those of
     * the application.
     */
    void giveOut() {
        if (givenOut >= commitIndex) {
            return;
        }
        boolean all = feeds();
        List<Entry> given = new ArrayList<>();
        for (Entry entry : entries.subList(offsetOf(givenOut + 1), offsetOf(commitIndex + 1))) {
            if (all || entry.payload() instanceof Payload.Application) {
                given.add(entry);
            }
        }
        givenOut = commitIndex;
        if (!given.isEmpty()) {
            outbox.add(new Effect.Apply(given));
        }
    }

    private boolean letsInSelf(long after, long upTo) {
        EnrolledMember self =
                membership == null ? null : membership.member(settings.nodeId()).orElse(null);
        return self != null && self.waitsForCommit() && self.namedAt() > after && self.namedAt() <= upTo;
    }

    /**
     * An image of what the entries up to a position made of the state machine is durable. It is the new snapshot.
     *
     * @param keptWeight how many bytes of the entries that it covers stay in memory
     */
    void imageTaken(LogPosition at, StateImage image, long keptWeight) {
        Snapshot taken = snapshotAt(at.index()).with(image);
        outbox.record(new SnapshotReplaced(taken));
        snapshot = taken;
        keepBehindSnapshot(keptWeight);
    }

    /** Drops entries that the snapshot covers, the oldest first, until no more than so many bytes of them are held. */
    void keepBehindSnapshot(long keptWeight) {
        int covered = offsetOf(snapshot.last().index() + 1);
        int drop = covered;
        long weight = 0;
        while (drop > 0 && weight + entries.get(drop - 1).weight() <= keptWeight) {
            weight += entries.get(--drop).weight();
        }
        if (drop > 0) {
            before = entries.get(drop - 1).position();
            entries.subList(0, drop).clear();
        }
    }

    void replaceSnapshot(Snapshot newSnapshot) {
        outbox.record(new SnapshotReplaced(newSnapshot));
        long index = newSnapshot.last().index();
        if (termAt(index) == newSnapshot.last().term()) {
            entries.subList(0, offsetOf(index + 1)).clear();
        } else {
            entries.clear();
        }
        snapshot = newSnapshot;
        before = newSnapshot.last();
        last = end();
        findMembership();
        collectTypes();
        weigh();
    }

    /** Builds the snapshot that replaces everything up to an index. */
    Snapshot snapshotAt(long index) {
        List<Entry> following = entries.subList(offsetOf(snapshot.last().index() + 1), entries.size());
        return snapshot.covering(following, positionAt(index));
    }

    /** Whether any entry after an index changes the membership. */
    boolean changesMembershipAfter(long index) {
        for (int i = entries.size() - 1; i >= 0 && entries.get(i).index() > index; i--) {
            if (entries.get(i).payload().membership() != null) {
                return true;
            }
        }
        return false;
    }

    /**
     * The index just before the run of entries that have the same term as the one at the given index. The two logs may
     * agree up to there.
     */
    long beforeTermAt(long index) {
        long term = termAt(index);
        long agreed = index - 1;
        while (agreed > snapshot.last().index() && termAt(agreed) == term) {
            agreed--;
        }
        return agreed;
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

    private void findMembership() {
        membership = snapshot.membership();
        clusterBeganAt = 0;
        for (Entry entry : entries) {
            if (entry.index() > snapshot.last().index()) {
                noticeMembership(entry);
            }
        }
    }

    private void noticeMembership(Entry entry) {
        Membership changed = entry.payload().membership();
        if (changed == null) {
            return;
        }
        if (membership != null && !membership.clusterId().equals(changed.clusterId())) {
            clusterBeganAt = entry.index();
        }
        membership = changed;
    }

    /**
     * Up to where entries are of a lost cluster, whose data this one was recovered with. Whoever holds some of them alone would take
     * itself for a member of that one, so they are sent to nobody: only a snapshot behind them is.
     */
    long ofLostCluster() {
        return before.index() < clusterBeganAt ? clusterBeganAt : 0;
    }

    /** Whether an image is needed at once, because nothing else can be sent to a new member. */
    boolean needsImage() {
        return clusterBeganAt > snapshot.last().index() && applied >= clusterBeganAt;
    }
}
