package io.election.peer;

import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/** Makes daemon platform threads whose names say whose they are. */
final class PeerThreads {

    private final String owner;

    PeerThreads(String cluster, String nodeId) {
        owner = "election-" + cluster + "-" + nodeId + "-";
    }

    String name(String purpose) {
        return owner + purpose;
    }

    ThreadFactory named(String purpose) {
        AtomicInteger number = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, owner + purpose + "-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }
}
