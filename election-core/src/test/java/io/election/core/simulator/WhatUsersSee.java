package io.election.core.simulator;

import io.election.core.Effect;
import io.election.history.HistoryCheck;
import io.election.history.Life;
import io.election.history.Operation;
import io.election.history.Rule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Records what the users of all members see, in true time, for {@link HistoryCheck}, which judges it without any knowledge of
 * the election. All are asked again and again whether they lead, and each time somebody comes to lead. Nothing that is recorded
 * here changes the run.
 */
final class WhatUsersSee {

    /** What users are shown wrongly on purpose, so that the check has something to find. */
    enum Lie {
        /** A member that lost its lease and did not notice yet still answers {@code true}. */
        LEASE_NEVER_LAPSES,
        /** Every member answers with the token of the leadership before. */
        OLD_TOKEN,
        /** The first listener of each life is not told that its member leads. */
        ELECTED_IS_LOST,
        /** No listener is told that its member no longer leads. */
        STEP_DOWN_IS_LOST,
        /** Whoever has led once is confirmed. */
        CONFIRMED_UNASKED,
        /** The fence accepts every token. */
        FENCE_FORGETS,
        /** The fence accepts, and does not write. */
        WRITE_IS_LOST
    }

    /** A term of one founding is another one than that of the next founding. */
    private static final int TERM_BITS = 40;

    /** What is known of the present life of a member. */
    private static final class Watched {
        int life = -1;
        Life known = new Life("", 0);
        long token = Operation.NO_TOKEN;
        long tokenBefore = Operation.NO_TOKEN;
        boolean electedBefore;
        boolean led;
        /** The latest answer, if it says no more than the one before it. */
        Operation.@Nullable Answer latest;

        long askedAt;
        boolean pausedSince;
    }

    private record Asked(Life life, long atNanos) {}

    private final VirtualCluster cluster;
    private final List<Operation> history = new ArrayList<>();
    private final List<Watched> watched = new ArrayList<>();
    private final Map<Long, Asked> confirmations = new HashMap<>();
    /** What is judged. */
    private final Set<Rule> judged = EnumSet.allOf(Rule.class);

    private @Nullable Lie lie;

    WhatUsersSee(VirtualCluster cluster) {
        this.cluster = cluster;
    }

    /** From here on users are shown something else than what is so. */
    void lie(Lie newLie) {
        lie = newLie;
    }

    boolean lies(Lie which) {
        return lie == which;
    }

    /** Begins to ask all members, so far apart on average, and to write to a guarded resource. */
    void watch(RandomGenerator random, long meanNanos) {
        cluster.repeat(random, meanNanos, this::askAll);
        new FencedResource(cluster, this, random).begin(4 * meanNanos);
    }

    /** Records what was seen; what comes back is its place. */
    int record(Operation operation) {
        history.add(operation);
        return history.size() - 1;
    }

    /** What was recorded without an answer has got one. */
    void correct(int place, Operation operation) {
        history.set(place, operation);
    }

    /** The life whose users these are. */
    Life life(VirtualMember member) {
        return of(member).known;
    }

    private Watched of(VirtualMember member) {
        while (watched.size() <= member.index()) {
            watched.add(new Watched());
        }
        Watched w = watched.get(member.index());
        if (w.life != member.life()) {
            flush(w);
            Watched anew = new Watched();
            anew.life = member.life();
            anew.known = new Life(member.id(), member.life());
            anew.askedAt = cluster.nowNanos();
            watched.set(member.index(), anew);
            return anew;
        }
        return w;
    }

    // -- answers -------------------------------------------------------------------------------------------------

    private void askAll() {
        for (VirtualMember member : cluster.members()) {
            ask(member);
        }
    }

    /** The member's answer, and the token with it; {@link Operation#NO_TOKEN} if it does not lead, or nobody can ask it. */
    long ask(VirtualMember member) {
        if (!member.isUp()) {
            return Operation.NO_TOKEN;
        }
        Watched w = of(member);
        if (member.isPaused()) {
            w.pausedSince = true;
            return Operation.NO_TOKEN;
        }
        return ask(member, w);
    }

    /** A user asks before anything else happens in a process that was paused. */
    void asksWhoeverWakes(VirtualMember member) {
        if (member.isUp()) {
            Watched w = of(member);
            w.pausedSince = true;
            ask(member, w);
        }
    }

    private long ask(VirtualMember member, Watched w) {
        long now = cluster.nowNanos();
        if (w.pausedSince) {
            record(new Operation.StoodStill(w.known, w.askedAt, now));
            w.pausedSince = false;
        }
        w.askedAt = now;
        long leadsUntil = member.leadsUntilNanos();
        if (leadsUntil <= now && leadsUntil != Long.MIN_VALUE && !lies(Lie.LEASE_NEVER_LAPSES)) {
            // Whoever asked now would end this lease by asking, and nothing here may change the run.
            return Operation.NO_TOKEN;
        }
        boolean leads = lies(Lie.LEASE_NEVER_LAPSES) ? w.led : leadsUntil > now;
        long token = !leads ? Operation.NO_TOKEN : lies(Lie.OLD_TOKEN) ? w.tokenBefore : w.token;
        answered(w, new Operation.Answer(w.known, now, now, leads, token));
        return token;
    }

