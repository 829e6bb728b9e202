package io.election.fencing;

/**
 * What a resource may be called. Visible ASCII, because databases differ in what they hold equal beyond it (case, accents,
 * blanks at the end); no braces, because they choose the slot of a Redis key.
 */
final class ResourceName {

    static final int MAX_LENGTH = 255;

    private ResourceName() {}

    /** Refuses anything else. */
    static void check(String resource) {
        check("resource", resource);
    }

    /** The same for what becomes part of such a name; {@code what} it is begins the sentence. */
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
