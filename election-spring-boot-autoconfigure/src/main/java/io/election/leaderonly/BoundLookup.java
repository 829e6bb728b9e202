package io.election.leaderonly;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.context.Lifecycle;
import org.springframework.context.SmartLifecycle;

/** Finds the components that {@link LeaderBound} beans name, and stops the start if one cannot be tied to the leadership. */
public final class BoundLookup {

    private final Supplier<Map<String, LeaderBound>> bounds;
    private final Supplier<List<ListenerEndpoints<?>>> listeners;
    private final Supplier<List<LifecycleAdapter>> adapters;

    /**
     * Creates a lookup; nothing is asked before it is used.
     *
     * @param bounds all beans that tie components to the leadership, by name
     * @param listeners the kinds of annotated listeners in this application
     * @param adapters for components whose own stop does not wait for their work
     */
    public BoundLookup(
            Supplier<Map<String, LeaderBound>> bounds,
            Supplier<List<ListenerEndpoints<?>>> listeners,
            Supplier<List<LifecycleAdapter>> adapters) {
        this.bounds = bounds;
        this.listeners = listeners;
        this.adapters = adapters;
    }

    /** Checks the components that exist already, so that one that starts by itself is refused before it has started. */
    void checkGiven() {
        bounds.get()
                .forEach((bean, bound) -> bound.parts().forEach(part -> {
                    if (part instanceof LeaderBound.Given given) {
                        check(bean, given.component());
                    }
                }));
    }

    /** Finds all of them, in the order of their start. Must be called after all beans have been created. */
    List<BoundComponent> find() {
        List<BoundComponent> found = new ArrayList<>();
        bounds.get().forEach((bean, bound) -> {
            int place = 0;
            for (LeaderBound.Part part : bound.parts()) {
                place++;
                Lifecycle component = find(bean, part);
                check(bean, component);
                for (BoundComponent other : found) {
                    if (other.component() == component) {
                        throw new InvalidLeaderOnlyException(
                                "Component " + component.getClass().getName()
                                        + " is tied to the leadership twice, the second time by the LeaderBound '"
                                        + bean
                                        + "'; before that as " + other.name() + ".",
                                "Name it in one LeaderBound only.");
                    }
                }
                String where = bean + (bound.parts().size() == 1 ? "" : ", number " + place);
                found.add(
                        new BoundComponent(nameOf(part, component) + " (" + where + ")", component, adapt(component)));
            }
        });
        return List.copyOf(found);
    }

    private String nameOf(LeaderBound.Part part, Lifecycle component) {
        if (part instanceof LeaderBound.Supplied supplied && supplied.name() != null) {
            return supplied.name();
        }
        for (ListenerEndpoints<?> kind : listeners.get()) {
            String id = kind.idOf(component);
            if (id != null) {
                return kind.annotation() + " '" + id + "'";
            }
        }
        return BoundComponent.describe(component);
    }

    private Lifecycle adapt(Lifecycle component) {
        for (LifecycleAdapter adapter : adapters.get()) {
            SmartLifecycle adapted = adapter.adapt(component);
            if (adapted != null) {
                return adapted;
            }
        }
        return component;
    }

    // ------------------------------------------------------------------------------------------------ finding

    private Lifecycle find(String bean, LeaderBound.Part part) {
        if (part instanceof LeaderBound.Given given) {
            return given.component();
        }
        if (part instanceof LeaderBound.Supplied supplied) {
            Lifecycle component;
            try {
                component = supplied.supplier().get();
            } catch (RuntimeException failure) {
                throw new IllegalStateException("The supplier of the LeaderBound '" + bean + "' failed", failure);
            }
            if (component == null) {
                throw new InvalidLeaderOnlyException(
                        "The supplier of the LeaderBound '" + bean + "' returned null instead of a component.",
                        "If it asks a registry for a listener's container, compare the ids. Known are "
                                + describeKnown() + ".");
            }
            return component;
        }
        return listener(bean, ((LeaderBound.Listener) part).id());
    }

