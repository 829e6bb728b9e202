package io.election.node;

import io.election.LeaderChangedEvent;
import io.election.LeaderElectedEvent;
import io.election.MembersChangedEvent;
import io.election.StepDownEvent;

/**
 * Takes the events of one member, in order, one at a time, on a thread that is not the election's. What it throws is
 * logged and counted; while it blocks, later events wait, the election does not.
 */
public interface LeadershipListener {

    /**
     * This member leads.
     *
     * @param event the event
     */
    void onLeaderElected(LeaderElectedEvent event);

    /**
     * This member no longer leads. Called again if it threw an {@link OutOfMemoryError}, until there is memory for it, but for
     * at most a minute.
     *
     * @param event the event
     */
    void onStepDown(StepDownEvent event);

    /**
     * The leader that this member knows has changed.
     *
     * @param event the event
     */
    void onLeaderChanged(LeaderChangedEvent event);

    /**
     * Other members are in force than before. Does nothing by default.
     *
     * @param event the event
     */
    default void onMembersChanged(MembersChangedEvent event) {}
}
