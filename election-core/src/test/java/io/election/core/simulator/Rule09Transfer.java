package io.election.core.simulator;

import io.election.Role;
import io.election.StepDownReason;
import io.election.core.Effect;
import io.election.core.EnrolledMember;
import io.election.core.Entry;
import io.election.core.Input;
import io.election.core.LogPosition;
import io.election.core.MemberKind;
import io.election.core.Membership;
import io.election.core.Observation;
import io.election.core.Payload;
import io.election.core.Phase;
import io.election.core.Request;
import io.election.core.Response;
import io.election.core.TransferProof;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Safety rule 9: a transfer proof is what its record here says, and not what a message claims. The record is made as the transfer proof leaves: who
 * gave it, to whom, and that its giver's lease and the work under that had ended by then, in true time.
 */
final class Rule09Transfer {

    /** A transfer proof that was given. */
    private static final class Issued {
        final String leader;
        final Set<String> to = new HashSet<>();

        Issued(String leader) {
            this.leader = leader;
        }
    }

    /** A leadership that is being handed over, and what comes after its transfer proof. */
    private static final class Handover {
        boolean active;
        long call;
        long beganNanos;
        boolean appended;
        boolean workDone;
        /** Where the log ended when the successor was named. */
        LogPosition beganAt = LogPosition.NONE;

        @Nullable StepDownReason reason;

        /** Who is to lead next, as the leader says. */
        @Nullable String successor;

        long passTerm;
        long timeoutNowRequest;
        long waitsUntilNanos;

        /** Until when it stays for the opening of a later leader's term, unless that commits before. */
        long staysUntilNanos;

        long heardTerm;

        void clear() {
            active = false;
            beganNanos = Long.MIN_VALUE;
            reason = null;
            successor = null;
            workDone = false;
            passTerm = 0;
            timeoutNowRequest = -1;
            waitsUntilNanos = Long.MIN_VALUE;
            staysUntilNanos = Long.MIN_VALUE;
            heardTerm = 0;
        }
    }

    private final VirtualCluster cluster;
    private final LeasesApart leases;
    private final CommittedEntriesKept committed;
    private final MemberRecord[] records;
    private final Handover[] handovers;
    private final Map<TransferProof, Issued> issued = new HashMap<>();
    private final Set<TransferProof> madeUp = new HashSet<>();

    Rule09Transfer(VirtualCluster cluster, LeasesApart leases, CommittedEntriesKept committed, MemberRecord[] records) {
        this.cluster = cluster;
        this.committed = committed;
        this.leases = leases;
        this.records = records;
        this.handovers = new Handover[records.length];
        for (int i = 0; i < handovers.length; i++) {
            handovers[i] = new Handover();
            handovers[i].clear();
        }
    }

    private Handover of(MemberRecord w) {
        return handovers[w.member.index()];
    }

    void started(MemberRecord w) {
        of(w).clear();
    }

    void foundedAnew() {
        issued.clear();
    }

    /** A script has made up a transfer proof, and means it to be taken for one. */
    void madeUp(TransferProof proof) {
        madeUp.add(proof);
    }

    // -- the leader that hands over ------------------------------------------------------------------------------

    /** A step begins; what was led before it is known from the steps before. */
    void takes(MemberRecord w, Input input) {
        Handover h = of(w);
        h.appended = false;
        if (input instanceof Input.TransferLeadership wish && w.leads && !h.active) {
            begins(w, wish.call());
            if (wish.call() == 0) {
                // Nobody is told how it ends, so it is not known how long it lasts.
                h.active = false;
                h.beganNanos = Long.MIN_VALUE;
            }
        } else if (input instanceof Input.StepDown wish && w.leads) {
            begins(w, wish.call());
        } else if (input instanceof Input.Close && w.leads) {
            begins(w, 0);
        } else if (input instanceof Input.LeadershipWorkDone done
                && done.term() == w.endedTerm
                && done.term() == w.hardState.term()) {
            h.workDone = true;
        } else if (input instanceof Input.ResponseReceived received
                && received.response() instanceof Response.TimeoutNow response
                && response.header().requestId() == h.timeoutNowRequest
                && response.refusal() != null) {
            h.waitsUntilNanos = Long.MIN_VALUE;
        }
    }

