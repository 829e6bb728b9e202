package io.election.peer;

import io.election.core.Message;
import java.util.Arrays;

/**
 * Whatever a body holds, it is a message that is written and read back as it is, or it is refused as none. The first byte
 * chooses the kind, and whether it is a request or an answer; the rest is the body.
 */
public final class MessageCodecFuzzTarget {

    private static final MessageCodec CODEC = new MessageCodec();
    private static final MessageKind[] KINDS = MessageKind.values();
    /** Those that came later have the highest choices, so that kept inputs are what they were. */
    private static final int EARLIER_KINDS = MessageKind.PROPOSE.ordinal();

    private static final int FIRST_LATER = 108;

    private MessageCodecFuzzTarget() {}

    /** Takes one input. */
    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length == 0) {
            return;
        }
        int choice = input[0] & 0x7f;
        boolean later = choice >= FIRST_LATER;
        int from = later ? EARLIER_KINDS : 0;
        int kinds = later ? KINDS.length - EARLIER_KINDS : EARLIER_KINDS;
        int among = later ? choice - FIRST_LATER : choice;
        MessageKind kind = KINDS[from + among % kinds];
        boolean request = among / kinds % 2 == 0;
        byte[] body = Arrays.copyOfRange(input, 1, input.length);
        Message message;
        try {
            message = read(kind, request, body);
        } catch (BadMessageException ex) {
            if (ex.getMessage() == null || ex.getMessage().isEmpty()) {
                throw new AssertionError("a refusal that says nothing", ex);
            }
            return;
        }
        byte[] written = CODEC.write(message);
        try {
            Message again = read(kind, request, written);
            if (!again.equals(message)) {
                throw new AssertionError("read as " + message + ", but read back as " + again);
            }
        } catch (BadMessageException ex) {
            throw new AssertionError("read, but not read back: " + message, ex);
        }
    }

    private static Message read(MessageKind kind, boolean request, byte[] body) throws BadMessageException {
        return request ? CODEC.readRequest(kind, body) : CODEC.readResponse(kind, body);
    }
}
