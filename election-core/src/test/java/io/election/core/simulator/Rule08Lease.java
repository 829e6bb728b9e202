package io.election.core.simulator;

import io.election.Role;
import io.election.StepDownReason;
import io.election.core.ClockReading;
import io.election.core.Effect;
import io.election.core.EnrolledMember;
import io.election.core.Input;
import io.election.core.Lease;
import io.election.core.Membership;
import io.election.core.Quorum;
import io.election.core.Refusal;
import io.election.core.RefusalReason;
import io.election.core.Request;
import io.election.core.Response;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Safety rule 8: what a lease, and the word of a quorum, may rest on. It keeps when each message of a leader was sent, which of them
 * voters really acknowledged, and which of those answers arrived, and reckons from that alone how long a lease may be, and how
 * long it must be at least. That leases are apart is held by {@link LeasesApart}.
 */
final class Rule08Lease {

    /** By difference: the monotonic clock may be negative, and may wrap. */
    private static final Comparator<ClockReading> LATEST_FIRST =
            (a, b) -> Long.signum(b.monotonicNanos() - a.monotonicNanos());

    /** A heartbeat, entries or a snapshot of the term that a leader is in. */
    private static final class Sent {
        final int to;
        final ClockReading at;

        /** The memory that acknowledged it, once its answer has left, and whether that knew then that it counts. */
        @Nullable String by;

        boolean settled;
        /** Where the entries in it end, and up to where its receiver says to hold them; 0 for nothing. */
        final long lastIndex;

        long held;

        Sent(int to, ClockReading at, long lastIndex) {
            this.to = to;
            this.at = at;
            this.lastIndex = lastIndex;
        }
    }

    /** The latest of the messages of a term that a member acknowledged, as far as the answers have arrived. */
    private static final class Acknowledged {
        @Nullable ClockReading sentAt;

        long request;
        String by = "";
        boolean settled;
        /** Up to where it said to hold the entries of the term's leader. */
        long held;

        void forget() {
            sentAt = null;
            request = 0;
            held = 0;
        }
    }

    /** What is known of one leader, in its present term. */
    private final class Led {
        final Map<Long, Sent> sent = new HashMap<>();
        final Acknowledged[] acknowledged = new Acknowledged[records.length];
        /** By call: the last request before a caller asked for a quorum's word. */
        final Map<Long, Long> asked = new HashMap<>();
        /** What a lease of this term could rest on just before a voter was heard to have lost its memory. */
        final List<ClockReading> earlierBases = new ArrayList<>();

        long lastRequest;
        long term;
        /** Whether a voter was heard in this term with two memories, so that not all that it acknowledged counts. */
        boolean lostMemory;

        /** The lease under which it leads, as the steps decided it, or {@code null}. */
        @Nullable Lease lease;

        /** Whether its leadership of this term has ended, or has been given up. */
        boolean ended;

        Led() {
            for (int i = 0; i < acknowledged.length; i++) {
                acknowledged[i] = new Acknowledged();
            }
        }

        void begin(long newTerm) {
            term = newTerm;
            lostMemory = false;
            lease = null;
            ended = false;
            sent.clear();
            earlierBases.clear();
            for (Acknowledged each : acknowledged) {
                each.forget();
            }
        }
    }

    private final VirtualCluster cluster;
    private final Rule05BoundMeansBound bonds;
    private final Rule15Members changes;
    private final MemberRecord[] records;
    private final Led[] led;

    Rule08Lease(VirtualCluster cluster, Rule05BoundMeansBound bonds, Rule15Members changes, MemberRecord[] records) {
        this.cluster = cluster;
        this.bonds = bonds;
        this.changes = changes;
        this.records = records;
        this.led = new Led[records.length];
        for (int i = 0; i < led.length; i++) {
            led[i] = new Led();
        }
    }

    private Led of(MemberRecord w) {
        return led[w.member.index()];
    }

    void started(MemberRecord w) {
        Led l = of(w);
        l.begin(0);
        l.lastRequest = 0;
        l.asked.clear();
    }

