package io.election.node;

import io.election.core.ElectionView;
import io.election.core.Input;
import io.election.core.Request;
import org.jspecify.annotations.Nullable;

/**
 * What a leader last said of the log. A follower may know less of it to be committed, because it lacks entries.
 *
 * @param term the leader's term
 * @param from the leader
 * @param commitIndex the highest index that it said to be committed
 */
record LeaderWord(long term, String from, long commitIndex) {

    /**
     * What is known after an input. Hardly any heartbeat of an idle cluster makes a new one.
     *
     * @param before what was known before, or {@code null}
     * @param input what arrived
     */
    static @Nullable LeaderWord after(@Nullable LeaderWord before, Input input) {
        if (!(input instanceof Input.RequestReceived received)
                || !(received.request() instanceof Request.FromLeader word)) {
            return before;
        }
        String from = word.header().from();
        boolean isNewer = before == null
                || word.term() > before.term()
                || (word.term() == before.term()
                        && from.equals(before.from())
                        && word.commitIndex() > before.commitIndex());
        return isNewer ? new LeaderWord(word.term(), from, word.commitIndex()) : before;
    }

    /** Whether it is the word of the leader that is known now. */
    boolean isOf(ElectionView view) {
        return term == view.term() && from.equals(view.leader());
    }
}
