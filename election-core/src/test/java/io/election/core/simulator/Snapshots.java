package io.election.core.simulator;

import io.election.core.LogPosition;
import io.election.core.MemberKind;
import io.election.core.Membership;
import io.election.core.Snapshot;
import io.election.core.Snapshot.OpenedPosition;
import io.election.core.simulator.CommittedEntriesKept.Opened;
import java.util.List;
import java.util.Objects;

/**
 * What stands for compacted entries stands for nothing else (safety rules 3, 7 and 11): its end, its membership and its openings
 * are compared with the cluster's committed log, which {@link CommittedEntriesKept} keeps as a whole.
 */
final class Snapshots {

    private static final int MOST_OPENINGS = 64;

    private final CommittedEntriesKept committed;

    Snapshots(CommittedEntriesKept committed) {
        this.committed = committed;
    }

    /** A member compacts entries away, or a leader sends what stands for them. */
    void check(MemberRecord w, Snapshot snapshot) {
        long index = snapshot.last().index();
        if (index > committed.size()
                || committed.termAt(index) != snapshot.last().term()) {
            throw new Violation(
                    "only committed entries are compacted", w + ": " + snapshot + ", committed " + committed.size());
        }
        Membership membership = committed.membershipAt(index);
        if (!Objects.equals(membership, snapshot.membership())) {
            throw new Violation(
                    "a snapshot holds the membership in force at its end",
                    w + ": " + snapshot + ", in force is " + membership);
        }
        for (OpenedPosition opening : snapshot.openings()) {
            boolean known = false;
            for (Opened opened : committed.openings()) {
                known |= opened.index() <= index && opened.opened().equals(opening);
            }
            if (!known) {
                throw new Violation(
                        "a snapshot holds openings that were committed", w + ": " + opening + " in " + snapshot);
            }
        }
        if (w.member.kind() == MemberKind.DATA) {
            holdsWhatStillTells(w, snapshot);
        }
    }

    /** An opening may be missing if a later one tells the same of whoever holds its position, or if it is said to be dropped. */
    private void holdsWhatStillTells(MemberRecord w, Snapshot snapshot) {
        List<Opened> all = committed.openings();
        int dropped = 0;
        for (int i = 0; i < all.size() && all.get(i).index() <= snapshot.last().index(); i++) {
            OpenedPosition opened = all.get(i).opened();
            if (snapshot.openings().contains(opened)
                    || isToldByALaterOne(all, i, snapshot.last().index())) {
                continue;
            }
            dropped++;
            if (opened.term() >= snapshot.openingsFrom()) {
                throw new Violation(
                        "a snapshot holds every opening that can still tell how a position counts",
                        w + ": " + snapshot + " without " + opened);
            }
        }
        if (snapshot.openingsFrom() > 0 && dropped == 0 && all.size() <= MOST_OPENINGS) {
            throw new Violation("no opening is dropped without need", w + ": " + snapshot);
        }
    }

    private static boolean isToldByALaterOne(List<Opened> all, int i, long upTo) {
        LogPosition position = all.get(i).opened().position();
        for (int j = i + 1; j < all.size() && all.get(j).index() <= upTo; j++) {
            LogPosition later = all.get(j).opened().position();
            if (later.term() == position.term() && later.index() <= position.index()) {
                return true;
            }
        }
        return false;
    }
}
