package io.election.actuate;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.election.node.MemoryStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A member's part in the replicated memory: {@link MemoryStatus} for an operator.
 *
 * @param keeps {@code store} for named values, or {@code state-machine} for one of the application's own
 * @param commitIndex how far the log is known to be committed
 * @param appliedIndex up to where this member has applied the log
 * @param lag how many entries that are known to be committed it has not applied
 * @param age how long ago it last knew that it had applied everything committed
 * @param acknowledgedIndex up to where writers may be told that their entries are kept, as far as this member knows
 * @param failure why it applies nothing any more
 * @param unappliedBytes about how many bytes the entries have that it has not applied
 * @param snapshot the state's latest image
 * @param fetching the image that it fetches from the leader
 * @param values the store's values; {@code null} for a state machine of the application's own
 * @param writesUnderWay how many writes of this process wait for their answers
 * @param members how far each member is; on a member that does not lead only this one
 */
@JsonInclude(JsonInclude.Include.ALWAYS)
public record MemoryDescriptor(
        String keeps,
        long commitIndex,
        long appliedIndex,
        long lag,
        @Nullable String age,
        long acknowledgedIndex,
        @Nullable String failure,
        long unappliedBytes,
        Snapshot snapshot,
        @Nullable Fetching fetching,
        @Nullable Values values,
        int writesUnderWay,
        List<Member> members) {

    static @Nullable MemoryDescriptor of(@Nullable MemoryStatus status) {
        if (status == null) {
            return null;
        }
        MemoryStatus.Fetching fetching = status.fetching();
        MemoryStatus.Values values = status.values();
        return new MemoryDescriptor(
                status.keeps(),
                status.commitIndex(),
                status.appliedIndex(),
                status.lag(),
                text(status.age()),
                status.acknowledgedIndex(),
                status.failure(),
                status.unappliedBytes(),
                Snapshot.of(status.snapshot()),
                fetching == null
                        ? null
                        : new Fetching(fetching.from(), fetching.index(), fetching.received(), fetching.bytes()),
                values == null ? null : new Values(values.count(), values.bytes(), values.mostBytes()),
                status.writesUnderWay(),
                status.members().stream().map(Member::of).toList());
    }

    private static @Nullable String text(@Nullable Duration duration) {
        return duration == null ? null : duration.toString();
    }

    /**
     * The state's latest image.
     *
     * @param index the last entry that it stands for; 0 if there is none
     * @param bytes its size
     * @param at when it was written or received; {@code null} if that was before this start
     * @param age how long ago that was
     */
    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record Snapshot(
            long index,
            @Nullable Long bytes,
            @Nullable String at,
            @Nullable String age) {

        static Snapshot of(MemoryStatus.Snapshot snapshot) {
            Instant at = snapshot.at();
            return new Snapshot(
                    snapshot.index(),
                    snapshot.bytes(),
                    at == null ? null : at.toString(),
                    at == null ? null : text(Duration.between(at, Instant.now())));
        }
    }

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
     * @param mostBytes how many they may have
     */
    public record Values(int count, long bytes, long mostBytes) {}

    /**
     * How far a member is.
     *
     * @param id its id
     * @param appliedIndex up to where it has applied the log
     * @param lag how many committed entries it has not applied
     * @param failed whether it applies nothing any more
     * @param doesNotRead the types of entries that the leader reads and it does not
     */
    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record Member(
            String id,
            @Nullable Long appliedIndex,
            @Nullable Long lag,
            boolean failed,
            List<String> doesNotRead) {

        static Member of(MemoryStatus.Member member) {
            return new Member(member.id(), member.appliedIndex(), member.lag(), member.failed(), member.doesNotRead());
        }
    }
}
