package io.election.node;

import io.election.core.ClockReading;
import io.election.core.Election;
import io.election.core.ElectionMachine;
import io.election.core.ElectionSettings;
import io.election.core.Journal;
import io.election.core.ProposalCheck;
import java.security.SecureRandom;

/** Makes what decides for a member: a new one for each of its runs. */
@FunctionalInterface
public interface ElectionFactory {

    /** Elects among the members listed. Only tests of applications use another one. */
    ElectionFactory REAL = new ElectionFactory() {
        @Override
        public ElectionMachine create(ElectionSettings settings, Journal journal, ClockReading lockedAt) {
            return create(settings, journal, lockedAt, ProposalCheck.NONE);
        }

        @Override
        public ElectionMachine create(
                ElectionSettings settings, Journal journal, ClockReading lockedAt, ProposalCheck check) {
            // A seed that nobody knows: members draw different delays.
            return new Election(settings, journal.incarnation(), journal.state(), lockedAt, new SecureRandom(), check);
        }
    };

    /**
     * Makes what decides from one start to the next.
     *
     * @param settings what the member's configuration says
     * @param journal its durable memory; written only by the effects that come out
     * @param lockedAt when that memory was locked: from then on no earlier process of this member ran
     * @return what decides
     */
    ElectionMachine create(ElectionSettings settings, Journal journal, ClockReading lockedAt);

    /**
     * Makes what decides from one start to the next, for a member whose log feeds a state machine.
     *
     * @param settings what the member's configuration says
     * @param journal its durable memory; written only by the effects that come out
     * @param lockedAt when that memory was locked
     * @param check judges what is proposed while this member leads; what does not replicate has no use for it
     * @return what decides
     */
    default ElectionMachine create(
            ElectionSettings settings, Journal journal, ClockReading lockedAt, ProposalCheck check) {
        return create(settings, journal, lockedAt);
    }
}
