package io.election.history;

import org.jspecify.annotations.Nullable;

/**
 * One leadership, as far as the users of one life saw it: what its token tells apart. It is a span of time that nobody sees.
 * Each answer {@code true} between its invocation and its answer contains an instant of that span. So the span begins by the
 * earliest of the answers' ends, and does not end before the latest of their beginnings. Where these two are the other way
 * round, all these answers may have been found at one instant. No more can be concluded, and nothing less is.
 */
final class Reign {

    final Life life;
    final long token;

    /** It had begun by then: by an answer, an event, or a use of its token. */
    private long begunBy = Long.MAX_VALUE;

    private @Nullable Operation firstSign;

    /** It had begun by then, by an answer or a token that was obtained. */
    private long answeredBy = Long.MAX_VALUE;

    /** It had not ended before. */
    private long lastsTo = Long.MIN_VALUE;

    private @Nullable Operation lastSign;

    @Nullable Operation elected;

    @Nullable Operation steppedDown;

    Reign(Life life, long token) {
        this.life = life;
        this.token = token;
    }

    /** The member led at some instant between the invocation and the answer. */
    void ledDuring(Operation sign) {
        begunBy(sign, sign.answeredNanos());
        answeredBy = Math.min(answeredBy, sign.answeredNanos());
        if (sign.invokedNanos() > lastsTo) {
            lastsTo = sign.invokedNanos();
            lastSign = sign;
        }
    }

    /** It had begun by then; whether it had ended as well is open. */
    void begunBy(Operation sign, long nanos) {
        if (nanos < begunBy) {
            begunBy = nanos;
            firstSign = sign;
        }
    }

    long begunBy() {
        return begunBy;
    }

    long answeredBy() {
        return answeredBy;
    }

    long lastsTo() {
        return lastsTo;
    }

    /** Whether all of it may lie before the other. */
    boolean mayPrecede(Reign other) {
        return lastsTo < other.begunBy;
    }

    /** For how long it certainly went on, as far as answers show; 0 or less if they show only one instant. */
    long shownNanos() {
        return answeredBy == Long.MAX_VALUE || lastsTo == Long.MIN_VALUE ? 0 : lastsTo - answeredBy;
    }

    /** What is known of it, for a person to read. */
    String describe() {
        return life + " under token " + (token == Operation.NO_TOKEN ? "unknown" : token) + " (begun by "
                + at(begunBy) + ": " + kind(firstSign)
                + (lastsTo == Long.MIN_VALUE ? "" : "; still at " + at(lastsTo) + ": " + kind(lastSign)) + ")";
    }

    private static String kind(@Nullable Operation sign) {
        return sign == null ? "nothing" : sign.getClass().getSimpleName();
    }

    /** A time, for a person to read. */
    static String at(long nanos) {
        return nanos == Operation.UNANSWERED
                ? "an unknown time"
                : nanos == Operation.UNKNOWN ? "the beginning" : nanos + " ns";
    }
}
