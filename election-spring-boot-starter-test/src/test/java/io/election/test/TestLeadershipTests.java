package io.election.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.get;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.post;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.content;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.header;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.jsonPath;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.status;

import io.election.FencingToken;
import io.election.HandoverResult;
import io.election.LeaderChangedEvent;
import io.election.LeaderElectedEvent;
import io.election.LeaderWork;
import io.election.Leadership;
import io.election.LeadershipLostException;
import io.election.LeadershipState;
import io.election.NotLeaderException;
import io.election.Role;
import io.election.StepDownEvent;
import io.election.StepDownReason;
import io.election.WorkResult;
import io.election.test.OrdersApplication.InvoiceJob;
import io.election.test.OrdersApplication.OrderConsumer;
import io.election.test.OrdersApplication.Recorder;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.webmvc.test.autoconfigure.AutoConfigureMockMvc;
import org.springframework.http.MediaType;
import org.springframework.test.web.servlet.MockMvc;

/** One annotation on a {@code @SpringBootTest}: all that the application does with its leadership is in the test's hands. */
@SpringBootTest(properties = "election.web.on-follower=redirect")
@AutoConfigureMockMvc
@AutoConfigureTestLeadership
class TestLeadershipTests {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Autowired
    TestLeadership leadership;

    @Autowired
    List<Leadership> all;

    @Autowired
    Recorder recorder;

    @Autowired
    InvoiceJob job;

    @Autowired
    OrderConsumer consumer;

    @Autowired
    MockMvc mvc;

    @Autowired
    MeterRegistry meters;

    @BeforeEach
    void forgetWhatWas() {
        recorder.clear();
        job.issued().clear();
        consumer.calls().clear();
    }

    // ------------------------------------------------------------------------------------------------ granted and
    // revoked

    @Test
    void isTheOneLeadershipThatTheApplicationHas() {
        assertThat(all).containsExactly(leadership);
    }

    @Test
    void nobodyLeadsUntilTheTestSaysSo() {
        assertThat(leadership.isLeader()).isFalse();
        assertThat(leadership.state())
                .isEqualTo(new LeadershipState(false, Role.FOLLOWER, leadership.term(), null, null));
        assertThatThrownBy(leadership::fencingToken).isInstanceOf(NotLeaderException.class);
        assertThatThrownBy(leadership::assertLeader).isInstanceOf(NotLeaderException.class);
        assertThatThrownBy(leadership::beginWork).isInstanceOf(NotLeaderException.class);
        assertThat(recorder.events()).isEmpty();
    }

    @Test
    void listenersHaveReturnedWhenAGrantOrARevocationDoes() {
        FencingToken token = leadership.grant();
        long term = leadership.term();
        assertThat(leadership.isLeader()).isTrue();
        assertThat(leadership.fencingToken()).isEqualTo(token);
        assertThat(recorder.events())
                .containsExactly(
                        new LeaderChangedEvent("orders", "node-1", term, "node-1"),
                        new LeaderElectedEvent("orders", "node-1", term, token));

        leadership.revoke(StepDownReason.LEASE_LOST);
        assertThat(leadership.isLeader()).isFalse();
        assertThat(recorder.events().subList(2, 4))
                .containsExactly(
                        new StepDownEvent("orders", "node-1", term, StepDownReason.LEASE_LOST),
                        new LeaderChangedEvent("orders", "node-1", term, null));
        assertThat(recorder.leaderMeanwhile()).containsExactly(true, false);
        assertThat(recorder.threads())
                .hasSize(4)
                .allSatisfy(thread -> {
                    assertThat(thread.getName()).isEqualTo("election-orders-node-1-events");
                    assertThat(thread.isDaemon()).isTrue();
                })
                .allMatch(thread -> thread == recorder.threads().get(0));
    }

