package io.election.memory;

import io.election.ListenerRegistration;
import io.election.machine.StoreChanges;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Tells listeners of changed values, on a thread of its own. Changes that come faster than a listener returns are told together. What is
 * noted here by the thread that applies costs it a lookup if nobody listens.
 */
final class StoreListeners implements StoreChanges {

    private final String name;
    private final MemoryLog log;
    private final Map<String, List<Runnable>> listeners = new ConcurrentHashMap<>();
    private final Object monitor = new Object();
    private Set<String> changed = new HashSet<>();
    private boolean woken;
    private boolean started;

    StoreListeners(String name, MemoryLog log) {
        this.name = name;
        this.log = log;
    }

    /** Starts the thread, unless it runs. It needs nothing that a stop would have to end. */
    void start() {
        synchronized (monitor) {
            if (started) {
                return;
            }
            started = true;
        }
        Thread thread = new Thread(this::run, name);
        thread.setDaemon(true);
        thread.start();
    }

    ListenerRegistration add(String value, Runnable listener) {
        listeners.computeIfAbsent(value, key -> new CopyOnWriteArrayList<>()).add(listener);
        return () -> listeners.computeIfPresent(value, (key, all) -> {
            all.remove(listener);
            return all.isEmpty() ? null : all;
        });
    }

    @Override
    public void changed(String value) {
        if (listeners.containsKey(value)) {
            synchronized (monitor) {
                changed.add(value);
            }
        }
    }

    @Override
    public void replaced() {
        synchronized (monitor) {
            changed.addAll(listeners.keySet());
        }
    }

    /** What was noted can be seen by readers now. */
    void wake() {
        synchronized (monitor) {
            if (!changed.isEmpty() && !woken) {
                woken = true;
                monitor.notifyAll();
            }
        }
    }

    private void run() {
        while (true) {
            for (String value : next()) {
                for (Runnable listener : listeners.getOrDefault(value, List.of())) {
                    tell(value, listener);
                }
            }
        }
    }

    private Set<String> next() {
        synchronized (monitor) {
            while (!woken) {
                try {
                    monitor.wait();
                } catch (InterruptedException ignored) {
                    // Nobody interrupts this thread but a listener that interrupts itself.
                    continue;
                }
            }
            woken = false;
            Set<String> all = changed;
            changed = new HashSet<>();
            return all;
        }
    }

    private void tell(String value, Runnable listener) {
        try {
            listener.run();
        } catch (Throwable failure) {
            log.listenerFailed(value, failure);
        }
    }
}
