package io.election.core;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How far this member's replica is: what it has applied, whether it still applies, and up to where writers may be told. Without a
 * state machine it is never behind.
 */
final class AppliedLog {

    private final ElectionLog log;
    private final Outbox outbox;
    private final @Nullable ReplicationSettings replication;
    private final HeldImages images;
    private final StateDigests digests = new StateDigests();

    private long index;
    private @Nullable String failure;

    /** Up to where writers may be told that their entries are kept. */
    private long acknowledged;

    AppliedLog(ElectionSettings settings, ElectionLog log, Outbox outbox) {
        this.log = log;
        this.outbox = outbox;
        this.replication = log.feeds() ? settings.replication() : null;
        this.images = new HeldImages(settings, log, outbox);
        // What an image stands for counts once the replica has restored it.
        this.index = log.snapshot().image() == null ? log.snapshot().last().index() : 0;
    }

    HeldImages images() {
        return images;
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

    /** What is shown of this member's replica, and of those that others told of; {@code null} if it has none. */
    @Nullable MemoryView view(Map<String, ReplicaStatus> replicas) {
        return replication == null
                ? null
                : new MemoryView(
                        index,
                        acknowledged,
                        failure,
                        log.snapshot().last(),
                        log.snapshot().image(),
                        log.unappliedWeight(),
                        images.beingFetched(),
                        replicas);
    }

    // ------------------------------------------------------------------------------------------------ applying

    /** The replica has applied everything up to an index. */
    void applied(long upTo, @Nullable StateDigest digest) {
        if (upTo <= index || failure != null) {
            return;
        }
        long weight = log.applied(upTo);
        index = upTo;
        images.applied(upTo, weight);
        if (digest != null) {
            judge(digests.take(digest));
        }
    }

    void failed(String detail) {
        if (failure == null) {
            failure = detail;
            outbox.observe(new Observation.MachineFailed(detail));
        }
    }

    private void judge(StateDigests.@Nullable Difference difference) {
        if (difference != null) {
            failed("its state differs from its leader's after entry "
                    + difference.own().index());
            outbox.add(new Effect.StateDiffers(difference.own(), difference.leaders()));
        }
    }

    // ------------------------------------------------------------------------------------------------ what leaders say

    /** What a leader says of the replicas, or {@code null} if the log feeds no state machine. */
    @Nullable ReplicaNews news(boolean withDigest) {
        if (replication == null) {
            return null;
        }
        // As a follower it may have heard of more than it knows to be committed now, in a term of which it heard only
        // that.
        long told = Math.min(acknowledged, log.commitIndex());
        return new ReplicaNews(told, withDigest && failure == null ? digests.latest() : null);
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
        if (news == null || replication == null) {
            return;
        }
        acknowledge(news.acknowledged());
        StateDigest leaders = news.digest();
        if (leaders != null && failure == null) {
            judge(digests.hear(leaders));
        }
    }
}
