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
import static io.election.core.simulator.Scenario.withMembers;
import static io.election.core.simulator.Scenario.withTimeout;
import static org.assertj.core.api.Assertions.assertThat;

import io.election.HandoverResult.Outcome;
import io.election.Role;
import io.election.StepDownReason;
import io.election.core.Entry;
import io.election.core.ListedMember;
import io.election.core.LogPosition;
import io.election.core.MemberKind;
import io.election.core.Refusal;
import io.election.core.RefusalReason;
import io.election.core.Request;
import io.election.core.Response;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/**
 * The shortest known schedules that break a leader election without one of the safety rules. That no two members lead at
 * once, that nothing committed is lost, and the other invariants are checked after every event of each of them.
 */
class SafetyRulesScenarioTests {

    @Nested
    class Rule3TheLogDecides {

        /** A and C are at 500, B at 480, and 480 is known to be on a quorum. C alone can save 481 to 500. */
        @Test
        void aVoterAlsoRefusesWhoIsBehindItsOwnApplicationPosition() {
            Scenario cluster = Scenario.of("a", "b", "c").withApplicationLog().start();
            cluster.elect("a");
            long term = cluster.term("a");
            cluster.applicationAt("a", term, 480)
                    .applicationAt("b", term, 480)
                    .applicationAt("c", term, 480)
                    .run(ms(300));
            cluster.cut("a").from("b", "c");
            cluster.applicationAt("a", term, 500).applicationAt("c", term, 500);
            cluster.crash("a");

            cluster.untilSomebodyLeads();

            assertThat(cluster.leader()).isEqualTo("c");
            assertThat(cluster.whenAsked("c")
                            .by("b")
                            .withApplicationAt(term, 480)
                            .refusesItsVote(PRE_VOTE, cluster.term("c") + 1))
                    .isIn(RefusalReason.BOUND, RefusalReason.APPLICATION_BEHIND, RefusalReason.LOG_BEHIND);
        }

        /** A witness has no application, but has heard what is known to be on a quorum. */
        @Test
        void aVoterWithoutAnApplicationRefusesWhoIsBehindTheWatermark() {
            Scenario cluster =
                    Scenario.of("a", "b").witnesses("w").withApplicationLog().start();
            cluster.elect("a");
            long term = cluster.term("a");
            cluster.applicationAt("a", term, 480).applicationAt("b", term, 480).run(ms(300));
            cluster.crash("a", "b").run(T.multipliedBy(2));

            assertThat(cluster.whenAsked("w")
                            .by("b")
                            .withApplicationAt(term, 479)
                            .refusesItsVote(PRE_VOTE, term + 1))
                    .isEqualTo(RefusalReason.WATERMARK_NOT_COVERED);
            assertThat(cluster.whenAsked("w")
                            .by("b")
                            .withApplicationAt(term, 480)
                            .refusesItsVote(PRE_VOTE, term + 1))
                    .isNull();
        }

        @Test
        void aMemberThatDoesNotKnowItsApplicationsPositionDoesNotStand() {
            Scenario cluster = Scenario.of("a", "b", "c").withApplicationLog().start();
            cluster.elect("a");
            cluster.crash("a", "b", "c").forgetWhatWasSent();
            cluster.startWithoutPosition("a").start("b").start("c").untilSomebodyLeads();

            assertThat(cluster.leader()).isNotEqualTo("a");
            assertThat(cluster.sent(isVoteRequest(PRE_VOTE)).filter(from("a"))).isEmpty();
        }

        /** Its application may hold more than the candidate's: nobody has said yet. */
        @Test
        void aMemberThatDoesNotKnowItsApplicationsPositionDoesNotGrant() {
            Scenario cluster = Scenario.of("a", "b", "c").withApplicationLog().start();
            cluster.elect("a");
            long term = cluster.term("a");
            cluster.crash("a", "b", "c").startWithoutPosition("b").run(T.multipliedBy(2));

            assertThat(cluster.whenAsked("b")
                            .by("c")
                            .withApplicationAt(term, 1_000)
                            .refusesItsVote(PRE_VOTE, term + 1))
                    .isEqualTo(RefusalReason.APPLICATION_BEHIND);
        }

