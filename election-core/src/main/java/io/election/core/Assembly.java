package io.election.core;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The founders of a cluster whose members find each other by discovery (safety rule 16). They are agreed on once all that were
 * found have answered, none of them holds an entry or follows a leader, and all have reported one and the same set of at least
 * {@code expected} members for the stable margin. The lowest {@code expected} ids among them are the founders. The others join.
 *
 * <p>A founding vote binds this life of the member to its founders. It gives no vote to others, and follows no leader that does not name it,
 * before that founding cannot be completed any more: so many of its founders have renounced it, this member included, that
 * the rest is no quorum. Who renounces a founding holds no entry of it, will take none before it is committed, and gives it no vote.
 */
final class Assembly {

    /** The most foundings that are remembered as renounced. */
    private static final int MOST_RENOUNCED = 256;

    private final ElectionSettings settings;
    private final @Nullable GatheringSettings gathering;
    private final StepTime time;
    private final Ballot ballot;
    private final ElectionLog log;
    private final KnownLeader leader;
    private final Outbox outbox;
    private final long freshNanos;

    private Set<String> found;
    /** Why these may not be all, or {@code null}. */
    private @Nullable String unsure = "discovery has not answered yet";

    private long stalenessNanos;
    private final Map<String, Report> reports = new TreeMap<>();
    private @Nullable Long agreedSinceNanos;
    private String said = "";

    /** The founders for whose founding this life has voted; empty if there are none, or none that can still be founded. */
    private List<String> bound = List.of();
    /** Those of them that have renounced it. */
    private final Set<String> released = new HashSet<>();

    /** Up to which term this member takes no part in a founding by these founders any more. */
    private final Map<List<String>, Long> renounced = new LinkedHashMap<>();
    /** What this member asks the other founders to renounce as well, or {@code null}. */
    private @Nullable Renunciation wish;

    private @Nullable Long refusesLeadersSinceNanos;

    /** What a member answered last, to a request that was sent then. */
    private record Report(
            String incarnation,
            boolean holdsEntry,
            @Nullable String leader,
            @Nullable Gathering gathering,
            long askedNanos) {}

    Assembly(
            ElectionSettings settings,
            StepTime time,
            Ballot ballot,
            ElectionLog log,
            KnownLeader leader,
            Outbox outbox) {
        this.settings = settings;
        this.gathering = settings.founding().gathering();
        this.time = time;
        this.ballot = ballot;
        this.log = log;
        this.leader = leader;
        this.outbox = outbox;
        this.freshNanos = settings.pingInterval().toNanos() * 5 / 2;
        this.found = Set.of(settings.nodeId());
    }

    /** Whether the members are found by discovery, not listed. */
    boolean isUsed() {
        return gathering != null;
    }

    /** Whether this member looks for those with whom to found a cluster. */
    boolean gathers() {
        return gathering != null && log.isEmpty() && !leader.isKnown();
    }

    // ------------------------------------------------------------------------------------------------ who is there

    /** Discovery finds these members, of which this one is always one. */
    void found(Input.Discovered discovered) {
        Set<String> all = new TreeSet<>(discovered.ids());
        all.add(settings.nodeId());
        unsure = discovered.unsure();
        stalenessNanos = discovered.staleness().toNanos();
        if (!all.equals(found)) {
            found = all;
            reports.keySet().retainAll(all);
            agreedSinceNanos = null;
        }
        judge();
    }

    Set<String> found() {
        return found;
    }

    /** This member follows a leader: once that one is gone, those who were found have to agree for the whole margin again. */
    void leaderHeard() {
        agreedSinceNanos = null;
    }

    /** A member answered an announcement. */
    void answered(Response.Announce answer, Request.Announce asked, long askedNanos) {
        if (gathering == null) {
            return;
        }
        Header header = answer.header();
        String from = header.from();
        Gathering said = answer.gathering();
        if (said != null
                && said.renounced()
                && wish != null
                && wish.equals(asked.renounces())
                && bound.contains(from)) {
            released.add(from);
            releaseIfDue();
        }
        if (!found.contains(from)) {
            return;
        }
        Report before = reports.get(from);
        if (before != null && !before.incarnation().equals(header.fromIncarnation())) {
            agreedSinceNanos = null;
        }
        reports.put(
                from,
                new Report(header.fromIncarnation(), header.clusterId() != null, answer.leader(), said, askedNanos));
        judge();
    }

