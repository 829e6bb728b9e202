package io.election.core.simulator;

import static io.election.core.Phase.PRE_VOTE;
import static io.election.core.Phase.VOTE;
import static io.election.core.simulator.Scenario.T;
import static io.election.core.simulator.Scenario.a;
import static io.election.core.simulator.Scenario.from;
import static io.election.core.simulator.Scenario.isGrant;
import static io.election.core.simulator.Scenario.isTimeoutNow;
import static io.election.core.simulator.Scenario.isVoteRequest;
import static io.election.core.simulator.Scenario.ms;
import static io.election.core.simulator.Scenario.seconds;
import static io.election.core.simulator.Scenario.to;
import static org.assertj.core.api.Assertions.assertThat;

import io.election.HandoverResult.Outcome;
import io.election.Role;
import io.election.StepDownReason;
import io.election.core.HardState;
import io.election.core.Payload;
import io.election.core.RefusalReason;
import io.election.core.Request;
import io.election.core.Response;
import io.election.core.simulator.VirtualNetwork.Envelope;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Where other engines' elections went wrong; each was a real defect of a well-known one. */
class ProtocolPitfallsTests {

    @Nested
    class VotesAndDurability {

        @Test
        void leadsOnlyOnceItsOwnVoteIsDurable() {
            Scenario cluster = Scenario.of("a", "b", "c").start();
            cluster.elect("b");
            cluster.slowDisk("a", ms(20)).forgetWhatWasSent().crash("b");
            cluster.until("a is a candidate", () -> cluster.role("a") == Role.CANDIDATE);

            cluster.run(ms(15));
            assertThat(cluster.sent(isVoteRequest(VOTE))).as("asks meanwhile").isNotEmpty();
            assertThat(cluster.view("c").votedFor()).isEqualTo("a");
            assertThat(cluster.role("a")).isEqualTo(Role.CANDIDATE);
            cluster.run(ms(10));
            assertThat(cluster.disk("a").state().hardState().votedFor()).isEqualTo("a");
            assertThat(cluster.role("a")).isEqualTo(Role.LEADER);
        }

        @Test
        void aVoteWhoseWriteFailsIsNotGiven() {
            Scenario cluster = Scenario.of("a", "b", "c").start();
            cluster.elect("a");
            cluster.crash("a", "c").run(T.multipliedBy(2)).failNextWrite("b");

            assertThat(cluster.whenAsked("b").by("c").forItsVote(VOTE, 10)).isNull();
            assertThat(cluster.view("b").storageFailed()).isTrue();
            assertThat(cluster.whenAsked("b").by("c").refusesItsVote(VOTE, 11)).isEqualTo(RefusalReason.UNAVAILABLE);
            assertThat(cluster.whenAsked("b").by("c").refusesItsVote(PRE_VOTE, 11))
                    .isEqualTo(RefusalReason.UNAVAILABLE);
        }

        @Test
        void aLeaderWhoseDiskFailsStepsDownAndAnotherLeads() {
            Scenario cluster = Scenario.of("a", "b", "c").start();
            cluster.elect("a");
            cluster.failNextWrite("a").propose("a", "x");

            cluster.until("another leads", () -> cluster.isLeader("b") || cluster.isLeader("c"));

            assertThat(cluster.view("a").lastEnd()).isEqualTo(StepDownReason.STORAGE_FAILED);
        }

        @Test
        void fallingBackWithinATermKeepsTheVote() {
            Scenario cluster = Scenario.of("a", "b", "c").start();
            cluster.elect("a");
            long term = cluster.term("a");
            cluster.cut("a").from("b", "c");
            cluster.until("a has stepped down", () -> cluster.role("a") == Role.FOLLOWER);

            assertThat(cluster.term("a")).isEqualTo(term);
            assertThat(cluster.view("a").votedFor()).isEqualTo("a");
            assertThat(cluster.whenAsked("a").by("b").refusesItsVote(VOTE, term))
                    .isEqualTo(RefusalReason.ALREADY_VOTED);
        }

