package io.election.node;

import io.election.LeaderChangedEvent;
import io.election.LeaderElectedEvent;
import io.election.StepDownEvent;

/** Nobody wants to hear of the events. */
final class NoListener implements LeadershipListener {

    @Override
    public void onLeaderElected(LeaderElectedEvent event) {}

    @Override
    public void onStepDown(StepDownEvent event) {}

    @Override
    public void onLeaderChanged(LeaderChangedEvent event) {}
}
