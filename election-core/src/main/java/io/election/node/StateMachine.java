package io.election.node;

import io.election.core.Entry;
import io.election.core.Snapshot;
import java.util.List;

/**
 * What an application makes of the committed entries of the log. Called in steps of the election, one at a time and in the order of the log. No
 * member has one yet: only tests propose entries, and a snapshot holds no state of an application.
 */
interface StateMachine {

    /** Keeps nothing. */
    StateMachine NONE = new StateMachine() {};

    /**
     * Applies committed entries. Each comes once in a life of this process, from the first after the recovered snapshot on.
     *
     * @param entries the entries, each with a payload of the application
     */
    default void apply(List<Entry> entries) {}

    /**
     * Replaces all that was applied by what a leader's snapshot stands for.
     *
     * @param snapshot the snapshot
     */
    default void install(Snapshot snapshot) {}
}
