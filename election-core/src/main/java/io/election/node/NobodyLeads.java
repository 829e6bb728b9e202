package io.election.node;

import io.election.core.Quorum;
import java.util.Collection;
import java.util.Map;

/**
 * Whether it is known that there is no leader, by what members say lately of whether they know one. Not to hear of a leader is no
 * proof: this member may be the one that is cut off. Whoever exchanges members one by one relies on it, and nothing in the election.
 */
final class NobodyLeads {

    private NobodyLeads() {}

    /**
     * Judges what the other voters say.
     *
     * @param others the voters, without this member, which follows nobody
     * @param said of each member that answered lately, whether it knows no leader
     * @return whether none of them knows a leader, and those that did not answer are no quorum, whether this member votes or not
     */
    static boolean amongVoters(Collection<String> others, Map<String, Boolean> said) {
        long silent = others.stream().filter(id -> !said.containsKey(id)).count();
        return !said.containsValue(Boolean.FALSE) && silent < Quorum.of(Math.max(1, others.size()));
    }

    /**
     * Judges what those say who were found, where it is not known who votes.
     *
     * @param found the members that were found, without this one
     * @param unknown at how many places somebody was found and nobody answers
     * @param expected how many members founded a cluster, at least
     * @param said of each member that answered lately, whether it knows no leader
     * @return whether none of them knows a leader, and those that did not answer are no quorum of so many
     */
    static boolean amongFound(Collection<String> found, int unknown, int expected, Map<String, Boolean> said) {
        long silent =
                unknown + found.stream().filter(id -> !said.containsKey(id)).count();
        return !said.containsValue(Boolean.FALSE) && silent < Quorum.of(expected);
    }
}
