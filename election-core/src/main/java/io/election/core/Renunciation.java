package io.election.core;

import java.util.List;

/**
 * A founding that a member has voted for and wishes to be free of. Who renounces it as well takes no entry of it before it is
 * committed, and gives it no vote, up to that term. The same founders may found a cluster in a later term.
 *
 * @param founders the ids of its founders, sorted
 * @param term the latest term in which the member may have voted for it
 */
public record Renunciation(List<String> founders, long term) {

    public Renunciation {
        founders = Message.checkedIds("founders", founders);
        Message.checkTerm(term);
    }
}
