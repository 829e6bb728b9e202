package io.election.history;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * What comes of operations on one named value. As each write writes another value, it is known beforehand which operations need a
 * value: all of them have to come before it is overwritten, and it never comes back. Nothing that is absent is told apart, so that may
 * come back.
 */
final class ValueModel implements Model<ValueModel.State, ValueModel.Act> {

    /** Nothing is there. Values are numbered from 1. */
    static final int ABSENT = 0;

    /** Stands for any value. */
    static final int ANY = -1;

    /** Stands for no value. */
    static final int NONE = -1;

    /** Stands for a value whose version is not known to anybody. */
    static final int OF_UNKNOWN_VERSION = -2;

    /** Stands for a value that nobody wrote, and that is never there. */
    static final int NEVER = -3;

    /**
     * An operation.
     *
     * @param needs what has to be there
     * @param excludes what must not be there
     * @param becomes what is there afterwards; {@link #NONE} if nothing changes
     * @param token under which it changes something, or {@link Operation#NO_TOKEN}
     * @param required whether it did take effect; otherwise it may have
     * @param lowerTokens how many required writes have a lower token
     * @param inLog its place among those whose log index is known
     * @param inVersions its place among those whose version is known
     * @param mayMakeWay whether it may be needed for nothing else than to take the place of something that must not be there
     */
    record Act(
            int needs,
            int excludes,
            int becomes,
            long token,
            boolean required,
            int lowerTokens,
            Place inLog,
            Place inVersions,
            boolean mayMakeWay) {

        /** Whether it counts among the operations that a value is there for. */
        boolean isCounted() {
            return required && needs > ABSENT;
        }
    }

    /**
     * A place in an order in which some operations have to take effect.
     *
     * @param before how many come before it; -1 if it has no place
     * @param alike how many have that place
     */
    record Place(int before, int alike) {

        static final Place NOWHERE = new Place(-1, 0);

        boolean isNext(int done) {
            return before < 0 || before <= done && done < before + alike;
        }

        int after(int done) {
            return before < 0 ? done : done + 1;
        }
    }

    /**
     * What is there.
     *
     * @param value what
     * @param uses how many operations still need it
     * @param token the greatest under which something took effect
     * @param tokens how many required writes with a token took effect
     * @param inLog how many took effect whose log index is known
     * @param inVersions how many took effect whose version is known
     */
    record State(int value, int uses, long token, int tokens, int inLog, int inVersions) {}

    private final int[] uses;
    private final boolean[] excluded;
    private final boolean[] neededByChance;
    private final boolean[] versionIsKnown;
    private boolean unknownVersionsMatter;

    /**
     * Prepares for some operations.
     *
     * @param versionIsKnown by value
     */
    ValueModel(Collection<Act> acts, boolean[] versionIsKnown) {
        this.versionIsKnown = versionIsKnown;
        int values = versionIsKnown.length;
        uses = new int[values];
        excluded = new boolean[values];
        neededByChance = new boolean[values];
        for (Act act : acts) {
            if (act.isCounted()) {
                uses[act.needs()]++;
            } else if (act.needs() >= ABSENT) {
                neededByChance[act.needs()] = true;
            }
            if (act.excludes() != NONE) {
                excluded[act.excludes()] = true;
            }
            unknownVersionsMatter |= act.needs() == OF_UNKNOWN_VERSION;
        }
    }

    @Override
    public State initial() {
        return new State(ABSENT, 0, Operation.NO_TOKEN, 0, 0, 0);
    }

    @Override
    public @Nullable State after(State state, Act act) {
        boolean isThere = act.needs() == OF_UNKNOWN_VERSION
                ? !versionIsKnown[state.value()]
                : act.needs() == ANY || act.needs() == state.value();
        if (!isThere
                || act.excludes() == state.value()
                || !act.inLog().isNext(state.inLog())
                || !act.inVersions().isNext(state.inVersions())) {
            return null;
        }
        int usesLeft = act.isCounted() ? state.uses() - 1 : state.uses();
        int inLog = act.inLog().after(state.inLog());
        int inVersions = act.inVersions().after(state.inVersions());
        if (act.becomes() == NONE) {
            return new State(state.value(), usesLeft, state.token(), state.tokens(), inLog, inVersions);
        }
        boolean hasToken = act.token() != Operation.NO_TOKEN;
        if (usesLeft > 0 || hasToken && (act.token() < state.token() || act.lowerTokens() > state.tokens())) {
            return null;
        }
        return new State(
                act.becomes(),
                uses[act.becomes()],
                hasToken ? act.token() : state.token(),
                hasToken && act.required() ? state.tokens() + 1 : state.tokens(),
                inLog,
                inVersions);
    }

    /**
     * So it is with what changes nothing, as everything else that is possible then stays possible. So it is with the only operation that
     * may follow. And so it is with a write that nobody needs, once nobody needs what is there: the one is as good as the other.
     */
    @Override
    public boolean losesNothing(State state, Act act, State next) {
        if (act.becomes() == NONE) {
            return true;
        }
        if (act.isCounted()) {
            return !excluded[act.becomes()];
        }
        return act.needs() == ANY
                && !act.mayMakeWay()
                && isNeededByNobody(act.becomes())
                && isNeededByNobody(state.value())
                && uses[act.becomes()] == 0
                && next.token() == state.token();
    }

    /** Whether nothing depends on whether a value is there, beside what counts among its uses. */
    private boolean isNeededByNobody(int value) {
        return !neededByChance[value] && !excluded[value] && (versionIsKnown[value] || !unknownVersionsMatter);
    }
}
