package io.election.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.election.core.Request;
import io.election.peer.Peers.Answering;
import io.election.peer.Peers.Outcome;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Certificates that are replaced while members run, and those that were not replaced in time. */
class CertificateRenewalTests {

    private static final PeerAuthentication TLS = new PeerAuthentication.TlsIdentity(null);
    private static final URI NOWHERE = URI.create("https://127.0.0.1:1");
    private static final Authority OLD = new Authority("old authority");
    private static final Authority NEW = new Authority("new authority");

    private final List<HttpPeerTransport> transports = new ArrayList<>();
    private final Answering answering = new Answering();

    @AfterEach
    void close() {
        transports.forEach(HttpPeerTransport::close);
    }

    private HttpPeerTransport start(
            String id,
            Map<String, URI> urls,
            @Nullable PeerTls tls,
            PeerAuthentication authentication,
            PeerHandler handler) {
        HttpPeerTransport transport = new HttpPeerTransport(new PeerSettings(
                Peers.CLUSTER,
                id,
                urls,
                "/election",
                Peers.LONG,
                authentication,
                new PeerSettings.ServerSettings(InetAddress.getLoopbackAddress(), 0),
                tls));
        transports.add(transport);
        transport.start(handler);
        return transport;
    }

    private HttpPeerTransport server(PeerTls tls) {
        return start("b", Map.of("a", NOWHERE, "b", NOWHERE), tls, TLS, answering);
    }

    private HttpPeerTransport client(PeerTls tls, HttpPeerTransport server) {
        return start("a", Map.of("a", NOWHERE, "b", url(server)), tls, TLS, (request, reply) -> {});
    }

    private static URI url(HttpPeerTransport transport) {
        return URI.create("https://127.0.0.1:" + transport.port());
    }

    private static Request heartbeat(long id) {
        return Messages.heartbeat(Peers.CLUSTER, "a", "b", id);
    }

    private static void answers(HttpPeerTransport client, long id) throws Exception {
        assertThat(Peers.ask(client, heartbeat(id)).get()).isEqualTo(Messages.answer(heartbeat(id)));
    }

    // ------------------------------------------------------------------------------------------------ renewed

    /** Each step is one that the members can take at different times; none of them trusts both authorities at the end. */
    @Test
    void movesToAnotherAuthorityWhileRequestsGoOn() throws Exception {
        HttpPeerTransport b = server(OLD.issue("b", 1).trusting(OLD));
        HttpPeerTransport a = client(OLD.issue("a", 1).trusting(OLD), b);
        answers(a, 1);
        b.renew(OLD.issue("b", 1).trusting(OLD, NEW));
        answers(a, 2);
        a.renew(OLD.issue("a", 1).trusting(OLD, NEW));
        answers(a, 3);
        b.renew(NEW.issue("b", 90).trusting(OLD, NEW));
        answers(a, 4);
        a.renew(NEW.issue("a", 90).trusting(OLD, NEW));
        answers(a, 5);
        a.renew(NEW.issue("a", 90).trusting(NEW));
        b.renew(NEW.issue("b", 90).trusting(NEW));
        answers(a, 6);
        answers(a, 7);
        assertThat(b.refused())
                .allSatisfy((reason, count) -> assertThat(count).as(reason).isZero());
    }

    /** The connections that are open do not outlive what was trusted when they were opened. */
    @Test
    void neitherSideKeepsAConnectionThatItCouldNotOpenAnyMore() throws Exception {
        HttpPeerTransport b = server(OLD.issue("b", 1).trusting(OLD));
        HttpPeerTransport a = client(OLD.issue("a", 1).trusting(OLD), b);
        answers(a, 1);
        b.renew(OLD.issue("b", 1).trusting(NEW));
        // The exchange on the open connection goes through, and is its last.
        answers(a, 2);
        assertThat(Peers.ask(a, heartbeat(3)).get()).isInstanceOf(String.class);
        b.renew(OLD.issue("b", 1).trusting(OLD));
        answers(a, 4);
        a.renew(OLD.issue("a", 1).trusting(NEW));
        assertThat(Peers.ask(a, heartbeat(5)).get()).asString().contains("its certificate is not trusted here");
    }

