package io.election.core;

/**
 * What decides for one member: an {@link Input} and the time go in, {@link Effect}s come out. {@link Election} is the one that
 * elects; another one may be put in its place where nothing is to be elected, such as in a test of an application.
 *
 * <p>Used by one thread at a time.
 */
public interface ElectionMachine {

    /**
     * Takes one input.
     *
     * @param input what happened
     * @param clock both clocks at this instant; the monotonic one never goes back
     * @return what to do, and when to come again
     */
    Output step(Input input, ClockReading clock);

    /**
     * All that there is to see.
     *
     * @param at both clocks at this instant
     * @return a snapshot
     */
    ElectionView view(ClockReading at);
}
