package io.election.core;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** All other members as the leader of one term knows them, and what the leader concludes from them together. */
final class Peers {

    private final StepTime time;
    private final Outbox outbox;
    private final ElectionLog log;
    private final Configuration configuration;
    private final MemberState state;
    private final long timeoutNanos;
    private final Map<String, Peer> peers = new TreeMap<>();
    private @Nullable Membership followed;
    private long followedNewcomers = -1;
    private boolean someLeave;
    /** What each of those holds whose copies count, to be sorted. */
    private final List<Long> held = new ArrayList<>();
    /** The answer to {@link #acknowledged}, which is asked for with each acknowledgement. */
    private final List<ClockReading> acknowledged = new ArrayList<>();

    Peers(MemberState state) {
        this.state = state;
        this.time = state.time();
        this.outbox = state.outbox();
        this.log = state.log();
        this.configuration = state.configuration();
        this.timeoutNanos = state.settings().electionTimeout().toNanos();
        for (ListedMember member : configuration.known()) {
            if (!configuration.isSelf(member.id())) {
                peers.put(member.id(), new Peer(member, state));
            }
        }
    }

    /**
     * Takes in whoever has come, by the log or by an announcement, and lets go whoever has left. One that the log no longer names
     * stays until it knows that the entry that says so is committed, but not for ever: it is to learn of it, and to disturb nobody.
     */
    void follow() {
        Membership membership = log.membership();
        long newcomers = state.newcomers().changes();
        if (membership == followed && newcomers == followedNewcomers && !someLeave) {
            return;
        }
        followed = membership;
        followedNewcomers = newcomers;
        Set<String> known = new HashSet<>();
        for (ListedMember member : configuration.known()) {
            known.add(member.id());
            if (!configuration.isSelf(member.id())) {
                peers.computeIfAbsent(member.id(), id -> joining(member));
            }
        }
        Set<String> staying = stayingOf(known);
        peers.values().forEach(peer -> {
            if (!staying.contains(peer.id())) {
                peer.replicator().snapshotSent();
            }
        });
        peers.keySet().retainAll(staying);
        someLeave = !known.containsAll(peers.keySet());
    }

    private Peer joining(ListedMember member) {
        Peer peer = new Peer(member, state);
        peer.replicator().probe();
        return peer;
    }

    private Set<String> stayingOf(Set<String> known) {
        Set<String> staying = new HashSet<>(known);
        long version = membershipVersion();
        for (Peer peer : peers.values()) {
            boolean toldOf = log.commitIndex() >= version && peer.replicator().knowsCommitted(version);
            if (!known.contains(peer.id())
                    && !toldOf
                    && !peer.hasLeft(log.commitIndex() >= version, 2 * timeoutNanos)) {
                staying.add(peer.id());
            }
        }
        return staying;
    }

    private long membershipVersion() {
        Membership membership = log.membership();
        return membership == null ? 1 : membership.version();
    }

    Collection<Peer> all() {
        return peers.values();
    }

    @Nullable Peer get(String id) {
        return peers.get(id);
    }

    private boolean isThere(Peer peer) {
        return peer.heardWithin(time.nanos(), timeoutNanos);
    }

    // ------------------------------------------------------------------------------------------------ the log

    /** The last index that a quorum of voters holds durably. */
    long onQuorum(long durableIndex) {
        return heldBy(configuration.quorum(), durableIndex, false);
    }

    /** The last index that so many data voters hold durably, this member included. What a witness holds is no copy. */
    long onDataVoters(int copies, long durableIndex) {
        return heldBy(copies, durableIndex, true);
    }

    private long heldBy(int holders, long durableIndex, boolean dataOnly) {
        held.clear();
        held.add(durableIndex);
        for (Peer peer : peers.values()) {
            if (peer.counts() && (peer.kind() == MemberKind.DATA || !dataOnly)) {
                held.add(peer.replicator().match());
            }
        }
        if (held.size() < holders) {
            return 0;
        }
        held.sort(Comparator.reverseOrder());
        return held.get(holders - 1);
    }

    /** How many data voters are heard from that could hold a copy, this member included. */
    int dataVotersThere() {
        int there = 1;
        for (Peer peer : peers.values()) {
            if (peer.kind() == MemberKind.DATA && peer.counts() && !peer.isSilent() && isThere(peer)) {
                there++;
            }
        }
        return there;
    }

