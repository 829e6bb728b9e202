package io.election.peer;

import io.election.core.Message;
import java.util.Arrays;

/**
 * Whatever a body in the compact form holds, it is a message that is written and read back as it is, or it is refused as none. The first
 * byte chooses the kind, and whether it is a request or an answer; the rest is the body.
 */
public final class CompactCodecFuzzTarget {

    private static final MessageKind[] KINDS = MessageKind.values();
    private static final CompactCodec.Envelope ENVELOPE = new CompactCodec.Envelope("orders", "a", "b");

    private CompactCodecFuzzTarget() {}

    /** Takes one input. */
    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length == 0) {
            return;
        }
        int choice = input[0] & 0x7f;
        MessageKind kind = KINDS[choice % KINDS.length];
        boolean request = choice / KINDS.length % 2 == 0;
        Message message;
        try {
            message = read(kind, request, Arrays.copyOfRange(input, 1, input.length));
        } catch (BadMessageException ex) {
            if (ex.getMessage() == null || ex.getMessage().isEmpty()) {
                throw new AssertionError("a refusal that says nothing", ex);
            }
            return;
        }
        try {
            Message again = read(kind, request, CompactCodec.write(message));
            if (!again.equals(message)) {
                throw new AssertionError("read as " + message + ", but read back as " + again);
            }
        } catch (BadMessageException ex) {
            throw new AssertionError("read, but not read back: " + message, ex);
        }
    }

    private static Message read(MessageKind kind, boolean request, byte[] body) throws BadMessageException {
        return request
                ? CompactCodec.readRequest(kind, body, ENVELOPE)
                : CompactCodec.readResponse(kind, body, ENVELOPE);
    }

    /** The first byte of an input for messages of a kind. */
    static int choice(MessageKind kind, boolean request) {
        return kind.ordinal() + (request ? 0 : KINDS.length);
    }
}
