package io.election;

import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * One named value of the {@link ReplicatedStore}.
 *
 * <p><strong>Writes</strong> complete with a {@link WriteResult}, never exceptionally. Its result is the version of the value from then on:
 * the index of the entry that wrote it, or 0 if it was removed. A write of a value that the leader writes ({@link Writers#LEADER}) carries
 * a token. Without one in the call, it is the token of the work that the calling thread does, or of this member's current leadership, as
 * {@link Leadership#fencingToken()} returns it at the call. Work that runs longer than its leadership passes the token that it got when
 * it began. The token is not renewed when a write is tried again. A write of a value that any member writes carries none, and
 * its methods with a token throw an {@link UnsupportedOperationException}.
 *
 * <p><strong>Reads</strong> throw a {@link ValueNotReadableException}, or complete with one, if the stored bytes are none of a value of
 * this type.
 *
 * <p>All methods are thread-safe, and none blocks.
 *
 * @param <T> the type of the value
 */
public interface ReplicatedValue<T> {

    /**
     * The name of the value.
     *
     * @return its name in the store
     */
    String name();

    /**
     * Writes the value, whatever it was.
     *
     * @param value the value, encoded at the call
     * @return what became of the write
     * @throws IllegalArgumentException if the value cannot be encoded
     */
    CompletionStage<WriteResult<Long>> set(T value);

    /**
     * Writes the value in the name of a leadership, whatever it was.
     *
     * @param value the value, encoded at the call
     * @param token the token of the leadership, taken when the work began
     * @return what became of the write
     * @throws IllegalArgumentException if the value cannot be encoded
     */
    CompletionStage<WriteResult<Long>> set(T value, FencingToken token);

    /**
     * Writes the value if it still has the version that was read. Otherwise the answer is {@link WriteResult.Reason#CONFLICT}.
     *
     * @param expectedVersion {@link StoredValue#version()} of what was read; 0 if there must be none
     * @param value the value, encoded at the call
     * @return what became of the write
     * @throws IllegalArgumentException if the value cannot be encoded, or the version is negative
     */
    CompletionStage<WriteResult<Long>> compareAndSet(long expectedVersion, T value);

    /**
     * Writes the value in the name of a leadership if it still has the version that was read.
     *
     * @param expectedVersion {@link StoredValue#version()} of what was read; 0 if there must be none
     * @param value the value, encoded at the call
     * @param token the token of the leadership, taken when the work began
     * @return what became of the write
     * @throws IllegalArgumentException if the value cannot be encoded, or the version is negative
     */
    CompletionStage<WriteResult<Long>> compareAndSet(long expectedVersion, T value, FencingToken token);

    /**
     * Removes the value, whatever it was. Who may write it is forgotten with it.
     *
     * @return what became of the write; applied with 0 also if there was no value
     */
    CompletionStage<WriteResult<Long>> remove();

    /**
     * Removes the value in the name of a leadership, whatever it was.
     *
     * @param token the token of the leadership, taken when the work began
     * @return what became of the write; applied with 0 also if there was no value
     */
    CompletionStage<WriteResult<Long>> remove(FencingToken token);

    /**
     * Reads the value as this member has it now. It may be old, and says how old. Never waits.
     *
     * @return the value, or that there is none
     */
    StoredValue<T> get();

    /**
     * Reads the value as this member has it, once it has applied an entry. With the index of a write
     * ({@link WriteResult.Applied#index()}) a reader sees that write.
     *
     * @param minIndex the index that must be applied
     * @param timeout the longest time to wait
     * @return completed with the value; exceptionally with a {@link MemoryUnavailableException} if the time ran out first, or this member
     *     applies nothing any more
     */
    CompletionStage<StoredValue<T>> get(long minIndex, Duration timeout);

    /**
     * Reads the value linearizably, on any member: the answer contains every write whose answer was there before the call, made by any
     * member. Costs a round trip to a quorum, and writes nothing.
     *
     * @param timeout the longest time to wait
     * @return completed with the value; exceptionally with a {@link MemoryUnavailableException} if the time ran out first, no leader is
     *     known, or this member applies nothing any more
     */
    CompletionStage<StoredValue<T>> read(Duration timeout);

    /**
     * Registers a listener for changes of the value on this member, whoever wrote. It is called soon after a change was applied, with the
     * newest value, on a thread of the store's own, one call at a time. Changes that come faster than the listener are told together, so
     * not every version is seen, but the last one always is. It is also called when the whole state was replaced by that of another
     * member. A listener that throws is logged, and called again at the next change.
     *
     * @param listener receives the newest value; its {@link StoredValue#value()} is {@code null} if the value was removed
     * @return what ends the registration
     */
    ListenerRegistration onChange(Consumer<StoredValue<T>> listener);
}
