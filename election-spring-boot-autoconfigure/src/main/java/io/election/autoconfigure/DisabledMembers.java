package io.election.autoconfigure;

import io.election.ClusterMembers;
import io.election.LeadershipPause;
import io.election.MemberChangeCondition;
import io.election.MemberChangeResult;
import io.election.MembersPlan;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** The members where no election is held: there are none. */
final class DisabledMembers implements ClusterMembers {

    static final DisabledMembers INSTANCE = new DisabledMembers();

    private static final String WHY = "election.enabled is false, so there are no members to change.";

    private DisabledMembers() {}

    @Override
    public long version() {
        return 0;
    }

    @Override
    public List<Member> members() {
        return List.of();
    }

    @Override
    public CompletionStage<MemberChangeResult> promote(String member, MemberChangeCondition condition) {
        return refused();
    }

    @Override
    public CompletionStage<MemberChangeResult> demote(String member, MemberChangeCondition condition) {
        return refused();
    }

    @Override
    public CompletionStage<MemberChangeResult> remove(String member, MemberChangeCondition condition) {
        return refused();
    }

    @Override
    public CompletionStage<MemberChangeResult> changeKind(String member, Kind kind, MemberChangeCondition condition) {
        return refused();
    }

    @Override
    public @Nullable LeadershipPause pause() {
        return null;
    }

    @Override
    public CompletionStage<MemberChangeResult> pause(
            Instant until, String by, String reason, MemberChangeCondition condition) {
        return refused();
    }

    @Override
    public CompletionStage<MemberChangeResult> resume(String by) {
        return refused();
    }

    private static CompletionStage<MemberChangeResult> refused() {
        return CompletableFuture.completedFuture(new MemberChangeResult(MemberChangeResult.Outcome.REFUSED, 0, WHY));
    }

    @Override
    public MembersPlan plan() {
        return new MembersPlan(0, List.of());
    }

    @Override
    public CompletionStage<MembersPlan.Result> apply(MembersPlan plan, boolean force) {
        return CompletableFuture.completedFuture(new MembersPlan.Result(MemberChangeResult.Outcome.REFUSED, 0, 0, WHY));
    }
}
