package io.election.test;

import io.election.FencingToken;
import io.election.HandoverResult;
import io.election.LeaderElectedEvent;
import io.election.LeaderWork;
import io.election.Leadership;
import io.election.LeadershipLostException;
import io.election.LeadershipState;
import io.election.NotLeaderException;
import io.election.StepDownEvent;
import io.election.StepDownReason;
import io.election.node.ElectionNode;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The leadership of the application under test, in the hands of its test: the application injects it as its
 * {@link Leadership}, the test by this type.
 *
 * <p>Only who leads is decided by the test. The rest is what runs in production: {@link LeaderElectedEvent} and
 * {@link StepDownEvent} come in pairs, in order, on the events' thread; work is counted, and learns of a loss at its end;
 * {@code @LeaderOnly}, {@code LeaderBound}, endpoint, health and meters see who leads, and in which term. There are no votes
 * and no heartbeats. Terms and fencing tokens rise with every grant in any context of this JVM: do not expect the first term to be 1.
 *
 * <p>The methods added here return when the listeners of the change have returned. A listener that calls one does not wait for
 * itself. They wait for at most a minute, and then throw {@link IllegalStateException}. A grant also throws it while the application is
 * not ready yet, and every change while the application is stopped. Tests that run at the same time in one context share its
 * leadership.
 */
public final class TestLeadership implements Leadership {

    private static final Duration LONGEST = Duration.ofMinutes(1);

    private final ElectionNode node;
    private final ElectionScript script;
    private final Leadership leadership;

    TestLeadership(ElectionNode node, ElectionScript script) {
        this.node = node;
        this.script = script;
        this.leadership = node.leadership();
    }

    // ------------------------------------------------------------------------------------------------ the test's hands

    /**
     * Elects this member, in a new term. If it leads already, that leadership ends first, as if by a higher term. May be called
     * inside work, which keeps the token of its own term and has lost its leadership then.
     *
     * @return the token of the new term
     * @throws NotLeaderException if that leadership has ended again meanwhile
     */
    public FencingToken grant() {
        change(ScriptedElection::grant);
        // The member's, not that of the work that may be running on this thread.
        Long token = node.status().fencingToken();
        if (token == null) {
            throw new NotLeaderException(node.status().nodeId(), node.status().leaderId());
        }
        return new FencingToken(token);
    }

    /**
     * Elects another member, in a new term. If this member leads, its leadership ends first, as if by a higher term.
     *
     * @param memberId one of {@code election.members} that may lead; any other than this one's where none are listed. Its url
     *     is what the list says
     * @throws IllegalArgumentException if no such member is listed
     */
    public void grantTo(String memberId) {
        change(election -> election.grantTo(memberId));
    }

    /** Ends this member's leadership as if its lease had run out: {@code revoke(StepDownReason.LEASE_LOST)}. */
    public void revoke() {
        revoke(StepDownReason.LEASE_LOST);
    }

    /**
     * Ends this member's leadership; nobody leads then. Does nothing if it does not lead.
     *
     * <p>{@code REQUESTED}, {@code HANDED_OVER} and {@code SHUTDOWN} end it in good order: work in flight is alone until it ends,
     * for at most {@code election.handover.timeout}, which this method does not wait for. With every other reason work in flight
     * throws {@link LeadershipLostException} at its end. Only the reason is simulated: after {@code STORAGE_FAILED} the health is not
     * down, and the leadership can be granted again.
     *
     * @param reason what {@link StepDownEvent} says
     */
    public void revoke(StepDownReason reason) {
        change(election -> election.revoke(reason));
    }

    /** As it is before each test method: nobody leads, or this member does, elected just now. */
    void reset(boolean leading) {
        if (node.isRunning() && awaitReadiness()) {
            change(ScriptedElection::clear);
            // The first asks for an end in good order, this one for an end.
            change(ScriptedElection::clear);
            if (leading) {
                grant();
            }
        }
    }

    private void change(Consumer<ScriptedElection> change) {
        // What is asked for behind it comes after the word that the application is ready.
        awaitReadiness();
        perform(change);
        awaitListeners();
        // What the listeners' end leads to, such as that no leader is known any longer, is told too.
        perform(election -> {});
        awaitListeners();
    }

    private void perform(Consumer<ScriptedElection> change) {
        if (!node.isRunning()) {
            throw new IllegalStateException(
                    "The application is not running. Change its leadership between its start and its stop.");
        }
        CompletableFuture<Void> done = script.submit(change);
        node.wake();
        await(done, "The leadership was not changed");
    }

    /** If the application is ready, waits until the member's loop has heard of it; whether it is. */
    private boolean awaitReadiness() {
        if (!node.isReady()) {
            return false;
        }
        await(script.readiness(), "The member has not heard that the application is ready");
        return true;
    }

    private static void await(CompletableFuture<Void> done, String otherwise) {
        try {
            done.get(LONGEST.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException refused) {
                throw refused;
            }
            throw new IllegalStateException(e.getCause());
        } catch (TimeoutException e) {
            throw new IllegalStateException(otherwise + " within " + LONGEST.toSeconds() + " s.", e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private void awaitListeners() {
        if (!awaitReadiness()) {
            // Events come once the application is ready; nothing of this test's doing waits among them.
            return;
        }
        try {
            if (!node.awaitEvents(LONGEST)) {
                throw new IllegalStateException("The listeners of the leadership's events have not returned within "
                        + LONGEST.toSeconds() + " s. The log shows where they are.");
            }
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static IllegalStateException interrupted(InterruptedException interrupt) {
        Thread.currentThread().interrupt();
        return new IllegalStateException("Interrupted while waiting for the listeners of the leadership", interrupt);
    }

    // --------------------------------------------------------------------------------------------- the application's

    @Override
    public boolean isLeader() {
        return leadership.isLeader();
    }

    @Override
    public LeadershipState state() {
        return leadership.state();
    }

    @Override
    public FencingToken fencingToken() {
        return leadership.fencingToken();
    }

    @Override
    public @Nullable LeaderWork currentWork() {
        return leadership.currentWork();
    }

    @Override
    public LeaderWork beginWork() {
        return leadership.beginWork();
    }

    /** {@inheritDoc} Here a quorum agrees for as long as this member leads. */
    @Override
    public boolean confirm(Duration timeout) {
        return leadership.confirm(timeout);
    }

    @Override
    public boolean await(Duration timeout) throws InterruptedException {
        return leadership.await(timeout);
    }

    /**
     * {@inheritDoc} Here the successor, one of {@code election.members} that may lead, always takes it as soon as the listeners
     * and the work in flight are done; where no other is listed, there is no successor.
     */
    @Override
    public CompletionStage<HandoverResult> handOver(@Nullable String to) {
        return leadership.handOver(to);
    }

    /** {@inheritDoc} Here it is not elected again until the test grants it. */
    @Override
    public CompletionStage<HandoverResult> stepDown() {
        return leadership.stepDown();
    }

    @Override
    public void assertLeader() {
        leadership.assertLeader();
    }
}
