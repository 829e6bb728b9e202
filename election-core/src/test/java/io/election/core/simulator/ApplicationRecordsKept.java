package io.election.core.simulator;

import io.election.core.EnrolledMember;
import io.election.core.LogPosition;
import io.election.core.Membership;
import io.election.core.Quorum;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * End to end: what a quorum's applications hold is in every later leader's application. It knows what is in those logs, record
 * by record, and so what a position that a member names must stand for.
 */
final class ApplicationRecordsKept {

    private final VirtualCluster cluster;
    private final Rule03TheLogDecides positions;
    private final Rule07Quorum quorum;
    private final MemberRecord[] records;

    /** By place less one: the term of the application's record there, and the term of the leader that it was safe with. */
    private final ArrayList<long[]> safe = new ArrayList<>();

    /** By term: what its leader's application held when it began; whatever it wrote then is of that term. */
    private final Map<Long, long[]> begunWith = new HashMap<>();

    private long lookedAtTerm;
    private int lookedAtUpTo;

    ApplicationRecordsKept(
            VirtualCluster cluster, Rule03TheLogDecides positions, Rule07Quorum quorum, MemberRecord[] records) {
        this.cluster = cluster;
        this.positions = positions;
        this.quorum = quorum;
        this.records = records;
    }

    void foundedAnew() {
        safe.clear();
        begunWith.clear();
        lookedAtTerm = 0;
    }

    /** A new leader's application holds every record that was safe in an earlier term. */
    void leads(MemberRecord w) {
        long term = w.hardState.term();
        ApplicationLog application = w.member.application();
        for (int i = 0; i < safe.size(); i++) {
            long[] record = safe.get(i);
            if (record[1] < term && application.termAt(i + 1) != record[0]) {
                throw new Violation(
                        "what a quorum's applications hold is in every later leader's",
                        w + " leads term " + term + " with its application at " + w.position + ", counted "
                                + positions.counted(w) + ", without record " + (i + 1) + " of term " + record[0]
                                + ", safe since term " + record[1]);
            }
        }
    }

    /** A leader's application begins to write: it does so once it is told, and may have copied from others until then. */
    void begins(MemberRecord w, long term) {
        ApplicationLog application = w.member.application();
        long[] held = new long[application.size()];
        for (int i = 0; i < held.length; i++) {
            held[i] = application.termAt(i + 1);
        }
        begunWith.put(term, held);
    }

    /**
     * Whether a log really holds what a position stands for: the records of that term's leader up to there.
     *
     * @return {@code true} also where it is not known what that leader's application held
     */
    boolean holds(ApplicationLog log, LogPosition position) {
        long[] begun = begunWith.get(position.term());
        if (begun == null) {
            return true;
        }
        if (log.size() < position.index()) {
            return false;
        }
        for (int i = 0; i < position.index(); i++) {
            if (log.termAt(i + 1) != (i < begun.length ? begun[i] : position.term())) {
                return false;
            }
        }
        return true;
    }

    /** The application's log has grown somewhere: what a quorum holds of what was written in the leader's term is safe. */
    void held(MemberRecord leader) {
        long term = leader.member.leaseTerm();
        Membership membership = leader.membership();
        if (membership == null) {
            return;
        }
        List<Long> held = new ArrayList<>();
        int voters = 0;
        for (EnrolledMember named : membership.members()) {
            voters += Enrolment.votes(named) ? 1 : 0;
            VirtualMember member = cluster.memberOrNull(named.id());
            if (member != null
                    && Enrolment.mayLead(named)
                    && counts(named, member)
                    && positions.followsOrIs(records[member.index()], leader.member)) {
                LogPosition counted = positions.counted(records[member.index()]);
                if (counted != null && counted.term() == term) {
                    if (!holds(member.application(), counted)) {
                        throw new Violation(
                                "what counts as a leader's records is what that leader wrote",
                                member + " counts as " + counted + ", which its records are not");
                    }
                    held.add(counted.index());
                }
            }
        }
        int needed = Quorum.of(voters);
        if (held.size() >= needed) {
            held.sort(Comparator.reverseOrder());
            isSafe(leader, term, held.get(needed - 1));
        }
    }

    private boolean counts(EnrolledMember named, VirtualMember member) {
        return member.isUp()
                && !member.isPaused()
                && named.incarnation().equals(member.disk().incarnation())
                && quorum.counts(named);
    }

    /** A leader tells that a quorum holds its application's records up to a place. */
    void watermark(MemberRecord leader, LogPosition mark) {
        isSafe(leader, mark.term(), mark.index());
    }

    private void isSafe(MemberRecord leader, long term, long upTo) {
        // A leader's application only adds records in its term: what was looked at need not be again.
        int from = term == lookedAtTerm ? lookedAtUpTo : 0;
        lookedAtTerm = term;
        lookedAtUpTo = (int) Math.max(from, upTo);
        for (int i = from; i < upTo; i++) {
            long record = leader.member.application().termAt(i + 1);
            if (i == safe.size()) {
                safe.add(new long[] {record, term});
                cluster.coverage().reached(Coverage.Event.APPLICATION_RECORDS_COMMITTED);
            }
            if (record == -1 || safe.get(i)[0] != record) {
                throw new Violation(
                        "what a quorum's applications hold stays",
                        leader + " in term " + term + " has a record of term " + record + " at " + (i + 1)
                                + ", safe was one of term " + safe.get(i)[0]);
            }
        }
    }
}
