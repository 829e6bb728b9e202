package io.election.core.simulator;

import io.election.core.Entry;
import io.election.core.LogPosition;
import io.election.core.Membership;
import io.election.core.Payload;
import io.election.core.Request;
import io.election.core.Snapshot.OpenedPosition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * End to end: an entry that a leader committed stays. All members commit the same entries, and every later leader holds them.
 * It keeps every entry that was ever written, and so the one log that the cluster has committed.
 */
final class CommittedEntriesKept {

    /** What is known of an entry since the first member wrote it. */
    private record Known(long previousTerm, Payload payload) {}

    /** A committed entry that names an application's position. */
    record Opened(long index, OpenedPosition opened) {}

    /** A committed entry that changes the membership. */
    private record Changed(long index, Membership membership) {}

    private final Map<LogPosition, Known> written = new HashMap<>();

    /** By index less one: the term of the committed entry there, and the term of the leader that committed it first. */
    private final ArrayList<long[]> committed = new ArrayList<>();

    private final ArrayList<Changed> memberships = new ArrayList<>();
    private final ArrayList<Opened> openings = new ArrayList<>();

    private boolean judges = true;

    /** A member may lie that could lead: entries are whatever it says. */
    void judgeNothing() {
        judges = false;
    }

    /** A member writes an entry: it is the one that others wrote with the same index and term, and so is what is before it. */
    void writes(MemberRecord w, Entry entry, LogPosition previous) {
        if (!judges) {
            return;
        }
        Known known = written.get(entry.position());
        if (known == null) {
            written.put(entry.position(), new Known(previous.term(), entry.payload()));
            return;
        }
        boolean withheld = entry.payload() instanceof Payload.Withheld;
        boolean wasWithheld = known.payload() instanceof Payload.Withheld;
        if (known.previousTerm() != previous.term()
                || (!withheld && !wasWithheld && !known.payload().equals(entry.payload()))) {
            throw new Violation(
                    "entries with the same index and term are the same, and so is all before them",
                    w + ": " + entry + " after term " + previous.term() + ", known is " + known);
        }
        if (wasWithheld && !withheld) {
            written.put(entry.position(), new Known(known.previousTerm(), entry.payload()));
        }
    }

    /** A leader sends entries: they are those that were ever sent and written with the same index and term. */
    void sends(MemberRecord w, Request.Append append) {
        if (!judges) {
            return;
        }
        for (Entry entry : append.entries()) {
            Known known = written.get(entry.position());
            boolean withheld = entry.payload() instanceof Payload.Withheld;
            if (known == null
                    || (!withheld
                            && !(known.payload() instanceof Payload.Withheld)
                            && !known.payload().equals(entry.payload()))) {
                throw new Violation(
                        "entries that are sent with the same index and term are the same",
                        w + " sends " + entry + ", known is " + known);
            }
        }
    }

    /** Whether it is known what is committed. */
    boolean isKnown() {
        return judges;
    }

    /** How far any leader has committed. */
    long size() {
        return committed.size();
    }

    /** Whether an entry of a term is committed. */
    boolean isOpened(long term) {
        for (int i = committed.size() - 1; i >= 0 && committed.get(i)[0] >= term; i--) {
            if (committed.get(i)[0] == term) {
                return true;
            }
        }
        return false;
    }

    /** The term of the committed entry at an index. */
    long termAt(long index) {
        return committed.get((int) index - 1)[0];
    }

    /** A leader commits what nobody had committed. */
    void leaderCommits(MemberRecord w, long commit) {
        if (!judges) {
            return;
        }
        long leadersTerm = w.hardState.term();
        while (committed.size() < commit) {
            long index = committed.size() + 1;
            long term = w.log.termAt(index);
            committed.add(new long[] {term, leadersTerm});
            Known known = written.get(new LogPosition(term, index));
            Payload payload = known == null ? new Payload.Withheld() : known.payload();
            Membership membership = payload.membership();
            if (membership != null) {
                memberships.add(new Changed(index, membership));
            }
            if (payload instanceof Payload.TermOpening opening && opening.position() != null) {
                openings.add(new Opened(index, new OpenedPosition(term, opening.position())));
            }
        }
    }

    /** A member takes entries for committed. */
    void commits(MemberRecord w, long commit) {
        if (!judges) {
            return;
        }
        for (long index = Math.max(w.commitIndex, w.log.snapshotIndex()) + 1; index <= commit; index++) {
            if (index > committed.size()) {
                throw new Violation(
                        "only a leader commits what nobody has committed",
                        w + " commits " + index + ", committed is " + committed.size());
            }
            if (termAt(index) != w.log.termAt(index)) {
                throw new Violation(
                        "all commit the same entries",
                        w + " commits " + index + " of term " + w.log.termAt(index) + ", not of term " + termAt(index));
            }
        }
    }

    /** A member has just become the leader of its term. */
    void leads(MemberRecord w) {
        long term = w.hardState.term();
        for (int i = committed.size() - 1; i >= 0; i--) {
            if (committed.get(i)[1] < term) {
                long index = i + 1L;
                if (index > w.log.snapshotIndex()
                        && w.log.termAt(index) != committed.get(i)[0]) {
                    throw new Violation(
                            "a committed entry is in every later leader",
                            w + " leads term " + term + " without entry "
                                    + committed.get(i)[0] + "/" + index + ", its log ends with " + w.log.last());
                }
                break;
            }
        }
    }

    /** The membership in force at a committed index, by the entries up to there. */
    @Nullable Membership membershipAt(long index) {
        for (int i = memberships.size() - 1; i >= 0; i--) {
            if (memberships.get(i).index() <= index) {
                return memberships.get(i).membership();
            }
        }
        return null;
    }

    /** All committed openings that named an application's position, in their order. */
    List<Opened> openings() {
        return openings;
    }

    void foundedAnew() {
        written.clear();
        committed.clear();
        memberships.clear();
        openings.clear();
    }
}
