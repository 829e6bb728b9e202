package io.election.memory;

import io.election.ReplicatedStore;
import io.election.ReplicatedValue;
import io.election.ValueCodec;
import io.election.WriteId;
import io.election.WriteResult;
import io.election.Writers;
import io.election.machine.StoreMachine;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/** The store as an application sees it, for the life of a node. */
final class NodeStore implements ReplicatedStore {

    private final Memory memory;
    private final StoreMachine machine;
    private final StoreListeners listeners;
    private final ValueCodecs codecs;

    NodeStore(Memory memory, StoreMachine machine, StoreListeners listeners, ValueCodecs codecs) {
        this.codecs = codecs;
        this.memory = memory;
        this.machine = machine;
        this.listeners = listeners;
    }

    @Override
    public <T> ReplicatedValue<T> value(String name, Class<T> type, Writers writers) {
        ValueCodec<T> codec = type == byte[].class ? JsonValues.bytes(type) : codecs.codecOf(type);
        return value(name, codec, type.getTypeName(), writers);
    }

    @Override
    public <T> ReplicatedValue<T> value(String name, ValueCodec<T> codec, Writers writers) {
        return value(name, codec, "what " + codec.getClass().getTypeName() + " decodes", writers);
    }

    private <T> ReplicatedValue<T> value(String name, ValueCodec<T> codec, String typeName, Writers writers) {
        if (name.isBlank()) {
            throw new IllegalArgumentException("name must not be blank");
        }
        return new NodeValue<>(name, codec, typeName, writers, memory, machine, listeners);
    }

    @Override
    public Set<String> names() {
        return machine.names();
    }

    @Override
    public CompletionStage<WriteResult<Long>> askAgain(WriteId id) {
        return memory.nodeLog().askAgain(id).thenApply(NodeValue::ofStore);
    }

    @Override
    public long appliedIndex() {
        return memory.nodeLog().appliedIndex();
    }
}
