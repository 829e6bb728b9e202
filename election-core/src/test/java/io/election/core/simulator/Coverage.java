package io.election.core.simulator;

import io.election.HandoverResult;
import io.election.Role;
import io.election.StepDownReason;
import io.election.core.DurableRecord;
import io.election.core.Effect;
import io.election.core.ElectionOutcome;
import io.election.core.Input;
import io.election.core.MemberChange;
import io.election.core.Observation;
import io.election.core.Payload;
import io.election.core.ProposalOutcome;
import io.election.core.RefusalReason;
import io.election.core.Request;
import io.election.core.Response;
import io.election.core.simulator.Cause.Transition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * What runs came to: each kind of everything that there is, and how often it was reached. The kinds are read off the enums
 * and the sealed types, so that a new one which no run reaches is noticed.
 */
final class Coverage {

    /** How a process began, or why it did not. */
    enum Start {
        ON_A_NEW_DIRECTORY,
        ON_AN_OLD_DIRECTORY,
        AFTER_A_TORN_WRITE,
        REFUSED_DAMAGED_JOURNAL
    }

    /** What else must have happened. */
    enum Event {
        MESSAGE_OF_AN_EARLIER_LIFE_ARRIVED,
        REQUEST_OF_A_LOST_MEMORY_ARRIVED,
        REQUEST_TO_A_LOST_MEMORY_ARRIVED,
        RESPONSE_OF_A_LOST_MEMORY_ARRIVED,
        RESPONSE_TO_A_LOST_MEMORY_ARRIVED,
        MESSAGE_OF_AN_EARLIER_FOUNDING_ARRIVED,
        FOUNDED_ANEW,
        CATCHING_UP_MEMBER_WAS_THE_SWING_VOTE,
        WITNESS_WAS_THE_SWING_VOTE,
        PROPOSAL_TAKEN,
        PROPOSAL_REFUSED,
        APPLICATION_RECORDS_COMMITTED,
        APPLICATION_RECORDS_CUT,
        BACKLOG_WORKED_OFF,
        MESSAGE_LOST_IN_A_FULL_QUEUE,
        CALL_FORGOTTEN,
        HELD_MESSAGE_DROPPED,
        CLOSE_RAN_OUT_OF_TIME,
        JOURNAL_WRITTEN_ANEW,
        OBSERVER_LIED,
        WITNESS_LIED,
        DATA_MEMBER_LIED,
        MINORITY_RETURNED,
        RAISED_TERM_RETURNED,
        WRITE_APPLIED,
        WRITE_MISMATCHED,
        WRITE_STALE,
        WRITE_ASKED_AGAIN,
        READ_DONE,
        STATE_DIFFERED,
        IMAGE_RESTORED,
        IMAGE_FETCHED,
        IMAGE_CONTINUED,
        PIECE_OF_AN_IMAGE_LOST,
        MEMBER_PROMOTED,
        MEMBER_DEMOTED,
        MEMBER_REMOVED,
        LEADERSHIP_PAUSED,
        LEADERSHIP_RESUMED,
        STOOD_TO_RESUME
    }

    private static final String FOUNDINGS = "FoundingSimulatorTests runs it";

    private static final String PAUSES = "PauseSimulatorTests runs it";

