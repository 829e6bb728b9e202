package io.election.node;

import io.election.FencingToken;
import io.election.HandoverResult;
import io.election.LeaderWork;
import io.election.Leadership;
import io.election.LeadershipLostException;
import io.election.LeadershipState;
import io.election.NotLeaderException;
import io.election.core.ElectionView;
import io.election.core.Input;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** The leadership as an application sees it, for the life of a node. Every answer is judged by the lease at the call. */
final class NodeLeadership implements Leadership {

    private final ElectionNode node;

    NodeLeadership(ElectionNode node) {
        this.node = node;
    }

    @Override
    public boolean isLeader() {
        LeaseCell cell = node.published().cell();
        return cell != null && cell.holds();
    }

    @Override
    public LeadershipState state() {
        Published latest = node.published();
        LeaseCell cell = latest.cell();
        ElectionView view = latest.view();
        return new LeadershipState(
                cell != null && cell.holds(), view.role(), view.term(), view.leader(), node.clientUrl(view.leader()));
    }

    @Override
    public FencingToken fencingToken() {
        LeaderWork work = currentWork();
        if (work != null) {
            work.assertStillHolds();
            return work.fencingToken();
        }
        Published latest = node.published();
        LeaseCell cell = latest.cell();
        if (cell == null || !cell.holds()) {
            throw new NotLeaderException(node.nodeId(), latest.view().leader());
        }
        return cell.token();
    }

    @Override
    public void assertLeader() {
        fencingToken();
    }

    @Override
    public LeaderWork beginWork() {
        Published latest = node.published();
        LeaseCell cell = latest.cell();
        LeaderWork begun = cell == null ? null : cell.begin(this);
        if (begun == null) {
            throw new NotLeaderException(node.nodeId(), latest.view().leader());
        }
        LeaderWork outer = currentWork();
        if (outer != null && outer.term() != begun.term()) {
            begun.end();
            throw new LeadershipLostException(outer.term());
        }
        return begun;
    }

    @Override
    public boolean confirm(Duration timeout) {
        LeaseCell cell = node.published().cell();
        NodeLoop running = node.loop();
        LeaderWork work = currentWork();
        // Work of an earlier term must not take the confirmation of a later one for its own.
        if (cell == null || running == null || work != null && work.term() != cell.term()) {
            return false;
        }
        return cell.holds() && running.confirm(nanos(timeout)) && cell.holds();
    }

    @Override
    public boolean await(Duration timeout) throws InterruptedException {
        long deadline = System.nanoTime() + nanos(timeout);
        while (true) {
            CompletableFuture<Void> gain = node.nextGain();
            if (isLeader()) {
                return true;
            }
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            try {
                gain.get(left, TimeUnit.NANOSECONDS);
            } catch (TimeoutException e) {
                return isLeader();
            } catch (ExecutionException e) {
                throw new IllegalStateException("a gain never fails", e);
            }
        }
    }

    @Override
    public CompletionStage<HandoverResult> handOver(@Nullable String to) {
        return node.call(number -> new Input.TransferLeadership(number, to));
    }

    @Override
    public CompletionStage<HandoverResult> stepDown() {
        return node.call(Input.StepDown::new);
    }

    /** Half of all nanoseconds there are is for ever, and the sum with a time stays comparable by difference. */
    static long nanos(Duration timeout) {
        Duration longest = Duration.ofNanos(Long.MAX_VALUE / 2);
        return (timeout.compareTo(longest) < 0 ? timeout : longest).toNanos();
    }
}