    /** A member in force whose replica is not known to read a type of entry, or {@code null}. A witness reads nothing. */
    @Nullable String notReading(String type) {
        for (EnrolledMember member : configuration.members()) {
            Peer peer = peers.get(member.id());
            boolean reads = configuration.isSelf(member.id())
                    || member.kind() == MemberKind.WITNESS
                    || (peer != null && peer.reads(type));
            if (!reads) {
                return member.id();
            }
        }
        return null;
    }

    /**
     * A member that is heard from, could stand, and is not known to heed a pause; {@code null} if there is none. One that is
     * down does not stand either, and may be why the leadership is paused.
     */
    @Nullable String notReadingPauses() {
        for (EnrolledMember member : configuration.members()) {
            Peer peer = peers.get(member.id());
            if (member.kind() == MemberKind.DATA
                    && peer != null
                    && isThere(peer)
                    && !peer.isSilent()
                    && !peer.readsPauses()) {
                return member.id();
            }
        }
        return null;
    }

    /** Sends every member what it lacks. */
    void replicate(LeaderLog own) {
        for (Peer peer : peers.values()) {
            peer.replicator().sendUpTo(sendableTo(peer, own));
        }
    }

    /**
     * Up to which index a peer may be sent entries. A witness gets an entry only once it is durable here and on every
     * named data voter that was heard from within T. The leader waits for those voters T at most. Without this rule, a
     * witness could still hold an entry's term and index after every copy of the entry itself was lost (safety rule
     * 10).
     */
    private long sendableTo(Peer peer, LeaderLog own) {
        long last = lastFor(peer);
        if (peer.kind() != MemberKind.WITNESS) {
            return last;
        }
        long everywhere = own.durableIndex();
        for (Peer other : peers.values()) {
            // A peer that has not answered in this term yet is assumed to be the incarnation that the log names. A peer
            // whose latest call failed is not waited for: it may be a leader that has handed over and ended.
            if (other.kind() == MemberKind.DATA
                    && configuration.isVoter(other.id())
                    && !other.isSilent()
                    && (other.isUnheard() || other.counts())
                    && isThere(other)) {
                everywhere = Math.min(everywhere, other.replicator().match());
            }
        }
        long durable = Math.min(last, own.durableIndex());
        long sendable = Math.min(durable, Math.max(everywhere, log.commitIndex()));
        for (long index = sendable + 1; index <= durable; index++) {
            long waitsUntil = own.appendedAtNanos(index) + timeoutNanos;
            if (!time.isDue(waitsUntil)) {
                outbox.wake(waitsUntil);
                break;
            }
            sendable = index;
        }
        return sendable;
    }

    /**
     * The last entry that a peer may be sent. The entry that takes a member's vote goes to it once it is committed. Before that, its
     * vote may still be needed, and a log that is longer than all others would keep it from being given (thesis, section 4.2.2).
     */
    private long lastFor(Peer peer) {
        long version = membershipVersion();
        boolean voteTaken = peer.kind().votes() && version > log.commitIndex() && !configuration.isVoter(peer.id());
        return voteTaken ? version - 1 : log.last().index();
    }

    // ------------------------------------------------------------------------------------------------ quorums

    /**
     * The send times of the messages that were acknowledged: the latest of each member whose acknowledgement counts. The list is
     * good until the next call.
     */
    List<ClockReading> acknowledged() {
        acknowledged.clear();
        for (Peer peer : peers.values()) {
            if (peer.counts() && peer.acknowledged() != null) {
                acknowledged.add(peer.acknowledged());
            }
        }
        return acknowledged;
    }

    /**
     * How many members whose acknowledgement counts have acknowledged a message that was sent as this request or later.
     */
    long haveAcknowledgedSince(long request) {
        return peers.values().stream()
                .filter(peer -> peer.counts() && peer.hasAcknowledgedSince(request))
                .count();
    }

    /**
     * The application positions of the data members whose acknowledgement counts, as far as they reported one. A witness has no
     * application. One that reports a position is not believed.
     */
    List<LogPosition> positions() {
        List<LogPosition> positions = new ArrayList<>();
        for (Peer peer : peers.values()) {
            if (peer.kind() == MemberKind.DATA && peer.counts() && peer.application() != null) {
                positions.add(peer.application());
            }
        }
        return positions;
    }

