package io.election.test;

import io.election.HandoverResult;
import io.election.HandoverResult.Outcome;
import io.election.Role;
import io.election.StepDownReason;
import io.election.core.ClockReading;
import io.election.core.Effect;
import io.election.core.ElectionMachine;
import io.election.core.ElectionSettings;
import io.election.core.ElectionView;
import io.election.core.EnrolledMember;
import io.election.core.Input;
import io.election.core.Lease;
import io.election.core.LogPosition;
import io.election.core.Member;
import io.election.core.MemberChange;
import io.election.core.MemberKind;
import io.election.core.MemberPresence;
import io.election.core.MemberPresence.VotingState;
import io.election.core.Membership;
import io.election.core.Output;
import io.election.core.ProposalCheck;
import io.election.core.Quorum;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Elects the member that a test names, with the effects of a real election. Nothing is sent or written, the lease never expires by itself,
 * and all members are present. Steps and changes run on the member's loop. Any thread may submit a change.
 */
final class ScriptedElection implements ElectionMachine {

    /** The loop looks at the time of its own accord, too; this is only a bound. */
    private static final long IDLE_NANOS = Duration.ofHours(1).toNanos();

    /** A leader is never silent here: it was heard from later than any time that can be asked about. */
    private static final long EVER = Long.MAX_VALUE / 4;

    private final ElectionSettings settings;
    private final String self;
    private final Membership membership;
    private final int voters;

    /** Of whatever member: the next term is above it. */
    private final AtomicLong lastTerm;

    private final Queue<Change> submitted = new ConcurrentLinkedQueue<>();
    private final List<Change> carriedOut = new ArrayList<>();
    private final List<Effect> effects = new ArrayList<>();
    private final ScriptedLog log;
    private long now;

    private volatile long term;
    private boolean leads;
    private @Nullable Ending ending;
    private @Nullable String leader;
    private boolean leaderEverKnown;
    private @Nullable StepDownReason lastEnd;
    private boolean ready;
    private final CompletableFuture<Void> readiness = new CompletableFuture<>();
    private boolean closing;

    private record Change(Consumer<ScriptedElection> change, CompletableFuture<Void> done) {}

    /**
     * A leadership that ends in good order: it has been given up, and its listeners and its work are still running.
     *
     * @param call the call whose end somebody waits for, or 0
     * @param successor who leads next, or {@code null} for nobody
     * @param deadlineNanos until when it is awaited
     */
    private record Ending(long call, @Nullable String successor, long deadlineNanos) {}

    /**
     * Creates a member that knows no leader.
     *
     * @param generation of all tokens
     * @param lastTerm from which terms are drawn
     * @param term the member's own until the next
     * @param check judges what the application writes to the log
     */
    ScriptedElection(ElectionSettings settings, long generation, AtomicLong lastTerm, long term, ProposalCheck check) {
        this.settings = settings;
        this.self = settings.nodeId();
        this.lastTerm = lastTerm;
        this.term = term;
        this.voters = (int) settings.members().stream()
                .filter(member -> member.kind().votes())
                .count();
        this.membership = new Membership(
                "test",
                generation,
                settings.members().stream()
                        .map(m -> new EnrolledMember(m.id(), m.kind(), m.kind().votes() ? "test" : "", 1))
                        .toList());
        this.log = new ScriptedLog(settings.replication(), check, membership, effects::add);
    }

    // ------------------------------------------------------------------------------------------------ the script

    CompletableFuture<Void> submit(Consumer<ScriptedElection> change) {
        Change asked = new Change(change, new CompletableFuture<>());
        submitted.add(asked);
        return asked.done();
    }

    /** Completed once the loop has heard that the application is ready. */
    CompletableFuture<Void> readiness() {
        return readiness;
    }

    long term() {
        return term;
    }

    void grant() {
        requireReady();
        makeWay();
        term = lastTerm.incrementAndGet();
        leads = true;
        knowLeader(self);
        log.open(term, self);
        effects.add(new Effect.LeadershipGained(term, membership.token(term), Lease.UNLIMITED));
    }

    void grantTo(String member) {
        requireReady();
        if (member.equals(self)) {
            grant();
            return;
        }
        if (settings.members().size() > 1 && !mayLead(member)) {
            throw new IllegalArgumentException("Member '" + member
                    + "' cannot lead: election.members lists no such data member, only " + successors());
        }
        makeWay();
        term = lastTerm.incrementAndGet();
        knowLeader(member);
        log.open(term, member);
    }

