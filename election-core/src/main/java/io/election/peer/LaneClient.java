package io.election.peer;

import io.election.core.LogKeys;
import java.net.http.HttpClient;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP client of one lane. An {@link HttpClient} has one thread that does all of its work. If an OutOfMemoryError ends
 * that, the client answers nothing any more and never gets another; so this gets another client.
 */
final class LaneClient {

    private static final Logger log = LoggerFactory.getLogger(LaneClient.class);

    private final PeerThreads names;
    private final String purpose;
    private final Supplier<HttpClient> factory;
    private HttpClient client;

    /** The client's own; {@code null} where it was not found, and is taken for alive. */
    private @Nullable Thread selector;

    /**
     * Builds the first client.
     *
     * @param names whose client it is
     * @param purpose what it is for
     */
    LaneClient(PeerThreads names, String purpose, Supplier<HttpClient> factory) {
        this.names = names;
        this.purpose = purpose;
        this.factory = factory;
        this.client = build();
    }

    /** The client to use now. */
    synchronized HttpClient get() {
        Thread working = selector;
        if (working != null && !working.isAlive()) {
            log.atError()
                    .addKeyValue(LogKeys.CLUSTER, names.cluster())
                    .addKeyValue(LogKeys.NODE, names.nodeId())
                    .addKeyValue(LogKeys.THREAD, working.getName())
                    .log(
                            "The thread {} that did the work of the HTTP client {} has died, most likely for lack of memory."
                                    + " Another client takes its place.",
                            working.getName(),
                            names.name(purpose));
            client = build();
        }
        return client;
    }

    private HttpClient build() {
        StartedThreads threads = new StartedThreads(names, purpose, false);
        HttpClient[] built = new HttpClient[1];
        threads.run(() -> built[0] = factory.get());
        selector = threads.started();
        return built[0];
    }

    /** Takes another client for what comes; what is under way goes on with the one before, whose connections end with it. */
    synchronized void renew() {
        HttpClient before = client;
        client = build();
        end(before, "shutdown");
    }

    /** JDK 21 and later can end a client; earlier ones end it, and its connections, when it is garbage. */
    synchronized void shutDown() {
        end(client, "shutdownNow");
    }

    private static void end(HttpClient ended, String how) {
        try {
            HttpClient.class.getMethod(how).invoke(ended);
        } catch (NoSuchMethodException ex) {
            return;
        } catch (ReflectiveOperationException ex) {
            throw new IllegalStateException("the HTTP client cannot be closed", ex);
        }
    }
}
