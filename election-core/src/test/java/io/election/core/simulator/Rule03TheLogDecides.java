package io.election.core.simulator;

import io.election.core.DurableState;
import io.election.core.Effect;
import io.election.core.EnrolledMember;
import io.election.core.Entry;
import io.election.core.LogPosition;
import io.election.core.MemberKind;
import io.election.core.Membership;
import io.election.core.Payload;
import io.election.core.Quorum;
import io.election.core.Request;
import io.election.core.Response;
import io.election.core.Snapshot.OpenedPosition;
import io.election.core.simulator.CommittedEntriesKept.Opened;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Safety rule 3: whose log is behind is refused, the election's and the application's. What a member names as its own position
 * is compared with the records that its application really holds, which {@link ApplicationRecordsKept} knows.
 */
final class Rule03TheLogDecides {

    private final VirtualCluster cluster;
    private final CommittedEntriesKept committed;
    private final Rule05BoundMeansBound bonds;
    private final Rule15Members changes;
    private final MemberRecord[] records;
    private final ApplicationRecordsKept application;
    private final @Nullable LogPosition[] knownMarks;
    private final @Nullable LogPosition[] lastClaims;
    private final @Nullable LogPosition[] lastClaimedAt;

    /** The watermark that was looked at last, so that it is not looked at with each heartbeat. */
    private @Nullable LogPosition lookedAt;

    /** By term: the highest watermark that its leader told. */
    private final Map<Long, LogPosition> watermarks = new HashMap<>();

    Rule03TheLogDecides(
            VirtualCluster cluster,
            CommittedEntriesKept committed,
            Rule05BoundMeansBound bonds,
            Rule07Quorum quorum,
            Rule15Members changes,
            MemberRecord[] records) {
        this.cluster = cluster;
        this.committed = committed;
        this.bonds = bonds;
        this.changes = changes;
        this.records = records;
        this.application = new ApplicationRecordsKept(cluster, this, quorum, records);
        this.knownMarks = new LogPosition[records.length];
        this.lastClaims = new LogPosition[records.length];
        this.lastClaimedAt = new LogPosition[records.length];
    }

    /** What is known of the applications' records. */
    ApplicationRecordsKept application() {
        return application;
    }

    void started(MemberRecord w) {
        knownMarks[w.member.index()] = null;
    }

    void foundedAnew() {
        watermarks.clear();
        application.foundedAnew();
    }

    /** Whether one position is before the other: a pair, of which the term comes first. */
    static boolean isBehind(LogPosition one, LogPosition other) {
        return one.term() < other.term() || (one.term() == other.term() && one.index() < other.index());
    }

    // -- grants --------------------------------------------------------------------------------------------------

    /** A member grants, as one who is free to. */
    void grants(MemberRecord w, Request.Vote vote) {
        if (isBehind(vote.last(), w.log.last())) {
            throw new Violation(
                    "a voter refuses whose log is behind",
                    w + " at " + w.log.last() + " grants " + Trace.describe(vote));
        }
        LogPosition candidates = vote.application();
        if (w.member.settings().suppliesPosition() && w.member.kind() == MemberKind.DATA) {
            LogPosition own = counted(w);
            if (own == null || candidates == null || isBehind(candidates, own)) {
                throw new Violation(
                        "a voter refuses whose application is behind its own",
                        w + " at " + own + " grants " + Trace.describe(vote));
            }
        }
        LogPosition mark = knownMarks[w.member.index()];
        if (mark != null && (candidates == null || isBehind(candidates, mark))) {
            throw new Violation(
                    "a voter refuses who does not cover the watermark",
                    w + " knows " + mark + ", but grants " + Trace.describe(vote));
        }
    }

    /** A member accepts a heartbeat, and what that says is on a quorum. */
    void follows(MemberRecord w, Request.FromLeader message) {
        if (message instanceof Request.Heartbeat heartbeat && heartbeat.watermark() != null) {
            LogPosition known = knownMarks[w.member.index()];
            LogPosition told = heartbeat.watermark();
            knownMarks[w.member.index()] = known == null || isBehind(known, told) ? told : known;
        }
    }

