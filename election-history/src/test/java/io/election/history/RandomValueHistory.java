package io.election.history;

import io.election.history.ValueOperation.Content;
import io.election.history.ValueOperation.Expected;
import io.election.history.ValueOperation.Get;
import io.election.history.ValueOperation.Outcome;
import io.election.history.ValueOperation.Read;
import io.election.history.ValueOperation.Write;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * What clients see of a store that does everything right: a log that is applied in its order, a table of the writes that were judged,
 * and members that apply it later. It is a model of the promise, and shares no code with the check.
 */
final class RandomValueHistory {

    /**
     * How to make one.
     *
     * @param size about how many operations
     * @param clients each waits for its answer
     * @param unknown one of so many writes is not answered at first
     * @param told whether clients are told of log indexes and versions
     * @param latency the longest time from an invocation to the effect, and from there to the answer
     */
    record Shape(int size, int clients, int unknown, boolean told, int latency) {}

    private static final List<String> MEMBERS = List.of("a", "b", "c");

    /** What a log entry left. */
    private record Applied(@Nullable String value, long version) {}

    private final Random random;
    private final Shape shape;
    private final List<ValueOperation> history = new ArrayList<>();
    /** By log index. */
    private final List<Applied> log = new ArrayList<>(List.of(new Applied(null, 0)));
    /** Writes that were not answered and may still reach the log. */
    private final List<Write> onTheWay = new ArrayList<>();

    private final long[] freeFrom;
    private final long[] lastWritten;
    private final int[] appliedBy = new int[MEMBERS.size()];
    private final long[] lastShown = new long[MEMBERS.size()];
    private long now = 1_000;
    private long token = 100;
    private long clientsToken = 100;
    private int ids;

    private RandomValueHistory(long seed, Shape shape) {
        random = new Random(seed);
        this.shape = shape;
        freeFrom = new long[shape.clients()];
        lastWritten = new long[shape.clients()];
    }

    static List<ValueOperation> of(long seed, Shape shape) {
        return new RandomValueHistory(seed, shape).make();
    }

    private List<ValueOperation> make() {
        while (history.size() < shape.size()) {
            now += 1 + random.nextInt(4);
            if (!onTheWay.isEmpty() && chance(10)) {
                Write late = onTheWay.remove(random.nextInt(onTheWay.size()));
                Outcome outcome = judge(late);
                if (chance(2)) {
                    askAgain(late, outcome);
                }
            }
            if (chance(200)) {
                token++;
            }
            if (chance(10)) {
                clientsToken = token;
            }
            int client = random.nextInt(shape.clients());
            if (freeFrom[client] < now) {
                act(client);
            }
        }
        return history;
    }

    private boolean chance(int ofHowMany) {
        return random.nextInt(ofHowMany) == 0;
    }

    private Life life(int client) {
        return new Life(MEMBERS.get(client % MEMBERS.size()), 1);
    }

    private void act(int client) {
        long invoked = Math.max(freeFrom[client] + 1, now - random.nextInt(shape.latency()));
        long answered = now + random.nextInt(shape.latency());
        freeFrom[client] = answered;
        switch (random.nextInt(10)) {
            case 0, 1, 2, 3 -> history.add(new Read(life(client), invoked, answered, "x", shown(log.size() - 1)));
            case 4 -> get(client);
            default -> write(client, invoked, answered);
        }
    }

    private Content shown(int index) {
        Applied applied = log.get(index);
        return new Content(applied.value(), shape.told() && applied.value() != null ? applied.version() : 0);
    }

    /** Shows what the client's member has applied, at one instant; it waits for what the client wrote last now and then. */
    private void get(int client) {
        int member = client % MEMBERS.size();
        boolean awaits = chance(2);
        int least = awaits ? (int) Math.max(appliedBy[member], lastWritten[client]) : appliedBy[member];
        appliedBy[member] = least + random.nextInt(log.size() - least);
        lastShown[member] = Math.max(now, lastShown[member] + 1);
        history.add(new Get(
                life(client),
                lastShown[member],
                lastShown[member],
                "x",
                shown(appliedBy[member]),
                awaits ? lastWritten[client] : 0));
    }

