package io.election.memory;

import io.election.ValueCodec;

/** How the values of a store are encoded, unless the application brings a codec for one. */
public interface ValueCodecs {

    /**
     * The encoding of a type.
     *
     * @param type the class of the values, never {@code byte[].class}
     * @param <T> the type
     * @return how its values are encoded
     */
    <T> ValueCodec<T> codecOf(Class<T> type);
}
