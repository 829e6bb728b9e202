package io.election.leaderonly;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.springframework.context.SmartLifecycle;

/**
 * The part of a registry of listeners that the context starts and stops if some of its containers are tied to the leadership. When a
 * context is started again, the registry itself would start all its containers, even those that do not start by themselves, and a
 * follower would consume messages.
 */
final class UnboundListeners implements SmartLifecycle {

    private final SmartLifecycle registry;
    private final Supplier<List<SmartLifecycle>> others;

    /** The containers that the context has stopped, and starts again. */
    private final Set<SmartLifecycle> stopped =
            Collections.synchronizedSet(Collections.newSetFromMap(new IdentityHashMap<>()));

    UnboundListeners(SmartLifecycle registry, Supplier<List<SmartLifecycle>> others) {
        this.registry = registry;
        this.others = others;
    }

    @Override
    public void start() {
        for (SmartLifecycle container : others.get()) {
            if (stopped.remove(container) || container.isAutoStartup()) {
                container.start();
            }
        }
    }

    @Override
    public void stop() {
        running().forEach(SmartLifecycle::stop);
    }

    @Override
    public void stop(Runnable callback) {
        List<SmartLifecycle> toStop = running();
        AtomicInteger left = new AtomicInteger(toStop.size() + 1);
        Runnable one = () -> {
            if (left.decrementAndGet() == 0) {
                callback.run();
            }
        };
        toStop.forEach(container -> container.stop(one));
        one.run();
    }

    private List<SmartLifecycle> running() {
        List<SmartLifecycle> running = new ArrayList<>(others.get());
        running.removeIf(container -> !container.isRunning());
        stopped.addAll(running);
        return running;
    }

    @Override
    public boolean isRunning() {
        return others.get().stream().anyMatch(SmartLifecycle::isRunning);
    }

    @Override
    public boolean isAutoStartup() {
        return registry.isAutoStartup();
    }

    @Override
    public boolean isPauseable() {
        return registry.isPauseable();
    }

    @Override
    public int getPhase() {
        return registry.getPhase();
    }
}
