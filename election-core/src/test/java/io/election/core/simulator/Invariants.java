package io.election.core.simulator;

import io.election.Role;
import io.election.core.DurableRecord;
import io.election.core.DurableState;
import io.election.core.Effect;
import io.election.core.ElectionOutcome;
import io.election.core.ElectionView;
import io.election.core.Entry;
import io.election.core.Input;
import io.election.core.LogPosition;
import io.election.core.Membership;
import io.election.core.Message;
import io.election.core.Observation;
import io.election.core.Output;
import io.election.core.Payload;
import io.election.core.Phase;
import io.election.core.Refusal;
import io.election.core.RefusalReason;
import io.election.core.Request;
import io.election.core.Response;
import io.election.core.TransferProof;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What must hold in every run, checked after each event against what members decide, what leaves them and what their disks
 * hold; nothing is believed because the machine says so. This class shows each event to those who judge it, and judges nothing
 * itself.
 *
 * <p>End to end, by what users see and disks hold: {@link LeasesApart}, {@link OneLeaderATerm}, {@link OneVoteATerm}, {@link
 * CommittedEntriesKept}, {@link ApplicationRecordsKept}, {@link TokensRise}, {@link CallsAnswered}.
 *
 * <p>The specification, by the numbers of the safety rules: {@link Rule01DurableFirst} to {@link Rule14Answers}, with {@link
 * Snapshots} and {@link KnownLeaders}. Rule 13 is judged by {@link VirtualDisk}.
 */
class Invariants {

    private static final int STEPS_BETWEEN_VIEWS = 64;

    private final VirtualCluster cluster;
    private final MemberRecord[] records;
    private final int[] stepsUntilView;

    private final OneLeaderATerm leaders = new OneLeaderATerm();
    private final OneVoteATerm votes;
    private final CommittedEntriesKept committed = new CommittedEntriesKept();
    private final TokensRise tokens = new TokensRise();
    private final LeasesApart leases;
    private final CallsAnswered calls;

    private final Rule01DurableFirst durableFirst = new Rule01DurableFirst();
    private final Rule02OneVote oneVote;
    private final Rule03TheLogDecides positions;
    private final Rule04APreVoteChangesNothing preVotes = new Rule04APreVoteChangesNothing();
    private final Rule05BoundMeansBound bonds;
    private final Rule06Promises promises;
    private final Rule07Quorum quorum;
    private final Rule08Lease lease;
    private final Rule09Transfer handovers;
    private final Rule10Witnesses witnesses;
    private final Rule15Members changes;
    private final Rule11Commit commit;
    private final Rule12SteppingDown steppingDown;
    private final Rule18Pauses pauses;
    private final Rule14Answers answers;
    private final KnownLeaders knownLeaders;
    private boolean forged;
    private boolean believesLeaders = true;

    Invariants(VirtualCluster cluster, List<VirtualMember> members) {
        this.cluster = cluster;
        int size = members.size();
        records = new MemberRecord[size];
        for (VirtualMember member : members) {
            records[member.index()] = new MemberRecord(cluster, member);
        }
        stepsUntilView = new int[size];
        pauses = new Rule18Pauses(cluster.coverage(), size);
        changes = new Rule15Members(cluster, pauses, records);
        votes = new OneVoteATerm(size);
        promises = new Rule06Promises(size);
        leases = new LeasesApart(cluster, members);
        calls = new CallsAnswered(cluster.coverage(), leases, leaders, committed, size);
        oneVote = new Rule02OneVote(cluster, votes);
        bonds = new Rule05BoundMeansBound(cluster, leases, promises, size);
        quorum = new Rule07Quorum(votes, committed);
        positions = new Rule03TheLogDecides(cluster, committed, bonds, quorum, changes, records);
        lease = new Rule08Lease(cluster, bonds, changes, records);
        handovers = new Rule09Transfer(cluster, leases, committed, records);
        witnesses = new Rule10Witnesses(cluster, records);
        commit = new Rule11Commit(cluster, committed, quorum, new Snapshots(committed), records);
        steppingDown = new Rule12SteppingDown(handovers, bonds, size);
        answers = new Rule14Answers(positions, bonds);
        knownLeaders = new KnownLeaders(leaders, bonds, size);
    }

    private MemberRecord of(VirtualMember member) {
        return records[member.index()];
    }

    // -- what the faults and the users ask -----------------------------------------------------------------------

