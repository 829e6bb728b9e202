package io.election.leaderonly;

import java.util.List;
import java.util.Objects;
import org.springframework.context.Lifecycle;

/**
 * Ties components to the leadership: a bean of this type names components, such as listener containers, schedulers and
 * consumers, that are to run on the leader only. They are started, in their order, when this member is elected, after the
 * listeners of {@link io.election.LeaderElectedEvent}; they are stopped, in the reverse order, and awaited, when it leads no longer,
 * before the listeners of {@link io.election.StepDownEvent}, so that a handover waits for them.
 *
 * <pre>{@code
 * @Bean
 * LeaderBound ordersOnTheLeader(OrderConsumer consumer) {
 *     return new LeaderBound(consumer);
 * }
 * }</pre>
 *
 * <p>From then on the application context neither starts nor stops them. A component that would start by itself
 * ({@code SmartLifecycle.isAutoStartup()}), or that runs already, stops the application's start. One whose start fails is
 * tried again while this member leads; those before it run meanwhile.
 */
public final class LeaderBound {

    private final List<Lifecycle> components;

    /**
     * Ties components to the leadership.
     *
     * @param components what to start and stop, beans or not, in the order of their start
     */
    public LeaderBound(Lifecycle... components) {
        this(List.of(components));
    }

    /**
     * Ties components to the leadership.
     *
     * @param components what to start and stop, beans or not, in the order of their start
     */
    public LeaderBound(List<? extends Lifecycle> components) {
        if (components.isEmpty()) {
            throw new IllegalArgumentException("components must not be empty");
        }
        components.forEach(component -> Objects.requireNonNull(component, "component"));
        this.components = List.copyOf(components);
    }

    /**
     * What is started and stopped.
     *
     * @return the components, in the order of their start
     */
    public List<Lifecycle> components() {
        return components;
    }
}
