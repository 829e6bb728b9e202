package io.election.core.simulator;

import io.election.Role;
import io.election.StepDownReason;
import io.election.core.ClockReading;
import io.election.core.Effect;
import io.election.core.ElectionView;
import io.election.core.EnrolledMember;
import io.election.core.Input;
import io.election.core.Lease;
import io.election.core.MemberChange;
import io.election.core.MemberKind;
import io.election.core.Membership;
import io.election.core.Observation;
import io.election.core.Phase;
import io.election.core.Request;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Safety rule 12: a leadership ends for the reason that is said, and only who was deposed by a higher term, whose transfer failed, or
 * whose lease lapsed while nobody else could lead, stands straight back.
 */
final class Rule12SteppingDown {

    /** What is known of one process. */
    private static final class Stood {
        /** Within this step it fell back to following within its term, and gave no transfer proof. */
        boolean steppedDown;
        /** Whether it was a higher term that made it step down. */
        boolean deposed;

        long waitsUntilNanos = Long.MIN_VALUE;
        /** As that, but until a later leader than the one that passed its leadership on is followed. */
        long waitsAfterPassNanos = Long.MIN_VALUE;

        long passTerm;
        boolean askedToHandOver;
        boolean askedToStepDown;

        @Nullable StepDownReason ended;

        /** What the present step takes. */
        @Nullable Input taken;

        /** Its requests that are unanswered, by id, and whom they went to. */
        final Map<Long, String> unanswered = new HashMap<>();
        /** Whose latest call in this leadership failed, as far as it has heard. */
        final Set<String> failed = new HashSet<>();

        /** By when it stands again, if nothing comes between that lets it wait. */
        long standsByNanos = Long.MAX_VALUE;

        /** The step that this was reckoned with. */
        long stepNanos;

        /** When it has waited long enough for the holder of its transfer proof; what it does then, it does once it runs. */
        long passEndsNanos = Long.MAX_VALUE;

        /** After a step-down that was asked for it need not stand before. */
        long mayWaitUntilNanos = Long.MIN_VALUE;

        void mayWait() {
            standsByNanos = Long.MAX_VALUE;
            passEndsNanos = Long.MAX_VALUE;
        }
    }

    private final Rule09Transfer handovers;
    private final Rule05BoundMeansBound bonds;
    private final Stood[] members;

    Rule12SteppingDown(Rule09Transfer handovers, Rule05BoundMeansBound bonds, int members) {
        this.handovers = handovers;
        this.bonds = bonds;
        this.members = new Stood[members];
        for (int i = 0; i < members; i++) {
            this.members[i] = new Stood();
        }
    }

    private Stood of(MemberRecord w) {
        return members[w.member.index()];
    }

    void started(MemberRecord w) {
        members[w.member.index()] = new Stood();
    }

    void takes(MemberRecord w, Input input) {
        Stood s = of(w);
        s.steppedDown = false;
        s.ended = null;
        s.askedToHandOver |= input instanceof Input.TransferLeadership || takesItsVote(w, input);
        s.askedToStepDown |= input instanceof Input.StepDown;
        if (input instanceof Input.StepMeasured) {
            s.mayWait();
        }
        s.taken = input;
    }

    /** Whether somebody asks a member for a change that only its successor makes. */
    private static boolean takesItsVote(MemberRecord w, Input input) {
        MemberChange asked = input instanceof Input.ChangeMembers wish
                ? wish.change()
                : input instanceof Input.RequestReceived received
                                && received.request() instanceof Request.Change passedOn
                        ? passedOn.change()
                        : null;
        return asked != null
                && !asked.action().isOfLeadership()
                && asked.action() != MemberChange.Action.PROMOTE
                && asked.member().equals(w.member.id());
    }

    /** A member sends something, in a step. */
    void sends(MemberRecord w, Request request) {
        if (!(request instanceof Request.Ping
                || request instanceof Request.Announce
                || request instanceof Request.Leave
                || request instanceof Request.Change
                || request instanceof Request.Propose
                || request instanceof Request.ReadIndex)) {
            // A ping that failed says nothing about a term.
            of(w).unanswered.put(request.header().requestId(), request.header().to());
        }
    }

