package io.election.node;

import io.election.core.Bytes;
import io.election.core.Header;
import io.election.core.LogPosition;
import io.election.core.Request;
import io.election.core.Response;
import io.election.core.StateImage;
import io.election.core.StateImages;
import java.io.IOException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Answers other members that fetch an image of this member's state, on a thread of its own that comes and goes: neither the election nor a
 * thread of the transport waits for the disk. An image that was read lately stays open, because opening it verifies all of it.
 */
final class ImageServer {

    private static final int MOST_WAITING = 16;
    private static final long IDLE_SECONDS = 30;

    private final StateImages images;
    private final String cluster;
    private final String nodeId;
    private final String incarnation;
    private final Predicate<@Nullable String> mayFetch;
    private final ThreadPoolExecutor thread;

    /** What the thread keeps open. */
    private @Nullable Open open;

    private record Open(LogPosition last, StateImage image, StateImages.Reading reading) {}

    /**
     * Starts nothing.
     *
     * @param name the thread's name
     * @param mayFetch whether a member that names such a cluster id belongs here
     */
    ImageServer(
            String name,
            StateImages images,
            String cluster,
            String nodeId,
            String incarnation,
            Predicate<@Nullable String> mayFetch) {
        this.images = images;
        this.cluster = cluster;
        this.nodeId = nodeId;
        this.incarnation = incarnation;
        this.mayFetch = mayFetch;
        this.thread = new ThreadPoolExecutor(
                1, 1, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(MOST_WAITING), work -> {
                    Thread created = new Thread(work, name);
                    created.setDaemon(true);
                    return created;
                });
        thread.allowCoreThreadTimeOut(true);
    }

    /** Answers, soon and on another thread. A peer whose question is not taken asks again. */
    void answer(Request.FetchImage request, Consumer<Response> reply) {
        ExecutorService reads = thread;
        reads.execute(() -> reply.accept(new Response.FetchImage(answerTo(request.header()), piece(request))));
    }

    private @Nullable Bytes piece(Request.FetchImage request) {
        if (!mayFetch.test(request.header().clusterId())) {
            return null;
        }
        try {
            StateImages.Reading reading = opened(request.last(), request.image());
            return reading == null ? null : Bytes.of(reading.read(request.offset(), request.most()));
        } catch (IOException unreadable) {
            close();
            return null;
        }
    }

    private StateImages.@Nullable Reading opened(LogPosition last, StateImage image) throws IOException {
        Open known = open;
        if (known != null && known.last().equals(last) && known.image().equals(image)) {
            return known.reading();
        }
        close();
        StateImages.Reading reading = images.open(last, image);
        open = reading == null ? null : new Open(last, image, reading);
        return reading;
    }

    private void close() {
        Open known = open;
        open = null;
        if (known != null) {
            try {
                known.reading().close();
            } catch (IOException ignored) {
                // It was only read.
                return;
            }
        }
    }

    private Header answerTo(Header asked) {
        return new Header(
                Header.PROTOCOL,
                cluster,
                asked.clusterId(),
                nodeId,
                incarnation,
                false,
                asked.from(),
                asked.fromIncarnation(),
                asked.requestId());
    }

    void stop() {
        try {
            thread.execute(this::close);
        } catch (RejectedExecutionException full) {
            // What is open is closed with the process.
            thread.shutdownNow();
        }
        thread.shutdown();
    }
}