    private static final Map<String, String> NEVER_HERE = Map.ofEntries(
            Map.entry(
                    "StepDownReason.INTERNAL_ERROR",
                    "the node's word for an exception in the core, which ends a run here"),
            Map.entry("RefusalReason.LOG_FULL", "no sound leader leaves so much uncommitted; hostile members try"),
            Map.entry("RefusalReason.CLOCKS_DIFFER", "no clock of a run is so far off before a founding"),
            Map.entry("Observation.ClocksDiffer", "as RefusalReason.CLOCKS_DIFFER"),
            Map.entry("RefusalReason.SUPERSEDED", FOUNDINGS),
            Map.entry("RefusalReason.NOT_AGREED", FOUNDINGS),
            Map.entry("StepDownReason.SUPERSEDED", FOUNDINGS),
            Map.entry("Observation.Superseded", FOUNDINGS),
            Map.entry("Observation.FoundingWaits", FOUNDINGS),
            Map.entry("Effect.StartAnew", FOUNDINGS),
            Map.entry("Observation.ReplicasDiffer", "all data members of a run have a state machine, or none has"),
            Map.entry("Request.FetchImage", "a run carries images itself (VirtualImages), as nodes do beside the core"),
            Map.entry("Response.FetchImage", "as Request.FetchImage"),
            Map.entry("ProposalOutcome.Reason.TOO_LARGE", "no client of a run writes so much"),
            Map.entry(
                    "ProposalOutcome.Reason.FULL",
                    "what is proposed in a run is checked for nothing but the limits of the log"),
            Map.entry("ProposalOutcome.Reason.NO_MACHINE", "whoever leads in a run with a state machine has one"),
            Map.entry("Event.LEADERSHIP_PAUSED", PAUSES),
            Map.entry("Event.LEADERSHIP_RESUMED", PAUSES),
            Map.entry("Event.STOOD_TO_RESUME", PAUSES),
            Map.entry("HandoverResult.Outcome.PAUSED", PAUSES),
            Map.entry("Observation.PauseChanged", PAUSES),
            Map.entry("Input.TokenKnown", FOUNDINGS),
            Map.entry("Input.FenceAsked", FOUNDINGS),
            Map.entry("Input.Discovered", FOUNDINGS));

    /** What no sound member causes, and a member that lies only now and then. */
    private static final Map<String, String> BY_A_LIAR = Map.of(
            "StepDownReason.TWO_LEADERS",
                    "two leaders of one term are what must never happen; a data member may lie that it leads",
            "RefusalReason.TWO_LEADERS", "as StepDownReason.TWO_LEADERS",
            "Observation.TwoLeaders", "as StepDownReason.TWO_LEADERS",
            "Observation.TermLeapt", "no sound member raises a term by so much");

    private static final List<Class<? extends Enum<?>>> ENUMS = List.of(
            Fault.class,
            Fault.Deed.class,
            Moment.class,
            Start.class,
            Event.class,
            StepDownReason.class,
            RefusalReason.class,
            ElectionOutcome.class,
            HandoverResult.Outcome.class,
            MemberChange.Outcome.class,
            ProposalOutcome.Kind.class,
            ProposalOutcome.Reason.class);

    private static final List<Class<?>> SEALED = List.of(
            Input.class,
            Effect.class,
            Observation.class,
            Request.class,
            Response.class,
            DurableRecord.class,
            Payload.class);

    /** A count that is found once and then only raised. */
    private static final class Count {
        long value;
    }

    long seeds;
    long steps;
    /** What users saw, all runs together. */
    long seen;

    long messages;
    long lost;
    /** Runs that ended where nobody is ahead in both logs. */
    long waitForAnOperator;

    /** What clients of stores did, and for how many values no order was found in time. */
    long storeOperations;

    long undecidedValues;

    /** Of members that have no disk. */
    long restartsThatForgot;

    long duplicated;
    long gained;
    long virtualNanos;

    /** From the end of the faults, in the longest election timeouts of each run: to a leader, to all agreeing. */
    private final long[][] waits = new long[2][200];

    private final double[] longestWaits = new double[2];
    private final Map<Class<?>, long[]> constants = new HashMap<>();
    private final Map<Class<?>, Count> kinds = new HashMap<>();
    private final long[][][] transitions = new long[Role.values().length][Role.values().length][Cause.values().length];

    Coverage() {
        for (Class<? extends Enum<?>> type : ENUMS) {
            constants.put(type, new long[type.getEnumConstants().length]);
        }
    }

    void reached(Enum<?> constant) {
        constants.get(constant.getDeclaringClass())[constant.ordinal()]++;
    }

