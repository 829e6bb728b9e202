package io.election;

import java.util.Set;
import java.util.concurrent.CompletionStage;

/**
 * A small replicated memory that outlives the leader: named values of the application's own types, kept by every data member. For
 * positions, checkpoints, assignments and flags. Values are small, and all of them are in memory.
 *
 * <p>All methods are thread-safe, and none blocks.
 */
public interface ReplicatedStore {

    /**
     * A value that the leader writes.
     *
     * @param name its name, not blank
     * @param type its class; {@code byte[].class} for the stored bytes as they are
     * @param <T> its type
     * @return access to it, whether it exists or not
     */
    default <T> ReplicatedValue<T> value(String name, Class<T> type) {
        return value(name, type, Writers.LEADER);
    }

    /**
     * A value.
     *
     * @param name its name, not blank
     * @param type its class; {@code byte[].class} for the stored bytes as they are
     * @param writers who writes it, the same for all who use it
     * @param <T> its type
     * @return access to it, whether it exists or not
     */
    <T> ReplicatedValue<T> value(String name, Class<T> type, Writers writers);

    /**
     * A value with an encoding of its own.
     *
     * @param name its name, not blank
     * @param codec how it is encoded
     * @param writers who writes it, the same for all who use it
     * @param <T> its type
     * @return access to it, whether it exists or not
     */
    <T> ReplicatedValue<T> value(String name, ValueCodec<T> codec, Writers writers);

    /**
     * The names of the values that exist, as this member knows them now.
     *
     * @return the names, sorted
     */
    Set<String> names();

    /**
     * Asks again about a write whose answer was unknown, under the same id.
     *
     * @param id the id of the write, made in this process
     * @return what became of it; {@link WriteResult.Unknown} again if this process does not remember it any more
     */
    CompletionStage<WriteResult<Long>> askAgain(WriteId id);

    /**
     * Up to where this member has applied the log.
     *
     * @return the index of the last applied entry, or 0
     */
    long appliedIndex();
}
