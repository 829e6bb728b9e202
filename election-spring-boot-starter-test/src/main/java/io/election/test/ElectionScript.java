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

/** Brings what a test says to the member of one context, across its stops and starts. */
final class ElectionScript implements ElectionFactory {

    private static final Logger logger = LoggerFactory.getLogger(ElectionScript.class);

    /** Tokens rise from one context to the next, and back: a database that checks them may outlive them all. */
    private static final AtomicLong lastTerm = new AtomicLong();

    private static final long GENERATION = Instant.now().getEpochSecond();

    private volatile @Nullable ScriptedElection current;

    ElectionScript() {
        logger.info("The leadership of this context is in the hands of its tests: no election is held, and no member is"
                + " contacted. @AutoConfigureTestLeadership(replace = false) or election.test.replace=false make it take part"
                + " in the election.");
    }

    @Override
    public ElectionMachine create(ElectionSettings settings, Journal journal, ClockReading lockedAt) {
        ScriptedElection before = current;
        ScriptedElection created =
                new ScriptedElection(settings, GENERATION, lastTerm, before == null ? 0 : before.term());
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

    /** Completed once the member has heard that the application is ready, so that the leadership can be granted. */
    CompletableFuture<Void> readiness() {
        ScriptedElection election = current;
        return election == null ? new CompletableFuture<>() : election.readiness();
    }
}
