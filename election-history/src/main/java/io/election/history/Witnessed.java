package io.election.history;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A history, sorted: what the users of each life saw, and the leaderships that follow from it. */
final class Witnessed {

    /** What the users of one life saw, in the order in which they recorded it. */
    static final class OfLife {
        final Life life;
        final List<Operation.Answer> denials = new ArrayList<>();
        final List<Operation> events = new ArrayList<>();
        final List<Operation.Confirmation> confirmations = new ArrayList<>();
        final List<Operation.StoodStill> pauses = new ArrayList<>();
        final Map<Long, Reign> reigns = new LinkedHashMap<>();
        boolean closed;
        /** The process was there then, and answered. */
        long lastSeen = Long.MIN_VALUE;

        OfLife(Life life) {
            this.life = life;
        }

        Reign reign(long token) {
            return reigns.computeIfAbsent(token, key -> new Reign(life, token));
        }

        /** How much of the time between two instants the process had. */
        long ran(long from, long to) {
            long ran = to - from;
            for (Operation.StoodStill pause : pauses) {
                ran -= Math.max(0, Math.min(to, pause.answeredNanos()) - Math.max(from, pause.invokedNanos()));
            }
            return ran;
        }
    }

    final Map<Life, OfLife> lives = new LinkedHashMap<>();
    /** Answers {@code true} whose token could not be had. */
    final List<Reign> nameless = new ArrayList<>();
    /** By resource, what reads and writes did to it. */
    final Map<String, List<Operation>> resources = new HashMap<>();

    final List<Operation.LeaderChanged> changes = new ArrayList<>();

    Witnessed(Iterable<Operation> history) {
        for (Operation operation : history) {
            OfLife of = lives.computeIfAbsent(operation.life(), OfLife::new);
            sort(of, operation);
            if (operation.answeredNanos() != Operation.UNANSWERED) {
                of.lastSeen = Math.max(of.lastSeen, operation.answeredNanos());
            }
        }
    }

    private void sort(OfLife of, Operation operation) {
        if (operation instanceof Operation.Answer answer) {
            answer(of, answer);
        } else if (operation instanceof Operation.TokenObtained obtained) {
            of.reign(obtained.token()).ledDuring(obtained);
        } else if (operation instanceof Operation.Confirmation confirmation) {
            of.confirmations.add(confirmation);
        } else if (operation instanceof Operation.Elected elected) {
            of.events.add(elected);
            Reign reign = of.reign(elected.token());
            reign.begunBy(elected, elected.invokedNanos());
            if (reign.elected == null) {
                reign.elected = elected;
            }
        } else if (operation instanceof Operation.SteppedDown steppedDown) {
            of.events.add(steppedDown);
        } else if (operation instanceof Operation.LeaderChanged changed) {
            changes.add(changed);
        } else if (operation instanceof Operation.GuardedWrite write) {
            // Who names a token has obtained it before.
            of.reign(write.token()).begunBy(write, write.invokedNanos());
            resources
                    .computeIfAbsent(write.resource(), key -> new ArrayList<>())
                    .add(write);
        } else if (operation instanceof Operation.GuardedRead read) {
            resources.computeIfAbsent(read.resource(), key -> new ArrayList<>()).add(read);
        } else if (operation instanceof Operation.StoodStill pause) {
            of.pauses.add(pause);
        } else {
            of.closed = true;
        }
    }

    private void answer(OfLife of, Operation.Answer answer) {
        if (!answer.leads()) {
            of.denials.add(answer);
        } else if (answer.token() == Operation.NO_TOKEN) {
            Reign reign = new Reign(of.life, Operation.NO_TOKEN);
            reign.ledDuring(answer);
            nameless.add(reign);
        } else {
            of.reign(answer.token()).ledDuring(answer);
        }
    }

    List<Reign> reigns() {
        return lives.values().stream()
                .flatMap(of -> of.reigns.values().stream())
                .toList();
    }
}
