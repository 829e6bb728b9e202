package io.election.leaderonly;

import org.jspecify.annotations.Nullable;
import org.springframework.context.Lifecycle;
import org.springframework.context.SmartLifecycle;

/** Starts and stops one kind of component whose own {@code stop} returns while its work continues, as a {@link LeaderBound} needs it. */
public interface LifecycleAdapter {

    /**
     * Whether a component is of this kind.
     *
     * @param component a component
     * @return whether {@link #adapt} adapts it
     */
    boolean adapts(Lifecycle component);

    /**
     * Adapts a component. Called once for each that is tied to the leadership, before any is started.
     *
     * @param component a component
     * @return what to call instead of it, with a {@code stop(Runnable)} whose callback comes when its work has ended; or
     *     {@code null} if it is of another kind
     */
    @Nullable SmartLifecycle adapt(Lifecycle component);

    /**
     * What to do if a component of this kind starts by itself.
     *
     * @return one sentence that names the setting
     */
    String autoStartupAdvice();
}
