package io.election.core;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;

/** An immutable sequence of bytes. Two sequences are equal if their contents are equal. */
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
     * @param content the bytes; later changes to the array have no effect
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
     * Has bytes written where they are to stay, without a copy.
     *
     * @param length how many there are
     * @param writer fills the buffer, and does not keep it
     * @return the bytes
     */
    public static Bytes written(int length, Consumer<ByteBuffer> writer) {
        byte[] content = new byte[length];
        writer.accept(ByteBuffer.wrap(content));
        return new Bytes(content);
    }

    /**
     * The number of bytes.
     *
     * @return the length
     */
    public int length() {
        return content.length;
    }

    /**
     * Copies the bytes to a new array.
     *
     * @return a new array
     */
    public byte[] toArray() {
        return content.clone();
    }

    /**
     * A view of the bytes, without a copy.
     *
     * @return a read-only buffer from the first byte to the last
     */
    public ByteBuffer buffer() {
        return ByteBuffer.wrap(content).asReadOnlyBuffer();
    }

    /**
     * Copies a part of the bytes.
     *
     * @param from the first byte to copy
     * @param to where to copy it to
     * @param count how many bytes, which {@code to} has room for at its beginning
     */
    public void copy(int from, byte[] to, int count) {
        System.arraycopy(content, from, to, 0, count);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Bytes bytes && Arrays.equals(content, bytes.content);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(content);
    }

    /** Only the length: an application's data must not appear in a log. */
    @Override
    public String toString() {
        return content.length + " bytes";
    }
}
