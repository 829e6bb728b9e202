package io.election.node;

import io.election.core.Contact;
import io.election.core.ElectionSettings;
import io.election.core.ElectionView;
import io.election.core.EnrolledMember;
import io.election.core.ListedMember;
import io.election.core.Member;
import io.election.core.Membership;
import io.election.peer.KnownLink;
import io.election.peer.MemberState;
import io.election.peer.PeerPresence;
import io.election.peer.PeerTransport;
import io.election.peer.PresenceCallback;
import io.election.peer.PresenceQuestion;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/**
 * What this member knows of its peers by its own calls: which of them do not answer, and why, and what the others say of
 * themselves. It asks each at the start and then once in a while, because a follower otherwise calls nobody. It tells
 * people, and changes nothing in the election.
 *
 * <p>Who the peers are is the configuration's list until the core says otherwise: {@link #members}. Any thread may call it; it
 * never blocks.
 */
final class PeerWatch {

    /** A question whose end is not heard of is forgotten after so long. */
    private static final long FORGOTTEN_NANOS = Duration.ofSeconds(30).toNanos();

    private static final Duration SOONEST = Duration.ofMillis(500);
    private static final Duration LATEST = Duration.ofSeconds(2);

    private final String nodeId;
    private final String incarnation;
    private final NodeClock clock;
    private final Chronicle chronicle;
    private final PeerTransport transport;
    private final Supplier<ElectionView> view;
    private final AddressBook addresses;
    private final MemberLists lists;
    private final long silenceNanos;
    private final long soonNanos;
    private final long intervalNanos;

    /** So long after the end of a link, or its return, the others are told of it: by then it is known to last. */
    private final long tellNanos;

    private final Map<String, WatchedPeer> peers = new TreeMap<>();

    /** Whether memories are older copies, or {@code null} where nobody wants to know. */
    private volatile @Nullable KnownEditions editions;
    /** Who belonged to the cluster when the members were told last: by the list, and then by the log. */
    private Set<String> namedBefore;

    /** Whether that was the log. */
    private boolean isFounded;

    private final boolean discovered;
    private final List<String> listedVoters;
    private Others others = Others.NONE;

    /** No peer is due before. */
    private long nextDueNanos;

    /** Whether others say that this member was removed from the cluster, of which it did not hear. */
    private volatile boolean removedUnheard;

    private boolean leaderKnown;
    private long leaderlessSinceNanos;
    private boolean rivalTold;
    private List<String> withoutMemoryTold = List.of();

    /**
     * Watches the peers of one run.
     *
     * @param incarnation the life of this member's memory
     * @param view what this member's election shows now
     * @param addresses where the peers are reached
     */
    PeerWatch(
            ElectionSettings settings,
            String incarnation,
            NodeClock clock,
            Chronicle chronicle,
            PeerTransport transport,
            Supplier<ElectionView> view,
            AddressBook addresses) {
        this.addresses = addresses;
        this.nodeId = settings.nodeId();
        this.incarnation = incarnation;
        this.clock = clock;
        this.chronicle = chronicle;
        this.transport = transport;
        this.view = view;
        this.discovered = settings.founding().gathering() != null;
        this.lists = new MemberLists(nodeId, settings.listed(), !discovered, chronicle);
        leaderlessSinceNanos = clock.monotonicNanos();
        nextDueNanos = leaderlessSinceNanos;
        silenceNanos = settings.electionTimeout().toNanos();
        soonNanos = Math.max(
                SOONEST.toNanos(),
                Math.min(LATEST.toNanos(), settings.electionTimeout().toNanos()));
        intervalNanos = Math.max(
                soonNanos, PeerPresence.interval(settings.electionTimeout()).toNanos());
        tellNanos = Math.max(soonNanos, silenceNanos);
        listedVoters = settings.listed().stream()
                .filter(member -> member.kind().votes())
                .map(ListedMember::id)
                .toList();
        List<String> ids = settings.members().stream().map(Member::id).toList();
        namedBefore = new TreeSet<>(ids);
        namedBefore.remove(nodeId);
        change(ids);
    }

