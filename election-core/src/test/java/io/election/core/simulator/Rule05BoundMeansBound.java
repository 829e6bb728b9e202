package io.election.core.simulator;

import io.election.core.HardState;
import io.election.core.Input;
import io.election.core.Phase;
import io.election.core.Request;
import io.election.core.Response;
import java.util.IdentityHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Safety rule 5: who is bound helps nobody else and does not stand. To whom a member is bound, and for how long, is reckoned
 * here from the messages that it accepted; what it owes, from those of its answers that left.
 */
final class Rule05BoundMeansBound {

    /**
     * What a voter owes a leader.
     *
     * @param leader the leader, or {@code null} for nobody
     * @param term the term of the message that it was accepted from
     * @param untilContinuous when it ends, by the voter's own clock as if that had never been rebooted
     * @param promiseNanos its whole length
     */
    record Bond(@Nullable String leader, long term, long untilContinuous, long promiseNanos) {
        static final Bond NONE = new Bond(null, 0, Long.MIN_VALUE, 0);

        /** The one of two that binds: the later term's, or the longer. */
        private Bond orLater(Bond other) {
            boolean outlasts = other.term() == term && other.untilContinuous() > untilContinuous;
            return other.term() > term || outlasts ? other : this;
        }
    }

    /** What is known of one member. */
    private static final class Bound {
        /** By the messages that its present process accepted. */
        Bond bond = Bond.NONE;
        /** By the answers that left its present memory. */
        Bond acknowledged = Bond.NONE;
        /** As that, but kept when the memory is lost: nobody counts the new one for a promise. */
        Bond owed = Bond.NONE;

        final Map<Response, Bond> unsent = new IdentityHashMap<>();
        long startBondUntil;
        long stepNanos;
        long heldBackUntil = Long.MIN_VALUE;
    }

    private final VirtualCluster cluster;
    private final LeasesApart leases;
    private final Rule06Promises promises;
    private final Bound[] members;
    private final RoundTripsSeen roundTrips;

    Rule05BoundMeansBound(VirtualCluster cluster, LeasesApart leases, Rule06Promises promises, int members) {
        this.cluster = cluster;
        this.leases = leases;
        this.promises = promises;
        this.members = new Bound[members];
        this.roundTrips = new RoundTripsSeen(members);
        for (int i = 0; i < members; i++) {
            this.members[i] = new Bound();
        }
    }

    private Bound of(MemberRecord w) {
        return members[w.member.index()];
    }

    // -- life ----------------------------------------------------------------------------------------------------

    void started(MemberRecord w, HardState recovered) {
        Bound b = of(w);
        // A bond whose acknowledgement never left bound nobody.
        b.bond = b.acknowledged;
        b.unsent.clear();
        b.stepNanos = w.member.settings().step().toNanos();
        b.heldBackUntil = Long.MIN_VALUE;
        roundTrips.started(w);
        long promise = Math.max(
                w.member.settings().electionTimeout().toNanos(),
                recovered.promise().toNanos());
        b.startBondUntil = w.member.lockedAt().monotonicNanos() + promise;
    }

    void wiped(MemberRecord w) {
        Bound b = of(w);
        b.bond = Bond.NONE;
        b.acknowledged = Bond.NONE;
    }

    void foundedAnew() {
        for (Bound b : members) {
            b.owed = Bond.NONE;
        }
    }

    void measured(MemberRecord w, Input.StepMeasured measured) {
        long longest = w.member.settings().electionTimeout().toNanos() / 4;
        of(w).stepNanos = Math.max(1, Math.min(measured.stepNanos(), longest));
    }

    // -- bonds ---------------------------------------------------------------------------------------------------

    /** A member accepts a leader's message, and says so. */
    void follows(MemberRecord w, Request.FromLeader message, Response response) {
        Bound b = of(w);
        if (message.term() < b.bond.term()) {
            throw new Violation("a leader of an earlier term is refused", w + " follows " + Trace.describe(message));
        }
        long promise = Math.max(
                message.promise().toNanos(),
                w.member.settings().electionTimeout().toNanos());
        b.bond = new Bond(message.header().from(), message.term(), w.continuous() + promise, promise);
        // The leader's bond replaces the one that the start imposed.
        b.startBondUntil = Long.MIN_VALUE;
        b.unsent.put(response, b.bond);
    }

    /** An answer leaves: what it promises is owed from now on. Returns whether it promises anything. */
    boolean leaves(MemberRecord w, Response response) {
        Bond given = of(w).unsent.remove(response);
        if (given == null) {
            return false;
        }
        promises.promises(w, given, response);
        Bound b = of(w);
        b.acknowledged = b.acknowledged.orLater(given);
        b.owed = b.owed.orLater(given);
        return true;
    }

    /** The leader that a member accepted last, or {@code null}. */
    Bond bondOf(MemberRecord w) {
        return of(w).bond;
    }

    /** For how long a member that does not lead may not help a candidate, in nanoseconds; 0 or less if it may. */
    long boundForNanos(MemberRecord w, String candidate) {
        Bound b = of(w);
        long bound = candidate.equals(b.bond.leader()) ? Long.MIN_VALUE : b.bond.untilContinuous();
        long held = Math.max(Math.max(b.heldBackUntil, b.startBondUntil), leases.drainsUntilMonotonic(w.member));
        long now = w.monotonic();
        return Math.max(held == Long.MIN_VALUE ? 0 : held - now, bound == Long.MIN_VALUE ? 0 : bound - w.continuous());
    }

