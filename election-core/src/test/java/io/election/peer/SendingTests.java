package io.election.peer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How a request ends that this member itself cannot send. */
class SendingTests {

    private static final URI NOWHERE = URI.create("http://127.0.0.1:1");

    private final Wire wire = new Wire(
            new PeerSettings(
                    "orders",
                    "a",
                    Map.of("a", NOWHERE, "b", NOWHERE),
                    "/election",
                    Duration.ofSeconds(60),
                    new PeerAuthentication.TrustedNetwork(),
                    null,
                    null),
            new TlsInUse(null),
            new PeerThreads("orders", "a"),
            false,
            new FreshLookup(),
            Protocols.OURS,
            new ClusterName("orders"));
    private final RemotePeer peer = new RemotePeer("b", NOWHERE, wire, 1, lost -> {});
    private final CompletableFuture<String> end = new CompletableFuture<>();

    @AfterEach
    void close() {
        wire.beginClose();
        peer.close();
        wire.finishClose();
    }

    private String end(Throwable thrownByTheBody) throws Exception {
        new Failing(thrownByTheBody).begin();
        return end.get(60, TimeUnit.SECONDS);
    }

    private final class Failing extends Sending {

        private final Throwable failure;

        Failing(Throwable failure) {
            super(SendingTests.this.wire, SendingTests.this.peer, SendingTests.this.peer.route(MessageKind.HEARTBEAT));
            this.failure = failure;
        }

        @Override
        byte[] body() {
            if (failure instanceof Error error) {
                throw error;
            }
            throw (RuntimeException) failure;
        }

        @Override
        Runnable read(boolean compact, byte[] body) {
            throw new AssertionError("nothing was sent");
        }

        @Override
        void failed(String detail) {
            end.complete("failed: " + detail);
        }

        @Override
        void notSent(String detail) {
            end.complete("not sent: " + detail);
        }
    }

    @Test
    void aLackOfMemoryIsNotThePeersFault() throws Exception {
        assertThat(end(new OutOfMemoryError("of this test"))).isEqualTo("not sent: this member has run out of memory");
    }

    /** The JVM wraps it where it links a lambda, and the HTTP client where its own threads failed. */
    @Test
    void aLackOfMemoryThatIsWrappedIsNotThePeersFaultEither() throws Exception {
        assertThat(end(new InternalError(new OutOfMemoryError("of this test"))))
                .isEqualTo("not sent: this member has run out of memory");
    }

    @Test
    void anotherFailureIsToldWithItsReason() throws Exception {
        assertThat(end(new UncheckedIOException(new IOException("of this test"))))
                .isEqualTo(
                        "failed: could not be sent: java.io.UncheckedIOException: java.io.IOException: of this test");
    }

    @Test
    void nothingIsSentToAPeerThatHasLeft() throws Exception {
        peer.close();
        assertThat(end(new IllegalStateException("not reached"))).isEqualTo("not sent: closed");
    }
}