    @ParameterizedTest
    @EnumSource(StepDownReason.class)
    void tellsEveryReasonInPairsWithTermsThatRise(StepDownReason reason) {
        FencingToken first = leadership.grant();
        long firstTerm = leadership.term();
        leadership.revoke(reason);
        FencingToken second = leadership.grant();
        long secondTerm = leadership.term();

        assertThat(secondTerm).isGreaterThan(firstTerm);
        assertThat(second).isGreaterThan(first);
        assertThat(recorder.told())
                .containsExactly(
                        "=node-1",
                        "+" + firstTerm,
                        "-" + firstTerm + " " + reason,
                        "=null",
                        "=node-1",
                        "+" + secondTerm);
    }

    @Test
    void aGrantToTheLeaderIsANewTermAfterTheEndOfTheOld() {
        leadership.grant();
        long first = leadership.term();
        leadership.grant();
        long second = leadership.term();

        assertThat(second).isGreaterThan(first);
        assertThat(recorder.told())
                .containsExactly(
                        "=node-1", "+" + first, "-" + first + " HIGHER_TERM", "=null", "=node-1", "+" + second);
    }

    @Test
    void aRevocationOnAFollowerDoesNothing() {
        leadership.revoke();
        assertThat(recorder.events()).isEmpty();
    }

    @Test
    void aListenerThatThrowsKeepsNobodyFromHisEvent() {
        recorder.onEvent(event -> {
            if (event instanceof LeaderElectedEvent) {
                throw new IllegalStateException("on purpose");
            }
        });
        leadership.grant();
        assertThat(consumer.isRunning()).isTrue();
        leadership.revoke();
        assertThat(recorder.told()).contains("-" + leadership.term() + " LEASE_LOST");
    }

    @Test
    void aListenerMayChangeTheLeadershipItself() {
        recorder.onEvent(event -> {
            if (event instanceof LeaderElectedEvent) {
                leadership.revoke();
            }
        });
        assertThatThrownBy(leadership::grant).isInstanceOf(NotLeaderException.class);
        assertThat(recorder.told()).contains("-" + leadership.term() + " LEASE_LOST");
    }

    // ------------------------------------------------------------------------------------------------ the
    // application's work

    @Test
    void leaderOnlyMethodsRunOnTheLeaderAlone() {
        assertThatThrownBy(job::issueInvoices).isInstanceOf(NotLeaderException.class);
        FencingToken token = leadership.grant();
        job.issueInvoices();
        leadership.revoke();
        assertThatThrownBy(job::issueInvoices).isInstanceOf(NotLeaderException.class);
        assertThat(job.issued()).containsExactly(token.value());
    }

    @Test
    void aLeaseThatRunsOutInTheMiddleOfTheWorkIsReportedAfterIt() {
        FencingToken token = leadership.grant();
        long term = leadership.term();
        assertThatThrownBy(() -> leadership.callWhileLeading(given -> {
                    assertThat(given).isEqualTo(token);
                    leadership.revoke(StepDownReason.LEASE_LOST);
                    return "done";
                }))
                .isInstanceOfSatisfying(
                        LeadershipLostException.class,
                        lost -> assertThat(lost.getTerm()).isEqualTo(term));
        leadership.grant();
        assertThatThrownBy(() -> job.issueInvoicesWhile(leadership::revoke))
                .isInstanceOf(LeadershipLostException.class);
        assertThat(job.issued()).as("the work has run all the same").containsExactly(0L);
    }

    @Test
    void workThatIsInFlightWhenTheLeadershipIsGivenUpInGoodOrderIsAloneToItsEnd() {
        leadership.grant();
        String result = leadership.callWhileLeading(token -> {
            leadership.revoke(StepDownReason.HANDED_OVER);
            assertThat(leadership.isLeader()).isFalse();
            assertThatThrownBy(leadership::beginWork).isInstanceOf(NotLeaderException.class);
            return "done";
        });
        assertThat(result).isEqualTo("done");
        await().atMost(PATIENCE).until(() -> leadership.state().leaderId() == null);
        assertThat(leadership.state().role()).isEqualTo(Role.FOLLOWER);
    }