        @Test
        void aRestartedLeaderNeitherResumesItsTermNorVotesInItAgain() {
            Scenario cluster = Scenario.of("a", "b", "c").start();
            cluster.elect("a");
            long term = cluster.term("a");
            cluster.restart("a");

            assertThat(cluster.isLeader("a")).isFalse();
            assertThat(cluster.role("a")).isEqualTo(Role.FOLLOWER);
            assertThat(cluster.whenAsked("a").by("b").refusesItsVote(VOTE, term))
                    .isEqualTo(RefusalReason.ALREADY_VOTED);
            cluster.untilSomebodyLeads();
            assertThat(cluster.term(cluster.leader())).isGreaterThan(term);
        }

        @Test
        void logsAreComparedByTermBeforeIndex() {
            Scenario cluster = Scenario.of("a", "b", "c").start();
            cluster.elect("a");
            cluster.handOver("a", "b");
            cluster.until("b leads", () -> cluster.isLeader("b")).untilAllAgree();
            long term = cluster.term("b");
            cluster.crash("a", "b").run(T.multipliedBy(2));

            assertThat(cluster.whenAsked("c")
                            .by("b")
                            .withLogUpTo(term - 1, 1_000)
                            .refusesItsVote(PRE_VOTE, 50))
                    .isEqualTo(RefusalReason.LOG_BEHIND);
        }

        /** A round that gives voters less time than the candidate's own disk took is lost again and again. */
        @Test
        void electsInOneTermWhereEveryDiskAnswersAfterSeconds() {
            Scenario cluster = Scenario.of("a", "b", "c").start();
            cluster.elect("a");
            long term = cluster.term("a");
            cluster.run(seconds(1))
                    .slowDisk("a", seconds(3))
                    .slowDisk("b", seconds(3))
                    .slowDisk("c", seconds(3))
                    .crash("a");

            cluster.untilSomebodyLeads();
            assertThat(cluster.isLeader("b")).isTrue();
            assertThat(cluster.term("b")).isEqualTo(term + 1);
        }

        @Test
        void onlyDurableCopiesCount() {
            Scenario cluster = Scenario.of("a", "b", "c").start();
            cluster.elect("a");
            cluster.run(seconds(1)).crash("c").slowDisk("a", ms(500));
            long index = cluster.propose("a", "x");

            cluster.until(
                    "b holds it",
                    () -> cluster.disk("b").state().entries().stream().anyMatch(entry -> entry.index() == index));
            cluster.run(ms(100));
            assertThat(cluster.commitIndex("a")).as("only b's copy is durable").isLessThan(index);
            cluster.run(ms(500));
            assertThat(cluster.commitIndex("a")).isEqualTo(index);
        }

        /** More entries than one message takes, so that a quorum acknowledges some of them before the opening. */
        @Test
        void nothingOfAnEarlierTermIsCommittedBeforeTheLeadersOwnOpening() {
            Scenario cluster = Scenario.of("a", "b", "c", "d", "e").start();
            cluster.elect("a");
            long first = cluster.commitIndex("a") + 1;
            cluster.cut("a").from("c", "d", "e");
            for (int i = 0; i < 100; i++) {
                cluster.propose("a", "x" + i);
            }
            cluster.until("b holds them all", () -> cluster.last("b").index() == first + 99);
            long term = cluster.term("a");
            cluster.crash("a")
                    .mend()
                    .drop(envelope -> envelope.message instanceof Request.Append append
                            && append.entries().stream().anyMatch(entry -> entry.term() > term)
                            // What does not fit yet may arrive: that is how b learns what they lack.
                            && cluster.isUp(envelope.to)
                            && cluster.last(envelope.to).index()
                                    >= append.previous().index());
            cluster.until(
                    "c, d and e hold the first of them",
                    () -> cluster.last("c").index() > first
                            && cluster.last("d").index() > first
                            && cluster.last("e").index() > first);
            cluster.run(ms(50));

            assertThat(cluster.role("b")).isEqualTo(Role.LEADER);
            assertThat(cluster.commitIndex("b")).isLessThan(first);
            assertThat(cluster.isLeader("b")).isFalse();
            cluster.deliverAll().until("b leads", () -> cluster.isLeader("b"));
            assertThat(cluster.commitIndex("b")).isGreaterThan(first + 99);
        }
    }

    @Nested
    class PreVotesAndChecks {

