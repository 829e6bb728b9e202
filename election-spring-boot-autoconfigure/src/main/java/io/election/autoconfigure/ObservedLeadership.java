package io.election.autoconfigure;

import io.election.FencingToken;
import io.election.HandoverResult;
import io.election.LeaderWork;
import io.election.Leadership;
import io.election.LeadershipState;
import io.micrometer.common.KeyValue;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A leadership all of whose work is observed: {@link #callWhileLeading}, {@link #runWhileLeading}, and calls of methods that only the
 * leader runs, each from its beginning to its end. What the work does on a thread that it has opened belongs to its observation. Work
 * that is refused is none.
 */
final class ObservedLeadership implements Leadership {

    /** The name of the observation, and of the meters and spans made of it. */
    static final String NAME = "election.work";

    /** Whether the leadership outlived the work: {@code held} or {@code lost}. */
    static final String OUTCOME = "election.outcome";

    private static final String CLUSTER = "election.cluster";
    private static final String NODE = "election.node";
    private static final String TERM = "election.term";

    private final Leadership leadership;
    private final ObservationRegistry registry;
    private final String cluster;
    private final String nodeId;

    ObservedLeadership(Leadership leadership, ObservationRegistry registry, String cluster, String nodeId) {
        this.leadership = leadership;
        this.registry = registry;
        this.cluster = cluster;
        this.nodeId = nodeId;
    }

    @Override
    public LeaderWork beginWork() {
        LeaderWork work = leadership.beginWork();
        if (registry.isNoop()) {
            return work;
        }
        return new ObservedWork(
                work,
                Observation.createNotStarted(NAME, registry)
                        .contextualName("leader work")
                        .lowCardinalityKeyValue(CLUSTER, cluster)
                        .lowCardinalityKeyValue(NODE, nodeId)
                        // Every observation has the same keys, whenever it is looked at.
                        .lowCardinalityKeyValue(OUTCOME, KeyValue.NONE_VALUE)
                        .highCardinalityKeyValue(TERM, String.valueOf(work.term()))
                        .start());
    }

    @Override
    public @Nullable LeaderWork currentWork() {
        return leadership.currentWork();
    }

    @Override
    public boolean isLeader() {
        return leadership.isLeader();
    }

    @Override
    public LeadershipState state() {
        return leadership.state();
    }

    @Override
    public long term() {
        return leadership.term();
    }

    @Override
    public FencingToken fencingToken() {
        return leadership.fencingToken();
    }

    @Override
    public boolean confirm(Duration timeout) {
        return leadership.confirm(timeout);
    }

    @Override
    public boolean await(Duration timeout) throws InterruptedException {
        return leadership.await(timeout);
    }

    @Override
    public CompletionStage<HandoverResult> handOver(@Nullable String to) {
        return leadership.handOver(to);
    }

    @Override
    public CompletionStage<HandoverResult> stepDown() {
        return leadership.stepDown();
    }

    @Override
    public void assertLeader() {
        leadership.assertLeader();
    }

    /** Work that is observed until it ends. */
    private static final class ObservedWork implements LeaderWork {

        private final LeaderWork work;
        private final Observation observation;
        private final AtomicBoolean ended = new AtomicBoolean();

        ObservedWork(LeaderWork work, Observation observation) {
            this.work = work;
            this.observation = observation;
        }

        @Override
        public long term() {
            return work.term();
        }

        @Override
        public FencingToken fencingToken() {
            return work.fencingToken();
        }

        @Override
        public boolean stillHolds() {
            return work.stillHolds();
        }

        @Override
        public @Nullable Leadership leadership() {
            return work.leadership();
        }

        @Override
        public boolean end() {
            boolean held = work.end();
            if (ended.compareAndSet(false, true)) {
                observation.lowCardinalityKeyValue(OUTCOME, held ? "held" : "lost");
                observation.stop();
            }
            return held;
        }

        @Override
        public Scope open() {
            Scope onThread = LeaderWork.super.open();
            Observation.Scope observed = observation.openScope();
            return () -> {
                observed.close();
                onThread.close();
            };
        }
    }
}