    /** Where the member's log ends, in memory. */
    LogPosition last(VirtualMember member) {
        return of(member).log.last();
    }

    @Nullable Membership membership(VirtualMember member) {
        return of(member).membership();
    }

    /** Whether a member takes another for the leader of its own term. */
    boolean followsOrIs(VirtualMember member, VirtualMember leader) {
        return positions.followsOrIs(of(member), leader);
    }

    /** The application's position as voters count it, for whoever is up. */
    @Nullable LogPosition countedPosition(VirtualMember member) {
        return positions.counted(of(member));
    }

    /** The application's position as voters count it, of a member that starts with what is on its disk now. */
    LogPosition countedPositionOnDisk(VirtualMember member) {
        return positions.countedOnDisk(member);
    }

    int openCalls(VirtualMember member) {
        return calls.openAt(member);
    }

    /** A script has made up a leader's messages: what only leaders can cause is no longer held against the members. */
    void forged() {
        forged = true;
    }

    /**
     * One member may lie that could lead. Whoever follows it does so by the rules, so from now on only that is judged which a
     * member answers for by itself: what it writes, promises, grants and counts, by what it was told. That leaders are alone,
     * that their entries stay, and what depends on both, no member can promise then.
     */
    void believeNoLeader() {
        believesLeaders = false;
        forged();
        committed.judgeNothing();
        leases.judgeNothing();
        witnesses.judgeNothing();
        knownLeaders.believeAnybody();
        calls.believeAnybody();
        cluster.applicationsFed().judgeNothing();
    }

    /** A script has made up a transfer proof, and means it to be taken for one. */
    void madeUp(TransferProof proof) {
        handovers.madeUp(proof);
    }

    // -- life ----------------------------------------------------------------------------------------------------

    void started(VirtualMember member) {
        MemberRecord w = of(member);
        DurableState recovered = member.disk().state();
        votes.started(w, recovered);
        promises.durable(w, recovered.hardState());
        w.started(recovered);
        positions.started(w);
        bonds.started(w, recovered.hardState());
        lease.started(w);
        handovers.started(w);
        witnesses.started(w);
        steppingDown.started(w);
        pauses.started(w);
        knownLeaders.started(w);
        calls.stopped(member);
        stepsUntilView[member.index()] = 1;
    }

    void stopped(VirtualMember member) {
        of(member).leads = false;
        leases.stopped(member);
        calls.stopped(member);
    }

    void wiped(VirtualMember member) {
        MemberRecord w = of(member);
        w.wiped();
        votes.wiped(w);
        promises.wiped(w);
        bonds.wiped(w);
    }

    /** Nobody remembers anything: what was founded, and all that was committed in it, is gone. */
    void foundedAnew() {
        leaders.foundedAnew();
        votes.foundedAnew();
        committed.foundedAnew();
        leases.foundedAnew();
        positions.foundedAnew();
        preVotes.foundedAnew();
        bonds.foundedAnew();
        handovers.foundedAnew();
        for (MemberRecord w : records) {
            w.lostDisks.clear();
        }
    }

    /** Keeps the disk that a wipe is about to lose: what it acknowledged stays acknowledged. */
    void losing(VirtualMember member) {
        of(member).lostDisks.add(member.disk());
    }

    // -- callers -------------------------------------------------------------------------------------------------

    void called(VirtualMember member, long call) {
        calls.called(member, call);
    }

    void answered(VirtualMember member, Effect.TransferEnded ended) {
        calls.answered(of(member), ended);
    }

    void answered(VirtualMember member, Effect.ProposalAnswered answered) {
        calls.answered(of(member), answered);
    }

    void answered(VirtualMember member, Effect.MemberChangeEnded ended) {
        calls.answered(of(member), ended);
    }

    /** When a leader made a membership by taking a vote, or {@code null} if it was not made so. */
    @Nullable Long voteTakenAtNanos(Membership membership) {
        return changes.voteTakenAtNanos(membership);
    }

    /** Each membership that is in force on some member, in memory or on its disk, or that a leader has sent on its way. */
    Set<Membership> membershipsInForce() {
        Set<Membership> all = new HashSet<>();
        for (MemberRecord w : records) {
            if (w.membership() != null) {
                all.add(w.membership());
            }
            DurableState disk = w.member.disk().state();
            Membership newest = disk.snapshot().membership();
            for (Entry entry : disk.entries()) {
                newest = entry.payload().membership() == null
                        ? newest
                        : entry.payload().membership();
            }
            if (newest != null) {
                all.add(newest);
            }
        }
        Membership safe = committed.membershipAt(committed.size());
        all.addAll(changes.madeAfter(safe == null ? 0 : safe.version()));
        return all;
    }

