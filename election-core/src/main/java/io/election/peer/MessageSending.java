package io.election.peer;

import io.election.core.Header;
import io.election.core.Request;
import io.election.core.Response;
import io.election.peer.SignedHttp.Received;
import org.jspecify.annotations.Nullable;

/** A message of the election that is under way. */
final class MessageSending extends Sending {

    /** What is said of pings to a member of an older version. */
    static final String NO_PINGS = "a member of an older version, which knows no pings";

    private final MessageCodec codec;
    private final MessageKind kind;
    private final Request request;
    private final PeerCallback callback;

    MessageSending(Wire wire, MessageCodec codec, RemotePeer peer, Request request, PeerCallback callback) {
        this(wire, codec, peer, MessageKind.of(request), request, callback);
    }

    private MessageSending(
            Wire wire, MessageCodec codec, RemotePeer peer, MessageKind kind, Request request, PeerCallback callback) {
        super(wire, peer, peer.route(kind));
        this.codec = codec;
        this.kind = kind;
        this.request = request;
        this.callback = callback;
    }

    @Override
    byte[] body() {
        return wire.isReadable() ? codec.write(request) : CompactCodec.write(request);
    }

    @Override
    Runnable read(boolean compact, byte[] body) throws BadMessageException, FailedException {
        Header asked = request.header();
        // Who answers is signed with the answer: it is bound to this request.
        Response response = compact
                ? CompactCodec.readResponse(
                        kind, body, new CompactCodec.Envelope(asked.cluster(), asked.to(), asked.from()))
                : codec.readResponse(kind, body);
        Header answer = response.header();
        if (!answer.cluster().equals(asked.cluster())
                || !answer.from().equals(asked.to())
                || !answer.to().equals(asked.from())
                || answer.requestId() != asked.requestId()) {
            throw new FailedException("its answer belongs to another request or member");
        }
        return () -> callback.answered(response);
    }

    @Override
    @Nullable String pardons(Received refused) {
        if (kind != MessageKind.PING || refused.status() != PeerEndpoint.UNKNOWN_PATH) {
            return null;
        }
        peer.knowsNoPing();
        return NO_PINGS;
    }

    @Override
    void failed(String detail) {
        callback.failed(detail);
    }

    @Override
    void notSent(String detail) {
        callback.notSent(detail);
    }
}
