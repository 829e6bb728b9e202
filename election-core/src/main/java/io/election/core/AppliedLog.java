package io.election.core;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How far this member's replica is: what it has applied, whether it still applies, and the images of its state. Without a state
 * machine it is never behind.
 */
final class AppliedLog {

    /** The highest number of digests kept, to be compared with a leader's. */
    private static final int MOST_DIGESTS = 16;

    /** How many images at most are kept for members that fetch one. */
    private static final int MOST_SENT = 4;

    private final ElectionLog log;
    private final Outbox outbox;
    private final @Nullable ReplicationSettings replication;

    private long index;
    private @Nullable String failure;
    private final Deque<StateDigest> digests = new ArrayDeque<>();

    /** How many bytes were applied since the latest image was asked for, and the entry at that time. */
    private long weightSinceImage;

    private long askedAtIndex;
    private boolean imageUnderWay;

    /** The snapshot whose image is being fetched, how much of it is here, and whether all of it is. */
    private @Nullable Snapshot fetched;

    private long received;
    private boolean complete;

    /** Up to where writers may be told that their entries are kept. */
    private long acknowledged;

    /** The last entries of the images that other members fetch from this one, by member. */
    private final Map<String, LogPosition> sent = new HashMap<>();

    AppliedLog(ElectionSettings settings, ElectionLog log, Outbox outbox) {
        this.log = log;
        this.outbox = outbox;
        this.replication = log.feeds() ? settings.replication() : null;
        // What an image stands for counts once the replica has restored it.
        this.index = log.snapshot().image() == null ? log.snapshot().last().index() : 0;
        this.askedAtIndex = log.snapshot().last().index();
    }

    /** Whether everything up to an index is applied here. Without a state machine it always is. */
    boolean hasApplied(long upTo) {
        return replication == null || index >= upTo;
    }

    long index() {
        return replication == null ? log.commitIndex() : index;
    }

    /** Why this member applies nothing any more, or {@code null}. */
    @Nullable String failure() {
        return failure;
    }

    /** What this member says of its replica to its leader, or {@code null} if it has none. */
    @Nullable ReplicaStatus status() {
        return replication == null ? null : new ReplicaStatus(index, failure != null, replication.reads());
    }

    /** Up to where this member's replica has applied, for its leader; {@code null} if it has none, or applies no more. */
    @Nullable Long shownIndex() {
        return replication == null || failure != null ? null : Long.valueOf(index);
    }

    // ------------------------------------------------------------------------------------------------ applying

    /**
     * The replica has applied everything up to an index.
     *
     * @return whether that is news
     */
    boolean applied(long upTo, @Nullable StateDigest digest) {
        if (digest != null) {
            digests.add(digest);
            if (digests.size() > MOST_DIGESTS) {
                digests.remove();
            }
        }
        if (upTo <= index || failure != null) {
            return false;
        }
        weightSinceImage += log.applied(upTo);
        index = upTo;
        askForImageIfDue();
        return true;
    }

    void failed(String detail) {
        if (failure == null) {
            failure = detail;
            outbox.observe(new Observation.MachineFailed(detail));
        }
    }

    /** The digest that a leader names in its heartbeats, or {@code null}. */
    @Nullable StateDigest latestDigest() {
        return failure == null ? digests.peekLast() : null;
    }

    /** Compares the leader's state with that of this member, if both are known after the same entry. */
    void compare(@Nullable StateDigest leaders) {
        if (leaders == null || failure != null) {
            return;
        }
        for (StateDigest own : digests) {
            if (own.index() == leaders.index() && own.value() != leaders.value()) {
                failed("its state differs from its leader's after entry " + own.index());
                outbox.add(new Effect.StateDiffers(own, leaders));
                return;
            }
        }
    }

    /** What a leader says of the replicas, or {@code null} if the log feeds no state machine. */
    @Nullable ReplicaNews news(boolean withDigest) {
        return replication == null
                ? null
                : new ReplicaNews(Math.min(acknowledged, log.commitIndex()), withDigest ? latestDigest() : null);
    }

    /** Everything up to an index is committed, and on as many data voters as it should be. */
    void acknowledge(long upTo) {
        if (replication != null && upTo > acknowledged) {
            acknowledged = upTo;
            outbox.add(new Effect.Acknowledged(upTo));
        }
    }

    /** A leader that this member follows says how far it is. */
    void learn(@Nullable ReplicaNews news) {
        if (news != null) {
            acknowledge(news.acknowledged());
            compare(news.digest());
        }
    }

    // ------------------------------------------------------------------------------------------------ its own image

    private void askForImageIfDue() {
        ReplicationSettings limits = replication;
        if (limits == null || imageUnderWay) {
            return;
        }
        if (index - askedAtIndex >= limits.snapshotEntries() || weightSinceImage >= limits.snapshotBytes()) {
            imageUnderWay = true;
            askedAtIndex = index;
            weightSinceImage = 0;
            outbox.add(new Effect.TakeImage());
        }
    }

    /** An image is durable: it is the snapshot from now on, unless the log has one of a later entry. */
    void imageTaken(LogPosition at, StateImage image) {
        imageUnderWay = false;
        if (at.index() > log.snapshot().last().index() && log.termAt(at.index()) == at.term()) {
            log.imageTaken(at, image, keptWeight());
            retainImages();
        }
    }

    void imageNotTaken(String detail) {
        imageUnderWay = false;
        outbox.observe(new Observation.ImageNotTaken(detail));
    }

    private long keptWeight() {
        ReplicationSettings limits = replication;
        if (limits == null) {
            return 0;
        }
        return sent.isEmpty() ? limits.keptBytes() : limits.keptForTransferBytes();
    }

    private void retainImages() {
        Set<LogPosition> keep = new HashSet<>(sent.values());
        keep.add(log.snapshot().last());
        outbox.add(new Effect.RetainImages(keep));
    }

    // ------------------------------------------------------------------------------------------------ others' images

    /** A member fetches the image of a snapshot of this one. It and the entries behind it are kept. */
    void sends(String member, LogPosition last) {
        if (sent.size() < MOST_SENT || sent.containsKey(member)) {
            sent.put(member, last);
        }
    }

    /** A member needs no image any more. */
    void sendsNoMore(String member) {
        if (sent.remove(member) != null) {
            log.keepBehindSnapshot(keptWeight());
            retainImages();
        }
    }

    void sendsNoMore() {
        if (!sent.isEmpty()) {
            sent.clear();
            log.keepBehindSnapshot(keptWeight());
            retainImages();
        }
    }

    /**
     * Whether a leader's snapshot can be installed: it names no image, or its image is here. If not, the image is fetched from that
     * leader.
     */
    boolean hasImageOf(Snapshot snapshot, String leader) {
        StateImage image = snapshot.image();
        if (image == null || replication == null) {
            return true;
        }
        if (!snapshot.equals(fetched)) {
            fetched = snapshot;
            received = 0;
            complete = false;
            outbox.add(new Effect.FetchImage(leader, snapshot.last(), image));
        }
        return complete;
    }

    /** How many bytes of the image that is being fetched are here. */
    long received() {
        return received;
    }

    void imageFetched(LogPosition last, long bytes, boolean all) {
        if (fetched != null && fetched.last().equals(last)) {
            received = bytes;
            complete = all;
        }
    }

    /** A snapshot of a leader was installed. What it stands for counts as applied once the replica says so. */
    void installed(Snapshot snapshot) {
        fetched = null;
        askedAtIndex = snapshot.last().index();
        weightSinceImage = 0;
        if (replication != null && snapshot.image() != null) {
            retainImages();
        }
    }
}
