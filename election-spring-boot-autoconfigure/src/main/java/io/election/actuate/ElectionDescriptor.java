package io.election.actuate;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.election.Role;
import io.election.node.NodeStatus;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.OperationResponseBody;

/**
 * What the endpoint answers: {@link NodeStatus} for an operator. Nulls are shown, and durations (ISO-8601) and times
 * (instants) are texts, whatever the application's JSON settings are.
 *
 * @param cluster the cluster's name
 * @param nodeId this member
 * @param standalone whether it stands alone
 * @param storage where it keeps its vote and its log: {@code disk}, or {@code memory}, which each start begins anew
 * @param role what it is doing in its term
 * @param leader whether it leads at this instant, its lease checked
 * @param term its term
 * @param leaderId the leader it knows
 * @param leaderUrl where clients reach that leader
 * @param lastLeaderContact when it last heard from a leader
 * @param initialElection whether no leader has ever been known here
 * @param leaseRemaining how long the lease still holds, on the leader
 * @param fencingToken the token, on the leader
 * @param votedFor whom it voted for in this term
 * @param quorum how many vote, how many decide, how many are reachable
 * @param members all members
 * @param commitIndex how far the log is known to be committed
 * @param clusterId the founded cluster's id
 * @param generation the second of the founding
 * @param history the events, the newest last; of older ones that are alike one entry with a count
 * @param notReady what keeps the application from being ready for longer than a few seconds, so that this member does not
 *     stand
 * @param foundingWaits why members that find each other do not found a cluster yet
 * @param certificateExpires when this member's own certificate between members expires
 * @param certificateRemaining how long that is from now; negative once it has expired
 * @param certificateWarning that it expires within 14 days or has expired, in words
 * @param membership the members in force with their version, and of each whether it is healthy and why not
 * @param memory the replicated memory; {@code null} if this member has none
 * @param memoryDiffers which other members have a replicated memory while this one has none, or the other way round
 * @param whyNobodyLeads why no leader is known here, or {@code null} while one is
 * @param paused that the leadership is paused; {@code null} if it is not
 */
