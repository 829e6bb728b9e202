package io.election.core;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The members that have announced themselves to this one lately, and that the log does not name. Every member keeps them, because
 * any may become the leader, which makes learners of them. Nothing of it is on disk: who still wants to join announces itself
 * again.
 */
final class Newcomers {

    /** The most that are kept. One that comes beyond them is not heeded before another has gone. */
    static final int MOST = 64;

    private final StepTime time;
    private final long forgottenAfterNanos;
    private final Map<String, Newcomer> members = new LinkedHashMap<>();
    private long changes;

    /** A member, and when it last announced itself, or answered. */
    private record Newcomer(Learner learner, long heardNanos) {}

    Newcomers(ElectionSettings settings, StepTime time) {
        this.time = time;
        // Longer than two intervals between its announcements.
        this.forgottenAfterNanos = Math.max(
                10 * settings.electionTimeout().toNanos(),
                4 * settings.pingInterval().toNanos());
    }

    /**
     * A member announced itself.
     *
     * @return whether it is kept
     */
    boolean announced(Learner learner) {
        Newcomer known = members.get(learner.id());
        if (known == null && members.size() >= MOST) {
            return false;
        }
        members.put(learner.id(), new Newcomer(learner, time.nanos()));
        changes += known == null || !known.learner().equals(learner) ? 1 : 0;
        return true;
    }

    /** A member answered a request. */
    void heard(String id) {
        Newcomer known = members.get(id);
        if (known != null) {
            members.put(id, new Newcomer(known.learner(), time.nanos()));
        }
    }

    /** The log names a member now. */
    void forget(String id) {
        changes += members.remove(id) != null ? 1 : 0;
    }

    /** Drops those that have not been heard for long. */
    void dropSilent() {
        boolean gone = members.values().removeIf(m -> time.nanos() - m.heardNanos() > forgottenAfterNanos);
        changes += gone ? 1 : 0;
    }

    @Nullable Learner get(String id) {
        Newcomer known = members.get(id);
        return known == null ? null : known.learner();
    }

    boolean isEmpty() {
        return members.isEmpty();
    }

    Collection<Learner> all() {
        if (members.isEmpty()) {
            return List.of();
        }
        List<Learner> all = new ArrayList<>();
        members.values().forEach(m -> all.add(m.learner()));
        return all;
    }

    /** A number that rises whenever they are others than before. */
    long changes() {
        return changes;
    }
}