    void revoke(StepDownReason reason) {
        if (!leads) {
            return;
        }
        switch (reason) {
            case REQUESTED, HANDED_OVER, SHUTDOWN -> giveUp(reason, 0, null);
            case HIGHER_TERM -> makeWay();
            default -> {
                end(reason);
                knowLeader(null);
            }
        }
    }

    /** Back to where nobody leads: in good order at first; asked again, without waiting for work that is left. */
    void clear() {
        if (leads) {
            giveUp(StepDownReason.REQUESTED, 0, null);
        } else {
            finish();
            knowLeader(null);
        }
    }

    private void requireReady() {
        if (!ready || closing) {
            throw new IllegalStateException(
                    closing
                            ? "The application is closing; nobody is elected any more."
                            : "The application is not ready yet: a member stands only once it is.");
        }
    }

    // ------------------------------------------------------------------------------------------------ transitions

    private void end(StepDownReason reason) {
        effects.add(new Effect.LeadershipEnded(term, reason));
        leads = false;
        lastEnd = reason;
    }

    /** Whatever leadership of this member there is ends at once, for somebody is elected in the next term. */
    private void makeWay() {
        if (leads) {
            end(StepDownReason.HIGHER_TERM);
            term = lastTerm.incrementAndGet();
            knowLeader(null);
        }
        finish();
    }

    /** Gives the leadership up in good order: its listeners and its work are waited for. */
    private void giveUp(StepDownReason reason, long call, @Nullable String successor) {
        effects.add(new Effect.DrainLease(term, Lease.UNLIMITED));
        end(reason);
        ending = new Ending(call, successor, now + settings.handoverTimeout().toNanos());
    }

    /** Listeners and work are done, or out of time. */
    private void finish() {
        Ending ended = ending;
        if (ended == null) {
            return;
        }
        ending = null;
        effects.add(new Effect.DrainLease(term, null));
        knowLeader(null);
        if (ended.successor() != null) {
            term = lastTerm.incrementAndGet();
            knowLeader(ended.successor());
            log.open(term, ended.successor());
            answer(ended.call(), Outcome.HANDED_OVER, ended.successor() + " leads");
        } else {
            answer(ended.call(), Outcome.NO_SUCCESSOR, "no other member is listed that can lead; nobody leads now");
        }
        if (closing) {
            effects.add(new Effect.Closed());
        }
    }

    private void knowLeader(@Nullable String member) {
        if (!Objects.equals(leader, member)) {
            leader = member;
            leaderEverKnown = true;
            effects.add(new Effect.LeaderChanged(term, member));
        }
    }

    private void answer(long call, Outcome outcome, String detail) {
        if (call != 0) {
            // A member that has just given its leadership up does not name itself.
            String known = !leads && self.equals(leader) ? null : leader;
            effects.add(new Effect.TransferEnded(call, new HandoverResult(outcome, known, term, detail)));
        }
    }

    // ------------------------------------------------------------------------------------------------ the
    // application's wishes

    private void handOver(long call, @Nullable String to) {
        if (ending != null) {
            answer(call, Outcome.BUSY, "another handover is under way");
        } else if (!leads) {
            answer(call, Outcome.NOT_LEADER, "this member does not lead");
        } else if (to == null ? successors().isEmpty() : !mayLead(to)) {
            answer(
                    call,
                    Outcome.NO_SUCCESSOR,
                    to == null ? "no other member is listed that can lead" : "member '" + to + "' cannot lead");
        } else {
            giveUp(StepDownReason.HANDED_OVER, call, to == null ? successors().get(0) : to);
        }
    }

    private void stepDown(long call) {
        if (ending != null) {
            answer(call, Outcome.BUSY, "its leadership is being handed over already");
        } else if (!leads) {
            answer(call, Outcome.NOT_LEADER, "this member does not lead");
        } else {
            giveUp(
                    StepDownReason.REQUESTED,
                    call,
                    successors().stream().findFirst().orElse(null));
        }
    }

    private void close() {
        closing = true;
        if (leads) {
            giveUp(StepDownReason.SHUTDOWN, 0, null);
        } else if (ending == null) {
            effects.add(new Effect.Closed());
        }
    }