        @Test
        void theWatermarkIsWhatAQuorumHolds() {
            Scenario cluster = Scenario.of("a", "b", "c").withApplicationLog().start();
            cluster.elect("a");
            long term = cluster.term("a");

            cluster.applicationAt("a", term, 500)
                    .applicationAt("b", term, 480)
                    .applicationAt("c", term, 470)
                    .run(ms(500));

            assertThat(watermarksOf("a", cluster)).last().isEqualTo(new LogPosition(term, 480));
        }

        /** B leads with 480 of A's term, and C lags at 470: that both hold 470 does not make it safe (thesis, 3.6.2). */
        @Test
        void positionsOfAnEarlierTermMakeNoWatermark() {
            Scenario cluster = Scenario.of("a", "b", "c").withApplicationLog().start();
            cluster.elect("a");
            long term = cluster.term("a");
            cluster.applicationAt("b", term, 480).applicationAt("c", term, 470).crash("a");
            cluster.until("b leads", () -> cluster.isLeader("b")).run(seconds(1));
            assertThat(watermarksOf("b", cluster)).isNotEmpty().containsOnlyNulls();

            cluster.applicationAt("c", term, 480).run(ms(500));

            assertThat(watermarksOf("b", cluster)).last().isEqualTo(new LogPosition(cluster.term("b"), 480));
        }

        private List<LogPosition> watermarksOf(String leader, Scenario cluster) {
            return cluster.sent(a(Request.Heartbeat.class).and(from(leader)))
                    .map(envelope -> ((Request.Heartbeat) envelope.message).watermark())
                    .collect(Collectors.toList());
        }

        /** A has the longer election log, C the longer application log, and B is dead. */
        @Test
        void whoHoldsTheOpeningEntryAndTheApplicationPositionItNamesIsNotBehind() {
            Scenario cluster = Scenario.of("a", "b", "c").withApplicationLog().start();
            cluster.elect("c");
            long first = cluster.term("c");
            cluster.applicationAt("a", first, 8)
                    .applicationAt("b", first, 8)
                    .applicationAt("c", first, 8)
                    .run(ms(300));
            cluster.cut("c").from("a", "b");
            cluster.applicationAt("c", first, 10);
            cluster.until("a leads", () -> cluster.isLeader("a"));
            assertThat(cluster.last("c").isBehind(cluster.last("a"))).isTrue();

            cluster.crash("a", "b").mend().start("a").untilSomebodyLeads();

            assertThat(cluster.leader()).isEqualTo("a");
        }
    }

    @Nested
    class Rule5BoundMeansBound {

        /** B restarts, has forgotten its promise, and stands itself, with the vote of C who hears nothing of A. */
        @Test
        void aRestartedVoterNeitherStandsNorGrantsBeforeWhatItPromisedIsOver() {
            Scenario cluster = Scenario.of("b", "a", "c").start();
            cluster.elect("a");
            cluster.cut("a").from("c").run(T.plus(ms(100)));
            cluster.restart("b");
            cluster.cut("a").from("b").forgetWhatWasSent();
            Duration restarted = cluster.now();
            assertThat(cluster.isLeader("a")).isTrue();
            assertThat(cluster.whenAsked("b").by("c").refusesItsVote(VOTE, cluster.term("a") + 1))
                    .isEqualTo(RefusalReason.BOUND);

            cluster.untilNobodyLeads();
            cluster.until("b stands", () -> cluster.role("b") != Role.FOLLOWER);

            assertThat(cluster.now().minus(restarted)).isGreaterThanOrEqualTo(T);
            assertThat(cluster.sent(isVoteRequest(VOTE)).filter(from("b"))).isEmpty();
            cluster.untilSomebodyLeads();
        }

        /** C hears nothing of A any longer, but A and B hear C: it asks the healthy leader for its vote. */
        @Test
        void aMemberBehindAOneWayCutDeposesNobody() {
            Scenario cluster = Scenario.of("a", "b", "c").start();
            cluster.elect("a");
            long term = cluster.term("a");

            cluster.cut("a").towards("c").forgetWhatWasSent().run(seconds(10));

            assertThat(cluster.sent(isVoteRequest(PRE_VOTE)).filter(from("c"))).isNotEmpty();
            assertThat(cluster.sent(isVoteRequest(VOTE))).isEmpty();
            assertThat(cluster.isLeader("a")).isTrue();
            assertThat(cluster.term("a")).isEqualTo(term);
            assertThat(cluster.whenAsked("a").by("c").refusesItsVote(PRE_VOTE, term + 1))
                    .isEqualTo(RefusalReason.BOUND);
            assertThat(cluster.whenAsked("b").by("c").refusesItsVote(VOTE, term + 1))
                    .isEqualTo(RefusalReason.BOUND);
        }