    /** What this member says of itself, or {@code null} if there is nothing to say. */
    @Nullable Gathering own(@Nullable Renunciation askedAbout) {
        return gathering == null || !log.isEmpty()
                ? null
                : new Gathering(
                        settings.self().kind(),
                        gathering.expected(),
                        gathering.founds(),
                        List.copyOf(found),
                        renounces(askedAbout));
    }

    // ------------------------------------------------------------------------------------------------ agreement

    /** Notices what has changed with time, or with an answer. */
    void judge() {
        if (gathering == null || !log.isEmpty()) {
            return;
        }
        String obstacle = disagreement(gathering);
        if (obstacle != null) {
            agreedSinceNanos = null;
        } else {
            long since = agreedSinceNanos == null ? time.nanos() : agreedSinceNanos;
            agreedSinceNanos = since;
            if (!isAgreed()) {
                outbox.wake(since + marginNanos(gathering));
            }
        }
        List<String> founders = founders();
        if (!founders.isEmpty() && !bound.isEmpty() && !bound.equals(founders) && wish == null) {
            wish = new Renunciation(bound, ballot.term());
            renounce(wish);
            released.add(settings.nodeId());
            releaseIfDue();
        }
        String now = obstacle != null ? obstacle : isAgreed() ? "" : waitsForMargin(gathering);
        if (!now.equals(said)) {
            said = now;
            if (!now.isEmpty()) {
                outbox.observe(new Observation.FoundingWaits(now));
            }
        }
    }

    private String waitsForMargin(GatheringSettings wished) {
        return "all that were found agree, " + found + ", which has to last for "
                + TimeUnit.NANOSECONDS.toSeconds(marginNanos(wished)) + " s";
    }

    /** Why those who were found do not agree, or {@code null} if they do. */
    private @Nullable String disagreement(GatheringSettings wished) {
        if (!wished.founds()) {
            return "this member founds no cluster (election.discovery.found=false)";
        }
        if (leader.isKnown()) {
            return "'" + leader.id() + "' leads already";
        }
        if (unsure != null) {
            return unsure;
        }
        if (founders(wished).size() < wished.expected()) {
            return "discovery finds " + found + ", and " + wished.expected() + " data members are expected";
        }
        for (String id : found) {
            String why = id.equals(settings.nodeId()) ? null : disagreement(id, wished);
            if (why != null) {
                return why;
            }
        }
        return null;
    }

    /** How long all must have agreed: for as long as discovery may show what is no longer so, and as a promise may last. */
    private long marginNanos(GatheringSettings wished) {
        return Math.max(wished.stableMargin().toNanos(), stalenessNanos);
    }

    private @Nullable String disagreement(String id, GatheringSettings wished) {
        Report report = reports.get(id);
        if (report == null || time.nanos() - report.askedNanos() > freshNanos) {
            return "'" + id + "' does not answer";
        }
        if (report.holdsEntry()) {
            return "'" + id + "' belongs to a cluster already";
        }
        if (report.leader() != null) {
            return "'" + id + "' follows '" + report.leader() + "'";
        }
        Gathering theirs = report.gathering();
        if (theirs == null || !theirs.founds()) {
            return "'" + id + "' founds no cluster";
        }
        if (theirs.expected() != wished.expected()) {
            return "'" + id + "' expects " + theirs.expected() + " members, and this one expects " + wished.expected();
        }
        return theirs.found().equals(List.copyOf(found))
                ? null
                : "'" + id + "' finds " + theirs.found() + ", and this one " + found;
    }

    private List<String> founders(GatheringSettings wished) {
        return found.stream()
                .filter(id -> {
                    Report report = reports.get(id);
                    Gathering theirs = report == null ? null : report.gathering();
                    MemberKind kind = id.equals(settings.nodeId())
                            ? settings.self().kind()
                            : theirs == null ? MemberKind.DATA : theirs.kind();
                    return kind == MemberKind.DATA;
                })
                .sorted()
                .limit(wished.expected())
                .toList();
    }

