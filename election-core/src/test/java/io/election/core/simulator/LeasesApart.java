package io.election.core.simulator;

import io.election.core.ClockReading;
import io.election.core.Effect;
import io.election.core.Lease;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * End to end, in true time: no two members answer {@code isLeader()} with {@code true} at the same instant, and nobody leads
 * while work that was begun under a lease that was given up is still told that it is alone.
 */
final class LeasesApart {

    private final VirtualCluster cluster;
    private final List<VirtualMember> members;

    /** By member: the lease that was given up and under which work may go on, or {@code null}. */
    private final @Nullable Lease[] drained;

    private final long[] drainedTerms;
    /** The highest term in which a lease was gained that held then. */
    private long highestTerm;

    private boolean judges = true;

    LeasesApart(VirtualCluster cluster, List<VirtualMember> members) {
        this.cluster = cluster;
        this.members = members;
        this.drained = new Lease[members.size()];
        this.drainedTerms = new long[members.size()];
    }

    /** A member may lie that could lead: two may follow different leaders. */
    void judgeNothing() {
        judges = false;
    }

    /** A lease begins, is extended, or its end moves with the clocks: nobody else may lead at this instant. */
    void leaseChanged(VirtualMember member) {
        long now = cluster.nowNanos();
        if (!judges || member.leadsUntilNanos() <= now) {
            return;
        }
        highestTerm = Math.max(highestTerm, member.leaseTerm());
        for (VirtualMember other : members) {
            if (other == member) {
                continue;
            }
            if (other.leadsUntilNanos() > now) {
                throw new Violation(
                        "two members never lead at the same instant",
                        member + " in term " + member.leaseTerm() + " until " + member.leadsUntilNanos() / 1e9
                                + " s, and " + other + " in term " + other.leaseTerm() + " until "
                                + other.leadsUntilNanos() / 1e9 + " s");
            }
            if (drainsUntilNanos(other) > now) {
                throw new Violation(
                        "nobody leads while work under a lease that was given up is taken to be alone",
                        member + " leads in term " + member.leaseTerm() + ", but work of " + other + " in term "
                                + drainedTerms[other.index()] + " goes on until " + drainsUntilNanos(other) / 1e9
                                + " s");
            }
        }
    }

    /** A lease that was given up lasts on for the work under it, or ends for that as well. */
    void drains(VirtualMember member, Effect.DrainLease drain) {
        drained[member.index()] = drain.lease();
        drainedTerms[member.index()] = drain.term();
        long now = cluster.nowNanos();
        if (!judges || drainsUntilNanos(member) <= now) {
            return;
        }
        for (VirtualMember other : members) {
            if (other != member && other.leadsUntilNanos() > now) {
                throw new Violation(
                        "nobody leads while work under a lease that was given up is taken to be alone",
                        "work of " + member + " in term " + drain.term() + " goes on, but " + other + " leads in term "
                                + other.leaseTerm());
            }
        }
    }

    /** The process is gone, and so is its work. */
    void stopped(VirtualMember member) {
        drained[member.index()] = null;
    }

    void foundedAnew() {
        highestTerm = 0;
    }

    /** Until when, in true time, work under a lease that the member gave up is told that it is alone. */
    long drainsUntilNanos(VirtualMember member) {
        Lease lease = drained[member.index()];
        if (lease == null) {
            return Long.MIN_VALUE;
        }
        ClockReading end = lease.end();
        return end == null
                ? Long.MAX_VALUE
                : Math.min(
                        member.clock().whenMonotonic(end.monotonicNanos()),
                        member.clock().whenWall(end.wallMillis()));
    }

    /** As {@link #drainsUntilNanos}, by the monotonic clock of the member alone. */
    long drainsUntilMonotonic(VirtualMember member) {
        Lease lease = drained[member.index()];
        ClockReading end = lease == null ? null : lease.end();
        return end == null ? Long.MIN_VALUE : end.monotonicNanos();
    }

    /** The highest term that anybody has led in so far. */
    long highestTerm() {
        return highestTerm;
    }
}
