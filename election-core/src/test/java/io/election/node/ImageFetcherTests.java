package io.election.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.election.core.Bytes;
import io.election.core.Effect;
import io.election.core.Header;
import io.election.core.Input;
import io.election.core.LogPosition;
import io.election.core.Request;
import io.election.core.Response;
import io.election.core.StateImage;
import io.election.core.StateImages;
import io.election.journal.MemoryJournal;
import io.election.peer.PeerCallback;
import io.election.peer.PeerHandler;
import io.election.peer.PeerTransport;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** An image that is fetched piece after piece, from a member that does what a test says. */
class ImageFetcherTests {

    private static final Duration LONG = Duration.ofMinutes(1);
    private static final LogPosition LAST = new LogPosition(3, 41);
    private static final int PIECE = Request.FetchImage.MOST_BYTES;

    private final StateImages there = MemoryJournal.newAtEachStart().images();
    private final StateImages here = MemoryJournal.newAtEachStart().images();
    private final List<Input.ImageFetched> told = new CopyOnWriteArrayList<>();
    private final List<String> trouble = new CopyOnWriteArrayList<>();
    private final List<Request.FetchImage> asked = new CopyOnWriteArrayList<>();
    private final Paused pace = new Paused(PIECE);
    private volatile Function<Request.FetchImage, @Nullable Bytes> sender = request -> piece(there, request);
    private @Nullable ImageFetcher fetcher;

    /** A clock that only rests move. */
    private static final class Paused extends Pace {

        private volatile long now;

        Paused(long bytesPerSecond) {
            super(bytesPerSecond);
        }

        @Override
        long nanos() {
            return now;
        }

        @Override
        void rest(long nanos) {
            now += nanos;
        }
    }

    /** Answers on the thread that asks. An answer that is {@code null} is a call that failed. */
    private final class Answering implements PeerTransport {

        @Override
        public void start(PeerHandler handler) {}

        @Override
        public void members(Set<String> members) {}

        @Override
        public void send(Request request, PeerCallback callback) {
            Request.FetchImage fetch = (Request.FetchImage) request;
            asked.add(fetch);
            Bytes piece = sender.apply(fetch);
            if (piece == null) {
                callback.failed("no answer");
                return;
            }
            Header header = fetch.header();
            callback.answered(new Response.FetchImage(
                    new Header(
                            Header.PROTOCOL,
                            header.cluster(),
                            header.clusterId(),
                            header.to(),
                            "b-1",
                            true,
                            header.from(),
                            header.fromIncarnation(),
                            header.requestId()),
                    piece));
        }

        @Override
        public void close() {}
    }

    private static @Nullable Bytes piece(StateImages from, Request.FetchImage request) {
        try (StateImages.Reading reading = from.open(request.last(), request.image())) {
            return reading == null ? null : Bytes.of(reading.read(request.offset(), request.most()));
        } catch (IOException broken) {
            return null;
        }
    }

    private static StateImage written(StateImages into, long seed, int length) throws IOException {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        try (StateImages.Writing writing = into.write(LAST)) {
            writing.out().write(bytes);
            return writing.finish(List.of("store/1"));
        }
    }

    private ImageFetcher fetcher(StateImages into) {
        ImageFetcher created = new ImageFetcher(
                "test-fetch",
                "orders",
                "a",
                "a-1",
                () -> "c-1",
                into,
                new Answering(),
                input -> told.add((Input.ImageFetched) input),
                pace,
                Duration.ofMillis(1),
                trouble::add);
        fetcher = created;
        return created;
    }

    @AfterEach
    void end() throws InterruptedException {
        if (fetcher != null) {
            fetcher.giveUp();
            assertThat(fetcher.awaitEnd(LONG)).isTrue();
        }
    }

    private void awaitComplete() {
        await().atMost(LONG).until(() -> told.stream().anyMatch(Input.ImageFetched::complete));
    }

    private void isHere(StateImage image) throws IOException {
        try (StateImages.Reading reading = here.open(LAST, image)) {
            assertThat(reading).isNotNull();
            reading.verify();
        }
    }

    private List<Long> offsets() {
        return asked.stream().map(Request.FetchImage::offset).toList();
    }

    @Test
    void comesInPiecesAndTellsOfEach() throws Exception {
        StateImage image = written(there, 1, 2 * PIECE + 100);
        fetcher(here).fetch(new Effect.FetchImage("b", LAST, image));
        awaitComplete();
        assertThat(offsets()).containsExactly(0L, (long) PIECE, 2L * PIECE);
        assertThat(told)
                .extracting(Input.ImageFetched::received)
                .containsExactly((long) PIECE, 2L * PIECE, image.length(), image.length());
        isHere(image);
    }

    @Test
    void takesNoMoreBytesInASecondThanItMay() throws Exception {
        StateImage image = written(there, 1, 5 * PIECE);
        fetcher(here).fetch(new Effect.FetchImage("b", LAST, image));
        awaitComplete();
        assertThat(pace.nanos()).isEqualTo(Duration.ofSeconds(5).toNanos());
    }

    @Test
    void goesOnAfterABreakWhereItWas() throws Exception {
        StateImage image = written(there, 1, 3 * PIECE);
        sender = request -> request.offset() >= PIECE && asked.size() < 6 ? null : piece(there, request);
        fetcher(here).fetch(new Effect.FetchImage("b", LAST, image));
        awaitComplete();
        assertThat(offsets()).startsWith(0L, (long) PIECE, (long) PIECE).endsWith((long) PIECE, 2L * PIECE);
        isHere(image);
    }