    private boolean isAgreed() {
        return gathering != null
                && agreedSinceNanos != null
                && time.isDue(agreedSinceNanos + marginNanos(gathering))
                && disagreement(gathering) == null;
    }

    /** The founders on whom all agree, sorted; empty while they do not. */
    List<String> founders() {
        return gathering != null && isAgreed() ? founders(gathering) : List.of();
    }

    /** Why this member founds no cluster now, or {@code null} if it may. */
    @Nullable String obstacle() {
        if (gathering == null) {
            return null;
        }
        List<String> founders = founders();
        if (founders.isEmpty()) {
            String why = disagreement(gathering);
            return why != null ? why : waitsForMargin(gathering);
        }
        if (!founders.contains(settings.nodeId())) {
            return founders + " found the cluster, and this member joins it";
        }
        return bound.isEmpty() || bound.equals(founders)
                ? null
                : "it has voted for a founding by " + bound + ", which may still be completed";
    }

    /** Whether this member votes for a founding by these founders in a term. */
    boolean agreesTo(List<String> ids, long term) {
        return ids.equals(founders()) && (bound.isEmpty() || bound.equals(ids)) && term > renouncedUpTo(ids);
    }

    /** The term up to which this member has renounced a founding by those on whom all agree, or 0. */
    long renouncedUpTo() {
        return renouncedUpTo(founders());
    }

    private long renouncedUpTo(List<String> ids) {
        return renounced.getOrDefault(ids, 0L);
    }

    // ------------------------------------------------------------------------------------------------ the bond

    /** The founders for whose founding this life has voted, while that may still be completed; empty if there are none. */
    List<String> bound() {
        return bound;
    }

    /** This life votes for a founding by these founders. */
    void voted(List<String> ids) {
        if (gathering != null) {
            bound = ids;
            wish = null;
            released.clear();
        }
    }

    /** The founding about which the others are asked, because this member would be free of it, or {@code null}. */
    @Nullable Renunciation renounces() {
        return wish;
    }

    /** Whether this member renounces a founding about which another one asks. It does not if it has voted for it itself. */
    private boolean renounces(@Nullable Renunciation asked) {
        if (asked == null || !log.isEmpty()) {
            return false;
        }
        List<String> ids = asked.founders();
        if (!ids.equals(bound) && (renounced.containsKey(ids) || renounced.size() < MOST_RENOUNCED)) {
            renounce(asked);
        }
        return renouncedUpTo(ids) >= asked.term();
    }

    private void renounce(Renunciation renunciation) {
        renounced.merge(renunciation.founders(), renunciation.term(), Math::max);
    }

    private void releaseIfDue() {
        if (wish != null && bound.size() - released.size() < Quorum.of(bound.size())) {
            bound = List.of();
            wish = null;
            released.clear();
        }
    }

    /**
     * Whether a leader may be followed by this member, which holds no entry: it is bound to no founding, or the leader's log names this
     * life, as the founding does for which it has voted.
     */
    boolean mayFollow(Header header, String incarnation) {
        boolean may = bound.isEmpty() || !log.isEmpty() || incarnation.equals(header.toIncarnation());
        if (may) {
            refusesLeadersSinceNanos = null;
        } else if (refusesLeadersSinceNanos == null) {
            refusesLeadersSinceNanos = time.nanos();
        }
        return may;
    }

    /** Whether the first entry of a log is a founding that this member has renounced. */
    boolean hasRenounced(Membership founding, long term) {
        return gathering != null
                && term
                        <= renouncedUpTo(founding.members().stream()
                                .map(EnrolledMember::id)
                                .toList());
    }

    /** Why this life cannot join the cluster that is there, or {@code null} if it can, or has not tried for long. */
    @Nullable String whyStranded() {
        Long since = refusesLeadersSinceNanos;
        return gathering == null
                        || since == null
                        || bound.isEmpty()
                        || !log.isEmpty()
                        || !time.isDue(since + marginNanos(gathering))
                ? null
                : "it has voted for a founding by " + bound + ", and a cluster is there that does not name it";
    }
}