    // -- what was sent, and acknowledged -------------------------------------------------------------------------

    /** A member sends something, in a step. */
    void sends(MemberRecord w, Request request) {
        Led l = of(w);
        long id = request.header().requestId();
        l.lastRequest = Math.max(l.lastRequest, id);
        if (request instanceof Request.FromLeader) {
            if (request.term() != l.term) {
                l.begin(request.term());
            }
            VirtualMember to = cluster.memberOrNull(request.header().to());
            if (to != null) {
                l.sent.put(id, new Sent(to.index(), w.member.reading(), lastIndexIn(request)));
            }
        }
    }

    private static long lastIndexIn(Request request) {
        if (request instanceof Request.Append append) {
            return append.previous().index() + append.entries().size();
        }
        return request instanceof Request.InstallSnapshot install
                ? install.snapshot().last().index()
                : 0;
    }

    /**
     * An answer leaves a voter.
     *
     * @param promises whether the voter is bound to the asker by it, or says so in a lie
     */
    void leaves(MemberRecord voter, Response response, boolean promises) {
        if (promises) {
            VirtualMember leader = cluster.memberOrNull(response.header().to());
            Sent sent = leader == null
                    ? null
                    : led[leader.index()].sent.get(response.header().requestId());
            if (sent != null && sent.to == voter.member.index() && sent.by == null) {
                sent.by = voter.member.disk().incarnation();
                sent.settled = voter.isSettled();
                if (response instanceof Response.Append append && append.refusal() == null) {
                    sent.held = Math.min(append.index(), sent.lastIndex);
                }
            }
        }
    }

    /** A member hears something. */
    void hears(MemberRecord w, Input input) {
        if (input instanceof Input.ResponseReceived received) {
            Led l = of(w);
            Sent sent = l.sent.remove(received.response().header().requestId());
            if (sent != null) {
                Acknowledged known = l.acknowledged[sent.to];
                if (known.sentAt != null
                        && !received.response().header().fromIncarnation().equals(known.by)) {
                    // The promises of the memory before still hold: whoever starts is bound. So does the lease that
                    // rests on them, also where the new memory only refuses, and is let in because of that.
                    rememberBase(w, l);
                    l.lostMemory = true;
                }
                if (sent.by != null && saysThatItFollows(received.response())) {
                    arrives(known, sent, received.response().header().requestId());
                }
            }
        } else if (input instanceof Input.Unanswered unanswered) {
            // If an answer comes all the same, nobody waits for it any more.
            of(w).sent.remove(unanswered.requestId());
        } else if (input instanceof Input.Confirm confirm) {
            of(w).asked.put(confirm.call(), of(w).lastRequest);
        }
    }

    /** Of two answers to a request that came twice, the one that arrives may be a refusal. */
    private static boolean saysThatItFollows(Response response) {
        Refusal refusal = response.refusal();
        return refusal == null
                || refusal.reason() == RefusalReason.LOG_MISMATCH
                || refusal.reason() == RefusalReason.LOG_FULL
                || refusal.reason() == RefusalReason.FETCHING_IMAGE;
    }

    private static void arrives(Acknowledged known, Sent sent, long request) {
        if (!sent.by.equals(known.by)) {
            if (request < known.request) {
                // Of a memory that was lost since, on its way for longer than what the new one said.
                return;
            }
            known.forget();
            known.by = sent.by;
        }
        known.settled |= sent.settled;
        if (known.sentAt == null || sent.at.monotonicNanos() - known.sentAt.monotonicNanos() > 0) {
            known.sentAt = sent.at;
        }
        known.request = Math.max(known.request, request);
        known.held = Math.max(known.held, sent.held);
    }

    /** Whether what a member acknowledged counts: its memory is named, and knows that, or knew it when it last acknowledged. */
    private boolean counts(EnrolledMember named, VirtualMember voter, Acknowledged known) {
        return Enrolment.votes(named)
                && known.sentAt != null
                && named.incarnation().equals(known.by)
                && (Enrolment.countsAtOnce(named)
                        || known.settled
                        || (voter.disk().incarnation().equals(known.by) && records[voter.index()].isSettled()));
    }

