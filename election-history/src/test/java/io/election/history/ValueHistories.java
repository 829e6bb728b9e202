package io.election.history;

import io.election.history.ValueOperation.Content;
import io.election.history.ValueOperation.Expected;
import io.election.history.ValueOperation.Get;
import io.election.history.ValueOperation.Outcome;
import io.election.history.ValueOperation.Read;
import io.election.history.ValueOperation.Write;
import org.jspecify.annotations.Nullable;

/** Short words for what clients do to the value "x". A write of a value has that value as its id. */
final class ValueHistories {

    static final Life A = new Life("a", 1);
    static final Life A2 = new Life("a", 2);
    static final Life B = new Life("b", 1);
    static final Life C = new Life("c", 1);

    static final Expected ANYTHING = new Expected.Anything();
    static final Expected NOTHING = new Expected.Absent();

    static final Outcome APPLIED = at(0);
    static final Outcome MISMATCHED = new Outcome.Mismatched(0, null);
    static final Outcome STALE = new Outcome.Stale(0);
    static final Outcome NOT_APPLIED = new Outcome.NotApplied();
    static final Outcome UNKNOWN = new Outcome.Unknown();

    private ValueHistories() {}

    /** Applied at a log index, which is the version as well. */
    static Outcome at(long index) {
        return new Outcome.Applied(index, index);
    }

    static Outcome found(@Nullable String value) {
        return new Outcome.Mismatched(0, new Content(value, 0));
    }

    static Expected value(String value) {
        return new Expected.Value(value);
    }

    static Expected version(long version) {
        return new Expected.Version(version);
    }

    static ValueOperation set(Life life, long invoked, long answered, String value, Outcome outcome) {
        return cas(life, invoked, answered, ANYTHING, value, outcome);
    }

    static ValueOperation set(Life life, long invoked, long answered, String value) {
        return set(life, invoked, answered, value, APPLIED);
    }

    static ValueOperation cas(
            Life life, long invoked, long answered, Expected expected, String value, Outcome outcome) {
        return new Write(life, value, invoked, answered, "x", expected, value, Operation.NO_TOKEN, outcome);
    }

    static ValueOperation maySet(Life life, long invoked, String value) {
        return set(life, invoked, Operation.UNANSWERED, value, UNKNOWN);
    }

    static ValueOperation remove(Life life, long invoked, long answered, String id, Outcome outcome) {
        return new Write(life, id, invoked, answered, "x", ANYTHING, null, Operation.NO_TOKEN, outcome);
    }

    static ValueOperation mayRemove(Life life, long invoked, String id) {
        return remove(life, invoked, Operation.UNANSWERED, id, UNKNOWN);
    }

    static ValueOperation underToken(long token, ValueOperation operation) {
        Write write = (Write) operation;
        return new Write(
                write.life(),
                write.id(),
                write.invokedNanos(),
                write.answeredNanos(),
                write.name(),
                write.expected(),
                write.value(),
                token,
                write.outcome());
    }

    static ValueOperation read(Life life, long invoked, long answered, @Nullable String value) {
        return read(life, invoked, answered, value, 0);
    }

    static ValueOperation read(Life life, long invoked, long answered, @Nullable String value, long version) {
        return new Read(life, invoked, answered, "x", new Content(value, version));
    }

    static ValueOperation get(Life life, long invoked, long answered, @Nullable String value) {
        return get(life, invoked, answered, value, 0, 0);
    }

    static ValueOperation get(
            Life life, long invoked, long answered, @Nullable String value, long version, long minIndex) {
        return new Get(life, invoked, answered, "x", new Content(value, version), minIndex);
    }
}
