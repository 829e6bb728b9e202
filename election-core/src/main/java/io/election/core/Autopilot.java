package io.election.core;

import io.election.core.EnrolledMember.Standing;
import java.time.Duration;
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

    /** Lagging leaves no fewer voters than so many. At least two of three are data members, because witnesses are no quorum. */
    private static final int LEAST_VOTERS = 3;

    /** A voter loses its vote for lagging once in so many stabilisation times. */
    private static final int DEMOTED_ONCE_IN = 10;

    private final AutopilotSettings settings;
    private final StepTime time;
    private final Outbox outbox;
    private final Configuration configuration;
    private final Newcomers newcomers;
    private final Pauses pauses;
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

    /** Since when each voter has lagged behind. */
    private final Map<String, Long> lagsSince = new TreeMap<>();

    /** When each voter last lost its vote because it lagged. */
    private final Map<String, Long> demotedAt = new TreeMap<>();

    Autopilot(MemberState state, Peers peers) {
        this.settings = state.settings().autopilot();
        this.time = state.time();
        this.outbox = state.outbox();
        this.configuration = state.configuration();
        this.newcomers = state.newcomers();
        this.pauses = state.pauses();
        this.peers = peers;
        this.beganNanos = time.nanos();
        this.lookNanos = state.settings().heartbeatInterval().toNanos();
        this.timeoutNanos = state.settings().electionTimeout().toNanos();
        this.nextLookNanos = time.nanos();
    }

    /** Whether it may have to change anything. Where all members vote, and none is ever removed, it costs nothing. */
    boolean isNeeded() {
        return pauses.inLog() != null
                || settings.cleanupAfter() != null
                || settings.mostLag() != null
                || !leaving.isEmpty()
                || !keptUpSince.isEmpty()
                || (settings.stabilisation() != null && (!newcomers.isEmpty() || configuration.hasLagging()));
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
        noteWhoLags();
        Decision resumption = dueResumption();
        if (resumption != null) {
            return resumption;
        }
        Decision departure = dueDeparture();
        if (departure != null) {
            return departure;
        }
        if (pauses.inForce() != null) {
            // safety rule 18: who is silent or lags may be what the leadership is paused for.
            return duePromotion();
        }
        Decision removal = dueRemoval();
        if (removal != null) {
            return removal;
        }
        Decision demotion = dueDemotion();
        return demotion != null ? demotion : duePromotion();
    }

    /** The leader ends a pause whose time is over, and one that was to hold another leader. */
    private @Nullable Decision dueResumption() {
        String because = pauses.dueEnd();
        String self = configuration.self();
        return because == null
                ? null
                : new Decision(new MemberChange.ResumeLeadership(self, new PauseTerms(self, "", null)), because);
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

    /** Those that wait for a vote: whoever announced itself, and voters that lost theirs because they lagged. */
    private Set<String> learners() {
        Set<String> learners = new HashSet<>();
        for (Learner learner : newcomers.all()) {
            // A follower heard it announce itself, and another leader may have given it its vote since.
            boolean named = configuration.enrolled(learner.id()) != null;
            if (learner.kind().votes() && !named) {
                learners.add(learner.id());
            }
        }
        for (EnrolledMember named : configuration.members()) {
            if (named.standing() == Standing.LAGGING) {
                learners.add(named.id());
            }
        }
        return learners;
    }

    private void noteWhoKeepsUp() {
        Set<String> keepUp = learners();
        keepUp.removeIf(id -> {
            Peer peer = peers.get(id);
            return peer == null || !peers.hasCaughtUp(peer, AutopilotSettings.MOST_BEHIND);
        });
        note(keepUp, keptUpSince);
    }

    private void noteWhoLags() {
        Long most = settings.mostLag();
        if (most == null) {
            return;
        }
        Set<String> lag = new HashSet<>(configuration.voters());
        lag.removeIf(id -> {
            Peer peer = peers.get(id);
            return peer == null || !peers.lacksMore(peer, most);
        });
        note(lag, lagsSince);
    }

    private void note(Set<String> now, Map<String, Long> since) {
        since.keySet().retainAll(now);
        now.forEach(id -> since.putIfAbsent(id, time.nanos()));
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
        for (EnrolledMember named : configuration.members()) {
            if (named.kind().votes() && !named.votes() && isDead(named.id(), after)) {
                return new Decision(
                        new MemberChange.Remove(named.id()),
                        "it was not heard from for " + settings.cleanupAfter() + ", and has no vote");
            }
        }
        List<String> silent = peers.silentVoters();
        int left = configuration.voters().size() - 1;
        if (left + ready().size() < settings.minimumVoters()) {
            return null;
        }
        for (String id : silent) {
            if (isDead(id, after)) {
                return new Decision(
                        new MemberChange.Remove(id), "it was not heard from for " + settings.cleanupAfter());
            }
        }
        return null;
    }

    private boolean isDead(String id, long afterNanos) {
        Peer peer = peers.get(id);
        return peer == null || !peer.heardWithin(time.nanos(), afterNanos);
    }

    /**
     * A voter that lags for long loses its vote until it has caught up, so that no quorum waits for it. That is a convenience, so it
     * is not done where it leaves few voters, or soon after it was done for the same one, or while anybody is silent.
     */
    private @Nullable Decision dueDemotion() {
        Duration stabilisation = settings.stabilisation();
        if (settings.mostLag() == null
                || stabilisation == null
                || configuration.voters().size() <= LEAST_VOTERS
                || !peers.silentVoters().isEmpty()) {
            return null;
        }
        for (Map.Entry<String, Long> lagging : lagsSince.entrySet()) {
            String id = lagging.getKey();
            Long before = demotedAt.get(id);
            boolean longEnough = time.nanos() - lagging.getValue() >= stabilisation.toNanos();
            boolean again = before != null
                    && time.nanos() - before < DEMOTED_ONCE_IN * Math.max(stabilisation.toNanos(), timeoutNanos);
            if (longEnough && !again) {
                demotedAt.put(id, time.nanos());
                return new Decision(
                        new MemberChange.Demote(id, true),
                        "it has lacked more than " + settings.mostLag() + " entries for " + stabilisation);
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
