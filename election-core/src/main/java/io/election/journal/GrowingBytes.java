package io.election.journal;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/** Bytes that are written one after the other, and read without a copy. */
final class GrowingBytes extends ByteArrayOutputStream {

    GrowingBytes(int capacity) {
        super(capacity);
    }

    /** Leaves room for what is known only later. */
    void skip(int bytes) {
        count = Math.addExact(count, bytes);
        if (count > buf.length) {
            byte[] longer = new byte[Math.max(count, 2 * buf.length)];
            System.arraycopy(buf, 0, longer, 0, count - bytes);
            buf = longer;
        }
    }

    void putInt(int at, int value) {
        ByteBuffer.wrap(buf).putInt(at, value);
    }

    void putLong(int at, long value) {
        ByteBuffer.wrap(buf).putLong(at, value);
    }

    void put(int at, byte[] bytes) {
        System.arraycopy(bytes, 0, buf, at, bytes.length);
    }

    /** A view of a part of it, for as long as nothing more is written. */
    ByteBuffer from(int begin) {
        return ByteBuffer.wrap(buf, begin, count - begin);
    }
}
