package io.election.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.election.FreePorts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A member without a web server, in a process of its own. */
@Timeout(value = 240, unit = TimeUnit.SECONDS)
class PeerServerKeepAliveTests {

    private static final Duration PATIENCE = Duration.ofSeconds(120);

    @TempDir
    Path directory;

    private @Nullable Process process;

    private Process start(String... more) throws IOException {
        int own = FreePorts.next();
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx128m",
                "-cp",
                System.getProperty("java.class.path"),
                QuietMember.class.getName(),
                "--spring.main.web-application-type=none",
                "--spring.main.banner-mode=off",
                "--spring.application.name=quiet-test",
                "--election.node-id=a",
                "--election.peer.port=" + own,
                "--election.peer.secret=a-secret-for-tests-only-0123456789",
                "--election.storage.directory=" + directory.resolve("data"),
                "--election.members=a=http://127.0.0.1:" + own + ",b=http://127.0.0.1:" + FreePorts.next()));
        command.addAll(List.of(more));
        Process started = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log().toFile())
                .start();
        process = started;
        return started;
    }

    private Path log() {
        return directory.resolve("log");
    }

    private void awaitReady() {
        await().atMost(PATIENCE).until(() -> Files.readString(log()).contains("main has returned"));
    }

    @AfterEach
    void kill() throws InterruptedException {
        if (process != null) {
            process.destroyForcibly().waitFor();
        }
    }

    @Test
    void outlivesItsMainThreadAndEndsWithItsContext() throws Exception {
        Process member = start();
        awaitReady();
        // What ends with its main thread ends at once.
        assertThat(member.waitFor(3, TimeUnit.SECONDS))
                .as(Files.readString(log()))
                .isFalse();

        member.getOutputStream().close();

        assertThat(member.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(member.exitValue()).as(Files.readString(log())).isZero();
        assertThat(Files.readString(log())).contains("has stopped");
    }

    @Test
    @EnabledOnOs(value = OS.LINUX, disabledReason = "needs signals")
    void endsWhenItIsToldToTerminate() throws Exception {
        Process member = start();
        awaitReady();

        member.destroy();

        assertThat(member.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(member.exitValue()).isEqualTo(128 + 15);
        assertThat(Files.readString(log())).contains("has stopped");
    }

    @Test
    void endsWithItsMainThreadIfItIsNotToBeKeptAlive() throws Exception {
        Process member = start("--spring.main.keep-alive=false");

        assertThat(member.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(member.exitValue()).as(Files.readString(log())).isZero();
        assertThat(Files.readString(log())).contains("main has returned");
    }

    @Test
    void hasNoThreadWhereItIsNotWanted() {
        PeerServerKeepAlive keepAlive = new PeerServerKeepAlive(false);
        keepAlive.start();
        assertThat(keepAlive.isRunning()).isFalse();
    }

    @Test
    void itsThreadEndsAlsoWithAContextThatNeverStarted() {
        PeerServerKeepAlive keepAlive = new PeerServerKeepAlive(true);
        keepAlive.start();
        assertThat(keepAlive.isRunning()).isTrue();
        keepAlive.destroy();
        assertThat(keepAlive.isRunning()).isFalse();
        await().atMost(PATIENCE)
                .until(() -> Thread.getAllStackTraces().keySet().stream()
                        .noneMatch(thread -> thread.getName().equals("election-keep-alive")));
    }
}
