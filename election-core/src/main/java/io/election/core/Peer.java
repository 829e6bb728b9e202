package io.election.core;

import io.election.core.Messenger.Outstanding;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Another member as the leader of one term knows it: in which life it speaks, when it was heard of, and what it holds. */
final class Peer {

    private final String id;
    private final MemberKind kind;
    private final Configuration configuration;
    private final Replicator replicator;

    /** The incarnation that answered last; what is known here belongs to it alone. */
    private @Nullable String incarnation;

    /** Whether that incarnation said that a committed entry it holds names it. */
    private boolean settled;

    /** Only answers to requests from this one on tell of its incarnation: earlier ones may come from an earlier life. */
    private long firstRequest;

    /** Whether the latest call to it failed, so that it is no successor even if it was heard of a moment ago. */
    private boolean silent;

    private @Nullable Long lastContactNanos;
    private long roundTripNanos = -1;

    /** When the latest heartbeat of this term that it acknowledged was sent. */
    private @Nullable ClockReading acknowledged;

    /** The latest heartbeat of this term that it acknowledged, by its request, or 0. */
    private long acknowledgedRequest;

    /** Its application's position, as it last said. */
    private @Nullable LogPosition application;

    Peer(ListedMember member, MemberState state) {
        this.id = member.id();
        this.kind = member.kind();
        this.configuration = state.configuration();
        this.replicator = new Replicator(member, state);
        this.firstRequest = state.messenger().nextRequestId();
        // Who voted just now is there: a witness waits for it (safety rule 10).
        this.lastContactNanos = state.messenger().lastAnswerNanos(member.id());
    }

    String id() {
        return id;
    }

    MemberKind kind() {
        return kind;
    }

    /** What is sent to it, and what it holds. */
    Replicator replicator() {
        return replicator;
    }

    // ------------------------------------------------------------------------------------------------ its life

    /** Whether its acknowledgements count: a voter, in the incarnation that the log names (safety rule 7). */
    boolean counts() {
        return configuration.counts(id, incarnation, settled);
    }

    /** Whether it has not answered in this term yet. */
    boolean isUnheard() {
        return incarnation == null;
    }

    /** The incarnation that speaks if it is a voter's and not the one that the log names, or {@code null}. */
    @Nullable String newIncarnation() {
        EnrolledMember named = configuration.enrolled(id);
        if (named == null
                || incarnation == null
                || !kind.votes()
                || named.incarnation().equals(incarnation)) {
            return null;
        }
        return incarnation;
    }

    /** An entry that names its new incarnation is being written: only what is asked from now on tells of it. */
    void letIn(long nextRequest) {
        firstRequest = nextRequest;
    }

    /** Whether an answer belongs to the life that is known here, and not to an earlier one. */
    boolean isCurrent(Response response) {
        return response.header().requestId() >= firstRequest;
    }

    /** Notices in which incarnation it speaks: nothing that an earlier one acknowledged is there any longer. */
    void speaks(Header header) {
        if (!header.fromIncarnation().equals(incarnation)) {
            if (incarnation != null) {
                startOver();
            }
            incarnation = header.fromIncarnation();
            firstRequest = header.requestId();
        }
        settled = header.settled();
    }

    private void startOver() {
        replicator.startOver();
        acknowledged = null;
        acknowledgedRequest = 0;
        application = null;
    }

    // ------------------------------------------------------------------------------------------------ its presence

    /** It answered something, be it a question of an earlier term. */
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

    // ------------------------------------------------------------------------------------------------ its heartbeats

    /** It acknowledged a heartbeat of this term. */
    void heartbeatAcknowledged(Outstanding asked) {
        if (acknowledged == null || asked.sentAt().monotonicNanos() - acknowledged.monotonicNanos() > 0) {
            acknowledged = asked.sentAt();
        }
        acknowledgedRequest =
                Math.max(acknowledgedRequest, asked.request().header().requestId());
    }

    /** When the latest heartbeat of this term that it acknowledged was sent, or {@code null}. */
    @Nullable ClockReading acknowledged() {
        return acknowledged;
    }

    /** Whether it acknowledged a heartbeat of this term that was sent as this request or later. */
    boolean hasAcknowledgedSince(long request) {
        return acknowledgedRequest >= request;
    }

    /** Its application's position, as it last said, or {@code null}. */
    @Nullable LogPosition application() {
        return application;
    }

    void tellsPosition(LogPosition position) {
        application = position;
    }
}
