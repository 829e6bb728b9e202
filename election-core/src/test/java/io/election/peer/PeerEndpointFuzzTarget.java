package io.election.peer;

import io.election.core.Request;
import io.election.core.Response;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A whole request, header and body, handed to the endpoint: every one is answered, and none reaches the handler that is
 * not signed with the secret, addressed to this member, and new. The first byte says how it is signed; the next three lines
 * are method and path, the call, and the signature; the rest is the body.
 */
public final class PeerEndpointFuzzTarget {

    /** The request is signed with the right secret, whatever its third line says. */
    static final int SIGNED = 1;

    /** The sign {@code @} in the call is replaced by a challenge that the endpoint gave. */
    static final int CHALLENGED = 2;

    private static final String OURS = "a secret of the test";
    private static final MacKey RIGHT = new MacKey(OURS);
    private static final URI NOWHERE = URI.create("http://127.0.0.1:1");
    private static final List<Request> TAKEN = new ArrayList<>();
    private static final PeerEndpoint ENDPOINT = endpoint(PeerEndpointFuzzTarget::take);

    private PeerEndpointFuzzTarget() {}

    /** Member b of the cluster orders. */
    static PeerEndpoint endpoint(PeerHandler handler) {
        PeerEndpoint endpoint = new PeerEndpoint(
                new PeerSettings(
                        "orders",
                        "b",
                        Map.of("a", NOWHERE, "b", NOWHERE, "c", NOWHERE),
                        "/election",
                        Peers.LONG,
                        Peers.secret(OURS),
                        null,
                        null),
                new MessageCodec(),
                "process");
        endpoint.open(handler);
        return endpoint;
    }

    private static void take(Request request, Consumer<Response> reply) {
        TAKEN.add(request);
        reply.accept(Messages.answer(request));
    }

    /** Takes one input. */
    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length == 0) {
            return;
        }
        int how = input[0];
        int[] ends = new int[3];
        int from = 1;
        for (int i = 0; i < ends.length; i++) {
            int end = from;
            while (end < input.length && input[end] != '\n') {
                end++;
            }
            ends[i] = end;
            from = Math.min(end + 1, input.length);
        }
        String target = text(input, 1, ends[0]);
        String call = text(input, Math.min(ends[0] + 1, input.length), ends[1]);
        String mac = text(input, Math.min(ends[1] + 1, input.length), ends[2]);
        byte[] body = Arrays.copyOfRange(input, from, input.length);
        int blank = target.indexOf(' ');
        String method = blank < 0 ? "POST" : target.substring(0, blank);
        String path = target.substring(blank + 1);
        call = challenged(ENDPOINT, how, call);
        boolean right = (how & SIGNED) != 0;
        String signature = right ? signature(path, call, body) : mac;
        TAKEN.clear();
        PeerEndpoint.Answer answer = ENDPOINT.answer(path, new Bytes(method, call, signature, body));
        check(call, right, answer);
    }

    static String signature(String path, String call, byte[] body) {
        return Call.encode(RIGHT.mac(Call.signedParts(path, call, Call.digest(body))));
    }

    /** The call with a challenge of the endpoint in it, where the first byte says so. */
    static String challenged(PeerEndpoint endpoint, int how, String call) {
        if ((how & CHALLENGED) == 0 || !call.contains("@")) {
            return call;
        }
        Call parsed = Call.parse(call.replace("@", "-"));
        return call.replace("@", parsed == null ? "-" : challenge(endpoint, parsed));
    }

    private static String challenge(PeerEndpoint endpoint, Call call) {
        String text = Call.text(Call.prefix(call.cluster(), call.from(), call.to(), call.life()), "", 1);
        byte[] body = new byte[0];
        return endpoint.answer("vote", new Bytes("POST", text, signature("vote", text, body), body))
                .headers()
                .getOrDefault(Call.CHALLENGE_HEADER, "-");
    }

    private static void check(String text, boolean right, PeerEndpoint.Answer answer) {
        if (answer.status() < 200 || answer.status() > 599) {
            throw new AssertionError("answered with " + answer.status());
        }
        if (!right && (!TAKEN.isEmpty() || answer.status() == 200)) {
            throw new AssertionError("believed without the secret: " + TAKEN + ", answered " + answer.status());
        }
        if (TAKEN.size() > 1) {
            throw new AssertionError("taken twice: " + TAKEN);
        }
        for (Request request : TAKEN) {
            Call call = Call.parse(text);
            boolean ours = call != null
                    && call.cluster().equals("orders")
                    && call.to().equals("b")
                    && request.header().cluster().equals("orders")
                    && request.header().to().equals("b")
                    && request.header().from().equals(call.from())
                    && !call.challenge().isEmpty();
            if (!ours) {
                throw new AssertionError("not for this member, but taken: " + call + ", " + request);
            }
        }
    }

    static String text(byte[] input, int from, int to) {
        return new String(input, from, Math.max(0, to - from), StandardCharsets.ISO_8859_1);
    }

    record Bytes(String method, String call, String mac, byte[] content) implements PeerEndpoint.Exchange {

        @Override
        public @Nullable String header(String name) {
            return switch (name) {
                case Call.HEADER -> call;
                case Call.DIGEST_HEADER -> Call.digest(content);
                case Call.MAC_HEADER -> mac;
                default -> null;
            };
        }

        @Override
        public long contentLength() {
            return content.length;
        }

        @Override
        public byte[] body(int limit) throws BodyTooLongException {
            if (content.length > limit) {
                throw new BodyTooLongException(limit);
            }
            return content;
        }

        @Override
        public void accepted(String sender) {}

        @Override
        public @Nullable X509Certificate certificate() {
            return null;
        }

        @Override
        public String remote() {
            return "127.0.0.1";
        }
    }
}
