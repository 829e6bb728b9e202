package io.election.history;

import io.election.history.Linearizability.Call;
import io.election.history.Linearizability.Verdict;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds what no user of a cluster may ever see. It concludes only what follows in every way in which the operations can have
 * come about: a history without a violation may still hide one that nobody happened to see.
 *
 * <p>What it relies on: the times of all processes are of one clock, and what a process recorded is in the order in which that
 * process saw it.
 */
public final class HistoryCheck {

    /** Ends of a leadership for which there is no innocent cause. */
    private static final Set<String> NEVER = Set.of("TWO_LEADERS", "INTERNAL_ERROR");

    private final Witnessed seen;
    private final long eventsWithinNanos;
    private final List<Violation> violations = new ArrayList<>();

    private HistoryCheck(Witnessed seen, Duration eventsWithin) {
        this.seen = seen;
        this.eventsWithinNanos = eventsWithin.toNanos();
    }

    /**
     * Judges a history.
     *
     * @param history what all users saw; of one life in the order in which they saw it
     * @param eventsWithin how long an event may take to its listener, while its process runs; anything later counts as lost
     * @return one violation for each thing that is wrong; none if all may have been well
     */
    public static List<Violation> violations(Iterable<Operation> history, Duration eventsWithin) {
        HistoryCheck check = new HistoryCheck(new Witnessed(history), eventsWithin);
        check.tokensAndTimes();
        check.namelessAnswers();
        check.seen.lives.values().forEach(check::life);
        check.leadersOfTerms();
        check.confirmations();
        check.seen.resources.forEach(check::guarded);
        return List.copyOf(check.violations);
    }

    private void found(Rule rule, String explanation) {
        violations.add(new Violation(rule, explanation));
    }

    // -- tokens, and who led when --------------------------------------------------------------------------------

    /** Of two leaderships, the one with the lower token must be able to lie before the other. */
    private void tokensAndTimes() {
        List<Reign> byToken = new ArrayList<>(seen.reigns());
        byToken.sort(Comparator.comparingLong(reign -> reign.token));
        for (int i = 1; i < byToken.size(); i++) {
            for (int j = 0; j < i; j++) {
                inOrder(byToken.get(j), byToken.get(i));
            }
        }
    }

    private void inOrder(Reign lower, Reign greater) {
        if (lower.token == greater.token) {
            found(Rule.TOKENS_ARE_UNIQUE, lower.describe() + ", and " + greater.describe() + ".");
        } else if (!lower.mayPrecede(greater) && greater.mayPrecede(lower)) {
            found(Rule.TOKENS_RISE, greater.describe() + " came before " + lower.describe() + ".");
        } else if (!lower.mayPrecede(greater)) {
            found(Rule.ONE_LEADER_AT_A_TIME, lower.describe() + ", and " + greater.describe() + ".");
        }
    }

    /** Of an answer without its token it is not known which leadership of its member it belongs to; only others' are apart from it. */
    private void namelessAnswers() {
        for (Reign nameless : seen.nameless) {
            for (Reign other : seen.reigns()) {
                if (!other.life.member().equals(nameless.life.member())
                        && !nameless.mayPrecede(other)
                        && !other.mayPrecede(nameless)) {
                    found(Rule.ONE_LEADER_AT_A_TIME, nameless.describe() + ", and " + other.describe() + ".");
                }
            }
        }
    }

    // -- one life ------------------------------------------------------------------------------------------------

    private void life(Witnessed.OfLife of) {
        unbroken(of);
        eventsPairUp(of);
        eventsFitAnswers(of);
        eventsComeInTime(of);
    }

    private void unbroken(Witnessed.OfLife of) {
        for (Operation.Answer denial : of.denials) {
            for (Reign reign : of.reigns.values()) {
                if (denial.invokedNanos() > reign.begunBy() && denial.answeredNanos() < reign.lastsTo()) {
                    found(
                            Rule.LEADERSHIP_IS_UNBROKEN,
                            reign.describe() + " was told false at " + Reign.at(denial.answeredNanos()) + ".");
                }
            }
        }
    }