    /** Whether a member belonged to the cluster since it started, and does no longer. */
    boolean hasLeft(VirtualMember member, @Nullable Membership inForce) {
        return of(member).belonged
                && inForce != null
                && inForce.member(member.id()).isEmpty();
    }

    void answered(VirtualMember member, Effect.ConfirmEnded ended) {
        cluster.users().answered(member, ended);
        calls.answered(of(member), ended);
    }

    // -- steps ---------------------------------------------------------------------------------------------------

    void stepped(VirtualMember member, Input input, Output output) {
        MemberRecord w = of(member);
        w.roleBefore = w.role;
        w.hardStateBefore = w.hardState;
        w.membershipBefore = w.membership();
        w.belonged |= w.membershipBefore != null
                && w.membershipBefore.member(member.id()).isPresent();
        boolean handingOver = handovers.isActive(w);
        if (cluster.memory() != null) {
            cluster.memory().rule().leads(w);
        }
        long lastRequest = witnesses.lastRequest(w);
        List<Effect> effects = output.effects();
        cluster.coverage().saw(input);
        takes(w, input);
        boolean roleChanged = false;
        for (int i = 0; i < effects.size(); i++) {
            if (effects.get(i) instanceof Effect.Observed observed) {
                roleChanged |= observed(w, observed.observation());
            }
        }
        for (int i = 0; i < effects.size(); i++) {
            if (effects.get(i) instanceof Effect.Persist persist) {
                writes(w, persist);
            }
        }
        for (int i = 0; i < effects.size(); i++) {
            Effect effect = effects.get(i);
            cluster.coverage().saw(effect);
            decides(w, input, effect, effects, roleChanged);
        }
        preVotes.pings(w, input);
        commit.commits(w, member.election().commitIndex());
        if (member.replica() != null) {
            remembers(w, effects);
        }
        handovers.stepped(w, handingOver);
        lease.isUsed(w);
        steppingDown.stepped(w);
        knownLeaders.stepped(w);
        if (roleChanged || --stepsUntilView[member.index()] == 0) {
            stepsUntilView[member.index()] = STEPS_BETWEEN_VIEWS;
            viewed(w, w.roleBefore == Role.LEADER && w.role != Role.LEADER);
        }
        if (w.becameLeader()) {
            leads(member, w.hardState.term());
            quorum.leads(w);
            witnesses.leads(w, lastRequest);
            committed.leads(w);
            positions.leads(w);
        }
    }

    private void remembers(MemberRecord w, List<Effect> effects) {
        boolean leads = w.role == Role.LEADER || w.roleBefore == Role.LEADER;
        for (Effect effect : effects) {
            if (effect instanceof Effect.Acknowledged acknowledged) {
                cluster.memory()
                        .rule()
                        .acknowledges(
                                w,
                                acknowledged,
                                leads,
                                committed.size(),
                                (named, index) -> commit.holdsDurably(named, index, committed.termAt(index)));
            } else if (effect instanceof Effect.StateDiffers) {
                w.machineFailed = true;
            }
        }
    }

    private void leads(VirtualMember member, long term) {
        if (believesLeaders) {
            leaders.leads(member, term);
        }
    }

    private void takes(MemberRecord w, Input input) {
        bonds.hears(w, input);
        witnesses.hears(w, input);
        lease.hears(w, input);
        handovers.takes(w, input);
        steppingDown.takes(w, input);
        pauses.takes(w, input);
        if (input instanceof Input.PositionAdvanced advanced) {
            w.position = advanced.position();
        } else if (input instanceof Input.StepMeasured measured) {
            bonds.measured(w, measured);
        } else if (input instanceof Input.Ready) {
            w.ready = true;
        } else if (input instanceof Input.Close) {
            w.closing = true;
        } else if (input instanceof Input.Persisted persisted) {
            w.durableWrite = persisted.write();
        } else if (input instanceof Input.PersistFailed) {
            w.diskFailed = true;
        } else if (input instanceof Input.MachineFailed) {
            w.machineFailed = true;
        } else if (input instanceof Input.Applied applied) {
            w.applied = Math.max(w.applied, applied.index());
        } else {
            calls.takes(w, input);
        }
    }

