package io.election.actuate;

import io.election.Role;
import io.election.node.MembersState;
import io.election.node.MemoryStatus;
import io.election.node.NodeStatus;
import io.election.node.WhyNobodyLeads;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** States of a member of three, as an operator may meet them. */
final class Statuses {

    /** What members without a leader say. */
    static final WhyNobodyLeads WHY = new WhyNobodyLeads(
            "2 of 3 voters are needed, and 'a' reaches 1, itself included",
            List.of(
                    new WhyNobodyLeads.Reason("a", true, false, "stands for election"),
                    new WhyNobodyLeads.Reason("b", false, false, "not reached: connection refused, for 40 s")));

    private Statuses() {}

    static NodeStatus.Member member(String id, @Nullable Boolean reachable) {
        return new NodeStatus.Member(
                id, "http://" + id, "data", "voter", reachable, null, null, null, null, null, null);
    }

    static NodeStatus.Member unreached(String id, String lastError) {
        return new NodeStatus.Member(
                id, "http://" + id, "data", "voter", false, null, null, null, lastError, Instant.EPOCH, null);
    }

    /** Its directory was empty, and no leader has let it in yet. */
    static NodeStatus catchingUp(@Nullable String quorumLost) {
        NodeStatus.Member self =
                new NodeStatus.Member("a", "http://a", "data", "catching-up", true, null, null, null, null, null, true);
        return status(false, Instant.EPOCH, null, null, null, false, null, quorumLost, null, self);
    }

    static NodeStatus withRival(String rival) {
        return status(false, null, null, null, null, false, rival, null, null);
    }

    static NodeStatus withQuorumLost(String quorumLost) {
        return status(false, Instant.EPOCH, null, null, null, false, null, quorumLost, null, member("a", null));
    }

    static NodeStatus withCertificate(Instant expires) {
        return status(false, null, null, null, null, false, null, null, expires);
    }

    static NodeStatus leader(NodeStatus.Member... members) {
        return status(true, null, null, null, false, members);
    }

    static NodeStatus leaderlessSince(Instant since) {
        return status(false, since, null, null, false, member("a", null), member("b", null), member("c", null));
    }

    static NodeStatus withStorageFailure(String failure) {
        return status(false, Instant.EPOCH, failure, null, false);
    }

    static NodeStatus withFailure(String failure) {
        return status(false, Instant.EPOCH, null, failure, null, false, null, null, null);
    }

    static NodeStatus withOtherList() {
        return status(
                false,
                null,
                null,
                "This member has another list of members than 'b': 'd' (data) is listed only there",
                false);
    }

    static NodeStatus withLeaseGone() {
        return status(false, null, null, null, true);
    }

    private static NodeStatus status(
            boolean leader,
            @Nullable Instant leaderlessSince,
            @Nullable String storageFailure,
            @Nullable String listDifference,
            boolean leaseGone,
            NodeStatus.Member... members) {
        return status(
                leader, leaderlessSince, storageFailure, null, listDifference, leaseGone, null, null, null, members);
    }

    private static NodeStatus status(
            boolean leader,
            @Nullable Instant leaderlessSince,
            @Nullable String storageFailure,
            @Nullable String failure,
            @Nullable String listDifference,
            boolean leaseGone,
            @Nullable String rival,
            @Nullable String quorumLost,
            @Nullable Instant certificateExpires,
            NodeStatus.Member... members) {
        return new NodeStatus(
                "orders",
                "a",
                false,
                "disk",
                leader || leaseGone ? Role.LEADER : Role.FOLLOWER,
                leader,
                7,
                leader ? "a" : null,
                null,
                null,
                false,
                leader ? Duration.ofMillis(640) : null,
                leader ? 1L : null,
                null,
                new NodeStatus.Quorum(3, 2, leader ? 2 : null, Duration.ofMillis(2), Duration.ofMillis(550)),
                List.of(members),
                3,
                null,
                null,
                List.of(),
                leaderlessSince,
                storageFailure,
                failure,
                listDifference,
                leaseGone,
                null,
                rival,
                quorumLost,
                certificateExpires,
                certificateExpires == null ? null : "This member's certificate expires on " + certificateExpires,
                MembersState.NONE,
                null,
                false,
                null,
                null,
                leaderlessSince == null ? null : WHY,
                null);
    }

