package io.election.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.EarlierTokens;
import io.election.FencingToken;
import io.election.LeaderChangedEvent;
import io.election.LeaderElectedEvent;
import io.election.StepDownEvent;
import io.election.core.ElectionSettings;
import io.election.core.Journal;
import io.election.core.Member;
import io.election.core.MemberKind;
import io.election.journal.FileJournal;
import io.election.journal.MemoryJournal;
import io.election.peer.PeerTransport;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tokens of members that are alone in their list, of which there may be more than one. */
class LoneFounderTests {

    private static final long SECOND = 1_800_000_000L;

    @TempDir
    Path directory;

    private static ElectionSettings settings(String... ids) {
        return new ElectionSettings(
                "orders",
                ids[0],
                List.of(ids).stream()
                        .map(id -> new Member(id, MemberKind.DATA, 0, false))
                        .toList(),
                Duration.ofSeconds(1),
                Duration.ofMillis(100),
                Duration.ofMillis(750),
                0.05,
                Duration.ofMillis(10),
                Duration.ofSeconds(5),
                false,
                64);
    }

    /** Founds a cluster of one at that time, and returns the token of its first term. */
    private static FencingToken foundAlone(Journal journal, long wallMillis) throws InterruptedException {
        return foundAlone(journal, wallMillis, null);
    }

    private static FencingToken foundAlone(Journal journal, long wallMillis, @Nullable EarlierTokens earlier)
            throws InterruptedException {
        NodeClock clock = new NodeClock() {
            @Override
            public long monotonicNanos() {
                return System.nanoTime();
            }

            @Override
            public long wallMillis() {
                return wallMillis;
            }
        };
        ElectionNode node = new ElectionNode(
                new NodeSettings(settings("local"), true, Map.of(), Map.of(), false),
                journal,
                new NoPeers(),
                clock,
                new NoListener(),
                List.of());
        if (earlier != null) {
            node.askBeforeFounding(earlier);
        }
        node.start();
        node.ready();
        try {
            assertThat(node.leadership().await(Duration.ofSeconds(90))).isTrue();
            return node.leadership().fencingToken();
        } finally {
            node.stop().toCompletableFuture().join();
        }
    }

    @Test
    void copiesFoundedInOneSecondHaveTokensThatRiseWithTheMillisecond() throws InterruptedException {
        List<Long> tokens = new ArrayList<>();
        for (int millisecond : new int[] {0, 1, 2, 500, 998, 999}) {
            tokens.add(
                    foundAlone(new MemoryJournal(), SECOND * 1000 + millisecond).value());
        }
        assertThat(tokens).doesNotHaveDuplicates().isSorted();
        assertThat(tokens)
                .allSatisfy(token -> assertThat(token / (1 << 20))
                        .as("of the second after, and exact in JSON")
                        .isEqualTo(SECOND + 1));
        assertThat(foundAlone(new MemoryJournal(), (SECOND + 1) * 1000).value())
                .isGreaterThan(tokens.get(tokens.size() - 1));
    }

    @Test
    void whoHasADirectoryGoesOnFromItsOwnTerm() throws Exception {
        long first;
        try (FileJournal journal = FileJournal.open(directory, "orders", "local")) {
            first = foundAlone(journal, SECOND * 1000 + 999).value();
        }
        try (FileJournal journal = FileJournal.open(directory, "orders", "local")) {
            assertThat(foundAlone(journal, (SECOND + 5) * 1000).value())
                    .as("the next term of the same founding")
                    .isEqualTo(first + 1);
        }
    }

    @Test
    void asksAFenceUntilItAnswersAndGivesTokensAboveThoseThatItHasSeen() throws Exception {
        FencingToken seen = FencingToken.of(SECOND + 1_000_000, 17);
        AtomicInteger asked = new AtomicInteger();
        EarlierTokens fence = () -> {
            if (asked.incrementAndGet() == 1) {
                throw new IOException("the database does not answer");
            }
            // What a generation cannot be above is no answer either.
            return Optional.of(asked.get() == 2 ? new FencingToken(Long.MAX_VALUE) : seen);
        };
        FencingToken first;
        try (FileJournal journal = FileJournal.open(directory, "orders", "local")) {
            first = foundAlone(journal, SECOND * 1000, fence);
        }
        assertThat(first).isGreaterThan(seen);
        assertThat(asked).hasValueGreaterThanOrEqualTo(3);
        try (FileJournal journal = FileJournal.open(directory, "orders", "local")) {
            assertThat(foundAlone(journal, (SECOND + 5) * 1000, () -> {
                        throw new IOException("who belongs to a cluster does not ask");
                    }))
                    .isGreaterThan(first);
        }
        assertThat(foundAlone(new MemoryJournal(), SECOND * 1000, Optional::empty))
                .isLessThan(seen);
    }

    private static final class NoPeers implements PeerTransport {

        @Override
        public void start(io.election.peer.PeerHandler handler) {}

        @Override
        public void members(Set<String> members) {}

        @Override
        public void send(io.election.core.Request request, io.election.peer.PeerCallback callback) {
            callback.failed("there are no peers");
        }

        @Override
        public void close() {}
    }

    private static final class NoListener implements LeadershipListener {

        @Override
        public void onLeaderElected(LeaderElectedEvent event) {}

        @Override
        public void onStepDown(StepDownEvent event) {}

        @Override
        public void onLeaderChanged(LeaderChangedEvent event) {}
    }
}
