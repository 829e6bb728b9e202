package io.election.peer;

import io.election.peer.SignedHttp.Received;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLException;

/** Asks who answers at a url, on threads of its own. */
final class UrlCheck {

    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final PeerSettings settings;
    private final MessageCodec codec;
    private final String process;
    private final Wire wire;
    private final ThreadPoolExecutor threads;
    private final String callPrefix;
    private final AtomicLong calls = new AtomicLong();
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
        callPrefix = Call.prefix(settings.cluster(), settings.nodeId(), "", wire.life());
    }

    /** Asks; completes within a bounded time, never exceptionally. */
    CompletableFuture<PeerIdentity> identify(URI url) {
        CompletableFuture<PeerIdentity> identity = new CompletableFuture<>();
        Duration patience = PeerSettings.longer(settings.electionTimeout(), PATIENCE);
        try {
            Future<?> asking = threads.submit(() -> identity.complete(ask(url)));
            Future<?> limit = wire.after(patience, () -> {
                identity.complete(new PeerIdentity.Nobody("no answer within " + patience));
                asking.cancel(true);
            });
            identity.whenComplete((answer, failure) -> limit.cancel(false));
        } catch (RejectedExecutionException ex) {
            identity.complete(new PeerIdentity.Nobody(closed ? "closed" : "too many are being asked already"));
        }
        return identity;
    }

    private PeerIdentity ask(URI url) {
        String path = PeerEndpoint.WHO_AM_I;
        try {
            String call = Call.text(callPrefix, "", calls.incrementAndGet());
            HttpClient client = wire.client(MessageKind.Lane.DISK);
            Received received = wire.http().get(client, wire.http().below(url, path), path, call);
            if (!received.isGood()) {
                return new PeerIdentity.SomethingElse(received.describe());
            }
            MessageCodec.WhoAmI self = codec.readWhoAmI(received.body());
            if (settings.authentication() instanceof PeerAuthentication.TlsIdentity
                    && !CertificateNames.name(received.certificate(), self.nodeId())) {
                return new PeerIdentity.SomethingElse("its certificate does not name '" + self.nodeId() + "'");
            }
            return self.process().equals(process)
                    ? new PeerIdentity.Self()
                    : new PeerIdentity.AnotherMember(self.cluster(), self.nodeId());
        } catch (BadMessageException ex) {
            return new PeerIdentity.SomethingElse("its answer is not a member's");
        } catch (SSLException ex) {
            String why = wire.http().describe(ex, url);
            return FailedCall.isUntrusted(ex) ? new PeerIdentity.NotTrusted(why) : new PeerIdentity.SomethingElse(why);
        } catch (IOException ex) {
            return new PeerIdentity.Nobody(wire.http().describe(ex, url));
        } catch (InterruptedException ex) {
            return new PeerIdentity.Nobody("interrupted");
        }
    }

    void close() {
        closed = true;
        threads.shutdownNow();
    }
}
