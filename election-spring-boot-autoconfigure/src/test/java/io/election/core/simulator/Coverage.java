package io.election.core.simulator;

import io.election.Role;
import io.election.StepDownReason;
import io.election.core.ElectionOutcome;
import io.election.core.RefusalReason;
import java.util.Map;
import java.util.TreeMap;

/** What runs came to, so that a bulk run can show that it reached what it is for. */
final class Coverage {

    long seeds;
    long steps;
    long messages;
    long lost;
    long duplicated;
    long gained;
    long virtualNanos;
    /** The longest time from the end of the faults to an agreed leader, as a multiple of T. */
    double slowestAgreement;

    double sumOfAgreements;
    long agreements;
    final long[] refusals = new long[RefusalReason.values().length];
    final long[] ends = new long[StepDownReason.values().length];
    final long[] outcomes = new long[ElectionOutcome.values().length];
    final long[][] transitions = new long[Role.values().length][Role.values().length];
    private final Map<String, Long> faults = new TreeMap<>();
    private final Map<String, Long> events = new TreeMap<>();

    void fault(String kind) {
        faults.merge(kind, 1L, Long::sum);
    }

    void event(String kind) {
        events.merge(kind, 1L, Long::sum);
    }

    long faults(String kind) {
        return faults.getOrDefault(kind, 0L);
    }

    long events(String kind) {
        return events.getOrDefault(kind, 0L);
    }

    long refusals(RefusalReason reason) {
        return refusals[reason.ordinal()];
    }

    long ends(StepDownReason reason) {
        return ends[reason.ordinal()];
    }

    long outcomes(ElectionOutcome outcome) {
        return outcomes[outcome.ordinal()];
    }

    long transitions(Role from, Role to) {
        return transitions[from.ordinal()][to.ordinal()];
    }

    void agreed(double electionTimeouts) {
        slowestAgreement = Math.max(slowestAgreement, electionTimeouts);
        sumOfAgreements += electionTimeouts;
        agreements++;
    }

    String summary(double seconds) {
        StringBuilder text = new StringBuilder();
        text.append(String.format(
                "%d seeds, %d events in %.1f s (%.0f events/s, %.0f seeds/s), %.0f s of virtual time,"
                        + " %d messages (%d lost, %d doubled), %d leaderships%n",
                seeds,
                steps,
                seconds,
                steps / seconds,
                seeds / seconds,
                virtualNanos / 1e9,
                messages,
                lost,
                duplicated,
                gained));
        text.append(String.format(
                "agreement after the faults: mean %.1f T, slowest %.1f T%n",
                agreements == 0 ? 0 : sumOfAgreements / agreements, slowestAgreement));
        text.append("faults ").append(faults).append('\n');
        text.append("events ").append(events).append('\n');
        text.append("refusals ").append(named(RefusalReason.values(), refusals)).append('\n');
        text.append("step-downs ").append(named(StepDownReason.values(), ends)).append('\n');
        text.append("rounds ").append(named(ElectionOutcome.values(), outcomes)).append('\n');
        Map<String, Long> moves = new TreeMap<>();
        for (Role from : Role.values()) {
            for (Role to : Role.values()) {
                if (transitions(from, to) > 0) {
                    moves.put(from + ">" + to, transitions(from, to));
                }
            }
        }
        return text.append("transitions ").append(moves).toString();
    }

    private static Map<String, Long> named(Enum<?>[] names, long[] counts) {
        Map<String, Long> named = new TreeMap<>();
        for (Enum<?> name : names) {
            named.put(name.name(), counts[name.ordinal()]);
        }
        return named;
    }
}