    /** The same, where a quorum takes so long to answer. */
    static NodeStatus withRoundTrip(NodeStatus s, Duration roundTrip) {
        NodeStatus.Quorum quorum = s.quorum();
        return with(
                s,
                Map.of(
                        "quorum",
                        new NodeStatus.Quorum(
                                quorum.voters(),
                                quorum.needed(),
                                quorum.reachable(),
                                roundTrip,
                                quorum.longestRoundTrip())));
    }

    /** The same, where it is known, or not, that there is no leader. */
    static NodeStatus nobodyLeads(NodeStatus s, boolean nobodyLeads) {
        return with(s, Map.of("nobodyLeads", nobodyLeads));
    }

    /** The same, of a member whose state machine is three entries behind, or has failed. */
    static NodeStatus withMemory(NodeStatus s, @Nullable String failure) {
        return with(
                s,
                Map.of(
                        "memory",
                        new MemoryStatus(
                                "log",
                                8,
                                5,
                                3,
                                null,
                                8,
                                failure,
                                0,
                                new MemoryStatus.Snapshot(0, null, null),
                                null,
                                null,
                                0,
                                List.of())));
    }

    /** The same, with one more detail. */
    static NodeStatus saying(NodeStatus s, String component, String sentence) {
        return with(s, Map.of(component, sentence));
    }

    /** The same, while the leadership is paused. */
    static NodeStatus paused(NodeStatus s, NodeStatus.Paused paused) {
        return with(s, Map.of("paused", paused));
    }

    /** A member of a founded cluster in some place in it. */
    static NodeStatus inPlace(
            String votingState,
            String standing,
            boolean initialElection,
            @Nullable Instant leaderlessSince,
            @Nullable String difference) {
        MembersState.Member self = new MembersState.Member("a", "data", standing, false, true, null, null, null, null);
        MembersState.Member other = new MembersState.Member(
                "b", "data", "dead", false, false, "it has not answered for 30.0 s", null, null, null);
        MembersState.Member third = new MembersState.Member("c", "data", "voter", false, true, null, null, null, null);
        NodeStatus s = with(
                status(false, leaderlessSince, null, difference, false),
                Map.of(
                        "initialElection",
                        initialElection,
                        "members",
                        List.of(new NodeStatus.Member(
                                "a", null, "data", votingState, true, null, null, null, null, null, true)),
                        "clusterId",
                        "0f8c1d2e",
                        "generation",
                        1700000000L,
                        "membership",
                        new MembersState(
                                7, true, 3, 5, null, false, difference, List.of(self, other, third), List.of())));
        return leaderlessSince == null ? with(s, Map.of("leaderId", "b")) : s;
    }

    /** A copy of it with other values of the named components. */
    private static NodeStatus with(NodeStatus s, Map<String, Object> changed) {
        RecordComponent[] components = NodeStatus.class.getRecordComponents();
        Object[] values = new Object[components.length];
        Class<?>[] types = new Class<?>[components.length];
        Map<String, Object> left = new HashMap<>(changed);
        try {
            for (int i = 0; i < components.length; i++) {
                String name = components[i].getName();
                types[i] = components[i].getType();
                values[i] = left.containsKey(name)
                        ? left.remove(name)
                        : components[i].getAccessor().invoke(s);
            }
            if (!left.isEmpty()) {
                throw new IllegalArgumentException("a status has no " + left.keySet());
            }
            return NodeStatus.class.getDeclaredConstructor(types).newInstance(values);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("a status could not be copied", e);
        }
    }
}