    /** When a member is neither bound nor held back any more, by its own clock. */
    long freeAt(MemberRecord w) {
        Bound b = of(w);
        long bound = b.bond == Bond.NONE ? Long.MIN_VALUE : b.bond.untilContinuous() - w.continuous() + w.monotonic();
        return Math.max(
                Math.max(bound, b.startBondUntil), Math.max(b.heldBackUntil, leases.drainsUntilMonotonic(w.member)));
    }

    /** How far apart neighbours in rank stand: what the disk asks for, and a round trip. */
    long stepNanos(MemberRecord w) {
        return of(w).stepNanos + Math.min(roundTrips.ofQuorumNanos(w), timeoutNanos(w));
    }

    private long holdBackNanos(MemberRecord w, String candidate) {
        return Math.max(stepNanos(w), of(w).stepNanos + Math.min(roundTrips.ofNanos(w, candidate), timeoutNanos(w)));
    }

    private static long timeoutNanos(MemberRecord w) {
        return w.member.settings().electionTimeout().toNanos();
    }

    /** A member takes an input, before anything that it decides is looked at. */
    void hears(MemberRecord w, Input input) {
        roundTrips.hears(w, input);
    }

    void sends(MemberRecord w, Request request) {
        roundTrips.sends(w, request);
    }

    /** Whether a voter owes a leader, for its term, a promise that lasts to an instant of true time. */
    boolean owes(MemberRecord voter, VirtualMember leader, long untilNanos) {
        Bond owed = of(voter).owed;
        return leader.id().equals(owed.leader())
                && owed.term() == leader.leaseTerm()
                && voter.member.clock().continuousAt(untilNanos) <= owed.untilContinuous();
    }

    // -- grants and candidacies ----------------------------------------------------------------------------------

    /**
     * A member grants what it was asked for.
     *
     * @param again whether the vote was on disk before: it was given when nothing forbade it, and may be given again
     * @param withProof whether a transfer proof lets it
     */
    void grants(MemberRecord w, Request.Vote vote, boolean again, boolean withProof) {
        Bound b = of(w);
        boolean held = w.monotonic() < b.heldBackUntil;
        if (vote.phase() == Phase.VOTE) {
            b.heldBackUntil = w.monotonic() + holdBackNanos(w, vote.header().from());
        }
        if (again || withProof || w.wasAlwaysSole()) {
            return;
        }
        String candidate = vote.header().from();
        if (held) {
            throw new Violation(
                    "a vote given holds other grants back for one step", w + " grants " + Trace.describe(vote));
        }
        if (w.continuous() < b.bond.untilContinuous() && !candidate.equals(b.bond.leader())) {
            throw new Violation("a bound voter helps nobody else", boundFor(w, b) + "grants " + Trace.describe(vote));
        }
        if (w.monotonic() < b.startBondUntil) {
            throw new Violation("a start binds", startBoundFor(w, b) + "grants " + Trace.describe(vote));
        }
        if (w.member.leadsUntilNanos() > cluster.nowNanos()) {
            throw new Violation("a leader is bound while it leads", w + " grants " + Trace.describe(vote));
        }
        if (leases.drainsUntilNanos(w.member) > cluster.nowNanos()) {
            throw new Violation(
                    "a lease that was given up without a successor binds its holder until it would have ended",
                    w + " grants " + Trace.describe(vote));
        }
    }

    /** A member stands without a transfer proof. */
    void stands(MemberRecord w, Request.Vote vote) {
        if (w.wasAlwaysSole()) {
            return;
        }
        Bound b = of(w);
        if (w.continuous() < b.bond.untilContinuous()) {
            throw new Violation("a bound member does not stand", boundFor(w, b) + "sends " + Trace.describe(vote));
        }
        if (w.monotonic() < b.startBondUntil) {
            throw new Violation("a start binds", startBoundFor(w, b) + "sends " + Trace.describe(vote));
        }
        if (w.monotonic() < b.heldBackUntil) {
            throw new Violation(
                    "a vote given holds the own candidacy back for one step", w + " sends " + Trace.describe(vote));
        }
        if (w.member.leadsUntilNanos() > cluster.nowNanos()) {
            throw new Violation("a leader does not stand", w + " sends " + Trace.describe(vote));
        }
        if (leases.drainsUntilNanos(w.member) > cluster.nowNanos()) {
            throw new Violation(
                    "a lease that was given up without a successor binds its holder until it would have ended",
                    w + " sends " + Trace.describe(vote));
        }
    }

    private static String boundFor(MemberRecord w, Bound b) {
        return w + " is bound to " + b.bond.leader() + " for another "
                + (b.bond.untilContinuous() - w.continuous()) / 1e6 + " ms, but ";
    }

    private static String startBoundFor(MemberRecord w, Bound b) {
        return w + " is bound for another " + (b.startBondUntil - w.monotonic()) / 1e6 + " ms, but ";
    }
}