    // ------------------------------------------------------------------------------------------------ successors

    /**
     * The members that can take over, the best prepared first. Of equals the one comes first whose memory the log has named last: where
     * members are exchanged or restarted one by one, it has had its turn, and need not hand over again soon.
     */
    Stream<Peer> successors() {
        return peers.values().stream()
                .filter(this::canTakeOver)
                .sorted(Comparator.comparingLong((Peer p) -> p.replicator().match())
                        .thenComparingInt(p -> configuration.priority(p.id()))
                        .thenComparingLong(p -> configuration.namedAt(p.id()))
                        .reversed()
                        .thenComparing(Peer::id));
    }

    /**
     * Whether any of them could be elected, as far as is known: a data member whose latest call did not fail. Whether it
     * was heard from within T does not matter, because this process may have been paused for longer.
     */
    boolean mayAnyLead() {
        for (Peer peer : peers.values()) {
            if (configuration.mayLead(peer.id()) && !peer.isSilent()) {
                return true;
            }
        }
        return false;
    }

    boolean canTakeOver(Peer peer) {
        return peer.kind() == MemberKind.DATA
                && peer.counts()
                && !peer.isSilent()
                && isThere(peer)
                && (!log.feeds() || peer.mayApply());
    }

    /** The voters that are not heard from, or whose memory does not count, this member left out. */
    List<String> silentVoters() {
        return configuration.voters().stream()
                .filter(id -> !configuration.isSelf(id) && !isReadyVoter(id))
                .sorted()
                .toList();
    }

    private boolean isReadyVoter(String id) {
        Peer peer = peers.get(id);
        return peer != null && peer.counts() && !peer.isSilent() && isThere(peer);
    }

    /** Whether a learner is heard from, and lacks no more than so many entries of what is committed. */
    boolean hasCaughtUp(Peer learner, long mostBehind) {
        return !learner.isSilent()
                && isThere(learner)
                && !learner.isUnheard()
                && readsAll(learner)
                && log.commitIndex() - learner.replicator().match() <= mostBehind;
    }

    /** Whether a member's replica goes on, and reads all that is in the log. A witness needs none. */
    private boolean readsAll(Peer peer) {
        if (!log.feeds() || peer.kind() == MemberKind.WITNESS) {
            return true;
        }
        return peer.hasApplied(0) && log.types().stream().allMatch(peer::reads);
    }

    /** Whether a member is heard from, and lacks more than so many entries of what is committed. */
    boolean lacksMore(Peer member, long mostBehind) {
        return isThere(member) && log.commitIndex() - member.replicator().match() > mostBehind;
    }

    /** What the others last said of their replicas, those left out that have said nothing in this term, or have none. */
    Map<String, ReplicaStatus> replicas() {
        Map<String, ReplicaStatus> said = new TreeMap<>();
        for (Peer peer : peers.values()) {
            ReplicaStatus replica = peer.replica();
            if (replica != null) {
                said.put(peer.id(), replica);
            }
        }
        return said;
    }

    // ------------------------------------------------------------------------------------------------ presence

    /** How many voters are reachable, this member included. */
    int reachable(long nowNanos) {
        int reachable = 1;
        for (Peer peer : peers.values()) {
            if (configuration.isVoter(peer.id()) && peer.heardWithin(nowNanos, timeoutNanos)) {
                reachable++;
            }
        }
        return reachable;
    }

    /** All members, this one included, sorted by id. One that is only told that it was removed is none. */
    List<MemberPresence> presence(long nowNanos, long ownDurableIndex) {
        List<MemberPresence> all = new ArrayList<>();
        for (Peer peer : peers.values()) {
            if (configuration.enrolled(peer.id()) != null
                    || log.membership() == null
                    || state.newcomers().get(peer.id()) != null) {
                all.add(peer.presence(nowNanos, timeoutNanos));
            }
        }
        all.add(new MemberPresence(
                configuration.self(),
                configuration.ownKind(),
                MemberPresence.VotingState.VOTER,
                true,
                nowNanos,
                Duration.ZERO,
                ownDurableIndex));
        all.sort(Comparator.comparing(MemberPresence::id));
        return all;
    }
}
