package io.election.memory;

import io.election.ValueCodec;
import java.util.function.Supplier;
import tools.jackson.databind.json.JsonMapper;

/** Values as JSON. All members read what one wrote, so all of them need mappers that are set alike. */
public final class JsonValues implements ValueCodecs {

    private final Supplier<JsonMapper> json;

    /** With Jackson's own settings. */
    public JsonValues() {
        JsonMapper plain = JsonMapper.builder().build();
        this.json = () -> plain;
    }

    /**
     * With the settings of an application.
     *
     * @param json asked for the mapper whenever a value is encoded or decoded
     */
    public JsonValues(Supplier<JsonMapper> json) {
        this.json = json;
    }

    @Override
    public <T> ValueCodec<T> codecOf(Class<T> type) {
        return new Json<>(type, json);
    }

    /** The bytes of a value as they are stored. */
    static <T> ValueCodec<T> bytes(Class<T> type) {
        return new ValueCodec<>() {
            @Override
            public byte[] encode(T value) {
                return ((byte[]) value).clone();
            }

            @Override
            public T decode(byte[] bytes) {
                return type.cast(bytes);
            }
        };
    }

    private record Json<T>(Class<T> type, Supplier<JsonMapper> json) implements ValueCodec<T> {

        @Override
        public byte[] encode(T value) {
            return json.get().writeValueAsBytes(value);
        }

        @Override
        public T decode(byte[] bytes) {
            T value = json.get().readValue(bytes, type);
            if (value == null) {
                throw new IllegalArgumentException("the stored JSON is null, which is no value");
            }
            return value;
        }
    }
}
