package io.election.node;

import io.election.Role;
import io.election.core.ElectionView;
import org.jspecify.annotations.Nullable;

/**
 * What every thread may read of the member: replaced as a whole, so that all of it belongs together.
 *
 * @param view what the election shows
 * @param cell the leadership of this member, or {@code null} if it does not lead
 * @param word what a leader last said of the log before that, or {@code null}
 */
record Published(
        ElectionView view,
        @Nullable LeaseCell cell,
        @Nullable LeaderWord word) {

    /** Of a member that no leader has told anything. */
    Published(ElectionView view, @Nullable LeaseCell cell) {
        this(view, cell, null);
    }

    /**
     * Whether this member neither stands for election, nor leads without a quorum at its side, nor hands its leadership over, nor
     * waits for a leader.
     */
    boolean isCalm() {
        LeaseCell led = cell;
        Integer reachable = view.reachable();
        return led != null
                ? led.holds() && (reachable == null || reachable >= view.needed())
                : view.role() == Role.FOLLOWER && view.leader() != null;
    }

    /** What a member that no longer takes part still knows: its term and log, but no leader. */
    static Published stopped(ElectionView last) {
        ElectionView view = new ElectionView(
                Role.FOLLOWER,
                last.term(),
                last.votedFor(),
                null,
                last.lastLeaderContactNanos(),
                last.initialElection(),
                last.last(),
                last.commitIndex(),
                last.membership(),
                last.voters(),
                last.needed(),
                null,
                last.members(),
                last.storageFailed(),
                last.listDiffers(),
                last.lastEnd(),
                last.memory(),
                null,
                last.pause());
        return new Published(view, null);
    }
}