    @Test
    void workThatOutlivesItsLeadershipBorrowsNothingFromTheNextOne() {
        FencingToken first = leadership.grant();
        long term = leadership.term();
        AtomicReference<FencingToken> second = new AtomicReference<>();
        assertThatThrownBy(() -> job.issueInvoicesWhile(() -> {
                    assertThat(leadership.fencingToken()).isEqualTo(first);
                    assertThat(leadership.confirm(PATIENCE)).isTrue();
                    leadership.revoke();
                    second.set(leadership.grant());
                    assertThat(leadership.isLeader()).as("the member leads").isTrue();
                    assertThat(leadership.confirm(PATIENCE))
                            .as("the work's leadership")
                            .isFalse();
                    assertLost(term, leadership::fencingToken);
                    assertLost(term, leadership::assertLeader);
                    assertLost(term, leadership::beginWork);
                    // Another bean's method, called from this work.
                    assertLost(term, job::issueInvoices);
                }))
                .isInstanceOfSatisfying(
                        LeadershipLostException.class,
                        lost -> assertThat(lost.getTerm()).isEqualTo(term));
        assertThat(second.get()).isGreaterThan(first).isEqualTo(leadership.fencingToken());
        assertThat(leadership.confirm(PATIENCE)).isTrue();
        job.issueInvoices();
        assertThat(job.issued()).containsExactly(0L, second.get().value());
    }

