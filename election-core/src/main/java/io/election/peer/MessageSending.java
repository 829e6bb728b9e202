package io.election.peer;

import io.election.core.Header;
import io.election.core.Request;
import io.election.core.Response;

/** A message of the election that is under way. */
final class MessageSending extends Sending {

    private final MessageCodec codec;
    private final MessageKind kind;
    private final Request request;
    private final PeerCallback callback;

    MessageSending(Wire wire, MessageCodec codec, RemotePeer peer, Request request, PeerCallback callback) {
        this(wire, codec, peer, MessageKind.of(request), request, callback);
    }

    private MessageSending(
            Wire wire, MessageCodec codec, RemotePeer peer, MessageKind kind, Request request, PeerCallback callback) {
        super(
                wire,
                peer,
                kind.path(),
                peer.uri(kind),
                kind.lane(),
                wire.settings().patience(kind));
        this.codec = codec;
        this.kind = kind;
        this.request = request;
        this.callback = callback;
    }

    @Override
    byte[] body() {
        return codec.write(request);
    }

    @Override
    Runnable read(byte[] body) throws BadMessageException, FailedException {
        Response response = codec.readResponse(kind, body);
        Header answer = response.header();
        Header asked = request.header();
        if (!answer.cluster().equals(asked.cluster())
                || !answer.from().equals(asked.to())
                || !answer.to().equals(asked.from())
                || answer.requestId() != asked.requestId()) {
            throw new FailedException("its answer belongs to another request or member");
        }
        return () -> callback.answered(response);
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
