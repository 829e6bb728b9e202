package io.election.autoconfigure;

import io.election.InvalidElectionConfigurationException;
import io.election.core.AutopilotSettings;
import io.election.core.Message;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.convert.DurationStyle;

/** Checks what the leader may change about the members by itself. */
final class AutopilotReader {

    private static final int LEAST_TIMEOUTS = 10;
    private static final int USUAL_MINIMUM = 3;

    private final ElectionProperties properties;

    AutopilotReader(ElectionProperties properties) {
        this.properties = properties;
    }

    /**
     * Checks the settings, and puts them together.
     *
     * @param usual how many vote unless it is said: those listed with a vote, or those expected at the founding
     * @param found whether members find each other, so that those that are gone do not come back under their ids
     * @param electionTimeout the election timeout, which was checked
     * @param warnings receives what does not stop the start but should be known
     * @throws InvalidElectionConfigurationException if one is wrong, or they contradict each other
     */
    AutopilotSettings read(int usual, boolean found, Duration electionTimeout, List<String> warnings) {
        int voters = voters(usual, found, warnings);
        ElectionProperties.Promotion promotion = properties.promotion();
        if (promotion.stabilisation().isNegative()) {
            throw invalid(
                    "election.promotion.stabilisation",
                    text(promotion.stabilisation()),
                    "it is negative",
                    "Write a duration with its unit, like election.promotion.stabilisation=10s.");
        }
        ElectionProperties.Cleanup cleanup = properties.cleanup();
        boolean cleansUp = cleanup.enabled() == null ? found : cleanup.enabled();
        Duration shortest = electionTimeout.multipliedBy(LEAST_TIMEOUTS);
        if (cleansUp && cleanup.after().compareTo(shortest) < 0) {
            throw invalid(
                    "election.cleanup.after",
                    text(cleanup.after()),
                    "a member that restarts, or whose network fails for a moment, would be removed: it is less than ten times"
                            + " election.election-timeout, " + text(electionTimeout),
                    "Set election.cleanup.after to " + text(shortest) + " at least, like the usual 10m.");
        }
        return new AutopilotSettings(
                voters,
                promotion.enabled() ? promotion.stabilisation() : null,
                cleansUp ? cleanup.after() : null,
                minimum(voters),
                mostLag(promotion.enabled()));
    }

    private int voters(int count, boolean found, List<String> warnings) {
        Integer set = properties.voters();
        if (set == null) {
            return count;
        }
        if (set < 1 || set > Message.MOST_MEMBERS) {
            throw invalid(
                    "election.voters",
                    set,
                    "the number of members that vote must be 1 to " + Message.MOST_MEMBERS,
                    "Set it to an odd number such as 3 or 5, or remove it: then as many vote as "
                            + (found ? "election.discovery.expected says, " : "election.members lists with a vote, ")
                            + count + ".");
        }
        if (set % 2 == 0) {
            warnings.add("election.voters is " + set + ": " + set + " voters tolerate no more failures than "
                    + (set - 1) + " do. Use an odd number.");
        }
        return set;
    }

    private int minimum(int voters) {
        Integer set = properties.cleanup().minQuorum();
        if (set == null) {
            return Math.min(USUAL_MINIMUM, voters);
        }
        if (set < 1 || set > voters) {
            throw invalid(
                    "election.cleanup.min-quorum",
                    set,
                    "the number of voters that a removal must leave has to be 1 to " + voters
                            + ", which is how many are to vote (election.voters)",
                    "Set it to " + Math.min(USUAL_MINIMUM, voters) + ", or remove it.");
        }
        return set;
    }

    private @Nullable Long mostLag(boolean promotes) {
        Long set = properties.maxLag();
        if (set == null) {
            return null;
        }
        if (set <= AutopilotSettings.MOST_BEHIND) {
            throw invalid(
                    "election.max-lag",
                    set,
                    "a learner counts as caught up when it lacks up to " + AutopilotSettings.MOST_BEHIND
                            + " entries, so a voter that lacks no more does not lag",
                    "Set it to a number of entries above " + AutopilotSettings.MOST_BEHIND
                            + ", such as 1000, or remove it.");
        }
        if (!promotes) {
            throw invalid(
                    "election.max-lag",
                    set,
                    "election.promotion.enabled is false, so a voter that loses its vote because it lags would not get it back",
                    "Remove election.max-lag, or set election.promotion.enabled=true.");
        }
        return set;
    }

    private static String text(Duration duration) {
        return duration.toNanos() % 1_000_000 == 0
                ? DurationStyle.SIMPLE.print(duration, java.time.temporal.ChronoUnit.MILLIS)
                : duration.toString();
    }

    private static InvalidElectionConfigurationException invalid(
            String property, @Nullable Object value, String reason, String action) {
        return new InvalidElectionConfigurationException(property, value, reason, action);
    }
}
