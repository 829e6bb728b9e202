package io.election.machine;

import io.election.FencingToken;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One write of an application. Every attempt to make it has the same content.
 *
 * @param type what kind of entry the state machine gets, such as {@code orders/2}
 * @param id which write it is
 * @param lowestAwaited the lowest number of its session whose result its writer still waited for when it made this command, its own
 *     number at most
 * @param token the token of the leadership in whose name it was made, or {@code null}
 * @param data what the state machine gets; a view of the bytes that remain in the buffer
 */
public record Command(
        String type,
        CommandId id,
        long lowestAwaited,
        @Nullable FencingToken token,
        ByteBuffer data) {

    public Command {
        if (lowestAwaited < 1 || lowestAwaited > id.number()) {
            throw new IllegalArgumentException(
                    "lowestAwaited must be from 1 to the number " + id.number() + ", but is " + lowestAwaited);
        }
    }
}
