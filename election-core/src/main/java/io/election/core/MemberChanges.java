package io.election.core;

import io.election.core.EnrolledMember.Standing;
import io.election.core.MemberChange.Demote;
import io.election.core.MemberChange.Outcome;
import io.election.core.MemberChange.PauseLeadership;
import io.election.core.MemberChange.Promote;
import io.election.core.MemberChange.Result;
import io.election.core.MemberChange.ResumeLeadership;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The changes of membership that a leader makes (thesis, section 4.1; safety rule 15). One is under way at a time. Each follows a
 * committed one, and the leader's own committed opening (Ongaro's correction of 2015).
 */
final class MemberChanges {

    private final StepTime time;
    private final Outbox outbox;
    private final ElectionLog log;
    private final Configuration configuration;
    private final Pauses pauses;
    private final Positions positions;
    private final Messenger messenger;
    private final Newcomers newcomers;
    private final Peers peers;
    private final LeaderLog own;
    private @Nullable Pending pending;

    /** How far the application was when this leader's term began, or when it last changed the members. */
    private @Nullable LogPosition applicationBefore;

    /** A change that is appended and not yet known to be committed. */
    private record Pending(MemberWish wish, long index) {}

    /** What follows from a change: the membership that it makes, or why there is none. */
    private record Verdict(@Nullable Membership next, Outcome outcome, String detail) {

        static Verdict no(Outcome outcome, String detail) {
            return new Verdict(null, outcome, detail);
        }
    }

    MemberChanges(MemberState state, Peers peers, LeaderLog own) {
        this.outbox = state.outbox();
        this.log = state.log();
        this.configuration = state.configuration();
        this.pauses = state.pauses();
        this.time = state.time();
        this.positions = state.positions();
        this.messenger = state.messenger();
        this.newcomers = state.newcomers();
        this.peers = peers;
        this.own = own;
        this.applicationBefore = positions.counted();
    }

    /**
     * Whether the next membership entry may be appended: the one before is committed. This leader's opening is, because it leads
     * already.
     */
    private boolean mayAppend() {
        return log.hasRoom() && !log.changesMembershipAfter(log.commitIndex());
    }

    /**
     * Lets in a voter with a new memory, by an entry that names it. The entry commits without counting that voter
     * (safety rule 7).
     */
    void letIn(Peer peer) {
        String incarnation = peer.newIncarnation();
        Membership membership = log.membership();
        if (incarnation == null || membership == null || !mayAppend()) {
            return;
        }
        long index = log.last().index() + 1;
        own.append(new Payload.MembershipChange(membership.withIncarnation(peer.id(), incarnation, index)));
        peer.letIn(messenger.nextRequestId());
        outbox.observe(new Observation.LetIn(peer.id(), incarnation));
    }

    /** Whether a change is not known to be committed yet. */
    boolean isUnderWay() {
        return pending != null || !mayAppend();
    }

    // ------------------------------------------------------------------------------------------------ wishes

    /**
     * Makes a change, or says why not.
     *
     * @param beforeAppend what has to be published before the entry
     * @return whether this member leads, and hands over first so that its successor makes the change
     */
    boolean change(MemberWish wish, Runnable beforeAppend) {
        Membership membership = log.membership();
        if (membership == null) {
            end(wish, Outcome.NOT_LEADER, "the cluster is not founded");
            return false;
        }
        Long builds = wish.builds();
        if (builds != null && builds != membership.version()) {
            end(
                    wish,
                    Outcome.STALE,
                    "it builds on version " + builds + " of the members, but version " + membership.version()
                            + " is in force");
            return false;
        }
        if (isUnderWay()) {
            end(wish, Outcome.BUSY, "another change of the members is under way");
            return false;
        }
        long index = log.last().index() + 1;
        Verdict verdict = judge(membership, wish, index);
        Membership next = verdict.next();
        if (next == null) {
            end(wish, verdict.outcome(), verdict.detail());
            return verdict.outcome() == Outcome.LEADS_ITSELF;
        }
        boolean ofMembers = !wish.change().action().isOfLeadership();
        if (ofMembers) {
            beforeAppend.run();
        }
        own.append(new Payload.MembershipChange(next));
        if (ofMembers) {
            applicationBefore = positions.counted();
            newcomers.forget(wish.change().member());
        }
        pending = new Pending(wish, index);
        outbox.observe(new Observation.MemberChangeBegan(wish.change(), index, wish.because()));
        return false;
    }

