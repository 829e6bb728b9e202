package io.election.machine;

/** A durable state machine holds the state of another founding of the cluster, whose entries were other ones. */
public final class ForeignStateException extends IllegalStateException {

    private static final long serialVersionUID = 1L;

    ForeignStateException(long generation, long ofCluster) {
        super("The state machine has durably applied entries of a cluster with generation " + generation
                + ", but this cluster has generation " + ofCluster
                + ". Nothing was changed. If the old state is not needed any more, empty it and start again.");
    }
}
