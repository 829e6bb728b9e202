package io.election.node;

import io.election.ClusterMembers;
import io.election.LeadershipPause;
import io.election.MemberChangeCondition;
import io.election.MemberChangeResult;
import io.election.MembersPlan;
import io.election.MembersPlan.Action;
import io.election.MembersPlan.Step;
import io.election.core.EnrolledMember;
import io.election.core.ListedMember;
import io.election.core.MemberChange;
import io.election.core.MemberKind;
import io.election.core.Membership;
import io.election.core.PauseTerms;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Who belongs to the cluster of a node, as its application sees and changes it. */
final class NodeMembers implements ClusterMembers {

    private final ElectionNode node;
    private final List<ListedMember> listed;

    /**
     * Creates it.
     *
     * @param listed the members in this member's own list
     */
    NodeMembers(ElectionNode node, List<ListedMember> listed) {
        this.node = node;
        this.listed = List.copyOf(listed);
    }

    @Override
    public long version() {
        return Membership.versionOf(node.published().view().membership());
    }

    @Override
    public List<Member> members() {
        return node.status().membership().members().stream()
                .map(m ->
                        new Member(m.id(), Kind.valueOf(constant(m.kind())), Standing.valueOf(constant(m.standing()))))
                .toList();
    }

    private static String constant(String shown) {
        return shown.toUpperCase(Locale.ROOT);
    }

    // ------------------------------------------------------------------------------------------------ one change

    @Override
    public CompletionStage<MemberChangeResult> promote(String member, MemberChangeCondition condition) {
        return change(MemberChange.Action.PROMOTE, member, condition);
    }

    @Override
    public CompletionStage<MemberChangeResult> demote(String member, MemberChangeCondition condition) {
        return change(MemberChange.Action.DEMOTE, member, condition);
    }

    @Override
    public CompletionStage<MemberChangeResult> remove(String member, MemberChangeCondition condition) {
        return change(MemberChange.Action.REMOVE, member, condition);
    }

    @Override
    public CompletionStage<MemberChangeResult> changeKind(String member, Kind kind, MemberChangeCondition condition) {
        Membership membership = node.published().view().membership();
        EnrolledMember named =
                membership == null ? null : membership.member(member).orElse(null);
        if (membership != null && named == null) {
            return ended(MemberChangeResult.Outcome.REFUSED, membership.version(), "'" + member + "' is not a member.");
        }
        if (membership != null && named != null && kind(named.kind()) == kind) {
            return ended(
                    MemberChangeResult.Outcome.UNCHANGED,
                    membership.version(),
                    "'" + member + "' is of the kind '" + shown(kind) + "' already.");
        }
        return remove(member, condition).thenApply(removed -> {
            if (removed.outcome() != MemberChangeResult.Outcome.DONE) {
                return removed;
            }
            return new MemberChangeResult(
                    removed.outcome(),
                    removed.version(),
                    "'" + member + "' was removed. Stop its process, set its kind to '" + shown(kind)
                            + "' in election.members, remove its directory, and start it: it comes back as a learner.");
        });
    }

    private CompletionStage<MemberChangeResult> change(
            MemberChange.Action action, String member, MemberChangeCondition condition) {
        MemberChange change;
        try {
            change = action.of(member);
        } catch (IllegalArgumentException ex) {
            return ended(
                    MemberChangeResult.Outcome.REFUSED,
                    version(),
                    "No member has such an id: " + ex.getMessage() + ".");
        }
        return node.changeMembers(change, condition.version(), condition.force())
                .thenApply(result ->
                        told(result, "It is committed: version " + result.version() + " of the members is in force."))
                .minimalCompletionStage();
    }

    // ------------------------------------------------------------------------------------------------ a pause

    @Override
    public @Nullable LeadershipPause pause() {
        NodeStatus.Paused paused = node.status().paused();
        return paused == null
                ? null
                : new LeadershipPause(paused.until(), paused.holder(), paused.by(), paused.reason());
    }

    @Override
    public CompletionStage<MemberChangeResult> pause(
            Instant until, String by, String reason, MemberChangeCondition condition) {
        return ofLeadership(
                () -> new MemberChange.PauseLeadership(node.nodeId(), new PauseTerms(by, reason, until.toEpochMilli())),
                condition,
                "The leadership stays where it is until " + until + ".");
    }

    @Override
    public CompletionStage<MemberChangeResult> resume(String by) {
        return ofLeadership(
                () -> new MemberChange.ResumeLeadership(node.nodeId(), new PauseTerms(by, "", null)),
                new MemberChangeCondition(null, false),
                "The leadership is paused no longer.");
    }

    private CompletionStage<MemberChangeResult> ofLeadership(
            Supplier<MemberChange> wished, MemberChangeCondition condition, String done) {
        MemberChange change;
        try {
            change = wished.get();
        } catch (IllegalArgumentException | ArithmeticException ex) {
            return ended(MemberChangeResult.Outcome.REFUSED, version(), sentence(String.valueOf(ex.getMessage())));
        }
        return node.changeMembers(change, condition.version(), false)
                .thenApply(result -> told(result, done))
                .minimalCompletionStage();
    }