    private void write(int client, long invoked, long answered) {
        String id = "i" + ++ids;
        Write asked = new Write(
                life(client),
                id,
                invoked,
                Operation.UNANSWERED,
                "x",
                expected(),
                chance(8) ? null : "v" + ids,
                chance(20) ? Operation.NO_TOKEN : clientsToken,
                new Outcome.Unknown());
        if (chance(shape.unknown())) {
            onTheWay.add(asked);
            history.add(asked);
        } else if (chance(20)) {
            history.add(answered(asked, answered, new Outcome.NotApplied()));
        } else {
            Outcome outcome = judge(asked);
            lastWritten[client] = shape.told() ? log.size() - 1 : 0;
            history.add(answered(asked, answered, told(outcome)));
        }
    }

    private Expected expected() {
        Applied current = log.get(chance(4) ? random.nextInt(log.size()) : log.size() - 1);
        return switch (random.nextInt(4)) {
            case 0 -> current.value() == null ? new Expected.Absent() : new Expected.Value(current.value());
            case 1 ->
                current.value() == null || !shape.told()
                        ? new Expected.Anything()
                        : new Expected.Version(current.version());
            default -> new Expected.Anything();
        };
    }

    /** Appends a write to the log and applies it. */
    private Outcome judge(Write write) {
        Applied current = log.get(log.size() - 1);
        long index = log.size();
        if (write.token() != Operation.NO_TOKEN && write.token() < token) {
            log.add(current);
            return new Outcome.Stale(index);
        }
        boolean fits = write.expected() instanceof Expected.Anything
                || write.expected() instanceof Expected.Absent && current.value() == null
                || write.expected() instanceof Expected.Value value
                        && value.value().equals(current.value())
                || write.expected() instanceof Expected.Version version
                        && current.value() != null
                        && version.version() == current.version();
        if (!fits) {
            log.add(current);
            return new Outcome.Mismatched(
                    index,
                    chance(2) ? new Content(current.value(), current.value() == null ? 0 : current.version()) : null);
        }
        log.add(new Applied(write.value(), index));
        return new Outcome.Applied(index, index);
    }

    private Outcome told(Outcome outcome) {
        if (shape.told()) {
            return outcome;
        }
        if (outcome instanceof Outcome.Mismatched mismatched) {
            return new Outcome.Mismatched(
                    0,
                    mismatched.found() == null
                            ? null
                            : new Content(mismatched.found().value(), 0));
        }
        return outcome instanceof Outcome.Stale ? new Outcome.Stale(0) : new Outcome.Applied(0, 0);
    }

    /** The same write once more, after it was judged: the answer is what became of it then. */
    private void askAgain(Write write, Outcome outcome) {
        int first = history.indexOf(write);
        long gaveUp = write.invokedNanos() + 1;
        history.set(first, answered(write, gaveUp, new Outcome.Unknown()));
        Write again = new Write(
                write.life(),
                write.id(),
                now + 1,
                Operation.UNANSWERED,
                write.name(),
                write.expected(),
                write.value(),
                write.token(),
                new Outcome.Unknown());
        history.add(answered(again, now + 1 + random.nextInt(shape.latency()), told(outcome)));
    }

    private static Write answered(Write write, long nanos, Outcome outcome) {
        return new Write(
                write.life(),
                write.id(),
                write.invokedNanos(),
                nanos,
                write.name(),
                write.expected(),
                write.value(),
                write.token(),
                outcome);
    }

    /** The same history without what was told of log indexes and versions. */
    static List<ValueOperation> withoutLog(List<ValueOperation> history) {
        return history.stream().map(RandomValueHistory::withoutLog).toList();
    }

    private static ValueOperation withoutLog(ValueOperation operation) {
        if (operation instanceof Read read) {
            return new Read(
                    read.life(),
                    read.invokedNanos(),
                    read.answeredNanos(),
                    read.name(),
                    new Content(read.content().value(), 0));
        }
        if (operation instanceof Get get) {
            return new Get(
                    get.life(),
                    get.invokedNanos(),
                    get.answeredNanos(),
                    get.name(),
                    new Content(get.content().value(), 0),
                    get.minIndex());
        }
        Write write = (Write) operation;
        Outcome outcome = write.outcome();
        if (outcome instanceof Outcome.Applied) {
            return answered(write, write.answeredNanos(), new Outcome.Applied(0, 0));
        }
        if (outcome instanceof Outcome.Stale) {
            return answered(write, write.answeredNanos(), new Outcome.Stale(0));
        }
        return outcome instanceof Outcome.Mismatched mismatched
                ? answered(
                        write,
                        write.answeredNanos(),
                        new Outcome.Mismatched(
                                0,
                                mismatched.found() == null
                                        ? null
                                        : new Content(
                                                Objects.requireNonNull(mismatched.found())
                                                        .value(),
                                                0)))
                : write;
    }
}
