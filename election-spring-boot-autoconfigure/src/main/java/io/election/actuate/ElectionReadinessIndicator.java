package io.election.actuate;

import io.election.node.FollowerStatus;
import io.election.node.NodeStatus;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/**
 * Up once this member does its part in its cluster, so that whoever exchanges members one by one may go on to the next: it votes, or
 * it is a spare or an observer that follows a leader. It is up, too, if it knows that there is no leader to wait for: the others say so.
 * Otherwise the members of a cluster without a leader would wait for each other. That this member hears of no leader is not enough.
 * It may be the one that is cut off, and a rollout that went on would leave nobody who remembers the cluster. It does not depend on
 * who leads.
 *
 * <p>Out of service while a new member, or a member with a new memory, waits for its vote, and once a member was removed. Also
 * after a start, until the member has led once, or has had what its leader has once. If it hears of no leader, a voter that kept its memory
 * waits for that only as long as it takes to hear of one: those that start after it may wait for it.
 */
public class ElectionReadinessIndicator extends AbstractHealthIndicator {

    private final Supplier<NodeStatus> status;
    private final Supplier<FollowerStatus> following;
    private final Duration leaderless;
    private final InstantSource clock;

    /** Whether it has led, or had what its leader has. Once is enough: who falls behind later is not taken out of service. */
    private volatile boolean caughtUp;

    /**
     * Creates the indicator.
     *
     * @param status what to judge
     * @param following how well it follows its leader
     * @param leaderless how long no leader must have been known before there is none to wait for
     * @param clock the wall clock that the status's times come from
     */
    public ElectionReadinessIndicator(
            Supplier<NodeStatus> status, Supplier<FollowerStatus> following, Duration leaderless, InstantSource clock) {
        super("The state of the election could not be read");
        this.status = status;
        this.following = following;
        this.leaderless = leaderless;
        this.clock = clock;
    }

    @Override
    protected void doHealthCheck(Health.Builder builder) {
        NodeStatus now = status.get();
        String waitsFor = waitsFor(now);
        if (waitsFor == null) {
            builder.up();
        } else {
            builder.outOfService().withDetail("reason", waitsFor);
        }
        builder.withDetail("standing", standing(now)).withDetail("votingState", now.votingState());
    }

    /** What keeps this member from doing its part, one sentence, or {@code null}. */
    private @Nullable String waitsFor(NodeStatus now) {
        if (now.storageFailure() != null || now.failure() != null) {
            return "This member takes no part until it is restarted";
        }
        if (now.votingState().equals("removed")) {
            return "This member was removed from the cluster";
        }
        String lacksPart = lacksPart(now);
        return lacksPart == null ? lacksEntries(now) : lacksPart;
    }

    /** What keeps it from having a part, or {@code null}. */
    private @Nullable String lacksPart(NodeStatus now) {
        boolean hasPart = now.votingState().equals("voter")
                // A leader that is lost and found takes nobody out of service.
                || (!now.initialElection() && needsNoVote(now))
                || now.storage() == null;
        if (hasPart) {
            return null;
        }
        if (now.leaderlessSince() != null) {
            boolean nobodyToWaitFor = now.nobodyLeads() && isLeaderless(now);
            return nobodyToWaitFor ? null : "This member does not know yet whether there is a leader";
        }
        if (needsNoVote(now)) {
            return null;
        }
        return now.votingState().equals("learner")
                ? "This member is a learner, and waits for its vote"
                : "The memory of this member is new, and its vote does not count yet";
    }

    /** What keeps it from having what its leader has, or {@code null} if it has had it once or there is no leader to wait for. */
    private @Nullable String lacksEntries(NodeStatus now) {
        // Where no election is held there is nothing to catch up with.
        if (caughtUp || now.storage() == null) {
            return null;
        }
        FollowerStatus follower = following.get();
        Long lag = follower.lag();
        boolean applies = follower.failure() == null;
        if (now.leader() || (follower.follows() && lag != null && lag <= FollowerStatus.MOST_BEHIND && applies)) {
            caughtUp = true;
            return null;
        }
        if (follower.follows() && lag != null) {
            return applies
                    ? "This member lacks " + lag + " entries of what its leader has committed"
                    : "This member applies nothing";
        }
        // A leader that was there and is lost is nobody to wait for, and takes nobody out of service.
        boolean lost = now.leaderlessSince() != null && !now.initialElection();
        return lost || isLeaderless(now) ? null : "This member has not heard from a leader since its start";
    }

    private boolean isLeaderless(NodeStatus now) {
        Instant since = now.leaderlessSince();
        return since != null && Duration.between(since, clock.instant()).compareTo(leaderless) >= 0;
    }

    /** Whether it is a spare or an observer. */
    private static boolean needsNoVote(NodeStatus now) {
        return now.votingState().equals("non-voter")
                || (now.votingState().equals("learner") && standing(now).equals("spare"));
    }

    private static String standing(NodeStatus now) {
        return now.membership().members().stream()
                .filter(member -> member.id().equals(now.nodeId()))
                .map(member -> member.standing())
                .findFirst()
                .orElse("unknown");
    }
}
