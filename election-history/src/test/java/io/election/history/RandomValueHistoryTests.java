package io.election.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.history.RandomValueHistory.Shape;
import io.election.history.ValueOperation.Content;
import io.election.history.ValueOperation.Expected;
import io.election.history.ValueOperation.Get;
import io.election.history.ValueOperation.Outcome;
import io.election.history.ValueOperation.Read;
import io.election.history.ValueOperation.Write;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Histories of named values at random: of a model of the promise, changed ones, and arbitrary ones beside a search that tries every order. */
class RandomValueHistoryTests {

    private static final Set<ValueRule> LOCAL =
            EnumSet.of(ValueRule.LOCAL_NEVER_GOES_BACK, ValueRule.LOCAL_SHOWS_WHAT_WAS_AWAITED);

    // -- sound ones ----------------------------------------------------------------------------------------------

    @Test
    void believesWhatAModelOfThePromiseDoes() {
        for (long seed = 1; seed <= 250; seed++) {
            List<ValueOperation> history = RandomValueHistory.of(
                    seed, new Shape(200, 2 + (int) (seed % 8), 4 + (int) (seed % 30), seed % 3 > 0, 20));

            assertThat(ValueCheck.check(history)).as("seed " + seed).isEqualTo(sound());
            assertThat(ValueCheck.check(RandomValueHistory.withoutLog(history)))
                    .as("without log, seed " + seed)
                    .isEqualTo(sound());
        }
    }

    private static ValueCheck.Result sound() {
        return new ValueCheck.Result(List.of(), List.of());
    }

    @Test
    void believesWhatAModelRecorded() {
        List<ValueOperation> history = RandomValueHistory.of(1, new Shape(500, 6, 10, true, 20));
        List<ValueOperation> read = new ArrayList<>();
        for (String member : List.of("a", "b", "c")) {
            Life life = new Life(member, 1);
            read.addAll(ValueRecord.parse(
                    life,
                    ValueRecordTests.record(history.stream()
                            .filter(operation -> operation.life().equals(life))
                            .toList())));
        }

        assertThat(read).containsExactlyInAnyOrderElementsOf(history);
        assertThat(ValueCheck.check(read)).isEqualTo(sound());
    }

    // -- changed ones --------------------------------------------------------------------------------------------

    @Test
    void findsOneThingThatIsWrong() {
        Map<ValueRule, Integer> found = new EnumMap<>(ValueRule.class);
        for (long seed = 1; seed <= 60; seed++) {
            Random random = new Random(seed);
            List<ValueOperation> history = RandomValueHistory.of(seed, new Shape(300, 6, 12, seed % 2 == 0, 20));
            for (List<ValueOperation> corrupted : List.of(
                    withOldRead(history, random),
                    withOldGet(history, random),
                    withForeignRead(history, random),
                    withReadOfRefused(history))) {
                List<ValueViolation> violations = ValueCheck.check(corrupted).violations();
                assertThat(violations).as("seed " + seed).isNotEmpty();
                violations.forEach(violation -> found.merge(violation.rule(), 1, Integer::sum));
            }
        }
        System.out.println("History: corrupted values, and found: " + found);
        assertThat(found)
                .containsKeys(
                        ValueRule.ONE_AFTER_THE_OTHER,
                        ValueRule.ONLY_WHAT_WAS_WRITTEN,
                        ValueRule.REFUSED_IS_NEVER_SEEN,
                        ValueRule.LOCAL_NEVER_GOES_BACK);
    }

    /** What was read, and then something else, is read once more at the end. */
    private static List<ValueOperation> withOldRead(List<ValueOperation> history, Random random) {
        List<Read> reads = reads(history);
        int old = random.nextInt(reads.size() / 2);
        String last = reads.get(reads.size() - 1).content().value();
        while (reads.get(old).content().value() == null
                || reads.get(old).content().value().equals(last)) {
            old++;
        }
        long end = end(history);
        return with(
                history,
                read(end + 1, end + 2, "other", new Content("last", 0)),
                new Write(
                        ValueHistories.A,
                        "last",
                        end + 1,
                        end + 2,
                        "x",
                        new Expected.Anything(),
                        "last",
                        Operation.NO_TOKEN,
                        new Outcome.Applied(0, 0)),
                read(end + 3, end + 4, "other", reads.get(old).content()));
    }

    private static List<ValueOperation> withOldGet(List<ValueOperation> history, Random random) {
        List<Get> gets = history.stream()
                .filter(operation ->
                        operation instanceof Get get && get.content().value() != null)
                .map(Get.class::cast)
                .sorted(Comparator.comparingLong(Get::invokedNanos))
                .toList();
        Get old = gets.get(random.nextInt(gets.size()));
        long end = end(history);
        return with(
                history,
                new Write(
                        ValueHistories.A,
                        "last",
                        end + 1,
                        end + 2,
                        "x",
                        new Expected.Anything(),
                        "last",
                        Operation.NO_TOKEN,
                        new Outcome.Applied(0, 0)),
                new Get(old.life(), end + 3, end + 4, "x", new Content("last", 0), 0),
                new Get(old.life(), end + 5, end + 6, "x", old.content(), 0));
    }