    /** Of equal answers in a row the first and the last one say all. */
    private void answered(Watched w, Operation.Answer answer) {
        Operation.Answer latest = w.latest;
        if (latest != null && latest.leads() == answer.leads() && latest.token() == answer.token()) {
            w.latest = answer;
            return;
        }
        flush(w);
        record(answer);
        w.latest = answer;
    }

    private void flush(Watched w) {
        if (w.latest != null) {
            record(w.latest);
            w.latest = null;
        }
    }

    // -- events --------------------------------------------------------------------------------------------------

    void elected(VirtualMember member, Effect.LeadershipGained gained) {
        Watched w = of(member);
        w.tokenBefore = w.token;
        w.token = gained.token().value();
        w.led = true;
        if (!lies(Lie.ELECTED_IS_LOST) || w.electedBefore) {
            record(new Operation.Elected(w.known, cluster.nowNanos(), name(gained.term()), w.token));
        }
        w.electedBefore = true;
        // Once this step has been carried out: whoever leads is asked, and everybody else.
        cluster.at(cluster.nowNanos(), this::askAll);
    }

    void steppedDown(VirtualMember member, Effect.LeadershipEnded ended) {
        Watched w = of(member);
        w.led = false;
        if (!lies(Lie.STEP_DOWN_IS_LOST)) {
            record(new Operation.SteppedDown(
                    w.known,
                    cluster.nowNanos(),
                    name(ended.term()),
                    ended.reason().name()));
        }
    }

    /** An effect that users are told of is about to be carried out. */
    void seen(VirtualMember member, Effect effect) {
        if (effect instanceof Effect.LeaderChanged changed) {
            record(new Operation.LeaderChanged(
                    of(member).known, cluster.nowNanos(), name(changed.term()), changed.leader()));
        } else if (effect instanceof Effect.Closed) {
            record(new Operation.Closed(of(member).known, cluster.nowNanos()));
        }
    }

    private long name(long term) {
        return (long) cluster.founding() << TERM_BITS | term;
    }

    // -- confirmations -------------------------------------------------------------------------------------------

    void asksToConfirm(VirtualMember member, long call) {
        Watched w = of(member);
        if (lies(Lie.CONFIRMED_UNASKED)) {
            long now = cluster.nowNanos();
            record(new Operation.Confirmation(w.known, now, now, w.token != Operation.NO_TOKEN, w.token));
        } else {
            confirmations.put(call, new Asked(w.known, cluster.nowNanos()));
        }
    }

    void answered(VirtualMember member, Effect.ConfirmEnded ended) {
        Watched w = of(member);
        Asked asked = confirmations.remove(ended.call());
        if (asked != null && asked.life().equals(w.known)) {
            record(new Operation.Confirmation(
                    w.known, asked.atNanos(), cluster.nowNanos(), ended.confirmed(), w.token));
        }
    }

    // -- what is not judged --------------------------------------------------------------------------------------

    /** One member may lie: it can say that there are two leaders, and whoever believes it steps down. */
    void believeEveryEnd() {
        judged.remove(Rule.ENDS_ARE_INNOCENT);
    }

    /** One member may lie that could lead, so that only what one life sees is judged, and what a fence guards. */
    void believeNoLeader() {
        judged.retainAll(EnumSet.of(
                Rule.LEADERSHIP_IS_UNBROKEN,
                Rule.EVENTS_PAIR_UP,
                Rule.EVENTS_COME_IN_TIME,
                Rule.EVENTS_FIT_ANSWERS,
                Rule.WRITES_ARE_FENCED));
    }

    // -- the verdict ---------------------------------------------------------------------------------------------

    /** How many operations were recorded. */
    int size() {
        return history.size();
    }

    /**
     * Judges what was seen so far.
     *
     * @param eventsWithinNanos how long an event may take to its listener
     * @throws Violation if a rule of the history does not hold
     */
    void judge(long eventsWithinNanos) {
        watched.forEach(this::flush);
        List<io.election.history.Violation> violations =
                HistoryCheck.violations(history, Duration.ofNanos(eventsWithinNanos)).stream()
                        .filter(violation -> judged.contains(violation.rule()))
                        .toList();
        if (!violations.isEmpty()) {
            io.election.history.Violation first = violations.get(0);
            throw new Violation(
                    first.rule().toString(),
                    first.explanation() + (violations.size() == 1 ? "" : " And " + (violations.size() - 1) + " more."));
        }
    }
}
