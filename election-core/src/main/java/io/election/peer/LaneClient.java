package io.election.peer;

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

    private final String name;
    private final Supplier<HttpClient> factory;
    private HttpClient client;

    /** The client's own; {@code null} where it was not found, and is taken for alive. */
    private @Nullable Thread selector;

    /**
     * Builds the first client.
     *
     * @param name whose client it is, and what for
     */
    LaneClient(String name, Supplier<HttpClient> factory) {
        this.name = name;
        this.factory = factory;
        this.client = build();
    }

    /** The client to use now. */
    synchronized HttpClient get() {
        Thread working = selector;
        if (working != null && !working.isAlive()) {
            log.error(
                    "The thread {} that did the work of the HTTP client {} has died, most likely for lack of memory;"
                            + " another client takes its place.",
                    working.getName(),
                    name);
            client = build();
        }
        return client;
    }

    private HttpClient build() {
        StartedThreads threads = new StartedThreads(name, false);
        HttpClient[] built = new HttpClient[1];
        threads.run(() -> built[0] = factory.get());
        selector = threads.started();
        return built[0];
    }

    /** JDK 21 and later can end a client; earlier ones end it, and its connections, when it is garbage. */
    synchronized void shutDown() {
        try {
            HttpClient.class.getMethod("shutdownNow").invoke(client);
        } catch (NoSuchMethodException ex) {
            return;
        } catch (ReflectiveOperationException ex) {
            throw new IllegalStateException("the HTTP client cannot be closed", ex);
        }
    }
}
