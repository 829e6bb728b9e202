package io.election.core;

/**
 * When a member that keeps its memory in memory forgets it and begins a new life: once its own cluster was given up for another
 * one, or cannot come back. It does so only while it is bound to nobody, as if it had been restarted.
 */
final class NewLife {

    private final ElectionSettings settings;
    private final StepTime time;
    private final Outbox outbox;
    private final Ballot ballot;
    private final ElectionLog log;
    private final Rivals rivals;
    private final Assembly assembly;
    private final Bond bond;
    private final Voter voter;
    private final Roles roles;
    private final LostQuorum lostQuorum;
    private boolean told;
    private boolean begun;

    NewLife(MemberState state, Voter voter, Roles roles, LostQuorum lostQuorum) {
        this.settings = state.settings();
        this.time = state.time();
        this.outbox = state.outbox();
        this.ballot = state.ballot();
        this.log = state.log();
        this.rivals = state.rivals();
        this.assembly = state.assembly();
        this.bond = state.bond();
        this.voter = voter;
        this.roles = roles;
        this.lostQuorum = lostQuorum;
    }

    /** Gives up what another cluster has taken the place of, and asks for a new life if that is due. */
    void stepEnds() {
        Rivals.Superior superior = rivals.superior();
        if (superior != null) {
            roles.superseded(superior.describe());
            if (!told) {
                told = true;
                outbox.observe(new Observation.Superseded(
                        superior.clusterId(),
                        superior.generation(),
                        superior.leader(),
                        settings.founding().forgets()));
            }
        }
        String why = superior != null ? superior.describe() : lostQuorum.why();
        if (why == null) {
            why = assembly.whyStranded();
        }
        if (why == null || begun || !settings.founding().forgets() || outbox.storageFailed()) {
            return;
        }
        if (roles.role() instanceof Leader || roles.succession() != null) {
            return;
        }
        long free = StepTime.later(bond.untilNanos(), voter.freeAtNanos());
        if (time.isDue(free)) {
            begun = true;
            Membership membership = log.membership();
            outbox.add(new Effect.StartAnew(why, membership == null ? null : membership.token(ballot.term())));
        } else {
            outbox.wake(free);
        }
    }

    /** Whether this life is over: the member takes no further part in it. */
    boolean isBegun() {
        return begun;
    }
}