    private void begins(MemberRecord w, long call) {
        Handover h = of(w);
        h.clear();
        h.active = true;
        h.call = call;
        h.beganNanos = w.monotonic();
    }

    /** A leader writes an entry of its own. */
    void writes(MemberRecord w, Entry entry) {
        Handover h = of(w);
        // Work that was begun in this term may write until it is done, where there is something to write to.
        boolean ofWork = w.member.replica() != null && entry.payload() instanceof Payload.Application && !h.workDone;
        h.appended |= entry.term() == w.hardState.term() && !ofWork;
    }

    void ends(MemberRecord w, Effect.TransferEnded ended) {
        Handover h = of(w);
        if (h.call != 0 && ended.call() == h.call) {
            h.active = false;
        }
    }

    /** A leader says who is to lead next. */
    void progresses(MemberRecord w, Observation.TransferProgress progress) {
        of(w).successor = progress.successor();
        if (progress.what().equals("is to lead")) {
            of(w).beganAt = w.log.last();
        }
    }

    void ends(MemberRecord w, Effect.LeadershipEnded ended) {
        Handover h = of(w);
        h.reason = ended.reason();
        VirtualMember successor = h.successor == null ? null : cluster.memberOrNull(h.successor);
        LogPosition last = w.member.replica() == null ? w.log.last() : h.beganAt;
        if (w.role == Role.LEADER
                && !cluster.mayLie(successor)
                && (successor == null || !hasCaughtUp(w, successor, ended.term(), last))) {
            throw new Violation(
                    "a lease is given up only for a successor that has caught up",
                    w + " at " + last + " gives it up for " + successor + ": " + ended);
        }
    }

    /** Why the leadership that is passed on was given up, or {@code null}. */
    @Nullable StepDownReason reasonOf(MemberRecord w) {
        return of(w).reason;
    }

    /** Until when a member that gave a transfer proof waits for its holder, by its own clock. */
    long waitsUntil(MemberRecord w) {
        return of(w).waitsUntilNanos;
    }

    /** A step is over. */
    void stepped(MemberRecord w, boolean wasActive) {
        Handover h = of(w);
        if (wasActive && h.active && h.appended && w.role == Role.LEADER) {
            throw new Violation("a leader that hands over appends nothing", w + " at " + w.log.last());
        }
        h.active &= w.role == Role.LEADER;
        if (w.log.termAt(w.commitIndex) > h.passTerm) {
            // It knows that a later term is open.
            h.staysUntilNanos = Long.MIN_VALUE;
        }
    }

    boolean isActive(MemberRecord w) {
        return of(w).active;
    }

    /** A transfer proof is sent, in a step. */
    void sends(MemberRecord w, Request.TimeoutNow request) {
        Handover h = of(w);
        TransferProof proof = request.proof();
        long now = w.monotonic();
        if (w.leads || w.endedTerm != proof.term() || !proof.leader().equals(w.member.id())) {
            throw new Violation(
                    "a transfer proof is its leader's word that the lease of that very term has ended",
                    w + ", which " + (w.leads ? "leads" : "led") + " in term " + w.leadsInTerm + ", sends "
                            + Trace.describe(request));
        }
        if (h.passTerm != proof.term()
                && !h.workDone
                && h.beganNanos != Long.MIN_VALUE
                && now - h.beganNanos < w.member.settings().handoverTimeout().toNanos()) {
            throw new Violation(
                    "a transfer proof waits for the listeners, and for the work of the leadership",
                    w + " sends " + Trace.describe(request));
        }
        if (!request.expected().equals(w.log.last())) {
            throw new Violation(
                    "a transfer proof names where its giver's log ends",
                    w + " at " + w.log.last() + " sends " + Trace.describe(request));
        }
        h.passTerm = proof.term();
        h.timeoutNowRequest = request.header().requestId();
        h.waitsUntilNanos = now + w.member.settings().electionTimeout().toNanos() / 2;
    }

