package io.election.node;

import io.election.core.ElectionSettings;
import io.election.core.ElectionView;
import io.election.core.ListedMember;
import io.election.core.Member;
import io.election.core.Membership;
import io.election.peer.MemberState;
import io.election.peer.PeerPresence;
import io.election.peer.PeerTransport;
import io.election.peer.PresenceCallback;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/**
 * What this member knows of its peers by its own calls: which of them do not answer, and why, and what the others say of
 * themselves. It asks each at the start and then once in a while, because a follower otherwise calls nobody. It tells
 * people, and changes nothing in the election.
 *
 * <p>Any thread may call it; it never blocks.
 */
final class PeerWatch {

    /** A peer that cannot be reached is told of again, after it was reached, no sooner than so long after the last time. */
    private static final long REPEAT_NANOS = Duration.ofSeconds(10).toNanos();

    /** Reasons told for one silence of a peer, each once, at most. */
    private static final int MOST_REASONS = 5;

    /** A question whose end is not heard of is forgotten after so long. */
    private static final long FORGOTTEN_NANOS = Duration.ofSeconds(30).toNanos();

    /** An application that takes no longer to become ready is nothing to tell, unless its member says what holds it. */
    private static final long UNREADY_NANOS = Duration.ofSeconds(10).toNanos();

    private static final Duration SOONEST = Duration.ofMillis(500);
    private static final Duration LATEST = Duration.ofSeconds(2);

    private final ElectionSettings settings;
    private final List<ListedMember> listed;
    private final String incarnation;
    private final NodeClock clock;
    private final Chronicle chronicle;
    private final PeerTransport transport;
    private final Supplier<ElectionView> view;
    private final long startedAtNanos;
    private final long silenceNanos;
    private final long soonNanos;
    private final long intervalNanos;
    private final Map<String, Peer> peers = new TreeMap<>();

    private boolean leaderKnown;
    private long leaderlessSinceNanos;
    private boolean rivalTold;
    private List<String> withoutMemoryTold = List.of();

    /** One peer. Guarded by the watch. */
    private static final class Peer {

        private final String id;
        private long askAtNanos;
        private @Nullable Long answeredAtNanos;
        private @Nullable Long heardAtNanos;
        private @Nullable Duration roundTrip;

        private @Nullable String failure;
        private long failingSinceNanos;
        private final Set<String> told = new HashSet<>();
        private @Nullable Long toldAtNanos;

        private @Nullable PeerPresence presence;
        private long presenceAtNanos;
        private @Nullable List<ListedMember> toldList;
        private boolean toldTwice;
        private @Nullable Long unreadySinceNanos;
        private boolean toldUnready;

        Peer(String id, long askAtNanos) {
            this.id = id;
            this.askAtNanos = askAtNanos;
        }
    }

    /**
     * Watches the peers of one run.
     *
     * @param incarnation the life of this member's memory
     * @param view what this member's election shows of itself now
     */
    PeerWatch(
            ElectionSettings settings,
            String incarnation,
            NodeClock clock,
            Chronicle chronicle,
            PeerTransport transport,
            Supplier<ElectionView> view) {
        this.settings = settings;
        this.listed = settings.listed();
        this.incarnation = incarnation;
        this.clock = clock;
        this.chronicle = chronicle;
        this.transport = transport;
        this.view = view;
        startedAtNanos = clock.monotonicNanos();
        leaderlessSinceNanos = startedAtNanos;
        silenceNanos = settings.electionTimeout().toNanos();
        soonNanos = Math.max(
                SOONEST.toNanos(),
                Math.min(LATEST.toNanos(), settings.electionTimeout().toNanos()));
        intervalNanos = Math.max(
                soonNanos, PeerPresence.interval(settings.electionTimeout()).toNanos());
        for (Member member : settings.members()) {
            if (!member.id().equals(settings.nodeId())) {
                peers.put(member.id(), new Peer(member.id(), startedAtNanos));
            }
        }
    }

    // ------------------------------------------------------------------------------------------------ asking

    /** Time has passed: asks those whose turn it is, on another thread than the caller's. */
    synchronized void tick(long nowNanos, boolean knowsLeader) {
        if (knowsLeader != leaderKnown) {
            leaderKnown = knowsLeader;
            leaderlessSinceNanos = nowNanos;
        }
        List<String> due = new ArrayList<>();
        for (Peer peer : peers.values()) {
            if (peer.askAtNanos - nowNanos <= 0) {
                // One question at a time; its end sets the time of the next.
                peer.askAtNanos = nowNanos + FORGOTTEN_NANOS;
                due.add(peer.id);
            }
        }
        if (!due.isEmpty()) {
            chronicle.aside(() -> due.forEach(this::ask));
        }
    }

