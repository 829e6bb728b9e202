package io.election.core.explorer;

import io.election.core.Bytes;
import io.election.core.Input;
import io.election.core.MemberChange;
import io.election.core.Payload;
import io.election.core.Request;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;

/** The state of all members and of the network at one instant. It never changes. */
final class World {

    private static final Input TICK = new Input.Tick();

    /**
     * How far back an instant is told apart from others, in nanoseconds. No rule looks back further than two election
     * timeouts and a few steps.
     */
    private static final long LOOKS_BACK_NANOS = 4 * Timing.TIMEOUT.toNanos();

    private final Local[] locals;
    /** How much time has passed since the member got into its state. */
    private final long[] elapsedNanos;

    /** In the order in which they were sent. */
    private final List<Sent> underWay;

    /** Those under way that are held up. */
    private final List<Sent> heldUp;

    /** The index of the member that is cut off, or -1. */
    private final int cutOff;

    private final History history;
    private final Bounds left;

    World(
            Local[] locals,
            long[] elapsedNanos,
            List<Sent> underWay,
            List<Sent> heldUp,
            int cutOff,
            History history,
            Bounds left) {
        this.locals = locals;
        this.elapsedNanos = elapsedNanos;
        this.underWay = underWay;
        this.heldUp = heldUp;
        this.cutOff = cutOff;
        this.history = history;
        this.left = left;
    }

    /** What an action leads to. */
    sealed interface Outcome {

        record Next(World world) implements Outcome {}

        record Violation(String what) implements Outcome {}

        /** The bound on messages keeps it from being followed. */
        record Cut() implements Outcome {}
    }

    World with(Bounds bounds) {
        return new World(locals, elapsedNanos, underWay, heldUp, cutOff, history, bounds);
    }

    World withoutMessagesOf(int member) {
        return new World(locals, elapsedNanos, notOf(underWay, member), heldUp, cutOff, history, left);
    }

    List<Sent> underWay() {
        return underWay;
    }

    ExploredMember member(int index) {
        return locals[index].member();
    }

    int members() {
        return locals.length;
    }

    History history() {
        return history;
    }

    boolean isBeyond(int term) {
        return Arrays.stream(locals).anyMatch(local -> local.term() > term);
    }

    // ---------------------------------------------------------------------------------------------- what can happen

    /** Everything that can happen next, within the bounds. */
    List<Action> actions() {
        List<Action> possible = all();
        if (left.isAnyOrder()) {
            return possible;
        }
        Action quickest = quickest();
        List<Action> within = new ArrayList<>();
        for (Action action : possible) {
            if (!action.kind().isOrder() || action.equals(quickest)) {
                within.add(action);
            } else if (left.deviations() > 0) {
                within.add(action.deviating());
            }
        }
        if (left.deviations() > 0 && !underWay.isEmpty()) {
            within.add(new Action(Action.Kind.HOLD_UP, underWay.get(0).to(), underWay.get(0), 0, true));
        }
        return within;
    }

    /** What happens next if everything is as quick as can be, and messages arrive in the order they were sent. */
    Action quickest() {
        Action timer = null;
        Action work = null;
        long soonest = Long.MAX_VALUE;
        for (int i = 0; i < locals.length; i++) {
            if (!member(i).isUp()) {
                continue;
            }
            if (member(i).unwritten() > 0) {
                return new Action(Action.Kind.WRITE, i, null, member(i).unwritten(), false);
            }
            if (member(i).workTerm() > 0 && work == null) {
                work = new Action(Action.Kind.WORK_DONE, i);
            }
            if (untilDue(i) < soonest) {
                soonest = untilDue(i);
                timer = new Action(Action.Kind.TIMER, i);
            }
        }
        if (work != null) {
            return work;
        }
        for (Sent sent : underWay) {
            if (member(sent.to()).isUp()) {
                return new Action(Action.Kind.DELIVER, sent.to(), sent, 0, false);
            }
        }
        return timer == null ? new Action(Action.Kind.START, 0) : timer;
    }

