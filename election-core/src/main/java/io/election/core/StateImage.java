package io.election.core;

import java.util.List;

/**
 * The name of an image of a replica's state: what all entries up to a {@link Snapshot}'s last one made of it. The core knows
 * only this name. {@link StateImages} keeps the bytes.
 *
 * @param length how many bytes the image has
 * @param sha256 the SHA-256 of all of them, as 64 hexadecimal digits in lower case
 * @param types the types of the application's entries that the image stands for, or that are in the log before it, sorted
 */
public record StateImage(long length, String sha256, List<String> types) {

    /** The most types that one log may hold. */
    public static final int MOST_TYPES = 64;

    private static final int DIGITS = 64;

    public StateImage {
        if (length < 0) {
            throw new IllegalArgumentException("length must not be negative, but is " + length);
        }
        if (sha256.length() != DIGITS || !sha256.chars().allMatch(StateImage::isDigit)) {
            throw new IllegalArgumentException("sha256 must be " + DIGITS + " hexadecimal digits in lower case");
        }
        if (types.size() > MOST_TYPES) {
            throw new IllegalArgumentException("types must be up to " + MOST_TYPES + ", but are " + types.size());
        }
        types.forEach(type -> Message.checkName("type", type));
        if (!types.equals(types.stream().sorted().distinct().toList())) {
            throw new IllegalArgumentException("types must be sorted and different, but are " + types);
        }
        types = List.copyOf(types);
    }

    private static boolean isDigit(int character) {
        return (character >= '0' && character <= '9') || (character >= 'a' && character <= 'f');
    }

    /** About how many bytes it takes to hold this name. */
    long weight() {
        return 128 + types.stream().mapToLong(type -> 32 + type.length()).sum();
    }
}
