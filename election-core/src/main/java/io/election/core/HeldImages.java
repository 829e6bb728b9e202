package io.election.core;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The images of replicas' states that this member takes, keeps for others, and fetches from a leader. Without a state machine there
 * are none.
 */
final class HeldImages {

    /** To how many members at most images are sent at a time. The others wait. */
    private static final int MOST_SENT = 4;

    private final ElectionLog log;
    private final Outbox outbox;
    private final @Nullable ReplicationSettings replication;

    /** How many bytes were applied since the latest image was asked for, and the entry at that time. */
    private long weightSinceImage;

    private long askedAtIndex;
    private boolean underWay;

    private @Nullable Fetch fetched;

    /** The last entries of the images that other members fetch from this one, by member. */
    private final Map<String, LogPosition> sent = new HashMap<>();

    /** The write after which older images are not needed any more, or 0 if nothing is to be said of them. */
    private long retainAfterWrite;

    private boolean retainDue;

    /** An image that is being fetched. */
    private static final class Fetch {
        private final LogPosition last;
        private final StateImage image;
        private final String from;
        private long received;
        private boolean complete;

        private Fetch(LogPosition last, StateImage image, String from) {
            this.last = last;
            this.image = image;
            this.from = from;
        }

        private boolean isOf(LogPosition otherLast, StateImage otherImage) {
            return last.equals(otherLast) && image.equals(otherImage);
        }
    }

    HeldImages(ElectionSettings settings, ElectionLog log, Outbox outbox) {
        this.log = log;
        this.outbox = outbox;
        this.replication = log.feeds() ? settings.replication() : null;
        this.askedAtIndex = log.snapshot().last().index();
    }

    // ------------------------------------------------------------------------------------------------ its own

    /** Entries were applied, up to an index. */
    void applied(long index, long weight) {
        weightSinceImage += weight;
        ReplicationSettings limits = replication;
        if (limits == null || underWay) {
            return;
        }
        if (log.needsImage()
                || index - askedAtIndex >= limits.snapshotEntries()
                || weightSinceImage >= limits.snapshotBytes()) {
            underWay = true;
            askedAtIndex = index;
            weightSinceImage = 0;
            outbox.add(new Effect.TakeImage());
        }
    }

    /** An image is durable: it is the snapshot from now on, unless the log has one of a later entry. */
    void taken(LogPosition at, StateImage image) {
        underWay = false;
        if (at.index() > log.snapshot().last().index() && log.termAt(at.index()) == at.term()) {
            log.imageTaken(at, image, keptWeight());
        }
        retain();
    }

    void notTaken(String detail) {
        underWay = false;
        outbox.observe(new Observation.ImageNotTaken(detail));
    }

    private long keptWeight() {
        ReplicationSettings limits = replication;
        if (limits == null) {
            return 0;
        }
        return sent.isEmpty() ? limits.keptBytes() : limits.keptForTransferBytes();
    }

    // ------------------------------------------------------------------------------------------------ which are kept

    /** Older images may be dropped once what names a newer one is on disk. Until then a start needs the older one. */
    private void retain() {
        retainDue = true;
        retainAfterWrite = outbox.logWrite();
    }

    /** A step ends: what has become durable, or committed, may make images needless. */
    void stepEnds() {
        Fetch current = fetched;
        if (current != null && log.commitIndex() >= current.last.index()) {
            fetched = null;
            outbox.add(new Effect.ImageNotNeeded());
        }
        if (!retainDue || outbox.durableWrite() < retainAfterWrite) {
            return;
        }
        retainDue = false;
        Set<LogPosition> keep = new HashSet<>(sent.values());
        keep.add(log.snapshot().last());
        outbox.add(new Effect.RetainImages(keep));
    }

    // ------------------------------------------------------------------------------------------------ for others

    /**
     * A member is to fetch the image of a snapshot of this one. It and entries behind it are kept.
     *
     * @return whether it may; if not, too many do
     */
    boolean sends(String member, LogPosition last) {
        if (sent.size() >= MOST_SENT && !sent.containsKey(member)) {
            return false;
        }
        sent.put(member, last);
        return true;
    }

    /** A member needs no image any more. */
    void sendsNoMore(String member) {
        if (sent.remove(member) != null) {
            log.keepBehindSnapshot(keptWeight());
            retain();
        }
    }

    void sendsNoMore() {
        if (!sent.isEmpty()) {
            sent.clear();
            log.keepBehindSnapshot(keptWeight());
            retain();
        }
    }

    // ------------------------------------------------------------------------------------------------ from a leader

    /**
     * Whether a leader's snapshot can be installed: it names no image, or its image is here. If not, the image is fetched from that
     * leader. What came from an earlier leader counts only if it is complete: another sender may have other bytes for the same entry.
     */
    boolean hasImageOf(Snapshot snapshot, String leader) {
        StateImage image = snapshot.image();
        if (image == null || replication == null) {
            return true;
        }
        Fetch current = fetched;
        if (current != null && current.isOf(snapshot.last(), image)) {
            if (current.complete) {
                return true;
            }
            if (current.from.equals(leader)) {
                return false;
            }
        }
        fetched = new Fetch(snapshot.last(), image, leader);
        outbox.add(new Effect.FetchImage(leader, snapshot.last(), image));
        return false;
    }

    /** The image that is being fetched, or {@code null}. */
    MemoryView.@Nullable Fetched beingFetched() {
        Fetch current = fetched;
        return current == null
                ? null
                : new MemoryView.Fetched(current.from, current.last, current.received, current.image.length());
    }

    /** How many bytes of the image that is being fetched are here. */
    long received() {
        return fetched == null ? 0 : fetched.received;
    }

    void fetched(LogPosition last, StateImage image, long received, boolean complete) {
        Fetch current = fetched;
        // An earlier fetch may have told of the same entry just before this one replaced it.
        if (current != null && current.isOf(last, image)) {
            current.received = received;
            current.complete = complete;
        }
    }

    /** A snapshot of a leader was installed. */
    void installed(Snapshot snapshot) {
        fetched = null;
        askedAtIndex = snapshot.last().index();
        weightSinceImage = 0;
        if (replication != null && snapshot.image() != null) {
            retain();
        }
    }
}
