package io.election.core;

import io.election.Role;

/** The role of a member, with the state that it needs for this role and for no other. */
sealed interface RoleState permits RoleState.Follower, Campaign, Leader {

    /** The role as users see it. */
    Role role();

    /** The member follows a leader, or waits for its turn to stand. */
    record Follower() implements RoleState {

        @Override
        public Role role() {
            return Role.FOLLOWER;
        }
    }
}