    private void eventsPairUp(Witnessed.OfLife of) {
        Operation.Elected open = null;
        Operation.Elected latest = null;
        for (Operation event : of.events) {
            if (event instanceof Operation.Elected elected) {
                if (open != null) {
                    found(
                            Rule.EVENTS_PAIR_UP,
                            of.life + " was told twice that it leads, in terms " + open.name() + " and "
                                    + elected.name() + ".");
                }
                if (latest != null && elected.token() <= latest.token()) {
                    found(
                            Rule.TOKENS_RISE,
                            of.life + " was told of token " + elected.token() + " after token " + latest.token() + ".");
                }
                open = elected;
                latest = elected;
            } else if (event instanceof Operation.SteppedDown down) {
                if (NEVER.contains(down.reason())) {
                    found(
                            Rule.ENDS_ARE_INNOCENT,
                            of.life + " stopped leading in term " + down.name() + " because of " + down.reason() + ".");
                }
                if (open == null || open.name() != down.name()) {
                    found(
                            Rule.EVENTS_PAIR_UP,
                            of.life + " was told that it no longer leads in term " + down.name()
                                    + ", but not before that it leads.");
                } else {
                    of.reign(open.token()).steppedDown = down;
                }
                open = null;
            }
        }
        if (open != null && of.closed) {
            found(
                    Rule.EVENTS_PAIR_UP,
                    of.life + " was closed and not told that it no longer leads in term " + open.name() + ".");
        }
    }

    private void eventsFitAnswers(Witnessed.OfLife of) {
        for (Reign reign : of.reigns.values()) {
            Operation down = reign.steppedDown;
            if (down != null && reign.lastsTo() > down.invokedNanos()) {
                found(
                        Rule.EVENTS_FIT_ANSWERS,
                        reign.describe() + " was told of its end at " + Reign.at(down.invokedNanos()) + ".");
            }
        }
        for (Operation.Confirmation confirmation : of.confirmations) {
            Reign reign = of.reigns.get(confirmation.token());
            Operation down = reign == null ? null : reign.steppedDown;
            if (confirmation.confirmed() && down != null && confirmation.invokedNanos() > down.invokedNanos()) {
                found(
                        Rule.EVENTS_FIT_ANSWERS,
                        of.life + " was confirmed at " + Reign.at(confirmation.answeredNanos()) + " under token "
                                + confirmation.token() + ", of whose end it was told before.");
            }
        }
    }

    private void eventsComeInTime(Witnessed.OfLife of) {
        for (Reign reign : of.reigns.values()) {
            Operation elected = reign.elected;
            long begun = reign.answeredBy();
            // One that ended before its listener could be told of it is told of neither.
            if (reign.shownNanos() > 0
                    && of.ran(begun, reign.lastsTo()) > eventsWithinNanos
                    && (elected == null || of.ran(begun, elected.invokedNanos()) > eventsWithinNanos)) {
                found(
                        Rule.EVENTS_COME_IN_TIME,
                        reign.describe()
                                + (elected == null
                                        ? ", but no listener was told that it leads."
                                        : ", but its listener was told at " + Reign.at(elected.invokedNanos()) + "."));
            }
            long ended = endedBy(of, reign);
            Operation down = reign.steppedDown;
            if (elected != null && ended != Operation.UNANSWERED) {
                // Its listener may have been told of the beginning late as well.
                long from = Math.max(ended, elected.invokedNanos());
                long until = down == null ? of.lastSeen : down.invokedNanos();
                if (until > from && of.ran(from, until) > eventsWithinNanos) {
                    found(
                            Rule.EVENTS_COME_IN_TIME,
                            reign.describe() + " had ended by " + Reign.at(ended)
                                    + (down == null
                                            ? ", but its listener was not told."
                                            : ", but its listener was told at " + Reign.at(down.invokedNanos()) + "."));
                }
            }
        }
    }

    /** A time by which a leadership had certainly ended. */
    private static long endedBy(Witnessed.OfLife of, Reign reign) {
        long ended = Operation.UNANSWERED;
        for (Operation.Answer denial : of.denials) {
            if (denial.invokedNanos() > reign.begunBy()) {
                ended = Math.min(ended, denial.answeredNanos());
            }
        }
        for (Reign later : of.reigns.values()) {
            if (later.token > reign.token) {
                ended = Math.min(ended, later.begunBy());
            }
        }
        return ended;
    }