    private Verdict judge(Membership membership, MemberWish wish, long index) {
        MemberChange change = wish.change();
        if (change instanceof Promote promote) {
            return promote(membership, promote.member(), index);
        }
        if (change instanceof PauseLeadership wished) {
            return pause(membership, wished, wish.builds() != null, index);
        }
        if (change instanceof ResumeLeadership) {
            return membership.pause() == null
                    ? Verdict.no(Outcome.UNCHANGED, "the leadership is not paused")
                    : new Verdict(membership.withPause(null, index), Outcome.DONE, "");
        }
        String id = change.member();
        EnrolledMember named = membership.member(id).orElse(null);
        if (named == null) {
            return newcomers.get(id) == null
                    ? Verdict.no(
                            change instanceof MemberChange.Remove ? Outcome.UNCHANGED : Outcome.REFUSED,
                            "'" + id + "' is not a member")
                    : Verdict.no(
                            Outcome.REFUSED,
                            "'" + id + "' is a learner that no entry names: it leaves when its process ends");
        }
        if (change instanceof Demote && !named.votes()) {
            return Verdict.no(Outcome.UNCHANGED, "'" + id + "' has no vote");
        }
        if (named.votes() && isOnlyOneThatMayLead(membership, id)) {
            return Verdict.no(
                    Outcome.REFUSED, "'" + id + "' is the only voter that may lead: without it there is no cluster");
        }
        Membership next = change instanceof Demote demotion
                ? membership.withoutVoteOf(id, demotion.comesBack() ? Standing.LAGGING : Standing.WITHOUT_VOTE, index)
                : membership.without(id, index);
        Verdict verdict =
                named.votes() ? takeVote(membership, next, id, wish.force()) : new Verdict(next, Outcome.DONE, "");
        if (verdict.next() != null && configuration.isSelf(id) && pauses.inForce() != null) {
            return Verdict.no(Outcome.REFUSED, "'" + id + "' leads, and " + pauses.describe() + ": resume it first");
        }
        if (verdict.next() != null && configuration.isSelf(id)) {
            // What would be refused afterwards costs no leadership. Nor is there nobody to take over: the quorum that
            // is left would
            // then be of witnesses alone.
            return Verdict.no(Outcome.LEADS_ITSELF, "'" + id + "' leads: it hands its leadership over first");
        }
        return verdict;
    }

    /**
     * What must hold before the leadership is paused (safety rule 18). It is refused where it would hide that this leader is about to
     * be lost: without a quorum that is heard from now, the entry could come to be in force and never be committed.
     *
     * @param compared whether the wish names the membership in force, and so a pause that it replaces
     */
    private Verdict pause(Membership membership, PauseLeadership wished, boolean compared, long index) {
        Pause now = pauses.inForce();
        if (now != null && !compared) {
            return Verdict.no(
                    Outcome.STALE,
                    pauses.describe() + ": name version " + membership.version() + " of the members to replace that");
        }
        long left = wished.untilMillis() - time.reading().wallMillis();
        if (left <= 0) {
            return Verdict.no(Outcome.REFUSED, "the time until which it is to last has passed by this leader's clock");
        }
        if (left > PauseTerms.LONGEST.toMillis()) {
            return Verdict.no(
                    Outcome.REFUSED,
                    "it may last for " + PauseTerms.LONGEST.toHours() + " hours at most by this leader's clock");
        }
        long there = voters(membership) - peers.silentVoters().size();
        if (there < configuration.quorum()) {
            return Verdict.no(
                    Outcome.REFUSED,
                    "only " + there + " of the " + configuration.quorum()
                            + " voters that are needed are heard from: this leader is about to be lost");
        }
        String other = peers.notReadingPauses();
        if (other != null) {
            return Verdict.no(Outcome.REFUSED, "'" + other + "' is of a version that knows no pause");
        }
        PauseTerms terms = wished.terms();
        return new Verdict(
                membership.withPause(
                        new Pause(configuration.self(), wished.untilMillis(), terms.by(), terms.reason()), index),
                Outcome.DONE,
                "");
    }

    private static boolean isOnlyOneThatMayLead(Membership membership, String id) {
        return membership.members().stream().noneMatch(m -> m.mayLead() && !m.id().equals(id));
    }

