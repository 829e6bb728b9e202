package io.election.core;

import java.util.List;

/**
 * What a member that holds no entry says of those with whom it would found a cluster that discovery finds.
 *
 * @param kind what it may do; only data members found a cluster
 * @param expected how many members the cluster is to be founded with
 * @param founds whether it takes part in a founding at all
 * @param found the ids that discovery finds here, this member included, sorted
 * @param renounced whether it holds no entry of the founding that it was asked about, and will take none and give it no vote
 */
public record Gathering(MemberKind kind, int expected, boolean founds, List<String> found, boolean renounced) {

    public Gathering {
        if (expected < 1 || expected > Message.MOST_MEMBERS) {
            throw new IllegalArgumentException(
                    "expected must be 1 to " + Message.MOST_MEMBERS + ", but is " + expected);
        }
        found = Message.checkedIds("found", found);
    }
}
