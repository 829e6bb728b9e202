package io.election.node;

import io.election.core.MemoryView;
import io.election.core.ReplicaStatus;
import io.election.core.StateImage;
import io.election.machine.StoreLimits;
import io.election.machine.StoreMachine;
import io.election.memory.Memory;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Puts together what an operator may see of a member's replicated memory.
 *
 * @param memory the memory
 * @param nodeId this member
 * @param view what its election shows of it
 * @param commitIndex how far the log is known to be committed
 */
record MemoryDisplay(Memory memory, String nodeId, MemoryView view, long commitIndex) {

    MemoryStatus status() {
        StateImage image = view.image();
        return new MemoryStatus(
                memory.values() == null ? "state-machine" : "store",
                commitIndex,
                view.applied(),
                lag(view.applied()),
                memory.age(),
                view.acknowledged(),
                view.failure(),
                view.unappliedBytes(),
                new MemoryStatus.Snapshot(
                        image == null ? 0 : view.snapshot().index(),
                        image == null ? null : Long.valueOf(image.length()),
                        image == null ? null : memory.imageSince(view.snapshot())),
                fetching(),
                values(),
                memory.writesUnderWay(),
                members());
    }

    private long lag(long applied) {
        return Math.max(0, commitIndex - applied);
    }

    private MemoryStatus.@Nullable Fetching fetching() {
        MemoryView.Fetched fetched = view.fetched();
        return fetched == null
                ? null
                : new MemoryStatus.Fetching(
                        fetched.from(), fetched.last().index(), fetched.received(), fetched.length());
    }

    private MemoryStatus.@Nullable Values values() {
        StoreMachine store = memory.values();
        StoreLimits limits = memory.limits();
        return store == null || limits == null
                ? null
                : new MemoryStatus.Values(store.count(), store.size(), limits.mostBytes());
    }

    private List<MemoryStatus.Member> members() {
        List<String> types = memory.replication().reads();
        List<MemoryStatus.Member> all = new ArrayList<>();
        all.add(new MemoryStatus.Member(
                nodeId, view.applied(), lag(view.applied()), view.failure() != null, List.of()));
        view.replicas().forEach((id, replica) -> all.add(member(id, replica, types)));
        all.sort(Comparator.comparing(MemoryStatus.Member::id));
        return all;
    }

    private MemoryStatus.Member member(String id, ReplicaStatus replica, List<String> types) {
        return new MemoryStatus.Member(
                id,
                replica.applied(),
                lag(replica.applied()),
                replica.failed(),
                types.stream().filter(type -> !replica.reads().contains(type)).toList());
    }
}
