package io.election.node;

import io.election.core.ElectionView;
import io.election.core.EnrolledMember;
import io.election.core.MemberPresence;
import io.election.core.Membership;
import io.election.peer.MemberState;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Whether so many members have lost their memory that no quorum is left which remembers anything. */
final class LostMemories {

    private static final String LISTED_ANEW = "recover the"
            + " cluster from a member that has kept its memory (io.election.journal.RecoverMember); or stop all members,"
            + " move all their directories away, and start them all: that founds the cluster again. If all"
            + " members of the list keep their memory in memory (election.storage.mode), they do so by themselves as soon"
            + " as all of them run";

    private static final String FOUND_ANEW =
            "or members keep their memory in memory (election.storage.mode), restart every"
                    + " member that has kept its own, with an empty one: then those that are found by then found a new cluster."
                    + " They do not do so by themselves";

    private LostMemories() {}

    /**
     * The members that cannot vote because their memory is new, if they are so many that no quorum is left.
     *
     * @param seen what this member's election shows; it holds the log
     * @param nodeId this member
     * @param said what another member said about itself lately, or {@code null}; a member that said nothing may have its memory
     * @return their ids; none while a quorum may be left
     */
    static List<String> of(ElectionView seen, String nodeId, Function<String, @Nullable MemberState> said) {
        Membership membership = seen.membership();
        if (membership == null) {
            return List.of();
        }
        List<String> without = new ArrayList<>();
        for (EnrolledMember member : membership.members()) {
            boolean lost =
                    member.id().equals(nodeId) ? !isSettled(seen, nodeId) : isLost(member, said.apply(member.id()));
            if (member.kind().votes() && lost) {
                without.add(member.id());
            }
        }
        return seen.voters() - without.size() < seen.needed() ? without : List.of();
    }

    private static boolean isLost(EnrolledMember named, @Nullable MemberState state) {
        // A founder counts from the beginning, even before it holds the log that names it.
        return state != null
                && !state.settled()
                && !(named.isFounder() && named.incarnation().equals(state.incarnation()));
    }

    /** Whether a member's own vote counts, by what it shows. */
    static boolean isSettled(ElectionView seen, String nodeId) {
        return seen.members().stream()
                .anyMatch(m -> m.id().equals(nodeId) && m.votingState() == MemberPresence.VotingState.VOTER);
    }

    /**
     * What that means, and the way out: a predicate of this member, without a full stop.
     *
     * @param discovered whether the members find each other, and so never forget by themselves
     */
    static String describe(List<String> without, boolean discovered) {
        return "cannot become part of a quorum again, nor can any other member: the memory of "
                + without.stream().map(id -> "'" + id + "'").collect(Collectors.joining(", "))
                + " is new, and too few voters have kept theirs. If the old directories"
                + " (election.storage.directory) still exist, start these members with them. If they are lost, "
                + (discovered ? FOUND_ANEW : LISTED_ANEW);
    }
}