    private List<Action> all() {
        List<Action> possible = new ArrayList<>();
        underWay.forEach(sent -> addActionsOn(sent, possible));
        heldUp.forEach(sent -> addActionsOn(sent, possible));
        long soonest = Long.MAX_VALUE;
        for (int i = 0; i < locals.length; i++) {
            if (member(i).isUp()) {
                soonest = Math.min(soonest, untilDue(i));
            }
        }
        for (int i = 0; i < locals.length; i++) {
            addActionsOf(i, soonest, possible);
        }
        return possible;
    }

    private void addActionsOn(Sent sent, List<Action> possible) {
        if (member(sent.to()).isUp()) {
            possible.add(new Action(Action.Kind.DELIVER, sent.to(), sent, 0, false));
            if (left.duplicates() > 0) {
                possible.add(new Action(Action.Kind.DELIVER_AND_KEEP, sent.to(), sent, 0, false));
            }
        }
        if (left.failures() > 0
                && locals[sent.asker()].waitsFor(sent.message().header().requestId())) {
            possible.add(new Action(Action.Kind.FAIL, sent.asker(), sent, 0, false));
        }
    }

    private void addActionsOf(int i, long soonest, List<Action> possible) {
        ExploredMember member = member(i);
        if (left.cuts() > 0 && cutOff < 0) {
            possible.add(new Action(Action.Kind.CUT_OFF, i));
        }
        if (!member.isUp()) {
            possible.add(new Action(Action.Kind.START, i));
            if (left.newMemories() > 0) {
                possible.add(new Action(Action.Kind.START_ON_A_NEW_DIRECTORY, i));
            }
            return;
        }
        if (untilDue(i) == soonest) {
            possible.add(new Action(Action.Kind.TIMER, i));
            if (left.losses() > 0 && !underWay.isEmpty()) {
                possible.add(new Action(Action.Kind.TIMER_AFTER_LOSS, i));
            }
        } else if (left.lateTimers() > 0) {
            possible.add(new Action(Action.Kind.TIMER_BEFORE_ANOTHER, i));
        }
        for (int writes = 1; writes <= member.unwritten(); writes++) {
            possible.add(new Action(Action.Kind.WRITE, i, null, writes, false));
        }
        if (left.crashes() > 0) {
            for (int survive = 0; survive <= member.unwritten(); survive++) {
                possible.add(new Action(Action.Kind.CRASH, i, null, survive, false));
            }
        }
        boolean leads = member.leadsForNanos() - elapsedNanos[i] > 0;
        if (leads && left.calls() > 0) {
            possible.add(new Action(Action.Kind.HAND_OVER, i));
            possible.add(new Action(Action.Kind.STEP_DOWN, i));
            possible.add(new Action(Action.Kind.CLOSE, i));
        }
        if (leads && left.proposals() > 0) {
            possible.add(new Action(Action.Kind.PROPOSE, i));
        }
        if (leads && left.changes() > 0) {
            addChangesBy(i, possible);
        }
        if (member.workTerm() > 0) {
            possible.add(new Action(Action.Kind.WORK_DONE, i));
        }
    }

    private void addChangesBy(int leader, List<Action> possible) {
        for (int k = 0; k < locals.length; k++) {
            if (k == leader) {
                continue;
            }
            if (member(leader).seesVoteOf(member(k).id())) {
                possible.add(new Action(Action.Kind.DEMOTE, leader, null, k, false));
                possible.add(new Action(Action.Kind.REMOVE, leader, null, k, false));
            } else {
                possible.add(new Action(Action.Kind.PROMOTE, leader, null, k, false));
            }
        }
    }

    long untilDue(int i) {
        return Math.max(0, member(i).untilDueNanos() - elapsedNanos[i]);
    }

    // ---------------------------------------------------------------------------------------------- what happens