@JsonInclude(JsonInclude.Include.ALWAYS)
public record ElectionDescriptor(
        String cluster,
        String nodeId,
        boolean standalone,
        @Nullable String storage,
        Role role,
        boolean leader,
        long term,
        @Nullable String leaderId,
        @Nullable String leaderUrl,
        @Nullable String lastLeaderContact,
        boolean initialElection,
        @Nullable String leaseRemaining,
        @Nullable Long fencingToken,
        @Nullable String votedFor,
        Quorum quorum,
        List<Member> members,
        long commitIndex,
        @Nullable String clusterId,
        @Nullable Long generation,
        List<Event> history,
        @Nullable String notReady,
        @Nullable String foundingWaits,
        @Nullable String certificateExpires,
        @Nullable String certificateRemaining,
        @Nullable String certificateWarning,
        MembersDescriptor membership,
        @Nullable MemoryDescriptor memory,
        @Nullable String memoryDiffers,
        @Nullable WhyNobodyLeadsDescriptor whyNobodyLeads,
        @Nullable Paused paused)
        implements OperationResponseBody {

    static ElectionDescriptor of(NodeStatus status) {
        return new ElectionDescriptor(
                status.cluster(),
                status.nodeId(),
                status.standalone(),
                status.storage(),
                status.role(),
                status.leader(),
                status.term(),
                status.leaderId(),
                status.leaderUrl(),
                text(status.lastLeaderContact()),
                status.initialElection(),
                text(status.leaseRemaining()),
                status.fencingToken(),
                status.votedFor(),
                new Quorum(
                        status.quorum().voters(),
                        status.quorum().needed(),
                        status.quorum().reachable(),
                        text(status.quorum().roundTrip()),
                        text(status.quorum().longestRoundTrip())),
                status.members().stream().map(Member::of).toList(),
                status.commitIndex(),
                status.clusterId(),
                status.generation(),
                status.history().stream().map(Event::of).toList(),
                status.notReady(),
                status.foundingWaits(),
                text(status.certificateExpires()),
                text(remaining(status.certificateExpires())),
                status.certificateWarning(),
                MembersDescriptor.of(status),
                MemoryDescriptor.of(status.memory()),
                status.memoryDiffers(),
                WhyNobodyLeadsDescriptor.of(status.whyNobodyLeads()),
                Paused.of(status.paused()));
    }

    private static @Nullable Duration remaining(@Nullable Instant expires) {
        return expires == null ? null : Duration.between(Instant.now(), expires).truncatedTo(ChronoUnit.SECONDS);
    }

    private static @Nullable String text(@Nullable Instant instant) {
        return instant == null ? null : instant.toString();
    }

    private static @Nullable String text(@Nullable Duration duration) {
        return duration == null ? null : duration.toString();
    }

    /**
     * The quorum of the membership in force.
     *
     * @param voters how many members vote
     * @param needed how many of them decide
     * @param reachable how many answered within an election timeout, on the leader
     * @param roundTrip how long a quorum takes to answer this member
     * @param longestRoundTrip the longest with which a leadership lasts at the settings
     */
    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record Quorum(
            int voters,
            int needed,
            @Nullable Integer reachable,
            @Nullable String roundTrip,
            @Nullable String longestRoundTrip) {}

    /**
     * That the leadership stays where it is.
     *
     * @param until when that ends by itself
     * @param holder the member that keeps the leadership, or stands for it alone
     * @param by who paused it
     * @param reason why; {@code null} if nobody said
     */
    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record Paused(
            String until,
            String holder,
            String by,
            @Nullable String reason) {

        static @Nullable Paused of(NodeStatus.@Nullable Paused paused) {
            return paused == null
                    ? null
                    : new Paused(paused.until().toString(), paused.holder(), paused.by(), paused.reason());
        }
    }

    /**
     * One member, as this one sees it.
     *
     * @param id its id
     * @param url where peers reach it
     * @param kind {@code data}, {@code witness} or {@code observer}
     * @param votingState {@code voter}, {@code catching-up}, {@code learner}, {@code non-voter}, {@code removed} or
     *     {@code unknown}
     * @param reachable whether it answers this member
     * @param lastContact when it was last heard from
     * @param roundTrip of its last answer
     * @param matchIndex how far its log is known to be the leader's
     * @param lastError why it does not answer, or what else is wrong with it
     * @param lastErrorSince since when it does not answer
     * @param ready whether its application is ready, so that it may stand
     */
    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record Member(
            String id,
            @Nullable String url,
            String kind,
            String votingState,
            @Nullable Boolean reachable,
            @Nullable String lastContact,
            @Nullable String roundTrip,
            @Nullable Long matchIndex,
            @Nullable String lastError,
            @Nullable String lastErrorSince,
            @Nullable Boolean ready) {

        static Member of(NodeStatus.Member member) {
            return new Member(
                    member.id(),
                    member.url(),
                    member.kind(),
                    member.votingState(),
                    member.reachable(),
                    text(member.lastContact()),
                    text(member.roundTrip()),
                    member.matchIndex(),
                    member.lastError(),
                    text(member.lastErrorSince()),
                    member.ready());
        }
    }

    /**
     * One event of the past, or what is kept of several that were alike.
     *
     * @param at when, or when for the first time
     * @param term in which term, or in which one the first time
     * @param what what happened
     * @param reason why
     * @param times how often
     * @param lastAt when for the last time, if more than once
     * @param lastTerm in which term the last time, if more than once
     */
    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record Event(
            String at,
            long term,
            String what,
            @Nullable String reason,
            int times,
            @Nullable String lastAt,
            @Nullable Long lastTerm) {

        static Event of(NodeStatus.HistoryEntry entry) {
            return new Event(
                    entry.at().toString(),
                    entry.term(),
                    entry.what(),
                    entry.reason(),
                    entry.times(),
                    text(entry.lastAt()),
                    entry.lastTerm());
        }
    }
}