        /** The old process acknowledges and ends; the new one has been booting for longer than T, and has to wait. */
        @Test
        void theBondOfAStartRunsFromTheLockingOfTheDirectory() {
            Scenario cluster = Scenario.of("a", "b", "c").start();
            cluster.elect("a");
            long next = cluster.term("a") + 1;
            cluster.crash("c").run(T.multipliedBy(3));
            cluster.crash("b");
            Duration locked = cluster.now();
            cluster.start("b");
            cluster.cut("a").from("b");

            assertThat(cluster.isLeader("a")).isTrue();
            assertThat(cluster.whenAsked("b").by("c").refusesItsVote(VOTE, next))
                    .isEqualTo(RefusalReason.BOUND);
            cluster.run(locked.plus(T).minus(cluster.now()).minus(ms(5)));
            assertThat(cluster.whenAsked("b").by("c").refusesItsVote(VOTE, next))
                    .isEqualTo(RefusalReason.BOUND);
            cluster.run(ms(10));
            assertThat(cluster.isLeader("a")).isFalse();
            assertThat(cluster.whenAsked("b").by("c").refusesItsVote(VOTE, next))
                    .isNull();
        }

        /** What comes after the locking, the boot of the application, counts: nothing is waited for twice. */
        @Test
        void aBootThatTakesLongerThanTheBondLeavesNoBond() {
            Scenario cluster = Scenario.of("a", "b", "c").start();
            cluster.elect("a");
            long next = cluster.term("a") + 1;
            cluster.crash("a", "b", "c").start("b", T.plus(ms(1))).run(T.plus(ms(2)));

            assertThat(cluster.whenAsked("b").by("c").refusesItsVote(PRE_VOTE, next))
                    .isNull();
        }

        /** B still owes L its promise when L, who transferred its leadership to M, comes back against M. */
        @Test
        void theBondToASuccessorReplacesTheOneToItsPredecessor() {
            Scenario cluster = Scenario.of("l", "m", "b").start();
            cluster.elect("l");
            long promised = cluster.term("l");
            cluster.handOver("l", "m");
            cluster.until("b follows m", () -> "m".equals(cluster.view("b").leader()));
            assertThat(cluster.term("b")).isEqualTo(promised + 1);

            Response.Vote answer = cluster.whenAsked("b").by("l").forItsVote(VOTE, promised + 2);

            assertThat(answer.refusal().reason()).isEqualTo(RefusalReason.BOUND);
            assertThat(answer.refusal().member()).isEqualTo("m");
            assertThat(answer.term()).isEqualTo(promised + 1);
        }
    }

    @Nested
    class Rule6PromisesHaveALengthOfTheirOwn {

        /** T is changed from 10 s to 1 s in a rolling restart; A, who was promised 10 s, is the last to be restarted. */
        @Test
        void aRestartImposesThePromiseGivenBeforeAndNotTheConfiguredOne() {
            Scenario cluster =
                    Scenario.of("a", "b", "c").electionTimeout(seconds(10)).start();
            cluster.elect("a");
            cluster.run(seconds(2));
            cluster.reconfigure("b", withTimeout(seconds(1))).reconfigure("c", withTimeout(seconds(1)));
            cluster.restart("b", "c");
            Duration restarted = cluster.now();
            cluster.cut("a").from("b", "c").forgetWhatWasSent();

            cluster.run(seconds(7));
            assertThat(cluster.isLeader("a")).as("a has a lease of 7.5 s").isTrue();
            assertThat(cluster.sent(isVoteRequest(PRE_VOTE).or(isVoteRequest(VOTE))))
                    .isEmpty();

            cluster.until("b or c leads", () -> cluster.isLeader("b") || cluster.isLeader("c"));
            assertThat(cluster.now().minus(restarted)).isGreaterThanOrEqualTo(seconds(10));
        }

