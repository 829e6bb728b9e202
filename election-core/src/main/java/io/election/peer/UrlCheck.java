package io.election.peer;

import io.election.peer.SignedHttp.Received;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLException;

/** Asks who answers at a url, on threads of its own. */
final class UrlCheck {

    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final byte[] NO_BODY = {};

    private final PeerSettings settings;
    private final MessageCodec codec;
    private final String process;
    private final Wire wire;
    private final ThreadPoolExecutor threads;
    private final AtomicLong calls = new AtomicLong();
    private final Set<Question> questions = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /**
     * Makes the check.
     *
     * @param threads ended with it
     */
    UrlCheck(PeerSettings settings, MessageCodec codec, String process, Wire wire, ThreadPoolExecutor threads) {
        this.settings = settings;
        this.codec = codec;
        this.process = process;
        this.wire = wire;
        this.threads = threads;
    }

    /** One that is under way. */
    private record Question(
            CompletableFuture<PeerIdentity> identity, PeerConnection connection, long deadlineNanos, String tooLate) {}

    /** Asks; completes within a bounded time, never exceptionally. */
    CompletableFuture<PeerIdentity> identify(URI url) {
        CompletableFuture<PeerIdentity> identity = new CompletableFuture<>();
        Duration patience = PeerSettings.longer(settings.electionTimeout(), PATIENCE);
        try {
            Question question = new Question(
                    identity,
                    new PeerConnection(new Connecting(
                            wire.lookup(), settings.electionTimeout().toNanos())),
                    System.nanoTime() + patience.toNanos(),
                    "no answer within " + patience);
            questions.add(question);
            identity.whenComplete((answer, failure) -> end(question));
            threads.execute(() -> identity.complete(ask(url, question)));
        } catch (RejectedExecutionException ex) {
            identity.complete(new PeerIdentity.Nobody(closed ? "closed" : "too many are being asked already"));
        }
        return identity;
    }

    /** Ends those whose time is up and whose threads wait for something that does not end. */
    void lookAfter(long nowNanos) {
        for (Question question : questions) {
            if (nowNanos - question.deadlineNanos() > 0) {
                question.identity().complete(new PeerIdentity.Nobody(question.tooLate()));
            }
        }
    }

    private void end(Question question) {
        question.connection().close();
        questions.remove(question);
    }

    private PeerIdentity ask(URI url, Question question) {
        long deadlineNanos = question.deadlineNanos();
        String path = PeerEndpoint.WHO_AM_I;
        try {
            String callPrefix = Call.prefix(wire.cluster().now(), settings.nodeId(), "", wire.life());
            CallText call = new CallText(callPrefix, "", calls.incrementAndGet());
            URI uri = wire.http().below(url, path);
            HttpConnection open = question.connection().get(uri, wire.tls().now(), deadlineNanos);
            Received received = wire.http()
                    .exchange(
                            open,
                            SignedHttp.start("GET", uri, "", false),
                            path,
                            call,
                            NO_BODY,
                            wire.http().digest(NO_BODY),
                            deadlineNanos);
            if (!received.isGood()) {
                return new PeerIdentity.SomethingElse(received.describe());
            }
            MessageCodec.WhoAmI self = codec.readWhoAmI(received.body());
            if (settings.authentication() instanceof PeerAuthentication.TlsIdentity
                    && !CertificateNames.name(received.certificate(), self.nodeId())) {
                return new PeerIdentity.SomethingElse("its certificate does not name '" + self.nodeId() + "'");
            }
            return self.process().equals(process) ? new PeerIdentity.Self() : another(self);
        } catch (BadMessageException ex) {
            return new PeerIdentity.SomethingElse("its answer is not a member's");
        } catch (SSLException ex) {
            String why = wire.http().describe(ex, url);
            return FailedCall.isUntrusted(ex) || FailedCall.isOutOfDate(ex)
                    ? new PeerIdentity.NotTrusted(why)
                    : new PeerIdentity.SomethingElse(why);
        } catch (SocketTimeoutException ex) {
            return new PeerIdentity.Nobody(question.tooLate());
        } catch (IOException ex) {
            return new PeerIdentity.Nobody(wire.http().describe(ex, url));
        }
    }

    private PeerIdentity another(MessageCodec.WhoAmI self) {
        String ours = settings.cluster();
        if (self.cluster().equals(wire.cluster().now())) {
            return new PeerIdentity.AnotherMember(ours, self.nodeId());
        }
        // It starts, and takes no calls of this cluster before it knows.
        return self.cluster().equals(ours)
                ? new PeerIdentity.Nobody("it does not know yet under which name it is found")
                : new PeerIdentity.AnotherMember(self.cluster(), self.nodeId());
    }

    void close() {
        closed = true;
        threads.shutdownNow();
        questions.forEach(question -> question.connection().close());
    }
}
