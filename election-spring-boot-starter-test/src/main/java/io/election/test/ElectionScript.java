package io.election.test;

import io.election.core.ClockReading;
import io.election.core.ElectionMachine;
import io.election.core.ElectionSettings;
import io.election.core.Journal;
import io.election.node.ElectionFactory;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a test says to the member of one context, from one start of the member to the next. */
final class ElectionScript implements ElectionFactory {

    private static final Logger logger = LoggerFactory.getLogger(ElectionScript.class);

    /** Tokens rise from one context to the next: a database may outlive the first of them. */
    private static final AtomicLong lastGeneration = new AtomicLong();

    private final long generation =
            lastGeneration.updateAndGet(last -> Math.max(last + 1, Instant.now().getEpochSecond()));
    private final AtomicLong lastTerm = new AtomicLong();
    private volatile @Nullable ScriptedElection current;

    ElectionScript() {
        logger.info("The leadership of this context is in the hands of its tests: no election is held, and no member is"
                + " contacted. @AutoConfigureTestLeadership(replace = false) or election.test.replace=false make it take part"
                + " in the election.");
    }

    @Override
    public ElectionMachine create(ElectionSettings settings, Journal journal, ClockReading lockedAt) {
        ScriptedElection created = new ScriptedElection(settings, generation, lastTerm);
        current = created;
        return created;
    }

    /** Completed once the member has done what the change leads to, but for what its listeners do. */
    CompletableFuture<Void> submit(Consumer<ScriptedElection> change) {
        ScriptedElection election = current;
        return election == null
                ? CompletableFuture.failedFuture(new IllegalStateException("The application has not started yet."))
                : election.submit(change);
    }

    /** Whether the application is ready, so that the leadership can be granted. */
    boolean isReady() {
        ScriptedElection election = current;
        return election != null && election.isReady();
    }
}
