package io.election;

import java.time.Duration;
import java.util.concurrent.CompletionStage;

/**
 * Appends entries for the application's own {@link StateMachine}. Any member takes an entry and sends it on to the leader. Each is
 * applied once on every data member, in one order.
 *
 * <p>All methods are thread-safe, and none blocks. Writes complete with a {@link WriteResult}, never exceptionally. Until an unknown write
 * is asked about again, or too many others have been made since, it can be: with the same id, token and data, so that it is never
 * applied twice.
 */
public interface ReplicatedLog {

    /**
     * Appends an entry as the leader. The write carries the token of the work that the calling thread does, or of this member's current
     * leadership, as {@link Leadership#fencingToken()} returns it at the call. It is applied only if no later leadership has begun by
     * then.
     *
     * @param type the type, which the state machine of every member reads
     * @param data the data; copied
     * @return what became of it; {@link WriteResult.Reason#NOT_LEADER} on a member that does not lead, and inside work whose leadership
     *     was lost
     */
    CompletionStage<WriteResult<byte[]>> append(String type, byte[] data);

    /**
     * Appends an entry in the name of a leadership.
     *
     * @param type the type, which the state machine of every member reads
     * @param data the data; copied
     * @param token the token of the leadership, taken when the work began
     * @return what became of it
     */
    CompletionStage<WriteResult<byte[]>> append(String type, byte[] data, FencingToken token);

    /**
     * Appends an entry in nobody's name. Any member may, and no later leadership keeps it from being applied.
     *
     * @param type the type, which the state machine of every member reads
     * @param data the data; copied
     * @return what became of it
     */
    CompletionStage<WriteResult<byte[]>> appendWithoutToken(String type, byte[] data);

    /**
     * Asks again about a write whose answer was unknown, under the same id.
     *
     * @param id the id of the write, made in this process
     * @return what became of it; {@link WriteResult.Unknown} again if this process does not remember it any more
     */
    CompletionStage<WriteResult<byte[]>> askAgain(WriteId id);

    /**
     * Up to where this member's state machine has applied the log.
     *
     * @return the index of the last applied entry, or 0
     */
    long appliedIndex();

    /**
     * Waits until this member's state machine has applied an entry, such as that of a write of another member.
     *
     * @param index the index
     * @param timeout the longest time to wait
     * @return completed with the applied index, which is at least the given one; exceptionally with a
     *     {@link MemoryUnavailableException} if the time ran out first, or this member applies nothing any more
     */
    CompletionStage<Long> awaitApplied(long index, Duration timeout);

    /**
     * Waits until this member's state machine has applied everything that was committed at the call, as a quorum confirms. What is read
     * from it then is linearizable: it contains every write whose answer was there before the call, made by any member. Writes
     * nothing.
     *
     * @param timeout the longest time to wait
     * @return completed with the applied index; exceptionally with a {@link MemoryUnavailableException} if the time ran out first, no
     *     leader is known, or this member applies nothing any more
     */
    CompletionStage<Long> awaitCurrent(Duration timeout);
}
