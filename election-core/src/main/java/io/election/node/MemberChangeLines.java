package io.election.node;

import io.election.core.MemberChange;
import io.election.core.Observation;
import io.election.core.Pause;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/** Says what becomes of the members of a cluster: in the log, in the history and in the counters. */
final class MemberChangeLines {

    private final LogLines log;
    private final History history;
    private final Repeats repeats;
    private volatile boolean leaves;
    private final Counters counters;

    MemberChangeLines(LogLines log, History history, Repeats repeats, Counters counters) {
        this.log = log;
        this.history = history;
        this.repeats = repeats;
        this.counters = counters;
    }

    /** This member stops, and has asked for its own removal. */
    void leaves() {
        leaves = true;
    }

    /** Whether an observation is about that, and has been said. */
    boolean tell(Observation observation, long term) {
        if (observation instanceof Observation.MemberChangeBegan began) {
            began(began);
        } else if (observation instanceof Observation.MemberChangeCommitted committed) {
            committed(committed, term);
        } else if (observation instanceof Observation.MemberChangeHeldUp heldUp) {
            heldUp(heldUp);
        } else if (observation instanceof Observation.PauseChanged changed) {
            paused(changed, term);
        } else if (observation instanceof Observation.Removed) {
            if (leaves) {
                log.say(Level.INFO, "has left the cluster.");
            } else {
                log.say(
                        Level.WARN,
                        "was removed from the cluster. It takes part in nothing any more. Stop its process. If it is to join"
                                + " again, it needs a new memory: remove its directory first, if it has one.");
            }
            history.add(term, "removed", null);
        } else {
            return false;
        }
        return true;
    }

    private void paused(Observation.PauseChanged changed, long term) {
        Pause pause = changed.pause();
        if (pause != null) {
            String until = Instant.ofEpochMilli(pause.untilMillis()).toString();
            log.say(
                    Level.WARN,
                    "takes the leadership for paused until {}: no member but '{peer}' stands for election by itself, and nothing"
                            + " is handed over. '{}' has paused it: {reason}.",
                    until,
                    pause.holder(),
                    pause.by(),
                    pause.reason().isEmpty() ? "no reason was given" : pause.reason());
            history.add(
                    term, "leadership-paused", "until " + until + ", held by " + pause.holder() + ", by " + pause.by());
            return;
        }
        String why = changed.isInLog() ? "the pause is over by itself" : "the pause was ended";
        log.say(Level.INFO, "takes the leadership for paused no longer: {reason}.", why);
        history.add(term, "leadership-resumed", why);
    }

    private void began(Observation.MemberChangeBegan began) {
        if (began.change().action().isOfLeadership()) {
            // Each member says that as soon as it holds, this one too.
            return;
        }
        log.say(
                Level.INFO,
                switch (began.change().action()) {
                    case PROMOTE -> "gives '{peer}' a vote, as version {version} of the members: {reason}.";
                    case DEMOTE -> "takes the vote of '{peer}', as version {version} of the members: {reason}.";
                    case REMOVE -> "removes '{peer}' from the cluster, as version {version} of the members: {reason}.";
                    case PAUSE, RESUME -> throw new IllegalStateException("no change of a member: " + began);
                },
                began.change().member(),
                began.version(),
                because(began.because()));
    }

    private void committed(Observation.MemberChangeCommitted committed, long term) {
        String action = Chronicle.dashed(committed.change().action().name());
        counters.count(o -> o.memberChanged(action, committed.because() != null));
        if (committed.change().action().isOfLeadership()) {
            return;
        }
        log.say(
                Level.INFO,
                "has committed version {version} of the members: {}.{+peer}{+action}",
                committed.version(),
                done(committed.change()),
                committed.change().member(),
                action);
        history.add(term, event(committed.change()), committed.change().member() + ": " + because(committed.because()));
    }

    private void heldUp(Observation.MemberChangeHeldUp heldUp) {
        if (repeats.isDue("members " + heldUp.change() + heldUp.detail())) {
            log.say(
                    Level.WARN,
                    switch (heldUp.change().action()) {
                        case PROMOTE -> "would give '{peer}' a vote, because {}, and does not: {reason}.";
                        case DEMOTE -> "would take the vote of '{peer}', because {}, and does not: {reason}.";
                        case REMOVE -> "would remove '{peer}' from the cluster, because {}, and does not: {reason}.";
                        case PAUSE, RESUME -> "would end the pause{+peer}, because {}, and does not: {reason}.";
                    },
                    heldUp.change().member(),
                    heldUp.because(),
                    heldUp.detail());
        }
    }

    private static String because(@Nullable String because) {
        return because == null ? "an operator asked for it" : because;
    }

    private static String done(MemberChange change) {
        return switch (change.action()) {
            case PROMOTE -> "'" + change.member() + "' votes";
            case DEMOTE -> "'" + change.member() + "' has no vote";
            case REMOVE -> "'" + change.member() + "' does not belong to it";
            case PAUSE -> "the leadership is paused";
            case RESUME -> "the leadership is paused no longer";
        };
    }

    private static String event(MemberChange change) {
        return switch (change.action()) {
            case PROMOTE -> "member-promoted";
            case DEMOTE -> "member-demoted";
            case REMOVE -> "member-removed";
            case PAUSE -> "leadership-paused";
            case RESUME -> "leadership-resumed";
        };
    }
}
