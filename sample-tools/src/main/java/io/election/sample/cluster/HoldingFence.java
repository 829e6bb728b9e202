package io.election.sample.cluster;

import io.election.FencingToken;
import io.election.fencing.Fence;
import io.election.fencing.JdbcFence;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Primary;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * For demonstrations and tests only: wraps the real fence and, on request, holds the next transaction at a chosen point until it is
 * released. A pause can hit a process anywhere; this makes it hit where it matters.
 */
@RestController
@Primary
@ConditionalOnProperty("sample.hold")
class HoldingFence implements Fence {

    private static final Duration LIMIT = Duration.ofMinutes(2);

    private final JdbcFence fence;
    private final JdbcClient jdbc;
    private @Nullable Point next;
    private @Nullable Held held;

    HoldingFence(JdbcFence fence, JdbcClient jdbc) {
        this.fence = fence;
        this.jdbc = jdbc;
    }

    /** Where a transaction can be held. */
    enum Point {
        /** It has begun, and has read, but no lock is taken. */
        BEFORE_GUARD,
        /** The fence has let it pass, and its row is taken. */
        AFTER_GUARD,
        /** All is written, and nobody else sees it. */
        BEFORE_COMMIT
    }

    /**
     * A transaction that is held.
     *
     * @param at where
     * @param token under which it writes
     * @param lastLine the number of the last line that it sees
     */
    record Held(Point at, long token, long lastLine) {}

    @Override
    public void guard(String resource, FencingToken token) {
        pass(Point.BEFORE_GUARD, token);
        fence.guard(resource, token);
        pass(Point.AFTER_GUARD, token);
        TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
            @Override
            public void beforeCommit(boolean readOnly) {
                pass(Point.BEFORE_COMMIT, token);
            }
        });
    }

    private synchronized void pass(Point point, FencingToken token) {
        if (next != point) {
            return;
        }
        // Read also because some databases begin a transaction with its first statement, and not before.
        long lastLine = jdbc.sql("SELECT COALESCE(MAX(number), 0) FROM ledger")
                .query(Long.class)
                .single();
        next = null;
        held = new Held(point, token.value(), lastLine);
        long deadline = System.nanoTime() + LIMIT.toNanos();
        try {
            while (held != null) {
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    held = null;
                    throw new IllegalStateException("Held " + point + " for " + LIMIT.toSeconds() + " s.");
                }
                TimeUnit.NANOSECONDS.timedWait(this, left);
            }
        } catch (InterruptedException e) {
            held = null;
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while it was held " + point + ".", e);
        }
    }

    /** Holds the next transaction that comes there. */
    @PostMapping("/hold/{point}")
    synchronized void hold(@PathVariable Point point) {
        if (held == null) {
            next = point;
        }
    }

    /** The transaction that is held now, if one is. */
    @GetMapping("/hold")
    synchronized @Nullable Held held() {
        return held;
    }

    /** Releases the transaction that is held, and holds no other one. */
    @DeleteMapping("/hold")
    synchronized void letGo() {
        next = null;
        held = null;
        notifyAll();
    }
}