        @Test
        void aPreVoteChangesNothingOnTheVoter() {
            Scenario cluster = Scenario.of("a", "b", "c").start();
            cluster.elect("a");
            cluster.crash("a", "c").run(T.plus(ms(5)));
            HardState before = cluster.disk("b").state().hardState();

            Response.Vote granted = cluster.whenAsked("b").by("c").forItsVote(PRE_VOTE, 40);
            assertThat(granted.refusal()).isNull();
            assertThat(cluster.whenAsked("b").by("a").refusesItsVote(PRE_VOTE, 40))
                    .isNull();
            cluster.run(ms(5));

            assertThat(cluster.disk("b").state().hardState()).isEqualTo(before);
            assertThat(cluster.term("b")).isEqualTo(before.term());
        }

        @Test
        void theAnswerToAPreVoteEchoesTheTermAskedForAndTellsTheVotersOwn() {
            Scenario cluster = Scenario.of("a", "b", "c").start();
            cluster.elect("a");
            long term = cluster.term("b");
            cluster.crash("a", "c").run(T.plus(ms(5)));

            Response.Vote granted = cluster.whenAsked("b").by("c").forItsVote(PRE_VOTE, term + 7);

            assertThat(granted.askedTerm()).isEqualTo(term + 7);
            assertThat(granted.term()).isEqualTo(term);
        }

        @Test
        void aGrantedPreVoteIsNoVote() {
            Scenario cluster = Scenario.of("a", "b", "c").start();
            cluster.elect("b");
            cluster.crash("b").hold(isGrant(PRE_VOTE).and(to("a"))).drop(isVoteRequest(VOTE));
            cluster.until("c's grant is on its way", () -> !cluster.held().isEmpty());
            Envelope grant = cluster.held().get(0);
            cluster.hold(null).release(envelope -> true);
            assertThat(cluster.role("a")).isEqualTo(Role.CANDIDATE);

            cluster.run(ms(5)).repeat(grant).run(ms(5));

            assertThat(cluster.role("a")).isEqualTo(Role.CANDIDATE);
        }

        @Test
        void aMemberWithAStaleTermIsToldAndCatchesUp() {
            Scenario cluster = Scenario.of("a", "b", "c").start();
            cluster.elect("a");
            cluster.cut("c").from("a", "b");
            cluster.handOver("a", "b");
            cluster.until("b leads", () -> cluster.isLeader("b"));
            cluster.run(seconds(1)).handOver("b", "a");
            cluster.until("a leads", () -> cluster.isLeader("a"));
            long stale = cluster.term("c") + 1;

            Response.Vote refused = cluster.whenAsked("b").by("c").forItsVote(VOTE, stale);
            assertThat(refused.refusal().reason()).isEqualTo(RefusalReason.STALE_TERM);
            assertThat(refused.term()).isEqualTo(cluster.term("a"));
            cluster.mend().run(T.multipliedBy(2));
            assertThat(cluster.term("c")).isEqualTo(cluster.term("a"));
            assertThat(cluster.view("c").leader()).isEqualTo("a");
        }

        @Test
        void aPreCandidateBelievesInNoLeaderAndHelpsOthers() {
            Scenario cluster = Scenario.of("a", "b", "c").start();
            cluster.elect("a");
            cluster.crash("a", "c");
            cluster.until("b pre-votes", () -> cluster.role("b") == Role.PRE_CANDIDATE);

            assertThat(cluster.view("b").leader()).isNull();
            assertThat(cluster.whenAsked("b").by("c").refusesItsVote(PRE_VOTE, 9))
                    .isNull();
        }

        @Test
        void aVoterIsNotBoundAgainstTheLeaderThatItFollows() {
            Scenario cluster = Scenario.of("a", "b", "c").start();
            // Longer than the vote for A holds other grants back.
            cluster.elect("a").run(ms(20));

            assertThat(cluster.whenAsked("b").by("a").refusesItsVote(PRE_VOTE, cluster.term("a") + 1))
                    .isNull();
        }

        @Test
        void grantingAPreVotePutsOffNoStanding() {
            Duration undisturbed = timeUntilBStands(false);

            assertThat(timeUntilBStands(true)).isEqualTo(undisturbed);
        }

