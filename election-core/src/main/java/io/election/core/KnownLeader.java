package io.election.core;

import io.election.core.Effect.LeaderChanged;
import org.jspecify.annotations.Nullable;

/** The leader as this member knows it, itself included, and when it was last heard from. */
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

    /** When another leader last sent anything, or {@code null}. */
    @Nullable Long lastContactNanos() {
        return lastContactNanos;
    }

    /** The leader that has just fallen silent, whose turn to stand is not waited for, or {@code null}. */
    @Nullable String silent() {
        return silent;
    }

    /** Another leader sent something. */
    void heard(String leader, long nowNanos) {
        lastContactNanos = nowNanos;
        silent = null;
        become(leader);
    }

    /** An election was won: nobody's silence counts any longer. */
    void elected() {
        silent = null;
    }

    /** There is a leader from now on. */
    void become(String leader) {
        everKnown = true;
        if (!leader.equals(id)) {
            id = leader;
            outbox.add(new LeaderChanged(ballot.term(), leader));
        }
    }

    /** The leader that was known is none any longer. */
    void forget() {
        if (id != null) {
            silent = id;
            id = null;
            outbox.add(new LeaderChanged(ballot.term(), null));
        }
    }
}
