package io.election.autoconfigure;

import io.election.ClusterMembers;
import io.election.Leadership;
import io.election.node.ElectionNode;
import io.election.node.NodeOperations;
import java.util.concurrent.CompletionStage;

/** A member that takes part in an election. */
final class NodeRuntime implements ElectionRuntime {

    private final ElectionNode node;

    NodeRuntime(ElectionNode node) {
        this.node = node;
    }

    @Override
    public Leadership leadership() {
        return node.leadership();
    }

    @Override
    public ClusterMembers members() {
        return node.members();
    }

    @Override
    public NodeOperations operations() {
        return node;
    }

    @Override
    public void start() {
        node.start();
    }

    @Override
    public void ready() {
        node.ready();
    }

    @Override
    public void notReady(String holding) {
        node.notReady(holding, Readiness.ADVICE);
    }

    @Override
    public boolean inOrder(Runnable task) {
        return node.inOrder(task);
    }

    @Override
    public CompletionStage<Void> stop() {
        return node.stop();
    }

    @Override
    public boolean isRunning() {
        return node.isRunning();
    }
}