    private Lifecycle listener(String bean, String id) {
        List<SmartLifecycle> found = new ArrayList<>();
        List<String> kinds = new ArrayList<>();
        for (ListenerEndpoints<?> kind : listeners.get()) {
            List<SmartLifecycle> containers = kind.containers(id);
            found.addAll(containers);
            containers.forEach(each -> kinds.add(kind.annotation()));
        }
        if (found.size() == 1) {
            return found.get(0);
        }
        String what = "The LeaderBound '" + bean + "' ties the listener '" + id + "' to the leadership, but ";
        if (found.isEmpty()) {
            throw new InvalidLeaderOnlyException(
                    what + "no listener has that id. Known are " + describeKnown() + ".",
                    "Set id = \"" + id
                            + "\" in the listener's annotation, or correct the id in the LeaderBound. The listeners of"
                            + " a lazy bean (@Lazy, spring.main.lazy-initialization) are not known at the start: make the"
                            + " bean eager.");
        }
        throw new InvalidLeaderOnlyException(
                what + found.size() + " listeners have that id: " + String.join(" and ", kinds) + ".",
                "Give each an id of its own, or name one of them with LeaderBound.of(() ->"
                        + " registry.getListenerContainer(\"" + id + "\")).");
    }

    private String describeKnown() {
        List<ListenerEndpoints<?>> kinds = listeners.get();
        if (kinds.isEmpty()) {
            return "no listeners at all: neither Spring JMS, Spring Kafka nor Spring AMQP (RabbitMQ) is present";
        }
        return kinds.stream()
                .map(kind -> {
                    Set<String> ids = kind.ids();
                    return ids.isEmpty()
                            ? "no " + kind.annotation()
                            : kind.annotation() + " "
                                    + ids.stream().map(id -> "'" + id + "'").collect(Collectors.joining(", "));
                })
                .collect(Collectors.joining("; "));
    }

    // ------------------------------------------------------------------------------------------------ checking

    private void check(String bean, Lifecycle component) {
        String what = "Component " + component.getClass().getName() + " is tied to the leadership by the LeaderBound '"
                + bean + "', but ";
        for (ListenerEndpoints<?> kind : listeners.get()) {
            Map<String, SmartLifecycle> held = kind.containersOf(component);
            if (held != null) {
                throw new InvalidLeaderOnlyException(
                        what + "is the registry of all " + kind.annotation() + " listeners, which the context starts on"
                                + " every member.",
                        "Name the listeners instead, each with a LeaderBound.listener(\"<id>\")"
                                + (held.isEmpty() ? "" : " (known: " + String.join(", ", held.keySet()) + ")")
                                + ". " + kind.advice());
            }
        }
        if (component instanceof SmartLifecycle smart && smart.isAutoStartup()) {
            throw new InvalidLeaderOnlyException(
                    what + "starts by itself, on every member: its isAutoStartup() is true.", advice(component));
        }
        if (component.isRunning()) {
            throw new InvalidLeaderOnlyException(
                    what + "is already running, before anybody was elected.", "Do not start it. The LeaderBound does.");
        }
    }

    private String advice(Lifecycle component) {
        for (ListenerEndpoints<?> kind : listeners.get()) {
            if (kind.idOf(component) != null) {
                return kind.advice();
            }
        }
        for (LifecycleAdapter adapter : adapters.get()) {
            if (adapter.adapts(component)) {
                return adapter.autoStartupAdvice();
            }
        }
        return "Switch that off, for example with setAutoStartup(false) or autoStartup = \"false\".";
    }

    // ------------------------------------------------------------------------------------------------ registries

    /** The containers of a registry of listeners, or {@code null} if the component is none. */
    @Nullable Supplier<Map<String, SmartLifecycle>> containersOf(Lifecycle component) {
        for (ListenerEndpoints<?> kind : listeners.get()) {
            if (kind.containersOf(component) != null) {
                return () -> {
                    Map<String, SmartLifecycle> held = kind.containersOf(component);
                    return held == null ? new LinkedHashMap<>() : held;
                };
            }
        }
        return null;
    }
}
