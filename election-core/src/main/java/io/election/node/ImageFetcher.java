package io.election.node;

import io.election.core.Bytes;
import io.election.core.Effect;
import io.election.core.Header;
import io.election.core.Input;
import io.election.core.Request;
import io.election.core.Response;
import io.election.core.StateImage;
import io.election.core.StateImages;
import io.election.memory.MemoryRun;
import io.election.peer.PeerCallback;
import io.election.peer.PeerTransport;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Fetches an image from another member, piece after piece, on a thread that ends with it. A break is resumed where it was, also after a
 * restart, as long as it is the same image of the same member. It takes no more bytes in a second than it may.
 */
final class ImageFetcher implements MemoryRun.Fetcher {

    private final String name;
    private final String cluster;
    private final String nodeId;
    private final String incarnation;
    private final Supplier<@Nullable String> clusterId;
    private final StateImages images;
    private final PeerTransport transport;
    private final Consumer<Input> inputs;
    private final long bytesPerSecond;
    private final Duration again;

    // Guarded by this object's monitor.
    private @Nullable Fetch underWay;
    private long requestId;

    /**
     * Starts nothing.
     *
     * @param name the thread's name
     * @param clusterId the cluster that this member belongs to
     * @param bytesPerSecond how much it takes at most
     * @param again after what time it asks again
     */
    ImageFetcher(
            String name,
            String cluster,
            String nodeId,
            String incarnation,
            Supplier<@Nullable String> clusterId,
            StateImages images,
            PeerTransport transport,
            Consumer<Input> inputs,
            long bytesPerSecond,
            Duration again) {
        this.name = name;
        this.cluster = cluster;
        this.nodeId = nodeId;
        this.incarnation = incarnation;
        this.clusterId = clusterId;
        this.images = images;
        this.transport = transport;
        this.inputs = inputs;
        this.bytesPerSecond = bytesPerSecond;
        this.again = again;
    }

    @Override
    public synchronized void fetch(Effect.FetchImage wanted) {
        Fetch before = underWay;
        Fetch next = new Fetch(wanted, before);
        underWay = next;
        if (before != null) {
            before.giveUp();
        }
        next.start();
    }

    @Override
    public synchronized void stop() {
        Fetch before = underWay;
        underWay = null;
        if (before != null) {
            before.giveUp();
        }
    }

    private synchronized long nextRequest() {
        return ++requestId;
    }

    /** One image that is being fetched. */
    private final class Fetch implements Runnable {

        private final Effect.FetchImage wanted;
        private final @Nullable Fetch before;
        private final Thread thread = new Thread(this, name);
        private volatile boolean givenUp;

        Fetch(Effect.FetchImage wanted, @Nullable Fetch before) {
            this.wanted = wanted;
            this.before = before;
            thread.setDaemon(true);
        }

        void start() {
            thread.start();
        }

        void giveUp() {
            givenUp = true;
            thread.interrupt();
        }

        @Override
        public void run() {
            try {
                if (before != null) {
                    // Two must not write to one place.
                    before.thread.join();
                }
                while (!givenUp && !isComplete()) {
                    Thread.sleep(again.toMillis());
                }
            } catch (InterruptedException replaced) {
                // Another one takes its place, or the member stops.
                givenUp = true;
            }
        }

        /** Fetches what is missing. Returns whether all of it is here, or cannot be had from there any more. */
        private boolean isComplete() throws InterruptedException {
            StateImage image = wanted.image();
            try (StateImages.Receiving receiving = images.receive(wanted.last(), image, wanted.from())) {
                long begun = System.nanoTime();
                long from = receiving.position();
                while (receiving.position() < image.length()) {
                    Bytes piece = ask(receiving.position());
                    if (givenUp || piece == null) {
                        return false;
                    }
                    receiving.write(piece.toArray());
                    inputs.accept(new Input.ImageFetched(wanted.last(), image, receiving.position(), false));
                    rest(begun, receiving.position() - from);
                }
                if (receiving.finish()) {
                    inputs.accept(new Input.ImageFetched(wanted.last(), image, image.length(), true));
                    return true;
                }
            } catch (IOException broken) {
                // A full disk, or a piece that does not fit: what is here is kept, or fetched anew.
                return false;
            }
            return false;
        }

        private void rest(long begunNanos, long bytes) throws InterruptedException {
            long dueNanos = (long) (1e9 * bytes / bytesPerSecond) - (System.nanoTime() - begunNanos);
            if (dueNanos > 1_000_000) {
                Thread.sleep(dueNanos / 1_000_000);
            }
        }

        private @Nullable Bytes ask(long offset) throws InterruptedException {
            Request request = new Request.FetchImage(
                    new Header(
                            Header.PROTOCOL,
                            cluster,
                            clusterId.get(),
                            nodeId,
                            incarnation,
                            false,
                            wanted.from(),
                            null,
                            nextRequest()),
                    wanted.last(),
                    wanted.image(),
                    offset,
                    Request.FetchImage.MOST_BYTES);
            CompletableFuture<@Nullable Bytes> piece = new CompletableFuture<>();
            transport.send(request, new PeerCallback() {
                @Override
                public void answered(Response response) {
                    piece.complete(response instanceof Response.FetchImage fetched ? fetched.piece() : null);
                }

                @Override
                public void failed(String detail) {
                    piece.complete(null);
                }
            });
            try {
                return piece.get();
            } catch (ExecutionException impossible) {
                throw new IllegalStateException("an answer never fails", impossible);
            }
        }
    }
}
