package io.election.core;

import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How long the other members take to answer, and the light exchange that measures it where no leader's heartbeats do. A
 * measurement comes from an answer in which no disk takes part: that to a ping, a heartbeat or a pre-vote.
 *
 * <p>Only waits depend on it, and what people are shown. No promise, lease, vote or term does: a peer that answers as slowly
 * as it likes delays an election within the limits given here, and nothing else.
 */
final class RoundTrips {

    /** The median of so many measurements counts, so that one slow answer, such as the first of a process, does not. */
    static final int KEPT = 5;

    /** The most pings to one member at a time. */
    static final int MOST_AT_A_TIME = 8;

    /** A member that has not answered for so many intervals is not waited for. */
    private static final int FORGOTTEN_AFTER = 10;

    /** The leader hears from its followers anyway. They ask it once in so many intervals. */
    private static final int LEADER_EVERY = 4;

    private final ElectionSettings settings;
    private final StepTime time;
    private final Outbox outbox;
    private final Configuration configuration;
    private final Messenger messenger;
    private final KnownLeader leader;
    private final long longestNanos;
    private final long intervalNanos;
    private final Map<String, Measured> members = new HashMap<>();
    /** Nothing is measured before the first one, so that whoever drives this member decides whether its waits vary. */
    private long rounds;

    private boolean tooLong;

    /** The latest measurements of one member. */
    private static final class Measured {
        private final long[] latest = new long[KEPT];
        private final long[] sorted = new long[KEPT];
        private int known;
        private int next;
        private long median;
        private long atNanos;

        void add(long nanos, long nowNanos) {
            latest[next] = nanos;
            next = (next + 1) % KEPT;
            known = Math.max(known, next == 0 ? KEPT : next);
            atNanos = nowNanos;
            System.arraycopy(latest, 0, sorted, 0, known);
            Arrays.sort(sorted, 0, known);
            median = sorted[known / 2];
        }

        long median() {
            return median;
        }
    }

    RoundTrips(
            ElectionSettings settings,
            StepTime time,
            Outbox outbox,
            Configuration configuration,
            Messenger messenger,
            KnownLeader leader) {
        this.settings = settings;
        this.time = time;
        this.outbox = outbox;
        this.configuration = configuration;
        this.messenger = messenger;
        this.leader = leader;
        this.longestNanos = settings.longestRoundTrip().toNanos();
        this.intervalNanos = settings.pingInterval().toNanos();
    }

    // ------------------------------------------------------------------------------------------------ the exchange

    /**
     * Pings the other voters, unless this member leads or has no vote. On a slow network each is pinged as many times at once as a
     * leader has heartbeats under way to it, so that as many connections are open when one is elected.
     */
    void ping(boolean leading) {
        boolean leaderToo = rounds++ % LEADER_EVERY == 0;
        if (leading || !configuration.ownKind().votes() || outbox.storageFailed()) {
            return;
        }
        for (ListedMember member : configuration.listed()) {
            String id = member.id();
            if (member.kind().votes() && !configuration.isSelf(id) && (leaderToo || !id.equals(leader.id()))) {
                for (int i = atATime(id); i > 0; i--) {
                    messenger.send(new Request.Ping(messenger.headerTo(id)));
                }
            }
        }
    }

    private int atATime(String member) {
        long heartbeat = settings.heartbeatInterval().toNanos();
        long underWay = ofNanos(member) / heartbeat;
        return underWay == 0 ? 1 : (int) Math.min(MOST_AT_A_TIME, underWay + 2);
    }

    /** A member answered a request after so long, without its disk. */
    void measured(String member, long nanos) {
        if (rounds == 0) {
            return;
        }
        members.computeIfAbsent(member, m -> new Measured()).add(Math.max(0, nanos), time.nanos());
        judge();
    }

    /** Says when the round trip to a quorum becomes too long for the settings, and when it no longer is. */
    private void judge() {
        long quorum = ofQuorumNanos();
        // The gap between the two limits keeps a round trip at the limit from being reported again and again.
        boolean now = quorum > (tooLong ? longestNanos - longestNanos / 5 : longestNanos);
        if (now != tooLong) {
            tooLong = now;
            outbox.observe(new Observation.RoundTripJudged(
                    Duration.ofNanos(quorum),
                    settings.longestRoundTrip(),
                    settings.electionTimeoutFor(Duration.ofNanos(quorum)),
                    tooLong));
        }
    }

    // ------------------------------------------------------------------------------------------------ what is known

    /** The round trip to a member, or 0 if it is not known. */
    long ofNanos(String member) {
        Measured measured = lately(member);
        return measured == null ? 0 : measured.median();
    }

    private @Nullable Measured lately(String member) {
        Measured measured = members.get(member);
        return measured != null && time.nanos() - measured.atNanos < FORGOTTEN_AFTER * intervalNanos ? measured : null;
    }

    /**
     * How long a quorum takes to answer this member: the longest round trip to the voters that it needs, if the nearest answer.
     * 0 if none is known.
     */
    long ofQuorumNanos() {
        long[] medians = new long[configuration.voters().size()];
        int known = 0;
        for (String voter : configuration.voters()) {
            Measured measured = configuration.isSelf(voter) ? null : lately(voter);
            if (measured != null) {
                medians[known++] = measured.median();
            }
        }
        int others = Math.min(configuration.quorum() - 1, known);
        if (others < 1) {
            return 0;
        }
        Arrays.sort(medians, 0, known);
        return medians[others - 1];
    }

    /** The round trip to a member for people, or {@code null} if it is not known. */
    @Nullable Duration shown(String member) {
        Measured measured = lately(member);
        return measured == null ? null : Duration.ofNanos(measured.median());
    }

    /** When a member last answered, or {@code null}. */
    @Nullable Long lastAnswerNanos(String member) {
        Measured measured = members.get(member);
        return measured == null ? null : Long.valueOf(measured.atNanos);
    }

    /** Whether a member has answered lately, or {@code null} if that is not known: it may be asked seldom, or not at all. */
    @Nullable Boolean answers(String member, long nowNanos) {
        Measured measured = members.get(member);
        return measured != null
                        && nowNanos - measured.atNanos
                                < 2 * intervalNanos + settings.electionTimeout().toNanos()
                ? Boolean.TRUE
                : null;
    }
}