    /** A transfer proof leaves. */
    void leaves(MemberRecord w, Request.TimeoutNow request) {
        TransferProof proof = request.proof();
        if (w.leads || w.member.leadsUntilNanos() > cluster.nowNanos()) {
            throw new Violation("the lease ends before TimeoutNow leaves", w + " sends " + Trace.describe(request));
        }
        if (leases.drainsUntilNanos(w.member) > cluster.nowNanos()) {
            throw new Violation(
                    "work under a lease is not taken to be alone once the transfer proof leaves",
                    w + " sends " + Trace.describe(request));
        }
        VirtualMember to = cluster.member(request.header().to());
        if (!cluster.mayLie(to)
                && (to.kind() != MemberKind.DATA || !hasCaughtUp(w, to, proof.term(), request.expected()))) {
            throw new Violation(
                    "a transfer proof goes to data members that hold all that their leader held",
                    w + " sends " + Trace.describe(request) + " to the " + to.kind() + " " + to + ", which holds "
                            + records[to.index()].log.last());
        }
        issued.computeIfAbsent(proof, p -> new Issued(w.member.id())).to.add(to.id());
    }

    private boolean hasCaughtUp(MemberRecord w, VirtualMember to, long term, LogPosition last) {
        if (cluster.mayFollowALiar()) {
            return true;
        }
        Membership membership = w.membership();
        EnrolledMember named =
                membership == null ? null : membership.member(to.id()).orElse(null);
        if (named == null) {
            return false;
        }
        boolean holds = heldBy(to.disk(), named, term, last);
        // A disk may be lost after it has acknowledged, before its leader knows.
        for (VirtualDisk lost : records[to.index()].lostDisks) {
            holds |= heldBy(lost, named, term, last);
        }
        return holds;
    }

    private static boolean heldBy(VirtualDisk disk, EnrolledMember named, long term, LogPosition last) {
        return disk.incarnation().equals(named.incarnation())
                && (WrittenLog.holds(disk.state(), last.index(), last.term())
                        // A later leader may have cut it.
                        || disk.state().hardState().term() > term);
    }

    // -- who holds a transfer proof
    // ----------------------------------------------------------------------------------------

    private boolean wasGiven(TransferProof proof, String to) {
        Issued record = issued.get(proof);
        return madeUp.contains(proof)
                || mayBeOfALiar(proof)
                || (record != null && record.to.contains(to) && record.leader.equals(proof.leader()));
    }

    /** A data member that lies may give its word as a leader to anybody, and has its own word for what others gave it. */
    private boolean mayBeOfALiar(TransferProof proof) {
        Liar liar = cluster.liar();
        return liar != null
                && liar.member().kind() == MemberKind.DATA
                && proof.leader().equals(liar.member().id());
    }

    private boolean isFromALiar(Request.Vote vote) {
        VirtualMember candidate = cluster.memberOrNull(vote.header().from());
        return cluster.mayLie(candidate) && candidate.kind() == MemberKind.DATA;
    }

    /** A member takes TimeoutNow. */
    void takesPass(MemberRecord w, Request.TimeoutNow request) {
        TransferProof proof = request.proof();
        if (!wasGiven(proof, w.member.id())
                || (mayBeOfALiar(proof) && !request.header().from().equals(proof.leader()))
                || w.hardStateBefore.term() > proof.term()
                || w.closing
                || w.diskFailed
                || !w.ready
                || w.member.kind() != MemberKind.DATA
                || Rule03TheLogDecides.isBehind(w.log.last(), request.expected())) {
            throw new Violation(
                    "a transfer proof is taken by whom it was given to, who holds its giver's log and may stand",
                    w + " in term " + w.hardStateBefore.term() + " at " + w.log.last() + " takes "
                            + Trace.describe(request));
        }
    }