    private boolean observed(MemberRecord w, Observation observation) {
        cluster.coverage().saw(observation);
        if (observation instanceof Observation.RoleChanged changed) {
            cluster.coverage().changed(changed);
            if (changed.from() != w.role) {
                throw new Violation("role changes follow each other", w + " was " + w.role + ", but " + changed);
            }
            w.role = changed.to();
            steppingDown.changes(w, changed);
            return true;
        }
        if (observation instanceof Observation.RoundEnded ended) {
            cluster.coverage().reached(ended.outcome());
            if (ended.outcome() == ElectionOutcome.ELECTED && ended.phase() == Phase.VOTE) {
                oneVote.elected(w, ended);
            }
        } else if (observation instanceof Observation.LetIn letIn) {
            witnesses.letsIn(w, letIn);
        } else if (observation instanceof Observation.TransferProgress progress) {
            handovers.progresses(w, progress);
            if (cluster.memory() != null) {
                cluster.memory().rule().progresses(w, progress);
            }
        } else if (observation instanceof Observation.TwoLeaders && !forged) {
            throw new Violation("there is one leader in a term", w + " reports " + observation);
        }
        return false;
    }

    private void writes(MemberRecord w, Effect.Persist persist) {
        w.lastWrite = persist.write();
        for (DurableRecord change : persist.records()) {
            cluster.coverage().saw(change);
            if (change instanceof DurableRecord.HardStateChanged changed) {
                oneVote.writes(w, changed.state());
                w.hardState = changed.state();
            } else if (change instanceof DurableRecord.EntryAppended appended) {
                writes(w, appended.entry());
            } else if (change instanceof DurableRecord.LogTruncated removed) {
                commit.cuts(w, removed.fromIndex());
            } else if (change instanceof DurableRecord.SnapshotReplaced replaced) {
                commit.compacts(w, replaced.snapshot());
                if (w.member.replica() != null) {
                    cluster.memory().rule().compacts(w, replaced.snapshot());
                }
            } else if (change instanceof DurableRecord.CommitKnown known) {
                commit.knows(w, known.index());
            }
        }
    }

    private void writes(MemberRecord w, Entry entry) {
        cluster.coverage().saw(entry.payload());
        if (w.role == Role.LEADER && entry.term() == w.hardState.term()) {
            witnesses.writes(w, entry);
            quorum.writes(w, entry);
            changes.writes(w, entry);
            if (entry.payload() instanceof Payload.MembershipChange) {
                lease.changesMembers(w);
            }
            positions.writes(w, entry);
            handovers.writes(w, entry);
        }
        commit.appends(w, entry);
    }

    /** One effect of a step, judged as the step decides it; what leaves may do so only later. */
    private void decides(MemberRecord w, Input input, Effect effect, List<Effect> effects, boolean roleChanged) {
        if (effect instanceof Effect.Reply reply) {
            replies(w, input, reply, effects);
        } else if (effect instanceof Effect.Send send) {
            sends(w, send.request(), roleChanged);
        } else if (effect instanceof Effect.LeaderChanged changed) {
            knownLeaders.changes(w, changed);
        } else if (effect instanceof Effect.LeadershipEnded ended) {
            handovers.ends(w, ended);
            lease.ends(w, ended);
            steppingDown.ends(w, input, ended);
        } else if (effect instanceof Effect.TransferEnded ended) {
            handovers.ends(w, ended);
        } else if (effect instanceof Effect.Closed) {
            handovers.closes(w);
        } else if (effect instanceof Effect.LeadershipGained gained) {
            lease.begins(w, gained);
            lease.lasts(w, gained.term(), gained.lease());
        } else if (effect instanceof Effect.LeaseExtended extended) {
            lease.revives(w, extended);
            lease.lasts(w, extended.term(), extended.lease());
        } else if (effect instanceof Effect.DrainLease drain && drain.lease() != null) {
            lease.lasts(w, drain.term(), drain.lease());
        } else if (effect instanceof Effect.ConfirmEnded ended) {
            if (ended.confirmed()) {
                lease.confirmed(w, ended.call());
            } else {
                lease.refused(w, ended.call());
            }
        }
    }

