package io.election.peer;

import io.election.core.Bytes;
import io.election.core.LogPosition;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The fields of one message in the encoding of Protocol Buffers, read once and then asked for by their numbers. A field that
 * is not known is skipped; one that comes twice, or does not end within the message, is refused.
 */
final class Fields {

    /** Higher numbers are skipped. */
    private static final int MOST = 16;

    /** A position's fields have lower numbers. */
    private static final int FEW = 4;

    private static final int VARINT = 0;
    private static final int FIXED_64 = 1;
    private static final int BYTES = 2;
    private static final int FIXED_32 = 5;

    private static final byte[] NOTHING = {};

    private byte[] bytes = NOTHING;
    private int until;
    private int at;
    private int varints;
    private int blocks;
    /** A number, or where a block of bytes begins and ends. */
    private final long[] values;
    /** For the positions within, one after the other. */
    private @Nullable Fields position;

    /** For a message that is yet to be read, and others after it. */
    Fields() {
        this(MOST);
    }

    private Fields(int most) {
        values = new long[most];
    }

    /** Reads a whole message. */
    void readAll(byte[] message) throws BadMessageException {
        read(message, 0, message.length);
    }

    /** Keeps nothing of the message that was read. */
    void forget() {
        begin(NOTHING, 0, 0);
        if (position != null) {
            position.begin(NOTHING, 0, 0);
        }
    }

    private void begin(byte[] in, int begin, int end) {
        bytes = in;
        at = begin;
        until = end;
        varints = 0;
        blocks = 0;
    }

    private Fields read(byte[] in, int begin, int end) throws BadMessageException {
        begin(in, begin, end);
        while (at < until) {
            readField();
        }
        return this;
    }

    private void readField() throws BadMessageException {
        long tag = readVarint();
        long number = tag >>> 3;
        int type = (int) (tag & 7);
        long value;
        switch (type) {
            case VARINT -> value = readVarint();
            case BYTES -> value = readBlock(readVarint());
            case FIXED_64 -> value = readBlock(Long.BYTES);
            case FIXED_32 -> value = readBlock(Integer.BYTES);
            default -> throw new BadMessageException("a field of a kind that is not known, " + type);
        }
        if (number < 1) {
            throw new BadMessageException("a field has no number");
        }
        if (number < values.length && (type == VARINT || type == BYTES)) {
            int bit = 1 << number;
            if (((varints | blocks) & bit) != 0) {
                throw new BadMessageException("field " + number + " is there twice");
            }
            if (type == VARINT) {
                varints |= bit;
            } else {
                blocks |= bit;
            }
            values[(int) number] = value;
        }
    }

    private long readVarint() throws BadMessageException {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            if (at >= until) {
                throw cutOff();
            }
            byte next = bytes[at++];
            value |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new BadMessageException("a number is too long");
    }

    private long readBlock(long length) throws BadMessageException {
        if (length < 0 || length > until - at) {
            throw cutOff();
        }
        long block = (long) at << Integer.SIZE | (at + length);
        at += (int) length;
        return block;
    }

    private static BadMessageException cutOff() {
        return new BadMessageException("the message is cut off");
    }

    private boolean hasVarint(int field) {
        return (varints & 1 << field) != 0;
    }

    private boolean hasBlock(int field) {
        return (blocks & 1 << field) != 0;
    }

    private int begin(int field) {
        return (int) (values[field] >>> Integer.SIZE);
    }

    private int end(int field) {
        return (int) values[field];
    }

    private static BadMessageException missing(String name) {
        return new BadMessageException(name + " is missing");
    }

    long number(int field, String name) throws BadMessageException {
        if (!hasVarint(field)) {
            throw missing(name);
        }
        return values[field];
    }

    @Nullable Long numberOrNull(int field) {
        return hasVarint(field) ? Long.valueOf(values[field]) : null;
    }

    boolean flag(int field, String name) throws BadMessageException {
        return number(field, name) != 0;
    }