    private static void assertLost(long term, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        LeadershipLostException.class,
                        lost -> assertThat(lost.getTerm()).isEqualTo(term));
    }

    @Test
    void workKeepsItsTokenWhileAHandoverWaitsForIt() {
        FencingToken token = leadership.grant();
        leadership.runWhileLeading(own -> {
            leadership.revoke(StepDownReason.HANDED_OVER);
            assertThat(leadership.isLeader()).isFalse();
            assertThat(leadership.fencingToken()).isEqualTo(token);
            leadership.assertLeader();
        });
        assertThatThrownBy(leadership::fencingToken).isInstanceOf(NotLeaderException.class);
    }

    @Test
    void aResultSaysWhetherTheWorkRanAndWhetherItsLeadershipOutlivedIt() {
        assertThat(leadership.tryRunWhileLeading(token -> job.issueInvoices()).outcome())
                .isEqualTo(WorkResult.Outcome.SKIPPED);
        leadership.grant();
        assertThat(leadership.tryRunWhileLeading(token -> job.issueInvoices()).outcome())
                .isEqualTo(WorkResult.Outcome.EXECUTED);
        assertThat(leadership
                        .tryRunWhileLeading(token -> {
                            leadership.revoke();
                            leadership.grant();
                        })
                        .outcome())
                .isEqualTo(WorkResult.Outcome.LOST);
        assertThat(job.issued()).hasSize(1);
    }

    @Test
    void workIsNotAloneOnceAnotherMemberWasElected() {
        leadership.grant();
        LeaderWork work = leadership.beginWork();
        leadership.revoke(StepDownReason.REQUESTED);
        assertThat(work.stillHolds()).isTrue();
        leadership.grantTo("node-2");
        assertThat(work.stillHolds()).isFalse();
        assertThat(work.end()).isFalse();
    }

    @Test
    void whatIsBoundToTheLeaderRunsOnTheLeaderAlone() {
        assertThat(consumer.isRunning()).isFalse();
        leadership.grant();
        assertThat(consumer.isRunning()).isTrue();
        leadership.revoke();
        assertThat(consumer.isRunning()).isFalse();
        assertThat(consumer.calls()).containsExactly("start", "stop");
    }

    @Test
    void aQuorumConfirmsTheLeaderAlone() {
        assertThat(leadership.confirm(PATIENCE)).isFalse();
        leadership.grant();
        assertThat(leadership.confirm(PATIENCE)).isTrue();
        leadership.revoke();
        assertThat(leadership.confirm(PATIENCE)).isFalse();
    }

    @Test
    void whoWaitsForTheLeadershipIsWokenByAGrant() throws Exception {
        assertThat(leadership.await(Duration.ofNanos(1))).isFalse();
        CompletableFuture<Boolean> awaited = CompletableFuture.supplyAsync(() -> {
            try {
                return leadership.await(PATIENCE);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        leadership.grant();
        assertThat(awaited.get(60, TimeUnit.SECONDS)).isTrue();
    }

    // ------------------------------------------------------------------------------------------------ handing over

    @Test
    void aHandoverEndsWithTheSuccessorListedAsLeader() throws Exception {
        leadership.grant();
        long term = leadership.term();
        HandoverResult result =
                leadership.handOver("node-3").toCompletableFuture().get(60, TimeUnit.SECONDS);

        assertThat(result)
                .isEqualTo(new HandoverResult(HandoverResult.Outcome.HANDED_OVER, "node-3", term + 1, "node-3 leads"));
        assertThat(leadership.state())
                .isEqualTo(new LeadershipState(false, Role.FOLLOWER, term + 1, "node-3", "http://host-3:8080"));
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(recorder.told())
                        .containsExactly("=node-1", "+" + term, "-" + term + " HANDED_OVER", "=null", "=node-3"));
    }

    @Test
    void aHandoverWaitsForListenersAndForWorkInFlight() throws Exception {
        leadership.grant();
        CountDownLatch listenerMayEnd = new CountDownLatch(1);
        recorder.onEvent(event -> {
            if (event instanceof StepDownEvent) {
                awaitQuietly(listenerMayEnd);
            }
        });
        LeaderWork work = leadership.beginWork();
        CompletableFuture<HandoverResult> result = leadership.handOver(null).toCompletableFuture();
        await().atMost(PATIENCE).until(() -> !leadership.isLeader());
        assertThat(result).isNotDone();
        listenerMayEnd.countDown();
        await().atMost(PATIENCE).until(() -> recorder.told().stream().anyMatch(told -> told.endsWith("HANDED_OVER")));
        assertThat(leadership.state().leaderId()).isEqualTo("node-1");
        assertThat(work.end()).isTrue();
        assertThat(result.get(60, TimeUnit.SECONDS).leaderId()).isEqualTo("node-2");
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await(60, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void refusesAHandoverThatCannotBe() throws Exception {
        assertThat(leadership
                        .handOver(null)
                        .toCompletableFuture()
                        .get(60, TimeUnit.SECONDS)
                        .outcome())
                .isEqualTo(HandoverResult.Outcome.NOT_LEADER);
        leadership.grant();
        assertThat(leadership.handOver("nobody").toCompletableFuture().get(60, TimeUnit.SECONDS))
                .isEqualTo(new HandoverResult(
                        HandoverResult.Outcome.NO_SUCCESSOR,
                        "node-1",
                        leadership.term(),
                        "member 'nobody' cannot lead"));
        assertThat(leadership.isLeader()).isTrue();
    }

    @Test
    void aLeaderThatStepsDownIsFollowedByAnother() throws Exception {
        leadership.grant();
        long term = leadership.term();
        HandoverResult result = leadership.stepDown().toCompletableFuture().get(60, TimeUnit.SECONDS);
        assertThat(result.outcome()).isEqualTo(HandoverResult.Outcome.HANDED_OVER);
        assertThat(result.leaderId()).isEqualTo("node-2");
        await().atMost(PATIENCE).until(() -> "node-2".equals(leadership.state().leaderId()));
        assertThat(leadership.isLeader()).isFalse();
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(recorder.told()).contains("-" + term + " REQUESTED", "=node-2"));
    }

    @Test
    void anotherMemberCanBeElectedFromTheListOnly() {
        leadership.grantTo("node-2");
        assertThat(leadership.state().leaderId()).isEqualTo("node-2");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> leadership.grantTo("node-4"))
                .withMessageContaining("node-4")
                .withMessageContaining("node-2, node-3");
        leadership.grantTo("node-1");
        assertThat(leadership.isLeader()).isTrue();
        leadership.grantTo("node-3");
        assertThat(leadership.isLeader()).isFalse();
        assertThat(leadership.state().leaderUrl()).isEqualTo("http://host-3:8080");
    }

    // ------------------------------------------------------------------------------------------------ the web

    @Test
    void webClientsAreSentToTheLeader() throws Exception {
        mvc.perform(post("/orders")).andExpect(status().isServiceUnavailable());
        leadership.grantTo("node-2");
        mvc.perform(post("/orders"))
                .andExpect(status().isTemporaryRedirect())
                .andExpect(header().string("Location", "http://host-2:8080/orders"));
        FencingToken token = leadership.grant();
        mvc.perform(post("/orders"))
                .andExpect(status().isOk())
                .andExpect(content().string("placed under " + token));
    }

    @Test
    void endpointHealthAndMetersShowIt() throws Exception {
        mvc.perform(get("/actuator/election/leader")).andExpect(status().isServiceUnavailable());
        FencingToken token = leadership.grant();
        mvc.perform(get("/actuator/election/leader")).andExpect(status().isOk());
        mvc.perform(get("/actuator/election"))
                .andExpect(status().isOk())
                .andExpect(jsonPath("$.cluster").value("orders"))
                .andExpect(jsonPath("$.nodeId").value("node-1"))
                .andExpect(jsonPath("$.role").value("LEADER"))
                .andExpect(jsonPath("$.leader").value(true))
                .andExpect(jsonPath("$.term").value(leadership.term()))
                .andExpect(jsonPath("$.leaderUrl").value("http://host-1:8080"))
                .andExpect(jsonPath("$.fencingToken").value(token.value()))
                .andExpect(jsonPath("$.members.length()").value(3))
                .andExpect(jsonPath("$.quorum.needed").value(2));
        mvc.perform(get("/actuator/health"))
                .andExpect(status().isOk())
                .andExpect(jsonPath("$.components.election.status").value("UP"))
                .andExpect(jsonPath("$.components.election.details.leader").value(true));
        assertThat(meters.get("election.leader").gauge().value()).isEqualTo(1);
        assertThat(meters.get("election.term").gauge().value()).isEqualTo(leadership.term());

        leadership.grantTo("node-2");
        assertThat(meters.get("election.leader").gauge().value()).isZero();
        mvc.perform(get("/actuator/election"))
                .andExpect(jsonPath("$.leader").value(false))
                .andExpect(jsonPath("$.leaderId").value("node-2"));
    }

    @Test
    void anOperatorCanMoveIt() throws Exception {
        leadership.grant();
        mvc.perform(post("/actuator/election")
                        .contentType(MediaType.APPLICATION_JSON)
                        .content("{\"action\": \"transfer\", \"to\": \"node-2\"}"))
                .andExpect(status().isOk())
                .andExpect(jsonPath("$.leaderId").value("node-2"));
        assertThat(leadership.isLeader()).isFalse();
    }

    @Test
    void aSlowListenerIsWaitedFor() {
        AtomicBoolean ended = new AtomicBoolean();
        CountDownLatch mayEnd = new CountDownLatch(1);
        recorder.onEvent(event -> {
            if (event instanceof LeaderElectedEvent) {
                awaitQuietly(mayEnd);
                ended.set(true);
            }
        });
        CompletableFuture<Boolean> endedAtReturn = CompletableFuture.supplyAsync(() -> {
            leadership.grant();
            return ended.get();
        });
        await().atMost(PATIENCE).until(leadership::isLeader);
        assertThat(endedAtReturn).isNotDone();
        mayEnd.countDown();
        assertThat(endedAtReturn.join()).isTrue();
    }
}
