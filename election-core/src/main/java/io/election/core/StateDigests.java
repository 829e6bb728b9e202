package io.election.core;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * The latest digests of this member's state and of its leaders', to be compared where both are of the same entry. Either may come
 * first: a follower applies later than its leader, or has applied long before it hears of the digest.
 */
final class StateDigests {

    private static final int MOST = 16;

    private final Deque<StateDigest> own = new ArrayDeque<>();
    private final Deque<StateDigest> leaders = new ArrayDeque<>();

    /** Two digests of the same entry that are not equal. */
    record Difference(StateDigest own, StateDigest leaders) {}

    @Nullable StateDigest latest() {
        return own.peekLast();
    }

    /** This member's state after an entry. Returns how it differs from a leader's, or {@code null} if that is not known. */
    @Nullable Difference take(StateDigest digest) {
        add(own, digest);
        StateDigest theirs = find(leaders, digest.index());
        return theirs == null || theirs.value() == digest.value() ? null : new Difference(digest, theirs);
    }

    /** A leader's state after an entry. Returns how this member's differs, or {@code null} if that is not known. */
    @Nullable Difference hear(StateDigest digest) {
        StateDigest latest = leaders.peekLast();
        if (latest == null || latest.index() < digest.index()) {
            add(leaders, digest);
        }
        StateDigest ours = find(own, digest.index());
        return ours == null || ours.value() == digest.value() ? null : new Difference(ours, digest);
    }

    private static void add(Deque<StateDigest> to, StateDigest digest) {
        to.add(digest);
        if (to.size() > MOST) {
            to.remove();
        }
    }

    private static @Nullable StateDigest find(Deque<StateDigest> in, long index) {
        for (StateDigest digest : in) {
            if (digest.index() == index) {
                return digest;
            }
        }
        return null;
    }
}