    Outcome after(Action action) {
        int i = action.member();
        Sent sent = action.message();
        if (action.kind() == Action.Kind.HOLD_UP) {
            List<Sent> more = new ArrayList<>(heldUp);
            more.add(sent);
            return new Outcome.Next(new World(
                    locals, elapsedNanos, without(underWay, sent), more, cutOff, history, left.after(action)));
        }
        if (action.kind() == Action.Kind.CUT_OFF) {
            return new Outcome.Next(new World(
                    locals, elapsedNanos, notOf(underWay, i), notOf(heldUp, i), i, history, left.after(action)));
        }
        boolean arrives = action.kind() == Action.Kind.DELIVER || action.kind() == Action.Kind.FAIL;
        boolean lost = action.kind() == Action.Kind.TIMER_AFTER_LOSS;
        List<Sent> onTheWay = lost ? List.of() : arrives ? without(underWay, sent) : underWay;
        List<Sent> onHold = lost ? List.of() : arrives ? without(heldUp, sent) : heldUp;
        long passes = action.kind().isTimer() ? untilDue(i) : 0;
        long[] elapsed = elapsedNanos.clone();
        if (passes > 0) {
            for (int k = 0; k < elapsed.length; k++) {
                elapsed[k] += member(k).isUp() ? passes : 0;
            }
        }
        Object name = sent == null ? new Named(action.kind(), action.detail()) : new About(action.kind(), sent);
        Local.Step step = locals[i].after(elapsed[i], name, member -> take(action, member));
        elapsed[i] = 0;
        Local[] next = locals.clone();
        next[i] = step.next();
        return judged(next, elapsed, withSent(next, onTheWay, step.left()), onHold, step, left.after(action));
    }

    private record Named(Action.Kind kind, int detail) {}

    private record About(Action.Kind kind, Sent sent) {}

    private void take(Action action, ExploredMember member) {
        switch (action.kind()) {
            case DELIVER, DELIVER_AND_KEEP -> member.deliver(action.message().message());
            case FAIL ->
                member.step(
                        new Input.Unanswered(action.message().message().header().requestId()));
            case TIMER, TIMER_BEFORE_ANOTHER, TIMER_AFTER_LOSS -> member.step(TICK);
            case WRITE -> member.write(action.detail());
            case CRASH -> member.crash(action.detail());
            case START -> member.start();
            case START_ON_A_NEW_DIRECTORY -> {
                member.lose();
                member.start();
            }
            case HAND_OVER -> member.step(new Input.TransferLeadership(1, null));
            case STEP_DOWN -> member.step(new Input.StepDown(1));
            case CLOSE -> member.step(new Input.Close());
            case WORK_DONE -> member.workDone();
            case PROPOSE -> member.step(new Input.Propose(1, new Payload.Application("test", Bytes.utf8("x"))));
            case PROMOTE -> member.change(new MemberChange.Promote(about(action)));
            case DEMOTE -> member.change(new MemberChange.Demote(about(action)));
            case REMOVE -> member.change(new MemberChange.Remove(about(action)));
            case HOLD_UP, CUT_OFF -> throw new IllegalArgumentException("no member takes part in " + action);
        }
    }

    private String about(Action action) {
        return member(action.detail()).id();
    }

    private static List<Sent> notOf(List<Sent> all, int member) {
        return all.stream()
                .filter(sent -> sent.from() != member && sent.to() != member)
                .toList();
    }

    private static List<Sent> without(List<Sent> all, Sent gone) {
        List<Sent> rest = new ArrayList<>(all);
        rest.remove(gone);
        return rest;
    }

    /** What is under way after a step, without the answers that nobody waits for any more. */
    private List<Sent> withSent(Local[] next, List<Sent> before, List<Sent> left) {
        List<Sent> sent = new ArrayList<>(before);
        sent.addAll(left);
        sent.removeIf(s -> s.from() == cutOff || s.to() == cutOff);
        sent.removeIf(s -> !(s.message() instanceof Request)
                && !next[s.to()].waitsFor(s.message().header().requestId()));
        return sent;
    }