    // -- the lease -----------------------------------------------------------------------------------------------

    void gained(MemberRecord w, Effect.LeadershipGained gained) {
        if (w.leads) {
            throw new Violation("leaderships begin and end in pairs", w + " gains " + gained + " while it leads");
        }
        if (w.hardState.term() == gained.term() && w.log.termAt(w.commitIndex) != gained.term()) {
            throw new Violation(
                    "a leader leads only once the entry that opened its term is committed",
                    w + " gains " + gained + ", committed is " + w.commitIndex);
        }
        if (gained.term() <= w.leadsInTerm) {
            throw new Violation("a leadership is never taken up again", w + " gains " + gained);
        }
    }

    /** A leadership begins, in the step itself. */
    void begins(MemberRecord w, Effect.LeadershipGained gained) {
        if (of(w).term == gained.term()) {
            of(w).lease = gained.lease();
        }
        if (!gained.lease().holds(w.member.reading())) {
            throw new Violation("a leadership begins under a lease that holds", w + " gains " + gained);
        }
    }

    /** A lease is extended, for all to see. */
    void extended(MemberRecord w, Effect.LeaseExtended extended) {
        if (!w.leads || w.leadsInTerm != extended.term()) {
            throw new Violation("a lease is extended only while it is led", w + ": " + extended);
        }
    }

    /** A lease is extended, in the step itself. Who has found that it lapsed hears nothing of that. */
    void revives(MemberRecord w, Effect.LeaseExtended extended) {
        if (of(w).term == extended.term()) {
            of(w).lease = extended.lease();
        }
        if (w.leads && !w.member.foundItLapsed() && w.member.leadsUntilNanos() <= cluster.nowNanos()) {
            throw new Violation("a lease that has lapsed is not revived", w + ": " + Trace.describe(extended));
        }
    }

    /** A leadership ends, in the step itself. */
    void ends(MemberRecord w, Effect.LeadershipEnded ended) {
        if (of(w).term == ended.term()) {
            of(w).lease = null;
            of(w).ended = true;
        }
    }

    void ended(MemberRecord w, Effect.LeadershipEnded ended) {
        if (!w.leads || w.leadsInTerm != ended.term()) {
            throw new Violation("leaderships begin and end in pairs", w + ": " + ended);
        }
        if (ended.reason() == StepDownReason.OPENING_NOT_COMMITTED) {
            throw new Violation("whose opening is not committed has not led", w + ": " + ended);
        }
    }

    /**
     * A step is over: what a quorum has acknowledged is not left unused. No acknowledgement that arrived may be dropped because
     * another one overtook it, and one of entries is as good as one of a heartbeat. Only voters are counted whose word counts
     * beyond doubt: the founders, each with one memory in this term.
     */
    void isUsed(MemberRecord w) {
        Led l = of(w);
        Membership membership = w.membership();
        if (w.role != Role.LEADER
                || membership == null
                || l.term != w.hardState.term()
                || l.lostMemory
                || l.ended
                || w.diskFailed
                || cluster.liar() != null) {
            return;
        }
        isCommitted(w, l, membership);
        Word word = word(w, l, membership, true);
        if (word.others() == 0 || word.arrived() < word.others()) {
            return;
        }
        ClockReading base = word.readings()[word.others() - 1];
        long duration = w.member.settings().leaseDuration().toNanos();
        Lease due = new Lease(new ClockReading(
                base.monotonicNanos() + duration,
                base.wallMillis() + Duration.ofNanos(duration).toMillis()));
        Lease held = l.lease;
        if (held == null) {
            if (w.log.termAt(w.commitIndex) == l.term
                    && w.hasAppliedAllBefore(l.term)
                    && due.holds(w.member.reading())) {
                throw new Violation(
                        "whose opening is committed, and whom a quorum has acknowledged, leads",
                        w + " could lead term " + l.term + " until " + due.end());
            }
        } else if (held.end() != null && held.end().monotonicNanos() - base.monotonicNanos() < duration) {
            throw new Violation(
                    "a lease lasts for as long as what a quorum acknowledged allows",
                    w + " in term " + l.term + " has a lease until " + held.end() + ", but could have one until "
                            + due.end());
        }
    }

