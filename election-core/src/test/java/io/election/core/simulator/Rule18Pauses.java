package io.election.core.simulator;

import io.election.core.EnrolledMember;
import io.election.core.Header;
import io.election.core.Input;
import io.election.core.MemberChange;
import io.election.core.Membership;
import io.election.core.Pause;
import io.election.core.Request;
import org.jspecify.annotations.Nullable;

/**
 * Safety rule 18: while the leadership is paused by a member's own log and its own clock, it does not stand by itself unless it is
 * the holder, or was asked to resume; and nothing is handed over, unless a leader closes, which may leave for good.
 */
final class Rule18Pauses {

    /** What is known of one process. */
    private static final class Held {
        /** The pause that its log held when it was last looked at. */
        @Nullable Pause pause;

        /** Whether the holder has been heard since in another memory than the one that the log names. */
        boolean holderForgot;

        long askedUntilNanos = Long.MIN_VALUE;
    }

    private final Coverage coverage;
    private final Held[] members;

    Rule18Pauses(Coverage coverage, int members) {
        this.coverage = coverage;
        this.members = new Held[members];
        for (int i = 0; i < members; i++) {
            this.members[i] = new Held();
        }
    }

    private static @Nullable Pause inLog(MemberRecord w) {
        Membership membership = w.membership();
        return membership == null ? null : membership.pause();
    }

    /** What is known of a member, by the pause that its log holds now. */
    private Held of(MemberRecord w) {
        Held held = members[w.member.index()];
        Pause pause = inLog(w);
        if (pause == null ? held.pause != null : !pause.equals(held.pause)) {
            held.pause = pause;
            held.holderForgot = false;
        }
        return held;
    }

    void started(MemberRecord w) {
        members[w.member.index()] = new Held();
    }

    void takes(MemberRecord w, Input input) {
        Held held = of(w);
        if (input instanceof Input.ChangeMembers wish && wish.change() instanceof MemberChange.ResumeLeadership) {
            long timeout = w.member.settings().electionTimeout().toNanos();
            long patience = w.member.settings().handoverTimeout().toNanos() + 4 * timeout;
            // A step takes time: it began a moment before this is looked at.
            held.askedUntilNanos = w.monotonic() + patience + timeout;
        } else if (input instanceof Input.RequestReceived received) {
            hears(w, held, received.request().header());
        } else if (input instanceof Input.ResponseReceived received) {
            hears(w, held, received.response().header());
        }
    }

    private static void hears(MemberRecord w, Held held, Header header) {
        Pause pause = held.pause;
        Membership membership = w.membership();
        if (pause != null && membership != null && header.from().equals(pause.holder())) {
            EnrolledMember holder = membership.member(pause.holder()).orElse(null);
            held.holderForgot |= holder == null || !holder.incarnation().equals(header.fromIncarnation());
        }
    }

    private static boolean lasts(MemberRecord w, Pause pause) {
        return w.member.reading().wallMillis() < pause.untilMillis();
    }

    /** A member stands without a transfer proof. */
    void stands(MemberRecord w, Request.Vote vote) {
        Held held = of(w);
        Pause pause = held.pause;
        Membership membership = w.membership();
        if (pause == null || membership == null || !lasts(w, pause)) {
            return;
        }
        boolean holds = pause.holder().equals(w.member.id());
        boolean holderMayLead =
                membership.member(pause.holder()).map(Enrolment::mayLead).orElse(false);
        boolean asked = w.monotonic() <= held.askedUntilNanos;
        if (asked && !holds) {
            coverage.reached(Coverage.Event.STOOD_TO_RESUME);
        }
        if (!holds && holderMayLead && !held.holderForgot && !asked) {
            throw new Violation(
                    "nobody but its holder stands while the leadership is paused",
                    w + " holds " + pause + ", and sends " + Trace.describe(vote));
        }
    }

    /** A leader tells another member to stand. */
    void passes(MemberRecord w, Request.TimeoutNow timeoutNow) {
        Pause pause = of(w).pause;
        if (pause != null && lasts(w, pause) && pause.holder().equals(w.member.id()) && !w.closing) {
            throw new Violation(
                    "nothing is handed over while the leadership is paused",
                    w + " holds " + pause + ", and sends " + Trace.describe(timeoutNow));
        }
    }

    /** A leader changes whether the leadership is paused. */
    void writes(MemberRecord w, Membership before, Membership after) {
        Pause pause = after.pause();
        if (pause == null) {
            coverage.reached(Coverage.Event.LEADERSHIP_RESUMED);
            return;
        }
        coverage.reached(Coverage.Event.LEADERSHIP_PAUSED);
        if (!pause.holder().equals(w.member.id()) || !before.members().equals(after.members())) {
            throw new Violation("who leads holds the leadership that it pauses", w + " writes " + after);
        }
    }
}