    /** Something of one of the sealed types was seen. */
    void saw(Object kind) {
        Count count = kinds.get(kind.getClass());
        if (count == null) {
            count = new Count();
            kinds.put(kind.getClass(), count);
        }
        count.value++;
    }

    void changed(Observation.RoleChanged changed) {
        transitions[changed.from().ordinal()][changed.to().ordinal()][
                Cause.of(changed).ordinal()]++;
    }

    long count(Enum<?> constant) {
        return constants.get(constant.getDeclaringClass())[constant.ordinal()];
    }

    /** Adds what other runs came to. */
    void add(Coverage other) {
        seeds += other.seeds;
        steps += other.steps;
        seen += other.seen;
        messages += other.messages;
        lost += other.lost;
        waitForAnOperator += other.waitForAnOperator;
        restartsThatForgot += other.restartsThatForgot;
        storeOperations += other.storeOperations;
        undecidedValues += other.undecidedValues;
        duplicated += other.duplicated;
        gained += other.gained;
        virtualNanos += other.virtualNanos;
        for (int what = 0; what < waits.length; what++) {
            add(waits[what], other.waits[what]);
            longestWaits[what] = Math.max(longestWaits[what], other.longestWaits[what]);
        }
        constants.forEach((type, counts) -> add(counts, other.constants.get(type)));
        other.kinds.forEach((kind, count) -> kinds.computeIfAbsent(kind, k -> new Count()).value += count.value);
        for (int from = 0; from < transitions.length; from++) {
            for (int to = 0; to < transitions.length; to++) {
                add(transitions[from][to], other.transitions[from][to]);
            }
        }
    }

    private static void add(long[] counts, long[] more) {
        for (int i = 0; i < counts.length; i++) {
            counts[i] += more[i];
        }
    }

    void ledAfter(double timeouts) {
        waited(0, timeouts);
    }

    void agreedAfter(double timeouts) {
        waited(1, timeouts);
    }

    private void waited(int what, double timeouts) {
        waits[what][(int) Math.min(timeouts * 4, waits[what].length - 1)]++;
        longestWaits[what] = Math.max(longestWaits[what], timeouts);
    }

    // -- what there is -------------------------------------------------------------------------------------------

    /** By group, each kind with its count, in the order in which it is declared. */
    private Map<String, Map<String, Long>> counts() {
        Map<String, Map<String, Long>> groups = new LinkedHashMap<>();
        for (Class<? extends Enum<?>> type : ENUMS) {
            Map<String, Long> group = new LinkedHashMap<>();
            for (Enum<?> constant : type.getEnumConstants()) {
                group.put(constant.name(), count(constant));
            }
            groups.put(nameOf(type), group);
        }
        for (Class<?> type : SEALED) {
            Map<String, Long> group = new LinkedHashMap<>();
            for (Class<?> kind : leaves(type)) {
                Count count = kinds.get(kind);
                group.put(kind.getSimpleName(), count == null ? 0 : count.value);
            }
            groups.put(nameOf(type), group);
        }
        Map<String, Long> moves = new LinkedHashMap<>();
        Cause.expected().forEach(move -> moves.put(move.toString(), count(move)));
        groups.put("Transition", moves);
        return groups;
    }

    private long count(Transition move) {
        return transitions[move.from().ordinal()][move.to().ordinal()][
                move.cause().ordinal()];
    }

    private static String nameOf(Class<?> type) {
        Class<?> outer = type.getEnclosingClass();
        return outer == null || outer == Coverage.class
                ? type.getSimpleName()
                : outer.getSimpleName() + "." + type.getSimpleName();
    }

    private static List<Class<?>> leaves(Class<?> type) {
        if (!type.isSealed()) {
            return List.of(type);
        }
        List<Class<?>> leaves = new ArrayList<>();
        for (Class<?> permitted : type.getPermittedSubclasses()) {
            leaves.addAll(leaves(permitted));
        }
        return leaves;
    }

