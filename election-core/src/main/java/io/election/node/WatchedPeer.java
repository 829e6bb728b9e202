package io.election.node;

import io.election.core.ListedMember;
import io.election.peer.KnownLink;
import io.election.peer.MemberState;
import io.election.peer.PeerPresence;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/**
 * One peer as this member's own calls show it: whether it answers, and why not, and what it said of itself last. Says in the log
 * what has changed, each thing once. Guarded by the {@link PeerWatch} that holds it.
 */
final class WatchedPeer {

    /** A peer that cannot be reached is told of again, after it was reached, no sooner than so long after the last time. */
    private static final long REPEAT_NANOS = Duration.ofSeconds(10).toNanos();

    /** Reasons told for one silence of a peer, each once, at most. */
    private static final int MOST_REASONS = 5;

    /** An application that is ready within this time is not reported as unready, unless its member says what holds it. */
    private static final long UNREADY_NANOS = Duration.ofSeconds(10).toNanos();

    private final String id;
    private final Chronicle chronicle;
    private final long watchedSinceNanos;

    private long askAtNanos;
    private boolean isAsked;
    private boolean isOwedWord;
    private boolean hasAnswered;
    private long answeredAtNanos;
    private boolean wasHeard;
    private long heardAtNanos;
    private @Nullable Duration roundTrip;

    private @Nullable String failure;
    private long failingSinceNanos;
    private final Set<String> told = new HashSet<>();
    private @Nullable Long toldAtNanos;

    private @Nullable PeerPresence presence;
    private long presenceAtNanos;
    private List<KnownLink> links = List.of();
    private long linksAtNanos;
    private @Nullable List<ListedMember> differingList;
    private boolean toldTwice;
    private @Nullable Long unreadySinceNanos;
    private boolean toldUnready;

    WatchedPeer(String id, Chronicle chronicle, long nowNanos) {
        this.id = id;
        this.chronicle = chronicle;
        this.watchedSinceNanos = nowNanos;
        this.askAtNanos = nowNanos;
    }

    String id() {
        return id;
    }

    // ------------------------------------------------------------------------------------------------ asking

    boolean isDue(long nowNanos) {
        return askAtNanos - nowNanos <= 0;
    }

    long askAtNanos() {
        return askAtNanos;
    }

    /** The last question has ended. */
    void askAt(long nanos) {
        askAtNanos = nanos;
        isAsked = false;
    }

    /** It is being asked: one question at a time. One of which nothing is heard is forgotten then. */
    void asksUntil(long nanos) {
        askAtNanos = nanos;
        isAsked = true;
    }

    /** It is to hear of what has changed, by a question then at the latest, or soon after the one that is under way. */
    void owesWord(long atNanos) {
        isOwedWord = true;
        if (!isAsked && atNanos - askAtNanos < 0) {
            askAtNanos = atNanos;
        }
    }

    /** A question tells it all. */
    void isTold() {
        isOwedWord = false;
    }

    /** Whether nothing is amiss with it, and there is nothing new to tell it. */
    boolean isQuiet() {
        return failure == null && presence != null && !isOwedWord;
    }

    // ------------------------------------------------------------------------------------------------ reaching

    /** A request of it came in. */
    void heard(long nowNanos) {
        wasHeard = true;
        heardAtNanos = nowNanos;
    }

    /** It answered a call. */
    void answered(long nowNanos) {
        hasAnswered = true;
        answeredAtNanos = nowNanos;
        heard(nowNanos);
        if (!told.isEmpty()) {
            chronicle.note(
                    Level.INFO,
                    "has reached '{peer}' again, after {} s.{+duration-ms}",
                    id,
                    Math.max(1, Math.round((nowNanos - failingSinceNanos) / 1e9)),
                    (nowNanos - failingSinceNanos) / 1_000_000);
            told.clear();
        }
        failure = null;
    }

