package io.election.memory;

import io.election.FencingToken;
import io.election.Leadership;
import io.election.LeadershipLostException;
import io.election.MemoryUnavailableException;
import io.election.NotLeaderException;
import io.election.ReplicatedLog;
import io.election.WriteId;
import io.election.WriteResult;
import io.election.WriteResult.Reason;
import io.election.machine.Replica;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** The log as an application sees it, for the life of a node. */
final class NodeLog implements ReplicatedLog {

    private final Memory memory;
    private volatile @Nullable Leadership leadership;

    NodeLog(Memory memory) {
        this.memory = memory;
    }

    void leadership(Leadership ofNode) {
        leadership = ofNode;
    }

    @Override
    public CompletionStage<WriteResult<byte[]>> append(String type, byte[] data) {
        return asLeader(type, ByteBuffer.wrap(data.clone())).thenApply(memory::counted);
    }

    @Override
    public CompletionStage<WriteResult<byte[]>> append(String type, byte[] data, FencingToken token) {
        return write(type, token, ByteBuffer.wrap(data.clone())).thenApply(memory::counted);
    }

    @Override
    public CompletionStage<WriteResult<byte[]>> appendWithoutToken(String type, byte[] data) {
        return write(type, null, ByteBuffer.wrap(data.clone())).thenApply(memory::counted);
    }

    /** Writes with the token of the work that this thread does, or of this member's leadership. */
    CompletionStage<WriteResult<byte[]>> asLeader(String type, ByteBuffer data) {
        Leadership current = leadership;
        if (current == null) {
            return notApplied(Reason.UNAVAILABLE, memory.notRunning());
        }
        FencingToken token;
        try {
            token = current.fencingToken();
        } catch (NotLeaderException | LeadershipLostException notLeading) {
            return notApplied(Reason.NOT_LEADER, String.valueOf(notLeading.getMessage()));
        }
        return write(type, token, data);
    }

    CompletionStage<WriteResult<byte[]>> write(String type, @Nullable FencingToken token, ByteBuffer data) {
        MemoryRun run = memory.run();
        return run == null
                ? notApplied(Reason.UNAVAILABLE, memory.notRunning())
                : run.writes().write(type, token, data);
    }

    private static CompletionStage<WriteResult<byte[]>> notApplied(Reason reason, String detail) {
        return CompletableFuture.completedFuture(new WriteResult.NotApplied<>(reason, 0, detail));
    }

    @Override
    public CompletionStage<WriteResult<byte[]>> askAgain(WriteId id) {
        MemoryRun run = memory.run();
        return run == null
                ? CompletableFuture.completedFuture(new WriteResult.Unknown<>(id, memory.notRunning()))
                : run.writes().askAgain(id);
    }

    @Override
    public long appliedIndex() {
        Replica replica = memory.replica();
        return replica == null ? 0 : replica.appliedIndex();
    }

    @Override
    public CompletionStage<Long> awaitApplied(long index, Duration timeout) {
        MemoryRun run = memory.run();
        return run == null ? notStarted() : run.reads().awaitApplied(index, timeout);
    }

    @Override
    public CompletionStage<Long> awaitCurrent(Duration timeout) {
        MemoryRun run = memory.run();
        return run == null ? notStarted() : run.reads().awaitCurrent(timeout);
    }

    private CompletionStage<Long> notStarted() {
        return CompletableFuture.failedFuture(new MemoryUnavailableException(memory.notRunning()));
    }
}