    private static List<ValueOperation> withForeignRead(List<ValueOperation> history, Random random) {
        long at = end(history) - random.nextInt(100);
        return with(history, read(at, at + 10, "other", new Content("foreign", 0)));
    }

    private static List<ValueOperation> withReadOfRefused(List<ValueOperation> history) {
        Write refused = history.stream()
                .filter(operation -> operation instanceof Write write
                        && write.value() != null
                        && (write.outcome() instanceof Outcome.NotApplied || write.outcome() instanceof Outcome.Stale))
                .map(Write.class::cast)
                .findFirst()
                .orElseThrow();
        return with(history, read(end(history), end(history) + 10, "other", new Content(refused.value(), 0)));
    }

    private static List<Read> reads(List<ValueOperation> history) {
        return history.stream()
                .filter(Read.class::isInstance)
                .map(Read.class::cast)
                .sorted(Comparator.comparingLong(Read::invokedNanos))
                .toList();
    }

    private static Read read(long invoked, long answered, String member, Content content) {
        return new Read(new Life(member, 1), invoked, answered, "x", content);
    }

    private static long end(List<ValueOperation> history) {
        return history.stream()
                .mapToLong(ValueOperation::answeredNanos)
                .filter(nanos -> nanos != Operation.UNANSWERED)
                .max()
                .orElseThrow();
    }

    private static List<ValueOperation> with(List<ValueOperation> history, ValueOperation... more) {
        List<ValueOperation> changed = new ArrayList<>(history);
        changed.addAll(List.of(more));
        return changed;
    }

    // -- every order ---------------------------------------------------------------------------------------------

    @Test
    void agreesWithTryingEveryOrder() {
        Random random = new Random(20261130);
        int[] verdicts = new int[2];
        for (int i = 0; i < 12_000; i++) {
            verdicts[agrees("arbitrary history " + i, arbitrary(random, 1 + random.nextInt(7)))]++;
        }
        System.out.println("History: arbitrary ones with and without an order: " + verdicts[0] + ", " + verdicts[1]);
        assertThat(verdicts[0]).as("with an order").isGreaterThan(2_000);
        assertThat(verdicts[1]).as("without one").isGreaterThan(2_000);
    }

    @Test
    void agreesWithTryingEveryOrderOfChangedHistories() {
        Random random = new Random(20261130);
        int[] verdicts = new int[2];
        for (int i = 0; i < 6_000; i++) {
            List<ValueOperation> history = new ArrayList<>(RandomValueHistory.of(
                    i, new Shape(3 + random.nextInt(5), 2 + random.nextInt(3), 4, random.nextBoolean(), 12)));
            assertThat(agrees("history " + i, history)).as("history " + i).isZero();
            for (int change = 0; change < 3; change++) {
                change(history, random);
            }
            verdicts[agrees("changed history " + i, history)]++;
            agrees("changed history " + i + " without log", RandomValueHistory.withoutLog(history));
        }
        System.out.println("History: changed ones with and without an order: " + verdicts[0] + ", " + verdicts[1]);
        assertThat(verdicts[0]).as("with an order").isGreaterThan(1_000);
        assertThat(verdicts[1]).as("without one").isGreaterThan(1_200);
    }

    /** Asserts that the check and the search that tries every order agree; 0 if there is an order, 1 if not. */
    private static int agrees(String what, List<ValueOperation> history) {
        boolean expected = EveryValueOrder.exists(history);
        ValueCheck.Result result = ValueCheck.check(history);
        List<ValueViolation> violations = result.violations().stream()
                .filter(violation -> !LOCAL.contains(violation.rule()))
                .toList();

        assertThat(result.undecided()).as(what).isEmpty();
        assertThat(violations.isEmpty())
                .as(what + ": " + history + " " + violations)
                .isEqualTo(expected);
        return expected ? 0 : 1;
    }

    /** Moves an operation in time, exchanges what two reads returned, or changes an outcome. */
    private static void change(List<ValueOperation> history, Random random) {
        int place = random.nextInt(history.size());
        ValueOperation operation = history.get(place);
        if (operation instanceof Read read) {
            List<Read> reads = reads(history);
            Content content = random.nextInt(3) == 0
                    ? Content.ABSENT
                    : reads.get(random.nextInt(reads.size())).content();
            long shift = random.nextInt(40) - 20;
            history.set(
                    place,
                    new Read(read.life(), read.invokedNanos() + shift, read.answeredNanos() + shift, "x", content));
        } else if (operation instanceof Write write
                && history.stream()
                                .filter(other -> other instanceof Write again
                                        && again.id().equals(write.id()))
                                .count()
                        == 1) {
            boolean answered = write.answeredNanos() != Operation.UNANSWERED;
            long shift = random.nextInt(40) - 20;
            history.set(
                    place,
                    new Write(
                            write.life(),
                            write.id(),
                            write.invokedNanos() + shift,
                            answered ? write.answeredNanos() + shift : Operation.UNANSWERED,
                            "x",
                            write.expected(),
                            write.value(),
                            write.token(),
                            answered && random.nextInt(3) == 0
                                    ? outcome(random, write.expected(), 4)
                                    : write.outcome()));
        }
    }

