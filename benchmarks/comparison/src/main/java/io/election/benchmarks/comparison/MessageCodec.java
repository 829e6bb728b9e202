package io.election.benchmarks.comparison;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.io.Input;
import com.esotericsoftware.kryo.io.Output;
import com.esotericsoftware.kryo.serializers.CollectionSerializer;
import com.esotericsoftware.kryo.serializers.MapSerializer;
import com.esotericsoftware.kryo.util.DefaultInstantiatorStrategy;
import io.microraft.RaftEndpoint;
import io.microraft.model.log.LogEntry;
import io.microraft.model.log.RaftGroupMembersView;
import io.microraft.model.log.SnapshotChunk;
import io.microraft.model.persistence.RaftEndpointPersistentState;
import io.microraft.model.persistence.RaftTermPersistentState;
import io.microraft.persistence.RaftStoreSerializer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.objenesis.strategy.StdInstantiatorStrategy;

/** MicroRaft's messages and stored states as bytes, by Kryo: its model classes are plain objects. */
final class MessageCodec implements RaftStoreSerializer {

    private static final int USUAL_BYTES = 512;

    private final ThreadLocal<Kryo> kryos = ThreadLocal.withInitial(MessageCodec::kryo);

    private static Kryo kryo() {
        Kryo kryo = new Kryo();
        kryo.setRegistrationRequired(false);
        // Messages are their own builders, and refer to themselves.
        kryo.setReferences(true);
        kryo.setInstantiatorStrategy(new DefaultInstantiatorStrategy(new StdInstantiatorStrategy()));
        kryo.addDefaultSerializer(Collection.class, new Elements());
        kryo.addDefaultSerializer(Map.class, new Entries());
        return kryo;
    }

    /** Of whatever kind a collection was, it is read as an ordinary one: those of the JDK cannot be filled. */
    private static final class Elements extends CollectionSerializer<Collection<Object>> {
        @Override
        protected Collection<Object> create(
                Kryo kryo, Input input, Class<? extends Collection<Object>> type, int size) {
            return Set.class.isAssignableFrom(type) ? new LinkedHashSet<>() : new ArrayList<>(size);
        }
    }

    /** The same for maps. */
    private static final class Entries extends MapSerializer<Map<Object, Object>> {
        @Override
        protected Map<Object, Object> create(
                Kryo kryo, Input input, Class<? extends Map<Object, Object>> type, int size) {
            return new LinkedHashMap<>();
        }
    }

    byte[] encode(Object value) {
        try (Output output = new Output(USUAL_BYTES, -1)) {
            kryos.get().writeClassAndObject(output, value);
            return output.toBytes();
        }
    }

    @SuppressWarnings("unchecked")
    <T> T decode(byte[] bytes) {
        return (T) kryos.get().readClassAndObject(new Input(bytes));
    }

    private <T> Serializer<T> serializer() {
        return new Serializer<>() {
            @Override
            public byte[] serialize(T value) {
                return encode(value);
            }

            @Override
            public T deserialize(byte[] bytes) {
                return decode(bytes);
            }
        };
    }

    @Override
    public Serializer<RaftGroupMembersView> raftGroupMembersViewSerializer() {
        return serializer();
    }

    @Override
    public Serializer<RaftEndpoint> raftEndpointSerializer() {
        return serializer();
    }

    @Override
    public Serializer<LogEntry> logEntrySerializer() {
        return serializer();
    }

    @Override
    public Serializer<SnapshotChunk> snapshotChunkSerializer() {
        return serializer();
    }

    @Override
    public Serializer<RaftEndpointPersistentState> raftEndpointPersistentStateSerializer() {
        return serializer();
    }

    @Override
    public Serializer<RaftTermPersistentState> raftTermPersistentState() {
        return serializer();
    }
}
