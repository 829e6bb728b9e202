package io.election.history;

import io.election.history.Operation.Answer;
import io.election.history.Operation.Closed;
import io.election.history.Operation.Confirmation;
import io.election.history.Operation.Elected;
import io.election.history.Operation.GuardedRead;
import io.election.history.Operation.GuardedWrite;
import io.election.history.Operation.LeaderChanged;
import io.election.history.Operation.Outcome;
import io.election.history.Operation.SteppedDown;
import io.election.history.Operation.StoodStill;
import io.election.history.Operation.TokenObtained;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Short words for what users see, with a term that is the token less 100. */
final class Histories {

    static final Life A = new Life("a", 1);
    static final Life A2 = new Life("a", 2);
    static final Life B = new Life("b", 1);
    static final Life C = new Life("c", 1);

    private Histories() {}

    static Operation yes(Life life, long invoked, long answered, long token) {
        return new Answer(life, invoked, answered, true, token);
    }

    static Operation no(Life life, long invoked, long answered) {
        return new Answer(life, invoked, answered, false, Operation.NO_TOKEN);
    }

    static Operation token(Life life, long invoked, long answered, long token) {
        return new TokenObtained(life, invoked, answered, token);
    }

    static Operation confirmed(Life life, long invoked, long answered, long token) {
        return new Confirmation(life, invoked, answered, true, token);
    }

    static Operation elected(Life life, long at, long token) {
        return new Elected(life, at, token - 100, token);
    }

    static Operation steppedDown(Life life, long at, long token) {
        return new SteppedDown(life, at, token - 100, "REQUESTED");
    }

    static Operation steppedDown(Life life, long at, long token, String reason) {
        return new SteppedDown(life, at, token - 100, reason);
    }

    static Operation told(Life life, long at, long token, @Nullable String leader) {
        return new LeaderChanged(life, at, token - 100, leader);
    }

    static Operation stoodStill(Life life, long from, long to) {
        return new StoodStill(life, from, to);
    }

    static Operation closed(Life life, long at) {
        return new Closed(life, at);
    }

    static Operation wrote(Life life, long invoked, long answered, long token, long value) {
        return new GuardedWrite(life, invoked, answered, "r", token, value, Outcome.ACCEPTED);
    }

    static Operation refused(Life life, long invoked, long answered, long token, long value) {
        return new GuardedWrite(life, invoked, answered, "r", token, value, Outcome.REFUSED);
    }

    static Operation mayHaveWritten(Life life, long invoked, long token, long value) {
        return new GuardedWrite(life, invoked, Operation.UNANSWERED, "r", token, value, Outcome.UNKNOWN);
    }

    static Operation read(Life life, long invoked, long answered, long token, long value) {
        return new GuardedRead(life, invoked, answered, "r", token, value);
    }

    static List<Operation> history(Operation... operations) {
        return Stream.of(operations).toList();
    }
}
