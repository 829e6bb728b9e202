package io.election;

import java.time.Duration;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The leadership of one cluster, seen from one of its members: the bean that an application injects.
 *
 * <p>All methods are safe to call from any thread, and none but {@link #await} waits.
 */
public interface Leadership {

    /**
     * Whether this member leads at this instant. Judged when called, against the lease, not by a timer: a process that
     * was paused for longer than its lease gets {@code false} from its first call after waking. Wait-free.
     *
     * @return {@code true} if no other member can have been elected yet
     */
    boolean isLeader();

    /**
     * One consistent snapshot of leader, role and term.
     *
     * @return the state at this instant
     */
    LeadershipState state();

    /**
     * The term that this member is in.
     *
     * @return {@code state().term()}
     */
    default long term() {
        return state().term();
    }

    /**
     * The token of this member's leadership, to be checked by every resource that the leader writes to.
     *
     * @return the token of the present term
     * @throws NotLeaderException unless this member leads at this instant
     */
    FencingToken fencingToken();

    /**
     * Waits until this member leads.
     *
     * @param timeout how long to wait at most
     * @return {@code true} once this member leads, {@code false} if the time ran out first
     * @throws InterruptedException if the waiting thread is interrupted
     */
    boolean await(Duration timeout) throws InterruptedException;

    /**
     * Passes the leadership on: the successor catches up, {@link #isLeader()} turns false here, the listeners of
     * {@link StepDownEvent} run to their end, then the successor is elected without waiting for any timeout.
     *
     * @param to the member that is to lead, or {@code null} for the one best prepared. If it does not take the pass, another
     *     that has caught up gets it, rather than nobody; the result names who leads
     * @return completed, never exceptionally, when another member leads or the handover has failed
     */
    CompletionStage<HandoverResult> handOver(@Nullable String to);

    /**
     * Gives the leadership up, passing it on where another member can take it. This member then stands last for ten
     * election timeouts. Does nothing on a member that does not lead.
     */
    void stepDown();

    /**
     * Refuses to go on unless this member leads.
     *
     * @throws NotLeaderException unless {@link #isLeader()} holds at this instant
     */
    void assertLeader();
}