    private Outcome judged(
            Local[] next, long[] elapsed, List<Sent> sent, List<Sent> onHold, Local.Step step, Bounds leftOver) {
        History remembered = history;
        for (ExploredMember.Note note : step.notes()) {
            History.Verdict verdict = remembered.after(note);
            if (verdict instanceof History.Verdict.Violation violation) {
                return new Outcome.Violation(violation.what());
            }
            remembered = ((History.Verdict.Sound) verdict).history();
        }
        World world = new World(next, elapsed, sent, onHold, cutOff, remembered, leftOver);
        String two = world.twoLeases();
        if (two != null) {
            return new Outcome.Violation(two);
        }
        return sent.size() + onHold.size() > left.underWay() ? new Outcome.Cut() : new Outcome.Next(world);
    }

    /**
     * Two leases that hold at this instant, or {@code null}. Between two instants that are looked at, leases only end.
     * Work under a lease that was given up still counts as alone, so it must not meet another's lease either.
     */
    private String twoLeases() {
        for (int i = 0; i < locals.length; i++) {
            if (member(i).leadsForNanos() - elapsedNanos[i] <= 0) {
                continue;
            }
            for (int k = 0; k < locals.length; k++) {
                if (k != i && member(k).leadsForNanos() - elapsedNanos[k] > 0) {
                    return "leases apart: " + member(i).id() + " and "
                            + member(k).id() + " both lead";
                }
                if (k != i && member(k).drainsForNanos() - elapsedNanos[k] > 0) {
                    return "leases apart: " + member(i).id() + " leads while work under the lease that "
                            + member(k).id() + " gave up counts as alone";
                }
            }
        }
        return null;
    }

    // ---------------------------------------------------------------------------------------------- which state it is

    /**
     * Whether another state has the very same members and messages. Equal states that have not differ in what does not
     * matter, such as the time of day or the numbers of requests.
     */
    boolean isMadeOfTheSame(World other) {
        return Arrays.equals(locals, other.locals)
                && Arrays.equals(elapsedNanos, other.elapsedNanos)
                && new HashSet<>(underWay).equals(new HashSet<>(other.underWay));
    }

    /** A key of 128 bits that two states share exactly if they are equal, but for an accident. */
    StateKey key() {
        LiveRequests live = new LiveRequests(locals.length);
        underWay.forEach(sent -> sent.tokens().collect(live));
        heldUp.forEach(sent -> sent.tokens().collect(live));
        for (Local local : locals) {
            local.tokens().collect(live);
        }
        live.rank();
        StateKey.Builder key = new StateKey.Builder();
        for (int i = 0; i < locals.length; i++) {
            locals[i].tokens().digest(elapsedNanos[i], LOOKS_BACK_NANOS, live, key);
        }
        // Only where the order decides what comes next does it matter in which order messages were sent.
        addMessages(underWay, left.isAnyOrder(), live, key);
        addMessages(heldUp, true, live, key);
        key.add(history.key().high());
        key.add(history.key().low());
        key.add(cutOff);
        key.add(left.hashCode());
        return key.build();
    }

    private static void addMessages(List<Sent> sent, boolean inAnyOrder, LiveRequests live, StateKey.Builder key) {
        StateKey[] digests = new StateKey[sent.size()];
        for (int i = 0; i < digests.length; i++) {
            StateKey.Builder one = new StateKey.Builder();
            sent.get(i).tokens().digest(0, 0, live, one);
            digests[i] = one.build();
        }
        if (inAnyOrder) {
            Arrays.sort(digests);
        }
        key.add(digests.length);
        for (StateKey digest : digests) {
            key.add(digest.high());
            key.add(digest.low());
        }
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < locals.length; i++) {
            text.append(i == 0 ? "" : "; ").append(member(i));
        }
        return text + "; under way: " + underWay + heldUp;
    }
}
