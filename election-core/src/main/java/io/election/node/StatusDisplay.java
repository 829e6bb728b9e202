package io.election.node;

import io.election.Role;
import io.election.core.ClockReading;
import io.election.core.ElectionSettings;
import io.election.core.ElectionView;
import io.election.core.Lease;
import io.election.core.MemberKind;
import io.election.core.MemberPresence;
import io.election.core.Membership;
import io.election.core.MemoryView;
import io.election.memory.Memory;
import io.election.peer.KnownLink;
import io.election.peer.PeerTransport;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Puts together what an operator may see of a member: what its election shows, and what it knows of its peers besides. */
final class StatusDisplay {

    private static final String OBSERVER = Chronicle.dashed(MemberKind.OBSERVER.name());

    private static final String WITNESS = Chronicle.dashed(MemberKind.WITNESS.name());

    private final NodeSettings settings;
    private final ElectionSettings election;
    private final String storage;
    private final NodeClock clock;
    private final Chronicle chronicle;
    private final PeerTransport transport;
    private final @Nullable Memory memory;

    StatusDisplay(
            NodeSettings settings,
            boolean durable,
            NodeClock clock,
            Chronicle chronicle,
            PeerTransport transport,
            @Nullable Memory memory) {
        this.memory = memory;
        this.settings = settings;
        this.storage = durable ? "disk" : "memory";
        this.election = settings.election();
        this.clock = clock;
        this.chronicle = chronicle;
        this.transport = transport;
    }

    /**
     * One consistent snapshot.
     *
     * @param latest what the loop published last
     * @param watch what is known of the peers, or {@code null} on a node that does not run
     */
    NodeStatus status(
            Published latest,
            @Nullable PeerWatch watch,
            @Nullable Instant leaderlessSince,
            @Nullable String storageFailure,
            @Nullable String failure,
            boolean ready,
            @Nullable String holds) {
        ClockReading now = clock.read();
        ElectionView view = latest.view();
        LeaseCell cell = latest.cell();
        boolean leader = cell != null && cell.holds();
        Membership membership = view.membership();
        List<NodeStatus.Member> members = view.members().stream()
                .map(m -> member(m, view, watch, ready, now))
                .toList();
        String listDifference = watch == null ? null : watch.listDifference();
        Instant certificateExpires = transport.certificateExpires();
        List<String> withoutMemory = watch == null ? List.of() : watch.withoutMemory();
        String quorumLost = quorumLost(withoutMemory, watch);
        String foundingWaits = membership != null || view.leader() != null ? null : chronicle.foundingWaits();
        NodeStatus.Paused paused = NodeStatus.Paused.of(view.pause(), Instant.ofEpochMilli(now.wallMillis()));
        MembersState state = MembersState.of(
                election, view, members, watch == null ? List.of() : watch.links(), listDifference, now);
        return new NodeStatus(
                election.cluster(),
                election.nodeId(),
                settings.standalone(),
                storage,
                view.role(),
                leader,
                view.term(),
                view.leader(),
                clientUrl(view.leader(), watch),
                instant(view.lastLeaderContactNanos(), now),
                view.initialElection(),
                leader && cell != null ? remaining(cell.lease(), now) : null,
                leader && cell != null ? Long.valueOf(cell.token().value()) : null,
                view.votedFor(),
                quorum(view, members),
                members,
                view.commitIndex(),
                membership == null ? null : membership.clusterId(),
                membership == null ? null : membership.generation(),
                chronicle.history(),
                leaderlessSince,
                storageFailure,
                failure,
                listDifference,
                cell != null && !leader,
                holds,
                watch == null ? null : watch.rival(),
                quorumLost,
                certificateExpires,
                CertificateWatch.warning(certificateExpires, Instant.ofEpochMilli(now.wallMillis())),
                state,
                foundingWaits,
                watch != null && watch.knowsThatNobodyLeads(),
                memory(view),
                view.memoryDiffers(),
                view.leader() != null || leaderlessSince == null
                        ? null
                        : WhyNobodyLeads.of(
                                election.nodeId(),
                                view.needed(),
                                members,
                                state.voting(),
                                fault(storageFailure, failure, quorumLost, foundingWaits),
                                holds,
                                paused,
                                chronicle.lastRound(leaderlessSince),
                                Instant.ofEpochMilli(now.wallMillis())),
                paused);
    }