    /** The watermark that a member knows, or {@code null}. */
    @Nullable LogPosition knownMark(MemberRecord w) {
        return knownMarks[w.member.index()];
    }

    // -- claims --------------------------------------------------------------------------------------------------

    /** A member stands, and says how far its logs are. */
    void stands(MemberRecord w, Request.Vote vote) {
        if (!vote.last().equals(w.log.last())) {
            throw new Violation(
                    "a candidate shows where its log ends",
                    w + " at " + w.log.last() + " sends " + Trace.describe(vote));
        }
        if (w.member.settings().suppliesPosition() && w.position == null) {
            throw new Violation(
                    "a member that does not know its own position does not stand",
                    w + " sends " + Trace.describe(vote));
        }
        claims(w, vote.application());
    }

    /** A member answers, and may say how far its application is. */
    void replies(MemberRecord w, Effect.Reply reply) {
        if (reply.response() instanceof Response.Heartbeat heartbeat) {
            claims(w, heartbeat.application());
        }
    }

    /** What a member says of its application is true of the records that are there. */
    private void claims(MemberRecord w, @Nullable LogPosition claimed) {
        int index = w.member.index();
        LogPosition at = w.member.application().position();
        if (claimed == null
                || !at.equals(w.position)
                || (claimed.equals(lastClaims[index]) && at.equals(lastClaimedAt[index]))) {
            // A script says where an application is that holds nothing.
            return;
        }
        if (!application.holds(w.member.application(), claimed)) {
            throw new Violation(
                    "a position counts as what its log really holds",
                    w + " with its application at " + at + " says " + claimed);
        }
        lastClaims[index] = claimed;
        lastClaimedAt[index] = at;
    }

    /** A leader opens its term, and names its application's position. */
    void writes(MemberRecord w, Entry entry) {
        if (entry.payload() instanceof Payload.TermOpening opening && !Objects.equals(opening.position(), w.position)) {
            throw new Violation(
                    "an opening names where its leader's application is", w + " at " + w.position + " writes " + entry);
        }
    }

    /** A leader tells which position is on a quorum. */
    void asks(MemberRecord w, Request.FromLeader message) {
        if (!(message instanceof Request.Heartbeat heartbeat) || heartbeat.watermark() == null) {
            return;
        }
        LogPosition mark = heartbeat.watermark();
        watermarks.merge(heartbeat.term(), mark, (a, b) -> isBehind(a, b) ? b : a);
        if (w.member.application().size() > 0 && mark.term() == heartbeat.term()) {
            if (!mark.equals(lookedAt)) {
                isOnAQuorum(w, heartbeat, mark);
                lookedAt = mark;
            }
            application.watermark(w, mark);
        }
    }

    /** A quorum's applications hold the leader's records up to a watermark, or a later leader has taken them away since. */
    private void isOnAQuorum(MemberRecord leader, Request.Heartbeat heartbeat, LogPosition mark) {
        Membership membership = leader.membership();
        if (membership == null) {
            return;
        }
        // What was on a quorum before the latest change of the voters still shares a member with every quorum.
        Membership before = changes.beforeOtherVoters(membership);
        if (!isOnAQuorum(leader, heartbeat, mark, membership)
                && (before == null || !isOnAQuorum(leader, heartbeat, mark, before))) {
            throw new Violation(
                    "a watermark is on a quorum",
                    leader + " tells " + mark + ", which too few hold of " + membership + ": "
                            + Trace.describe(heartbeat));
        }
    }