    @Test
    void aRenewalEndsNoExchangeThatIsUnderWay() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch renewed = new CountDownLatch(1);
        HttpPeerTransport b = start(
                "b",
                Map.of("a", NOWHERE, "b", NOWHERE),
                OLD.issue("b", 1).trusting(OLD, NEW),
                TLS,
                (request, reply) -> {
                    asked.countDown();
                    try {
                        renewed.await(50, TimeUnit.SECONDS);
                    } catch (InterruptedException ex) {
                        Thread.currentThread().interrupt();
                    }
                    reply.accept(Messages.answer(request));
                });
        HttpPeerTransport a = client(OLD.issue("a", 1).trusting(OLD, NEW), b);
        Outcome outcome = new Outcome();
        a.send(heartbeat(1), outcome);
        assertThat(asked.await(50, TimeUnit.SECONDS)).isTrue();
        a.renew(NEW.issue("a", 90).trusting(NEW));
        b.renew(NEW.issue("b", 90).trusting(NEW));
        renewed.countDown();
        assertThat(outcome.get()).isEqualTo(Messages.answer(heartbeat(1)));
        answers(a, 2);
    }

    /** Heartbeats in a row, as a leader sends them, while both sides are renewed again and again. */
    @Test
    void losesNoRequestHoweverOftenItIsRenewed() throws Exception {
        HttpPeerTransport b = server(OLD.issue("b", 1).trusting(OLD));
        HttpPeerTransport a = client(OLD.issue("a", 1).trusting(OLD), b);
        for (int i = 0; i < 12; i++) {
            Outcome heartbeat = new Outcome();
            Outcome append = new Outcome();
            Request entries = Messages.append(Peers.CLUSTER, "a", "b", i);
            a.send(heartbeat(i), heartbeat);
            a.send(entries, append);
            if (i % 3 == 0) {
                a.renew(OLD.issue("a", 1).trusting(OLD));
            } else if (i % 3 == 1) {
                b.renew(OLD.issue("b", 1).trusting(OLD));
            }
            assertThat(heartbeat.get()).isEqualTo(Messages.answer(heartbeat(i)));
            assertThat(append.get()).isEqualTo(Messages.answer(entries));
        }
    }

    @Test
    void saysUntilWhenItsCertificateIsValid() {
        Authority.Issued first = OLD.issue("b", 1);
        Authority.Issued second = OLD.issue("b", 90);
        HttpPeerTransport b = server(first.trusting(OLD));
        assertThat(b.certificateExpires())
                .isEqualTo(first.certificate().getNotAfter().toInstant());
        b.renew(second.trusting(OLD));
        assertThat(b.certificateExpires())
                .isEqualTo(second.certificate().getNotAfter().toInstant());
    }

    @Test
    void doesNotTurnTlsOnOrOffWhileItRuns() {
        HttpPeerTransport plain = start("b", Map.of("a", NOWHERE, "b", NOWHERE), null, Peers.SECRET, answering);
        assertThatIllegalStateException()
                .isThrownBy(() -> plain.renew(OLD.issue("b", 1).trusting(OLD)))
                .withMessageContaining("needs a restart of all members");
        HttpPeerTransport b = server(OLD.issue("b", 1).trusting(OLD));
        assertThatIllegalStateException().isThrownBy(() -> b.renew(PeerTls.ofCalls(Authority.trusting(OLD))));
        assertThat(plain.certificateExpires()).isNull();
    }

    /** A port without TLS of its own, behind whatever ends the TLS of the others; here it is called directly. */
    @Test
    void usesATrustBundleForCallsOnly() throws Exception {
        PeerTls calls = PeerTls.ofCalls(Authority.trusting(OLD));
        HttpPeerTransport b = start("b", Map.of("a", NOWHERE, "b", NOWHERE), calls, Peers.SECRET, answering);
        HttpPeerTransport toPlain =
                start("a", Map.of("a", NOWHERE, "b", Peers.url(b.port())), calls, Peers.SECRET, (request, reply) -> {});
        answers(toPlain, 1);
        HttpPeerTransport encrypted = start(
                "b", Map.of("a", NOWHERE, "b", NOWHERE), OLD.issue("b", 1).trusting(OLD), Peers.SECRET, answering);
        HttpPeerTransport a =
                start("a", Map.of("a", NOWHERE, "b", url(encrypted)), calls, Peers.SECRET, (request, reply) -> {});
        answers(a, 1);
        a.renew(PeerTls.ofCalls(Authority.trusting(NEW)));
        assertThat(Peers.ask(a, heartbeat(2)).get())
                .asString()
                .contains("not trusted here")
                .contains("The truststore of election.peer.ssl.client-bundle must hold the certificate's issuer");
        assertThat(a.certificateExpires()).isNull();
    }

    // ------------------------------------------------------------------------------------------------ not renewed

    @Test
    void bothSidesSayThatACertificateHasExpired() throws Exception {
        Authority.Issued expired = OLD.issue("a", -2);
        String date = "expired on " + expired.certificate().getNotAfter().toInstant();
        ListAppender<ILoggingEvent> told = new ListAppender<>();
        told.start();
        Logger logger = (Logger) LoggerFactory.getLogger(PeerEndpoint.class);
        logger.addAppender(told);
        try {
            HttpPeerTransport b = server(OLD.issue("b", 1).trusting(OLD));
            HttpPeerTransport a = start("a", Map.of("a", NOWHERE, "b", url(b)), expired.trusting(OLD), TLS, answering);
            // The member that was restarted too late calls the others ...
            assertThat(Peers.ask(a, heartbeat(1)).get()).asString().endsWith("; this member's own certificate " + date);
            await().atMost(Duration.ofSeconds(50))
                    .untilAsserted(() -> assertThat(b.refused()).containsEntry("certificate", 1L));
            assertThat(told.list)
                    .extracting(ILoggingEvent::getFormattedMessage)
                    .contains(
                            "Member 'b' of cluster 'orders' refused a request from an unknown caller at 127.0.0.1: its"
                                    + " certificate " + date + " (CN=a) (1 such refusals since the start)");
            // ... and the others call it.
            HttpPeerTransport caller = start(
                    "b", Map.of("a", url(a), "b", NOWHERE), OLD.issue("b", 1).trusting(OLD), TLS, answering);
            assertThat(Peers.ask(caller, Messages.heartbeat(Peers.CLUSTER, "b", "a", 1))
                            .get())
                    .isEqualTo("TLS: its certificate " + date);
            assertThat(caller.identify(url(a)).get(50, TimeUnit.SECONDS))
                    .isEqualTo(new PeerIdentity.NotTrusted("TLS: its certificate " + date));
            // A renewal brings it back, without a restart.
            a.renew(OLD.issue("a", 90).trusting(OLD));
            answers(a, 2);
            Request heartbeat = Messages.heartbeat(Peers.CLUSTER, "b", "a", 2);
            assertThat(Peers.ask(caller, heartbeat).get()).isEqualTo(Messages.answer(heartbeat));
        } finally {
            logger.detachAppender(told);
        }
    }

    @Test
    void saysThatACertificateIsNotValidYet() throws Exception {
        Instant tomorrow = Instant.now().truncatedTo(ChronoUnit.SECONDS).plusSeconds(86_400);
        HttpPeerTransport b =
                server(OLD.issue("b", tomorrow, tomorrow.plusSeconds(86_400)).trusting(OLD));
        HttpPeerTransport a = client(OLD.issue("a", 1).trusting(OLD), b);
        assertThat(Peers.ask(a, heartbeat(1)).get())
                .isEqualTo("TLS: its certificate is not valid before " + tomorrow
                        + "; the clock of one of the two hosts may be wrong");
    }
}
