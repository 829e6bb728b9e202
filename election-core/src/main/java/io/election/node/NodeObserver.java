package io.election.node;

import io.election.HandoverResult;
import io.election.core.ElectionOutcome;
import io.election.core.MemberChange;
import io.election.core.RefusalReason;
import io.election.memory.Memory;
import io.election.peer.PeerFailure;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Counts what happens, for metrics. Called on the node's own threads; must return at once and not throw. Names are in
 * lower case with dashes, such as {@code log-behind}.
 */
public interface NodeObserver {

    /** All that {@link #roundEnded} may be told. */
    List<String> OUTCOMES = Arrays.stream(ElectionOutcome.values())
            .map(outcome -> Chronicle.dashed(outcome.name()))
            .toList();

    /** All actions that {@link #memberChanged} may be told. */
    List<String> ACTIONS = Arrays.stream(MemberChange.Action.values())
            .map(action -> Chronicle.dashed(action.name()))
            .toList();

    /** All reasons for a refusal that {@link #voteDecided} may be told. */
    List<String> REFUSALS = Arrays.stream(RefusalReason.values())
            .map(reason -> Chronicle.dashed(reason.name()))
            .toList();

    /** All that {@link #writeEnded} may be told. */
    List<String> WRITE_OUTCOMES = Memory.OUTCOMES;

    /** All that {@link #handedOver} may be told. */
    List<String> HANDOVERS = Stream.concat(
                    Arrays.stream(HandoverResult.Outcome.values()).map(outcome -> Chronicle.dashed(outcome.name())),
                    Stream.of("stopped"))
            .toList();

    /** All that {@link #eventDelivered} may be told. */
    List<String> EVENTS = List.of(
            CountedListener.ELECTED,
            CountedListener.STEPPED_DOWN,
            CountedListener.LEADER_CHANGED,
            CountedListener.MEMBERS_CHANGED);

    /** All kinds of failures that {@link #peerFailed} may be told. */
    List<String> PEER_FAILURES =
            Arrays.stream(PeerFailure.values()).map(PeerFailure::dashed).toList();

    /**
     * An observer of the same kind for a rehearsal. What it counts nobody ever sees, but the code that counts has been used
     * before the first count that matters.
     *
     * @return a new observer, which shares nothing with this one; by default one that does nothing
     */
    default NodeObserver rehearsed() {
        return new NodeObserver() {};
    }

    /**
     * A round of an election of this member ended.
     *
     * @param outcome {@code elected}, {@code pre-vote-failed}, {@code lost}, {@code not-electable} or {@code timed-out}
     */
    default void roundEnded(String outcome) {}

    /**
     * This member decided on a vote.
     *
     * @param phase {@code pre-vote} or {@code vote}
     * @param granted whether it was granted
     * @param reason why it was refused, or {@code none}
     */
    default void voteDecided(String phase, boolean granted, String reason) {}

    /**
     * A heartbeat of this leader was acknowledged.
     *
     * @param peer by whom
     * @param roundTrip how long it took
     */
    default void heartbeatAcknowledged(String peer, Duration roundTrip) {}

    /**
     * Who the members are, at the start and whenever that changes. What was counted for one that is gone can be forgotten.
     *
     * @param members their ids, this one's included
     */
    default void membersChanged(Set<String> members) {}

    /**
     * This leader committed a change of the members.
     *
     * @param action {@code promote}, {@code demote} or {@code remove}
     * @param byItself whether the leader made it by itself; otherwise an operator wished it
     */
    default void memberChanged(String action, boolean byItself) {}

    /** The term has risen. */
    default void termChanged() {}

    /** A call of what only the leader does was skipped, because this member does not lead. */
    default void workSkipped() {}

    /**
     * A write of this process to the replicated memory got its answer. Called on any thread.
     *
     * @param outcome {@code applied}, {@code unknown}, or why it was not applied
     */
    default void writeEnded(String outcome) {}

    /**
     * A handover that somebody asked for has ended, or this member, which led, has stopped.
     *
     * @param outcome how it ended: one of {@link #HANDOVERS}, with {@code stopped} for the end of the member
     * @param took from the request to the end, the application's own listeners included
     */
    default void handedOver(String outcome, Duration took) {}

    /**
     * An event is being delivered to the application's listeners.
     *
     * @param event which: one of {@link #EVENTS}
     */
    default void eventDelivered(String event) {}

    /**
     * A call to another member failed.
     *
     * @param kind how: one of {@link #PEER_FAILURES}
     */
    default void peerFailed(String kind) {}

    /** A listener threw. */
    default void listenerFailed() {}

    /**
     * The loop, or the whole process, stood still for longer than a heartbeat.
     *
     * @param length for how long
     */
    default void stalled(Duration length) {}
}