    /** A call to it failed. One failure among calls that succeed is not reported. */
    void failed(String detail, long nowNanos, long silenceNanos) {
        if (failure == null) {
            failingSinceNanos = nowNanos;
        }
        failure = detail;
        long reachedAt = hasAnswered ? answeredAtNanos : watchedSinceNanos;
        if (nowNanos - reachedAt < silenceNanos || told.contains(detail) || told.size() == MOST_REASONS) {
            return;
        }
        boolean known = !told.isEmpty();
        if (known || toldAtNanos == null || nowNanos - toldAtNanos >= REPEAT_NANOS) {
            told.add(detail);
            toldAtNanos = nowNanos;
            chronicle.note(
                    Level.WARN,
                    known
                            ? "cannot reach '{peer}', now for another reason: {reason}."
                            : "cannot reach '{peer}': {reason}.",
                    id,
                    detail);
        }
    }

    @Nullable String failure() {
        return failure;
    }

    /** Whether it answers, as far as it is known at all. */
    boolean isReached() {
        return hasAnswered && failure == null;
    }

    long failingSinceNanos() {
        return failingSinceNanos;
    }

    @Nullable Long answeredAtNanos() {
        return hasAnswered ? Long.valueOf(answeredAtNanos) : null;
    }

    @Nullable Long heardAtNanos() {
        return wasHeard ? Long.valueOf(heardAtNanos) : null;
    }

    @Nullable Duration roundTrip() {
        return roundTrip;
    }

    // ------------------------------------------------------------------------------------------------ what it says

    /** It said what it is. */
    void present(PeerPresence said, Duration took, long nowNanos, boolean leaderKnown) {
        presence = said;
        presenceAtNanos = nowNanos;
        roundTrip = took;
        tellTwice(said.runsTwice());
        tellUnready(said.state(), nowNanos, leaderKnown);
    }

    private void tellTwice(boolean twice) {
        if (twice && !toldTwice) {
            chronicle.note(
                    Level.ERROR,
                    "sees two processes that both run as '{peer}'. Stop one of the two, or give it another id"
                            + " (election.node-id): with two memories, one member could vote twice.",
                    id);
            chronicle.event("runs-twice", id);
        } else if (!twice && toldTwice) {
            chronicle.note(Level.INFO, "sees only one process that runs as '{peer}' now.", id);
        }
        toldTwice = twice;
    }

    /** Who does not stand is of interest only while nobody leads: it votes and answers, so nothing else tells of it. */
    private void tellUnready(MemberState state, long nowNanos, boolean leaderKnown) {
        String holds = state.notReady();
        if (state.ready() || leaderKnown) {
            unreadySinceNanos = null;
            toldUnready = false;
        } else if (unreadySinceNanos == null) {
            unreadySinceNanos = nowNanos;
        } else if (!toldUnready && (holds != null || nowNanos - unreadySinceNanos > UNREADY_NANOS)) {
            toldUnready = true;
            String sentence =
                    "knows no leader, and '{peer}' does not stand for election, because its application is not ready";
            if (holds == null) {
                chronicle.note(Level.WARN, sentence + ".", id);
            } else {
                chronicle.note(Level.WARN, sentence + ": {reason}.", id, holds);
            }
        }
    }

    /** It said how it reaches others. */
    void says(List<KnownLink> said, long nowNanos) {
        links = said;
        linksAtNanos = nowNanos;
    }

    /** How it reaches others, as it said last. */
    List<KnownLink> links() {
        return links;
    }

    long linksAtNanos() {
        return linksAtNanos;
    }

    boolean isSeenTwice() {
        return toldTwice;
    }

    /** What it said last, or {@code null}. */
    @Nullable PeerPresence presence() {
        return presence;
    }

    long presenceAtNanos() {
        return presenceAtNanos;
    }

    /** Its list of members, if that differs from this member's, or {@code null}. */
    @Nullable List<ListedMember> differingList() {
        return differingList;
    }

    void differs(@Nullable List<ListedMember> theirs) {
        differingList = theirs;
    }
}