    /** Who knows more of members than their own answers tell. */
    interface Others {

        /** Nobody knows more. */
        Others NONE = new Others() {};

        /** Time has passed. */
        default void tick(long nowNanos, boolean knowsLeader) {}

        /** That too few voters can be found, a predicate of this member without a full stop, or {@code null}. */
        default @Nullable String lostQuorum() {
            return null;
        }

        /** Whether none of those that were found has known a leader for long. */
        default boolean knowThatNobodyLeads() {
            return false;
        }
    }

    /** Sets who that is. Called before the start. */
    void others(Others known) {
        others = known;
    }

    Others others() {
        return others;
    }

    /** Sets who takes what the peers say of memories. */
    void editions(KnownEditions known) {
        editions = known;
    }

    /** Where the peers are reached. */
    AddressBook addresses() {
        return addresses;
    }

    /**
     * These are the members from now on: asks those that are new, and forgets those that are gone.
     *
     * @param membership what the log says, which names no learner that was never promoted; {@code null} before the founding
     */
    synchronized void members(Set<String> ids, @Nullable Membership membership) {
        List<String> gone =
                peers.keySet().stream().filter(id -> !ids.contains(id)).toList();
        List<String> added = ids.stream()
                .filter(id -> !id.equals(nodeId) && !peers.containsKey(id))
                .sorted()
                .toList();
        change(ids);
        Set<String> named = new TreeSet<>(ids);
        if (membership != null) {
            named.clear();
            membership.members().forEach(member -> named.add(member.id()));
        }
        named.remove(nodeId);
        if (membership == null && discovered) {
            tellChange("members-found", "finds members: {peers}.", without(named, namedBefore));
            tellChange("members-not-found", "no longer finds members: {peers}.", without(namedBefore, named));
        } else if (membership == null || isFounded) {
            // Where the list gives way to the log, it is said in what they differ.
            tellChange("members-added", "has new members in its cluster: {peers}.", without(named, namedBefore));
            tellChange(
                    "members-removed", "has members removed from its cluster: {peers}.", without(namedBefore, named));
        }
        tellChange("newcomers", "hears from members that want to join its cluster: {peers}.", without(added, named));
        tellChange(
                "newcomers-gone",
                "no longer hears from members that wanted to join its cluster: {peers}.",
                without(without(gone, named), namedBefore));
        isFounded = membership != null;
        namedBefore = named;
        lists.inForce(membership);
    }

    private static List<String> without(Collection<String> ids, Collection<String> others) {
        return ids.stream().filter(id -> !others.contains(id)).sorted().toList();
    }

    private void tellChange(String event, String sentence, List<String> ids) {
        if (!ids.isEmpty()) {
            chronicle.note(Level.INFO, sentence, quoted(ids));
            chronicle.event(event, String.join(", ", ids));
        }
    }

    /** What this member says when it asks another one. */
    synchronized PresenceQuestion question(String member) {
        List<String> lost = new ArrayList<>();
        for (WatchedPeer peer : peers.values()) {
            if (peer.id().equals(member)) {
                peer.isTold();
            }
            if (peer.failure() != null && !peer.id().equals(member)) {
                lost.add(peer.id());
            }
        }
        boolean knowsNoCluster = view.get().membership() == null;
        return new PresenceQuestion(
                addresses.own(), lost.isEmpty() ? null : lost, knowsNoCluster ? Boolean.TRUE : null);
    }

    private void change(Collection<String> ids) {
        peers.keySet().retainAll(ids);
        KnownEditions memories = editions;
        if (memories != null) {
            memories.members(peers.keySet());
        }
        for (String id : ids) {
            if (!id.equals(nodeId)) {
                dueAt(peers.computeIfAbsent(id, added -> new WatchedPeer(added, chronicle, clock.monotonicNanos()))
                        .askAtNanos());
            }
        }
    }

