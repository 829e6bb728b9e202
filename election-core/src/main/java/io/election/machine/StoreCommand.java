package io.election.machine;

import io.election.core.Payload;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A write to the store. Who may make it is in the command around it: a token, or none.
 *
 * @param name the name of the value
 * @param expectedVersion the version that the value must have: 0 if there must be none, {@link #ANY} if it does not matter
 * @param value the bytes to write, a view; {@code null} to remove the value
 */
public record StoreCommand(
        String name, long expectedVersion, @Nullable ByteBuffer value) {

    /** For a write that does not depend on what was there. */
    public static final long ANY = -1;

    /** The longest name in UTF-8, in bytes. The settings allow less. */
    public static final int LONGEST_NAME = 1024;

    private static final byte SET = 1;
    private static final byte REMOVE = 2;
    private static final int LEAST = 1 + Long.BYTES + Short.BYTES;

    public StoreCommand {
        if (name.isEmpty() || expectedVersion < ANY) {
            throw new IllegalArgumentException(
                    "a value has a name, and a version from 0 on or ANY, but '" + name + "' has " + expectedVersion);
        }
    }

    /**
     * Encodes this as what the state machine gets.
     *
     * @return the bytes, to be the data of a {@link Command}
     * @throws IllegalArgumentException if the name is longer than any that can be written
     */
    public ByteBuffer encode() {
        byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
        if (utf8.length > LONGEST_NAME) {
            throw new IllegalArgumentException(
                    "name must have up to " + LONGEST_NAME + " bytes in UTF-8, but has " + utf8.length);
        }
        ByteBuffer bytes = value;
        ByteBuffer out = ByteBuffer.allocate(LEAST + utf8.length + (bytes == null ? 0 : bytes.remaining()));
        out.put(bytes == null ? REMOVE : SET)
                .putLong(expectedVersion)
                .putShort((short) utf8.length)
                .put(utf8);
        if (bytes != null) {
            out.put(bytes.duplicate());
        }
        return out.flip();
    }

    /**
     * Reads the write that an entry holds.
     *
     * @param payload the content of the entry
     * @return the write, or {@code null} if the entry holds none
     */
    public static @Nullable StoreCommand of(Payload.Application payload) {
        if (!payload.type().equals(StoreMachine.TYPE)) {
            return null;
        }
        Command command = CommandCodec.read(payload.type(), payload.data().buffer());
        return command == null ? null : read(command.data());
    }

    /** Reads what {@link #encode} wrote, without a copy of the value; {@code null} if the bytes are none of that. */
    static @Nullable StoreCommand read(ByteBuffer in) {
        if (in.remaining() < LEAST) {
            return null;
        }
        byte operation = in.get();
        long expected = in.getLong();
        int length = Short.toUnsignedInt(in.getShort());
        if ((operation != SET && operation != REMOVE)
                || expected < ANY
                || length == 0
                || length > LONGEST_NAME
                || length > in.remaining()) {
            return null;
        }
        byte[] name = new byte[length];
        in.get(name);
        if (operation == REMOVE && in.hasRemaining()) {
            return null;
        }
        return new StoreCommand(new String(name, StandardCharsets.UTF_8), expected, operation == SET ? in : null);
    }
}
