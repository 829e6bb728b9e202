package io.election.test;

import io.election.core.Request;
import io.election.core.Response;
import io.election.peer.MemberState;
import io.election.peer.PeerCallback;
import io.election.peer.PeerHandler;
import io.election.peer.PeerPresence;
import io.election.peer.PeerTransport;
import io.election.peer.PresenceCallback;
import io.election.peer.PresenceQuestion;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The real transport, which a test can cut. Then nothing is sent or received, including answers to earlier requests. */
final class SeverableTransport implements PeerTransport {

    private static final String CUT_OFF = "the test has cut this member off";

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
        real.start(new PeerHandler() {
            @Override
            public void handle(Request request, Consumer<Response> reply) {
                if (!severed) {
                    handler.handle(request, response -> {
                        if (!severed) {
                            reply.accept(response);
                        }
                    });
                }
            }

            @Override
            public @Nullable MemberState describe(String asker, PresenceQuestion question) {
                return severed ? null : handler.describe(asker, question);
            }

            @Override
            public PresenceQuestion question(String member) {
                return handler.question(member);
            }
        });
    }

    @Override
    public void members(Set<String> members) {
        real.members(members);
    }

    @Override
    public void contact(String member, List<String> urls) {
        real.contact(member, urls);
    }

    @Override
    public void lookAfter() {
        real.lookAfter();
    }

    @Override
    public void send(Request request, PeerCallback callback) {
        if (severed) {
            callback.failed(CUT_OFF);
            return;
        }
        real.send(request, new PeerCallback() {
            @Override
            public void answered(Response response) {
                if (severed) {
                    failed(CUT_OFF);
                } else {
                    callback.answered(response);
                }
            }

            @Override
            public void failed(String detail) {
                callback.failed(detail);
            }

            @Override
            public void notSent(String detail) {
                callback.notSent(detail);
            }
        });
    }

    @Override
    public void ask(String member, PresenceCallback callback) {
        if (severed) {
            callback.absent(CUT_OFF);
            return;
        }
        real.ask(member, new PresenceCallback() {
            @Override
            public void present(PeerPresence presence) {
                if (severed) {
                    callback.absent(CUT_OFF);
                } else {
                    callback.present(presence);
                }
            }

            @Override
            public void absent(String detail) {
                callback.absent(detail);
            }

            @Override
            public void notAsked() {
                callback.notAsked();
            }
        });
    }

    @Override
    public void close() {
        real.close();
    }
}