    private boolean isOnAQuorum(
            MemberRecord leader, Request.Heartbeat heartbeat, LogPosition mark, Membership membership) {
        int voters = 0;
        int holding = 0;
        for (EnrolledMember named : membership.members()) {
            voters += Enrolment.votes(named) ? 1 : 0;
            VirtualMember member = cluster.memberOrNull(named.id());
            if (member != null
                    && Enrolment.votes(named)
                    && (member.application().sharedWith(leader.member.application()) >= mark.index()
                            || records[member.index()].hardState.term() > heartbeat.term())) {
                holding++;
            }
        }
        return holding >= Quorum.of(voters);
    }

    // -- leaders -------------------------------------------------------------------------------------------------

    /** A member has just become the leader of its term. */
    void leads(MemberRecord w) {
        if (!w.member.settings().suppliesPosition()) {
            return;
        }
        long term = w.hardState.term();
        application.leads(w);
        LogPosition position = counted(w);
        for (Map.Entry<Long, LogPosition> watermark : watermarks.entrySet()) {
            if (watermark.getKey() < term && (position == null || isBehind(position, watermark.getValue()))) {
                throw new Violation(
                        "a leader's application holds what is known to be on a quorum",
                        w + " at " + position + " leads term " + term + ", watermark of term " + watermark.getKey()
                                + " was " + watermark.getValue());
            }
        }
    }

    /** Whether a member takes another for the leader of its own term. */
    boolean followsOrIs(MemberRecord w, VirtualMember leader) {
        Rule05BoundMeansBound.Bond bond = bonds.bondOf(w);
        return w.hardState.term() == leader.leaseTerm()
                && (w.member == leader || (leader.id().equals(bond.leader()) && bond.term() == leader.leaseTerm()));
    }

    // -- what a position counts as -------------------------------------------------------------------------------

    /**
     * The application's position as the rule has it: one that an opening entry names counts as written in the term that was
     * opened, for whoever holds both. Of the compacted openings, the cluster's own log tells, and not what the member kept.
     */
    @Nullable LogPosition counted(MemberRecord w) {
        LogPosition own = w.position;
        if (own == null) {
            return null;
        }
        LogPosition counted = countedBy(own, w.log.entries());
        if (counted != null) {
            return counted;
        }
        if (w.member.kind() != MemberKind.DATA) {
            return countedByFolded(own, w.log.snapshot().openings());
        }
        List<Opened> openings = committed.openings();
        for (int i = openings.size() - 1; i >= 0; i--) {
            OpenedPosition opened = openings.get(i).opened();
            if (openings.get(i).index() <= w.log.snapshotIndex() && isHeld(own, opened.position(), opened.term())) {
                return new LogPosition(opened.term(), opened.position().index());
            }
        }
        return own;
    }

    /** As that, of a member that starts with what is on its disk now. */
    LogPosition countedOnDisk(VirtualMember member) {
        DurableState state = member.disk().state();
        LogPosition own = member.application().position();
        LogPosition counted = countedBy(own, state.entries());
        return counted != null ? counted : countedByFolded(own, state.snapshot().openings());
    }

    private static LogPosition countedByFolded(LogPosition own, List<OpenedPosition> compacted) {
        for (int i = compacted.size() - 1; i >= 0; i--) {
            OpenedPosition opened = compacted.get(i);
            if (isHeld(own, opened.position(), opened.term())) {
                return new LogPosition(opened.term(), opened.position().index());
            }
        }
        return own;
    }

    private static @Nullable LogPosition countedBy(LogPosition own, List<Entry> log) {
        // The same records up to there: the last one of the own log is of that very term, and not before that place.
        for (int i = log.size() - 1; i >= 0; i--) {
            Entry entry = log.get(i);
            if (entry.payload() instanceof Payload.TermOpening opening
                    && isHeld(own, opening.position(), entry.term())) {
                return new LogPosition(entry.term(), opening.position().index());
            }
        }
        return null;
    }

    private static boolean isHeld(LogPosition own, @Nullable LogPosition named, long openedTerm) {
        return named != null && own.term() == named.term() && own.index() >= named.index() && openedTerm > own.term();
    }
}
