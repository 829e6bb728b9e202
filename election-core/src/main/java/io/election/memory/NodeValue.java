package io.election.memory;

import io.election.FencingToken;
import io.election.ListenerRegistration;
import io.election.ReplicatedValue;
import io.election.StoredValue;
import io.election.ValueCodec;
import io.election.ValueNotReadableException;
import io.election.WriteResult;
import io.election.WriteResult.Reason;
import io.election.Writers;
import io.election.machine.Replica;
import io.election.machine.StoreCommand;
import io.election.machine.StoreMachine;
import io.election.machine.StoreResult;
import io.election.machine.StoredBytes;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One named value of the store, as an application sees it. */
final class NodeValue<T> implements ReplicatedValue<T> {

    private final String name;
    private final ValueCodec<T> codec;
    private final String typeName;
    private final Writers writers;
    private final Memory memory;
    private final StoreMachine machine;
    private final StoreListeners listeners;

    NodeValue(
            String name,
            ValueCodec<T> codec,
            String typeName,
            Writers writers,
            Memory memory,
            StoreMachine machine,
            StoreListeners listeners) {
        this.name = name;
        this.codec = codec;
        this.typeName = typeName;
        this.writers = writers;
        this.memory = memory;
        this.machine = machine;
        this.listeners = listeners;
    }

    @Override
    public String name() {
        return name;
    }

    // ------------------------------------------------------------------------------------------------ writing

    @Override
    public CompletionStage<WriteResult<Long>> set(T value) {
        return write(StoreCommand.ANY, encoded(value));
    }

    @Override
    public CompletionStage<WriteResult<Long>> set(T value, FencingToken token) {
        return write(StoreCommand.ANY, encoded(value), token);
    }

    @Override
    public CompletionStage<WriteResult<Long>> compareAndSet(long expectedVersion, T value) {
        return write(version(expectedVersion), encoded(value));
    }

    @Override
    public CompletionStage<WriteResult<Long>> compareAndSet(long expectedVersion, T value, FencingToken token) {
        return write(version(expectedVersion), encoded(value), token);
    }

    @Override
    public CompletionStage<WriteResult<Long>> remove() {
        return write(StoreCommand.ANY, null);
    }

    @Override
    public CompletionStage<WriteResult<Long>> remove(FencingToken token) {
        return write(StoreCommand.ANY, null, token);
    }

    private static long version(long expected) {
        if (expected < 0) {
            throw new IllegalArgumentException("expectedVersion must not be negative, but is " + expected);
        }
        return expected;
    }

    private ByteBuffer encoded(T value) {
        if (value == null) {
            throw new IllegalArgumentException("The value for '" + name + "' must not be null: remove it instead.");
        }
        try {
            return ByteBuffer.wrap(codec.encode(value));
        } catch (Exception failure) {
            throw new IllegalArgumentException("The value for '" + name + "' cannot be encoded: " + failure, failure);
        }
    }

    private CompletionStage<WriteResult<Long>> write(long expected, @Nullable ByteBuffer value) {
        ByteBuffer data = new StoreCommand(name, expected, value).encode();
        return (writers == Writers.LEADER
                        ? memory.nodeLog().asLeader(StoreMachine.TYPE, data)
                        : memory.nodeLog().write(StoreMachine.TYPE, null, data))
                .thenApply(answer -> memory.counted(ofStore(answer)));
    }

    private CompletionStage<WriteResult<Long>> write(long expected, @Nullable ByteBuffer value, FencingToken token) {
        if (writers != Writers.LEADER) {
            throw new UnsupportedOperationException("Any member writes '" + name
                    + "', without a token. Ask for it with Writers.LEADER to write it with one.");
        }
        return memory.nodeLog()
                .write(StoreMachine.TYPE, token, new StoreCommand(name, expected, value).encode())
                .thenApply(answer -> memory.counted(ofStore(answer)));
    }

    /** What the store makes of the answer to one of its writes. */
    static WriteResult<Long> ofStore(WriteResult<byte[]> answer) {
        if (answer instanceof WriteResult.NotApplied<byte[]> not) {
            return new WriteResult.NotApplied<>(not.reason(), not.index(), not.detail());
        }
        if (answer instanceof WriteResult.Unknown<byte[]> unknown) {
            return new WriteResult.Unknown<>(unknown.id(), unknown.detail());
        }
        WriteResult.Applied<byte[]> applied = (WriteResult.Applied<byte[]>) answer;
        StoreResult result = StoreResult.of(applied.result());
        return switch (result.kind()) {
            case WRITTEN -> new WriteResult.Applied<>(applied.index(), applied.term(), result.version());
            case CONFLICT ->
                new WriteResult.NotApplied<>(
                        Reason.CONFLICT, applied.index(), "The value has version " + result.version() + ".");
            case NEEDS_TOKEN ->
                new WriteResult.NotApplied<>(
                        Reason.NEEDS_TOKEN,
                        applied.index(),
                        "The value was last written with a token, so only a leader writes it until it is removed.");
            case MALFORMED -> throw new IllegalStateException("this member made a write that is none");
        };
    }

    // ------------------------------------------------------------------------------------------------ reading

    @Override
    public StoredValue<T> get() {
        return now(memory.age());
    }

    @Override
    public CompletionStage<StoredValue<T>> get(long minIndex, Duration timeout) {
        return memory.nodeLog().awaitApplied(minIndex, timeout).thenApply(applied -> now(memory.age()));
    }

    @Override
    public CompletionStage<StoredValue<T>> read(Duration timeout) {
        return memory.nodeLog().awaitCurrent(timeout).thenApply(applied -> now(Duration.ZERO));
    }

    private StoredValue<T> now(@Nullable Duration age) {
        Replica replica = memory.replica();
        // Before the value: it is at least as new.
        long index = replica == null ? 0 : replica.appliedIndex();
        long generation = replica == null ? 0 : replica.generation();
        StoredBytes stored = machine.get(name);
        return stored == null
                ? new StoredValue<>(name, null, 0, index, generation, age)
                : new StoredValue<>(name, decoded(stored), stored.version(), index, generation, age);
    }

    private T decoded(StoredBytes stored) {
        try {
            return codec.decode(stored.bytes());
        } catch (Exception failure) {
            throw new ValueNotReadableException(name, stored.version(), typeName, failure);
        }
    }

    @Override
    public ListenerRegistration onChange(Consumer<StoredValue<T>> listener) {
        return listeners.add(name, () -> listener.accept(get()));
    }
}
