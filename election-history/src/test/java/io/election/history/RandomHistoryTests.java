package io.election.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.history.Operation.Answer;
import io.election.history.Operation.Confirmation;
import io.election.history.Operation.Elected;
import io.election.history.Operation.GuardedRead;
import io.election.history.Operation.GuardedWrite;
import io.election.history.Operation.Outcome;
import io.election.history.Operation.SteppedDown;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Sound histories at random, which must be believed, and each of them with one thing changed, which must not. */
class RandomHistoryTests {

    private static final int SEEDS = 2_000;
    private static final int CORRUPTED_SEEDS = 200;

    private static List<Violation> violations(List<Operation> history) {
        return HistoryCheck.violations(history, Duration.ofNanos(RandomHistory.EVENTS_WITHIN));
    }

    @Test
    void believesWhatAModelOfThePromiseDoes() {
        int operations = 0;
        for (long seed = 1; seed <= SEEDS; seed++) {
            List<Operation> history = RandomHistory.of(seed);
            operations += history.size();
            assertThat(violations(history)).as("seed " + seed).isEmpty();
        }
        assertThat(operations).as("operations in all histories").isGreaterThan(20 * SEEDS);
    }

    @Test
    void findsOneThingThatIsWrong() {
        Map<Corruption, Integer> made = new EnumMap<>(Corruption.class);
        for (long seed = 1; seed <= CORRUPTED_SEEDS; seed++) {
            for (Corruption corruption : Corruption.values()) {
                List<Operation> history = new ArrayList<>(RandomHistory.of(seed));
                if (corruption.change(history, new Random(seed))) {
                    made.merge(corruption, 1, Integer::sum);
                    assertThat(violations(history))
                            .extracting(Violation::rule)
                            .as(corruption + ", seed " + seed)
                            .contains(corruption.rule);
                }
            }
        }
        System.out.println("History: corrupted, and found each time: " + made);
        assertThat(made).as("what the histories gave occasion for").containsOnlyKeys(Corruption.values());
        assertThat(made.values()).allSatisfy(times -> assertThat(times).isGreaterThan(CORRUPTED_SEEDS / 4));
    }

