package io.election.node;

import io.election.LeaderChangedEvent;
import io.election.LeaderElectedEvent;
import io.election.MembersChangedEvent;
import io.election.StepDownEvent;

/** Counts each event as it is delivered to a listener. */
record CountedListener(LeadershipListener listener, Chronicle chronicle) implements LeadershipListener {

    static final String ELECTED = "elected";
    static final String STEPPED_DOWN = "stepped-down";
    static final String LEADER_CHANGED = "leader-changed";
    static final String MEMBERS_CHANGED = "members-changed";

    @Override
    public void onLeaderElected(LeaderElectedEvent event) {
        chronicle.delivers(ELECTED);
        listener.onLeaderElected(event);
    }

    @Override
    public void onStepDown(StepDownEvent event) {
        chronicle.delivers(STEPPED_DOWN);
        listener.onStepDown(event);
    }

    @Override
    public void onLeaderChanged(LeaderChangedEvent event) {
        chronicle.delivers(LEADER_CHANGED);
        listener.onLeaderChanged(event);
    }

    @Override
    public void onMembersChanged(MembersChangedEvent event) {
        chronicle.delivers(MEMBERS_CHANGED);
        listener.onMembersChanged(event);
    }
}
