package io.election.core;

import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Whether the leadership is paused, as this member judges it (safety rule 18). A pause decides only who stands, never who votes: a
 * wrong clock costs time without a leader, or ends a pause early, and never elects two.
 */
final class Pauses {

    private static final long LONGEST_NANOS = PauseTerms.LONGEST.toNanos();

    private final StepTime time;
    private final ElectionLog log;
    private final Configuration configuration;
    private final Outbox outbox;

    /** The pause that the log held when it was last looked at, and since when it has. */
    private @Nullable Pause noticed;

    private long noticedNanos;

    /** In which memory its holder spoke last, or {@code null} if it has not been heard since. */
    private @Nullable String holdersMemory;

    /** The pause that was last said to be in force here. */
    private @Nullable Pause told;

    /** Until when this member stands in spite of a pause, because it was asked to resume; {@code null} if it was not. */
    private @Nullable Long askedUntilNanos;

    private @Nullable Pause askedAbout;

    Pauses(StepTime time, ElectionLog log, Configuration configuration, Outbox outbox) {
        this.time = time;
        this.log = log;
        this.configuration = configuration;
        this.outbox = outbox;
        this.noticedNanos = time.nanos();
    }

    /** The pause that the log holds, whether it is over or not. */
    @Nullable Pause inLog() {
        Membership membership = log.membership();
        return membership == null ? null : membership.pause();
    }

    /**
     * The pause that is in force here, or {@code null}. One is over when its time has come by the wall clock of this member, or when
     * this member has known of it for the longest time of any. It is over too once its holder cannot come back by itself: it may
     * lead no more, or has lost its memory.
     */
    @Nullable Pause inForce() {
        Pause pause = inLog();
        if (pause == null) {
            noticed = null;
            return null;
        }
        if (!pause.equals(noticed)) {
            noticed = pause;
            noticedNanos = time.nanos();
            holdersMemory = null;
        }
        EnrolledMember holder = configuration.enrolled(pause.holder());
        boolean isOver = time.reading().wallMillis() >= pause.untilMillis()
                || time.isDue(noticedNanos + LONGEST_NANOS)
                || holder == null
                || !holder.mayLead()
                || !speaksIn(holder);
        return isOver ? null : pause;
    }

    private boolean speaksIn(EnrolledMember holder) {
        String memory = configuration.isSelf(holder.id()) ? configuration.incarnation() : holdersMemory;
        return memory == null || memory.equals(holder.incarnation());
    }

    /** A member of this cluster, or of none yet, spoke. */
    void heard(Header header) {
        Pause pause = noticed;
        if (pause != null && pause.holder().equals(header.from()) && !configuration.isForeign(header)) {
            holdersMemory = header.fromIncarnation();
        }
    }

    // ------------------------------------------------------------------------------------------------ standing

    /** Whether a pause keeps this member from standing by itself. */
    boolean keepsFromStanding() {
        Pause pause = inForce();
        return pause != null && !configuration.isSelf(pause.holder()) && !isAskedToResume();
    }

    /** An operator asks this member to resume where nobody leads: it may stand, for so long. */
    void askedToResume(long untilNanos) {
        askedUntilNanos = untilNanos;
        askedAbout = inLog();
    }

    /** Whether it was, about the pause that the log holds now. */
    boolean isAskedToResume() {
        return askedUntilNanos != null
                && !time.isDue(askedUntilNanos)
                && askedAbout != null
                && askedAbout.equals(inLog());
    }

    /** What keeps this member from standing, as a clause. */
    String describe() {
        Pause pause = inLog();
        return pause == null
                ? "the leadership is not paused"
                : "the leadership is paused until " + Instant.ofEpochMilli(pause.untilMillis()) + ", and '"
                        + pause.holder() + "' holds it";
    }

    /** Has this member look again when the pause is over by its clock. */
    void wakeAtItsEnd() {
        Pause pause = inLog();
        if (pause != null) {
            long left = Math.max(0, pause.untilMillis() - time.reading().wallMillis());
            outbox.wake(time.nanos() + Math.min(TimeUnit.MILLISECONDS.toNanos(left), LONGEST_NANOS));
        }
    }

    // ------------------------------------------------------------------------------------------------ the leader

    /** Why the leader is to end the pause in the log, as a clause, or {@code null} if it is not. */
    @Nullable String dueEnd() {
        Pause pause = inLog();
        if (pause == null || isAskedToResume()) {
            // Who was asked to resume ends it by that wish.
            return null;
        }
        if (!configuration.isSelf(pause.holder())) {
            return "'" + configuration.self() + "' leads, and not '" + pause.holder() + "', which held the leadership";
        }
        return inForce() == null ? "its time is over" : null;
    }

    /** Says that the leadership is paused, or is no longer, as soon as this member finds it so. */
    void sayChanges() {
        Pause pause = inForce();
        if (pause == null ? told == null : pause.equals(told)) {
            return;
        }
        told = pause;
        outbox.observe(new Observation.PauseChanged(pause, inLog() != null));
    }
}
