package io.election.core;

import io.election.core.Messenger.Outstanding;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Another member as the leader of one term knows it: in which incarnation it speaks, when it was last heard from, and
 * what it holds.
 */
final class Peer {

    private final String id;
    private final MemberKind kind;
    private final StepTime time;
    private final Configuration configuration;
    private final Replicator replicator;

    /** The incarnation that answered last. What this object knows belongs to that incarnation only. */
    private @Nullable String incarnation;

    /**
     * Whether that incarnation has ever said that it knows the entry that names it to be committed. What is committed
     * stays so, and an answer from before it knew may come later.
     */
    private boolean settled;

    /** Only answers to this request or later ones count. */
    private long firstRequest;

    /**
     * The latest request that the incarnation answered. What another one answered before it came from an earlier one: a request
     * that was long on its way may reach a member that has started anew after it answered later ones.
     */
    private long latestOfIncarnation;

    /** Whether the latest call to it failed. Then it cannot be a successor, even if it was heard from a moment ago. */
    private boolean silent;

    private @Nullable Long leavingSinceNanos;
    private @Nullable Long lastContactNanos;
    private long roundTripNanos = -1;

    /** The send time of the latest message of this term that it acknowledged. */
    private @Nullable ClockReading acknowledged;

    /** The request id of the latest message of this term that it acknowledged, or 0. */
    private long acknowledgedRequest;

    /** Its application's position, as it last reported it. */
    private @Nullable LogPosition application;

    /** What its incarnation last said of its replica, and whether it has said anything of it. */
    private @Nullable ReplicaStatus replica;

    private boolean toldReplica;

    /** Whether its incarnation heeds a pause of the leadership. */
    private boolean readsPauses;

    Peer(ListedMember member, MemberState state) {
        this.id = member.id();
        this.kind = member.kind();
        this.time = state.time();
        this.configuration = state.configuration();
        this.replicator = new Replicator(member, state);
        this.firstRequest = state.messenger().nextRequestId();
        // A member that has just voted is reachable: a witness waits for it (safety rule 10).
        this.lastContactNanos = state.messenger().lastAnswerNanos(member.id());
    }

    String id() {
        return id;
    }

    MemberKind kind() {
        return kind;
    }

    /** Sends entries to this member, and knows what it holds. */
    Replicator replicator() {
        return replicator;
    }

    // ------------------------------------------------------------------------------------------------ its life

    /**
     * Whether its acknowledgements count: it is a voter, and speaks in the incarnation that the log names (safety rule
     * 7).
     */
    boolean counts() {
        return configuration.counts(id, incarnation, settled);
    }

    /** The incarnation in which it speaks, or {@code null} before it has answered in this term. */
    @Nullable String incarnation() {
        return incarnation;
    }

    /**
     * Whether a member that the log no longer names is let go, although it may not know: so long after the entry that says so was
     * committed.
     */
    boolean hasLeft(boolean committed, long afterNanos) {
        if (committed && leavingSinceNanos == null) {
            leavingSinceNanos = time.nanos();
        }
        return leavingSinceNanos != null && time.nanos() - leavingSinceNanos > afterNanos;
    }

    /** Whether it has not answered in this term yet. */
    boolean isUnheard() {
        return incarnation == null;
    }

    /**
     * The incarnation in which it speaks, if it is a voter and the log names another incarnation; otherwise
     * {@code null}.
     */
    @Nullable String newIncarnation() {
        EnrolledMember named = configuration.enrolled(id);
        if (named == null
                || incarnation == null
                || !named.votes()
                || named.incarnation().equals(incarnation)) {
            return null;
        }
        return incarnation;
    }

    /** An entry that names its new incarnation is being written. Only answers to requests from now on count. */
    void letIn(long nextRequest) {
        firstRequest = nextRequest;
    }

    /**
     * Whether an answer comes from the incarnation that is known here or from a later one, and not from an earlier one.
     * Answers of one incarnation overtake each other, and all of them are true: one that is dropped costs the lease a
     * heartbeat interval.
     */
    boolean isCurrent(Response response) {
        Header header = response.header();
        return header.requestId() >= firstRequest
                && (header.fromIncarnation().equals(incarnation) || header.requestId() >= latestOfIncarnation);
    }

