package io.election.peer;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
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
import org.slf4j.LoggerFactory;

/** Whose body is read and whose is not, and what is told of the others. */
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
        return new Sent("heartbeat", call, key, new byte[0], unreadable());
    }

    private static Sent unreadable(String path, String call) {
        return new Sent(path, call, RIGHT, new byte[0], unreadable());
    }

    private static InputStream unreadable() {
        return new InputStream() {
            @Override
            public int read() {
                throw new AssertionError("nobody may read this");
            }
        };
    }

    private static Sent sent(String call, byte[] heartbeat) {
        return new Sent("heartbeat", call, RIGHT, heartbeat, new ByteArrayInputStream(heartbeat));
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
        assertThat(endpoint.answer(
                                "heartbeat", new Sent("heartbeat", fresh, RIGHT, body, new ByteArrayInputStream(body)))
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
                slow[i] = new Thread(() -> endpoint.answer("append", hanging(call, reading, end)));
                slow[i].start();
            }
            assertThat(reading.await(50, TimeUnit.SECONDS)).isTrue();
            byte[] body = heartbeat("c");
            assertThat(endpoint.answer("heartbeat", sent(fresh("c"), body)).status())
                    .isEqualTo(200);
            String one = Call.text(Call.prefix(Peers.CLUSTER, "a", "b", "life"), challenge, 8);
            assertThat(endpoint.answer("append", unreadable("append", one)).status())
                    .isEqualTo(503);
            // Nor those of its own heartbeats, which are small and wait for nothing.
            byte[] own = heartbeat("a");
            String another = Call.text(Call.prefix(Peers.CLUSTER, "a", "b", "life"), challenge, 9);
            assertThat(endpoint.answer("heartbeat", sent(another, own)).status())
                    .isEqualTo(200);
        } finally {
            end.countDown();
            for (Thread thread : slow) {
                thread.join();
            }
        }
        assertThat(answering.requests).extracting(Request::term).containsExactly(3L, 3L);
    }

    /** Nobody announced how long it is, so only reading shows it. */
    @Test
    void refusesAnOversizedBodyOfAMember() {
        byte[] large = new byte[PeerEndpoint.LARGEST_BODY + 1];
        PeerEndpoint.Answer answer = endpoint.answer(
                "heartbeat", new Sent("heartbeat", fresh("a"), RIGHT, large, new ByteArrayInputStream(large)));
        assertThat(answer.status()).isEqualTo(413);
        assertThat(endpoint.refused()).containsEntry("too-large", 1L);
        assertThat(answering.requests).isEmpty();
    }

    @Test
    void logsOneLineAMinuteForEachReasonAndSender() {
        long begun = System.nanoTime();
        List<String> lines = logged(() -> {
            for (int i = 0; i < 50; i++) {
                endpoint.answer("heartbeat", unreadable("nonsense " + i, RIGHT));
                endpoint.answer("heartbeat", misdirected("a", "invoices"));
                endpoint.answer("heartbeat", misdirected("c", "invoices"));
            }
        });
        long minutes = TimeUnit.NANOSECONDS.toMinutes(System.nanoTime() - begun);
        assertThat(lines).hasSizeBetween(3, 3 + 3 * (int) minutes);
        assertThat(lines.subList(0, 3))
                .satisfiesExactly(
                        line -> assertThat(line).contains("a request from an unknown caller at 127.0.0.1"),
                        line -> assertThat(line).contains("a request from 'a' at"),
                        line -> assertThat(line).contains("a request from 'c' at"));
        assertThat(endpoint.refused()).containsEntry("unauthenticated", 50L).containsEntry("wrong-cluster", 100L);
    }

    @Test
    void whatAStrangerWritesMakesNoLineOfTheLogAndNoCommandOfATerminal() {
        List<String> lines = logged(() ->
                endpoint.answer("heartbeat", misdirected("a", "x\r\nWARN forged\u0085\u2028\u2029\u001b[2J\u009b2Jy")));
        assertThat(lines).hasSize(1);
        assertThat(lines.get(0)).contains("not 'x??WARN forged????[2J?2Jy'");
    }

    /** Signed by a member, and meant for another cluster. */
    private static Sent misdirected(String from, String cluster) {
        return unreadable(Call.text(Call.prefix(cluster, from, "b", "life"), "", 3), RIGHT);
    }

    private static List<String> logged(Runnable what) {
        Logger logger = (Logger) LoggerFactory.getLogger(PeerEndpoint.class);
        ListAppender<ILoggingEvent> appender = new ListAppender<>();
        appender.start();
        logger.addAppender(appender);
        try {
            what.run();
        } finally {
            logger.detachAppender(appender);
        }
        return appender.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }

    private static Sent hanging(String call, CountDownLatch reading, CountDownLatch end) {
        return new Sent("append", call, RIGHT, new byte[0], new InputStream() {
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

    private record Sent(String path, String call, MacKey key, byte[] content, InputStream body)
            implements PeerEndpoint.Exchange {

        @Override
        public String method() {
            return "POST";
        }

        @Override
        public @Nullable String header(String name) {
            return switch (name) {
                case Call.HEADER -> call;
                case Call.DIGEST_HEADER -> Call.digest(content);
                case Call.MAC_HEADER -> Call.encode(key.mac(Call.signedParts(path, call, Call.digest(content))));
                default -> null;
            };
        }

        @Override
        public long contentLength() {
            return -1;
        }

        @Override
        public byte[] body(int limit) throws IOException {
            return PeerEndpoint.read(body, limit);
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
