package io.election.cluster;

import io.election.LeaderElectedEvent;
import io.election.Leadership;
import io.election.StepDownEvent;
import io.election.node.ElectionNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.LockSupport;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;

/**
 * A member in a process of its own. It writes down, against the machine's monotonic clock, each change of what
 * {@code isLeader()} answers, the first answer after each pause of the process, each event, and from when on its vote counts.
 */
@Configuration(proxyBeanMethods = false)
@BareElection
class ProcessMember {

    /** Two readings further apart than this mean that the process stood still. */
    private static final long PAUSE_NANOS = 500_000_000L;

    private final Leadership leadership;
    private final ElectionNode node;
    private final Path record;

    ProcessMember(Leadership leadership, ElectionNode node, @Value("${record}") Path record) {
        this.leadership = leadership;
        this.node = node;
        this.record = record;
    }

    public static void main(String[] args) {
        SpringApplication.run(ProcessMember.class, args);
    }

    @EventListener
    void on(ApplicationReadyEvent event) {
        Thread watch = new Thread(this::watch, "watch");
        watch.setDaemon(true);
        watch.start();
    }

    @EventListener
    void on(LeaderElectedEvent event) {
        write("elected " + System.nanoTime() + " " + event.term());
    }

    @EventListener
    void on(StepDownEvent event) {
        write("stepped-down " + System.nanoTime() + " " + event.term() + " " + event.reason());
    }

    private void watch() {
        boolean before = false;
        boolean votes = false;
        long trueUntil = 0;
        long readAt = System.nanoTime();
        while (true) {
            long asked = System.nanoTime();
            boolean leader = leadership.isLeader();
            if (asked - readAt > PAUSE_NANOS) {
                write("woke " + asked + " " + leader);
            }
            readAt = asked;
            if (leader != before) {
                // True not before it was asked for, and until the last such answer was there. A pause may follow that
                // one.
                write((leader ? "true " : "false ") + (leader ? asked : trueUntil));
                before = leader;
            }
            if (leader) {
                trueUntil = System.nanoTime();
            }
            if (!votes && node.status().votingState().equals("voter")) {
                votes = true;
                write("votes " + asked);
            }
            LockSupport.parkNanos(200_000);
        }
    }

    private synchronized void write(String line) {
        try {
            Files.writeString(
                    record,
                    line + "\n",
                    StandardCharsets.US_ASCII,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