        /** A leader that asks for a longer promise than the voter's own T gets it, and the voter is bound for so long. */
        @Test
        void aVoterPromisesTheLongerOfWhatIsAskedForAndItsOwn() {
            Scenario cluster = Scenario.of("a", "b", "c").prepare();
            cluster.reconfigure("a", withTimeout(seconds(10))).start("a");
            cluster.start("b").start("c");
            cluster.elect("a");
            cluster.run(seconds(1));
            cluster.cut("a").from("b", "c");
            assertThat(cluster.disk("b").state().hardState().promise()).isEqualTo(seconds(10));

            cluster.run(seconds(7));

            assertThat(cluster.isLeader("a")).isTrue();
            assertThat(cluster.whenAsked("b").by("c").refusesItsVote(VOTE, cluster.term("a") + 1))
                    .isEqualTo(RefusalReason.BOUND);
        }
    }

    @Nested
    class Rule7Quorum {

        /** {A,B,C} is running, and {A,B,C,D,E} is configured on three of five. */
        @Test
        void aLongerListNeverMakesASecondQuorum() {
            Scenario cluster = Scenario.of("a", "b", "c", "d", "e").prepare();
            cluster.reconfigure("a", withMembers("a", "b", "c"))
                    .reconfigure("b", withMembers("a", "b", "c"))
                    .reconfigure("c", withMembers("a", "b", "c"));
            cluster.start("a").start("b").start("c").until("a leads", () -> cluster.isLeader("a"));
            cluster.run(seconds(1));

            cluster.reconfigure("c", withMembers("a", "b", "c", "d", "e"));
            cluster.start("d").start("e").crash("c").start("c");
            cluster.run(seconds(20));

            assertThat(cluster.isLeader("a")).isTrue();
            assertThat(cluster.view("c").listDiffers()).isTrue();
            assertThat(cluster.view("c").voters()).isEqualTo(3);
            cluster.crash("a").crash("b");
            cluster.run(seconds(20));
            // c, d and e would be three of five, but nobody has given d and e a vote.
            assertThat(cluster.leader()).isNull();
        }

        @Test
        void membersWithDifferentListsFoundNothing() {
            Scenario cluster = Scenario.of("a", "b", "c", "d", "e").prepare();
            cluster.reconfigure("a", withMembers("a", "b", "c")).reconfigure("b", withMembers("a", "b", "c"));
            for (String id : new String[] {"a", "b", "c", "d", "e"}) {
                cluster.start(id);
            }
            cluster.run(seconds(30));

            assertThat(cluster.leader()).isNull();
            assertThat(cluster.term("a")).isZero();
            assertThat(cluster.view("a").listDiffers()).isTrue();
            assertThat(cluster.view("c").listDiffers()).isTrue();
        }

        /** B votes for A and loses its memory; asked by C in the same term, it would vote again. */
        @Test
        void aWipedVoterDoesNotVoteTwiceInATerm() {
            Scenario cluster = Scenario.of("a", "b", "c").start();
            cluster.elect("a");
            cluster.crash("a")
                    .deliverOnly(
                            isVoteRequest(PRE_VOTE).or(a(Response.Vote.class)).or(isVoteRequest(VOTE)));
            cluster.until(
                    "b has voted for itself or c",
                    () -> cluster.disk("b").state().hardState().votedFor() != null && cluster.term("b") > 1);
            long term = cluster.term("b");
            cluster.wipe("b").start("b").run(T.multipliedBy(2));

            assertThat(cluster.whenAsked("b").by("a").withLogUpTo(term, 100).refusesItsVote(VOTE, term))
                    .isEqualTo(RefusalReason.CATCHING_UP);
            assertThat(cluster.whenAsked("b").by("c").withLogUpTo(term, 100).refusesItsVote(VOTE, term))
                    .isEqualTo(RefusalReason.CATCHING_UP);
            assertThat(cluster.disk("b").state().hardState().votedFor()).isNull();
        }

        /** A member whose directory is gone counts again once the log has let it in, without anybody's help. */
        @Test
        void aWipedVoterIsLetInAgainAndThenCounts() {
            Scenario cluster = Scenario.of("a", "b", "c").start();
            cluster.elect("a");
            cluster.wipe("b").start("b").untilAllAgree();

            cluster.crash("a").untilSomebodyLeads();

            assertThat(cluster.leader()).isIn("b", "c");
        }

