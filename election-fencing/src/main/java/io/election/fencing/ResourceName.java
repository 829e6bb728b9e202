package io.election.fencing;

/**
 * The names that a resource may have. Visible ASCII, because databases differ in which other texts they treat as equal (case, accents,
 * trailing blanks). No braces, because they choose the slot of a Redis key.
 */
final class ResourceName {

    static final int MAX_LENGTH = 255;

    private ResourceName() {}

    /** Refuses any other name. */
    static void check(String resource) {
        check("resource", resource);
    }

    /** The same for a part of such a name. The sentence begins with {@code what} it is. */
    static void check(String what, String name) {
        if (name.isEmpty() || name.length() > MAX_LENGTH) {
            throw new IllegalArgumentException(what + " must have 1 to " + MAX_LENGTH + " characters, but has "
                    + name.length() + abbreviated(name));
        }
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c <= ' ' || c > '~' || c == '{' || c == '}') {
                throw new IllegalArgumentException(what + " must be visible ASCII characters without braces, but"
                        + " character " + (i + 1) + " is U+" + String.format("%04X", (int) c) + abbreviated(name));
            }
        }
    }

    private static String abbreviated(String name) {
        return name.isEmpty() ? "" : ": '" + name.substring(0, Math.min(40, name.length())) + "'";
    }
}
