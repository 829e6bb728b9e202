package io.election.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.election.FreePorts;
import io.election.ReplicatedValue;
import io.election.WriteResult;
import io.election.Writers;
import io.election.core.FoundingSettings;
import io.election.core.Journal;
import io.election.journal.FileJournal;
import io.election.peer.HttpPeerTransport;
import io.election.peer.PeerAuthentication;
import io.election.peer.PeerSettings;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A member that was away while the others folded their logs: it gets an image of their state over HTTP, in pieces. */
class ImagesOverHttpTests {

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final List<String> IDS = List.of("a", "b", "c");

    @TempDir
    private Path directory;

    private final Map<String, URI> urls = new TreeMap<>();
    private final Map<String, MemoryMember> members = new TreeMap<>();

    @AfterEach
    void closeAll() throws Exception {
        for (MemoryMember member : members.values()) {
            member.close();
            member.journal().close();
        }
    }

    private void start(String id) throws Exception {
        Journal journal = FileJournal.open(directory.resolve(id), "orders", id);
        HttpPeerTransport transport = new HttpPeerTransport(new PeerSettings(
                "orders",
                id,
                urls,
                "/election",
                MemoryMember.TIMEOUT,
                new PeerAuthentication.SharedSecret("a secret of the test", List.of()),
                new PeerSettings.ServerSettings(
                        InetAddress.getLoopbackAddress(), urls.get(id).getPort()),
                null));
        members.put(
                id,
                MemoryMember.start(
                        MemoryMember.election(id, IDS, Duration.ofSeconds(30), FoundingSettings.ON_DISK),
                        MemoryMember.ofStore(20),
                        null,
                        PATIENCE,
                        journal,
                        transport,
                        urls.entrySet().stream()
                                .collect(Collectors.toMap(
                                        Map.Entry::getKey,
                                        entry -> entry.getValue().toString()))));
    }

    private void stop(String id) throws Exception {
        MemoryMember member = members.remove(id);
        member.close();
        member.journal().close();
    }

    private MemoryMember leader() {
        await().atMost(PATIENCE)
                .until(() -> members.values().stream()
                        .anyMatch(member -> member.leadership().isLeader()));
        return members.values().stream()
                .filter(member -> member.leadership().isLeader())
                .findFirst()
                .orElseGet(this::leader);
    }

    private static <T> T ended(CompletionStage<T> stage) {
        return stage.toCompletableFuture()
                .orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                .join();
    }

    private static ReplicatedValue<byte[]> value(MemoryMember on, int number) {
        return on.store().value("value-" + number, byte[].class, Writers.ANY_MEMBER);
    }

    /** So large that it takes several pieces, and random, so that none of them is like another one. */
    private static byte[] content(int number) {
        byte[] content = new byte[50_000];
        new Random(number).nextBytes(content);
        return content;
    }

    @Test
    void whoWasAwayIsBroughtUpByAnImageAndGoesOnWithEntries() throws Exception {
        for (String id : IDS) {
            urls.put(id, URI.create("http://127.0.0.1:" + FreePorts.next()));
        }
        for (String id : IDS) {
            start(id);
        }
        MemoryMember leader = leader();
        String away =
                IDS.stream().filter(id -> members.get(id) != leader).findFirst().orElseThrow();
        assertThat(ended(value(leader, 0).set(content(0))).wasApplied()).isTrue();
        stop(away);

        List<CompletionStage<WriteResult<Long>>> writes = new ArrayList<>();
        for (int i = 1; i < 40; i++) {
            writes.add(value(leader(), i).set(content(i)));
        }
        writes.forEach(write -> assertThat(ended(write).wasApplied()).isTrue());
        MemoryMember leads = leader();
        await().atMost(PATIENCE)
                .until(() -> leads.journal().state().snapshot().image() != null
                        && leads.journal().state().snapshot().last().index() > 20);
        // What the member lacks is in no log any more.
        long folded = leads.journal().state().snapshot().last().index();
        assertThat(leads.journal().state().snapshot().image().length()).isGreaterThan(3L << 18);

        start(away);
        MemoryMember back = members.get(away);
        for (int i = 0; i < 40; i++) {
            assertThat(ended(value(back, i).read(PATIENCE)).value()).isEqualTo(content(i));
        }
        assertThat(back.journal().state().snapshot().last().index()).isGreaterThanOrEqualTo(folded);
        long version = ended(value(back, 99).set(content(99))).orElseThrow();
        assertThat(ended(value(back, 99).get(version, PATIENCE)).value()).isEqualTo(content(99));
    }
}