        /** A and B both win their pre-votes and found the cluster at once. */
        @Test
        void twoMembersNeverFoundAtOnce() {
            Scenario cluster = Scenario.of("a", "b", "c").prepare();
            cluster.hold(isVoteRequest(VOTE));
            cluster.start("a").start("b").start("c");
            cluster.until(
                    "a and b both stand",
                    () -> cluster.sent(isVoteRequest(VOTE))
                                    .filter(from("a"))
                                    .findAny()
                                    .isPresent()
                            && cluster.sent(isVoteRequest(VOTE))
                                    .filter(from("b"))
                                    .findAny()
                                    .isPresent());
            cluster.deliverAll().release(to("c").and(from("a"))).release(to("c").and(from("b")));
            cluster.release(envelope -> true).untilAllAgree();

            String founded = cluster.view("a").membership().clusterId();
            assertThat(cluster.view("b").membership().clusterId()).isEqualTo(founded);
            assertThat(cluster.view("c").membership().clusterId()).isEqualTo(founded);
        }

        @Test
        void foundingNeedsEveryListedVoter() {
            Scenario cluster = Scenario.of("a", "b", "c").prepare();
            cluster.start("a").start("b").run(seconds(30));
            assertThat(cluster.leader()).isNull();
            assertThat(cluster.term("a")).isZero();

            cluster.start("c").untilAllAgree();
        }

        /** It must never happen; a member that lies, or lost its memory unseen, can bring it about. */
        @Test
        void twoLeadersSeenInOneTermBothStepDown() {
            Scenario cluster = Scenario.of("a", "b", "c").start();
            cluster.elect("a");
            long term = cluster.term("a");

            assertThat(cluster.whenTold("b").by("c").thatItLeads(term).refusal().reason())
                    .isEqualTo(RefusalReason.TWO_LEADERS);
            cluster.untilNobodyLeads();

            assertThat(cluster.view("a").lastEnd()).isEqualTo(StepDownReason.TWO_LEADERS);
            cluster.untilSomebodyLeads();
            assertThat(cluster.term(cluster.leader())).isGreaterThan(term);
        }

        @Test
        void whoHoldsAnEntryRefusesASecondFounding() {
            Scenario cluster = Scenario.of("a", "b", "c").start();
            cluster.elect("a");
            ListedMember[] list = {
                new ListedMember("a", MemberKind.DATA),
                new ListedMember("b", MemberKind.DATA),
                new ListedMember("c", MemberKind.DATA)
            };

            assertThat(cluster.whenAsked("c").by("b").toFound(list).refusesItsVote(VOTE, 100))
                    .isEqualTo(RefusalReason.ALREADY_FOUNDED);
        }
    }

    @Nested
    class Rule8LeaseAndLeadership {

        /** A lease is over as soon as either clock says so: one that is set back shows no time at all. */
        @Test
        void aWallClockThatIsSetBackProlongsNoLease() {
            Scenario cluster = Scenario.of("a", "b", "c").start();
            cluster.elect("a");
            cluster.setWallClock("a", seconds(-60)).cut("a").fromAll().run(ms(750));

            assertThat(cluster.isLeader("a")).isFalse();
            assertThat(cluster.asksWhetherItLeads("a")).isFalse();
            cluster.untilSomebodyLeads();
            assertThat(cluster.leader()).isNotEqualTo("a");
        }

        @Test
        void aWallClockThatIsSetForwardEndsTheLease() {
            Scenario cluster = Scenario.of("a", "b", "c").start();
            cluster.elect("a");
            cluster.setWallClock("a", seconds(60));

            assertThat(cluster.isLeader("a")).isFalse();
            assertThat(cluster.asksWhetherItLeads("a")).isFalse();
            assertThat(cluster.view("a").lastEnd()).isEqualTo(StepDownReason.CLOCK_JUMPED);
        }
    }

    @Nested
    class Rule9LeadershipTransfer {

