package io.election;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A committed entry of the replicated log, as a {@link StateMachine} gets it. Every member gets the same entries in the same
 * order.
 *
 * @param generation the generation of the cluster, which tells one founding from the next; a founding anew begins with an empty
 *     memory, and its indexes begin again
 * @param index where the entry is in the log, positive; indexes rise from one entry to the next, not always by one, because the
 *     election has entries of its own
 * @param term the term of the leader that appended it, positive
 * @param type what the application called it at {@link ReplicatedLog#append}, such as {@code orders/2}
 * @param data the application's bytes; read-only, and a new view at each call
 * @param token the token that the writer gave, which was found to be that of the term in force; {@code null} for a write without one
 */
public record LogEntry(
        long generation,
        long index,
        long term,
        String type,
        ByteBuffer data,
        @Nullable FencingToken token) {

    public LogEntry {
        data = data.asReadOnlyBuffer();
    }

    /**
     * A view of the application's bytes.
     *
     * @return a read-only buffer from the first byte to the last; moving in it has no effect on other views
     */
    @Override
    public ByteBuffer data() {
        return data.duplicate();
    }

    /**
     * Copies the application's bytes.
     *
     * @return a new array
     */
    public byte[] bytes() {
        byte[] copy = new byte[data.remaining()];
        data.get(data.position(), copy);
        return copy;
    }
}
