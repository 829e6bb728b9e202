package io.election.peer;

import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Makes daemon platform threads whose names say whose they are. They take over no thread-local values of the thread that happens to
 * make one, which may be an application's.
 */
final class PeerThreads {

    private final String cluster;
    private final String nodeId;
    private final String owner;

    PeerThreads(String cluster, String nodeId) {
        this.cluster = cluster;
        this.nodeId = nodeId;
        owner = "election-" + cluster + "-" + nodeId + "-";
    }

    String cluster() {
        return cluster;
    }

    String nodeId() {
        return nodeId;
    }

    String name(String purpose) {
        return owner + purpose;
    }

    ThreadFactory named(String purpose) {
        AtomicInteger number = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(null, task, owner + purpose + "-" + number.incrementAndGet(), 0, false);
            thread.setDaemon(true);
            return thread;
        };
    }
}
