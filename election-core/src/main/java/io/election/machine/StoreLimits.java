package io.election.machine;

import io.election.core.Payload;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * How much a store may hold. A leader judges by its own settings before it appends, and nobody does when entries are applied: there,
 * members with other settings would differ.
 *
 * @param longestName how many characters a name may have
 * @param largestValue how many bytes a value may have
 * @param mostBytes how many bytes all values may have, with their names and {@value StoredBytes#OVERHEAD} bytes for each
 * @param mostValues how many values there may be; those that are created while others are not applied yet may exceed it by as many
 */
public record StoreLimits(int longestName, int largestValue, long mostBytes, int mostValues) {

    /** The largest value that an entry can hold, beside the longest name. */
    public static final int LARGEST_VALUE =
            (int) Payload.LARGEST - CommandCodec.MOST_OVERHEAD - 2 * StoreCommand.LONGEST_NAME;

    private static final int LONGEST_NAME = StoreCommand.LONGEST_NAME / 3;

    public StoreLimits {
        check("longestName", longestName, LONGEST_NAME);
        check("largestValue", largestValue, LARGEST_VALUE);
        check("mostBytes", mostBytes, Long.MAX_VALUE);
        check("mostValues", mostValues, Integer.MAX_VALUE);
    }

    /**
     * Limits without one for the number of values.
     *
     * @param longestName how many characters a name may have
     * @param largestValue how many bytes a value may have
     * @param mostBytes how many bytes all values may have, with their names and {@value StoredBytes#OVERHEAD} bytes for each
     */
    public StoreLimits(int longestName, int largestValue, long mostBytes) {
        this(longestName, largestValue, mostBytes, Integer.MAX_VALUE);
    }

    private static void check(String field, long value, long most) {
        if (value < 1 || value > most) {
            throw new IllegalArgumentException(field + " must be from 1 to " + most + ", but is " + value);
        }
    }

    /** Which limit a write exceeds. */
    public enum Limit {
        /** The length of a name. */
        NAME,
        /** The size of a value. */
        VALUE,
        /** The size of the store, or the number of values in it. */
        STORE
    }

    /**
     * Why a write is not appended.
     *
     * @param limit the limit that it exceeds
     * @param detail an explanation for people, one sentence
     */
    public record Excess(Limit limit, String detail) {}

    /**
     * Judges a write before it is appended. A write that makes the store smaller, or leaves it as large as it is, is never refused for
     * the size of the store, and one that creates no value never for their number.
     *
     * @param payload the content of the entry
     * @param store the store as this member has it
     * @param underWay how many bytes of writes were appended and are not applied yet
     * @return why it is not appended, or {@code null} if it may be
     */
    public @Nullable Excess check(Payload.Application payload, StoreMachine store, long underWay) {
        StoreCommand write = StoreCommand.of(payload);
        ByteBuffer value = write == null ? null : write.value();
        if (write == null || value == null) {
            return null;
        }
        String name = write.name();
        if (name.length() > longestName) {
            return new Excess(
                    Limit.NAME, "The name has " + name.length() + " characters, and " + longestName + " are allowed.");
        }
        if (value.remaining() > largestValue) {
            return new Excess(
                    Limit.VALUE,
                    "The value '" + name + "' has " + value.remaining() + " bytes, and " + largestValue
                            + " are allowed.");
        }
        StoredBytes before = store.get(name);
        int count = store.count();
        if (before == null && count >= mostValues) {
            return new Excess(
                    Limit.STORE,
                    "The store has " + count + " values, and " + mostValues + " are allowed: there is no room for '"
                            + name + "'.");
        }
        long growth = StoredBytes.weight(name, value.remaining()) - (before == null ? 0 : before.weight());
        long size = store.size();
        if (growth > 0 && size + underWay + growth > mostBytes) {
            return new Excess(
                    Limit.STORE,
                    "The store has " + size + " bytes, with " + underWay + " under way, and " + mostBytes
                            + " are allowed: there is no room for '" + name + "'.");
        }
        return null;
    }
}