    private Verdict promote(Membership membership, String id, long index) {
        EnrolledMember named = membership.member(id).orElse(null);
        if (named != null && named.votes()) {
            return Verdict.no(Outcome.UNCHANGED, "'" + id + "' has a vote");
        }
        Peer peer = peers.get(id);
        String incarnation = peer == null ? null : peer.incarnation();
        if (peer == null || incarnation == null) {
            return Verdict.no(Outcome.REFUSED, "no learner '" + id + "' has been heard from");
        }
        if (membership.pause() != null && peer.kind() == MemberKind.DATA && !peer.readsPauses()) {
            return Verdict.no(
                    Outcome.REFUSED, pauses.describe() + ", and '" + id + "' is of a version that knows no pause");
        }
        if (!peer.kind().votes()) {
            return Verdict.no(Outcome.REFUSED, "'" + id + "' is an observer, which never votes");
        }
        if (!peers.hasCaughtUp(peer, AutopilotSettings.MOST_BEHIND)) {
            return Verdict.no(Outcome.REFUSED, "'" + id + "' has not caught up, or is not heard from");
        }
        List<String> silent = peers.silentVoters();
        if (!silent.isEmpty()) {
            // {A,B,C}, C is dead, D is promoted and dies too: A and B are two of four.
            String ids = "'" + String.join("', '", silent) + "'";
            return Verdict.no(
                    Outcome.REFUSED,
                    silent.size() == 1
                            ? "the voter " + ids + " is silent: remove it first"
                            : "the voters " + ids + " are silent: remove them first");
        }
        Learner announced = newcomers.get(id);
        Contact contact = announced != null ? announced.contact() : named == null ? null : named.contact();
        Membership next = membership.withVoter(new Learner(id, peer.kind(), incarnation, contact), index);
        return checked(membership, next);
    }

    /** What must hold where another member votes than before. */
    private Verdict checked(Membership inForce, Membership next) {
        if (witnessesDecide(next)) {
            return Verdict.no(Outcome.REFUSED, "the witnesses alone would be a quorum");
        }
        if (!applicationsFollowed(inForce)) {
            return Verdict.no(
                    Outcome.REFUSED,
                    "the applications of a quorum do not hold yet what they had to when the members last changed");
        }
        return new Verdict(next, Outcome.DONE, "");
    }

    private Verdict takeVote(Membership membership, Membership next, String id, boolean force) {
        long before = voters(membership) - peers.silentVoters().size();
        long after = voters(next)
                - peers.silentVoters().stream().filter(v -> !v.equals(id)).count();
        long neededAfter = Quorum.of(Math.toIntExact(voters(next)));
        if (after < neededAfter) {
            return Verdict.no(
                    Outcome.REFUSED,
                    "only " + after + " of the " + neededAfter
                            + " members that would then be needed can be counted on");
        }
        boolean spareBefore = before > Quorum.of(Math.toIntExact(voters(membership)));
        if (spareBefore && after == neededAfter && !force) {
            return Verdict.no(
                    Outcome.NEEDS_FORCE, "no voter would be left to spare: whichever fails next leaves no leader");
        }
        return checked(membership, next);
    }

    /**
     * Whether a quorum of the members in force holds what the applications may have had on a quorum of those before. Their
     * records are in no log of this election, so no entry carries them over (safety rule 3). One change is safe without this,
     * because a quorum of the next members shares a member with each quorum of those before. The change after it is not.
     */
    private boolean applicationsFollowed(Membership inForce) {
        LogPosition before = applicationBefore;
        if (before == null) {
            return true;
        }
        int holding = 0;
        for (EnrolledMember named : inForce.members()) {
            if (named.votes() && holds(named, before)) {
                holding++;
            }
        }
        return holding >= Quorum.of(Math.toIntExact(voters(inForce)));
    }

    private boolean holds(EnrolledMember named, LogPosition mark) {
        Peer peer = peers.get(named.id());
        LogPosition held = configuration.isSelf(named.id())
                ? positions.durable()
                : peer != null && named.incarnation().equals(peer.incarnation()) ? peer.application() : null;
        return held != null && !held.isBehind(mark);
    }

    private static long voters(Membership membership) {
        return membership.members().stream().filter(EnrolledMember::votes).count();
    }

    private static boolean witnessesDecide(Membership membership) {
        long witnesses = membership.members().stream()
                .filter(m -> m.votes() && !m.mayLead())
                .count();
        return witnesses >= Quorum.of(Math.toIntExact(voters(membership)));
    }

    // ------------------------------------------------------------------------------------------------ their ends

    /** More of the log is committed. */
    void onCommit() {
        Pending committed = pending;
        if (committed != null && committed.index() <= log.commitIndex()) {
            pending = null;
            end(committed.wish(), Outcome.DONE, "");
            outbox.observe(new Observation.MemberChangeCommitted(
                    committed.wish().change(),
                    committed.index(),
                    committed.wish().because()));
        }
    }

    /** The leadership is over. What is not committed may be, under the next leader. */
    void onEnd() {
        Pending open = pending;
        pending = null;
        if (open != null) {
            end(open.wish(), Outcome.UNKNOWN, "the leadership ended before the change was known to be committed");
        }
    }

    private void end(MemberWish wish, Outcome outcome, String detail) {
        wish.asker().accept(new Result(outcome, Membership.versionOf(log.membership()), detail));
    }
}
