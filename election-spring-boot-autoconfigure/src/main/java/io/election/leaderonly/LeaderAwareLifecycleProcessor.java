package io.election.leaderonly;

import java.util.Map;
import java.util.function.Supplier;
import org.springframework.context.Lifecycle;
import org.springframework.context.support.DefaultLifecycleProcessor;

/**
 * Starts and stops the context's beans, except those that are tied to the leadership. A context that is started again, after a stop or
 * a pause, would start those on a follower.
 */
public final class LeaderAwareLifecycleProcessor extends DefaultLifecycleProcessor {

    private final Supplier<BoundComponents> bound;

    /**
     * Creates a processor.
     *
     * @param bound knows what to leave alone
     */
    public LeaderAwareLifecycleProcessor(Supplier<BoundComponents> bound) {
        this.bound = bound;
    }

    @Override
    protected Map<String, Lifecycle> getLifecycleBeans() {
        Map<String, Lifecycle> all = super.getLifecycleBeans();
        BoundComponents tied = bound.get();
        all.values().removeIf(tied::has);
        all.replaceAll((name, bean) -> tied.withoutBound(bean));
        return all;
    }
}