    @Test
    void goesOnAfterARestartWhereItWas() throws Exception {
        StateImage image = written(there, 1, 3 * PIECE);
        sender = request -> request.offset() > 0 ? null : piece(there, request);
        ImageFetcher first = fetcher(here);
        first.fetch(new Effect.FetchImage("b", LAST, image));
        await().atMost(LONG).until(() -> asked.size() > 3);
        first.giveUp();
        assertThat(first.awaitEnd(LONG)).isTrue();
        asked.clear();
        sender = request -> piece(there, request);
        fetcher(here).fetch(new Effect.FetchImage("b", LAST, image));
        awaitComplete();
        assertThat(offsets()).containsExactly((long) PIECE, 2L * PIECE);
        isHere(image);
    }

    /** Two members may have written other bytes for the same entry, and one of them another image. */
    @Test
    void isResumedOnlyWithinOneSnapshotOfOneSender() throws Exception {
        StateImage image = written(there, 1, 3 * PIECE);
        sender = request -> request.header().to().equals("b") && request.offset() > 0 ? null : piece(there, request);
        ImageFetcher one = fetcher(here);
        one.fetch(new Effect.FetchImage("b", LAST, image));
        await().atMost(LONG).until(() -> asked.size() > 3);
        one.fetch(new Effect.FetchImage("c", LAST, image));
        awaitComplete();
        assertThat(asked.stream()
                        .filter(request -> request.header().to().equals("c"))
                        .map(Request.FetchImage::offset))
                .containsExactly(0L, (long) PIECE, 2L * PIECE);
        isHere(image);
    }

    @Test
    void whatHasAnotherChecksumIsFetchedAnewAndSaidOnce() throws Exception {
        StateImage image = written(there, 1, 2 * PIECE);
        sender = request -> {
            Bytes sound = piece(there, request);
            if (asked.size() > 6 || sound == null) {
                return sound;
            }
            byte[] bytes = sound.toArray();
            bytes[bytes.length / 2] ^= 1;
            return Bytes.of(bytes);
        };
        fetcher(here).fetch(new Effect.FetchImage("b", LAST, image));
        awaitComplete();
        assertThat(trouble).singleElement().asString().contains("'b'").contains("another checksum");
        isHere(image);
    }

    /** A sender that answers with nothing, or with more than it was asked for. */
    @Test
    void piecesThatHelpNobodyAreNotTaken() throws Exception {
        StateImage image = written(there, 1, PIECE);
        sender = request -> asked.size() < 3
                ? Bytes.of(new byte[0])
                : asked.size() < 6 ? Bytes.of(new byte[2 * PIECE]) : piece(there, request);
        fetcher(here).fetch(new Effect.FetchImage("b", LAST, image));
        awaitComplete();
        assertThat(told.stream().allMatch(fetched -> fetched.received() == PIECE))
                .isTrue();
        isHere(image);
    }

    @Test
    void aFullDiskIsSaidOnceAndTheImageIsThereOnceThereIsRoom() throws Exception {
        StateImage image = written(there, 1, 3 * PIECE);
        Full full = new Full(here);
        fetcher(full).fetch(new Effect.FetchImage("b", LAST, image));
        await().atMost(LONG).until(() -> full.refused > 3);
        assertThat(trouble).singleElement().asString().contains("No space left");
        full.isFull = false;
        awaitComplete();
        isHere(image);
    }

    @Test
    void whatIsNotNeededIsAskedForNoMore() throws Exception {
        StateImage image = written(there, 1, PIECE);
        sender = request -> null;
        ImageFetcher one = fetcher(here);
        one.fetch(new Effect.FetchImage("b", LAST, image));
        await().atMost(LONG).until(() -> !asked.isEmpty());
        one.giveUp();
        assertThat(one.awaitEnd(LONG)).isTrue();
        assertThat(told).isEmpty();
    }

    /** Takes the first piece, and no other one while it is full. */
    private static final class Full implements StateImages {

        private final StateImages sound;
        private volatile boolean isFull = true;
        private volatile int refused;

        Full(StateImages sound) {
            this.sound = sound;
        }

        @Override
        public Writing write(LogPosition last) throws IOException {
            return sound.write(last);
        }

        @Override
        public Receiving receive(LogPosition last, StateImage image, String from) throws IOException {
            Receiving receiving = sound.receive(last, image, from);
            return new Receiving() {
                @Override
                public long position() {
                    return receiving.position();
                }

                @Override
                public void write(byte[] piece) throws IOException {
                    if (isFull && receiving.position() > 0) {
                        refused++;
                        throw new IOException("No space left on device");
                    }
                    receiving.write(piece);
                }

                @Override
                public boolean finish() throws IOException {
                    return receiving.finish();
                }

                @Override
                public void close() throws IOException {
                    receiving.close();
                }
            };
        }

        @Override
        public @Nullable Reading open(LogPosition last, StateImage image) throws IOException {
            return sound.open(last, image);
        }

        @Override
        public void retain(Set<LogPosition> keep) throws IOException {
            sound.retain(keep);
        }
    }
}
