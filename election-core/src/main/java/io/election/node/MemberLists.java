package io.election.node;

import io.election.core.ElectionView;
import io.election.core.ListedMember;
import io.election.core.Membership;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/**
 * Compares this member's list of members with those of its peers, which have to be alike for a founding, and with the members in
 * force, which may be others: what the log says wins over every list, so there a difference is worth knowing, and no fault. Guarded
 * by the {@link PeerWatch} that holds it.
 */
final class MemberLists {

    private final String nodeId;
    private final List<ListedMember> listed;
    private final boolean used;
    private final Chronicle chronicle;
    /** In what the list differs from the members in force, as it was told last, or {@code null} if it did not. */
    private @Nullable String toldInForce;

    /**
     * Begins with a list.
     *
     * @param used whether there is one; not where discovery finds the members
     */
    MemberLists(String nodeId, List<ListedMember> listed, boolean used, Chronicle chronicle) {
        this.used = used;
        this.nodeId = nodeId;
        this.listed = listed;
        this.chronicle = chronicle;
    }

    /**
     * A peer said which list it has.
     *
     * @param founded whether the log names the members, the peer's or this one's, so that the lists do not matter
     */
    void compare(WatchedPeer peer, List<ListedMember> theirs, boolean founded) {
        if (!used) {
            return;
        }
        if (theirs.equals(listed)) {
            if (peer.differingList() != null) {
                chronicle.note(Level.INFO, "has the same list of members as '{peer}' now.", peer.id());
                peer.differs(null);
            }
        } else if (founded) {
            peer.differs(null);
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

    /** The core noticed, before the founding, that a peer has another list. */
    void differs(String member, @Nullable WatchedPeer peer) {
        if (!member.equals(nodeId) && (peer == null || peer.differingList() == null)) {
            chronicle.note(
                    Level.ERROR,
                    "has another list of members (election.members) than '{peer}'. Give all members the same list.",
                    member);
            chronicle.event("list-differs", member);
        }
    }

    /** These members are in force from now on: says once in what the list differs, and once that it no longer does. */
    void inForce(@Nullable Membership membership) {
        String difference = differenceInForce(membership);
        if (Objects.equals(difference, toldInForce)) {
            return;
        }
        toldInForce = difference;
        if (difference == null) {
            chronicle.note(Level.INFO, "has the list of members (election.members) now that is in force.");
            return;
        }
        chronicle.note(
                isOwnKindDifferent(membership) ? Level.WARN : Level.INFO,
                "has another list of members (election.members) than the one in force, which counts: {reason}.",
                difference);
        chronicle.event("list-differs", difference);
    }

    /** What it may do does not change with its list: it is removed first, and comes back with a new memory. */
    private boolean isOwnKindDifferent(@Nullable Membership membership) {
        return membership != null
                && membership
                        .member(nodeId)
                        .filter(named -> !listed.contains(new ListedMember(nodeId, named.kind())))
                        .isPresent();
    }

    private @Nullable String differenceInForce(@Nullable Membership membership) {
        return !used || membership == null || membership.listed().equals(listed)
                ? null
                : ListDifference.describe(listed, membership.listed(), "in the log");
    }

    /** In what the list of a peer differs, as a clause, or {@code null}; always {@code null} once the log names the members. */
    @Nullable String difference(WatchedPeer peer, ElectionView seen) {
        List<ListedMember> theirs = peer.differingList();
        return theirs == null || seen.membership() != null
                ? null
                : "its list of members differs: " + ListDifference.describe(listed, theirs, "there");
    }

    /**
     * In what the lists differ, as a sentence, or {@code null} if they do not. Before the founding, that is a fault.
     *
     * @param heard the peers that said something lately
     */
    @Nullable String difference(ElectionView seen, List<WatchedPeer> heard) {
        if (seen.membership() != null) {
            String difference = differenceInForce(seen.membership());
            return difference == null
                    ? null
                    : "This member has another list of members than the one in force, which counts: " + difference;
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
