package io.election.core.simulator;

import io.election.Role;
import io.election.core.EnrolledMember;
import io.election.core.Entry;
import io.election.core.LogPosition;
import io.election.core.Membership;
import io.election.core.Quorum;
import io.election.core.Request;
import io.election.core.Snapshot;

/**
 * Safety rule 11: what a log may become, and what commits an entry. Who holds an entry is read from the members' disks. That
 * what is committed stays is held by {@link CommittedEntriesKept}.
 */
final class Rule11Commit {

    private final VirtualCluster cluster;
    private final CommittedEntriesKept committed;
    private final Rule07Quorum quorum;
    private final Snapshots snapshots;
    private final MemberRecord[] records;

    Rule11Commit(
            VirtualCluster cluster,
            CommittedEntriesKept committed,
            Rule07Quorum quorum,
            Snapshots snapshots,
            MemberRecord[] records) {
        this.cluster = cluster;
        this.committed = committed;
        this.quorum = quorum;
        this.snapshots = snapshots;
        this.records = records;
    }

    void appends(MemberRecord w, Entry entry) {
        LogPosition previous = w.log.last();
        if (entry.index() != previous.index() + 1 || entry.term() < previous.term()) {
            throw new Violation("a log has no gaps and its terms do not fall", w + ": " + entry + " after " + previous);
        }
        if (entry.term() > w.hardState.term()) {
            throw new Violation(
                    "a term is on disk before its entries",
                    w + ": " + entry.position() + " in term " + w.hardState.term());
        }
        committed.writes(w, entry, previous);
        w.log.append(entry);
    }

    void cuts(MemberRecord w, long fromIndex) {
        if (fromIndex <= w.commitIndex) {
            throw new Violation(
                    "a committed entry is never removed",
                    w + " cuts from " + fromIndex + ", committed is " + w.commitIndex);
        }
        if (w.role == Role.LEADER) {
            throw new Violation("a leader never cuts its own log", w + " cuts from " + fromIndex);
        }
        w.log.cutFrom(fromIndex);
    }

    void compacts(MemberRecord w, Snapshot snapshot) {
        long index = snapshot.last().index();
        boolean continues = w.log.termAt(index) == snapshot.last().term();
        if (continues && index > w.commitIndex) {
            commits(w, index);
        }
        if (committed.isKnown()) {
            snapshots.check(w, snapshot);
        }
        if (index < w.log.snapshotIndex()) {
            throw new Violation(
                    "a snapshot never falls", w + " from " + w.log.snapshot().last() + " to " + snapshot.last());
        }
        if (!continues && index <= w.commitIndex) {
            throw new Violation("a snapshot agrees with what is committed", w + ": " + snapshot);
        }
        Entry after = w.log.entryAt(index + 1);
        if (!continues && after != null) {
            throw new Violation(
                    "entries that do not continue the snapshot are removed with it",
                    w + ": " + snapshot + " before " + after);
        }
        w.log.fold(snapshot);
        w.commitIndex = Math.max(w.commitIndex, index);
    }

    /** A member writes down up to where its log is committed. */
    void knows(MemberRecord w, long index) {
        if (index > w.log.last().index()) {
            throw new Violation("nothing is committed beyond the log", w + ": " + index + " beyond " + w.log.last());
        }
        if (index > w.commitIndex) {
            commits(w, index);
        }
    }

    /** A leader tells of what is committed. */
    void asks(MemberRecord w, Request.FromLeader message) {
        if (!committed.isKnown()) {
            return;
        }
        if (message.commitIndex() > committed.size()) {
            throw new Violation("a leader tells of committed entries only", w + " sends " + Trace.describe(message));
        }
        if (message instanceof Request.InstallSnapshot install) {
            snapshots.check(w, install.snapshot());
        }
    }

    /** After a step, a member's log is committed up to an index. */
    void commits(MemberRecord w, long commit) {
        if (commit == w.commitIndex) {
            return;
        }
        if (commit < w.commitIndex) {
            throw new Violation("a commit index never falls", w + " from " + w.commitIndex + " to " + commit);
        }
        if (commit > w.log.last().index()) {
            throw new Violation("nothing is committed beyond the log", w + ": " + commit + " beyond " + w.log.last());
        }
        // A leader may commit and step down in one step: by a transfer that runs out of time just then.
        boolean ledThisTerm = w.roleBefore == Role.LEADER && w.hardState.term() == w.hardStateBefore.term();
        if ((w.role == Role.LEADER || ledThisTerm) && commit > committed.size()) {
            leaderCommits(w, commit);
        }
        committed.commits(w, commit);
        w.commitIndex = commit;
    }

    private void leaderCommits(MemberRecord w, long commit) {
        long term = w.hardState.term();
        if (w.log.termAt(commit) != term) {
            throw new Violation(
                    "earlier terms commit only through an entry of the leader's own",
                    w + " in term " + term + " commits " + commit + " of term " + w.log.termAt(commit));
        }
        Membership membership = w.membership();
        if (membership == null) {
            throw new Violation("a leader knows a membership when it commits", w.toString());
        }
        int voters = 0;
        int holding = 0;
        for (EnrolledMember enrolled : membership.members()) {
            if (Enrolment.votes(enrolled)) {
                voters++;
                if (holdsDurably(enrolled, commit, term)) {
                    holding++;
                }
            }
        }
        if (!cluster.mayFollowALiar() && holding < Quorum.of(voters)) {
            throw new Violation(
                    "a committed entry is durable on a quorum",
                    w + " commits " + commit + ", which " + holding + " of " + voters + " hold");
        }
        committed.leaderCommits(w, commit);
    }

    /** Whether a voter's disk holds an entry, or held it until it was lost. */
    boolean holdsDurably(EnrolledMember enrolled, long index, long term) {
        VirtualMember member = cluster.memberOrNull(enrolled.id());
        if (member == null || !quorum.counts(enrolled)) {
            return false;
        }
        if (cluster.mayLie(member)) {
            // Its word may be all that there is.
            return true;
        }
        if (member.disk().incarnation().equals(enrolled.incarnation())
                && WrittenLog.holds(member.disk().state(), index, term)) {
            return true;
        }
        // What a disk acknowledged before it was lost was acknowledged.
        for (VirtualDisk lost : records[member.index()].lostDisks) {
            if (lost.incarnation().equals(enrolled.incarnation()) && WrittenLog.holds(lost.state(), index, term)) {
                return true;
            }
        }
        return false;
    }
}
