package io.election.core.simulator;

import io.election.history.ValueCheck;
import io.election.history.ValueOperation;
import java.util.ArrayList;
import java.util.List;

/** What the clients of the store did and saw, to be judged by nothing else. */
final class StoreHistory {

    private static final int MOST_CONFIGURATIONS = 100_000;

    private final VirtualCluster cluster;
    private final List<ValueOperation> operations = new ArrayList<>();

    StoreHistory(VirtualCluster cluster) {
        this.cluster = cluster;
    }

    void add(ValueOperation operation) {
        operations.add(operation);
    }

    /** Judges all so far, and begins anew: the memory of all is gone, or the run is over. */
    void judge() {
        ValueCheck.Result result = ValueCheck.check(operations, MOST_CONFIGURATIONS);
        cluster.coverage().storeOperations += operations.size();
        cluster.coverage().undecidedValues += result.undecided().size();
        operations.clear();
        if (!result.violations().isEmpty()) {
            throw new Violation(
                    "what clients see of the store is linearizable",
                    result.violations().get(0).toString());
        }
    }
}
