package io.election.core;

import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Tells the others that this member is there, as long as it hears of no leader. A member that the log does not name becomes a
 * learner of whoever leads. One that hears from a leader is known to it.
 */
final class Introduction {

    /** It is announced once in so many intervals of the light exchange. */
    private static final int EVERY = 4;

    private final ElectionSettings settings;
    private final Outbox outbox;
    private final ElectionLog log;
    private final Configuration configuration;
    private final Messenger messenger;
    private final KnownLeader leader;
    private final Rivals rivals;
    private final Assembly assembly;
    private @Nullable Contact contact;
    private long rounds;
    private long intervals;
    /** The leader that the latest announcements were answered with, if this member knew nothing of it. */
    private @Nullable String leaderAsTold;

    Introduction(MemberState state) {
        this.settings = state.settings();
        this.outbox = state.outbox();
        this.log = state.log();
        this.configuration = state.configuration();
        this.messenger = state.messenger();
        this.leader = state.leader();
        this.rivals = state.rivals();
        this.assembly = state.assembly();
    }

    /** Where this member is reached. */
    void contact(Contact own) {
        contact = own;
    }

    /** An interval of the light exchange is over. */
    void intervalOver(boolean leading) {
        // Of two clusters of one name, each has to hear of the other's leader.
        Set<String> strangers = new TreeSet<>(rivals.members());
        if (assembly.isUsed() && !log.isEmpty() && intervals++ % EVERY == 0) {
            strangers.addAll(assembly.found());
            configuration.known().forEach(m -> strangers.remove(m.id()));
            strangers.remove(configuration.self());
        }
        strangers.forEach(this::announceTo);
        // As soon as it knows no leader any more, it says so to all.
        rounds = leader.isKnown() ? 0 : rounds + 1;
        boolean named = !log.isEmpty() && configuration.enrolled(configuration.self()) != null;
        if (named || leading || leader.isKnown() || configuration.isRemoved() || outbox.storageFailed()) {
            return;
        }
        assembly.judge();
        if (rounds % EVERY != 1 && !assembly.gathers()) {
            return;
        }
        leaderAsTold = null;
        others().forEach(this::announceTo);
    }

    private void announceTo(String other) {
        messenger.send(messenger.announcementTo(other, contact));
    }

    /**
     * A member answered. Its leader may be one of which this member's list says nothing.
     *
     * @param leading whether this member leads by now
     */
    void answered(Response.Announce answer, boolean leading) {
        String told = answer.leader();
        if (told == null || leading || leader.isKnown() || told.equals(leaderAsTold) || others().contains(told)) {
            return;
        }
        if (configuration.isSelf(told)) {
            return;
        }
        leaderAsTold = told;
        Contact where = answer.contact();
        if (where != null) {
            outbox.add(new Effect.ContactLearnt(told, where));
        }
        announceTo(told);
    }

    /** Everybody who may know the leader, or be it. */
    private Set<String> others() {
        Set<String> others = new TreeSet<>();
        settings.members().forEach(m -> others.add(m.id()));
        others.addAll(assembly.found());
        others.addAll(assembly.bound());
        configuration.known().forEach(m -> others.add(m.id()));
        others.remove(configuration.self());
        return others;
    }
}
