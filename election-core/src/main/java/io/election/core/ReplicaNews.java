package io.election.core;

import org.jspecify.annotations.Nullable;

/**
 * What a leader says of the replicas.
 *
 * @param acknowledged up to which index writers may be told that their entries are kept: they are committed, and on as many data
 *     voters as the leader's settings ask for
 * @param digest a digest of the leader's state, or {@code null}
 */
public record ReplicaNews(long acknowledged, @Nullable StateDigest digest) {

    public ReplicaNews {
        Message.checkIndex("acknowledged", acknowledged);
    }
}
