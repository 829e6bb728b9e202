package io.election.peer;

import io.election.core.ListedMember;
import io.election.core.MemberKind;
import io.election.core.Request;
import io.election.core.Response;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * The question whether a member is there. The first byte says who reads the rest. To the asker it is the body of an answer,
 * which is read and written back as it is, or refused. To the member asked it is a call, a signature and a body, each on a
 * line: it says what there is to say only to a member that signed with the secret, and only of itself.
 */
public final class PresenceFuzzTarget {

    /** The rest is read by the member asked, and not by the asker. */
    static final int ASKED = 4;

    static final MemberState STATE = new MemberState(
            true,
            null,
            "inc-b",
            true,
            "0f8c1d2e",
            "inc-a",
            List.of(new ListedMember("a", MemberKind.DATA), new ListedMember("b", MemberKind.WITNESS)),
            List.of("c"));

    private static final MessageCodec CODEC = new MessageCodec();
    private static final List<String> ASKERS = new ArrayList<>();
    private static final PeerEndpoint ENDPOINT = PeerEndpointFuzzTarget.endpoint(new PeerHandler() {
        @Override
        public void handle(Request request, Consumer<Response> reply) {
            throw new AssertionError("no question of presence, but taken: " + request);
        }

        @Override
        public MemberState describe(String asker) {
            ASKERS.add(asker);
            return STATE;
        }
    });

    private PresenceFuzzTarget() {}

    /** Takes one input. */
    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length == 0) {
            return;
        }
        byte[] rest = Arrays.copyOfRange(input, 1, input.length);
        if ((input[0] & ASKED) == 0) {
            answered(rest);
        } else {
            asked(input[0], rest);
        }
    }

    private static void answered(byte[] body) {
        MessageCodec.Presence presence;
        try {
            presence = CODEC.readPresence(body);
        } catch (BadMessageException ex) {
            if (ex.getMessage() == null || ex.getMessage().isEmpty()) {
                throw new AssertionError("a refusal that says nothing", ex);
            }
            return;
        }
        try {
            MessageCodec.Presence again = CODEC.readPresence(CODEC.write(presence));
            if (!again.equals(presence)) {
                throw new AssertionError("read as " + presence + ", but read back as " + again);
            }
        } catch (BadMessageException ex) {
            throw new AssertionError("read, but not read back: " + presence, ex);
        }
    }

    private static void asked(int how, byte[] rest) {
        int callEnds = lineEnd(rest, 0);
        int macEnds = lineEnd(rest, Math.min(callEnds + 1, rest.length));
        String call = PeerEndpointFuzzTarget.text(rest, 0, callEnds);
        String mac = PeerEndpointFuzzTarget.text(rest, Math.min(callEnds + 1, rest.length), macEnds);
        byte[] body = Arrays.copyOfRange(rest, Math.min(macEnds + 1, rest.length), rest.length);
        call = PeerEndpointFuzzTarget.challenged(ENDPOINT, how, call);
        boolean right = (how & PeerEndpointFuzzTarget.SIGNED) != 0;
        String signature = right ? PeerEndpointFuzzTarget.signature(PeerEndpoint.PRESENCE, call, body) : mac;
        ASKERS.clear();
        PeerEndpoint.Answer answer =
                ENDPOINT.answer(PeerEndpoint.PRESENCE, new PeerEndpointFuzzTarget.Bytes("POST", call, signature, body));
        check(call, right, answer);
    }

    private static int lineEnd(byte[] bytes, int from) {
        int end = from;
        while (end < bytes.length && bytes[end] != '\n') {
            end++;
        }
        return end;
    }

    private static void check(String text, boolean right, PeerEndpoint.Answer answer) {
        if (answer.status() < 200 || answer.status() > 599) {
            throw new AssertionError("answered with " + answer.status());
        }
        if (answer.status() != 200) {
            if (!ASKERS.isEmpty()) {
                throw new AssertionError("described to " + ASKERS + ", but answered with " + answer.status());
            }
            return;
        }
        Call call = Call.parse(text);
        if (!right
                || call == null
                || !call.cluster().equals("orders")
                || !call.to().equals("b")) {
            throw new AssertionError("described to " + ASKERS + ", who called with '" + text + "'");
        }
        if (!ASKERS.equals(List.of(call.from()))) {
            throw new AssertionError("described to " + ASKERS + ", but asked by " + call.from());
        }
        try {
            MessageCodec.Presence presence = CODEC.readPresence(answer.body());
            if (!presence.self().nodeId().equals("b") || !presence.state().equals(STATE)) {
                throw new AssertionError("said of itself: " + presence);
            }
        } catch (BadMessageException ex) {
            throw new AssertionError("its own answer is none", ex);
        }
    }
}
