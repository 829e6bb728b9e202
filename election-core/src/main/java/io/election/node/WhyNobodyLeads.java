package io.election.node;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Why a member knows no leader, as far as it can tell: in one sentence, and of each member on its own.
 *
 * @param summary one sentence without a full stop
 * @param members each member, in the order of their ids, this one included
 */
public record WhyNobodyLeads(String summary, List<Reason> members) {

    private static final Set<String> STAND_NOT = Set.of("catching-up", "learner", "non-voter", "removed");

    /** Copies the members. */
    public WhyNobodyLeads {
        members = List.copyOf(members);
    }

    /**
     * Of one member.
     *
     * @param id the member
     * @param reached whether this member reaches it; {@code null} where it does not know
     * @param asked whether it was asked for its vote in the last round of an election of this member
     * @param why what it does about it, or what keeps it from that, one clause
     */
    public record Reason(String id, @Nullable Boolean reached, boolean asked, String why) {}

    /**
     * The last round of an election of this member, which did not make it the leader.
     *
     * @param at when it ended
     * @param term in which term it stood
     * @param votes who granted
     * @param needed how many votes were needed
     * @param refusals who refused, and why
     * @param detail what kept it from being elected, one clause
     */
    record Round(Instant at, long term, List<String> votes, int needed, Map<String, String> refusals, String detail) {}

    /**
     * Puts it together.
     *
     * @param voters who votes by the members in force, or before the founding by this member's list
     * @param fault what keeps this member from taking part at all, or the cluster from having a leader; one sentence, or
     *     {@code null}
     * @param holds what keeps this member's application from being ready, or {@code null}
     * @param paused that the leadership is paused, which keeps all but one from standing, or {@code null}
     * @param round the last round since a leader was known, or {@code null}
     */
    static WhyNobodyLeads of(
            String nodeId,
            int needed,
            List<NodeStatus.Member> members,
            Set<String> voters,
            @Nullable String fault,
            @Nullable String holds,
            NodeStatus.@Nullable Paused paused,
            @Nullable Round round,
            Instant now) {
        long reached = members.stream()
                .filter(m -> voters.contains(m.id()))
                .filter(m -> m.id().equals(nodeId) || Boolean.TRUE.equals(m.reachable()))
                .count();
        String summary;
        if (fault != null) {
            summary = fault;
        } else if (!voters.isEmpty() && reached < needed) {
            summary = needed + " of " + voters.size() + " voters are needed, and '" + nodeId + "' reaches " + reached
                    + (voters.contains(nodeId) ? ", itself included" : "");
        } else if (paused != null) {
            summary =
                    "the leadership is paused until " + paused.until() + ", and only '" + paused.holder() + "' stands";
        } else if (round != null) {
            summary = "the last election that '" + nodeId + "' stood for, in term " + round.term() + ", ended with "
                    + round.votes().size() + " of " + round.needed() + " votes needed: " + round.detail();
        } else {
            summary = "enough voters are reached, and '" + nodeId + "' has not stood for election yet";
        }
        List<Reason> reasons = new ArrayList<>();
        for (NodeStatus.Member member : members) {
            boolean self = member.id().equals(nodeId);
            reasons.add(new Reason(
                    member.id(),
                    self ? Boolean.TRUE : member.reachable(),
                    !self && round != null && wasAsked(member, voters, round),
                    self ? own(member, holds, paused) : other(member, paused, round, now)));
        }
        return new WhyNobodyLeads(summary, reasons);
    }

    private static boolean wasAsked(NodeStatus.Member member, Set<String> voters, Round round) {
        return voters.contains(member.id())
                || round.votes().contains(member.id())
                || round.refusals().containsKey(member.id());
    }

    private static String own(NodeStatus.Member self, @Nullable String holds, NodeStatus.@Nullable Paused paused) {
        if (!Boolean.TRUE.equals(self.ready())) {
            return "does not stand: its application is not ready yet" + (holds == null ? "" : ": " + holds);
        }
        String part = part(self, paused);
        return part == null ? "stands for election" : "does not stand: " + part;
    }

    private static String other(
            NodeStatus.Member member, NodeStatus.@Nullable Paused paused, @Nullable Round round, Instant now) {
        if (Boolean.FALSE.equals(member.reachable())) {
            String error = member.lastError() == null ? "it does not answer" : member.lastError();
            return "not reached: " + error + since(member.lastErrorSince(), now);
        }
        List<String> clauses = new ArrayList<>();
        if (member.reachable() == null) {
            clauses.add("not known to be reached");
        } else if (member.lastError() != null) {
            clauses.add("answers, but " + member.lastError());
        }
        if (round != null) {
            String refusal = round.refusals().get(member.id());
            if (refusal != null) {
                clauses.add("asked for its vote in term " + round.term() + ", it refused: " + refusal);
            } else if (round.votes().contains(member.id())) {
                clauses.add("asked for its vote in term " + round.term() + ", it granted it");
            }
        }
        if (Boolean.FALSE.equals(member.ready())) {
            clauses.add("does not stand: its application is not ready yet");
        } else {
            String part = part(member, paused);
            if (part != null) {
                clauses.add("does not stand: " + part);
            }
        }
        return clauses.isEmpty() ? "is reached" : String.join("; ", clauses);
    }

    /**
     * What part in the cluster keeps a member from standing, or {@code null} if none does. Only the leader knows how far another
     * voter is, so one whose state is not known here may well stand.
     */
    private static @Nullable String part(NodeStatus.Member member, NodeStatus.@Nullable Paused paused) {
        if (!member.kind().equals("data")) {
            return "it is of kind " + member.kind();
        }
        if (STAND_NOT.contains(member.votingState())) {
            return "its voting state is " + member.votingState();
        }
        return paused == null || paused.holder().equals(member.id()) ? null : "the leadership is paused";
    }

    private static String since(@Nullable Instant since, Instant now) {
        return since == null
                ? ""
                : ", for " + Math.max(1, Math.round(Duration.between(since, now).toMillis() / 1e3)) + " s";
    }
}