    private void isCommitted(MemberRecord w, Led l, Membership membership) {
        List<Long> held = new ArrayList<>();
        held.add(w.durableWrite == w.lastWrite ? w.log.last().index() : 0);
        int voters = 0;
        for (EnrolledMember named : membership.members()) {
            VirtualMember voter = cluster.memberOrNull(named.id());
            voters += Enrolment.votes(named) ? 1 : 0;
            if (voter != null && voter != w.member && Enrolment.countsAtOnce(named)) {
                Acknowledged known = l.acknowledged[voter.index()];
                if (counts(named, voter, known)) {
                    held.add(known.held);
                }
            }
        }
        held.sort(Comparator.reverseOrder());
        int quorum = Quorum.of(voters);
        long index = held.size() < quorum ? 0 : held.get(quorum - 1);
        if (index > w.commitIndex && w.log.termAt(index) == l.term) {
            throw new Violation(
                    "what a quorum says to hold is committed",
                    w + " in term " + l.term + " has committed " + w.commitIndex + ", but a quorum holds " + index);
        }
    }

    /** The readings that count now, the latest first, and how many there are, of how many voters. */
    private record Word(ClockReading[] readings, int arrived, int voters) {

        /** How many voters besides the leader make a quorum. */
        int others() {
            return Quorum.of(voters) - 1;
        }
    }

    private Word word(MemberRecord w, Led l, Membership membership) {
        return word(w, l, membership, false);
    }

    private Word word(MemberRecord w, Led l, Membership membership, boolean foundersOnly) {
        ClockReading[] readings = new ClockReading[membership.members().size()];
        int voters = 0;
        int arrived = 0;
        for (EnrolledMember named : membership.members()) {
            if (!Enrolment.votes(named)) {
                continue;
            }
            voters++;
            VirtualMember voter = cluster.memberOrNull(named.id());
            if (voter != null
                    && voter != w.member
                    && (!foundersOnly || Enrolment.countsAtOnce(named))
                    && counts(named, voter, l.acknowledged[voter.index()])) {
                readings[arrived++] = l.acknowledged[voter.index()].sentAt;
            }
        }
        Arrays.sort(readings, 0, arrived, LATEST_FIRST);
        return new Word(readings, arrived, voters);
    }

    /**
     * A leader is about to give or take a vote. What a quorum said before holds on, because each quorum after it shares a member
     * with that one.
     */
    void changesMembers(MemberRecord w) {
        rememberBase(w, of(w), w.membershipBefore);
    }

    private void rememberBase(MemberRecord w, Led l) {
        rememberBase(w, l, w.membership());
    }

    private void rememberBase(MemberRecord w, Led l, @Nullable Membership membership) {
        if (membership != null) {
            Word word = word(w, l, membership);
            if (word.others() > 0 && word.others() <= word.arrived()) {
                l.earlierBases.add(word.readings()[word.others() - 1]);
            }
        }
    }

