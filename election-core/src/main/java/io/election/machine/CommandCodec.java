package io.election.machine;

import io.election.FencingToken;
import io.election.core.Bytes;
import io.election.core.Message;
import io.election.core.Payload;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Commands and openings of sessions as the content of entries. The package's description has the format. */
public final class CommandCodec {

    /** The type of entries that open sessions. */
    public static final String SESSION_TYPE = "session/1";

    /** How many bytes a command takes besides the machine's own, at most. */
    public static final int MOST_OVERHEAD = 34;

    private static final int VERSION = 1;
    private static final int WITH_TOKEN = 1;
    private static final int WITHOUT_TOKEN = 0;

    private CommandCodec() {}

    /**
     * Encodes a command.
     *
     * @param command the command; its data is read and its buffer not moved
     * @return the content of its entry
     * @throws IllegalArgumentException if its type is the one of openings, or no name
     */
    public static Payload.Application encode(Command command) {
        if (command.type().equals(SESSION_TYPE)) {
            throw new IllegalArgumentException("type must not be '" + SESSION_TYPE + "', which opens sessions");
        }
        FencingToken token = command.token();
        ByteBuffer data = command.data().duplicate();
        int length = MOST_OVERHEAD - (token == null ? Long.BYTES : 0) + data.remaining();
        return new Payload.Application(command.type(), Bytes.written(length, out -> {
            out.put((byte) VERSION)
                    .put((byte) (token == null ? WITHOUT_TOKEN : WITH_TOKEN))
                    .putLong(command.id().session())
                    .putLong(command.id().number())
                    .putLong(command.lowestAwaited());
            if (token != null) {
                out.putLong(token.value());
            }
            out.put(data);
        }));
    }

    /**
     * Encodes the opening of a session.
     *
     * @param opening the opening
     * @return the content of its entry
     */
    public static Payload.Application encode(SessionOpening opening) {
        byte[] member = opening.member().getBytes(StandardCharsets.UTF_8);
        byte[] life = opening.life().getBytes(StandardCharsets.UTF_8);
        int length = 1 + Long.BYTES + 2 * Short.BYTES + member.length + life.length;
        return new Payload.Application(
                SESSION_TYPE,
                Bytes.written(
                        length,
                        out -> out.put((byte) VERSION)
                                .putLong(opening.replaces())
                                .putShort((short) member.length)
                                .put(member)
                                .putShort((short) life.length)
                                .put(life)));
    }

    /**
     * Whether the content of an entry is a command or an opening. A leader appends nothing else. Where it is applied nevertheless, it
     * changes nothing.
     *
     * @param payload the content
     * @return {@code true} if this version reads it
     */
    public static boolean isWellFormed(Payload.Application payload) {
        ByteBuffer in = payload.data().buffer();
        return !isNewer(in)
                && (payload.type().equals(SESSION_TYPE) ? readOpening(in) : read(payload.type(), in)) != null;
    }

    /** Whether the content is in a version that only later versions of this code read. */
    static boolean isNewer(ByteBuffer in) {
        return in.hasRemaining() && Byte.toUnsignedInt(in.get(in.position())) > VERSION;
    }

    /**
     * Reads a command, without a copy.
     *
     * @return the command, or {@code null} if the bytes are none in version 1: every version reads that alike
     */
    static @Nullable Command read(String type, ByteBuffer in) {
        if (in.remaining() < MOST_OVERHEAD - Long.BYTES || in.get() != VERSION) {
            return null;
        }
        int flags = in.get();
        long session = in.getLong();
        long number = in.getLong();
        long lowest = in.getLong();
        if (session < 1
                || session >= Message.INDEX_LIMIT
                || lowest < 1
                || number < lowest
                || number >= Message.INDEX_LIMIT) {
            return null;
        }
        FencingToken token = null;
        if (flags == WITH_TOKEN) {
            long value = in.remaining() < Long.BYTES ? 0 : in.getLong();
            if (value < 1) {
                return null;
            }
            token = new FencingToken(value);
        } else if (flags != WITHOUT_TOKEN) {
            return null;
        }
        return new Command(type, new CommandId(session, number), lowest, token, in);
    }

    /**
     * Reads the opening of a session.
     *
     * @return the opening, or {@code null} if there is none in version 1
     */
    static @Nullable SessionOpening readOpening(ByteBuffer in) {
        if (in.remaining() < 1 + Long.BYTES || in.get() != VERSION) {
            return null;
        }
        long replaces = in.getLong();
        String member = readName(in);
        String life = member == null ? null : readName(in);
        if (member == null || life == null || in.hasRemaining()) {
            return null;
        }
        try {
            return new SessionOpening(member, life, replaces);
        } catch (IllegalArgumentException noOpening) {
            return null;
        }
    }

    private static @Nullable String readName(ByteBuffer in) {
        int length = in.remaining() < Short.BYTES ? -1 : Short.toUnsignedInt(in.getShort());
        if (length < 0 || length > in.remaining()) {
            return null;
        }
        byte[] name = new byte[length];
        in.get(name);
        return new String(name, StandardCharsets.UTF_8);
    }
}
