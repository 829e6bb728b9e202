package io.election.core;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The configuration of one member. The rules hold even if members differ in the durations: every message of a leader
 * names the promise on which its own lease relies.
 *
 * @param cluster the cluster's name
 * @param nodeId this member's id, one of {@code members}
 * @param members all members as listed; only this member, if discovery finds the others
 * @param electionTimeout T: how long a voter promises to help no member other than its leader
 * @param heartbeatInterval the time between a leader's heartbeats
 * @param leaseDuration how long the lease lasts, from the time at which a heartbeat that a quorum acknowledges was sent
 * @param clockDrift the rate by which a clock may deviate from true time, such as 0.05
 * @param step the time between the candidacies of two neighbours in rank, used until it is measured
 * @param handoverTimeout how long a whole transfer may take
 * @param suppliesPosition whether the application has a log of its own whose position counts (rule 3)
 * @param compactionThreshold how many committed entries are kept before they are compacted
 * @param autopilot what this member, when it leads, changes by itself about who votes
 * @param founding how this member takes part in a founding
 * @param replication how the log feeds a state machine, or {@code null} if it feeds none
 */
public record ElectionSettings(
        String cluster,
        String nodeId,
        List<Member> members,
        Duration electionTimeout,
        Duration heartbeatInterval,
        Duration leaseDuration,
        double clockDrift,
        Duration step,
        Duration handoverTimeout,
        boolean suppliesPosition,
        int compactionThreshold,
        AutopilotSettings autopilot,
        FoundingSettings founding,
        @Nullable ReplicationSettings replication) {

    public ElectionSettings {
        members = List.copyOf(members);
        positive("electionTimeout", electionTimeout);
        positive("heartbeatInterval", heartbeatInterval);
        positive("leaseDuration", leaseDuration);
        positive("step", step);
        positive("handoverTimeout", handoverTimeout);
        if (electionTimeout.compareTo(Request.FromLeader.PROMISE_LIMIT) > 0) {
            throw new IllegalArgumentException("electionTimeout must be at most " + Request.FromLeader.PROMISE_LIMIT
                    + ", but is " + electionTimeout);
        }
        // Written so that it also refuses NaN.
        if (!(clockDrift >= 0 && clockDrift < 1)) {
            throw new IllegalArgumentException("clockDrift must be at least 0 and below 1, but is " + clockDrift);
        }
        // safety rule 8: the lease must have ended by every clock before a promise ends by any clock.
        if (leaseDuration.toNanos() * (1 + clockDrift) >= electionTimeout.toNanos() * (1 - clockDrift)) {
            throw new IllegalArgumentException("leaseDuration x (1 + clockDrift) must be below electionTimeout x"
                    + " (1 - clockDrift), but leaseDuration is " + leaseDuration + ", electionTimeout "
                    + electionTimeout + " and clockDrift " + clockDrift);
        }
        GatheringSettings gathering = founding.gathering();
        if (gathering != null && gathering.stableMargin().compareTo(electionTimeout) <= 0) {
            throw new IllegalArgumentException("stableMargin must be longer than electionTimeout, but is "
                    + gathering.stableMargin() + " where electionTimeout is " + electionTimeout);
        }
        if (compactionThreshold < 1) {
            throw new IllegalArgumentException("compactionThreshold must be positive, but is " + compactionThreshold);
        }
        if (members.size() > Message.MOST_MEMBERS) {
            throw new IllegalArgumentException(
                    "members must be at most " + Message.MOST_MEMBERS + ", but are " + members.size());
        }
        long voters = members.stream().filter(m -> m.kind().votes()).count();
        long data = members.stream().filter(m -> m.kind() == MemberKind.DATA).count();
        if (data == 0) {
            throw new IllegalArgumentException(
                    "members must name at least one data member, because only data members may lead");
        }
        // safety rule 10: an entry that only witnesses hold is lost.
        if (voters - data >= Quorum.of(Math.toIntExact(voters))) {
            throw new IllegalArgumentException("witnesses must not be a quorum alone, but " + (voters - data) + " of "
                    + voters + " voters are witnesses");
        }
        if (members.stream().filter(m -> m.id().equals(nodeId)).count() != 1) {
            throw new IllegalArgumentException("nodeId must be listed once in members, but '" + nodeId
                    + "' is not; listed are "
                    + members.stream().map(Member::id).toList());
        }
        if (members.stream().map(Member::id).distinct().count() != members.size()) {
            throw new IllegalArgumentException("members must have different ids, but listed are "
                    + members.stream().map(Member::id).toList());
        }
    }

    /**
     * The configuration of a member that changes nothing about who votes by itself.
     *
     * @param cluster the cluster's name
     * @param nodeId this member's id, one of {@code members}
     * @param members all members as listed
     * @param electionTimeout T
     * @param heartbeatInterval the time between a leader's heartbeats
     * @param leaseDuration how long the lease lasts
     * @param clockDrift the rate by which a clock may deviate from true time
     * @param step the time between the candidacies of two neighbours in rank
     * @param handoverTimeout how long a whole transfer may take
     * @param suppliesPosition whether the application has a log of its own whose position counts
     * @param compactionThreshold how many committed entries are kept before they are compacted
     */
    public ElectionSettings(
            String cluster,
            String nodeId,
            List<Member> members,
            Duration electionTimeout,
            Duration heartbeatInterval,
            Duration leaseDuration,
            double clockDrift,
            Duration step,
            Duration handoverTimeout,
            boolean suppliesPosition,
            int compactionThreshold) {
        this(
                cluster,
                nodeId,
                members,
                electionTimeout,
                heartbeatInterval,
                leaseDuration,
                clockDrift,
                step,
                handoverTimeout,
                suppliesPosition,
                compactionThreshold,
                AutopilotSettings.OFF);
    }

    /**
     * The same configuration with another way of founding.
     *
     * @param other how this member takes part in a founding
     * @return the configuration
     */
    public ElectionSettings withFounding(FoundingSettings other) {
        return new ElectionSettings(
                cluster,
                nodeId,
                members,
                electionTimeout,
                heartbeatInterval,
                leaseDuration,
                clockDrift,
                step,
                handoverTimeout,
                suppliesPosition,
                compactionThreshold,
                autopilot,
                other,
                replication);
    }

    /**
     * The same configuration of a member whose log feeds a state machine.
     *
     * @param other how it does
     * @return the configuration
     */
    public ElectionSettings withReplication(ReplicationSettings other) {
        return new ElectionSettings(
                cluster,
                nodeId,
                members,
                electionTimeout,
                heartbeatInterval,
                leaseDuration,
                clockDrift,
                step,
                handoverTimeout,
                suppliesPosition,
                compactionThreshold,
                autopilot,
                founding,
                other);
    }

    /**
     * The configuration of a listed member that keeps its memory on disk.
     *
     * @param cluster the cluster's name
     * @param nodeId this member's id, one of {@code members}
     * @param members all members as listed
     * @param electionTimeout T
     * @param heartbeatInterval the time between a leader's heartbeats
     * @param leaseDuration how long the lease lasts
     * @param clockDrift the rate by which a clock may deviate from true time
     * @param step the time between the candidacies of two neighbours in rank
     * @param handoverTimeout how long a whole transfer may take
     * @param suppliesPosition whether the application has a log of its own whose position counts
     * @param compactionThreshold how many committed entries are kept before they are compacted
     * @param autopilot what this member, when it leads, changes by itself about who votes
     */
    public ElectionSettings(
            String cluster,
            String nodeId,
            List<Member> members,
            Duration electionTimeout,
            Duration heartbeatInterval,
            Duration leaseDuration,
            double clockDrift,
            Duration step,
            Duration handoverTimeout,
            boolean suppliesPosition,
            int compactionThreshold,
            AutopilotSettings autopilot) {
        this(
                cluster,
                nodeId,
                members,
                electionTimeout,
                heartbeatInterval,
                leaseDuration,
                clockDrift,
                step,
                handoverTimeout,
                suppliesPosition,
                compactionThreshold,
                autopilot,
                FoundingSettings.ON_DISK,
                null);
    }

    private static void positive(String name, Duration value) {
        if (value.isNegative() || value.isZero()) {
            throw new IllegalArgumentException(name + " must be positive, but is " + value);
        }
    }

    /**
     * This member.
     *
     * @return this member's entry in the list
     */
    public Member self() {
        return member(nodeId).orElseThrow();
    }

    /**
     * How often voters that do not lead exchange a ping.
     *
     * @return the election timeout, and a second at least
     */
    public Duration pingInterval() {
        Duration second = Duration.ofSeconds(1);
        return electionTimeout.compareTo(second) > 0 ? electionTimeout : second;
    }

    /**
     * The longest round trip to a quorum with which a leadership lasts: an acknowledgement must arrive, and the next one after
     * it, before the lease that the first one gives has ended.
     *
     * @return the lease less two heartbeat intervals, or half of the lease if that is more
     */
    public Duration longestRoundTrip() {
        Duration half = leaseDuration.dividedBy(2);
        Duration most = leaseDuration.minus(heartbeatInterval.multipliedBy(2));
        return most.compareTo(half) > 0 ? most : half;
    }

    /**
     * The election timeout that a round trip needs, where lease and heartbeat interval keep their share of it.
     *
     * @param roundTrip how long a quorum takes to answer
     * @return a whole number of tenths of a second, with a tenth of the round trip to spare
     */
    public Duration electionTimeoutFor(Duration roundTrip) {
        double share = (double) longestRoundTrip().toNanos() / electionTimeout.toNanos();
        return Duration.ofMillis(100 * (long) Math.ceil(1.1 * roundTrip.toMillis() / share / 100));
    }

    /**
     * Looks a member up.
     *
     * @param id the member's id
     * @return the member, if it is listed
     */
    public Optional<Member> member(String id) {
        // Called for each message, so without a stream.
        for (Member member : members) {
            if (member.id().equals(id)) {
                return Optional.of(member);
            }
        }
        return Optional.empty();
    }

    /**
     * The member list on which all members must agree.
     *
     * @return ids and kinds, sorted by id
     */
    public List<ListedMember> listed() {
        return members.stream()
                .map(Member::listed)
                .sorted(java.util.Comparator.comparing(ListedMember::id))
                .toList();
    }
}
