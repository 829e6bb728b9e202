package io.election.core;

/**
 * The decisions of one member: it takes an {@link Input} and the time, and returns {@link Effect}s. {@link Election} is
 * the implementation that elects. Another implementation may replace it where nothing is to be elected, for example in
 * a test of an application.
 *
 * <p>Used by one thread at a time.
 */
public interface ElectionMachine {

    /**
     * Takes one input.
     *
     * @param input what happened
     * @param clock both clocks at this instant; the monotonic one never goes back
     * @return what to do, and when the next step is due at the latest
     */
    Output step(Input input, ClockReading clock);

    /**
     * Everything that the machine shows of itself.
     *
     * @param at both clocks at this instant
     * @return a snapshot
     */
    ElectionView view(ClockReading at);
}
