package io.election;

import org.jspecify.annotations.Nullable;

/**
 * One consistent snapshot of what this member knows of the leadership.
 *
 * @param leader whether this member leads at this instant, with its lease checked as in {@link Leadership#isLeader()}
 * @param role the role of this member in the term
 * @param term the term that this member is in; 0 before the first election
 * @param leaderId the leader of the term, or {@code null} while none is known
 * @param leaderUrl the URL at which clients of the application reach that leader, or {@code null} while none is known
 */
public record LeadershipState(
        boolean leader,
        Role role,
        long term,
        @Nullable String leaderId,
        @Nullable String leaderUrl) {}
