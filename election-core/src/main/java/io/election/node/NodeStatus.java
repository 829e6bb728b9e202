package io.election.node;

import io.election.Role;
import io.election.core.Pause;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that an operator may want to know of a member, at one instant.
 *
 * @param cluster the cluster's name
 * @param nodeId this member
 * @param standalone whether it stands alone, without any list of members
 * @param storage where it keeps its vote and its log: {@code disk}, or {@code memory}, which each start begins anew; {@code null}
 *     where no election is held
 * @param role what it is doing
 * @param leader whether it leads at this instant, its lease checked
 * @param term its term
 * @param leaderId the leader it knows, or {@code null}
 * @param leaderUrl where clients reach that leader, or {@code null}
 * @param lastLeaderContact when it last heard from a leader, or {@code null}
 * @param initialElection whether no leader has ever been known here since the start
 * @param leaseRemaining how long the lease still holds; {@code null} unless it leads, or where the lease has no end
 * @param fencingToken the token, or {@code null} unless it leads
 * @param votedFor whom it voted for in this term, or {@code null}
 * @param quorum how many vote, how many decide, how many are reachable
 * @param members all members, sorted by id
 * @param commitIndex how far the log is known to be committed
 * @param clusterId the founded cluster's id, or {@code null}
 * @param generation the second of the founding, or {@code null}
 * @param history the latest events, the newest last
 * @param leaderlessSince since when no leader has been known, or {@code null} while one is
 * @param storageFailure what went wrong with the journal, or {@code null}
 * @param failure what else ended this member's part until it is started again, such as a lack of memory, or {@code null}
 * @param listDifference a sentence that says in what its list of members differs from the one in force, which is no fault, or
 *     before the founding from a peer's, which is one; {@code null} if it does not
 * @param leaseExpiredWhileLeading whether it holds the leader's role although its lease is gone
 * @param notReady what keeps the application from being ready for longer than a few seconds, so that this member does not
 *     stand, or {@code null}
 * @param rival a sentence that says that another process runs as this member, or {@code null} if none was seen lately
 * @param quorumLost a sentence that says that too many members have lost their memory for a quorum, and names the way
 *     out, or {@code null} if that is not so
 * @param certificateExpires when this member's own certificate expires, with which it proves to its peers who it is;
 *     {@code null} if it has none or that is not known
 * @param certificateWarning a sentence that says that this certificate expires soon or has expired, or {@code null}
 * @param membership who belongs to the cluster, and how well each of them is
 * @param foundingWaits why no cluster is founded yet, as far as discovery or a fence keeps it from that, or {@code null} if there is one
 * @param nobodyLeads whether it is known that there is no leader, and not only that none is heard here
 * @param memory the replicated memory, or {@code null} if this member has none
 * @param memoryDiffers which other members have a replicated memory while this one has none, or the other way round, in a clause;
 *     {@code null} if none is known to differ
 * @param whyNobodyLeads why no leader is known here, or {@code null} while one is
 * @param paused that the leadership is paused, as this member finds it, or {@code null}
 */