    // ------------------------------------------------------------------------------------------------ asking

    /** Time has passed: asks those whose turn it is. */
    void tick(long nowNanos, boolean knowsLeader) {
        others.tick(nowNanos, knowsLeader);
        List<String> due;
        synchronized (this) {
            if (knowsLeader != leaderKnown) {
                leaderKnown = knowsLeader;
                removedUnheard &= !knowsLeader;
                leaderlessSinceNanos = nowNanos;
            }
            // Each message comes by here, and hardly ever is anybody due.
            due = nowNanos - nextDueNanos < 0 ? List.of() : due(nowNanos);
        }
        if (due.isEmpty()) {
            return;
        }
        for (String id : due) {
            try {
                ask(id);
            } catch (Error lost) {
                chronicle.leftOut(lost);
                done(id);
            }
        }
    }

    private List<String> due(long nowNanos) {
        List<String> due = List.of();
        nextDueNanos = nowNanos + FORGOTTEN_NANOS;
        for (WatchedPeer peer : peers.values()) {
            if (peer.isDue(nowNanos)) {
                peer.asksUntil(nowNanos + FORGOTTEN_NANOS);
                due = due.isEmpty() ? new ArrayList<>() : due;
                due.add(peer.id());
            }
            dueAt(peer.askAtNanos());
        }
        return due;
    }

    private void dueAt(long atNanos) {
        nextDueNanos = atNanos - nextDueNanos < 0 ? atNanos : nextDueNanos;
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
        WatchedPeer peer = peers.get(id);
        if (peer != null) {
            peer.askAt(clock.monotonicNanos() + (leaderKnown && peer.isQuiet() ? intervalNanos : soonNanos));
            dueAt(peer.askAtNanos());
        }
    }

    // ------------------------------------------------------------------------------------------------ reaching

    /** A request of a peer came in. */
    synchronized void heard(String id) {
        WatchedPeer peer = peers.get(id);
        if (peer != null) {
            peer.heard(clock.monotonicNanos());
        }
    }

    /** A peer answered a call. */
    synchronized void answered(String id) {
        WatchedPeer peer = peers.get(id);
        if (peer != null) {
            boolean wasReached = peer.isReached();
            peer.answered(clock.monotonicNanos());
            if (!wasReached) {
                tellOthers(id);
            }
        }
    }

    /** A call to a peer failed. */
    synchronized void failed(String id, String detail) {
        chronicle.peerFailed(detail);
        WatchedPeer peer = peers.get(id);
        if (peer != null) {
            boolean isNew = peer.failure() == null;
            peer.failed(detail, clock.monotonicNanos(), silenceNanos);
            if (isNew) {
                tellOthers(id);
            }
        }
    }

    /** The link to a peer has changed: the others show it too. */
    private void tellOthers(String id) {
        long atNanos = clock.monotonicNanos() + tellNanos;
        for (WatchedPeer peer : peers.values()) {
            if (!peer.id().equals(id)) {
                peer.owesWord(atNanos);
                dueAt(peer.askAtNanos());
            }
        }
    }

    /** Why each of the peers that were not reached was not, except those named. */
    synchronized Map<String, String> failures(Set<String> butFor) {
        Map<String, String> failures = new TreeMap<>();
        peers.values().forEach(peer -> {
            String failure = peer.failure();
            if (failure != null && !butFor.contains(peer.id())) {
                failures.put(peer.id(), failure);
            }
        });
        return failures;
    }

    // ------------------------------------------------------------------------------------------------ what they say

    /** A peer said how it reaches the others; {@code null} if it said nothing of it. */
    synchronized void says(String id, @Nullable List<KnownLink> links) {
        WatchedPeer peer = peers.get(id);
        if (peer != null && links != null) {
            peer.says(links, clock.monotonicNanos());
        }
    }