    /** A member asks for votes. */
    void stands(MemberRecord w, Request.Vote vote) {
        if (w.closing) {
            throw new Violation("a member that closes does not stand", w + " sends " + Trace.describe(vote));
        }
        TransferProof proof = vote.proof();
        if (proof == null) {
            Handover h = of(w);
            if (w.monotonic() < h.waitsUntilNanos) {
                throw new Violation(
                        "who gave a transfer proof waits for its holder",
                        w + " waits for another " + (h.waitsUntilNanos - w.monotonic()) / 1e6 + " ms, but sends "
                                + Trace.describe(vote));
            }
        } else if (vote.phase() != Phase.VOTE
                || vote.term() != proof.term() + 1
                || !wasGiven(proof, w.member.id())
                || w.hardStateBefore.term() > vote.term()) {
            throw new Violation(
                    "a transfer proof is good for its holder's vote in the next term only",
                    w + " in term " + w.hardStateBefore.term() + ": " + Trace.describe(vote));
        }
    }

    /** Whether a transfer proof lets a voter help its holder, whomever the voter is bound to. */
    boolean lets(MemberRecord voter, Request.Vote vote) {
        TransferProof proof = vote.proof();
        if (proof == null
                || vote.phase() != Phase.VOTE
                || vote.term() != proof.term() + 1
                || voter.hardStateBefore.term() > proof.term()
                || !(isFromALiar(vote) || wasGiven(proof, vote.header().from()))) {
            return false;
        }
        if (isFromALiar(vote)) {
            // Nobody can tell a proof that was made up from one that was given.
            return true;
        }
        VirtualMember giver = cluster.memberOrNull(proof.leader());
        if (giver != null
                && !cluster.mayLie(giver)
                && giver.leaseTerm() == proof.term()
                && giver.leadsUntilNanos() > cluster.nowNanos()) {
            throw new Violation(
                    "a transfer proof is good only once its giver's lease has ended",
                    voter + " grants " + Trace.describe(vote) + ", but " + giver + " leads");
        }
        return true;
    }

    /** A member that gave a transfer proof votes for somebody in a later term: it waits for that one as well. */
    void grants(MemberRecord w, Request.Vote vote) {
        Handover h = of(w);
        if (vote.phase() == Phase.VOTE && vote.term() > h.passTerm && w.monotonic() < h.waitsUntilNanos) {
            h.waitsUntilNanos =
                    w.monotonic() + w.member.settings().electionTimeout().toNanos() / 2;
        }
    }

    /** A member follows a leader: what it waited for has come if that is a later one. */
    void follows(MemberRecord w, Request.FromLeader message) {
        Handover h = of(w);
        if (message.term() > h.passTerm) {
            boolean waits = w.monotonic() < Math.max(h.waitsUntilNanos, h.staysUntilNanos);
            if (waits && h.passTerm > 0 && h.beganNanos != Long.MIN_VALUE) {
                h.heardTerm = message.term();
                h.staysUntilNanos = Math.min(
                        w.monotonic() + w.member.settings().electionTimeout().toNanos() / 2,
                        h.beganNanos + w.member.settings().handoverTimeout().toNanos());
            }
            h.waitsUntilNanos = Long.MIN_VALUE;
        }
    }

    /** A member that closes leaves the others alone. */
    void closes(MemberRecord w) {
        Handover h = of(w);
        if (w.monotonic() < h.staysUntilNanos
                && !w.diskFailed
                && committed.isKnown()
                && !committed.isOpened(h.heardTerm)) {
            throw new Violation(
                    "who handed over stays until its successor's opening is committed",
                    w + " closes " + (h.staysUntilNanos - w.monotonic()) / 1e6 + " ms too early, and term "
                            + h.heardTerm + " is not open");
        }
    }
}