    /** Every kind that no run reached, but for those that cannot be. */
    List<String> unreached() {
        List<String> missing = new ArrayList<>();
        counts().forEach((group, kindsOfIt) -> kindsOfIt.forEach((kind, count) -> {
            String name = group + "." + kind;
            if (count == 0 && !NEVER_HERE.containsKey(name) && !BY_A_LIAR.containsKey(name)) {
                missing.add(name);
            }
        }));
        return missing;
    }

    /** Every kind that was reached although it is said that it cannot be. */
    List<String> reachedAgainstExpectation() {
        List<String> reached = new ArrayList<>();
        counts().forEach((group, kindsOfIt) -> kindsOfIt.forEach((kind, count) -> {
            if (count > 0 && NEVER_HERE.containsKey(group + "." + kind)) {
                reached.add(group + "." + kind);
            }
        }));
        return reached;
    }

    // -- for people ----------------------------------------------------------------------------------------------

    String speed(double seconds, double cpuSeconds) {
        return String.format(
                Locale.ROOT,
                "%d seeds, %d events in %.1f s (%.0f events and %.0f seeds a second; %.0f events a second of CPU time)",
                seeds,
                steps,
                seconds,
                steps / seconds,
                seeds / seconds,
                steps / cpuSeconds);
    }

    String table() {
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "%.0f s of virtual time, %d messages (%d lost, %d doubled), %d leaderships, %d operations of users%n",
                virtualNanos / 1e9,
                messages,
                lost,
                duplicated,
                gained,
                seen));
        text.append(String.format(
                Locale.ROOT,
                "%d runs ended where nobody is ahead in both logs, and an operator decides%n",
                waitForAnOperator));
        text.append(String.format(
                Locale.ROOT,
                "%d operations of clients of stores; of %d values it was not decided whether there is an order%n",
                storeOperations,
                undecidedValues));
        wait(text, "a leader after the faults", 0);
        wait(text, "all agree after the faults", 1);
        counts().forEach((group, kindsOfIt) -> kindsOfIt.forEach((kind, count) -> {
            String why = NEVER_HERE.get(group + "." + kind);
            text.append(String.format(
                    Locale.ROOT,
                    "%-24s %-44s %12d%s%n",
                    group,
                    kind,
                    count,
                    why == null ? "" : "  never here: " + why));
        }));
        others().forEach((move, count) ->
                text.append(String.format(Locale.ROOT, "%-24s %-44s %12d%n", "Transition (rare)", move, count)));
        return text.toString();
    }

    /** Changes of role that the table of what must be reached does not have. */
    private Map<String, Long> others() {
        Map<String, Long> others = new TreeMap<>();
        List<Transition> expected = Cause.expected();
        for (Role from : Role.values()) {
            for (Role to : Role.values()) {
                for (Cause cause : Cause.values()) {
                    Transition move = new Transition(from, to, cause);
                    if (count(move) > 0 && !expected.contains(move)) {
                        others.put(move.toString(), count(move));
                    }
                }
            }
        }
        return others;
    }

    private void wait(StringBuilder text, String what, int index) {
        long all = 0;
        for (long count : waits[index]) {
            all += count;
        }
        text.append(String.format(
                Locale.ROOT,
                "%s: half of the runs within %.2f T, 99 %% within %.2f T, 99.9 %% within %.2f T, all within %.2f T%n",
                what,
                quantile(index, all, 0.5),
                quantile(index, all, 0.99),
                quantile(index, all, 0.999),
                longestWaits[index]));
    }

    private double quantile(int index, long all, double share) {
        long seen = 0;
        for (int i = 0; i < waits[index].length; i++) {
            seen += waits[index][i];
            if (seen >= share * all) {
                return (i + 1) / 4.0;
            }
        }
        return Double.POSITIVE_INFINITY;
    }
}
