package io.election;

import java.time.Duration;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The leadership of one cluster, seen from one of its members: the bean that an application injects.
 *
 * <p>{@link #isLeader()}, {@link #state()}, {@link #term()} and {@link #await} are about the member. {@link #fencingToken()},
 * {@link #assertLeader()}, {@link #confirm} and the beginning of work are about the work that the calling thread does, where it
 * does any ({@link #currentWork()}): work that has outlived its leadership gets nothing from a later one of the same member.
 *
 * <p>All methods are safe to call from any thread. Only {@link #await} and {@link #confirm} wait, and the methods that run the
 * caller's work.
 */
public interface Leadership {

    /**
     * Whether this member leads at this instant. Judged when called, against the lease, not by a timer: a process that
     * was paused for longer than its lease gets {@code false} from its first call after waking. Wait-free. This is about the
     * member: work that was begun in an earlier term asks {@link LeaderWork#stillHolds()} or {@link #assertLeader()}.
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
     * The token to be checked by every resource that the leader writes to. Inside work this is the work's own token, for as long
     * as the work still holds, also while a handover waits for it. Elsewhere it is the token of this member's present leadership.
     *
     * @return the token of the work that this thread does, or else of the present term
     * @throws LeadershipLostException inside work whose leadership was lost, also if this member leads again
     * @throws NotLeaderException outside work, unless this member leads at this instant
     * @throws IllegalStateException where {@code election.enabled=false} makes this application the leader: there is no token
     */
    FencingToken fencingToken();

    /**
     * The innermost work of this leadership that the calling thread does: inside {@link #callWhileLeading},
     * {@link #runWhileLeading}, a {@link LeaderOnly} method, or a part of work that was handed on
     * ({@link LeaderWork#wrap(Runnable)}, {@link LeaderWork#carry}). An implementation's {@link #fencingToken()},
     * {@link #assertLeader()}, {@link #confirm} and {@link #beginWork()} ask this first.
     *
     * @return the work, or {@code null} on a thread that does none
     */
    default @Nullable LeaderWork currentWork() {
        return WorkOnThread.of(this);
    }

    /**
     * Does work under the leadership. It is refused before it begins unless this member leads; a handover that is asked for
     * meanwhile waits for it, within the handover's timeout; and if the leadership ended before the work did, that is
     * reported instead of a result. Work within work is counted once more, and is refused as soon as a handover has begun, or
     * the leadership of the outer work was lost.
     *
     * <p>Work that hands its own leadership over, or waits for that, is waited for too: it should not wait for the result
     * of {@link #handOver}, which then comes only when the handover's timeout has let the work go.
     *
     * @param work gets the token of this leadership
     * @param <T> what it returns
     * @param <X> what it throws
     * @return what the work returned
     * @throws NotLeaderException before the work, unless this member leads at this instant
     * @throws LeadershipLostException after the work, if another member may have led before its end; suppressed in the
     *     work's own exception, if it threw one. Before the work, inside work whose leadership was lost
     * @throws X what the work threw
     * @throws IllegalStateException before the work, where {@code election.enabled=false} makes this application the
     *     leader: there is no token to give
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
     * Does work under the leadership, as {@link #callWhileLeading} does, without a result.
     *
     * @param work gets the token of this leadership
     * @param <X> what it throws
     * @throws NotLeaderException before the work, unless this member leads at this instant
     * @throws LeadershipLostException after the work, if another member may have led before its end
     * @throws X what the work threw
     */
    default <X extends Throwable> void runWhileLeading(LeaderRunnable<X> work) throws X {
        callWhileLeading(token -> {
            work.run(token);
            return Boolean.TRUE;
        });
    }

    /**
     * Does work under the leadership, as {@link #callWhileLeading} does, and says by its result whether it ran. On a member that
     * does not lead nothing happens.
     *
     * @param work gets the token of this leadership
     * @param <T> what it returns
     * @param <X> what it throws
     * @return whether the work ran and its leadership outlived it, and what it returned
     * @throws X what the work threw, with a {@link LeadershipLostException} suppressed in it if the leadership was lost too
     * @throws LeadershipLostException before the work, inside work whose leadership was lost
     * @throws IllegalStateException before the work, where {@code election.enabled=false} makes this application the
     *     leader: there is no token to give
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
     * Does work under the leadership, as {@link #tryCallWhileLeading} does, without a result of its own.
     *
     * @param work gets the token of this leadership
     * @param <X> what it throws
     * @return whether the work ran and its leadership outlived it; its value is always {@code null}
     * @throws X what the work threw, with a {@link LeadershipLostException} suppressed in it if the leadership was lost too
     * @throws LeadershipLostException before the work, inside work whose leadership was lost
     */
    default <X extends Throwable> WorkResult<Void> tryRunWhileLeading(LeaderRunnable<X> work) throws X {
        WorkResult<Boolean> result = tryCallWhileLeading(token -> {
            work.run(token);
            return Boolean.TRUE;
        });
        return new WorkResult<>(result.outcome(), null, result.term(), result.leaderId());
    }

    /**
     * Begins work that does not end with a call, such as work on another thread: it is in flight until its
     * {@link LeaderWork#end()}. The thread that does it takes it up by {@link LeaderWork#run} or
     * {@link LeaderWork#wrap(Runnable)}; the thread that begins it is not said to do it. Where a call is enough,
     * {@link #callWhileLeading} is simpler. An implementation that does not override this counts nothing.
     *
     * @return the work, in flight
     * @throws NotLeaderException unless this member leads at this instant
     * @throws LeadershipLostException inside work whose leadership was lost, also if this member leads again
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
     * Asks a quorum, now, whether this member still leads: after {@code true} everything that was written before the call
     * under an earlier leadership, by whichever member, had ended before this member's own began, and no other member led
     * when the call was made. Unlike {@link #isLeader()} this relies on no clock. Costs a round trip to a quorum, and up to
     * a tenth of a heartbeat interval more where many callers ask at once: they share a round. Inside work it is the work's
     * leadership that is confirmed.
     *
     * @param timeout how long to wait at most
     * @return {@code true} once a quorum has acknowledged, in this member's term, heartbeats sent after the call began;
     *     {@code false} if this member does not lead, or stops leading meanwhile, if it leads in a later term than that of the
     *     calling work, if the time runs out, or if the waiting thread is interrupted, whose interrupt flag then stays set
     */
    boolean confirm(Duration timeout);

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
     * @param to the member that is to lead, or {@code null} for the one best prepared. If it does not take over, another
     *     that has caught up gets it, rather than nobody; the result names who leads
     * @return completed, never exceptionally, when another member leads or the handover has failed
     */
    CompletionStage<HandoverResult> handOver(@Nullable String to);

    /**
     * Gives the leadership up, passing it on where another member can take it. This member then stands last for ten
     * election timeouts. Changes nothing on a member that does not lead.
     *
     * @return completed, never exceptionally, when another member leads, or this one has stopped leading without a successor; at once, with
     *     {@link HandoverResult.Outcome#NOT_LEADER}, on a member that does not lead
     */
    CompletionStage<HandoverResult> stepDown();

    /**
     * Throws an exception unless this member leads, or, inside work, unless the work still holds.
     *
     * @throws LeadershipLostException inside work whose leadership was lost, also if this member leads again
     * @throws NotLeaderException outside work, unless {@link #isLeader()} holds at this instant
     */
    void assertLeader();
}