    /**
     * Notes in which incarnation it speaks. If the incarnation is new, nothing that an earlier one acknowledged is
     * there any more.
     */
    void speaks(Header header) {
        if (!header.fromIncarnation().equals(incarnation)) {
            if (incarnation != null) {
                startOver();
            }
            incarnation = header.fromIncarnation();
            latestOfIncarnation = header.requestId();
            settled = false;
        }
        latestOfIncarnation = Math.max(latestOfIncarnation, header.requestId());
        settled |= header.settled();
    }

    private void startOver() {
        replicator.startOver();
        acknowledged = null;
        acknowledgedRequest = 0;
        application = null;
        replica = null;
        toldReplica = false;
        readsPauses = false;
    }

    // ------------------------------------------------------------------------------------------------ its presence

    /** It answered a request, even one of an earlier term. */
    void heard(long nowNanos) {
        lastContactNanos = nowNanos;
        silent = false;
    }

    /** A call to it failed. */
    void unanswered() {
        silent = true;
    }

    boolean isSilent() {
        return silent;
    }

    boolean heardWithin(long nowNanos, long windowNanos) {
        return lastContactNanos != null && nowNanos - lastContactNanos < windowNanos;
    }

    void tookRoundTrip(long nanos) {
        roundTripNanos = nanos;
    }

    MemberPresence presence(long nowNanos, long windowNanos) {
        MemberPresence.VotingState state = !kind.votes()
                ? MemberPresence.VotingState.NON_VOTER
                : !configuration.isVoter(id)
                        ? MemberPresence.VotingState.LEARNER
                        : incarnation == null
                                ? MemberPresence.VotingState.UNKNOWN
                                : counts() ? MemberPresence.VotingState.VOTER : MemberPresence.VotingState.CATCHING_UP;
        return new MemberPresence(
                id,
                kind,
                state,
                heardWithin(nowNanos, windowNanos),
                lastContactNanos,
                roundTripNanos < 0 ? null : Duration.ofNanos(roundTripNanos),
                replicator.match());
    }

    // ------------------------------------------------------------------------------------------------ its promise

    /** It accepted this member as its leader, by its answer to a heartbeat, entries or a snapshot of this term. */
    void acknowledged(Outstanding asked) {
        if (acknowledged == null || asked.sentAt().monotonicNanos() - acknowledged.monotonicNanos() > 0) {
            acknowledged = asked.sentAt();
        }
        acknowledgedRequest =
                Math.max(acknowledgedRequest, asked.request().header().requestId());
    }

    /** The send time of the latest message of this term that it acknowledged, or {@code null}. */
    @Nullable ClockReading acknowledged() {
        return acknowledged;
    }

    /** Whether it acknowledged a message of this term that was sent as this request or later. */
    boolean hasAcknowledgedSince(long request) {
        return acknowledgedRequest >= request;
    }

    /** Its application's position, as it last reported it, or {@code null}. */
    @Nullable LogPosition application() {
        return application;
    }

    void tellsPosition(LogPosition position) {
        application = position;
    }

    // ------------------------------------------------------------------------------------------------ its replica

    /** What it last said of its replica, or {@code null} if it has said nothing in this term, or has none. */
    @Nullable ReplicaStatus replica() {
        return replica;
    }

    void tellsReplica(@Nullable ReplicaStatus status) {
        replica = status;
        toldReplica = true;
    }

    /** It has applied everything up to an index. */
    void tellsApplied(@Nullable Long index) {
        ReplicaStatus known = replica;
        if (index != null && known != null && index > known.applied()) {
            replica = new ReplicaStatus(index, known.failed(), known.reads());
        }
    }

    /** Whether its replica has applied everything up to an index, and goes on. */
    boolean hasApplied(long index) {
        ReplicaStatus known = replica;
        return known != null && known.isReadyAt(index);
    }

    /** Whether it may have a replica that goes on: it has not said otherwise in this term. */
    boolean mayApply() {
        ReplicaStatus known = replica;
        return known == null ? !toldReplica : !known.failed();
    }

    void tellsOfPauses(boolean reads) {
        readsPauses = reads;
    }

    boolean readsPauses() {
        return readsPauses;
    }

    /** Whether its replica reads a type of entry. */
    boolean reads(String type) {
        ReplicaStatus known = replica;
        return known != null && known.reads().contains(type);
    }
}
