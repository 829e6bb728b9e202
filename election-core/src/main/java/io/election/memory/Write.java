package io.election.memory;

import io.election.FencingToken;
import io.election.WriteResult;
import io.election.core.Payload;
import io.election.machine.CommandId;
import io.election.machine.Outcome;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** One write of this process, from its call to its answer, or as long as it may be asked about. Guarded by {@link Writes}. */
final class Write {

    final String type;
    final @Nullable FencingToken token;
    final ByteBuffer data;

    /** When its answer is due, whatever that is then. */
    long deadlineNanos;

    /** When it may be sent again. */
    long nextAttemptNanos;

    /** What its entry holds, the same in every attempt; {@code null} before the first one. */
    Payload.@Nullable Application entry;

    @Nullable CommandId id;

    /** Whether the leader may have appended it. */
    boolean mayBeAppended;

    /** Whether it is in the queue of those that are to be sent. */
    boolean queued;

    /** Whether an attempt waits for its answer. */
    boolean underWay;

    /** Whether it was applied here, and is not acknowledged. */
    boolean waitsForAcknowledgement;

    /** Why it was not appended when it was tried last. */
    WriteResult.Reason refusal = WriteResult.Reason.NO_LEADER;

    String refusalDetail = "No leader is known.";

    /** What became of it, once it was applied here. */
    @Nullable Outcome outcome;

    /** Whoever waits; {@code null} once it was told that nobody knows. */
    @Nullable CompletableFuture<WriteResult<byte[]>> answer;

    Write(String type, @Nullable FencingToken token, ByteBuffer data) {
        this.type = type;
        this.token = token;
        this.data = data;
    }
}
