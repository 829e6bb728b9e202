package io.election.core;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Decides which change of membership a leader makes by itself: a voter that is dead goes, a learner that keeps up gets its vote,
 * one at a time. It decides only. {@link MemberChanges} judges what it decides like an operator's wish, and by the same rules.
 */
final class Autopilot {

    private final AutopilotSettings settings;
    private final StepTime time;
    private final Outbox outbox;
    private final Configuration configuration;
    private final Newcomers newcomers;
    private final Peers peers;
    private final long beganNanos;
    private final long lookNanos;
    private final long timeoutNanos;
    private long nextLookNanos;

    /** When each member that leaves last said so. */
    private final Map<String, Long> leaving = new TreeMap<>();

    /** For which of them a learner's promotion was tried. */
    private final Set<String> replaced = new HashSet<>();

    /** Since when each learner has kept up, as often as it was looked at. */
    private final Map<String, Long> keptUpSince = new TreeMap<>();

    Autopilot(MemberState state, Peers peers) {
        this.settings = state.settings().autopilot();
        this.time = state.time();
        this.outbox = state.outbox();
        this.configuration = state.configuration();
        this.newcomers = state.newcomers();
        this.peers = peers;
        this.beganNanos = time.nanos();
        this.lookNanos = state.settings().heartbeatInterval().toNanos();
        this.timeoutNanos = state.settings().electionTimeout().toNanos();
        this.nextLookNanos = time.nanos();
    }

    /** Whether it may have to change anything. */
    boolean isNeeded() {
        return settings.stabilisation() != null || settings.cleanupAfter() != null || !leaving.isEmpty();
    }

    /**
     * A member that closes asks to be removed. It asks again in each heartbeat interval, so one that has not for a while is there
     * again, or is gone.
     */
    void leaves(String member, String incarnation) {
        EnrolledMember named = configuration.enrolled(member);
        if (named != null
                && (named.incarnation().equals(incarnation) || !named.kind().votes())) {
            leaving.put(member, time.nanos());
            nextLookNanos = time.nanos();
        }
    }

    /**
     * A change that is due.
     *
     * @param change the change
     * @param because why, as a clause
     */
    record Decision(MemberChange change, String because) {}

    /** The change that is due, or {@code null}. Looks once in a heartbeat interval. */
    @Nullable Decision due() {
        if (!time.isDue(nextLookNanos)) {
            outbox.wake(nextLookNanos);
            return null;
        }
        nextLookNanos = time.nanos() + lookNanos;
        outbox.wake(nextLookNanos);
        noteWhoKeepsUp();
        Decision departure = dueDeparture();
        if (departure != null) {
            return departure;
        }
        Decision removal = dueRemoval();
        return removal != null ? removal : duePromotion();
    }

    /**
     * Who leaves is removed, however few that leaves. If its vote is one of those that are to be there, a learner that has caught
     * up gets its own first, however short a time it has kept up: or a rollout that is faster than promotions would leave
     * learners of a cluster that is dead.
     */
    private @Nullable Decision dueDeparture() {
        leaving.entrySet()
                .removeIf(
                        m -> configuration.enrolled(m.getKey()) == null || time.nanos() - m.getValue() > timeoutNanos);
        replaced.retainAll(leaving.keySet());
        for (String id : leaving.keySet()) {
            boolean votes = configuration.isVoter(id);
            boolean oneMoreFirst = votes
                    && configuration.voters().size() <= settings.voters()
                    && !keptUpSince.isEmpty()
                    && peers.silentVoters().isEmpty();
            // Once only: what is refused now may be refused for longer than the member waits.
            if (oneMoreFirst && replaced.add(id)) {
                return new Decision(
                        new MemberChange.Promote(keptUpSince.keySet().iterator().next()),
                        "it takes the place of '" + id + "', which leaves");
            }
            return new Decision(new MemberChange.Remove(id), "it leaves");
        }
        return null;
    }

    /** Since when a learner has kept up, or {@code null}. */
    @Nullable Long keptUpSince(String id) {
        return keptUpSince.get(id);
    }

    private void noteWhoKeepsUp() {
        if (newcomers.all().isEmpty()) {
            keptUpSince.clear();
            return;
        }
        Set<String> keepUp = new HashSet<>();
        for (Learner learner : newcomers.all()) {
            Peer peer = peers.get(learner.id());
            if (learner.kind().votes() && peer != null && peers.hasCaughtUp(peer, AutopilotSettings.MOST_BEHIND)) {
                keepUp.add(learner.id());
            }
        }
        keptUpSince.keySet().retainAll(keepUp);
        keepUp.forEach(id -> keptUpSince.putIfAbsent(id, time.nanos()));
    }

    /** The learners that have kept up for so long, in the order of their ids. */
    private Set<String> ready() {
        Set<String> ready = new TreeSet<>();
        if (settings.stabilisation() != null) {
            long nanos = settings.stabilisation().toNanos();
            keptUpSince.forEach((id, since) -> {
                if (time.nanos() - since >= nanos) {
                    ready.add(id);
                }
            });
        }
        return ready;
    }

    /**
     * A voter that was silent for long is removed, if the voters that are left, with the learners that are ready, are enough. Its
     * silence counts within this leader's own term only, in which nothing but the member itself kept it from answering.
     */
    private @Nullable Decision dueRemoval() {
        if (settings.cleanupAfter() == null) {
            return null;
        }
        long after = settings.cleanupAfter().toNanos();
        if (time.nanos() - beganNanos < after) {
            return null;
        }
        List<String> silent = peers.silentVoters();
        int left = configuration.voters().size() - 1;
        if (left + ready().size() < settings.minimumVoters()) {
            return null;
        }
        for (String id : silent) {
            Peer peer = peers.get(id);
            if (peer == null || !peer.heardWithin(time.nanos(), after)) {
                return new Decision(
                        new MemberChange.Remove(id), "it was not heard from for " + settings.cleanupAfter());
            }
        }
        return null;
    }

    private @Nullable Decision duePromotion() {
        if (configuration.voters().size() >= settings.voters()) {
            return null;
        }
        for (String id : ready()) {
            return new Decision(new MemberChange.Promote(id), "it has kept up for " + settings.stabilisation());
        }
        return null;
    }
}