    /**
     * How this member reaches the others, those left out of which it does not know.
     *
     * @param latest what the loop published last
     * @param watch what is known of the peers
     */
    List<KnownLink> links(Published latest, PeerWatch watch) {
        ClockReading now = clock.read();
        ElectionView view = latest.view();
        return view.members().stream()
                .filter(m -> !m.id().equals(election.nodeId()))
                .map(m -> member(m, view, watch, true, now))
                .map(m -> link(m, Instant.ofEpochMilli(now.wallMillis())))
                .filter(Objects::nonNull)
                .limit(KnownLink.MOST_TOLD)
                .toList();
    }

    private static @Nullable KnownLink link(NodeStatus.Member member, Instant now) {
        Boolean reached = member.reachable();
        if (reached == null) {
            return null;
        }
        Instant heardAt = member.lastContact();
        Duration heard = heardAt == null ? null : Duration.between(heardAt, now);
        return new KnownLink(
                member.id(),
                reached,
                reached ? member.roundTrip() : null,
                heard != null && heard.isNegative() ? Duration.ZERO : heard,
                reached ? null : member.lastError());
    }

    /**
     * How well it follows.
     *
     * @param latest what the loop published last
     * @param watch what is known of the peers, or {@code null} on a node that does not run
     * @param hearsAnother whether it does not lead, and has heard from its leader within a lease
     * @param failure why it takes no part, or {@code null}
     */
    FollowerStatus following(
            Published latest, @Nullable PeerWatch watch, boolean hearsAnother, @Nullable String failure) {
        ClockReading now = clock.read();
        ElectionView view = latest.view();
        MemoryView fed = memory == null ? null : view.memory();
        LeaderWord word = latest.word();
        NodeStatus.Member self = view.members().stream()
                .filter(m -> m.id().equals(election.nodeId()))
                .map(m -> member(m, view, watch, true, now))
                .findFirst()
                .orElse(null);
        return new FollowerStatus(
                hearsAnother && !election.nodeId().equals(view.leader()),
                view.term(),
                view.leader(),
                clientUrl(view.leader(), watch),
                instant(view.lastLeaderContactNanos(), now),
                word == null || !word.isOf(view) ? null : Long.valueOf(word.commitIndex()),
                view.commitIndex(),
                fed == null ? null : Long.valueOf(fed.applied()),
                self == null ? Chronicle.dashed(MemberPresence.VotingState.UNKNOWN.name()) : self.votingState(),
                memory == null || self == null || !self.kind().equals(WITNESS),
                failure != null || fed == null ? failure : fed.failure());
    }

    private @Nullable MemoryStatus memory(ElectionView view) {
        Memory kept = memory;
        MemoryView shown = view.memory();
        return kept == null || shown == null
                ? null
                : new MemoryDisplay(kept, election.nodeId(), shown, view.commitIndex()).status();
    }

    /** What alone explains that nobody leads, the gravest first. */
    private static @Nullable String fault(
            @Nullable String storageFailure,
            @Nullable String failure,
            @Nullable String quorumLost,
            @Nullable String foundingWaits) {
        if (storageFailure != null) {
            return "the journal of this member failed: " + storageFailure;
        }
        if (failure != null) {
            return "this member takes no part until its process is restarted: " + failure;
        }
        return quorumLost != null
                ? quorumLost
                : foundingWaits == null ? null : "no cluster is founded yet: " + foundingWaits;
    }

