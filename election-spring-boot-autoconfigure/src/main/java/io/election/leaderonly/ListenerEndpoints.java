package io.election.leaderonly;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;

/**
 * The annotated listeners of one kind of broker, such as those of {@code @KafkaListener}. A {@link LeaderBound} finds a listener here by
 * its id, and the advice if one starts by itself.
 *
 * @param <R> the kind's registry
 */
public final class ListenerEndpoints<R extends SmartLifecycle> {

    private final String annotation;
    private final String advice;
    private final Supplier<List<R>> registries;
    private final Function<R, Set<String>> ids;
    private final BiFunction<R, String, ? extends @Nullable SmartLifecycle> container;

    /**
     * Describes one kind of listeners.
     *
     * @param annotation what the listeners are annotated with, such as {@code @KafkaListener}
     * @param advice one sentence that says how to keep one from starting by itself
     * @param registries the application's registries of this kind, asked once all beans have been made
     * @param ids the ids in a registry
     * @param container the container with an id in a registry
     */
    public ListenerEndpoints(
            String annotation,
            String advice,
            Supplier<List<R>> registries,
            Function<R, Set<String>> ids,
            BiFunction<R, String, ? extends @Nullable SmartLifecycle> container) {
        this.annotation = annotation;
        this.advice = advice;
        this.registries = registries;
        this.ids = ids;
        this.container = container;
    }

    String annotation() {
        return annotation;
    }

    String advice() {
        return advice;
    }

    Set<String> ids() {
        Set<String> all = new TreeSet<>();
        registries.get().forEach(registry -> all.addAll(ids.apply(registry)));
        return all;
    }

    /** The containers with an id: none, one, or one in each of several registries. */
    List<SmartLifecycle> containers(String id) {
        return registries.get().stream()
                .<SmartLifecycle>mapMulti((registry, found) -> {
                    SmartLifecycle each = container.apply(registry, id);
                    if (each != null) {
                        found.accept(each);
                    }
                })
                .toList();
    }

    /** The id of a container, or {@code null} if it is none of these. */
    @Nullable String idOf(Object component) {
        for (String id : ids()) {
            for (SmartLifecycle each : containers(id)) {
                if (each == component) {
                    return id;
                }
            }
        }
        return null;
    }

    /** The containers in a registry by their ids, or {@code null} if the component is no registry of these. */
    @Nullable Map<String, SmartLifecycle> containersOf(Object component) {
        for (R registry : registries.get()) {
            if (registry == component) {
                Map<String, SmartLifecycle> all = new LinkedHashMap<>();
                for (String id : ids.apply(registry)) {
                    SmartLifecycle each = container.apply(registry, id);
                    if (each != null) {
                        all.put(id, each);
                    }
                }
                return all;
            }
        }
        return null;
    }
}