    /** A lease is given, extended, or lasts on for the work under it: in the step itself. */
    void lasts(MemberRecord w, long term, Lease lease) {
        Membership membership = w.membership();
        if (membership == null) {
            throw new Violation("a leader knows a membership", w + " has " + lease);
        }
        Led l = of(w);
        if (l.term == term && !membership.equals(w.membershipBefore)) {
            // What is shown in this very step comes before what it writes.
            changesMembers(w);
        }
        Word word = word(w, l, membership);
        int voters = word.voters();
        int arrived = l.term == term ? word.arrived() : 0;
        ClockReading[] readings = word.readings();
        ClockReading end = lease.end();
        int others = word.others();
        if (end == null || others == 0) {
            if (voters != 1) {
                throw new Violation("only a sole voter's lease has no end", w + " has " + lease);
            }
            return;
        }
        long duration = w.member.settings().leaseDuration().toNanos();
        Membership before = w.membershipBefore;
        if (before != null
                && Enrolment.voters(before).equals(Set.of(w.member.id()))
                && isWithin(end, w.member.reading(), duration)) {
            // Up to this step nobody else could be elected, so its own word was a quorum's.
            l.earlierBases.add(w.member.reading());
            return;
        }
        // It may run from an earlier reading too: the leader may not know yet that the newest one counts. Its wall
        // clock may
        // have been set back between the two, so the end is compared with both clocks of one reading.
        for (int i = others - 1; i < arrived; i++) {
            if (isWithin(end, readings[i], duration)) {
                return;
            }
        }
        for (ClockReading base : l.term == term ? l.earlierBases : List.<ClockReading>of()) {
            if (isWithin(end, base, duration)) {
                return;
            }
        }
        throw new Violation(
                "a lease runs from the sending of what a quorum acknowledged in its term",
                w + " in term " + term + " has a lease until " + end + ", but " + arrived
                        + " others acknowledged, what was sent at "
                        + Arrays.asList(readings).subList(0, arrived));
    }

    private static boolean isWithin(ClockReading end, ClockReading base, long duration) {
        return end.monotonicNanos() - base.monotonicNanos() <= duration
                && end.wallMillis() - base.wallMillis() <= duration / 1_000_000;
    }

    /** While a lease holds, a quorum of voters owes its holder a promise that ends later, on any clock. */
    void isCoveredByPromises(MemberRecord leader) {
        Membership membership = leader.membership();
        long until = leader.member.leadsUntilNanos();
        if (membership == null || until == Long.MAX_VALUE || until <= cluster.nowNanos()) {
            return;
        }
        // Until an entry that changes the voters is committed, a lease may be that of the voters before: every quorum
        // of the one
        // shares a member with every quorum of the other.
        Membership before = membership.version() > leader.commitIndex ? changes.before(membership) : null;
        if (!isCoveredByPromises(leader, until, membership)
                && (before == null || !isCoveredByPromises(leader, until, before))) {
            throw new Violation(
                    "a lease lasts no longer than the promises of a quorum",
                    leader + " leads term " + leader.member.leaseTerm() + " until " + until / 1e9
                            + " s, but too few are bound for so long of " + membership);
        }
    }

    private boolean isCoveredByPromises(MemberRecord leader, long until, Membership membership) {
        int voters = 0;
        int bound = 0;
        for (EnrolledMember named : membership.members()) {
            if (Enrolment.votes(named)) {
                voters++;
                VirtualMember voter = cluster.memberOrNull(named.id());
                if (voter == leader.member
                        || cluster.mayLie(voter)
                        || (voter != null && bonds.owes(records[voter.index()], leader.member, until))) {
                    bound++;
                }
            }
        }
        return bound >= Quorum.of(voters);
    }

    // -- the word of a quorum ------------------------------------------------------------------------------------

    /** A caller is told that a quorum has acknowledged, since it asked, that the member leads. */
    void confirmed(MemberRecord w, long call) {
        Led l = of(w);
        Long last = l.asked.remove(call);
        Membership membership = w.membership();
        if (last == null || membership == null) {
            throw new Violation("who is answered has asked", w + " confirms call " + call);
        }
        int voters = 0;
        int word = 0;
        for (EnrolledMember named : membership.members()) {
            voters += Enrolment.votes(named) ? 1 : 0;
            VirtualMember voter = cluster.memberOrNull(named.id());
            if (voter == w.member) {
                word++;
            } else if (voter != null && counts(named, voter, l.acknowledged[voter.index()])) {
                word += l.acknowledged[voter.index()].request > last ? 1 : 0;
            }
        }
        if (l.term != w.hardState.term() && voters > 1) {
            word = 0;
        }
        if (word < Quorum.of(voters)) {
            throw new Violation(
                    "a quorum confirms a leadership by what was sent after the question",
                    w + " confirms call " + call + ", but only " + word + " of " + voters + " have");
        }
    }

    void refused(MemberRecord w, long call) {
        of(w).asked.remove(call);
    }
}