    private @Nullable String quorumLost(List<String> withoutMemory, @Nullable PeerWatch watch) {
        if (!withoutMemory.isEmpty()) {
            return "This member " + LostMemories.describe(withoutMemory, settings.finding() != null);
        }
        String gone = watch == null ? null : watch.others().lostQuorum();
        return gone == null ? null : "This member " + gone;
    }

    private NodeStatus.Quorum quorum(ElectionView view, List<NodeStatus.Member> members) {
        int others = view.needed() - 1;
        List<Duration> roundTrips = members.stream()
                .filter(m -> !m.id().equals(election.nodeId()) && !m.kind().equals(OBSERVER))
                .map(NodeStatus.Member::roundTrip)
                .filter(Objects::nonNull)
                .sorted()
                .toList();
        Duration roundTrip = others < 1 || roundTrips.size() < others ? null : roundTrips.get(others - 1);
        return new NodeStatus.Quorum(
                view.voters(),
                view.needed(),
                view.reachable(),
                roundTrip,
                others < 1 ? null : election.longestRoundTrip());
    }

    private NodeStatus.Member member(
            MemberPresence presence, ElectionView view, @Nullable PeerWatch watch, boolean ready, ClockReading now) {
        boolean self = presence.id().equals(election.nodeId());
        ReachedPeer reached = watch == null ? null : watch.reached(presence.id());
        // A leader hears from all of them all the time; a follower knows only what came of its own questions.
        Boolean reachable = presence.reachable();
        if (reached != null && reached.reachable() != null && !self && view.role() != Role.LEADER) {
            reachable = reached.reachable();
        }
        boolean answers = Boolean.TRUE.equals(reachable) && reached != null && reached.lastErrorSince() != null;
        MemberPresence.VotingState voting = presence.votingState();
        if (self && voting == MemberPresence.VotingState.UNKNOWN && watch != null && watch.isStrange()) {
            voting = MemberPresence.VotingState.CATCHING_UP;
        }
        if (self && watch != null && watch.isRemovedUnheard()) {
            voting = MemberPresence.VotingState.REMOVED;
        }
        return new NodeStatus.Member(
                presence.id(),
                watch == null
                        ? settings.peerUrls().get(presence.id())
                        : watch.addresses().url(presence.id()),
                Chronicle.dashed(presence.kind().name()),
                Chronicle.dashed(voting.name()),
                reachable,
                later(instant(presence.lastContactNanos(), now), reached == null ? null : reached.lastContact()),
                presence.roundTrip() != null || reached == null ? presence.roundTrip() : reached.roundTrip(),
                presence.matchIndex(),
                // One call that failed among others that did not is nothing to show.
                reached == null || answers ? null : reached.lastError(),
                reached == null || answers ? null : reached.lastErrorSince(),
                self ? Boolean.valueOf(ready) : reached == null ? null : reached.ready());
    }

    private static @Nullable Instant later(@Nullable Instant one, @Nullable Instant other) {
        return one == null || (other != null && other.isAfter(one)) ? other : one;
    }

    static @Nullable Instant instant(@Nullable Long nanos, ClockReading now) {
        return nanos == null
                ? null
                : Instant.ofEpochMilli(now.wallMillis()).minusNanos(Math.max(0, now.monotonicNanos() - nanos));
    }

    private static @Nullable Duration remaining(@Nullable Lease lease, ClockReading now) {
        ClockReading end = lease == null ? null : lease.end();
        return end == null
                ? null
                : Duration.ofNanos(Math.max(
                        0,
                        Math.min(
                                end.monotonicNanos() - now.monotonicNanos(),
                                Duration.ofMillis(end.wallMillis() - now.wallMillis())
                                        .toNanos())));
    }

    private @Nullable String clientUrl(@Nullable String member, @Nullable PeerWatch watch) {
        if (member == null) {
            return null;
        }
        return watch == null
                ? settings.clientUrls().get(member)
                : watch.addresses().clientUrl(member);
    }
}