    /** One of several, the first of which has the number 1. */
    <E> E oneOf(E[] all, int field, String name) throws BadMessageException {
        long number = number(field, name);
        if (number < 1 || number > all.length) {
            throw new BadMessageException(name + " is " + number + ", which is not known here");
        }
        return all[(int) number - 1];
    }

    Duration duration(int field, String name) throws BadMessageException {
        return Duration.ofNanos(number(field, name));
    }

    /** One of several, the first of which has the number 1, or {@code null} if the field is absent. */
    <E> @Nullable E oneOfOrNull(E[] all, int field, String name) throws BadMessageException {
        return hasVarint(field) ? oneOf(all, field, name) : null;
    }

    @Nullable Duration durationOrNull(int field) {
        return hasVarint(field) ? Duration.ofNanos(values[field]) : null;
    }

    String text(int field, String name) throws BadMessageException {
        String text = textOrNull(field, name);
        if (text == null) {
            throw missing(name);
        }
        return text;
    }

    @Nullable String textOrNull(int field, String name) throws BadMessageException {
        if (!hasBlock(field)) {
            return null;
        }
        int begin = begin(field);
        int end = end(field);
        return isAscii(begin, end) ? Words.of(bytes, begin, end) : decode(begin, end, name);
    }

    private boolean isAscii(int begin, int end) {
        for (int i = begin; i < end; i++) {
            if (bytes[i] < 0) {
                return false;
            }
        }
        return true;
    }

    private String decode(int begin, int end, String name) throws BadMessageException {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(bytes, begin, end - begin))
                    .toString();
        } catch (CharacterCodingException ex) {
            throw new BadMessageException(name + " is no text in UTF-8", ex);
        }
    }

    byte[] bytes(int field, String name) throws BadMessageException {
        if (!hasBlock(field)) {
            throw missing(name);
        }
        return java.util.Arrays.copyOfRange(bytes, begin(field), end(field));
    }

    /** The same as bytes that nobody changes, copied once. */
    Bytes block(int field, String name) throws BadMessageException {
        if (!hasBlock(field)) {
            throw missing(name);
        }
        int size = end(field) - begin(field);
        return Bytes.written(size, into -> into.put(bytes, begin(field), size));
    }

    Fields message(int field, String name) throws BadMessageException {
        Fields message = messageOrNull(field);
        if (message == null) {
            throw missing(name);
        }
        return message;
    }

    @Nullable Fields messageOrNull(int field) throws BadMessageException {
        return hasBlock(field) ? new Fields().read(bytes, begin(field), end(field)) : null;
    }

    LogPosition position(int field, String name) throws BadMessageException {
        LogPosition position = positionOrNull(field);
        if (position == null) {
            throw missing(name);
        }
        return position;
    }

    @Nullable LogPosition positionOrNull(int field) throws BadMessageException {
        if (!hasBlock(field)) {
            return null;
        }
        Fields reader = position;
        if (reader == null) {
            reader = new Fields(FEW);
            position = reader;
        }
        return position(reader.read(bytes, begin(field), end(field)));
    }

    private static LogPosition position(Fields position) throws BadMessageException {
        return new LogPosition(position.number(1, "position.term"), position.number(2, "position.index"));
    }

    /** Reads the messages of a list, each of which is a field 1 of the list's own message. */
    <T> java.util.@Nullable List<T> listOrNull(int field, int most, Item<T> item) throws BadMessageException {
        if (!hasBlock(field)) {
            return null;
        }
        java.util.List<T> list = new java.util.ArrayList<>();
        Fields items = new Fields(0);
        items.begin(bytes, begin(field), end(field));
        while (items.at < items.until) {
            long tag = items.readVarint();
            if (tag != (1 << 3 | BYTES)) {
                throw new BadMessageException("a list has other fields than items");
            }
            long block = items.readBlock(items.readVarint());
            if (list.size() == most) {
                throw new BadMessageException("a list has more than " + most + " items");
            }
            list.add(item.read(new Fields().read(bytes, (int) (block >>> Integer.SIZE), (int) block)));
        }
        return list;
    }

    /** Reads one item of a list. */
    interface Item<T> {

        /** Makes it of its fields. */
        T read(Fields fields) throws BadMessageException;
    }
}
