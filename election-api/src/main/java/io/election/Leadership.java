package io.election;

import java.time.Duration;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The leadership of one cluster, as seen by one of its members. This is the bean that an application injects.
 *
 * <p>{@link #isLeader()}, {@link #state()}, {@link #term()} and {@link #await} are about the member.
 * {@link #fencingToken()}, {@link #assertLeader()}, {@link #confirm} and the start of work are about the work that the
 * calling thread does, if it does any ({@link #currentWork()}). Work that has outlived its leadership gets nothing from
 * a later leadership of the same member.
 *
 * <p>All methods are thread-safe. Only {@link #await}, {@link #confirm} and the methods that run the caller's work may
 * block.
 */
public interface Leadership {

    /**
     * Whether this member leads at this instant. The answer is computed at the call from the lease, not set by a timer.
     * A process that was paused for longer than its lease gets {@code false} from its first call after it wakes up.
     * Wait-free. This is about the member. Work that was begun in an earlier term uses {@link LeaderWork#stillHolds()}
     * or {@link #assertLeader()}.
     *
     * @return {@code true} if this member leads and no other member can have been elected yet
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
     * The token for every resource that the leader writes to. Inside work, this is the work's own token, for as long as
     * the work still holds, even while a handover waits for it. Outside work, it is the token of this member's current
     * leadership.
     *
     * @return the token of the work that this thread does, otherwise of the current term
     * @throws LeadershipLostException inside work whose leadership was lost, even if this member leads again
     * @throws NotLeaderException outside work, unless this member leads at this instant
     * @throws IllegalStateException if {@code election.enabled=false} makes this application the leader: there is no
     *     token
     */
    FencingToken fencingToken();

    /**
     * The innermost work of this leadership that the calling thread does: inside {@link #callWhileLeading},
     * {@link #runWhileLeading}, a {@link LeaderOnly} method, or a part of work that was passed on
     * ({@link LeaderWork#wrap(Runnable)}, {@link LeaderWork#carry}). In an implementation, {@link #fencingToken()},
     * {@link #assertLeader()}, {@link #confirm} and {@link #beginWork()} check this first.
     *
     * @return the work, or {@code null} if the thread does none
     */
    default @Nullable LeaderWork currentWork() {
        return WorkOnThread.of(this);
    }

    /**
     * Does work under the leadership. The work is refused before it begins unless this member leads. A handover that is
     * requested in the meantime waits for the work, within the handover's timeout. If the leadership ended before the
     * work did, the caller gets an exception instead of a result. Work within work is counted as well. It is refused as
     * soon as a handover has begun or the leadership of the outer work was lost.
     *
     * <p>A handover also waits for work that itself requested the handover. So work should not wait for the result of
     * {@link #handOver}: that result comes only when the handover's timeout has stopped waiting for the work.
     *
     * @param work receives the token of this leadership
     * @param <T> what it returns
     * @param <X> the exception that it throws
     * @return what the work returned
     * @throws NotLeaderException before the work begins, unless this member leads at this instant
     * @throws LeadershipLostException after the work, if another member may have led before its end; if the work itself
     *     threw an exception, this one is suppressed in it. Also before the work begins, if the call is made inside
     *     work whose leadership was lost
     * @throws X if the work throws it
     * @throws IllegalStateException before the work begins, if {@code election.enabled=false} makes this application
     *     the leader: there is no token to pass
     */
    @SuppressWarnings("try") // A scope is opened to be closed.
    default <T extends @Nullable Object, X extends Throwable> T callWhileLeading(LeaderCallable<T, X> work) throws X {
        LeaderWork counted = beginWork();
        T result;
        try (LeaderWork.Scope here = counted.open()) {
            result = work.call(counted.fencingToken());
        } catch (Throwable failure) {
            if (!counted.end() && !(failure instanceof LeadershipLostException)) {
                failure.addSuppressed(new LeadershipLostException(counted.term()));
            }
            throw failure;
        }
        if (!counted.end()) {
            throw new LeadershipLostException(counted.term());
        }
        return result;
    }

    /**
     * Does work under the leadership, as {@link #callWhileLeading} does, but without a result.
     *
     * @param work receives the token of this leadership
     * @param <X> the exception that it throws
     * @throws NotLeaderException before the work begins, unless this member leads at this instant
     * @throws LeadershipLostException after the work, if another member may have led before its end
     * @throws X if the work throws it
     */
    default <X extends Throwable> void runWhileLeading(LeaderRunnable<X> work) throws X {
        callWhileLeading(token -> {
            work.run(token);
            return Boolean.TRUE;
        });
    }

    /**
     * Does work under the leadership, as {@link #callWhileLeading} does, but reports in its result whether the work
     * ran. On a member that does not lead, nothing happens.
     *
     * @param work receives the token of this leadership
     * @param <T> what it returns
     * @param <X> the exception that it throws
     * @return whether the work ran, whether its leadership outlived it, and what it returned
     * @throws X if the work throws it, with a {@link LeadershipLostException} suppressed in it if the leadership was
     *     lost too
     * @throws LeadershipLostException before the work begins, if the call is made inside work whose leadership was lost
     * @throws IllegalStateException before the work begins, if {@code election.enabled=false} makes this application
     *     the leader: there is no token to pass
     */
    @SuppressWarnings("try") // A scope is opened to be closed.
    default <T extends @Nullable Object, X extends Throwable> WorkResult<T> tryCallWhileLeading(
            LeaderCallable<T, X> work) throws X {
        LeaderWork counted;
        try {
            counted = beginWork();
        } catch (NotLeaderException notLeader) {
            return WorkResult.skipped(term(), notLeader.getLeaderId());
        }
        T result;
        try (LeaderWork.Scope here = counted.open()) {
            result = work.call(counted.fencingToken());
        } catch (LeadershipLostException noticed) {
            if (!counted.end() && noticed.getTerm() == counted.term()) {
                return WorkResult.lost(counted.term());
            }
            throw noticed;
        } catch (Throwable failure) {
            if (!counted.end()) {
                failure.addSuppressed(new LeadershipLostException(counted.term()));
            }
            throw failure;
        }
        return counted.end() ? WorkResult.executed(result, counted.term()) : WorkResult.lost(counted.term());
    }

    /**
     * Does work under the leadership, as {@link #tryCallWhileLeading} does, but without a result of its own.
     *
     * @param work receives the token of this leadership
     * @param <X> the exception that it throws
     * @return whether the work ran and whether its leadership outlived it; its value is always {@code null}
     * @throws X if the work throws it, with a {@link LeadershipLostException} suppressed in it if the leadership was
     *     lost too
     * @throws LeadershipLostException before the work begins, if the call is made inside work whose leadership was lost
     */
    default <X extends Throwable> WorkResult<Void> tryRunWhileLeading(LeaderRunnable<X> work) throws X {
        WorkResult<Boolean> result = tryCallWhileLeading(token -> {
            work.run(token);
            return Boolean.TRUE;
        });
        return new WorkResult<>(result.outcome(), null, result.term(), result.leaderId());
    }

    /**
     * Begins work that does not end with a call, such as work on another thread. The work is in flight until its
     * {@link LeaderWork#end()}. The thread that does the work enters it by {@link LeaderWork#run} or
     * {@link LeaderWork#wrap(Runnable)}. The thread that begins the work is not taken to do it. If one call is enough,
     * {@link #callWhileLeading} is simpler. An implementation that does not override this method counts no work.
     *
     * @return the work, in flight
     * @throws NotLeaderException unless this member leads at this instant
     * @throws LeadershipLostException inside work whose leadership was lost, even if this member leads again
     */
    default LeaderWork beginWork() {
        LeaderWork outer = currentWork();
        if (outer != null) {
            outer.assertStillHolds();
        }
        FencingToken token = fencingToken();
        long term = outer == null ? term() : outer.term();
        return new LeaderWork() {
            @Override
            public long term() {
                return term;
            }

            @Override
            public FencingToken fencingToken() {
                return token;
            }

            @Override
            public Leadership leadership() {
                return Leadership.this;
            }

            @Override
            public boolean stillHolds() {
                return isLeader() && Leadership.this.term() == term;
            }

            @Override
            public boolean end() {
                return stillHolds();
            }
        };
    }

    /**
     * Asks a quorum now whether this member still leads. After {@code true}, two things hold. All writes that were made
     * before the call under an earlier leadership, by any member, had ended before this member's own leadership began.
     * And no other member led when the call was made. Unlike {@link #isLeader()}, this relies on no clock. It costs a
     * round trip to a quorum. If many callers ask at once, they share a round, and it may take up to a tenth of a
     * heartbeat interval longer. Inside work, the leadership of the work is confirmed.
     *
     * @param timeout the longest time to wait
     * @return {@code true} once a quorum has acknowledged, in this member's term, heartbeats sent after the call began;
     *     {@code false} if this member does not lead or stops leading in the meantime, if it leads in a later term than
     *     that of the calling work, if the time runs out, or if the waiting thread is interrupted (its interrupt flag
     *     then stays set)
     */
    boolean confirm(Duration timeout);

    /**
     * Waits until this member leads.
     *
     * @param timeout the longest time to wait
     * @return {@code true} once this member leads, {@code false} if the time ran out first
     * @throws InterruptedException if the waiting thread is interrupted
     */
    boolean await(Duration timeout) throws InterruptedException;

    /**
     * Hands the leadership over. The successor catches up, and {@link #isLeader()} becomes false here. The listeners of
     * {@link StepDownEvent} run to their end. Then the successor is elected without waiting for any timeout.
     *
     * @param to the member that is to lead, or {@code null} for the one best prepared. If that member does not take
     *     over, the leadership is offered to another member that has caught up, so that the cluster is not left without
     *     a leader. The result names the leader
     * @return completed, never exceptionally, when another member leads or the handover has failed
     */
    CompletionStage<HandoverResult> handOver(@Nullable String to);

    /**
     * Gives up the leadership, and hands it over if another member can take it. For ten election timeouts, this member
     * then stands after all others. Changes nothing on a member that does not lead.
     *
     * @return completed, never exceptionally, when another member leads or this one has stopped leading without a
     *     successor; on a member that does not lead, completed at once with {@link HandoverResult.Outcome#NOT_LEADER}
     */
    CompletionStage<HandoverResult> stepDown();

    /**
     * Throws an exception unless this member leads. Inside work, throws an exception unless the work still holds.
     *
     * @throws LeadershipLostException inside work whose leadership was lost, even if this member leads again
     * @throws NotLeaderException outside work, unless {@link #isLeader()} holds at this instant
     */
    void assertLeader();
}
