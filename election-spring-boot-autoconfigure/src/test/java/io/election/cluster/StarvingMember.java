package io.election.cluster;

import io.election.LeaderElectedEvent;
import io.election.Leadership;
import io.election.StepDownEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;

/**
 * A member in a process of its own with a small heap, which it fills to the last byte for some seconds once it leads. It writes
 * down its events, and afterwards what {@code isLeader()} answers.
 */
@Configuration(proxyBeanMethods = false)
@BareElection
class StarvingMember {

    private static final Duration STARVES_FOR = Duration.ofSeconds(6);

    private final Leadership leadership;
    private final Path record;

    StarvingMember(Leadership leadership, @Value("${record}") Path record) {
        this.leadership = leadership;
        this.record = record;
    }

    public static void main(String[] args) {
        SpringApplication.run(StarvingMember.class, args);
    }

    @EventListener
    void on(LeaderElectedEvent event) {
        write("elected " + event.term());
        Thread starve = new Thread(this::starve, "starve");
        starve.setDaemon(true);
        starve.start();
    }

    @EventListener
    void on(StepDownEvent event) {
        write("stepped-down " + event.term() + " " + event.reason());
    }

    private void starve() {
        fill();
        while (!tellWhetherItLeads()) {
            LockSupport.parkNanos(100_000_000L);
        }
        boolean before = leadership.isLeader();
        while (true) {
            boolean now = leadership.isLeader();
            if (now != before && tellWhetherItLeads()) {
                before = now;
            }
            LockSupport.parkNanos(10_000_000L);
        }
    }

    /** Fills the heap, with as little as one object of a few bytes at the end, and takes at once what others leave. */
    private void fill() {
        Link hoard = null;
        int size = 1 << 20;
        boolean full = false;
        long end = 0;
        while (!full || System.nanoTime() - end < 0) {
            try {
                hoard = new Link(hoard, new byte[size]);
            } catch (OutOfMemoryError none) {
                full = size == 0;
                size = size / 32;
                end = end == 0 ? System.nanoTime() + STARVES_FOR.toNanos() : end;
            }
        }
        if (hoard == null) {
            throw new IllegalStateException("nothing was taken");
        }
    }

    /** Needs no room but its own. */
    private record Link(@Nullable Link next, byte[] taken) {}

    private boolean tellWhetherItLeads() {
        try {
            write("leads " + leadership.isLeader());
            return true;
        } catch (OutOfMemoryError notYet) {
            return false;
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