    private void ask(String id) {
        long askedAtNanos = clock.monotonicNanos();
        transport.ask(id, new PresenceCallback() {
            @Override
            public void present(PeerPresence presence) {
                PeerWatch.this.present(id, presence, Duration.ofNanos(clock.monotonicNanos() - askedAtNanos));
            }

            @Override
            public void absent(String detail) {
                PeerWatch.this.failed(id, detail);
                done(id);
            }

            @Override
            public void notAsked() {
                done(id);
            }
        });
    }

    /** In quiet times a peer is asked once in a while; when something is amiss, more often. */
    private synchronized void done(String id) {
        Peer peer = peers.get(id);
        if (peer != null) {
            boolean quiet = leaderKnown && peer.failure == null && peer.presence != null;
            peer.askAtNanos = clock.monotonicNanos() + (quiet ? intervalNanos : soonNanos);
        }
    }

    // ------------------------------------------------------------------------------------------------ reaching

    /** A request of a peer came in. */
    synchronized void heard(String id) {
        Peer peer = peers.get(id);
        if (peer != null) {
            peer.heardAtNanos = clock.monotonicNanos();
        }
    }

    /** A peer answered a call. */
    synchronized void answered(String id) {
        Peer peer = peers.get(id);
        if (peer == null) {
            return;
        }
        long now = clock.monotonicNanos();
        peer.answeredAtNanos = now;
        peer.heardAtNanos = now;
        if (!peer.told.isEmpty()) {
            chronicle.note(
                    Level.INFO, "has reached '{}' again, after {} s.", id, seconds(now - peer.failingSinceNanos));
            peer.told.clear();
        }
        peer.failure = null;
    }

    /** A call to a peer came to nothing. */
    synchronized void failed(String id, String detail) {
        Peer peer = peers.get(id);
        if (peer == null) {
            return;
        }
        long now = clock.monotonicNanos();
        if (peer.failure == null) {
            peer.failingSinceNanos = now;
        }
        peer.failure = detail;
        long reachedAt = peer.answeredAtNanos == null ? startedAtNanos : peer.answeredAtNanos;
        // One call that fails among others that do not is nothing to tell.
        if (now - reachedAt < silenceNanos || peer.told.contains(detail) || peer.told.size() == MOST_REASONS) {
            return;
        }
        boolean known = !peer.told.isEmpty();
        if (known || peer.toldAtNanos == null || now - peer.toldAtNanos >= REPEAT_NANOS) {
            peer.told.add(detail);
            peer.toldAtNanos = now;
            chronicle.note(Level.WARN, "cannot reach '{}'{}: {}.", id, known ? ", now for another reason" : "", detail);
        }
    }

    /** Why each of the peers that were not reached was not, but for those named. */
    synchronized Map<String, String> failures(Set<String> butFor) {
        Map<String, String> failures = new TreeMap<>();
        peers.values().forEach(peer -> {
            if (peer.failure != null && !butFor.contains(peer.id)) {
                failures.put(peer.id, peer.failure);
            }
        });
        return failures;
    }

    private static String seconds(long nanos) {
        return String.valueOf(Math.max(1, Math.round(nanos / 1e9)));
    }

    // ------------------------------------------------------------------------------------------------ what they say

    private void present(String id, PeerPresence presence, Duration roundTrip) {
        answered(id);
        synchronized (this) {
            Peer peer = peers.get(id);
            if (peer != null) {
                peer.presence = presence;
                peer.presenceAtNanos = clock.monotonicNanos();
                peer.roundTrip = roundTrip;
                compareLists(peer, presence.state().listed());
                tellTwice(peer, presence.runsTwice());
                tellUnready(peer, presence.state());
            }
            tellRival();
            tellWithoutMemory();
        }
        done(id);
    }

    private void compareLists(Peer peer, List<ListedMember> theirs) {
        if (theirs.equals(listed)) {
            if (peer.toldList != null) {
                chronicle.note(Level.INFO, "has the same list of members as '{}' now.", peer.id);
                peer.toldList = null;
            }
        } else if (!theirs.equals(peer.toldList)) {
            peer.toldList = theirs;
            String difference = ListDifference.describe(listed, theirs, "there");
            chronicle.note(
                    Level.ERROR,
                    "has another list of members (election.members) than '{}': {}. Give all members the same list.",
                    peer.id,
                    difference);
            chronicle.event("list-differs", peer.id + ": " + difference);
        }
    }