    /** How the peers reach others, each as it said lately; of one that is not reached, only what it said since. */
    synchronized List<MembersState.Link> links() {
        List<MembersState.Link> links = new ArrayList<>();
        for (WatchedPeer peer : peers.values()) {
            long atNanos = peer.linksAtNanos();
            boolean isPresent = clock.monotonicNanos() - atNanos <= 3 * intervalNanos
                    && (peer.failure() == null || atNanos - peer.failingSinceNanos() > 0);
            if (isPresent && !peer.links().isEmpty()) {
                Instant told = instant(atNanos);
                peer.links().forEach(link -> links.add(MembersState.Link.told(peer.id(), link, told)));
            }
        }
        return links;
    }

    private void present(String id, PeerPresence presence, Duration roundTrip) {
        answered(id);
        Map<String, Contact> contacts = presence.state().contacts();
        if (contacts != null) {
            contacts.forEach(addresses::heard);
        }
        synchronized (this) {
            WatchedPeer peer = peers.get(id);
            if (peer != null) {
                boolean founded =
                        presence.state().clusterId() != null || view.get().membership() != null;
                lists.compare(peer, presence.state().listed(), founded);
                peer.present(presence, roundTrip, clock.monotonicNanos(), leaderKnown);
            }
            tellRival();
            tellWithoutMemory();
        }
        KnownEditions memories = editions;
        if (memories != null && reached(id) != null) {
            memories.answered(id, presence.state());
        }
        done(id);
    }

    private void tellRival() {
        List<String> witnesses = rivalSeenBy();
        if (!witnesses.isEmpty() && !rivalTold) {
            chronicle.note(
                    Level.ERROR,
                    "is not the only process that runs as '{}', says {peers}. Stop one of the two, or give it another id"
                            + " (election.node-id): with two memories, one member could vote twice.",
                    nodeId,
                    quoted(witnesses));
            chronicle.event("runs-twice", nodeId);
        } else if (witnesses.isEmpty() && rivalTold) {
            chronicle.note(Level.INFO, "is the only process that runs as '{}' now.", nodeId);
        }
        rivalTold = !witnesses.isEmpty();
    }

    private List<String> rivalSeenBy() {
        return freshPeers(PeerPresence::askerRunsTwice);
    }

    private List<String> freshPeers(Predicate<PeerPresence> which) {
        List<String> ids = new ArrayList<>();
        for (WatchedPeer peer : peers.values()) {
            PeerPresence presence = peer.presence();
            if (presence != null && isFresh(peer) && which.test(presence)) {
                ids.add(peer.id());
            }
        }
        return ids;
    }