    // -- arbitrary ones ------------------------------------------------------------------------------------------

    private static List<ValueOperation> arbitrary(Random random, int size) {
        List<ValueOperation> history = new ArrayList<>();
        int indexes = random.nextInt(4) == 0 ? 4 : 0;
        int tokens = random.nextInt(4) == 0 ? 2 : 0;
        for (int i = 1; i <= size; i++) {
            long invoked = random.nextInt(12);
            long answered = invoked + random.nextInt(6);
            Life life = new Life("m" + i, 1);
            switch (random.nextInt(8)) {
                case 0, 1, 2 -> history.add(new Read(life, invoked, answered, "x", content(random, size, indexes)));
                case 3 -> history.add(new Get(life, invoked, answered, "x", content(random, size, indexes), 0));
                default -> {
                    Expected expected = expected(random, size);
                    Outcome outcome = outcome(random, expected, indexes);
                    boolean open = outcome instanceof Outcome.Unknown && random.nextBoolean();
                    history.add(new Write(
                            life,
                            "v" + i,
                            invoked,
                            open ? Operation.UNANSWERED : answered,
                            "x",
                            expected,
                            random.nextInt(4) == 0 ? null : "v" + i,
                            tokens == 0 ? Operation.NO_TOKEN : random.nextInt(tokens + 1),
                            outcome));
                }
            }
        }
        return history;
    }

    private static @Nullable String value(Random random, int size) {
        return random.nextInt(3) == 0 ? null : "v" + (1 + random.nextInt(size));
    }

    private static Content content(Random random, int size, int indexes) {
        String value = value(random, size);
        return new Content(value, value == null || indexes == 0 ? 0 : random.nextInt(indexes));
    }

    private static Expected expected(Random random, int size) {
        String value = value(random, size);
        return switch (random.nextInt(5)) {
            case 0 -> value == null ? new Expected.Absent() : new Expected.Value(value);
            case 1 -> new Expected.Version(1 + random.nextInt(4));
            default -> new Expected.Anything();
        };
    }

    private static Outcome outcome(Random random, Expected expected, int indexes) {
        long index = indexes == 0 ? 0 : random.nextInt(indexes + 1);
        return switch (random.nextInt(9)) {
            case 0, 1 ->
                expected instanceof Expected.Anything
                        ? new Outcome.Applied(index, index)
                        : new Outcome.Mismatched(index, random.nextBoolean() ? null : new Content(value(random, 4), 0));
            case 2 -> new Outcome.NotApplied();
            case 3 -> new Outcome.Stale(index);
            case 4, 5 -> new Outcome.Unknown();
            default -> new Outcome.Applied(index, index);
        };
    }

    // -- large ones ----------------------------------------------------------------------------------------------

    /** Prints how long it takes; the bound is in what is looked at, not in time. */
    @Test
    void judgesTenThousandOperationsOfSixteenClients() {
        for (int i = 0; i < 4; i++) {
            int unknown = i < 2 ? 500 : 25;
            boolean told = i % 2 == 0;
            List<ValueOperation> history = RandomValueHistory.of(100 + i, new Shape(10_000, 16, unknown, told, 40));
            long begin = System.nanoTime();
            ValueCheck.Result result = ValueCheck.check(history, 200_000);
            long judged = System.nanoTime();
            ValueCheck.Result corrupted = ValueCheck.check(withOldReadInTheMiddle(history), 200_000);
            System.out.printf(
                    "History: 10,000 operations of 16 clients on one value, one of %d writes unknown, log indexes %s:"
                            + " %d ms; with an old read: %d ms.%n",
                    unknown,
                    told ? "known" : "not known",
                    (judged - begin) / 1_000_000,
                    (System.nanoTime() - judged) / 1_000_000);

            assertThat(result).as("history " + i).isEqualTo(sound());
            assertThat(corrupted.undecided()).as("corrupted history " + i).isEmpty();
            assertThat(corrupted.violations())
                    .as("corrupted history " + i)
                    .singleElement()
                    .satisfies(violation -> assertThat(violation.explanation().lines())
                            .as(violation.explanation())
                            .hasSizeLessThan(10));
        }
    }

    /** What was read, and then something else, is read once more in the middle. */
    private static List<ValueOperation> withOldReadInTheMiddle(List<ValueOperation> history) {
        List<Read> reads = reads(history).stream()
                .filter(read -> read.content().value() != null)
                .toList();
        Read old = reads.get(reads.size() / 2);
        Read newer = reads.stream()
                .filter(read -> read.invokedNanos() > old.answeredNanos()
                        && !read.content().equals(old.content()))
                .findFirst()
                .orElseThrow();
        return with(history, read(newer.answeredNanos() + 1, newer.answeredNanos() + 20, "other", old.content()));
    }
}