    private void tellTwice(Peer peer, boolean twice) {
        if (twice && !peer.toldTwice) {
            chronicle.note(
                    Level.ERROR,
                    "sees two processes that both run as '{}'. Stop one of the two, or give it another id"
                            + " (election.node-id): with two memories, one member could vote twice.",
                    peer.id);
            chronicle.event("runs-twice", peer.id);
        } else if (!twice && peer.toldTwice) {
            chronicle.note(Level.INFO, "sees only one process that runs as '{}' now.", peer.id);
        }
        peer.toldTwice = twice;
    }

    /** Who does not stand is of interest only while nobody leads: it votes and answers, so nothing else tells of it. */
    private void tellUnready(Peer peer, MemberState state) {
        long now = clock.monotonicNanos();
        if (state.ready() || leaderKnown) {
            peer.unreadySinceNanos = null;
            peer.toldUnready = false;
        } else if (peer.unreadySinceNanos == null) {
            peer.unreadySinceNanos = now;
        } else if (!peer.toldUnready && (state.notReady() != null || now - peer.unreadySinceNanos > UNREADY_NANOS)) {
            peer.toldUnready = true;
            chronicle.note(
                    Level.WARN,
                    "knows no leader, and '{}' does not stand for election, because its application is not ready{}.",
                    peer.id,
                    state.notReady() == null ? "" : ": " + state.notReady());
        }
    }

    private void tellRival() {
        List<String> witnesses = rivalSeenBy();
        if (!witnesses.isEmpty() && !rivalTold) {
            chronicle.note(
                    Level.ERROR,
                    "is not the only process that runs as '{}', says {}. Stop one of the two, or give it another id"
                            + " (election.node-id): with two memories, one member could vote twice.",
                    settings.nodeId(),
                    quoted(witnesses));
            chronicle.event("runs-twice", settings.nodeId());
        } else if (witnesses.isEmpty() && rivalTold) {
            chronicle.note(Level.INFO, "is the only process that runs as '{}' now.", settings.nodeId());
        }
        rivalTold = !witnesses.isEmpty();
    }

    private List<String> rivalSeenBy() {
        return idsOf(peer -> peer.presence != null && isFresh(peer) && peer.presence.askerRunsTwice());
    }

    private List<String> idsOf(Function<Peer, Boolean> which) {
        return peers.values().stream().filter(which::apply).map(peer -> peer.id).toList();
    }

    /** Whether what a peer said is recent enough to be shown as the present. */
    private boolean isFresh(Peer peer) {
        return clock.monotonicNanos() - peer.presenceAtNanos <= 3 * intervalNanos;
    }

    // ------------------------------------------------------------------------------------------------ memories

    /**
     * The members that cannot vote because their memory is new, if they are so many that no quorum is left; else none.
     * Only who holds the log knows; who lost it hears it from them.
     */
    synchronized List<String> withoutMemory() {
        if (view.get().membership() != null) {
            return judgedWithoutMemory();
        }
        for (Peer peer : peers.values()) {
            MemberState state = saidSinceLeaderless(peer);
            if (state != null && !state.withoutMemory().isEmpty()) {
                return state.withoutMemory();
            }
        }
        return List.of();
    }

    /** The same by what this member's own log says, and so none without a log: hearsay must not be passed on. */
    synchronized List<String> judgedWithoutMemory() {
        ElectionView seen = view.get();
        Membership membership = seen.membership();
        if (membership == null || seen.leader() != null || leaderKnown || !isLeaderlessForLong()) {
            return List.of();
        }
        return LostMemories.of(seen, settings.nodeId(), id -> {
            Peer peer = peers.get(id);
            return peer == null ? null : saidSinceLeaderless(peer);
        });
    }

    private boolean isLeaderlessForLong() {
        return clock.monotonicNanos() - leaderlessSinceNanos > 2 * silenceNanos;
    }

    /** What a peer said since no leader is known: until then a leader may just have let it in. */
    private @Nullable MemberState saidSinceLeaderless(Peer peer) {
        PeerPresence presence = peer.presence;
        boolean since = presence != null && isFresh(peer) && peer.presenceAtNanos - leaderlessSinceNanos > 0;
        return since && presence != null ? presence.state() : null;
    }