    private void sends(MemberRecord w, Request request, boolean roleChanged) {
        bonds.sends(w, request);
        lease.sends(w, request);
        steppingDown.sends(w, request);
        witnesses.sends(w, request);
        if (request instanceof Request.Vote vote) {
            if (vote.phase() == Phase.PRE_VOTE || roleChanged) {
                durableFirst.begins(w, vote);
            }
            handovers.stands(w, vote);
            if (cluster.memory() != null) {
                cluster.memory().rule().stands(w, vote);
            }
            positions.stands(w, vote);
            if (vote.proof() == null) {
                bonds.stands(w, vote);
                steppingDown.stands(w, vote);
                if (vote.phase() == Phase.PRE_VOTE) {
                    pauses.stands(w, vote);
                }
                if (vote.phase() == Phase.VOTE) {
                    preVotes.stands(w, vote);
                }
            }
        } else if (request instanceof Request.TimeoutNow timeoutNow) {
            handovers.sends(w, timeoutNow);
            steppingDown.passes(w, timeoutNow);
            pauses.passes(w, timeoutNow);
        }
    }

    private void replies(MemberRecord w, Input input, Effect.Reply reply, List<Effect> effects) {
        Response response = reply.response();
        Refusal refusal = response.refusal();
        if (refusal != null) {
            cluster.coverage().reached(refusal.reason());
        }
        if (!(input instanceof Input.RequestReceived received) || received.exchange() != reply.exchange()) {
            return;
        }
        Request request = received.request();
        if (request instanceof Request.FromLeader message) {
            if (followsItsAsker(response)) {
                quorum.listens(w, message);
                positions.follows(w, message);
                bonds.follows(w, message, response);
                handovers.follows(w, message);
                steppingDown.follows(w, message);
            }
            positions.replies(w, reply);
        } else if (request instanceof Request.Vote vote) {
            if (refusal == null) {
                grants(w, vote);
            }
            preVotes.judged(w, vote, response, effects);
        } else if (request instanceof Request.TimeoutNow timeoutNow && refusal == null) {
            handovers.takesPass(w, timeoutNow);
        }
        // A leader that lies may have made its follower commit what the next leader's snapshot does not hold.
        if (believesLeaders || !(reply.response() instanceof Response.Append)) {
            answers.answers(w, request, reply);
        }
    }

    /** Whether an answer to a leader's message says that its sender is followed: if anything was refused, it was the entries. */
    private static boolean followsItsAsker(Response response) {
        Refusal refusal = response.refusal();
        return (response instanceof Response.Heartbeat || response instanceof Response.Append)
                && (refusal == null
                        || refusal.reason() == RefusalReason.LOG_MISMATCH
                        || refusal.reason() == RefusalReason.LOG_FULL
                        || refusal.reason() == RefusalReason.FETCHING_IMAGE);
    }

    private void grants(MemberRecord w, Request.Vote vote) {
        quorum.grants(w, vote);
        // A vote that is on disk already was given when nothing forbade it, and may be given again.
        boolean again = vote.phase() == Phase.VOTE
                && vote.term() == w.hardStateBefore.term()
                && vote.header().from().equals(w.hardStateBefore.votedFor());
        boolean withProof = handovers.lets(w, vote);
        handovers.grants(w, vote);
        steppingDown.grants(w, vote);
        if (!again) {
            positions.grants(w, vote);
        }
        bonds.grants(w, vote, again, withProof);
    }

    private void viewed(MemberRecord w, boolean ended) {
        ElectionView view = w.member.view();
        if (view.role() != w.role) {
            throw new Violation(
                    "every change of role is observed", w + " is " + view.role() + ", observed was " + w.role);
        }
        if (view.term() != w.hardState.term()) {
            throw new Violation("a term is written when it changes", w + ": " + view.term() + " but " + w.hardState);
        }
        if (view.votedFor() == null
                ? w.hardState.votedFor() != null
                : !view.votedFor().equals(w.hardState.votedFor())) {
            throw new Violation(
                    "a vote is written when it is given", w + ": " + view.votedFor() + " but " + w.hardState);
        }
        if (!view.last().equals(w.log.last()) || view.commitIndex() != w.commitIndex) {
            throw new Violation(
                    "the log in memory is the sum of its writes", w + ": " + view.last() + " but " + w.log.last());
        }
        knownLeaders.shows(w, view.leader());
        steppingDown.shows(w, view);
        if (view.role() == Role.LEADER) {
            leads(w.member, view.term());
        }
        if (ended && view.lastEnd() != null) {
            cluster.coverage().reached(view.lastEnd());
        }
    }

