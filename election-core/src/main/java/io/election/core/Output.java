package io.election.core;

import java.util.List;

/**
 * The result of one step of an {@link Election}.
 *
 * @param effects what to do, in this order
 * @param wakeAtNanos when, by the monotonic clock, the next {@link Input.Tick} is due at the latest
 */
public record Output(List<Effect> effects, long wakeAtNanos) {

    public Output {
        effects = List.copyOf(effects);
    }
}
