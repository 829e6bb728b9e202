package io.election.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.election.FencingToken;
import io.election.FreePorts;
import io.election.core.AutopilotSettings;
import io.election.journal.RecoverMember;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The members on either side of an offline recovery, over HTTP, with journals on disk, and the command as a process. */
class RecoveredMemberTests {

    private static final Duration LONG = Duration.ofMinutes(3);

    /** Learners get their votes soon, and nobody loses one. */
    private static final AutopilotSettings AUTOPILOT = new AutopilotSettings(3, Duration.ofMillis(300), null, 1, null);

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
                .autopilot(AUTOPILOT)
                .directory(directory.resolve(id));
        urls.forEach(builder::member);
        members.put(id, builder.start());
    }

    private ElectionMember leader() {
        await().atMost(LONG)
                .until(() -> members.values().stream()
                        .anyMatch(member -> member.leadership().isLeader()));
        return members.values().stream()
                .filter(member -> member.leadership().isLeader())
                .findFirst()
                .orElseGet(this::leader);
    }

    /** With nothing on its class path but this library. */
    private String recover(int expected, String... options) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                placeOf(RecoverMember.class) + System.getProperty("path.separator") + placeOf(FencingToken.class),
                RecoverMember.class.getName()));
        command.addAll(List.of(options));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
            assertThat(process.exitValue()).as(said).isEqualTo(expected);
            return said;
        } finally {
            process.destroyForcibly();
        }
    }

    private static Path placeOf(Class<?> type) throws Exception {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    }

    @Test
    void leadsWithoutTheMembersThatAreLostAndSaysThatItWasRecovered() throws Exception {
        for (String id : urls.keySet()) {
            start(id);
        }
        FencingToken token = leader().leadership().callWhileLeading(given -> given);
        await().atMost(LONG).until(() -> members.get("a").operations().status().clusterId() != null);
        String lost = members.get("a").operations().status().clusterId();

        String[] options = {
            "--directory=" + directory.resolve("a"), "--cluster=orders", "--member=a", "--entries-may-be-lost"
        };
        assertThat(recover(1, options)).contains("is in use by a running member");
        members.values().forEach(ElectionMember::close);
        members.clear();
        assertThat(recover(0, options)).contains("'a' is the only voter of cluster 'orders' now");

        start("a");
        ElectionMember recovered = leader();
        assertThat(recovered.leadership().<FencingToken, RuntimeException>callWhileLeading(given -> given))
                .isGreaterThan(token);
        NodeStatus status = recovered.operations().status();
        assertThat(status.clusterId()).isNotNull().isNotEqualTo(lost);
        assertThat(status.history())
                .filteredOn(entry -> entry.what().equals("recovered"))
                .singleElement()
                .satisfies(entry -> assertThat(entry.reason()).contains("recovered offline", lost));
    }

    @Test
    void theOthersJoinWithEmptyDirectoriesAndGetTheirVotes() throws Exception {
        for (String id : urls.keySet()) {
            start(id);
        }
        leader();
        await().atMost(LONG).until(() -> members.get("a").operations().status().clusterId() != null);
        members.values().forEach(ElectionMember::close);
        members.clear();
        recover(0, "--directory=" + directory.resolve("a"), "--cluster=orders", "--member=a", "--entries-may-be-lost");
        start("a");
        ElectionMember recovered = leader();
        String clusterId = recovered.operations().status().clusterId();

        for (String id : List.of("b", "c")) {
            Files.move(directory.resolve(id), directory.resolve(id + "-away"));
            start(id);
        }

        await().atMost(LONG)
                .until(() -> recovered.operations().status().quorum().voters() == 3);
        assertThat(recovered.leadership().isLeader()).isTrue();
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(members.values())
                        .extracting(member -> member.operations().status().clusterId())
                        .containsOnly(clusterId));
        // The cluster survives its recovered member, too.
        recovered.close();
        members.remove("a");
        leader();
    }
}