    // -- what arrives, and what leaves ---------------------------------------------------------------------------

    /** A response is about to be handed to the asker, as the first one to its request. */
    void answering(VirtualMember asker, long requestId) {
        witnesses.answering(asker, requestId);
    }

    /** An asker is about to be told that its request to a member was not answered. */
    void unanswered(VirtualMember asker, long requestId, String asked) {
        witnesses.unanswered(asker, requestId, asked);
    }

    void leaving(VirtualMember member, Message message) {
        MemberRecord w = of(member);
        if (message instanceof Request request) {
            if (request instanceof Request.FromLeader fromLeader) {
                durableFirst.leads(w, fromLeader);
                changes.leaves(w, fromLeader);
                leads(member, fromLeader.term());
                commit.asks(w, fromLeader);
                positions.asks(w, fromLeader);
                if (request instanceof Request.Append append) {
                    witnesses.leaves(w, append, committed.size());
                    committed.sends(w, append);
                }
            } else if (request instanceof Request.TimeoutNow timeoutNow) {
                handovers.leaves(w, timeoutNow);
                leads(member, timeoutNow.proof().term());
            }
        } else if (message instanceof Response response) {
            answers(w, response);
        }
    }

    private void answers(MemberRecord w, Response response) {
        durableFirst.answers(w, response);
        lease.leaves(w, response, bonds.leaves(w, response));
        if (response instanceof Response.Vote vote && vote.refusal() == null) {
            if (w.leads) {
                throw new Violation(
                        "a leadership ends before a grant leaves", w + " leads, but sends " + Trace.describe(response));
            }
            if (vote.phase() == Phase.VOTE) {
                votes.votes(w, vote.askedTerm(), vote.header().to());
            } else {
                preVotes.grants(w, vote);
            }
        }
    }

    /** A member that lies says what it did not decide: others may count it, so it is kept as what was said. */
    void lied(VirtualMember member, Response response) {
        MemberRecord w = of(member);
        lease.leaves(w, response, followsItsAsker(response));
        cluster.coverage()
                .reached(
                        switch (member.kind()) {
                            case OBSERVER -> Coverage.Event.OBSERVER_LIED;
                            case WITNESS -> Coverage.Event.WITNESS_LIED;
                            case DATA -> Coverage.Event.DATA_MEMBER_LIED;
                        });
        if (response instanceof Response.Vote vote && vote.refusal() == null) {
            if (vote.phase() == Phase.VOTE) {
                votes.lied(w, vote.askedTerm(), vote.header().to());
            } else {
                preVotes.grants(w, vote);
            }
        }
    }

    void durable(VirtualMember member) {
        MemberRecord w = of(member);
        votes.durable(w);
        promises.durable(w, member.disk().state().hardState());
    }

    // -- leadership ----------------------------------------------------------------------------------------------

    void gained(VirtualMember member, Effect.LeadershipGained gained) {
        cluster.users().elected(member, gained);
        MemberRecord w = of(member);
        lease.gained(w, gained);
        leads(member, gained.term());
        if (cluster.memory() != null) {
            cluster.memory().rule().gained(w, gained.term());
        }
        positions.application().begins(of(member), gained.term());
        w.leads = true;
        w.leadsInTerm = gained.term();
        if (believesLeaders) {
            tokens.gained(w, gained);
        }
        cluster.coverage().gained++;
    }

    void extended(VirtualMember member, Effect.LeaseExtended extended) {
        lease.extended(of(member), extended);
    }

    void ended(VirtualMember member, Effect.LeadershipEnded ended) {
        cluster.users().steppedDown(member, ended);
        MemberRecord w = of(member);
        lease.ended(w, ended);
        w.leads = false;
        w.endedTerm = ended.term();
    }

    void drains(VirtualMember member, Effect.DrainLease drain) {
        leases.drains(member, drain);
    }

    /** A lease begins, is extended, or its end moves with the clocks. */
    void leaseChanged(VirtualMember member) {
        if (believesLeaders) {
            lease.isCoveredByPromises(of(member));
        }
        leases.leaseChanged(member);
    }

    /** The application's log has grown somewhere. */
    void applicationHeld(VirtualMember leader) {
        positions.application().held(of(leader));
    }
}
