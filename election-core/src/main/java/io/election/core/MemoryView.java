package io.election.core;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an {@link Election} whose log feeds a state machine shows of that at one instant.
 *
 * @param applied up to which index this member's replica has applied
 * @param acknowledged up to which index writers may be told that their entries are kept, as far as this member knows
 * @param failure why this member applies nothing any more, or {@code null}
 * @param snapshot the last entry that the snapshot covers
 * @param image the name of the image of the state after that entry, or {@code null} if there is none yet
 * @param unappliedBytes about how many bytes the entries have that are not applied here
 * @param fetched the image that is being fetched from a leader, or {@code null}
 * @param replicas what the other members last said of their replicas; empty unless this member leads
 */
public record MemoryView(
        long applied,
        long acknowledged,
        @Nullable String failure,
        LogPosition snapshot,
        @Nullable StateImage image,
        long unappliedBytes,
        @Nullable Fetched fetched,
        Map<String, ReplicaStatus> replicas) {

    public MemoryView {
        replicas = Map.copyOf(replicas);
    }

    /**
     * An image that is being fetched.
     *
     * @param from from which leader
     * @param last the last entry that it stands for
     * @param received how many of its bytes are here
     * @param length how many bytes it has
     */
    public record Fetched(String from, LogPosition last, long received, long length) {}
}
