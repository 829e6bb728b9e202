package io.election.core;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a leader changes by itself about who votes. Consul's and OpenBao's Autopilot are the model.
 *
 * @param voters how many members are to vote; learners beyond that are spares
 * @param stabilisation for how long a learner must have kept up before it is promoted, or {@code null} if nobody is promoted
 *     by itself
 * @param cleanupAfter for how long a voter must have been silent before it is removed, or {@code null} if nobody is removed by
 *     itself
 * @param minimumVoters no removal leaves fewer voters than this, the learners counted that are ready to be promoted
 * @param mostLag how many committed entries a voter may lack. One that lacks more for the stabilisation time loses its vote until it
 *     has caught up. {@code null} if nobody loses its vote for that
 */
public record AutopilotSettings(
        int voters,
        @Nullable Duration stabilisation,
        @Nullable Duration cleanupAfter,
        int minimumVoters,
        @Nullable Long mostLag) {

    /** A learner that lacks more entries than this has not caught up, and is not promoted. */
    public static final int MOST_BEHIND = 64;

    /** Only operators change who votes. */
    public static final AutopilotSettings OFF = new AutopilotSettings(1, null, null, 1, null);

    /** Refuses what makes no sense. */
    public AutopilotSettings {
        if (voters < 1 || voters > Message.MOST_MEMBERS) {
            throw new IllegalArgumentException("voters must be 1 to " + Message.MOST_MEMBERS + ", but is " + voters);
        }
        if (minimumVoters < 1 || minimumVoters > voters) {
            throw new IllegalArgumentException(
                    "minimumVoters must be 1 to voters, which is " + voters + ", but is " + minimumVoters);
        }
        if (stabilisation != null && stabilisation.isNegative()) {
            throw new IllegalArgumentException("stabilisation must not be negative, but is " + stabilisation);
        }
        if (cleanupAfter != null && (cleanupAfter.isNegative() || cleanupAfter.isZero())) {
            throw new IllegalArgumentException("cleanupAfter must be positive, but is " + cleanupAfter);
        }
        if (mostLag != null && mostLag <= AutopilotSettings.MOST_BEHIND) {
            // Or a member would get its vote back while it still lags.
            throw new IllegalArgumentException(
                    "mostLag must be more than " + AutopilotSettings.MOST_BEHIND + " entries, but is " + mostLag);
        }
        if (mostLag != null && stabilisation == null) {
            throw new IllegalArgumentException("mostLag must be absent where nobody is promoted by itself, but is "
                    + mostLag + ": whoever loses its vote would not get it back");
        }
    }
}
