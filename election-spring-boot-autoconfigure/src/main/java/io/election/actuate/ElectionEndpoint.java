package io.election.actuate;

import io.election.ClusterMembers;
import io.election.HandoverResult;
import io.election.Leadership;
import io.election.LeadershipState;
import io.election.node.NodeOperations;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;

/** Shows this member's election, and lets an operator move the leadership where the application allows writing. */
@Endpoint(id = "election", defaultAccess = Access.READ_ONLY)
public class ElectionEndpoint {

    static final String STEP_DOWN = "step-down";
    static final String TRANSFER = "transfer";
    static final String UNKNOWN_ACTION = "UNKNOWN_ACTION";

    /** What a handover may take beyond its timeout, for its answer to come back. */
    private static final Duration MARGIN = Duration.ofSeconds(2);

    private final Leadership leadership;
    private final ClusterMembers members;
    private final NodeOperations operations;
    private final Duration handoverTimeout;

    /**
     * Creates the endpoint.
     *
     * @param leadership passes the leadership on, and steps down
     * @param members changes who belongs to the cluster
     * @param operations shows the state
     * @param handoverTimeout how long an action is waited for
     */
    public ElectionEndpoint(
            Leadership leadership, ClusterMembers members, NodeOperations operations, Duration handoverTimeout) {
        this.leadership = leadership;
        this.members = members;
        this.operations = operations;
        this.handoverTimeout = handoverTimeout;
    }

    /**
     * The whole state.
     *
     * @return one consistent snapshot
     */
    @ReadOperation
    public ElectionDescriptor election() {
        return ElectionDescriptor.of(operations.status());
    }

    /**
     * Moves the leadership, and waits for the result for as long as a handover may take.
     *
     * @param action {@code step-down} or {@code transfer}
     * @param to with {@code transfer}, the member that is to lead; the one best prepared if {@code null}
     * @return what became of it
     */
    @WriteOperation
    public ActionDescriptor act(String action, @Nullable String to) {
        return switch (action) {
            case STEP_DOWN -> await(action, leadership.stepDown());
            case TRANSFER -> await(action, leadership.handOver(to == null || to.isBlank() ? null : to));
            default ->
                describe(
                        action,
                        UNKNOWN_ACTION,
                        "There is no such action. Use " + STEP_DOWN + ", or " + TRANSFER + " with or without 'to'.");
        };
    }

    ClusterMembers members() {
        return members;
    }

    MembersDescriptor membersInForce() {
        return MembersDescriptor.of(operations.status());
    }

    /** How long a change of the members is waited for: it may need a handover before it, and a leader that is not there yet. */
    Duration changeTimeout() {
        return handoverTimeout.multipliedBy(2).plus(MARGIN);
    }

    FollowerDescriptor following(long maxLag) {
        return FollowerDescriptor.of(operations.following(), leadership.isLeader(), maxLag);
    }

    LeadershipState state() {
        return leadership.state();
    }

    /** Waits, and turns the result into an answer. */
    private ActionDescriptor await(String action, CompletionStage<HandoverResult> ending) {
        try {
            HandoverResult result = ending.toCompletableFuture()
                    .get(handoverTimeout.plus(MARGIN).toNanos(), TimeUnit.NANOSECONDS);
            return new ActionDescriptor(
                    action, result.outcome().name(), result.leaderId(), result.term(), result.detail());
        } catch (TimeoutException ex) {
            return describe(action, HandoverResult.Outcome.TIMED_OUT.name(), "The handover has not ended in time.");
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            return describe(
                    action, HandoverResult.Outcome.TIMED_OUT.name(), "Waiting for the handover was interrupted.");
        } catch (ExecutionException ex) {
            throw new IllegalStateException("a handover never ends exceptionally", ex);
        }
    }

    private ActionDescriptor describe(String action, String outcome, String detail) {
        LeadershipState state = leadership.state();
        return new ActionDescriptor(action, outcome, state.leaderId(), state.term(), detail);
    }
}
