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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
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
    private final Pace pace;
    private final Duration again;
    private final Consumer<String> trouble;

    // Guarded by this object's monitor.
    private @Nullable Fetch underWay;
    private long requestId;

    /**
     * Starts nothing.
     *
     * @param name the thread's name
     * @param clusterId the cluster that this member belongs to
     * @param pace says how much it takes at most
     * @param again after what time it asks again
     * @param trouble is told, once for each image, why it cannot be had here: a clause
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
            Pace pace,
            Duration again,
            Consumer<String> trouble) {
        this.name = name;
        this.cluster = cluster;
        this.nodeId = nodeId;
        this.incarnation = incarnation;
        this.clusterId = clusterId;
        this.images = images;
        this.transport = transport;
        this.inputs = inputs;
        this.pace = pace;
        this.again = again;
        this.trouble = trouble;
    }

    @Override
    public synchronized void fetch(Effect.FetchImage wanted) {
        Fetch before = underWay;
        Fetch next = new Fetch(wanted, before);
        underWay = next;
        if (before != null) {
            before.end();
        }
        next.start();
    }

    @Override
    public synchronized void giveUp() {
        Fetch before = underWay;
        if (before != null) {
            before.end();
        }
    }

    @Override
    public boolean awaitEnd(Duration atMost) throws InterruptedException {
        Fetch last;
        synchronized (this) {
            last = underWay;
        }
        return last == null || last.awaitEnd(atMost);
    }

    private synchronized long nextRequest() {
        return ++requestId;
    }

    /** One image that is being fetched. */
    private final class Fetch implements Runnable {

        private final Effect.FetchImage wanted;
        private @Nullable Fetch before;
        private boolean told;
        private final Thread thread = new Thread(this, name);
        /** Completed when it is given up. */
        private final CompletableFuture<@Nullable Bytes> givenUp = new CompletableFuture<>();

        Fetch(Effect.FetchImage wanted, @Nullable Fetch before) {
            this.wanted = wanted;
            this.before = before;
            thread.setDaemon(true);
        }

        void start() {
            thread.start();
        }

        /** Not by an interrupt, which would close the file under it. */
        void end() {
            givenUp.complete(null);
        }

        boolean awaitEnd(Duration atMost) throws InterruptedException {
            thread.join(Math.max(1, atMost.toMillis()));
            return !thread.isAlive();
        }

        @Override
        public void run() {
            try {
                if (before != null) {
                    // Two must not write to one place.
                    before.thread.join();
                    before = null;
                }
                while (!givenUp.isDone() && !isComplete()) {
                    awaitNextAttempt();
                }
            } catch (InterruptedException torn) {
                // Nobody does that. What is here is kept.
                givenUp.complete(null);
            }
        }

        private void awaitNextAttempt() throws InterruptedException {
            try {
                givenUp.get(again.toNanos(), TimeUnit.NANOSECONDS);
            } catch (TimeoutException due) {
                // The next attempt.
            } catch (ExecutionException impossible) {
                throw new IllegalStateException("it never fails", impossible);
            }
        }

        /** Fetches what is missing. Returns whether all of it is here. */
        private boolean isComplete() throws InterruptedException {
            StateImage image = wanted.image();
            try (StateImages.Receiving receiving = images.receive(wanted.last(), image, wanted.from())) {
                pace.begin();
                while (receiving.position() < image.length()) {
                    Bytes piece = ask(receiving.position());
                    if (givenUp.isDone() || piece == null || piece.length() == 0) {
                        return false;
                    }
                    receiving.write(piece.toArray());
                    inputs.accept(new Input.ImageFetched(wanted.last(), image, receiving.position(), false));
                    pace.took(piece.length());
                }
                if (receiving.finish()) {
                    inputs.accept(new Input.ImageFetched(wanted.last(), image, image.length(), true));
                    return true;
                }
                say("what came from '" + wanted.from() + "' has another checksum than it said");
            } catch (IOException broken) {
                // A full disk, or a piece that does not fit.
                say(String.valueOf(broken));
            }
            return false;
        }

        private void say(String why) {
            if (!told) {
                told = true;
                trouble.accept(why);
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
                return piece.applyToEither(givenUp, either -> either).get();
            } catch (ExecutionException impossible) {
                throw new IllegalStateException("an answer never fails", impossible);
            }
        }
    }
}