    private void tellWithoutMemory() {
        List<String> without = withoutMemory();
        if (!without.isEmpty() && !without.equals(withoutMemoryTold)) {
            chronicle.note(Level.ERROR, "{}.", LostMemories.describe(without));
            chronicle.event("quorum-lost", String.join(", ", without));
        }
        withoutMemoryTold = without;
    }

    private static String quoted(List<String> ids) {
        return ids.stream().map(id -> "'" + id + "'").collect(Collectors.joining(", "));
    }

    /** Whether the cluster exists without the memory of this member, which holds nothing of the log yet. */
    synchronized boolean isStrange() {
        return !idsOf(peer -> {
                    MemberState state = peer.presence == null ? null : peer.presence.state();
                    return state != null
                            && isFresh(peer)
                            && state.clusterId() != null
                            && state.askersIncarnation() != null
                            && !state.askersIncarnation().equals(incarnation);
                })
                .isEmpty();
    }

    // ------------------------------------------------------------------------------------------------ what is shown

    /** The core noticed that lists differ. */
    synchronized void listDiffers(String member) {
        if (member.equals(settings.nodeId())) {
            chronicle.note(
                    Level.ERROR,
                    "has another list of members (election.members) than the cluster was founded with: {}. Give it the list"
                            + " of the founding, and start it again.",
                    String.valueOf(differenceFromFounding(view.get())));
            chronicle.event("list-differs", member);
            return;
        }
        Peer peer = peers.get(member);
        if (peer == null || peer.toldList == null) {
            chronicle.note(
                    Level.ERROR,
                    "has another list of members (election.members) than '{}'. Give all members the same list.",
                    member);
            chronicle.event("list-differs", member);
        }
    }

    private @Nullable String differenceFromFounding(ElectionView seen) {
        Membership membership = seen.membership();
        return membership == null || membership.listed().equals(listed)
                ? null
                : ListDifference.describe(listed, membership.listed(), "at the founding");
    }

    /** In what the lists differ that have to be alike, as a sentence, or {@code null} if they do not. */
    synchronized @Nullable String listDifference() {
        ElectionView seen = view.get();
        if (seen.membership() != null) {
            // With the list of the founding, this member is right, whatever another one says.
            String difference = differenceFromFounding(seen);
            return difference == null
                    ? null
                    : "This member has another list of members than the cluster was founded with: " + difference;
        }
        List<String> others = peers.values().stream()
                .filter(peer -> peer.toldList != null && isFresh(peer))
                .map(peer -> "This member has another list of members than '" + peer.id + "': "
                        + ListDifference.describe(listed, peer.toldList == null ? listed : peer.toldList, "there"))
                .toList();
        return others.isEmpty()
                ? seen.listDiffers() ? "The members do not all have the same list of members" : null
                : others.get(0);
    }

    /** That another process runs as this member, as a sentence, or {@code null}. */
    synchronized @Nullable String rival() {
        List<String> witnesses = rivalSeenBy();
        return witnesses.isEmpty()
                ? null
                : "Another process runs as member '" + settings.nodeId() + "' too, says " + quoted(witnesses);
    }

    /** What is known of a peer now. */
    synchronized @Nullable ReachedPeer reached(String id) {
        Peer peer = peers.get(id);
        if (peer == null) {
            return null;
        }
        boolean recent =
                peer.answeredAtNanos != null && clock.monotonicNanos() - peer.answeredAtNanos <= 3 * intervalNanos;
        PeerPresence presence = peer.presence;
        return new ReachedPeer(
                peer.failure != null ? Boolean.FALSE : recent ? Boolean.TRUE : null,
                peer.heardAtNanos == null ? null : instant(peer.heardAtNanos),
                peer.roundTrip,
                lastError(peer),
                peer.failure == null ? null : instant(peer.failingSinceNanos),
                presence != null && isFresh(peer)
                        ? Boolean.valueOf(presence.state().ready())
                        : null);
    }

    private @Nullable String lastError(Peer peer) {
        if (peer.failure != null) {
            return peer.failure;
        }
        if (!isFresh(peer)) {
            return null;
        }
        List<ListedMember> theirs = peer.toldList;
        if (peer.toldTwice) {
            return "two processes run as this member";
        }
        return theirs == null
                ? null
                : "its list of members differs: " + ListDifference.describe(listed, theirs, "there");
    }

    private Instant instant(long nanos) {
        return Instant.ofEpochMilli(clock.read().wallMillis()).minusNanos(Math.max(0, clock.monotonicNanos() - nanos));
    }
}
