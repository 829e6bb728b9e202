package io.election.core;

import io.election.core.Effect.LeaderChanged;
import org.jspecify.annotations.Nullable;

/** The leader that this member knows, which may be itself, and when another leader was last heard from. */
final class KnownLeader {

    private final Ballot ballot;
    private final Outbox outbox;
    private @Nullable String id;
    private @Nullable String silent;
    private @Nullable Long lastContactNanos;
    private boolean everKnown;

    KnownLeader(Ballot ballot, Outbox outbox) {
        this.ballot = ballot;
        this.outbox = outbox;
    }

    @Nullable String id() {
        return id;
    }

    boolean isKnown() {
        return id != null;
    }

    boolean isEverKnown() {
        return everKnown;
    }

    /** When another member last sent a message as the leader, or {@code null}. */
    @Nullable Long lastContactNanos() {
        return lastContactNanos;
    }

    /** The leader that has just fallen silent, or {@code null}. It is left out of the ranking. */
    @Nullable String silent() {
        return silent;
    }

    /** Another member sent a message as the leader. */
    void heard(String leader, long nowNanos) {
        lastContactNanos = nowNanos;
        silent = null;
        become(leader);
    }

    /** This member won an election: the silence of an earlier leader no longer counts. */
    void elected() {
        silent = null;
    }

    /** From now on this member knows a leader. */
    void become(String leader) {
        everKnown = true;
        if (!leader.equals(id)) {
            id = leader;
            outbox.add(new LeaderChanged(ballot.term(), leader));
        }
    }

    /** The known leader is no longer the leader. */
    void forget() {
        if (id != null) {
            silent = id;
            id = null;
            outbox.add(new LeaderChanged(ballot.term(), null));
        }
    }
}
