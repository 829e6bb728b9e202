package io.election.test;

import io.election.core.Request;
import io.election.core.Response;
import io.election.peer.PeerCallback;
import io.election.peer.PeerHandler;
import io.election.peer.PeerTransport;

/** The real way to the peers, which a test can cut: then nothing comes or goes, answers to what went before included. */
final class SeverableTransport implements PeerTransport {

    private final PeerTransport real;
    private volatile boolean severed;

    SeverableTransport(PeerTransport real) {
        this.real = real;
    }

    void sever(boolean cut) {
        severed = cut;
    }

    @Override
    public void start(PeerHandler handler) {
        real.start((request, reply) -> {
            if (!severed) {
                handler.handle(request, response -> {
                    if (!severed) {
                        reply.accept(response);
                    }
                });
            }
        });
    }

    @Override
    public void send(Request request, PeerCallback callback) {
        if (severed) {
            callback.failed("the test has cut this member off");
            return;
        }
        real.send(request, new PeerCallback() {
            @Override
            public void answered(Response response) {
                if (severed) {
                    failed("the test has cut this member off");
                } else {
                    callback.answered(response);
                }
            }

            @Override
            public void failed(String detail) {
                callback.failed(detail);
            }
        });
    }

    @Override
    public void close() {
        real.close();
    }
}
