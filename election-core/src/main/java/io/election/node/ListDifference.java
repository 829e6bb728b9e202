package io.election.node;

import io.election.core.ListedMember;
import io.election.core.MemberKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Says in which entries two lists of members differ. */
final class ListDifference {

    /** Entries named, at most. */
    private static final int MOST = 8;

    private ListDifference() {}

    /**
     * The entries that differ.
     *
     * @param here this member's list
     * @param there the other one
     * @param place where the other one is, such as "there" or "at the founding"
     * @return one clause; empty if the lists are equal
     */
    static String describe(List<ListedMember> here, List<ListedMember> there, String place) {
        Map<String, MemberKind> ours = byId(here);
        Map<String, MemberKind> theirs = byId(there);
        List<String> differences = new ArrayList<>();
        theirs.forEach((id, kind) -> {
            MemberKind own = ours.get(id);
            if (own == null) {
                differences.add("'" + id + "' (" + name(kind) + ") is listed only " + place);
            } else if (own != kind) {
                differences.add("'" + id + "' is " + name(own) + " here and " + name(kind) + " " + place);
            }
        });
        ours.forEach((id, kind) -> {
            if (!theirs.containsKey(id)) {
                differences.add("'" + id + "' (" + name(kind) + ") is listed only here");
            }
        });
        int more = differences.size() - MOST;
        return differences.stream().limit(MOST).collect(Collectors.joining(", "))
                + (more > 0 ? ", and " + more + " more" : "");
    }

    private static Map<String, MemberKind> byId(List<ListedMember> members) {
        Map<String, MemberKind> kinds = new TreeMap<>();
        members.forEach(member -> kinds.put(member.id(), member.kind()));
        return kinds;
    }

    private static String name(MemberKind kind) {
        return Chronicle.dashed(kind.name());
    }
}
