package io.election.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.election.FreePorts;
import io.election.Leadership;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/** A leader whose heap is full for some seconds, repeated because it is another allocation that fails each time. */
@Timeout(value = 300, unit = TimeUnit.SECONDS)
@Tag("cluster")
class StarvedMemberTests {

    private static final Duration PATIENCE = Duration.ofSeconds(120);
    private static final List<String> IDS = List.of("starved", "b", "c");

    @TempDir
    Path directory;

    private final Map<String, Integer> ports = new TreeMap<>();
    private final List<ConfigurableApplicationContext> others = new ArrayList<>();
    private @Nullable Process process;

    @SpringBootConfiguration(proxyBeanMethods = false)
    @BareElection
    static class Other {}

    @BeforeEach
    void start() throws IOException {
        for (String id : IDS) {
            ports.put(id, FreePorts.next());
        }
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path"),
                StarvingMember.class.getName(),
                "--record=" + directory.resolve("record")));
        command.addAll(settings("starved"));
        process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile())
                .start();
        for (String id : List.of("b", "c")) {
            others.add(new SpringApplicationBuilder(Other.class)
                    .web(WebApplicationType.NONE)
                    .run(settings(id).toArray(String[]::new)));
        }
    }

    private List<String> settings(String id) {
        List<String> settings = new ArrayList<>(List.of(
                "--spring.main.web-application-type=none",
                "--spring.main.keep-alive=true",
                "--spring.main.banner-mode=off",
                "--spring.main.register-shutdown-hook=false",
                "--spring.jmx.enabled=false",
                "--spring.application.name=starved-test",
                "--election.node-id=" + id,
                "--election.peer.port=" + ports.get(id),
                "--election.peer.secret=" + TestCluster.SECRET,
                "--election.storage.directory=" + directory.resolve("data")));
        for (String member : IDS) {
            String prefix = "--election.members[" + IDS.indexOf(member) + "].";
            settings.add(prefix + "id=" + member);
            settings.add(prefix + "url=http://127.0.0.1:" + ports.get(member));
            settings.add(prefix + "initial-leader=" + member.equals("starved"));
            settings.add(prefix + "priority=" + (member.equals("starved") ? 10 : 0));
        }
        return settings;
    }

    @AfterEach
    void stop() throws InterruptedException {
        others.forEach(ConfigurableApplicationContext::close);
        if (process != null) {
            process.destroyForcibly().waitFor();
        }
    }

    @Test
    @Tag("thorough")
    void listenersOfALeaderThatRanOutOfMemoryHearOfItsEnd() throws IOException {
        runsOutOfMemoryAndHearsOfItsEnd();
    }

    /** Memory runs out at another place in each run. */
    @RepeatedTest(4)
    @Tag("thorough")
    void listenersHearOfTheEndWhereverMemoryRanOut() throws IOException {
        runsOutOfMemoryAndHearsOfItsEnd();
    }

    private void runsOutOfMemoryAndHearsOfItsEnd() throws IOException {
        await().atMost(PATIENCE).until(this::wasElected);
        // Written once there is memory again.
        await().atMost(PATIENCE).until(() -> record().stream().anyMatch(line -> line.startsWith("leads")));

        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(leadsOn() || toldOfEachEnd())
                        .as("%s%n%s", record(), Files.readString(directory.resolve("log")))
                        .isTrue());
        await().atMost(PATIENCE)
                .until(() -> leadsOn()
                        || others.stream()
                                .map(other -> other.getBean(Leadership.class))
                                .anyMatch(Leadership::isLeader));
    }

    /** What every member can do by itself is elect the starved one; who was elected instead hands over. */
    private boolean wasElected() {
        others.stream()
                .map(other -> other.getBean(Leadership.class))
                .filter(Leadership::isLeader)
                .forEach(leadership -> leadership.handOver("starved"));
        return record().stream().anyMatch(line -> line.startsWith("elected"));
    }

    private boolean leadsOn() {
        List<String> answers =
                record().stream().filter(line -> line.startsWith("leads")).toList();
        List<String> events = events();
        return answers.get(answers.size() - 1).equals("leads true")
                && events.get(events.size() - 1).startsWith("elected");
    }

    /** Elected and stepped down in pairs of one term each; a listener that ran out of memory itself may be told again. */
    private boolean toldOfEachEnd() {
        List<String> begun = terms("elected");
        return terms("stepped-down").containsAll(begun);
    }

    private List<String> terms(String kind) {
        return events().stream()
                .filter(line -> line.startsWith(kind))
                .map(line -> line.split(" ")[1])
                .toList();
    }

    private List<String> events() {
        return record().stream().filter(line -> !line.startsWith("leads")).toList();
    }

    private List<String> record() {
        Path file = directory.resolve("record");
        try {
            if (!Files.exists(file)) {
                return List.of();
            }
            String text = Files.readString(file, StandardCharsets.US_ASCII);
            return text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
