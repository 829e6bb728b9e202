package io.election.leaderonly;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.context.Lifecycle;

/**
 * Ties components to the leadership: a bean of this type names components, such as listener containers, schedulers and
 * consumers, that run on the leader only. When this member is elected, they are started in their order, after the listeners of
 * {@link io.election.LeaderElectedEvent}. When it stops leading, they are stopped in reverse order and awaited, before the listeners
 * of {@link io.election.StepDownEvent}, so that a handover waits for them.
 *
 * <pre>{@code
 * @Bean
 * LeaderBound ordersOnTheLeader(OrderConsumer consumer) {
 *     return new LeaderBound(consumer);
 * }
 *
 * @Bean
 * LeaderBound orderListener() {
 *     return LeaderBound.listener("orders"); // @KafkaListener(id = "orders", autoStartup = "false", ...)
 * }
 * }</pre>
 *
 * <p>The application context neither starts nor stops them any more. A component that would start by itself
 * ({@code SmartLifecycle.isAutoStartup()}), or that is already running, stops the application's start. A failed start is tried again
 * while this member leads. The other components run meanwhile.
 */
public final class LeaderBound {

    /** One component, or where to find it once all beans have been created. */
    sealed interface Part {}

    /** A component that is known from the beginning. */
    record Given(Lifecycle component) implements Part {}

    /** A component that is asked for when the context starts its life cycle; the name is for the log. */
    record Supplied(@Nullable String name, Supplier<? extends @Nullable Lifecycle> supplier) implements Part {}

    /** The container of an annotated listener, by its id. */
    record Listener(String id) implements Part {}

    private final List<Part> parts;

    /**
     * Ties components to the leadership.
     *
     * @param components what to start and stop, beans or not, in the order of their start
     * @throws InvalidLeaderOnlyException if one is {@code null}, such as a listener's container that is not registered yet
     */
    public LeaderBound(Lifecycle... components) {
        // Not List.of, which would throw a bare NullPointerException.
        this(Arrays.asList(components));
    }

    /**
     * Ties components to the leadership.
     *
     * @param components what to start and stop, beans or not, in the order of their start
     * @throws InvalidLeaderOnlyException if one is {@code null}, such as a listener's container that is not registered yet
     */
    public LeaderBound(List<? extends Lifecycle> components) {
        if (components.isEmpty()) {
            throw new IllegalArgumentException("components must not be empty");
        }
        List<Part> given = new ArrayList<>();
        for (@Nullable Lifecycle component : components) {
            if (component == null) {
                throw new InvalidLeaderOnlyException(
                        "A LeaderBound was given null as its component"
                                + (components.size() == 1 ? "" : " number " + (given.size() + 1))
                                + ". The containers of annotated listeners are registered after all beans have been"
                                + " made, so a registry does not have them yet while the LeaderBound is made.",
                        "Name the listener, LeaderBound.listener(\"orders\"), or give a supplier that is asked later,"
                                + " LeaderBound.of(() -> registry.getListenerContainer(\"orders\")).");
            }
            given.add(new Given(component));
        }
        this.parts = List.copyOf(given);
    }

    private LeaderBound(Part part) {
        this.parts = List.of(part);
    }

    /**
     * Ties a component to the leadership that does not exist yet. The supplier is called once, after all beans have been created and
     * before any of them is started.
     *
     * @param component supplies what to start and stop; {@code null} from it stops the application's start
     * @return what to return from a {@code @Bean} method
     */
    public static LeaderBound of(Supplier<? extends @Nullable Lifecycle> component) {
        return new LeaderBound(new Supplied(null, component));
    }

    /**
     * Ties a component to the leadership that does not exist yet, under a name of its own.
     *
     * @param name what to call it in the log
     * @param component supplies what to start and stop; {@code null} from it stops the application's start
     * @return what to return from a {@code @Bean} method
     */
    public static LeaderBound of(String name, Supplier<? extends @Nullable Lifecycle> component) {
        if (name.isBlank()) {
            throw new IllegalArgumentException("name must not be blank");
        }
        return new LeaderBound(new Supplied(name, component));
    }

    /**
     * Ties an annotated listener to the leadership: a {@code @JmsListener}, {@code @KafkaListener} or
     * {@code @RabbitListener}. It must not start by itself: {@code autoStartup = "false"} in the annotation, or for
     * {@code @JmsListener}, which has no such attribute, {@code spring.jms.listener.auto-startup=false}.
     *
     * @param id the {@code id} in the annotation; one that no listener has, or several have, stops the application's start
     * @return what to return from a {@code @Bean} method
     */
    public static LeaderBound listener(String id) {
        if (id.isBlank()) {
            throw new IllegalArgumentException("id must not be blank");
        }
        return new LeaderBound(new Listener(id));
    }

    /** What is started and stopped, in the order of the start. */
    List<Part> parts() {
        return parts;
    }
}