    /** Whether a leader knows of no other member that could lead: the latest call to each of them failed. */
    private static boolean isAlone(MemberRecord w, Stood s) {
        Membership membership = w.membership();
        return membership != null
                && membership.members().stream()
                        .filter(Enrolment::mayLead)
                        .map(EnrolledMember::id)
                        .filter(id -> !id.equals(w.member.id()))
                        .allMatch(s.failed::contains);
    }

    void changes(MemberRecord w, Observation.RoleChanged changed) {
        Stood s = of(w);
        if (changed.to() == Role.LEADER) {
            s.failed.clear();
        }
        if (changed.from() == Role.LEADER && changed.term() == w.hardStateBefore.term()) {
            s.steppedDown = true;
            s.deposed = changed.reason().startsWith(StepDownReason.HIGHER_TERM.name());
        } else if (changed.from() == Role.FOLLOWER && changed.to() == Role.FOLLOWER && s.deposed) {
            // It read a higher term, which it takes over in the same step. A vote that it gives then deposes nobody.
            if (s.steppedDown) {
                standsFrom(w, w.monotonic());
            }
            s.steppedDown = false;
        }
    }

    /** A transfer proof is sent, in a step. */
    void passes(MemberRecord w, Request.TimeoutNow request) {
        Stood s = of(w);
        s.steppedDown = false;
        StepDownReason reason = handovers.reasonOf(w);
        if (reason == StepDownReason.REQUESTED || reason == StepDownReason.SHUTDOWN) {
            s.passTerm = request.proof().term();
            s.waitsAfterPassNanos = w.monotonic() + wait(w);
            // From the end of its wait for a successor on, whatever it does meanwhile.
            s.mayWaitUntilNanos = s.waitsAfterPassNanos
                    + w.member.settings().electionTimeout().toNanos();
        } else if (reason == StepDownReason.HANDED_OVER) {
            s.passEndsNanos = handovers.waitsUntil(w);
        }
    }

    /** Nothing but its rank keeps it from standing from then on, or from the end of what binds it. */
    private void standsFrom(MemberRecord w, long nanos) {
        Stood s = of(w);
        long data = ranked(w);
        long timeout = w.member.settings().electionTimeout().toNanos();
        long from = Math.max(Math.max(nanos, bonds.freeAt(w)), Math.max(s.waitsUntilNanos, s.mayWaitUntilNanos));
        s.stepNanos = bonds.stepNanos(w);
        s.standsByNanos = from + data * s.stepNanos + (s.askedToStepDown ? timeout : 0);
    }

    /** How many stand one after the other. */
    private static long ranked(MemberRecord w) {
        Membership membership = w.membership();
        return membership == null
                ? w.member.settings().members().stream()
                        .filter(m -> m.kind() == MemberKind.DATA)
                        .count()
                : membership.members().stream().filter(Enrolment::mayLead).count();
    }

    /** A longer round trip was measured since: those that rank before it get as much more time. */
    private void mayTakeLonger(MemberRecord w) {
        Stood s = of(w);
        long more = bonds.stepNanos(w) - s.stepNanos;
        if (s.standsByNanos != Long.MAX_VALUE && more > 0) {
            s.stepNanos += more;
            s.standsByNanos += ranked(w) * more;
        }
    }

    /** A vote holds back, and somebody else may be elected by it. */
    void grants(MemberRecord w, Request.Vote vote) {
        if (vote.phase() == Phase.VOTE) {
            of(w).mayWait();
        }
    }

    void follows(MemberRecord w, Request.FromLeader message) {
        Stood s = of(w);
        s.mayWait();
        if (message.term() > s.passTerm) {
            s.waitsAfterPassNanos = Long.MIN_VALUE;
        }
    }

    private static long wait(MemberRecord w) {
        return 2 * w.member.settings().electionTimeout().toNanos();
    }

    /** Learns who answers. A lease that lapsed ended before that: whatever has expired ends before an input is looked at. */
    private static void hears(MemberRecord w, Stood s) {
        if (s.taken instanceof Input.ResponseReceived received) {
            String answered = s.unanswered.remove(received.response().header().requestId());
            if (answered != null) {
                s.failed.remove(answered);
            }
        } else if (s.taken instanceof Input.Unanswered unanswered) {
            String silent = s.unanswered.remove(unanswered.requestId());
            if (silent != null && w.roleBefore == Role.LEADER) {
                s.failed.add(silent);
            }
        }
    }