        /** TimeoutNow sits in a socket; when it is read, the old leader has been elected again in the term it is good for. */
        @Test
        void aTimeoutNowReadAfterTheOldLeaderWasReElectedDeposesNobody() {
            Scenario cluster = Scenario.of("a", "b", "c").start();
            cluster.elect("a");
            long term = cluster.term("a");
            cluster.hold(isTimeoutNow());
            long call = cluster.handOver("a", "b");
            cluster.until("TimeoutNow is under way", () -> !cluster.held().isEmpty());
            cluster.cut("b").from("a", "c");
            cluster.until("a leads again", () -> cluster.isLeader("a"));
            assertThat(cluster.handoverResult(call).outcome()).isEqualTo(Outcome.FAILED);
            assertThat(cluster.term("a")).isEqualTo(term + 1);

            cluster.forgetWhatWasSent().deliverAll().release(isTimeoutNow());
            cluster.mend().run(seconds(10));

            assertThat(cluster.sent(isVoteRequest(VOTE)).filter(from("b")).map(e -> ((Request.Vote) e.message).term()))
                    .as("its holder stands once, in the term that the proof is good for")
                    .allMatch(standsIn -> standsIn == term + 1);
            assertThat(cluster.isLeader("a")).isTrue();
            assertThat(cluster.term("a")).isEqualTo(term + 1);
        }

        @Test
        void aProofIsGoodInTheNextTermOnly() {
            Scenario cluster = Scenario.of("a", "b", "c").start();
            cluster.elect("a");
            long term = cluster.term("a");

            assertThat(cluster.whenAsked("c").by("b").withProof("a", term).refusesItsVote(VOTE, term + 2))
                    .isEqualTo(RefusalReason.BOUND);
            assertThat(cluster.whenAsked("c").by("b").withProof("a", term).refusesItsVote(PRE_VOTE, term + 1))
                    .isEqualTo(RefusalReason.BOUND);
        }

        /** C has heard of the term that the proof is good for: whoever leads it was elected after TimeoutNow was sent. */
        @Test
        void aProofIsGoodOnlyWithVotersThatHaveSeenNoLaterTerm() {
            Scenario cluster = Scenario.of("a", "b", "c", "d", "e").start();
            cluster.elect("a");
            cluster.drop(isVoteRequest(VOTE).and(to("e"))).crash("a").untilSomebodyLeads();
            long term = cluster.term("e");
            assertThat(cluster.view("e").votedFor())
                    .as("e did not vote in the term")
                    .isNull();

            assertThat(cluster.whenAsked("e").by("c").withProof("a", term - 1).refusesItsVote(VOTE, term))
                    .isEqualTo(RefusalReason.BOUND);
        }

        /** The listeners take five seconds, and meanwhile a third member asks for votes. */
        @Test
        void theOldLeaderBindsItsVotersWhileItsListenersStop() {
            Scenario cluster = Scenario.of("a", "b", "c")
                    .handoverTimeout(seconds(10))
                    .start()
                    .slowListeners(seconds(5));
            cluster.elect("a");
            long term = cluster.term("a");
            long call = cluster.handOver("a", "b");
            cluster.until("the lease is given up", () -> !cluster.isLeader("a"));
            Duration yielded = cluster.now();
            cluster.cut("a").towards("c").forgetWhatWasSent();

            cluster.run(ms(4900));
            assertThat(cluster.leader()).isNull();
            assertThat(cluster.sent(isVoteRequest(PRE_VOTE)).filter(from("c"))).isNotEmpty();
            assertThat(cluster.sent(isVoteRequest(VOTE))).isEmpty();
            assertThat(cluster.whenAsked("b").by("c").refusesItsVote(VOTE, term + 1))
                    .isEqualTo(RefusalReason.BOUND);
            assertThat(cluster.whenAsked("a").by("c").refusesItsVote(VOTE, term + 1))
                    .isEqualTo(RefusalReason.BOUND);

            cluster.untilSomebodyLeads();
            assertThat(cluster.leader()).isEqualTo("b");
            assertThat(cluster.term("b")).isEqualTo(term + 1);
            assertThat(cluster.now().minus(yielded)).isBetween(seconds(5), ms(5200));
            cluster.until("the caller is told", () -> cluster.handoverResult(call) != null);
            assertThat(cluster.handoverResult(call).outcome()).isEqualTo(Outcome.HANDED_OVER);
        }
    }

    @Nested
    class Rule10Witnesses {

