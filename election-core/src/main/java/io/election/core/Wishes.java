package io.election.core;

import io.election.core.MemberChange.Outcome;
import io.election.core.MemberChange.Result;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The changes of membership that the operators of this member wish. Any member takes one. If it does not lead, it asks the leader,
 * and waits for one for as long as a handover may take. A leader that is asked to take its own vote hands over first, and then its
 * successor is asked. A wish is sent again only where the answer says that nothing was appended, and the wish to resume a paused
 * leadership as often as it takes: made twice, it changes nothing. Where nobody leads, this member stands for that one.
 */
final class Wishes {

    /** The most that wait at a time. */
    static final int MOST = 16;

    private final StepTime time;
    private final Outbox outbox;
    private final ElectionLog log;
    private final Configuration configuration;
    private final Pauses pauses;
    private final Messenger messenger;
    private final KnownLeader leader;
    private final Roles roles;
    private final long intervalNanos;
    private final long patienceNanos;
    private final List<Wish> open = new ArrayList<>();

    /** A wish that has not ended. */
    private static final class Wish {

        private final Input.ChangeMembers asked;
        private final long endsNanos;
        private long nextTryNanos;

        /** The request to the leader that waits for its answer, or 0. */
        private long request;

        /** The leader whose own vote it is about, which hands over first, or {@code null}. */
        private @Nullable String handsOver;

        private boolean appended;
        private boolean ended;

        /** Whether it was sent to a leader that did not say what became of it. Only one that is repeatable goes on then. */
        private boolean maybeMade;

        /** The pause that was in the log when it was first tried: a later one is nothing that this wish is about. */
        private @Nullable Pause about;

        /** Whether this member was let stand, so as to resume. */
        private boolean stood;

        Wish(Input.ChangeMembers asked, long nowNanos, long endsNanos) {
            this.asked = asked;
            this.nextTryNanos = nowNanos;
            this.endsNanos = endsNanos;
        }

        /** Whether it may be sent again although it may have been made. */
        private boolean isRepeatable() {
            return asked.change() instanceof MemberChange.ResumeLeadership;
        }
    }

    Wishes(MemberState state, Roles roles) {
        this.time = state.time();
        this.outbox = state.outbox();
        this.log = state.log();
        this.configuration = state.configuration();
        this.pauses = state.pauses();
        this.messenger = state.messenger();
        this.leader = state.leader();
        this.roles = roles;
        this.intervalNanos = state.settings().heartbeatInterval().toNanos();
        this.patienceNanos = state.settings()
                .handoverTimeout()
                .plus(state.settings().electionTimeout().multipliedBy(4))
                .toNanos();
    }

    /** Begins with a wish. */
    void add(Input.ChangeMembers asked) {
        Wish wish = new Wish(asked, time.nanos(), time.nanos() + patienceNanos);
        if (open.size() >= MOST) {
            end(wish, Outcome.BUSY, "too many changes of the members wait at this member");
            return;
        }
        open.add(wish);
        attempt(wish);
        open.removeIf(w -> w.ended);
        wakeFor(wish);
    }

    /** Tries again what is due, and ends what has waited for too long. */
    void goOn() {
        if (open.isEmpty()) {
            return;
        }
        for (Wish wish : List.copyOf(open)) {
            if (!wish.appended && !wish.ended) {
                if (time.isDue(wish.endsNanos)) {
                    runOut(wish);
                } else if (wish.request == 0 && time.isDue(wish.nextTryNanos)) {
                    attempt(wish);
                }
            }
        }
        open.removeIf(w -> w.ended);
        open.forEach(this::wakeFor);
    }

    private void wakeFor(Wish wish) {
        if (!wish.ended && !wish.appended) {
            outbox.wake(wish.request == 0 ? wish.nextTryNanos : wish.endsNanos);
        }
    }

    private void attempt(Wish wish) {
        wish.nextTryNanos = time.nanos() + intervalNanos;
        Leader led = roles.leadership();
        String known = leader.id();
        Pause paused = pauses.inLog();
        wish.about = wish.about == null ? paused : wish.about;
        if (wish.isRepeatable() && paused != null && !paused.equals(wish.about)) {
            end(wish, Outcome.STALE, "the leadership has been paused again meanwhile");
            return;
        }
        if (led != null) {
            attemptHere(wish, led);
        } else if (known != null && !configuration.isSelf(known) && !known.equals(wish.handsOver)) {
            Request.Change request = new Request.Change(
                    messenger.headerTo(known),
                    wish.asked.change().action(),
                    wish.asked.change().member(),
                    wish.asked.builds(),
                    wish.asked.force(),
                    wish.asked.change().pauseTerms());
            wish.request = request.header().requestId();
            messenger.send(request);
        } else if (known == null && wish.isRepeatable() && pauses.inForce() != null) {
            standFor(wish);
        }
    }