        private Duration timeUntilBStands(boolean preVoted) {
            Scenario cluster = Scenario.of("a", "b", "c").start();
            cluster.elect("a");
            cluster.crash("a", "c");
            while (cluster.role("b") == Role.FOLLOWER) {
                if (preVoted) {
                    cluster.whenAsked("b").by("c").forItsVote(PRE_VOTE, 20);
                }
                cluster.run(Duration.ofNanos(1_000_000));
            }
            return cluster.now();
        }

        @Test
        void aCandidateThatRanOutOfTimePreVotesAgainBeforeItRaisesTheTerm() {
            Scenario cluster = Scenario.of("a", "b", "c").start();
            cluster.elect("b");
            cluster.crash("b");
            cluster.until("a is a candidate", () -> cluster.role("a") == Role.CANDIDATE);
            long term = cluster.term("a");
            cluster.cut("a").fromAll().run(seconds(60));

            assertThat(cluster.term("a")).isEqualTo(term);
            assertThat(cluster.sent(isVoteRequest(PRE_VOTE)).filter(from("a"))).isNotEmpty();
            cluster.mend().untilSomebodyLeads();
        }

        @Test
        void anIsolatedMemberDoesNotDisturbWhenItComesBack() {
            Scenario cluster = Scenario.of("a", "b", "c").start();
            cluster.elect("a");
            long term = cluster.term("a");
            cluster.cut("c").fromAll().run(seconds(30)).mend().run(seconds(5));

            assertThat(cluster.isLeader("a")).isTrue();
            assertThat(cluster.term("c")).isEqualTo(term);
        }

        @Test
        void twoOfFourAreNoQuorum() {
            Scenario cluster = Scenario.of("a", "b", "c", "d").start();
            cluster.elect("a");
            cluster.cut("a").from("c", "d").cut("b").from("c", "d").run(seconds(20));

            assertThat(cluster.leader()).isNull();
            cluster.mend().untilAllAgree();
        }

        @Test
        void observersDoNotCountInTheQuorum() {
            Scenario cluster = Scenario.of("a", "b", "c").observers("o", "p").start();
            cluster.elect("a");
            assertThat(cluster.view("a").voters()).isEqualTo(3);
            cluster.crash("b", "c").untilNobodyLeads();

            cluster.run(seconds(20));
            assertThat(cluster.leader()).isNull();
            assertThat(cluster.view("a").lastEnd()).isEqualTo(StepDownReason.LEASE_LOST);
        }

        @Test
        void aSoleVoterLeadsAtOnceAndForGood() {
            Scenario cluster = Scenario.of("a").observers("o").start();
            cluster.run(ms(50));
            assertThat(cluster.isLeader("a")).isTrue();
            cluster.run(seconds(60)).restart("a").run(ms(50));
            assertThat(cluster.isLeader("a")).isTrue();
            assertThat(cluster.term("a")).isEqualTo(2);
        }
    }

    @Nested
    class Leases {

        @Test
        void aPausedLeaderIsNoLeaderFromItsFirstQuestionOn() {
            Scenario cluster = Scenario.of("a", "b", "c").start();
            cluster.elect("a");
            cluster.pause("a").run(T.multipliedBy(3));
            assertThat(cluster.leader()).isIn("b", "c");

            assertThat(cluster.asksWhetherItLeads("a")).isFalse();
            cluster.wake("a");
            assertThat(cluster.asksWhetherItLeads("a")).isFalse();
        }

        @Test
        void aLeaderPausedInTheMiddleOfAStepIsNoLeaderWhenItWakes() {
            Scenario cluster = Scenario.of("a", "b", "c").start();
            cluster.elect("a");
            cluster.pauseInNextStep("a", 1).run(T.multipliedBy(3));
            assertThat(cluster.asksWhetherItLeads("a")).isFalse();

            cluster.wake("a").run(seconds(5));
            assertThat(cluster.asksWhetherItLeads(cluster.leader())).isTrue();
        }

        @Test
        void aSuspendedMachineWhoseMonotonicClockStoodStillIsNoLeader() {
            Scenario cluster = Scenario.of("a", "b", "c").start();
            cluster.elect("a");
            cluster.suspend("a").run(T.multipliedBy(3));

            assertThat(cluster.asksWhetherItLeads("a")).isFalse();
            cluster.wake("a");
            assertThat(cluster.asksWhetherItLeads("a")).isFalse();
            cluster.run(ms(10));
            assertThat(cluster.role("a")).isEqualTo(Role.FOLLOWER);
        }

