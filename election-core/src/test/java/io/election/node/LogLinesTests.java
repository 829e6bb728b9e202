package io.election.node;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.election.FencingToken;
import io.election.StepDownReason;
import io.election.core.Effect;
import io.election.core.ElectionOutcome;
import io.election.core.Lease;
import io.election.core.LogKeys;
import io.election.core.Observation;
import io.election.core.Phase;
import io.election.core.Refusal;
import io.election.core.RefusalReason;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** The sentences of a member, and the facts that stand beside them as key-value pairs. */
class LogLinesTests {

    private static final String CLUSTER = "lines-of-a-test";
    private static final String WHO = "Member 'a' of cluster '" + CLUSTER + "' ";

    private final Chronicle chronicle = new Chronicle(CLUSTER, "a", List.of());
    private final Logger logger = (Logger) LoggerFactory.getLogger(ElectionNode.class);
    private final List<ILoggingEvent> events = new CopyOnWriteArrayList<>();
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            if (CLUSTER.equals(pairs(event).get(LogKeys.CLUSTER))) {
                events.add(event);
            }
        }
    };

    @BeforeEach
    void listen() {
        logger.setLevel(Level.DEBUG);
        appender.start();
        logger.addAppender(appender);
    }

    @AfterEach
    void listenNoMore() {
        logger.detachAppender(appender);
        logger.setLevel(null);
    }

    private static Map<String, Object> pairs(ILoggingEvent event) {
        Map<String, Object> pairs = new LinkedHashMap<>();
        if (event.getKeyValuePairs() != null) {
            event.getKeyValuePairs().forEach(pair -> pairs.put(pair.key, pair.value));
        }
        return pairs;
    }

    private ILoggingEvent only() throws InterruptedException {
        chronicle.flush(Duration.ofSeconds(30));
        assertThat(events).hasSize(1);
        return events.remove(0);
    }

    private void says(String sentence, Map<String, Object> facts) throws InterruptedException {
        ILoggingEvent event = only();
        assertThat(event.getFormattedMessage()).isEqualTo(WHO + sentence);
        Map<String, Object> all = new LinkedHashMap<>(facts);
        all.put(LogKeys.CLUSTER, CLUSTER);
        all.put(LogKeys.NODE, "a");
        assertThat(pairs(event)).isEqualTo(all);
        assertThat(LogKeys.ALL).containsAll(pairs(event).keySet());
    }

    private static Effect observed(Observation observation) {
        return new Effect.Observed(observation);
    }

    @Test
    void aLeadershipHasTermTokenAndReason() throws Exception {
        chronicle.tell(new Effect.LeadershipGained(4, new FencingToken(77), Lease.UNLIMITED));
        says("leads now, in term 4 with fencing token 77.", Map.of(LogKeys.TERM, 4L, LogKeys.TOKEN, 77L));

        chronicle.tell(new Effect.LeadershipEnded(4, StepDownReason.LEASE_LOST));
        says(
                "no longer leads: too few members acknowledged its heartbeats in time. It led in term 4.",
                Map.of(LogKeys.TERM, 4L, LogKeys.REASON, "lease-lost"));

        chronicle.tell(new Effect.LeaderChanged(5, "b"));
        says("follows 'b' in term 5.", Map.of(LogKeys.TERM, 5L, LogKeys.LEADER, "b"));

        chronicle.tell(new Effect.LeaderChanged(5, null));
        says("knows of no leader in term 5.", Map.of(LogKeys.TERM, 5L));
    }

    @Test
    void aStartHasTermAndVote() throws Exception {
        chronicle.started(0, null);
        says("has started. It has taken part in no election yet.", Map.of());
        chronicle.started(3, "b");
        says("has started in term 3, in which it voted for 'b'.", Map.of(LogKeys.TERM, 3L, LogKeys.VOTED_FOR, "b"));
    }

    @Test
    void aRoundHasOutcomeVotesAndReason() throws Exception {
        chronicle.tell(observed(new Observation.RoundEnded(
                ElectionOutcome.LOST,
                Phase.VOTE,
                5,
                Set.of("a"),
                2,
                Map.of("b", new Refusal(RefusalReason.LOG_BEHIND, null, null, null)),
                "a voter refused")));
        says(
                "was not elected in term 5: 1 of 2 votes needed; a voter refused ('b': log behind).",
                Map.of(
                        LogKeys.TERM,
                        5L,
                        LogKeys.VOTES,
                        1,
                        LogKeys.VOTES_NEEDED,
                        2,
                        LogKeys.REASON,
                        "a voter refused",
                        LogKeys.OUTCOME,
                        "lost"));
    }

    @Test
    void aLackOfALeaderIsExplainedOnceAMinute() throws Exception {
        WhyNobodyLeads why = new WhyNobodyLeads(
                "2 of 3 voters are needed, and 'a' reaches 1, itself included",
                List.of(
                        new WhyNobodyLeads.Reason("a", true, false, "stands for election"),
                        new WhyNobodyLeads.Reason("b", false, false, "not reached: connection refused, for 40 s")));
        AtomicInteger asked = new AtomicInteger();
        Supplier<WhyNobodyLeads> supplier = () -> {
            asked.incrementAndGet();
            return why;
        };
        chronicle.nobodyLeads(Duration.ofMillis(40_700), supplier);
        chronicle.nobodyLeads(Duration.ofMillis(41_700), supplier);
        says(
                "has known no leader for 40 s: 2 of 3 voters are needed, and 'a' reaches 1, itself included."
                        + " 'a': stands for election. 'b': not reached: connection refused, for 40 s.",
                Map.of(LogKeys.REASON, why.summary(), LogKeys.DURATION, 40_700L));
        assertThat(asked).as("how often the reasons were put together").hasValue(1);
    }

    @Test
    void aRefusedVoteHasPeerPhaseAndReason() throws Exception {
        chronicle.tell(observed(new Observation.VoteDecided(
                Phase.VOTE, "b", 5, new Refusal(RefusalReason.LOG_BEHIND, null, null, null))));
        says(
                "refuses 'b' its vote for term 5: log behind.",
                Map.of(
                        LogKeys.PEER, "b",
                        LogKeys.PHASE, "vote",
                        LogKeys.TERM, 5L,
                        LogKeys.REASON, "log-behind"));
    }

    @Test
    void aPauseHasItsLength() throws Exception {
        chronicle.stalled(Duration.ofMillis(1830), "its loop was busy", true);
        says(
                "stood still for 1830 ms: its loop was busy. A pause as long as the lease costs the leadership.",
                Map.of(LogKeys.DURATION, 1830L, LogKeys.REASON, "its loop was busy"));
    }

    @Test
    void aFailureKeepsItsStackTrace() throws Exception {
        chronicle.failed("its election", new InternalError(new OutOfMemoryError("Java heap space")));
        ILoggingEvent event = only();
        assertThat(event.getFormattedMessage())
                .startsWith(
                        WHO + "takes no further part until its process is restarted: its election ran out of memory.");
        assertThat(event.getThrowableProxy().getClassName()).isEqualTo(InternalError.class.getName());
    }

    @Test
    void whatCouldNotBeSaidIsCountedWithTheNextSentence() throws Exception {
        chronicle.leftOut(new OutOfMemoryError("of this test"));
        chronicle.readyAfterAll();
        chronicle.flush(Duration.ofSeconds(30));
        assertThat(events).hasSize(2);
        assertThat(pairs(events.get(1))).containsEntry(LogKeys.COUNT, 1L);
    }
}
