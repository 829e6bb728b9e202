package io.election.core;

import java.util.List;

/**
 * What a member that holds no entry says of those with whom it would found a cluster that discovery finds.
 *
 * @param expected how many members the cluster is to be founded with
 * @param found the ids that discovery finds here, this member included, sorted
 * @param bound the ids of the founders for whose founding this life of the member has voted, sorted; empty if it has voted for none
 * @param abandoned whether it will take no entry of that founding and give it no vote again
 */
public record Gathering(int expected, List<String> found, List<String> bound, boolean abandoned) {

    public Gathering {
        if (expected < 1 || expected > Message.MOST_MEMBERS) {
            throw new IllegalArgumentException(
                    "expected must be 1 to " + Message.MOST_MEMBERS + ", but is " + expected);
        }
        found = sorted("found", found);
        bound = sorted("bound", bound);
        if (abandoned && bound.isEmpty()) {
            throw new IllegalArgumentException("abandoned must be false where no vote was given");
        }
    }

    private static List<String> sorted(String field, List<String> ids) {
        if (ids.size() > Message.MOST_MEMBERS || ids.stream().distinct().count() != ids.size()) {
            throw new IllegalArgumentException(
                    field + " must name up to " + Message.MOST_MEMBERS + " different members, but names " + ids.size());
        }
        ids.forEach(id -> Message.checkName(field, id));
        return ids.stream().sorted().toList();
    }
}
