package io.election.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.election.FreePorts;
import io.election.journal.CopiedJournalException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A directory that is restored from a backup, among members that have seen more of it. */
class OlderCopyTests {

    private static final Duration LONG = Duration.ofMinutes(3);

    @TempDir
    private Path directory;

    private final Map<String, URI> urls = new TreeMap<>();
    private final Map<String, ElectionMember> members = new TreeMap<>();

    @BeforeEach
    void choosePorts() throws IOException {
        for (String id : List.of("a", "b", "c")) {
            urls.put(id, URI.create("http://127.0.0.1:" + FreePorts.next()));
        }
    }

    @AfterEach
    void closeAll() {
        members.values().forEach(ElectionMember::close);
    }

    private void start(String id) throws IOException {
        ElectionMember.Builder builder = ElectionMember.builder("orders", id)
                .port(InetAddress.getLoopbackAddress(), urls.get(id).getPort())
                .secret("a secret of the test")
                // Twice the default, for a busy machine.
                .timing(Duration.ofSeconds(2), Duration.ofMillis(100), Duration.ofMillis(1500))
                .rehearsal(false)
                .directory(directory.resolve(id));
        urls.forEach(builder::member);
        members.put(id, builder.start());
    }

    private void close(String id) {
        members.remove(id).close();
    }

    private NodeStatus status(String id) {
        return members.get(id).operations().status();
    }

    /** Until a member has been told by another what that one is. */
    private void awaitAnswer(String asker, String asked) {
        await().atMost(LONG)
                .until(() -> status(asker).members().stream()
                        .anyMatch(member -> member.id().equals(asked) && member.ready() != null));
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, to.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    @Test
    void aMemberWithARestoredDirectoryStopsTakingPartAndIsNotStartedWithItAgain() throws Exception {
        for (String id : urls.keySet()) {
            start(id);
        }
        await().atMost(LONG).until(() -> status("b").leaderId() != null);
        close("b");
        copy(directory.resolve("b"), directory.resolve("backup"));
        start("b");
        close("b");
        start("b");
        // It asks everybody as soon as it starts.
        close("a");
        start("a");
        awaitAnswer("a", "b");
        close("b");
        // Over what is there, the later segments would show it.
        Files.move(directory.resolve("b"), directory.resolve("original"));
        copy(directory.resolve("backup"), directory.resolve("b"));

        start("b");

        await().atMost(LONG).until(() -> status("b").storageFailure() != null);
        assertThat(status("b").storageFailure()).contains("is an older copy of this memory", "has seen edition");
        await().atMost(LONG)
                .until(() -> status("b").history().stream()
                        .anyMatch(entry -> entry.what().equals("directory-copied")));
        assertThat(members.get("b").leadership().isLeader()).isFalse();
        close("b");
        assertThatThrownBy(() -> start("b")).isInstanceOf(CopiedJournalException.class);

        Files.move(directory.resolve("b"), directory.resolve("away"));
        start("b");
        await().atMost(LONG).until(() -> status("b").leaderId() != null);
        assertThat(status("b").storageFailure()).isNull();
    }
}