public record NodeStatus(
        String cluster,
        String nodeId,
        boolean standalone,
        @Nullable String storage,
        Role role,
        boolean leader,
        long term,
        @Nullable String leaderId,
        @Nullable String leaderUrl,
        @Nullable Instant lastLeaderContact,
        boolean initialElection,
        @Nullable Duration leaseRemaining,
        @Nullable Long fencingToken,
        @Nullable String votedFor,
        Quorum quorum,
        List<Member> members,
        long commitIndex,
        @Nullable String clusterId,
        @Nullable Long generation,
        List<HistoryEntry> history,
        @Nullable Instant leaderlessSince,
        @Nullable String storageFailure,
        @Nullable String failure,
        @Nullable String listDifference,
        boolean leaseExpiredWhileLeading,
        @Nullable String notReady,
        @Nullable String rival,
        @Nullable String quorumLost,
        @Nullable Instant certificateExpires,
        @Nullable String certificateWarning,
        MembersState membership,
        @Nullable String foundingWaits,
        boolean nobodyLeads,
        @Nullable MemoryStatus memory,
        @Nullable String memoryDiffers,
        @Nullable WhyNobodyLeads whyNobodyLeads,
        @Nullable Paused paused) {

    public NodeStatus {
        members = List.copyOf(members);
        history = List.copyOf(history);
    }

    /**
     * Whether this member's vote counts.
     *
     * @return {@code voter}, {@code catching-up}, {@code learner}, {@code non-voter}, {@code removed} or {@code unknown}
     */
    public String votingState() {
        return members.stream()
                .filter(member -> member.id().equals(nodeId))
                .map(Member::votingState)
                .findFirst()
                .orElse("unknown");
    }

    /**
     * The quorum of the membership in force.
     *
     * @param voters how many members vote
     * @param needed how many of them decide
     * @param reachable how many answered within an election timeout, this one included; {@code null} unless it leads
     * @param roundTrip how long a quorum takes to answer this member: the longest round trip to the voters that it needs, the
     *     nearest first; {@code null} where that is not known
     * @param longestRoundTrip the longest with which a leadership lasts at this member's settings; {@code null} where no other
     *     member is needed
     */
    public record Quorum(
            int voters,
            int needed,
            @Nullable Integer reachable,
            @Nullable Duration roundTrip,
            @Nullable Duration longestRoundTrip) {

        /**
         * That the network is too slow for the settings.
         *
         * @return one sentence with the figures, or {@code null} if it is not, or not known to be
         */
        public @Nullable String tooSlow() {
            return roundTrip == null || longestRoundTrip == null || roundTrip.compareTo(longestRoundTrip) <= 0
                    ? null
                    : "A quorum takes " + roundTrip.toMillis() + " ms to answer, and a leadership lasts with "
                            + longestRoundTrip.toMillis()
                            + " ms at most at these settings. Raise election.election-timeout on every member";
        }
    }

    /**
     * That the leadership stays where it is.
     *
     * @param until when that ends by itself
     * @param holder the member that keeps the leadership, or stands for it alone
     * @param by who paused it
     * @param reason why, or {@code null} if nobody said
     */
    public record Paused(
            Instant until,
            String holder,
            String by,
            @Nullable String reason) {

        static @Nullable Paused of(@Nullable Pause pause, Instant now) {
            if (pause == null) {
                return null;
            }
            Instant until = Instant.ofEpochMilli(pause.untilMillis());
            return now.isBefore(until)
                    ? new Paused(
                            until, pause.holder(), pause.by(), pause.reason().isEmpty() ? null : pause.reason())
                    : null;
        }
    }

    /**
     * One member, as this one sees it.
     *
     * @param id its id
     * @param url where peers reach it, or {@code null} where it stands alone
     * @param kind {@code data}, {@code witness} or {@code observer}
     * @param votingState {@code voter}, {@code catching-up}, {@code learner}, {@code non-voter}, {@code removed} or {@code unknown}
     * @param reachable whether it answers this member: the leader's heartbeats, or the question of another whether it is
     *     there; {@code null} where this member does not know
     * @param lastContact when it was last heard from, by an answer or by a request of its own, or {@code null}
     * @param roundTrip of its last answer, or {@code null}
     * @param matchIndex how far its log is known to be the leader's, or {@code null}
     * @param lastError why it does not answer, or what else is wrong with it, or {@code null}
     * @param lastErrorSince since when it does not answer, or {@code null}
     * @param ready whether its application is ready, so that it may stand, or {@code null} where that is not known
     */
    public record Member(
            String id,
            @Nullable String url,
            String kind,
            String votingState,
            @Nullable Boolean reachable,
            @Nullable Instant lastContact,
            @Nullable Duration roundTrip,
            @Nullable Long matchIndex,
            @Nullable String lastError,
            @Nullable Instant lastErrorSince,
            @Nullable Boolean ready) {}

    /**
     * One event of the past, or what is kept of several that were alike: the same thing happened for the same reason, again and again.
     *
     * @param at when, or when for the first time
     * @param term in which term, or in which one the first time
     * @param what what happened, such as {@code elected}
     * @param reason why, or {@code null}
     * @param times how often; 1 for one event
     * @param lastAt when for the last time; {@code null} for one event
     * @param lastTerm in which term the last time; {@code null} for one event
     */
    public record HistoryEntry(
            Instant at,
            long term,
            String what,
            @Nullable String reason,
            int times,
            @Nullable Instant lastAt,
            @Nullable Long lastTerm) {

        /** One event. */
        HistoryEntry(Instant at, long term, String what, @Nullable String reason) {
            this(at, term, what, reason, 1, null, null);
        }
    }
}