    private static MemberChangeResult told(MemberChange.Result result, String done) {
        String because = sentence(result.detail());
        return switch (result.outcome()) {
            case DONE -> told(MemberChangeResult.Outcome.DONE, result, (because.isEmpty() ? "" : because + " ") + done);
            case UNCHANGED -> told(MemberChangeResult.Outcome.UNCHANGED, result, because);
            case STALE -> told(MemberChangeResult.Outcome.STALE, result, because);
            case BUSY -> told(MemberChangeResult.Outcome.BUSY, result, because);
            case NOT_LEADER -> told(MemberChangeResult.Outcome.NO_LEADER, result, because);
            case LEADS_ITSELF -> told(MemberChangeResult.Outcome.LEADS_ITSELF, result, because);
            case NEEDS_FORCE ->
                told(MemberChangeResult.Outcome.NEEDS_FORCE, result, because + " It is made if it is forced.");
            case REFUSED -> told(MemberChangeResult.Outcome.REFUSED, result, because);
            case UNKNOWN ->
                told(
                        MemberChangeResult.Outcome.UNKNOWN,
                        result,
                        because + " Ask for it again on the same version: it is not made twice.");
        };
    }

    private static MemberChangeResult told(
            MemberChangeResult.Outcome outcome, MemberChange.Result result, String detail) {
        return new MemberChangeResult(outcome, result.version(), detail);
    }

    private static String sentence(String clause) {
        return clause.isEmpty() ? "" : Character.toUpperCase(clause.charAt(0)) + clause.substring(1) + ".";
    }

    private static CompletionStage<MemberChangeResult> ended(
            MemberChangeResult.Outcome outcome, long version, String detail) {
        return CompletableFuture.completedFuture(new MemberChangeResult(outcome, version, detail));
    }

    // ------------------------------------------------------------------------------------------------ a plan

    @Override
    public MembersPlan plan() {
        NodeStatus status = node.status();
        Membership membership = node.published().view().membership();
        if (membership == null) {
            return new MembersPlan(0, List.of());
        }
        Map<String, NodeStatus.Member> known = new HashMap<>();
        status.members().forEach(member -> known.put(member.id(), member));
        Map<String, MemberKind> kinds = new HashMap<>();
        listed.forEach(member -> kinds.put(member.id(), member.kind()));
        List<Step> dead = new ArrayList<>();
        List<Step> gone = new ArrayList<>();
        List<Step> last = new ArrayList<>();
        for (EnrolledMember named : membership.members()) {
            Step step = removal(named, kinds.get(named.id()));
            if (step != null) {
                NodeStatus.Member seen = known.get(named.id());
                boolean silent = seen != null && Boolean.FALSE.equals(seen.reachable());
                List<Step> place = named.id().equals(status.leaderId()) ? last : silent ? dead : gone;
                place.add(step);
            }
        }
        List<Step> steps = new ArrayList<>(dead);
        for (ListedMember member : listed) {
            Step step = promotion(member, membership, known.get(member.id()));
            if (step != null) {
                steps.add(step);
            }
        }
        steps.addAll(gone);
        steps.addAll(last);
        return new MembersPlan(membership.version(), steps);
    }

    private static @Nullable Step removal(EnrolledMember named, @Nullable MemberKind listed) {
        if (listed == null) {
            return new Step(Action.REMOVE, named.id(), null, "It is not in this member's list.");
        }
        return listed == named.kind()
                ? null
                : new Step(
                        Action.CHANGE_KIND,
                        named.id(),
                        kind(listed),
                        "It is of the kind '" + shown(kind(named.kind())) + "', and listed as '" + shown(kind(listed))
                                + "'.");
    }

    private static @Nullable Step promotion(
            ListedMember listed, Membership membership, NodeStatus.@Nullable Member seen) {
        EnrolledMember named = membership.member(listed.id()).orElse(null);
        boolean votes = named != null && (named.votes() || named.kind() != listed.kind());
        if (votes || !listed.kind().votes()) {
            return null;
        }
        boolean there = seen != null && !Boolean.FALSE.equals(seen.reachable());
        return new Step(
                Action.PROMOTE,
                listed.id(),
                null,
                there
                        ? "It is listed as '" + shown(kind(listed.kind())) + "' and has no vote."
                        : "It is listed as '" + shown(kind(listed.kind()))
                                + "' and has no vote. It is not heard from here: start it first.");
    }

    @Override
    public CompletionStage<MembersPlan.Result> apply(MembersPlan plan, boolean force) {
        return apply(plan, 0, plan.version(), force);
    }

    private CompletionStage<MembersPlan.Result> apply(MembersPlan plan, int made, long version, boolean force) {
        int all = plan.steps().size();
        if (made == all) {
            return CompletableFuture.completedFuture(
                    all == 0
                            ? new MembersPlan.Result(
                                    MemberChangeResult.Outcome.UNCHANGED, version, 0, "There is nothing to change.")
                            : new MembersPlan.Result(
                                    MemberChangeResult.Outcome.DONE, version, made, "All steps of the plan are made."));
        }
        Step step = plan.steps().get(made);
        return make(step, new MemberChangeCondition(version, force)).thenCompose(result -> {
            if (result.succeeded()) {
                return apply(plan, made + 1, result.version(), force);
            }
            return CompletableFuture.completedFuture(new MembersPlan.Result(
                    result.outcome(),
                    result.version(),
                    made,
                    made + " of " + all + " steps are made. The next one, " + describe(step) + ", is not: "
                            + result.detail()));
        });
    }

    private CompletionStage<MemberChangeResult> make(Step step, MemberChangeCondition condition) {
        return step.action() == Action.PROMOTE ? promote(step.member(), condition) : remove(step.member(), condition);
    }

    private static String describe(Step step) {
        return switch (step.action()) {
            case PROMOTE -> "the promotion of '" + step.member() + "'";
            case REMOVE, CHANGE_KIND -> "the removal of '" + step.member() + "'";
        };
    }

    private static Kind kind(MemberKind kind) {
        return Kind.valueOf(kind.name());
    }

    private static String shown(Kind kind) {
        return Chronicle.dashed(kind.name());
    }
}
