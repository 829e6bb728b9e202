package io.election.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.core.Request;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Whose body is read, and whose is not. */
class PeerEndpointTests {

    private static final MacKey RIGHT = new MacKey("a secret of the test");
    private static final MacKey WRONG = new MacKey("quite another secret");

    private final Peers.Answering answering = new Peers.Answering();
    private final PeerEndpoint endpoint = endpoint();

    private PeerEndpoint endpoint() {
        PeerEndpoint opened = new PeerEndpoint(
                new PeerSettings(
                        Peers.CLUSTER,
                        "b",
                        Map.of("a", Peers.url(1), "b", Peers.url(1), "c", Peers.url(1)),
                        "/election",
                        Peers.LONG,
                        Peers.SECRET,
                        null,
                        null),
                new MessageCodec(),
                "process");
        opened.open(answering);
        return opened;
    }

    private static byte[] heartbeat(String from) {
        return new MessageCodec().write(Messages.heartbeat(Peers.CLUSTER, from, "b", 1));
    }

    private String challenge(String from) {
        String call = Call.text(Call.prefix(Peers.CLUSTER, from, "b", "life"), "", 1);
        return endpoint.answer("heartbeat", unreadable(call, RIGHT)).headers().get(Call.CHALLENGE_HEADER);
    }

    private String fresh(String from) {
        return Call.text(Call.prefix(Peers.CLUSTER, from, "b", "life"), challenge(from), 2);
    }

    private static Sent unreadable(String call, MacKey key) {
        return new Sent(call, key, new byte[0], new InputStream() {
            @Override
            public int read() {
                throw new AssertionError("nobody may read this");
            }
        });
    }

    @Test
    void readsNothingOfAStrangersBody() {
        String fresh = fresh("a");
        for (Sent stranger : List.of(
                unreadable(fresh, WRONG),
                unreadable(fresh + "0", WRONG),
                unreadable("nonsense", RIGHT),
                unreadable(Call.text(Call.prefix("invoices", "a", "b", "life"), "", 3), RIGHT),
                unreadable(Call.text(Call.prefix(Peers.CLUSTER, "a", "c", "life"), "", 3), RIGHT),
                unreadable(Call.text(Call.prefix(Peers.CLUSTER, "x", "b", "life"), "", 3), RIGHT),
                unreadable(Call.text(Call.prefix(Peers.CLUSTER, "b", "b", "life"), "", 3), RIGHT),
                unreadable(Call.text(Call.prefix(Peers.CLUSTER, "a", "b", "life"), "", 3), RIGHT))) {
            assertThat(endpoint.answer("heartbeat", stranger).status()).isGreaterThanOrEqualTo(400);
        }
        assertThat(answering.requests).isEmpty();
    }

    @Test
    void readsARecordedRequestOnceOnly() {
        String fresh = fresh("a");
        byte[] body = heartbeat("a");
        assertThat(endpoint.answer("heartbeat", new Sent(fresh, RIGHT, body, new ByteArrayInputStream(body)))
                        .status())
                .isEqualTo(200);
        assertThat(endpoint.answer("heartbeat", unreadable(fresh, RIGHT)).status())
                .isEqualTo(403);
    }

    @Test
    void aMemberThatSendsSlowlyTakesNobodyElsesPlaces() throws Exception {
        CountDownLatch reading = new CountDownLatch(PeerEndpoint.READING);
        CountDownLatch end = new CountDownLatch(1);
        Thread[] slow = new Thread[PeerEndpoint.READING];
        String challenge = challenge("a");
        try {
            for (int i = 0; i < slow.length; i++) {
                String call = Call.text(Call.prefix(Peers.CLUSTER, "a", "b", "life"), challenge, 10 + i);
                slow[i] = new Thread(() -> endpoint.answer("heartbeat", hanging(call, reading, end)));
                slow[i].start();
            }
            assertThat(reading.await(50, TimeUnit.SECONDS)).isTrue();
            byte[] body = heartbeat("c");
            assertThat(endpoint.answer("heartbeat", new Sent(fresh("c"), RIGHT, body, new ByteArrayInputStream(body)))
                            .status())
                    .isEqualTo(200);
            String one = Call.text(Call.prefix(Peers.CLUSTER, "a", "b", "life"), challenge, 9);
            assertThat(endpoint.answer("heartbeat", unreadable(one, RIGHT)).status())
                    .isEqualTo(503);
        } finally {
            end.countDown();
            for (Thread thread : slow) {
                thread.join();
            }
        }
        assertThat(answering.requests).extracting(Request::term).containsExactly(3L);
    }

    private static Sent hanging(String call, CountDownLatch reading, CountDownLatch end) {
        return new Sent(call, RIGHT, new byte[0], new InputStream() {
            @Override
            public int read() throws IOException {
                reading.countDown();
                try {
                    end.await(50, TimeUnit.SECONDS);
                } catch (InterruptedException ex) {
                    throw new IOException(ex);
                }
                return -1;
            }
        });
    }

    private record Sent(String call, MacKey key, byte[] content, InputStream body) implements PeerEndpoint.Exchange {

        @Override
        public String method() {
            return "POST";
        }

        @Override
        public @Nullable String header(String name) {
            return switch (name) {
                case Call.HEADER -> call;
                case Call.DIGEST_HEADER -> Call.digest(content);
                case Call.MAC_HEADER -> Call.encode(key.mac(Call.signedParts("heartbeat", call, Call.digest(content))));
                default -> null;
            };
        }

        @Override
        public long contentLength() {
            return -1;
        }

        @Override
        public void accepted() {}

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
