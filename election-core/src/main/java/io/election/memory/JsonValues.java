package io.election.memory;

import io.election.ValueCodec;
import tools.jackson.databind.json.JsonMapper;

/** Values as JSON. The application's own settings of JSON do not count: all members read what one wrote. */
final class JsonValues {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private JsonValues() {}

    /** The encoding of a type: JSON, or the bytes themselves. */
    static <T> ValueCodec<T> codecOf(Class<T> type) {
        return type == byte[].class ? bytes(type) : new Json<>(type);
    }

    private static <T> ValueCodec<T> bytes(Class<T> type) {
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

    private record Json<T>(Class<T> type) implements ValueCodec<T> {

        @Override
        public byte[] encode(T value) {
            return JSON.writeValueAsBytes(value);
        }

        @Override
        public T decode(byte[] bytes) {
            return JSON.readValue(bytes, type);
        }
    }
}
