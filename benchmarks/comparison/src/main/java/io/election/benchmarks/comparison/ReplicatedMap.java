package io.election.benchmarks.comparison;

import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Named values that a node keeps together with two others, by whatever library it is built with. */
interface ReplicatedMap {

    boolean leads();

    /**
     * Writes a value.
     *
     * @param name its name
     * @param value its bytes, which nobody changes
     * @param done told once the write is acknowledged and applied by this node, which leads; with a word if it is not
     */
    void write(String name, byte[] value, Consumer<@Nullable String> done);

    /** Reads a value, linearizable, where that is measured; told as {@link #write}. */
    default void read(String name, Consumer<@Nullable String> done) {
        done.accept("not measured");
    }

    /** Up to which entry of the log this node has applied. */
    default long appliedIndex() {
        throw new UnsupportedOperationException("not measured");
    }

    /** How long a quorum takes to answer the leader, as far as it measures that itself; zero where not. */
    default Duration roundTrip() {
        return Duration.ZERO;
    }
}