    /** Whether what a peer said is recent enough to be shown as the present. */
    private boolean isFresh(WatchedPeer peer) {
        return clock.monotonicNanos() - peer.presenceAtNanos() <= 3 * intervalNanos;
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
        for (WatchedPeer peer : peers.values()) {
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
        return LostMemories.of(seen, nodeId, id -> {
            WatchedPeer peer = peers.get(id);
            return peer == null ? null : saidSinceLeaderless(peer);
        });
    }

    private boolean isLeaderlessForLong() {
        return clock.monotonicNanos() - leaderlessSinceNanos > 2 * silenceNanos;
    }

    /** What a peer said since no leader is known: until then a leader may just have let it in. */
    private @Nullable MemberState saidSinceLeaderless(WatchedPeer peer) {
        PeerPresence presence = peer.presence();
        boolean since = presence != null && isFresh(peer) && peer.presenceAtNanos() - leaderlessSinceNanos > 0;
        return since && presence != null ? presence.state() : null;
    }

    /** Of each peer that has answered lately, since no leader is known, whether it knows none. */
    synchronized Map<String, Boolean> saidOfLeaders() {
        Map<String, Boolean> said = new TreeMap<>();
        for (WatchedPeer peer : peers.values()) {
            MemberState state = saidSinceLeaderless(peer);
            boolean lately = clock.monotonicNanos() - peer.presenceAtNanos() <= 3 * soonNanos;
            Boolean none = state == null ? null : state.knowsNoLeader();
            if (lately && none != null) {
                said.put(peer.id(), none);
            }
        }
        return said;
    }

    /** Whether it is known that there is no leader. That none is heard is not enough. */
    synchronized boolean knowsThatNobodyLeads() {
        if (leaderKnown) {
            return false;
        }
        Membership membership = view.get().membership();
        if (membership == null && discovered) {
            return others.knowThatNobodyLeads();
        }
        List<String> voters = membership == null
                ? listedVoters
                : membership.members().stream()
                        .filter(EnrolledMember::votes)
                        .map(EnrolledMember::id)
                        .toList();
        return NobodyLeads.amongVoters(
                voters.stream().filter(id -> !id.equals(nodeId)).toList(), saidOfLeaders());
    }

    private void tellWithoutMemory() {
        List<String> without = withoutMemory();
        if (!without.isEmpty() && !without.equals(withoutMemoryTold)) {
            chronicle.note(Level.ERROR, "{}.{+peers}", LostMemories.describe(without, discovered), quoted(without));
            chronicle.event("quorum-lost", String.join(", ", without));
        }
        withoutMemoryTold = without;
    }

    private static String quoted(List<String> ids) {
        return ids.stream().map(id -> "'" + id + "'").collect(Collectors.joining(", "));
    }

    /** Others say that this member was removed from the cluster. */
    void removedWhileCutOff() {
        removedUnheard = true;
    }

    /** Whether they say so, and no leader has been heard since. */
    boolean isRemovedUnheard() {
        return removedUnheard;
    }

    /** Whether the cluster exists without the memory of this member, which holds nothing of the log yet. */
    synchronized boolean isStrange() {
        return !freshPeers(presence -> {
                    MemberState state = presence.state();
                    return state.clusterId() != null
                            && state.askersIncarnation() != null
                            && !state.askersIncarnation().equals(incarnation);
                })
                .isEmpty();
    }

    // ------------------------------------------------------------------------------------------------ what is shown

    /** The core noticed that lists differ. */
    synchronized void listDiffers(String member) {
        lists.differs(member, peers.get(member));
    }

    /** In what the lists differ that have to be alike, as a sentence, or {@code null} if they do not. */
    synchronized @Nullable String listDifference() {
        return lists.difference(
                view.get(), peers.values().stream().filter(this::isFresh).toList());
    }

    /** That another process runs as this member, as a sentence, or {@code null}. */
    synchronized @Nullable String rival() {
        List<String> witnesses = rivalSeenBy();
        return witnesses.isEmpty()
                ? null
                : "Another process runs as member '" + nodeId + "' too, says " + quoted(witnesses);
    }

    /** What is known of a peer now. */
    synchronized @Nullable ReachedPeer reached(String id) {
        WatchedPeer peer = peers.get(id);
        if (peer == null) {
            return null;
        }
        Long answeredAt = peer.answeredAtNanos();
        Long heardAt = peer.heardAtNanos();
        boolean recent = answeredAt != null && clock.monotonicNanos() - answeredAt <= 3 * intervalNanos;
        PeerPresence presence = peer.presence();
        return new ReachedPeer(
                peer.failure() != null ? Boolean.FALSE : recent ? Boolean.TRUE : null,
                heardAt == null ? null : instant(heardAt),
                peer.roundTrip(),
                lastError(peer),
                peer.failure() == null ? null : instant(peer.failingSinceNanos()),
                presence != null && isFresh(peer)
                        ? Boolean.valueOf(presence.state().ready())
                        : null);
    }

    private @Nullable String lastError(WatchedPeer peer) {
        if (peer.failure() != null) {
            return peer.failure();
        }
        if (!isFresh(peer)) {
            return null;
        }
        return peer.isSeenTwice() ? "two processes run as this member" : lists.difference(peer, view.get());
    }

    private Instant instant(long nanos) {
        return Instant.ofEpochMilli(clock.read().wallMillis()).minusNanos(Math.max(0, clock.monotonicNanos() - nanos));
    }
}