        @Test
        void theLeaseRunsFromWhenAHeartbeatWasSentAndNotFromItsAnswer() {
            Scenario cluster = Scenario.of("a", "b", "c").start();
            cluster.elect("a");
            cluster.hold(a(Response.Heartbeat.class));
            cluster.cut("a").towards("c").run(ms(200)).cut("a").fromAll();
            Duration latestSent = cluster.now();
            cluster.run(ms(400)).release(envelope -> true);

            cluster.untilNobodyLeads();

            assertThat(cluster.now()).isLessThanOrEqualTo(latestSent.plus(ms(750)));
        }

        @Test
        void aLeaderCutOffIsNoLeaderBeforeItsSuccessorIsOne() {
            Scenario cluster = Scenario.of("a", "b", "c").start();
            cluster.elect("a");
            Duration cut = cluster.now();
            cluster.cut("a").fromAll().untilNobodyLeads();
            assertThat(cluster.now().minus(cut)).isLessThanOrEqualTo(ms(750));

            cluster.untilSomebodyLeads();
            assertThat(cluster.leader()).isIn("b", "c");
            assertThat(cluster.now().minus(cut)).isBetween(ms(900), ms(1100));
        }

        @Test
        void aLeaseGivenUpForATransferIsNotTakenUpAgainInItsTerm() {
            Scenario cluster = Scenario.of("a", "b", "c").start();
            cluster.elect("a");
            long term = cluster.term("a");
            cluster.drop(isTimeoutNow());
            long call = cluster.handOver("a", "b");
            cluster.until("the transfer has failed", () -> cluster.handoverResult(call) != null);
            assertThat(cluster.handoverResult(call).outcome()).isEqualTo(Outcome.FAILED);

            cluster.untilSomebodyLeads();
            assertThat(cluster.term(cluster.leader())).isEqualTo(term + 1);
        }
    }

    @Nested
    class TransferAndMembership {

        @Test
        void aTransferToAMemberThatDoesNotCatchUpEndsAndTheLeaderLeadsOn() {
            Scenario cluster = Scenario.of("a", "b", "c").start();
            cluster.elect("a");
            long term = cluster.term("a");
            cluster.run(seconds(1)).drop(a(Request.Append.class).and(to("b"))).propose("a", "x");
            long call = cluster.handOver("a", "b");
            cluster.run(T.plus(ms(100)));

            assertThat(cluster.handoverResult(call).outcome()).isEqualTo(Outcome.TIMED_OUT);
            assertThat(cluster.isLeader("a")).isTrue();
            assertThat(cluster.term("a")).isEqualTo(term);
        }

        @Test
        void nothingIsWrittenDuringATransfer() {
            Scenario cluster = Scenario.of("a", "b", "c").start().slowListeners(seconds(2));
            cluster.elect("a");
            cluster.run(seconds(1)).drop(a(Request.Append.class).and(to("b")));
            long before = cluster.propose("a", "x");
            cluster.handOver("a", "b");

            assertThat(cluster.propose("a", "y")).as("while b catches up").isZero();
            cluster.deliverAll().until("the lease is given up", () -> !cluster.isLeader("a"));
            assertThat(cluster.propose("a", "z")).as("while the listeners run").isZero();
            assertThat(cluster.last("a").index()).isEqualTo(before);
        }

        @Test
        void aSuccessorWipedMeanwhileDoesNotStand() {
            Scenario cluster = Scenario.of("a", "b", "c").start().slowListeners(ms(500));
            cluster.elect("a");
            cluster.run(seconds(1)).handOver("a", "b");
            cluster.until("the lease is given up", () -> !cluster.isLeader("a"));
            cluster.wipe("b").start("b").forgetWhatWasSent();

            cluster.untilSomebodyLeads();

            assertThat(cluster.leader()).isIn("a", "c");
            cluster.untilAllAgree();
        }

