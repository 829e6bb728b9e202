package io.election.node;

import io.election.core.ClockReading;
import io.election.core.Election;
import io.election.core.ElectionMachine;
import io.election.core.ElectionSettings;
import io.election.core.Journal;
import java.security.SecureRandom;

/** Makes what decides for a member: a new one for each of its runs. */
@FunctionalInterface
public interface ElectionFactory {

    /** Elects among the members listed. Only tests of applications use another one. */
    ElectionFactory REAL = (settings, journal, now) ->
            // A seed that nobody knows: members draw different delays.
            new Election(settings, journal.incarnation(), journal.state(), now, new SecureRandom());

    /**
     * Makes what decides from one start to the next.
     *
     * @param settings what the member's configuration says
     * @param journal its durable memory; written only by the effects that come out
     * @param lockedAt when that memory was locked: from then on no earlier process of this member ran
     * @return what decides
     */
    ElectionMachine create(ElectionSettings settings, Journal journal, ClockReading lockedAt);
}