        /** Of two data members, B lags and A loses its directory: the witness knows that there was more. */
        @Test
        void theMemberThatLagsBehindAWitnessIsNotElected() {
            Scenario cluster = Scenario.of("a", "b").witnesses("w").start();
            cluster.elect("a");
            cluster.crash("b").run(T.multipliedBy(2));
            long index = cluster.propose("a", "only on a, and known to w");
            cluster.until("it is committed", () -> cluster.commitIndex("a") >= index);
            cluster.wipe("a").start("a").start("b");

            cluster.run(seconds(60));

            assertThat(cluster.leader()).isNull();
            assertThat(cluster.whenAsked("w").by("b").refusesItsVote(PRE_VOTE, cluster.term("w") + 1))
                    .isEqualTo(RefusalReason.LOG_BEHIND);
        }

        /** While the other data member is heard of, a witness learns of an entry only when both hold it. */
        @Test
        void aWitnessIsSentAnEntryOnlyOnceTheDataMembersHoldIt() {
            Scenario cluster = Scenario.of("a", "b").witnesses("w").start();
            cluster.elect("a");
            cluster.run(seconds(1)).slowDisk("b", ms(300)).forgetWhatWasSent();
            long index = cluster.propose("a", "x");
            cluster.until("w holds it", () -> cluster.last("w").index() >= index);

            assertThat(cluster.disk("a").state().entries()).anyMatch(entry -> entry.index() == index);
            assertThat(cluster.disk("b").state().entries()).anyMatch(entry -> entry.index() == index);
            cluster.wipe("a").untilSomebodyLeads();
            assertThat(cluster.leader()).isEqualTo("b");
            assertThat(cluster.entries("b")).anyMatch(entry -> entry.index() == index);
        }

        @Test
        void theWitnessWaitsForASilentDataMemberForNoLongerThanT() {
            Scenario cluster = Scenario.of("a", "b").witnesses("w").start();
            cluster.elect("a");
            cluster.run(seconds(1)).crash("b");
            Duration proposed = cluster.now();
            long index = cluster.propose("a", "x");

            cluster.until("it is committed", () -> cluster.commitIndex("a") >= index);

            assertThat(cluster.now().minus(proposed)).isLessThan(T.plus(ms(200)));
            assertThat(cluster.isLeader("a")).isTrue();
        }

        @Test
        void aWitnessHoldsPlacesOnly() {
            Scenario cluster = Scenario.of("a", "b").witnesses("w").start();
            cluster.elect("a");
            long index = cluster.propose("a", "secret");
            cluster.until("w holds it", () -> cluster.last("w").index() >= index);

            assertThat(cluster.last("w")).isEqualTo(new LogPosition(cluster.term("a"), index));
            assertThat(cluster.disk("w").state().toString()).doesNotContain("secret");
        }
    }

    @Nested
    class Rule11Commit {

        /** A has a tail of its own, and hears from B how far the log is committed before it hears what the log is. */
        @Test
        void aFollowerCommitsNothingThatIsNotItsLeadersYet() {
            Scenario cluster = aHasATailThatWasNeverCommitted();
            long index = cluster.commitIndex("a");
            cluster.drop(a(Request.Append.class).and(to("a"))).mend();
            cluster.until("a follows b", () -> "b".equals(cluster.view("a").leader()))
                    .run(seconds(1));

            assertThat(cluster.commitIndex("b")).isGreaterThan(index);
            assertThat(cluster.last("a").index()).isGreaterThan(index);
            assertThat(cluster.commitIndex("a")).isEqualTo(index);
        }

        /** What B sends next follows an entry of B's that A has another one in place of. */
        @Test
        void entriesThatDoNotFollowTheOwnLogAreRefusedUntilTheyDo() {
            Scenario cluster = aHasATailThatWasNeverCommitted();
            // In a further term B begins with sending the opening alone, which stands behind what A lacks.
            cluster.restart("b");
            cluster.until("somebody leads", () -> cluster.leader() != null);
            cluster.forgetWhatWasSent().mend().untilAllAgree();

            assertThat(refusalsBy("a", cluster)).contains(RefusalReason.LOG_MISMATCH);
            assertThat(cluster.entries("a")).isEqualTo(cluster.entries(cluster.leader()));
        }

        @Test
        void entriesBehindAGapAreRefusedUntilItIsFilled() {
            Scenario cluster = Scenario.of("a", "b", "c").start();
            cluster.elect("a");
            cluster.cut("c").fromAll();
            long index = cluster.propose("a", "x");
            cluster.until("it is committed", () -> cluster.commitIndex("a") >= index);
            cluster.restart("a").untilSomebodyLeads();
            cluster.forgetWhatWasSent().mend().untilAllAgree();

            assertThat(refusalsBy("c", cluster)).contains(RefusalReason.LOG_MISMATCH);
            assertThat(cluster.entries("c")).isEqualTo(cluster.entries(cluster.leader()));
        }

