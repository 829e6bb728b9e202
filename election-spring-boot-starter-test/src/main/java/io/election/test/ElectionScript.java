package io.election.test;

import io.election.core.ClockReading;
import io.election.core.ElectionMachine;
import io.election.core.ElectionSettings;
import io.election.core.Journal;
import io.election.core.ProposalCheck;
import io.election.node.ElectionFactory;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Passes a test's commands to the member of one context, across its stops and starts. */
final class ElectionScript implements ElectionFactory {

    private static final Logger logger = LoggerFactory.getLogger(ElectionScript.class);

    /** Shared by all contexts, so that tokens rise across them: a database that checks tokens may outlive a context. */
    private static final AtomicLong lastTerm = new AtomicLong();

    private static final long GENERATION = Instant.now().getEpochSecond();

    private volatile @Nullable ScriptedElection current;

    ElectionScript() {
        logger.info("The tests of this context control its leadership: no election is held, and no member is contacted."
                + " To take part in the real election, use @AutoConfigureTestLeadership(replace = false) or"
                + " election.test.replace=false.");
    }

    @Override
    public ElectionMachine create(ElectionSettings settings, Journal journal, ClockReading lockedAt) {
        return create(settings, journal, lockedAt, ProposalCheck.NONE);
    }

    @Override
    public ElectionMachine create(
            ElectionSettings settings, Journal journal, ClockReading lockedAt, ProposalCheck check) {
        ScriptedElection before = current;
        ScriptedElection created =
                new ScriptedElection(settings, GENERATION, lastTerm, before == null ? 0 : before.term(), check);
        current = created;
        return created;
    }

    /** Completed once the member has carried out the change, except for its listeners. */
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
