package io.election.autoconfigure;

import io.election.ClusterMembers;
import io.election.Leadership;
import io.election.node.NodeOperations;
import java.util.concurrent.CompletionStage;

/** What the context starts and stops: a node, or what stands in for one where no election is held. */
interface ElectionRuntime {

    /** One object for the life of the context. */
    Leadership leadership();

    /** Who belongs to the cluster; one object for the life of the context. */
    ClusterMembers members();

    /** What operators see and do; one object for the life of the context. */
    NodeOperations operations();

    /** May be called again after a stop. */
    void start();

    /** The application is ready: events may come. */
    void ready();

    /**
     * The application takes long to become ready. Says so to people, until it is.
     *
     * @param holding what it is doing, without a full stop
     */
    void notReady(String holding);

    /**
     * Has something done on the thread of the events, after those that have come; at once on that thread itself.
     *
     * @return {@code false} if no events come, so that it is not done
     */
    boolean inOrder(Runnable task);

    /** Completes, never exceptionally and within the handover timeout, when all events are delivered. */
    CompletionStage<Void> stop();

    boolean isRunning();
}
