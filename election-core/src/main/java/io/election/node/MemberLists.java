package io.election.node;

import io.election.core.ElectionView;
import io.election.core.ListedMember;
import io.election.core.Membership;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/**
 * Compares this member's list of members with those of its peers and with that of the founding, and says so where they differ.
 * Guarded by the {@link PeerWatch} that holds it.
 */
final class MemberLists {

    private final String nodeId;
    private final List<ListedMember> listed;
    private final Chronicle chronicle;

    MemberLists(String nodeId, List<ListedMember> listed, Chronicle chronicle) {
        this.nodeId = nodeId;
        this.listed = listed;
        this.chronicle = chronicle;
    }

    /** A peer said which list it has. */
    void compare(WatchedPeer peer, List<ListedMember> theirs) {
        if (theirs.equals(listed)) {
            if (peer.differingList() != null) {
                chronicle.note(Level.INFO, "has the same list of members as '{peer}' now.", peer.id());
                peer.differs(null);
            }
        } else if (!theirs.equals(peer.differingList())) {
            peer.differs(theirs);
            String difference = ListDifference.describe(listed, theirs, "there");
            chronicle.note(
                    Level.ERROR,
                    "has another list of members (election.members) than '{peer}': {reason}. Give all members the same list.",
                    peer.id(),
                    difference);
            chronicle.event("list-differs", peer.id() + ": " + difference);
        }
    }

    /** The core noticed that lists differ: this member's from the founding's, or from a peer's. */
    void differs(String member, @Nullable WatchedPeer peer, ElectionView seen) {
        if (member.equals(nodeId)) {
            chronicle.note(
                    Level.ERROR,
                    "has another list of members (election.members) than the cluster was founded with: {reason}. Give it the"
                            + " list of the founding, and start it again.",
                    String.valueOf(differenceFromFounding(seen)));
            chronicle.event("list-differs", member);
        } else if (peer == null || peer.differingList() == null) {
            chronicle.note(
                    Level.ERROR,
                    "has another list of members (election.members) than '{peer}'. Give all members the same list.",
                    member);
            chronicle.event("list-differs", member);
        }
    }

    private @Nullable String differenceFromFounding(ElectionView seen) {
        Membership membership = seen.membership();
        return membership == null || membership.listed().equals(listed)
                ? null
                : ListDifference.describe(listed, membership.listed(), "at the founding");
    }

    /** In what the list of a peer differs, as a clause, or {@code null}. */
    @Nullable String difference(WatchedPeer peer) {
        List<ListedMember> theirs = peer.differingList();
        return theirs == null
                ? null
                : "its list of members differs: " + ListDifference.describe(listed, theirs, "there");
    }

    /**
     * In what the lists differ that have to be alike, as a sentence, or {@code null} if they do not.
     *
     * @param heard the peers that said something lately
     */
    @Nullable String difference(ElectionView seen, List<WatchedPeer> heard) {
        if (seen.membership() != null) {
            // With the list of the founding, this member is right, whatever another one says.
            String difference = differenceFromFounding(seen);
            return difference == null
                    ? null
                    : "This member has another list of members than the cluster was founded with: " + difference;
        }
        for (WatchedPeer peer : heard) {
            List<ListedMember> theirs = peer.differingList();
            if (theirs != null) {
                return "This member has another list of members than '" + peer.id() + "': "
                        + ListDifference.describe(listed, theirs, "there");
            }
        }
        return seen.listDiffers() ? "The members do not all have the same list of members" : null;
    }
}
