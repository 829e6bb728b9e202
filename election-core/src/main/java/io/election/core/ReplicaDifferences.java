package io.election.core;

import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which members feed a state machine while this one does not, or the other way round: their applications are set differently. It is
 * shown to people, and the election does not depend on it. A witness feeds none and compares nothing.
 */
final class ReplicaDifferences {

    private final boolean compares;
    private final boolean feeds;
    private final Configuration configuration;
    private final Outbox outbox;
    private final SortedSet<String> differing = new TreeSet<>();

    ReplicaDifferences(ElectionSettings settings, Configuration configuration, Outbox outbox) {
        this.compares = settings.self().kind() != MemberKind.WITNESS;
        this.feeds = settings.replication() != null;
        this.configuration = configuration;
        this.outbox = outbox;
    }

    /** The leader that this member follows says whether it feeds a state machine. Nothing is known of the others any more. */
    void hearLeader(String leader, boolean leaderFeeds) {
        if (differing.size() > 1 || !differing.contains(leader)) {
            differing.removeIf(member -> !member.equals(leader));
        }
        hear(leader, MemberKind.DATA, leaderFeeds);
    }

    /** A member says whether it feeds a state machine. */
    void hear(String member, MemberKind kind, boolean memberFeeds) {
        if (!compares || kind == MemberKind.WITNESS) {
            return;
        }
        if (memberFeeds == feeds) {
            differing.remove(member);
        } else if (differing.add(member)) {
            outbox.observe(new Observation.ReplicasDiffer(member, feeds));
        }
    }

    /** One sentence without a full stop, or {@code null} if no member that belongs to the cluster differs. */
    @Nullable String describe() {
        String others = differing.stream()
                .filter(member -> configuration.enrolled(member) != null)
                .map(member -> "'" + member + "'")
                .reduce((one, other) -> one + ", " + other)
                .orElse(null);
        return others == null
                ? null
                : others
                        + (feeds
                                ? " without a replicated memory, and this member has one"
                                : " with a replicated memory, and this member has none");
    }
}