    /** One change of a sound history that no longer can have come about. */
    private enum Corruption {
        /** Another member answers true while somebody certainly leads. */
        ANOTHER_LEADS(Rule.ONE_LEADER_AT_A_TIME) {
            @Override
            boolean change(List<Operation> history, Random random) {
                Answer[] span = leadership(history, random, 2);
                return span != null
                        && history.add(new Answer(
                                new Life("d", 1), span[0].answeredNanos(), span[1].invokedNanos(), true, 1_000_000));
            }
        },
        /** The leader answers false, and true again. */
        FLICKERS(Rule.LEADERSHIP_IS_UNBROKEN) {
            @Override
            boolean change(List<Operation> history, Random random) {
                Answer[] span = leadership(history, random, 4);
                return span != null
                        && history.add(new Answer(
                                span[0].life(),
                                span[0].answeredNanos() + 1,
                                span[1].invokedNanos() - 1,
                                false,
                                Operation.NO_TOKEN));
            }
        },
        /** A token is used by another member. */
        TOKEN_OF_ANOTHER(Rule.TOKENS_ARE_UNIQUE) {
            @Override
            boolean change(List<Operation> history, Random random) {
                Answer answer = any(history, random, Answer.class, Answer::leads);
                return answer != null
                        && history.add(new Answer(
                                new Life("d", 1), answer.invokedNanos(), answer.answeredNanos(), true, answer.token()));
            }
        },
        /** The last leadership gets a token below all others. */
        TOKEN_FALLS(Rule.TOKENS_RISE) {
            @Override
            boolean change(List<Operation> history, Random random) {
                long end = history.stream()
                        .mapToLong(Operation::answeredNanos)
                        .filter(nanos -> nanos != Operation.UNANSWERED)
                        .max()
                        .orElseThrow();
                return any(history, random, Answer.class, Answer::leads) != null
                        && history.add(new Answer(new Life("d", 1), end + 1, end + 2, true, 1));
            }
        },
        /** A listener is not told that its member leads. */
        ELECTED_IS_LOST(Rule.EVENTS_PAIR_UP) {
            @Override
            boolean change(List<Operation> history, Random random) {
                SteppedDown down = any(history, random, SteppedDown.class, any -> true);
                return down != null
                        && history.removeIf(operation -> operation instanceof Elected elected
                                && elected.life().equals(down.life())
                                && elected.name() == down.name());
            }
        },
        /** A listener is told twice. */
        ELECTED_TWICE(Rule.EVENTS_PAIR_UP) {
            @Override
            boolean change(List<Operation> history, Random random) {
                Elected elected = any(history, random, Elected.class, any -> true);
                return elected != null && insertAfter(history, elected, elected);
            }
        },
        /** A listener is not told of the end, although its member goes on. */
        STEP_DOWN_IS_LOST(Rule.EVENTS_COME_IN_TIME) {
            @Override
            boolean change(List<Operation> history, Random random) {
                SteppedDown down = any(history, random, SteppedDown.class, any -> true);
                if (down == null) {
                    return false;
                }
                history.remove(down);
                history.removeIf(operation ->
                        operation.life().equals(down.life()) && operation.invokedNanos() > down.invokedNanos());
                long later = down.invokedNanos() + 100;
                history.add(new Answer(down.life(), later, later + 1, false, Operation.NO_TOKEN));
                later += RandomHistory.EVENTS_WITHIN + 2;
                return history.add(new Answer(down.life(), later, later + 1, false, Operation.NO_TOKEN));
            }
        },
        /** True after the end was told. */
        LEADS_ON(Rule.EVENTS_FIT_ANSWERS) {
            @Override
            boolean change(List<Operation> history, Random random) {
                SteppedDown down = any(history, random, SteppedDown.class, any -> true);
                return down != null
                        && insertAfter(
                                history,
                                down,
                                new Answer(
                                        down.life(),
                                        down.invokedNanos() + 1,
                                        down.invokedNanos() + 2,
                                        true,
                                        down.name() + 100));
            }
        },
        /** Another name for a leader. */
        OTHER_LEADER_OF_A_TERM(Rule.ONE_LEADER_A_TERM) {
            @Override
            boolean change(List<Operation> history, Random random) {
                Elected elected = any(history, random, Elected.class, any -> true);
                return elected != null
                        && history.add(new Operation.LeaderChanged(
                                new Life("d", 1), elected.invokedNanos(), elected.name(), "d"));
            }
        },
        /** An old token is accepted. */
        OLD_TOKEN_IS_ACCEPTED(Rule.WRITES_ARE_FENCED) {
            @Override
            boolean change(List<Operation> history, Random random) {
                GuardedWrite write = any(history, random, GuardedWrite.class, w -> w.outcome() == Outcome.ACCEPTED);
                return write != null
                        && history.add(new GuardedWrite(
                                write.life(),
                                write.answeredNanos() + 1,
                                write.answeredNanos() + 2,
                                "r",
                                write.token() - 1,
                                -1,
                                Outcome.ACCEPTED));
            }
        },
        /** The greatest token of all is refused. */
        GREATEST_TOKEN_IS_REFUSED(Rule.WRITES_ARE_FENCED) {
            @Override
            boolean change(List<Operation> history, Random random) {
                return history.add(new GuardedWrite(new Life("d", 1), 1, 2, "r", 1_000_000, -1, Outcome.REFUSED));
            }
        },
        /** What is read was never written. */
        READ_OF_NOTHING(Rule.WRITES_ARE_FENCED) {
            @Override
            boolean change(List<Operation> history, Random random) {
                GuardedRead read = any(history, random, GuardedRead.class, any -> true);
                return read != null
                        && history.add(new GuardedRead(
                                read.life(), read.invokedNanos(), read.answeredNanos(), "r", read.token(), -1));
            }
        },
        /** Confirmed although a later leader had been seen. */
        CONFIRMED_TOO_LATE(Rule.CONFIRMED_WAS_LATEST) {
            @Override
            boolean change(List<Operation> history, Random random) {
                Answer later = any(history, random, Answer.class, Answer::leads);
                return later != null
                        && history.add(new Confirmation(
                                new Life("d", 1),
                                later.answeredNanos() + 1,
                                later.answeredNanos() + 2,
                                true,
                                later.token() - 1));
            }
        };

        final Rule rule;

        Corruption(Rule rule) {
            this.rule = rule;
        }

        /** Changes the history, if it gives occasion for it. */
        abstract boolean change(List<Operation> history, Random random);

        private static boolean insertAfter(List<Operation> history, Operation place, Operation added) {
            history.add(history.indexOf(place) + 1, added);
            return true;
        }

        private static <T extends Operation> @Nullable T any(
                List<Operation> history, Random random, Class<T> kind, Predicate<T> which) {
            List<T> some = history.stream()
                    .filter(kind::isInstance)
                    .map(kind::cast)
                    .filter(which)
                    .toList();
            return some.isEmpty() ? null : some.get(random.nextInt(some.size()));
        }

        /** Two answers of one leadership with at least so much time between them. */
        private static Answer @Nullable [] leadership(List<Operation> history, Random random, long apart) {
            Answer first = any(history, random, Answer.class, Answer::leads);
            Answer last = first == null
                    ? null
                    : any(
                            history,
                            random,
                            Answer.class,
                            answer -> answer.leads()
                                    && answer.token() == first.token()
                                    && answer.invokedNanos() >= first.answeredNanos() + apart);
            return last == null ? null : new Answer[] {first, last};
        }
    }
}