    // -- all lives -----------------------------------------------------------------------------------------------

    private void leadersOfTerms() {
        Map<Long, String> leaders = new HashMap<>();
        Map<Long, Operation.Elected> elected = new HashMap<>();
        for (Witnessed.OfLife of : seen.lives.values()) {
            for (Operation event : of.events) {
                if (event instanceof Operation.Elected won) {
                    if (elected.put(won.name(), won) != null) {
                        found(
                                Rule.ONE_LEADER_A_TERM,
                                of.life + " was told that it leads in term " + won.name()
                                        + ", of which that had been told before.");
                    }
                    leads(leaders, won.name(), of.life.member());
                }
            }
        }
        for (Operation.LeaderChanged changed : seen.changes) {
            if (changed.leader() != null) {
                leads(leaders, changed.name(), changed.leader());
            }
        }
    }

    private void leads(Map<Long, String> leaders, long term, String leader) {
        String known = leaders.putIfAbsent(term, leader);
        if (known != null && !known.equals(leader)) {
            found(Rule.ONE_LEADER_A_TERM, "Term " + term + " had two leaders, " + known + " and " + leader + ".");
        }
    }

    private void confirmations() {
        List<Reign> reigns = seen.reigns();
        for (Witnessed.OfLife of : seen.lives.values()) {
            for (Operation.Confirmation confirmation : of.confirmations) {
                if (!confirmation.confirmed() || confirmation.token() == Operation.NO_TOKEN) {
                    continue;
                }
                Reign later = laterThan(confirmation, reigns);
                if (later != null) {
                    found(
                            Rule.CONFIRMED_WAS_LATEST,
                            of.life + " asked at " + Reign.at(confirmation.invokedNanos())
                                    + " and was confirmed under token " + confirmation.token() + ", after "
                                    + later.describe() + ".");
                }
            }
        }
    }

    private static @Nullable Reign laterThan(Operation.Confirmation confirmation, List<Reign> reigns) {
        for (Reign reign : reigns) {
            if (reign.token > confirmation.token() && reign.begunBy() < confirmation.invokedNanos()) {
                return reign;
            }
        }
        return null;
    }

    private void guarded(String resource, List<Operation> operations) {
        List<Call<Operation>> calls = operations.stream()
                .map(operation -> new Call<>(operation.invokedNanos(), operation.answeredNanos(), operation))
                .toList();
        Linearizability.Result<Operation> result = Linearizability.check(new GuardedRegister(), calls);
        if (result.verdict() != Verdict.LINEARIZABLE) {
            String fell = tokenThatFell(operations);
            found(
                    Rule.WRITES_ARE_FENCED,
                    "resource " + resource + ": "
                            + (fell != null
                                    ? fell
                                    : result.verdict() == Verdict.UNDECIDED
                                            ? "not judged, because too many writes have an unknown outcome; after "
                                                    + result.configurations() + " possibilities the search gave up at "
                                                    + result.blocked() + "."
                                            : "nothing explains "
                                                    + (result.blocked() == null
                                                            ? "it"
                                                            : result.blocked().operation())
                                                    + " after " + result.state() + "."));
        }
    }

    /** The most common cause, said shortly. */
    private static @Nullable String tokenThatFell(List<Operation> operations) {
        Operation.GuardedWrite greatest = null;
        List<Operation.GuardedWrite> accepted = operations.stream()
                .filter(operation -> operation instanceof Operation.GuardedWrite write
                        && write.outcome() == Operation.Outcome.ACCEPTED)
                .map(Operation.GuardedWrite.class::cast)
                .sorted(Comparator.comparingLong(Operation.GuardedWrite::answeredNanos))
                .toList();
        for (Operation.GuardedWrite write : accepted) {
            if (greatest != null
                    && write.token() < greatest.token()
                    && write.invokedNanos() > greatest.answeredNanos()) {
                return write.life() + " wrote under token " + write.token() + " from " + Reign.at(write.invokedNanos())
                        + " to " + Reign.at(write.answeredNanos()) + ", after " + greatest.life()
                        + " had written under token " + greatest.token() + " by "
                        + Reign.at(greatest.answeredNanos()) + ".";
            }
            if (greatest == null || write.token() > greatest.token()) {
                greatest = write;
            }
        }
        return null;
    }
}
