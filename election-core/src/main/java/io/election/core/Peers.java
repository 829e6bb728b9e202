package io.election.core;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** All other members as the leader of one term knows them, and what the leader concludes from them together. */
final class Peers {

    private final StepTime time;
    private final Outbox outbox;
    private final ElectionLog log;
    private final Configuration configuration;
    private final long timeoutNanos;
    private final Map<String, Peer> peers = new TreeMap<>();
    /** The answer to {@link #acknowledged}, which is asked for with each acknowledgement. */
    private final List<ClockReading> acknowledged = new ArrayList<>();

    Peers(MemberState state) {
        this.time = state.time();
        this.outbox = state.outbox();
        this.log = state.log();
        this.configuration = state.configuration();
        this.timeoutNanos = state.settings().electionTimeout().toNanos();
        for (ListedMember member : configuration.listed()) {
            if (!configuration.isSelf(member.id())) {
                peers.put(member.id(), new Peer(member, state));
            }
        }
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

    /** Whether a quorum of voters holds an entry durably. */
    boolean isOnQuorum(long index, long durableIndex) {
        int holders = durableIndex >= index ? 1 : 0;
        for (Peer peer : peers.values()) {
            if (peer.counts() && peer.replicator().holds(index)) {
                holders++;
            }
        }
        return holders >= configuration.quorum();
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
        long last = log.last().index();
        if (peer.kind() != MemberKind.WITNESS) {
            return last;
        }
        long everywhere = own.durableIndex();
        for (Peer other : peers.values()) {
            // A peer that has not answered in this term yet is assumed to be the incarnation that the log names. A peer
            // whose latest call failed is not waited for: it may be a leader that has handed over and ended.
            if (other.kind() == MemberKind.DATA
                    && !other.isSilent()
                    && (other.isUnheard() || other.counts())
                    && isThere(other)) {
                everywhere = Math.min(everywhere, other.replicator().match());
            }
        }
        long sendable = Math.min(own.durableIndex(), Math.max(everywhere, log.commitIndex()));
        for (long index = sendable + 1; index <= own.durableIndex(); index++) {
            long waitsUntil = own.appendedAtNanos(index) + timeoutNanos;
            if (!time.isDue(waitsUntil)) {
                outbox.wake(waitsUntil);
                break;
            }
            sendable = index;
        }
        return sendable;
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

    /** The members that can take over, the best prepared first. */
    Stream<Peer> successors() {
        return peers.values().stream()
                .filter(this::canTakeOver)
                .sorted(Comparator.comparingLong((Peer p) -> p.replicator().match())
                        .thenComparingInt(p -> configuration.priority(p.id()))
                        .reversed()
                        .thenComparing(Peer::id));
    }

    /**
     * Whether any of them could be elected, as far as is known: a data member whose latest call did not fail. Whether it
     * was heard from within T does not matter, because this process may have been paused for longer.
     */
    boolean mayAnyLead() {
        for (Peer peer : peers.values()) {
            if (peer.kind() == MemberKind.DATA && !peer.isSilent()) {
                return true;
            }
        }
        return false;
    }

    boolean canTakeOver(Peer peer) {
        return peer.kind() == MemberKind.DATA && peer.counts() && !peer.isSilent() && isThere(peer);
    }

    // ------------------------------------------------------------------------------------------------ presence

    /** How many voters are reachable, this member included. */
    int reachable(long nowNanos) {
        int reachable = 1;
        for (Peer peer : peers.values()) {
            if (peer.kind().votes() && peer.heardWithin(nowNanos, timeoutNanos)) {
                reachable++;
            }
        }
        return reachable;
    }

    /** All members, this one included, sorted by id. */
    List<MemberPresence> presence(long nowNanos, long ownDurableIndex) {
        List<MemberPresence> all = new ArrayList<>();
        for (Peer peer : peers.values()) {
            all.add(peer.presence(nowNanos, timeoutNanos));
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