        @Test
        void theOldLeaderIsSilentOnceItsPassHasLeft() {
            Scenario cluster = Scenario.of("a", "b", "c").start();
            cluster.elect("a");
            long term = cluster.term("a");
            cluster.handOver("a", "b");
            cluster.until(
                    "TimeoutNow has left",
                    () -> cluster.sent(isTimeoutNow()).findAny().isPresent());
            cluster.forgetWhatWasSent();
            cluster.until("b leads", () -> cluster.isLeader("b")).run(seconds(1));

            assertThat(cluster.sent(a(Request.FromLeader.class).and(from("a")))).isEmpty();
            assertThat(cluster.term("b")).isEqualTo(term + 1);
        }

        @Test
        void aLeaderThatSteppedDownStandsLast() {
            Scenario cluster = Scenario.of("a", "b", "c").start();
            cluster.elect("a");
            long call = cluster.run(seconds(1)).stepDown("a");
            cluster.until("another leads", () -> cluster.leader() != null && !cluster.isLeader("a"));
            cluster.until("the caller is told", () -> cluster.handoverResult(call) != null);
            assertThat(cluster.handoverResult(call).outcome()).isEqualTo(Outcome.HANDED_OVER);
            assertThat(cluster.view("a").lastEnd()).isEqualTo(StepDownReason.REQUESTED);

            cluster.untilAllAgree().crash(cluster.leader()).untilSomebodyLeads();
            assertThat(cluster.isLeader("a")).isFalse();
        }

        @Test
        void aLeaderThatClosesHandsOverAndOneElectionIsEnough() {
            Scenario cluster = Scenario.of("a", "b", "c").start();
            cluster.elect("a");
            long term = cluster.term("a");
            Duration closed = cluster.now();
            cluster.close("a");
            cluster.until("another leads", () -> cluster.leader() != null && !cluster.isLeader("a"));

            assertThat(cluster.now().minus(closed)).isLessThan(ms(50));
            assertThat(cluster.term(cluster.leader())).isEqualTo(term + 1);
            cluster.until("a has closed", () -> !cluster.isUp("a"));
        }

        /**
         * With C down, B needs A for its quorum. A's answers to B's first messages are lost. If A left at the first message of B's
         * term, B would wait for 2T in vain, and nobody would lead before C is back.
         */
        @Test
        void anOldLeaderThatClosesAnswersUntilItsSuccessorLeads() {
            Scenario cluster = Scenario.of("a", "b", "c").start();
            cluster.elect("a").run(seconds(1)).crash("c").run(ms(300));
            long term = cluster.term("a");
            Duration closed = cluster.now();
            cluster.close("a");
            cluster.until("a has voted for b", () -> cluster.role("b") == Role.LEADER);
            cluster.cut("a").towards("b").run(ms(250));
            assertThat(cluster.view("a").leader()).as("a hears b").isEqualTo("b");
            assertThat(cluster.leader()).as("nobody acknowledges").isNull();
            assertThat(cluster.isUp("a")).isTrue();

            cluster.mend().until("b leads", () -> cluster.isLeader("b"));
            assertThat(cluster.term("b")).isEqualTo(term + 1);
            // Nobody tells B that the answer to its opening is lost, so B sends it again after T.
            assertThat(cluster.now().minus(closed)).isLessThan(T.plus(ms(50)));
            cluster.until("a has closed", () -> !cluster.isUp("a"));
            assertThat(cluster.isLeader("b")).isTrue();
        }

        /** A waits for B's opening no longer than its transfer may take, however often B is heard. */
        @Test
        void anOldLeaderWhoseSuccessorNeverOpensItsTermLeavesAtTheDeadlineOfItsTransfer() {
            Scenario cluster =
                    Scenario.of("a", "b", "c").handoverTimeout(ms(1500)).start();
            cluster.elect("a").run(seconds(1)).crash("c").run(ms(300));
            Duration closed = cluster.now();
            cluster.close("a");
            cluster.until("a has voted for b", () -> cluster.role("b") == Role.LEADER);
            cluster.cut("a").towards("b").until("a has closed", () -> !cluster.isUp("a"));

            // The process ends a little later than its election.
            assertThat(cluster.now().minus(closed)).isBetween(ms(1500), ms(1500).plus(T.dividedBy(4)));
        }

