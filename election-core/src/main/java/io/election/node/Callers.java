package io.election.node;

import io.election.HandoverResult;
import io.election.core.Effect;
import io.election.core.ElectionView;
import io.election.core.MemberChange;
import io.election.core.Membership;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Who waits for the end of a handover or of a change of members, or for a quorum's word, each under the number that the core answers to. */
final class Callers {

    private final AtomicLong calls = new AtomicLong();
    private final Map<Long, CompletableFuture<HandoverResult>> handovers = new ConcurrentHashMap<>();
    private final Map<Long, CompletableFuture<Boolean>> confirmations = new ConcurrentHashMap<>();
    private final Map<Long, CompletableFuture<MemberChange.Result>> memberChanges = new ConcurrentHashMap<>();

    long nextCall() {
        return calls.incrementAndGet();
    }

    CompletableFuture<HandoverResult> handover(long call) {
        CompletableFuture<HandoverResult> result = new CompletableFuture<>();
        handovers.put(call, result);
        return result;
    }

    CompletableFuture<Boolean> confirmation(long call) {
        CompletableFuture<Boolean> answer = new CompletableFuture<>();
        confirmations.put(call, answer);
        return answer;
    }

    CompletableFuture<MemberChange.Result> memberChange(long call) {
        CompletableFuture<MemberChange.Result> result = new CompletableFuture<>();
        memberChanges.put(call, result);
        return result;
    }

    void waitsNoLonger(long call) {
        confirmations.remove(call);
    }

    void ended(Effect.TransferEnded ended) {
        CompletableFuture<HandoverResult> waiting = handovers.remove(ended.call());
        if (waiting != null) {
            waiting.completeAsync(ended::result);
        }
    }

    void ended(Effect.MemberChangeEnded ended) {
        CompletableFuture<MemberChange.Result> waiting = memberChanges.remove(ended.call());
        if (waiting != null) {
            waiting.completeAsync(ended::result);
        }
    }

    void ended(Effect.ConfirmEnded ended) {
        @Nullable CompletableFuture<Boolean> waiting = confirmations.get(ended.call());
        if (waiting != null) {
            waiting.complete(ended.confirmed());
        }
    }

    /** Nobody will answer any more. */
    void endAll(ElectionView view, String because) {
        handovers
                .values()
                .forEach(result -> result.complete(
                        new HandoverResult(HandoverResult.Outcome.FAILED, view.leader(), view.term(), because)));
        handovers.clear();
        confirmations.values().forEach(answer -> answer.complete(false));
        long version = Membership.versionOf(view.membership());
        memberChanges
                .values()
                .forEach(result ->
                        result.complete(new MemberChange.Result(MemberChange.Outcome.UNKNOWN, version, because)));
        memberChanges.clear();
    }
}