    /** Nobody leads, and a pause keeps this member from standing: the wish to resume lets it (safety rule 18). */
    private void standFor(Wish wish) {
        String obstacle = roles.obstacle();
        if (obstacle != null) {
            end(wish, Outcome.REFUSED, "nobody leads, and this member cannot: " + obstacle + ". Ask another member");
            return;
        }
        wish.stood = true;
        pauses.askedToResume(wish.endsNanos);
    }

    private void attemptHere(Wish wish, Leader led) {
        if (!led.leads()) {
            return;
        }
        if (configuration.isSelf(wish.handsOver)) {
            if (!led.isTransferring()) {
                end(wish, Outcome.LEADS_ITSELF, "this member leads, and its leadership could not be handed over");
            }
            return;
        }
        wish.appended = true;
        roles.apply(led.changeMembers(new MemberWish(
                wish.asked.change(), wish.asked.builds(), wish.asked.force(), null, result -> answered(wish, result))));
    }

    /** The leader answered. An answer to a wish that has ended says nothing. */
    void answered(Response.Change response) {
        for (Wish wish : open) {
            if (wish.request == response.header().requestId()) {
                wish.request = 0;
                if (response.outcome() == Outcome.LEADS_ITSELF) {
                    wish.handsOver = response.header().from();
                }
                answered(wish, new Result(response.outcome(), response.version(), response.detail()));
            }
        }
        open.removeIf(w -> w.ended);
        open.forEach(this::wakeFor);
    }

    private void answered(Wish wish, Result result) {
        if (result.outcome() == Outcome.LEADS_ITSELF) {
            wish.appended = false;
            wish.handsOver = wish.handsOver == null ? configuration.self() : wish.handsOver;
        } else if (result.outcome() == Outcome.NOT_LEADER
                || (wish.isRepeatable() && (result.outcome() == Outcome.BUSY || result.outcome() == Outcome.UNKNOWN))) {
            // Who was asked has stopped leading, or its term is not open yet. Nothing was appended.
            wish.appended = false;
            wish.maybeMade |= result.outcome() == Outcome.UNKNOWN;
        } else {
            end(wish, told(wish, result));
        }
    }

    /** The end of a wish to resume says who has ended the pause. */
    private Result told(Wish wish, Result result) {
        if (!wish.isRepeatable() || result.outcome() != Outcome.DONE) {
            return result;
        }
        String who = wish.stood && roles.leadership() != null
                ? "nobody led: this member stood, leads now, and has ended the pause"
                : "the leader '" + (roles.leadership() != null ? configuration.self() : leader.id())
                        + "' has ended the pause";
        return new Result(result.outcome(), result.version(), who);
    }

    /** The leader will not answer: it may have appended the change or not. */
    void unanswered(long requestId) {
        for (Wish wish : open) {
            if (wish.request == requestId && wish.isRepeatable()) {
                wish.request = 0;
                wish.maybeMade = true;
            } else if (wish.request == requestId) {
                end(wish, Outcome.UNKNOWN, "the leader did not answer, so that the change may be made or not");
            }
        }
        open.removeIf(w -> w.ended);
    }

    private void runOut(Wish wish) {
        if (wish.request != 0 || wish.maybeMade) {
            end(wish, Outcome.UNKNOWN, "the leader did not answer in time, so that the change may be made or not");
        } else if (wish.handsOver != null) {
            end(wish, Outcome.LEADS_ITSELF, "'" + wish.handsOver + "' leads, and no successor could be asked in time");
        } else if (wish.stood) {
            end(
                    wish,
                    Outcome.NOT_LEADER,
                    "nobody led: this member stood, and was not elected in time. Ask another one");
        } else if (wish.asked.change() instanceof MemberChange.PauseLeadership) {
            end(wish, Outcome.NOT_LEADER, "nobody leads, so that there is no leadership to pause");
        } else {
            end(wish, Outcome.NOT_LEADER, "no leader was found in time");
        }
    }

    private void end(Wish wish, Outcome outcome, String detail) {
        end(wish, new Result(outcome, Membership.versionOf(log.membership()), detail));
    }

    private void end(Wish wish, Result result) {
        if (!wish.ended) {
            wish.ended = true;
            outbox.add(new Effect.MemberChangeEnded(wish.asked.call(), result));
        }
    }
}