    /** A step is over. */
    void stepped(MemberRecord w) {
        Stood s = of(w);
        hears(w, s);
        if (s.steppedDown) {
            s.waitsUntilNanos = w.monotonic() + wait(w);
        }
        if (s.standsByNanos == Long.MAX_VALUE && s.passEndsNanos == Long.MAX_VALUE) {
            return;
        }
        mayTakeLonger(w);
        if (w.role != Role.FOLLOWER || w.closing || w.diskFailed || w.machineFailed || !w.ready || isPaused(w)) {
            s.mayWait();
        } else if (w.monotonic() >= s.passEndsNanos) {
            s.passEndsNanos = Long.MAX_VALUE;
            standsFrom(w, w.monotonic());
        } else if (w.monotonic() > s.standsByNanos && w.durableWrite == w.lastWrite) {
            throw new Violation(
                    "a leader that a higher term deposed, or whose transfer failed, stands straight back",
                    w + " is free since " + (w.monotonic() - s.standsByNanos) / 1e6 + " ms, and does not stand");
        }
    }

    /** A pause may keep it from standing: who stands then is another rule. */
    private static boolean isPaused(MemberRecord w) {
        Membership membership = w.membership();
        return membership != null && membership.pause() != null;
    }

    /** A member stands without a transfer proof. */
    void stands(MemberRecord w, Request.Vote vote) {
        Stood s = of(w);
        long until = Math.max(s.waitsUntilNanos, s.waitsAfterPassNanos);
        if (s.steppedDown || w.monotonic() < until) {
            throw new Violation(
                    "a leader that was not deposed waits before it stands again",
                    w + " waits for another " + (s.steppedDown ? wait(w) : until - w.monotonic()) / 1e6
                            + " ms, but sends " + Trace.describe(vote));
        }
    }

    /** A leadership ends, in a step. */
    void ends(MemberRecord w, Input input, Effect.LeadershipEnded ended) {
        Stood s = of(w);
        s.ended = ended.reason();
        if ((ended.reason() == StepDownReason.LEASE_LOST || ended.reason() == StepDownReason.CLOCK_JUMPED)
                && isAlone(w, s)) {
            s.steppedDown = false;
            standsFrom(w, w.monotonic());
        }
        boolean so = switch (ended.reason()) {
            case HIGHER_TERM -> w.hardState.term() > ended.term();
            case LEASE_LOST -> !holds(w, input) && aheadMillis(w) <= leaseMillis(w);
            case CLOCK_JUMPED -> !holds(w, input) && aheadMillis(w) > 0;
            case HANDED_OVER -> s.askedToHandOver;
            case REQUESTED -> s.askedToStepDown;
            case SHUTDOWN -> w.closing;
            case STORAGE_FAILED -> w.diskFailed;
            case OPENING_NOT_COMMITTED -> false;
            default -> true;
        };
        if (!so) {
            throw new Violation(
                    "a leadership ends for the reason that is said",
                    w + " in term " + w.hardState.term() + ", its wall clock ahead by " + aheadMillis(w) + " ms: "
                            + ended);
        }
    }

    private static boolean holds(MemberRecord w, Input input) {
        Lease lease = w.member.lease();
        return lease != null && !(input instanceof Input.LeaseLapsed) && lease.holds(w.member.reading());
    }

    private static long leaseMillis(MemberRecord w) {
        return w.member.settings().leaseDuration().toMillis();
    }

    /** By how much more the wall clock is past the lease's end than the monotonic one. */
    private static long aheadMillis(MemberRecord w) {
        Lease lease = w.member.lease();
        ClockReading end = lease == null ? null : lease.end();
        if (end == null) {
            return 0;
        }
        ClockReading now = w.member.reading();
        return now.wallMillis() - end.wallMillis() - (now.monotonicNanos() - end.monotonicNanos()) / 1_000_000;
    }

    /** What a member shows after a step. */
    void shows(MemberRecord w, ElectionView view) {
        StepDownReason ended = of(w).ended;
        if (ended != null && w.role != Role.LEADER && view.lastEnd() != ended) {
            throw new Violation("why a leadership ended is kept", w + " shows " + view.lastEnd() + ", not " + ended);
        }
    }
}
