package io.election.node;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an operator may want to know of a member's part in the replicated memory.
 *
 * @param keeps {@code store} for named values, or {@code state-machine} for one of the application's own
 * @param commitIndex how far the log is known to be committed
 * @param appliedIndex up to where this member has applied the log
 * @param lag how many entries that are known to be committed it has not applied
 * @param age how long ago it last knew that it had applied everything committed, or {@code null} if it has not since its start
 * @param acknowledgedIndex up to where writers may be told that their entries are kept, as far as this member knows
 * @param failure why it applies nothing any more, or {@code null}
 * @param unappliedBytes about how many bytes the entries have that it has not applied
 * @param snapshot the state's latest image
 * @param fetching the image that it fetches from the leader, or {@code null}
 * @param values the store's values, or {@code null} for a state machine of the application's own
 * @param writesUnderWay how many writes of this process wait for their answers
 * @param members what the others have told, this member included; on a member that does not lead only this one
 */
public record MemoryStatus(
        String keeps,
        long commitIndex,
        long appliedIndex,
        long lag,
        @Nullable Duration age,
        long acknowledgedIndex,
        @Nullable String failure,
        long unappliedBytes,
        Snapshot snapshot,
        @Nullable Fetching fetching,
        @Nullable Values values,
        int writesUnderWay,
        List<Member> members) {

    public MemoryStatus {
        members = List.copyOf(members);
    }

    /**
     * The state's latest image.
     *
     * @param index the last entry that it stands for; 0 if there is none
     * @param bytes its size, or {@code null} if there is none
     * @param at when it was written or received, or {@code null} if that was before this start
     */
    public record Snapshot(
            long index, @Nullable Long bytes, @Nullable Instant at) {}

    /**
     * An image that is being fetched.
     *
     * @param from from whom
     * @param index the last entry that it stands for
     * @param received how many of its bytes are here
     * @param bytes its size
     */
    public record Fetching(String from, long index, long received, long bytes) {}

    /**
     * What a store holds.
     *
     * @param count how many values
     * @param bytes how many bytes they have, with their names and what each takes besides
     * @param mostBytes how many they may have, as this member judges when it leads
     */
    public record Values(int count, long bytes, long mostBytes) {}

    /**
     * How far a member is.
     *
     * @param id its id
     * @param appliedIndex up to where it has applied the log; {@code null} if it has none to apply, or has not said so
     * @param lag how many committed entries it has not applied, or {@code null}
     * @param failed whether it applies nothing any more
     * @param doesNotRead the types of entries that the leader reads and it does not
     */
    public record Member(
            String id,
            @Nullable Long appliedIndex,
            @Nullable Long lag,
            boolean failed,
            List<String> doesNotRead) {

        public Member {
            doesNotRead = List.copyOf(doesNotRead);
        }
    }
}
