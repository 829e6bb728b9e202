package io.election.core;

import io.election.Role;

/** What a member is doing, with all that it needs for that and for nothing else. */
sealed interface RoleState permits RoleState.Follower, Campaign, Leader {

    /** The role as it is shown. */
    Role role();

    /** It follows a leader, or waits for its turn to stand. */
    record Follower() implements RoleState {

        @Override
        public Role role() {
            return Role.FOLLOWER;
        }
    }
}
