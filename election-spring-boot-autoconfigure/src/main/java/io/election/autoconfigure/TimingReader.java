package io.election.autoconfigure;

import io.election.InvalidElectionConfigurationException;
import io.election.core.AutopilotSettings;
import io.election.core.ElectionSettings;
import io.election.core.Member;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.core.env.Environment;

/** Checks the durations and the clock drift, which depend on each other, and puts the settings of the election together. */
final class TimingReader {

    private static final Duration LONGEST = Duration.ofHours(1);
    private static final Duration SHORTEST_STEP = Duration.ofMillis(10);
    private static final int COMPACTION_THRESHOLD = 64;

    private final ElectionProperties properties;
    private final Environment environment;
    private final boolean suppliesPosition;

    /**
     * Creates a reader.
     *
     * @param suppliesPosition whether the application has a log of its own
     */
    TimingReader(ElectionProperties properties, Environment environment, boolean suppliesPosition) {
        this.properties = properties;
        this.environment = environment;
        this.suppliesPosition = suppliesPosition;
    }

    /**
     * Checks the times, and puts the settings of the election together.
     *
     * @param warnings receives what does not stop the start but should be known
     * @throws InvalidElectionConfigurationException if a time is wrong, or the times contradict each other
     */
    ElectionSettings read(String cluster, String nodeId, List<Member> members, List<String> warnings) {
        return read(cluster, nodeId, members, AutopilotSettings.OFF, warnings);
    }

    /** The election timeout, by which other times are judged. */
    Duration electionTimeout() {
        return bounded("election.election-timeout", properties.electionTimeout(), "1s");
    }

    /**
     * Checks the times, and puts the settings of the election together.
     *
     * @param autopilot what a leader may change about the members by itself
     * @param warnings receives what does not stop the start but should be known
     * @throws InvalidElectionConfigurationException if a time is wrong, or the times contradict each other
     */
    ElectionSettings read(
            String cluster, String nodeId, List<Member> members, AutopilotSettings autopilot, List<String> warnings) {
        Duration timeout = electionTimeout();
        Duration heartbeat = bounded("election.heartbeat-interval", properties.heartbeatInterval(), "200ms");
        Duration lease = bounded("election.lease-duration", properties.leaseDuration(), "750ms");
        Duration handover =
                bounded("election.handover.timeout", properties.handover().timeout(), "5s");
        double drift = drift();
        double longestLease = timeout.toNanos() * (1 - drift) / (1 + drift);
        // safety rule 8: the lease must have ended everywhere before any promise ends anywhere.
        if (lease.toNanos() * (1 + drift) >= timeout.toNanos() * (1 - drift)) {
            throw invalid(
                    "election.lease-duration",
                    text(lease),
                    "with election.clock-drift " + properties.clockDrift() + " it may last as long as"
                            + " election.election-timeout, " + text(timeout) + ", and two members could lead at once:"
                            + " lease-duration x (1 + clock-drift) must be below election-timeout x (1 - clock-drift)",
                    "Set election.lease-duration to "
                            + text(Duration.ofMillis((long) (longestLease / 1_000_000 * 0.85)))
                            + " or so, or raise election.election-timeout.");
        }
        if (heartbeat.multipliedBy(2).compareTo(lease) > 0) {
            throw invalid(
                    "election.heartbeat-interval",
                    text(heartbeat),
                    "it is more than half of election.lease-duration, " + text(lease)
                            + ", so that one lost heartbeat would end a leadership",
                    "Set election.heartbeat-interval to " + text(lease.dividedBy(2))
                            + " at most, or better to a fifth of"
                            + " election.election-timeout, " + text(timeout.dividedBy(5)) + "; or raise"
                            + " election.lease-duration and election.election-timeout.");
        }
        warnOfFights(timeout, heartbeat, handover, warnings);
        Duration step = heartbeat.dividedBy(20);
        return new ElectionSettings(
                cluster,
                nodeId,
                members,
                timeout,
                heartbeat,
                lease,
                drift,
                step.compareTo(SHORTEST_STEP) < 0 ? SHORTEST_STEP : step,
                handover,
                suppliesPosition,
                COMPACTION_THRESHOLD,
                autopilot);
    }

    /** Settings that are right in themselves, and undo each other. */
    private void warnOfFights(Duration timeout, Duration heartbeat, Duration handover, List<String> warnings) {
        Duration phase = environment.getProperty(
                "spring.lifecycle.timeout-per-shutdown-phase", Duration.class, Duration.ofSeconds(30));
        if (handover.compareTo(phase) >= 0) {
            warnings.add("election.handover.timeout is " + text(handover)
                    + ", but spring.lifecycle.timeout-per-shutdown-phase is " + text(phase)
                    + ": a closing application does not wait for a handover that takes that long.");
        }
        Duration grace = properties.health().leaderlessGrace();
        if (grace.compareTo(timeout.multipliedBy(2)) < 0) {
            warnings.add("election.health.leaderless-grace is " + text(grace) + ", but election.election-timeout is "
                    + text(timeout) + ": a leader that crashes is hardly replaced sooner, so the health changes with"
                    + " each one. Set it to at least twice that.");
        }
        Duration idle = environment.getProperty("server.jetty.connection-idle-timeout", Duration.class);
        if (idle != null && properties.peer().port() == null && idle.compareTo(heartbeat) <= 0) {
            warnings.add("server.jetty.connection-idle-timeout is " + text(idle)
                    + ", but election.heartbeat-interval is " + text(heartbeat)
                    + ": the connections between members end between two heartbeats, so that each needs a new one.");
        }
    }

    private static Duration bounded(String property, Duration value, String example) {
        if (value.isNegative() || value.isZero() || value.compareTo(LONGEST) > 0) {
            throw invalid(
                    property,
                    text(value),
                    "it must be longer than 0 and at most an hour",
                    "Write a duration with its unit, like " + property + "=" + example + ".");
        }
        return value;
    }

    private double drift() {
        String text = properties.clockDrift().trim();
        boolean percent = text.endsWith("%");
        double drift;
        try {
            drift = Double.parseDouble(percent ? text.substring(0, text.length() - 1) : text);
        } catch (NumberFormatException ex) {
            drift = Double.NaN;
        }
        drift = percent ? drift / 100 : drift;
        // Written so that NaN is refused too.
        if (!(drift >= 0 && drift < 0.5)) {
            throw invalid(
                    "election.clock-drift",
                    text,
                    "it must be a number from 0 to below 0.5",
                    "Write it as a number or in percent, like 0.05 or 5%.");
        }
        return drift;
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
