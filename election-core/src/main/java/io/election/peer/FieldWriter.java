package io.election.peer;

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
        return length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
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
        return block(field, text.getBytes(StandardCharsets.UTF_8));
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

    FieldWriter message(int field, FieldWriter message) {
        return block(field, message.bytes, message.length);
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
