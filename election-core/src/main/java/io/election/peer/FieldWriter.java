package io.election.peer;

import io.election.core.Bytes;
import io.election.core.LogPosition;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Writes the fields of one message in the encoding of Protocol Buffers. What is {@code null} is left out. */
final class FieldWriter {

    private static final int VARINT = 0;
    private static final int BLOCK = 2;

    private byte[] bytes;
    private int length;

    FieldWriter(int expected) {
        bytes = new byte[expected];
    }

    byte[] toBytes() {
        return Arrays.copyOf(bytes, length);
    }

    /** Begins anew. */
    FieldWriter clear() {
        length = 0;
        return this;
    }

    /** Makes room for so many bytes at once, so that what comes is not copied again and again while it grows. */
    FieldWriter expecting(int more) {
        room(more);
        return this;
    }

    private void room(int more) {
        if (more > bytes.length - length) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }

    private void varint(long value) {
        room(10);
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            bytes[length++] = (byte) (rest & 0x7f | 0x80);
            rest >>>= 7;
        }
        bytes[length++] = (byte) rest;
    }

    FieldWriter number(int field, long value) {
        varint(field << 3 | VARINT);
        varint(value);
        return this;
    }

    FieldWriter flag(int field, boolean value) {
        return number(field, value ? 1 : 0);
    }

    FieldWriter text(int field, @Nullable String text) {
        if (text == null) {
            return this;
        }
        return isAscii(text) ? ascii(field, text) : block(field, text.getBytes(StandardCharsets.UTF_8));
    }

    private static boolean isAscii(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) >= 128) {
                return false;
            }
        }
        return true;
    }

    @SuppressWarnings("deprecation") // It drops the upper half of each char, which ASCII does not have.
    private FieldWriter ascii(int field, String text) {
        int size = text.length();
        varint(field << 3 | BLOCK);
        varint(size);
        room(size);
        text.getBytes(0, size, bytes, length);
        length += size;
        return this;
    }

    FieldWriter block(int field, byte[] block) {
        return block(field, block, block.length);
    }

    private FieldWriter block(int field, byte[] block, int size) {
        varint(field << 3 | BLOCK);
        varint(size);
        room(size);
        System.arraycopy(block, 0, bytes, length, size);
        length += size;
        return this;
    }

    /** A block of bytes that are copied from where they are. */
    FieldWriter block(int field, Bytes block) {
        int size = block.length();
        varint(field << 3 | BLOCK);
        varint(size);
        room(size);
        block.buffer().get(bytes, length, size);
        length += size;
        return this;
    }

    FieldWriter message(int field, FieldWriter message) {
        return block(field, message.bytes, message.length);
    }

    /**
     * Begins a message within this one, which is written where it stays.
     *
     * @param expected about how many bytes it will have; if the guess is far off, they are moved once
     * @return what {@link #end} is told
     */
    int begin(int field, int expected) {
        varint(field << 3 | BLOCK);
        int reserved = size(expected);
        room(reserved);
        length += reserved;
        return length;
    }

    /** Ends the message within this one that began there, with the same guess. */
    FieldWriter end(int began, int expected) {
        int size = length - began;
        int reserved = size(expected);
        int needed = size(size);
        if (needed != reserved) {
            room(needed);
            System.arraycopy(bytes, began, bytes, began - reserved + needed, size);
        }
        length = began - reserved;
        varint(size);
        length += size;
        return this;
    }

    FieldWriter position(int field, @Nullable LogPosition position) {
        if (position == null) {
            return this;
        }
        varint(field << 3 | BLOCK);
        varint(2 + size(position.term()) + size(position.index()));
        return number(1, position.term()).number(2, position.index());
    }

    /** How many bytes a number takes. */
    private static int size(long number) {
        return Math.max(1, (Long.SIZE - Long.numberOfLeadingZeros(number) + 6) / 7);
    }
}
