package io.election.machine;

import java.nio.ByteBuffer;

/**
 * What the store answers to a write.
 *
 * @param kind what became of it
 * @param version the version that the value has now: the index of the entry that wrote it, or 0 if there is none
 */
public record StoreResult(Kind kind, long version) {

    /** What can become of a write to the store. */
    public enum Kind {
        /** It was made. */
        WRITTEN,
        /** The value has another version than the expected one. */
        CONFLICT,
        /** The value was last written with a token, and the write has none. */
        NEEDS_TOKEN,
        /** It is no write. */
        MALFORMED
    }

    private static final Kind[] KINDS = Kind.values();
    private static final int LENGTH = 1 + Long.BYTES;

    byte[] encode() {
        return ByteBuffer.allocate(LENGTH)
                .put((byte) kind.ordinal())
                .putLong(version)
                .array();
    }

    /**
     * Reads the result of a {@link io.election.machine.Outcome.Done}.
     *
     * @param result what the store returned
     * @return the same
     * @throws IllegalArgumentException if the store returned something else
     */
    public static StoreResult of(byte[] result) {
        if (result.length != LENGTH || result[0] < 0 || result[0] >= KINDS.length) {
            throw new IllegalArgumentException("no result of the store: " + result.length + " bytes");
        }
        return new StoreResult(KINDS[result[0]], ByteBuffer.wrap(result).getLong(1));
    }
}