    private List<String> successors() {
        return settings.members().stream()
                .filter(member -> member.kind() == MemberKind.DATA)
                .map(Member::id)
                .filter(id -> !id.equals(self))
                .toList();
    }

    private boolean mayLead(String member) {
        return successors().contains(member);
    }

    // ------------------------------------------------------------------------------------------------ the loop's

    @Override
    public Output step(Input input, ClockReading clock) {
        now = clock.monotonicNanos();
        effects.clear();
        // The loop comes again only when it has carried out what came of them.
        carriedOut.forEach(change -> change.done().complete(null));
        carriedOut.clear();
        take(input);
        Ending pending = ending;
        if (pending != null && pending.deadlineNanos() - now <= 0) {
            finish();
        }
        for (Change next = submitted.poll(); next != null; next = submitted.poll()) {
            try {
                next.change().accept(this);
                carriedOut.add(next);
            } catch (RuntimeException refused) {
                next.done().completeExceptionally(refused);
            }
        }
        Ending left = ending;
        return new Output(
                effects, !carriedOut.isEmpty() ? now : left != null ? left.deadlineNanos() : now + IDLE_NANOS);
    }

    /** All else is between members, or about a journal. */
    private void take(Input input) {
        if (input instanceof Input.Ready) {
            ready = true;
            readiness.complete(null);
        } else if (input instanceof Input.TransferLeadership wish) {
            handOver(wish.call(), wish.to());
        } else if (input instanceof Input.StepDown wish) {
            stepDown(wish.call());
        } else if (input instanceof Input.Confirm wish) {
            effects.add(new Effect.ConfirmEnded(wish.call(), leads));
        } else if (input instanceof Input.LeadershipWorkDone done) {
            // What an earlier leadership left behind was given up when the next one was granted.
            if (ending != null && done.term() == term) {
                finish();
            }
        } else if (input instanceof Input.ChangeMembers wish) {
            effects.add(new Effect.MemberChangeEnded(
                    wish.call(),
                    new MemberChange.Result(
                            MemberChange.Outcome.REFUSED,
                            membership.version(),
                            "a test decides who leads, and has no members to change")));
        } else if (input instanceof Input.Close) {
            close();
        } else {
            takeOfLog(input);
        }
    }

    private void takeOfLog(Input input) {
        // Work that began in a term may write until it is done.
        String appending = ending != null ? self : leader;
        if (input instanceof Input.ProposeAll proposal) {
            log.propose(proposal, term, appending);
        } else if (input instanceof Input.ReadIndex read) {
            log.read(read, appending);
        } else if (input instanceof Input.Applied done) {
            log.applied(done.index());
        } else if (input instanceof Input.MachineFailed failed) {
            log.failed(failed.detail());
            revoke(StepDownReason.STATE_MACHINE_FAILED);
        }
    }

    @Override
    public ElectionView view(ClockReading at) {
        boolean leading = leads || ending != null;
        long instant = at.monotonicNanos();
        boolean begun = term > 0;
        return new ElectionView(
                leading ? Role.LEADER : Role.FOLLOWER,
                term,
                leading ? self : null,
                leader,
                leading ? Long.valueOf(instant) : leader == null ? null : Long.valueOf(instant + EVER),
                !leaderEverKnown,
                log.feeds() ? log.last() : begun ? new LogPosition(term, term) : LogPosition.NONE,
                log.feeds() ? log.last().index() : term,
                begun ? membership : null,
                voters,
                Quorum.of(voters),
                leading ? voters : null,
                settings.members().stream()
                        .map(member -> presence(member, leading, instant))
                        .toList(),
                false,
                false,
                lastEnd,
                log.view(),
                null,
                null);
    }

    private MemberPresence presence(Member member, boolean leading, long instant) {
        boolean isSelf = member.id().equals(self);
        boolean heard = leading || isSelf || member.id().equals(leader);
        return new MemberPresence(
                member.id(),
                member.kind(),
                !member.kind().votes()
                        ? VotingState.NON_VOTER
                        : leading || (isSelf && term > 0) ? VotingState.VOTER : VotingState.UNKNOWN,
                heard ? Boolean.TRUE : null,
                heard && !isSelf ? Long.valueOf(instant) : null,
                null,
                leading ? term : null);
    }
}