        /** What is cut in memory is cut on disk: a restart finds the leader's entries and no others. */
        @Test
        void aTailThatConflictsIsCutOnDiskToo() {
            Scenario cluster = aHasATailThatWasNeverCommitted();
            cluster.mend().untilAllAgree().run(ms(100));
            List<Entry> agreed = cluster.entries("b");

            assertThat(cluster.disk("a").state().entries()).isEqualTo(agreed);
            cluster.restart("a");
            assertThat(cluster.entries("a")).isEqualTo(agreed);
            cluster.untilAllAgree();
        }

        /** A wrote three entries that nobody else has; B leads the next term and committed others in their place. */
        private Scenario aHasATailThatWasNeverCommitted() {
            Scenario cluster = Scenario.of("a", "b", "c").start();
            cluster.elect("a");
            cluster.run(seconds(1)).cut("a").from("b", "c");
            cluster.propose("a", "x");
            cluster.propose("a", "y");
            cluster.propose("a", "z");
            cluster.until("b leads", () -> cluster.isLeader("b"));
            long index = cluster.propose("b", "other");
            return cluster.until("it is committed", () -> cluster.commitIndex("b") >= index);
        }

        private List<RefusalReason> refusalsBy(String id, Scenario cluster) {
            return cluster.sent(a(Response.Append.class).and(from(id)))
                    .map(envelope -> ((Response) envelope.message).refusal())
                    .filter(refusal -> refusal != null)
                    .map(Refusal::reason)
                    .toList();
        }
    }

    @Nested
    class Liveness {

        @Test
        void aMinorityThatReturnsDisturbsNobody() {
            Scenario cluster = Scenario.of("a", "b", "c", "d", "e").start();
            cluster.elect("a");
            long term = cluster.term("a");
            cluster.cut("d").from("a", "b", "c");
            cluster.cut("e").from("a", "b", "c").forgetWhatWasSent();
            cluster.run(seconds(30)).mend().run(seconds(10));

            assertThat(cluster.sent(isVoteRequest(PRE_VOTE)).filter(from("d"))).isNotEmpty();
            assertThat(cluster.sent(isVoteRequest(VOTE))).isEmpty();
            assertThat(cluster.isLeader("a")).isTrue();
            for (String id : List.of("a", "b", "c", "d", "e")) {
                assertThat(cluster.term(id)).isEqualTo(term);
                assertThat(cluster.view(id).leader()).isEqualTo("a");
            }
        }

        /**
         * A won pre-votes and stood in terms of which nobody heard, and B was elected in an earlier one. A knows a higher term,
         * so B has to follow it there; but all others are bound to B, and give their votes to nobody else.
         */
        @Test
        void aMemberThatReturnsWithATermThatItHadRaisedCostsOneReElectionOfTheSameLeader() {
            Scenario cluster = Scenario.of("a", "b", "c").start();
            cluster.elect("b");
            long before = cluster.term("b");
            cluster.deliverOnly(
                    isVoteRequest(PRE_VOTE).and(from("a")).or(isGrant(PRE_VOTE).and(to("a"))));
            cluster.until("a stood in vain, twice", () -> cluster.term("a") >= before + 2);
            // What it asked is lost as well.
            cluster.run(ms(50));
            cluster.cut("a").fromAll().deliverAll().untilSomebodyLeads();
            String leader = cluster.leader();
            long raised = cluster.term("a");
            cluster.run(T.multipliedBy(12));
            assertThat(cluster.leader()).isEqualTo(leader);
            assertThat(cluster.term(leader)).isLessThan(raised);

            cluster.forgetWhatWasSent().mend().run(T.multipliedBy(5));

            assertThat(cluster.leader()).isEqualTo(leader);
            assertThat(cluster.term(leader)).isEqualTo(raised + 1);
            assertThat(cluster.sent(isVoteRequest(VOTE))).allMatch(envelope -> envelope.from.equals(leader));
            assertThat(cluster.view(leader).lastEnd()).isEqualTo(StepDownReason.HIGHER_TERM);
        }
    }
}
