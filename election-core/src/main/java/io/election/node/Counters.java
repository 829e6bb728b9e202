package io.election.node;

import io.election.core.LackOfMemory;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.event.Level;

/** Counts for the observers. One that fails ends no leadership. */
final class Counters {

    private final List<NodeObserver> observers;
    private final LogLines log;
    private final Repeats repeats;

    Counters(List<NodeObserver> observers, LogLines log, Repeats repeats) {
        this.observers = List.copyOf(observers);
        this.log = log;
        this.repeats = repeats;
    }

    List<NodeObserver> rehearsed() {
        return observers.stream().map(NodeObserver::rehearsed).toList();
    }

    void count(Consumer<NodeObserver> change) {
        for (NodeObserver observer : observers) {
            try {
                change.accept(observer);
            } catch (RuntimeException | Error failure) {
                if (LackOfMemory.in(failure) != null) {
                    log.leftOut();
                } else if (failure instanceof Error impossible) {
                    throw impossible;
                } else if (repeats.isDue("observer " + observer.getClass().getName())) {
                    log.say(
                            Level.WARN,
                            "could not update its metrics with {}: {reason}.",
                            observer,
                            String.valueOf(failure));
                }
            }
        }
    }
}
