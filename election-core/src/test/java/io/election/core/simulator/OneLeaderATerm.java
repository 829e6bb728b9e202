package io.election.core.simulator;

import io.election.core.MemberKind;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** End to end: a term has at most one leader, which is a data member. */
final class OneLeaderATerm {

    private final Map<Long, String> leaders = new HashMap<>();

    /** A member has shown that it is the leader of a term: by its role, or by what only a leader sends. */
    void leads(VirtualMember member, long term) {
        String leader = leaders.putIfAbsent(term, member.id());
        if (leader != null && !leader.equals(member.id())) {
            throw new Violation("there is one leader in a term", "term " + term + ": " + leader + " and " + member);
        }
        if (leader == null && member.kind() != MemberKind.DATA) {
            throw new Violation("only data members lead", member + " is a " + member.kind());
        }
    }

    /** Who led in a term, or {@code null} if nobody did. */
    @Nullable String leaderOf(long term) {
        return leaders.get(term);
    }

    void foundedAnew() {
        leaders.clear();
    }
}
