package io.election.core.explorer;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * The state of one member, which never changes. Each step is taken by a copy. Many states of the world have the same
 * state of a member, so each step of a state is computed once.
 */
final class Local {

    /**
     * What a step leads to.
     *
     * @param next the member after it
     * @param left the messages that left
     * @param notes what the checks look at
     */
    record Step(Local next, List<Sent> left, List<ExploredMember.Note> notes) {}

    private record Taken(long elapsedNanos, Object step) {}

    private final ExploredMember member;
    private final Tokens tokens;
    private final Locals all;
    private final long term;
    private final Map<Taken, Step> taken = new ConcurrentHashMap<>(4);

    Local(ExploredMember member, Locals all) {
        this.member = member;
        this.all = all;
        this.term = member.term();
        this.tokens = ContentEncoder.of(member, all.ids(), member.index(), member.nowNanos(), member.durableWrite());
    }

    /** The member. Only to be looked at. */
    ExploredMember member() {
        return member;
    }

    Tokens tokens() {
        return tokens;
    }

    Locals all() {
        return all;
    }

    long term() {
        return term;
    }

    /** Whether an answer to one of its requests would be taken. */
    boolean waitsFor(long request) {
        return tokens.hasPart(request);
    }

    /**
     * The member after a step.
     *
     * @param elapsedNanos how much time has passed since this state was reached
     * @param name what tells this step from others
     * @param step the step
     */
    Step after(long elapsedNanos, Object name, Consumer<ExploredMember> step) {
        Taken key = new Taken(elapsedNanos, name);
        Step known = taken.get(key);
        if (known != null) {
            return known;
        }
        ExploredMember copy = Copier.copy(member);
        copy.pass(elapsedNanos);
        step.accept(copy);
        List<Sent> left = copy.left().stream().map(all::sent).toList();
        List<ExploredMember.Note> notes = List.copyOf(copy.noted());
        copy.forgetTheStep();
        Step result = new Step(all.of(copy), left, notes);
        taken.put(key, result);
        return result;
    }

    /** Drops what was computed, so that it can be collected. */
    void forgetSteps() {
        taken.clear();
    }
}
