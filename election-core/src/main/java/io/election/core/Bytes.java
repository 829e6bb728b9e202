package io.election.core;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Bytes that never change. Two of them are equal if their contents are. */
public final class Bytes {

    /** No bytes at all. */
    public static final Bytes NONE = new Bytes(new byte[0]);

    private final byte[] content;

    private Bytes(byte[] content) {
        this.content = content;
    }

    /**
     * Copies an array.
     *
     * @param content the bytes; later changes of the array have no effect
     * @return the same bytes
     */
    public static Bytes of(byte[] content) {
        return content.length == 0 ? NONE : new Bytes(content.clone());
    }

    /**
     * Encodes a text as UTF-8.
     *
     * @param text any text; half a surrogate pair becomes a question mark
     * @return its bytes
     */
    public static Bytes utf8(String text) {
        return new Bytes(text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * How many bytes these are.
     *
     * @return the length
     */
    public int length() {
        return content.length;
    }

    /**
     * Copies the bytes out.
     *
     * @return a new array
     */
    public byte[] toArray() {
        return content.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Bytes bytes && Arrays.equals(content, bytes.content);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(content);
    }

    /** The length alone: what an application writes belongs in no log. */
    @Override
    public String toString() {
        return content.length + " bytes";
    }
}