        /** B dies with A's vote, before anybody else knows of its term. C is bound to A alone. */
        @Test
        void anOldLeaderWhoseSuccessorDiesAfterTheVoteIsElectedAgain() {
            Scenario cluster = Scenario.of("a", "b", "c").start();
            cluster.elect("a").run(seconds(1));
            long term = cluster.term("a");
            Duration asked = cluster.now();
            cluster.drop(from("b").and(to("c")));
            long call = cluster.handOver("a", "b");
            cluster.until("a has voted for b", () -> cluster.term("a") == term + 1);
            cluster.crash("b").deliverAll().until("a leads again", () -> cluster.isLeader("a"));

            assertThat(cluster.term("a")).isEqualTo(term + 2);
            assertThat(cluster.now().minus(asked)).isLessThan(ms(550));
            cluster.until("the caller is told", () -> cluster.handoverResult(call) != null);
            assertThat(cluster.handoverResult(call).outcome()).isEqualTo(Outcome.FAILED);
        }

        @Test
        void wipedMembersAreLetInOneAtATimeAndAfterTheOpening() {
            Scenario cluster = Scenario.of("a", "b", "c", "d", "e").start();
            cluster.elect("a");
            long opening = cluster.commitIndex("a");
            cluster.wipe("d").wipe("e").start("d").start("e").untilAllAgree();

            List<Payload> since = cluster.entries("a").stream()
                    .filter(entry -> entry.index() > opening)
                    .map(entry -> entry.payload())
                    .toList();
            assertThat(since).hasSize(2).allMatch(payload -> payload instanceof Payload.MembershipChange);
            assertThat(((Payload.MembershipChange) since.get(0))
                            .membership().members().stream().filter(member -> !member.isFounder()))
                    .hasSize(1);
        }

        @Test
        void entriesAlreadyInTheSnapshotAreAcceptedAsMatching() {
            Scenario cluster = Scenario.of("a", "b", "c").compactsAfter(1).start();
            cluster.elect("a");
            cluster.run(seconds(1)).forgetWhatWasSent().propose("a", "x");
            cluster.run(ms(200)).propose("a", "y");
            cluster.run(ms(200));
            Envelope append = cluster.sent(a(Request.Append.class).and(to("b")))
                    .findFirst()
                    .orElseThrow();
            assertThat(cluster.disk("b").state().snapshot().last().index())
                    .isGreaterThan(
                            ((Request.Append) append.message).entries().get(0).index());
            cluster.forgetWhatWasSent().repeat(append).run(ms(5));

            assertThat(cluster.sent(a(Response.Append.class).and(from("b"))))
                    .hasSize(1)
                    .allMatch(envelope -> ((Response.Append) envelope.message).refusal() == null);
        }

        @Test
        void theLogStaysSmallHoweverManyTermsPass() {
            Scenario cluster = Scenario.of("a", "b", "c").compactsAfter(4).start();
            cluster.elect("a");
            for (int i = 0; i < 20; i++) {
                cluster.elect(i % 2 == 0 ? "b" : "a");
            }
            assertThat(cluster.term("a")).isGreaterThan(20);
            for (String id : List.of("a", "b", "c")) {
                assertThat(cluster.entries(id)).hasSizeLessThanOrEqualTo(5);
                assertThat(cluster.disk(id).state().entries()).hasSizeLessThanOrEqualTo(5);
            }
        }

        @Test
        void aMemberFarBehindIsBroughtUpByTheSnapshot() {
            Scenario cluster =
                    Scenario.of("a", "b", "c").observers("o").compactsAfter(2).start();
            cluster.elect("a");
            cluster.cut("c").fromAll().cut("o").fromAll();
            for (int i = 0; i < 20; i++) {
                cluster.propose("a", "x" + i);
                cluster.run(ms(100));
            }

            cluster.mend().untilAllAgree();
            assertThat(cluster.commitIndex("o")).isEqualTo(cluster.commitIndex("a"));
        }

        @Test
        void aRestartedFollowerLearnsWhatIsCommittedWithoutANewEntry() {
            Scenario cluster = Scenario.of("a", "b", "c").start();
            cluster.elect("a");
            cluster.restart("c").run(ms(500));

            assertThat(cluster.commitIndex("c")).isEqualTo(cluster.commitIndex("a"));
        }
    }
}
