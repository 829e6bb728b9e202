package io.election.core.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.election.core.simulator.WhatUsersSee.Lie;
import io.election.history.Rule;
import io.election.journal.FileJournal;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

/**
 * Whole runs in which only users are shown something wrong. The election is sound, so no invariant speaks: the history of what
 * users saw is all there is to notice it.
 */
class HistoryOfUsersTests {

    private static final int SEEDS = 200;

    private static final Map<Lie, Set<Rule>> BROKEN = Map.of(
            Lie.LEASE_NEVER_LAPSES, EnumSet.of(Rule.ONE_LEADER_AT_A_TIME, Rule.TOKENS_RISE),
            Lie.OLD_TOKEN,
                    EnumSet.of(
                            Rule.EVENTS_FIT_ANSWERS,
                            Rule.LEADERSHIP_IS_UNBROKEN,
                            Rule.ONE_LEADER_AT_A_TIME,
                            Rule.TOKENS_RISE),
            Lie.ELECTED_IS_LOST, EnumSet.of(Rule.EVENTS_PAIR_UP, Rule.EVENTS_COME_IN_TIME),
            Lie.STEP_DOWN_IS_LOST, EnumSet.of(Rule.EVENTS_PAIR_UP, Rule.EVENTS_COME_IN_TIME),
            Lie.CONFIRMED_UNASKED, EnumSet.of(Rule.CONFIRMED_WAS_LATEST, Rule.EVENTS_FIT_ANSWERS),
            Lie.FENCE_FORGETS, EnumSet.of(Rule.WRITES_ARE_FENCED),
            Lie.WRITE_IS_LOST, EnumSet.of(Rule.WRITES_ARE_FENCED));

    @BeforeAll
    static void silenceTheJournals() {
        ((Logger) LoggerFactory.getLogger(FileJournal.class)).setLevel(Level.OFF);
    }

    @AfterAll
    static void giveTheJournalsTheirVoiceBack() {
        ((Logger) LoggerFactory.getLogger(FileJournal.class)).setLevel(null);
    }

    @ParameterizedTest
    @EnumSource
    void findsWhatOnlyUsersAreShown(Lie lie) {
        for (long seed = 1; seed <= SEEDS; seed++) {
            try {
                new RandomRun(seed, new Trace(false), new Coverage()).lying(lie).run();
            } catch (Violation violation) {
                assertThat(BROKEN.get(lie))
                        .extracting(Rule::toString)
                        .as("rules that " + lie + " breaks; seed " + seed + ": " + violation)
                        .contains(violation.rule());
                System.out.println("History: " + lie + " was found with seed " + seed);
                return;
            }
        }
        fail("None of the seeds up to " + SEEDS + " shows that users are told wrongly: " + lie);
    }
}
