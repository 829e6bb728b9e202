package io.election.core;

import static io.election.core.MemberUnderTest.CLUSTER;
import static io.election.core.MemberUnderTest.LEASE;
import static io.election.core.MemberUnderTest.LOCKED;
import static io.election.core.MemberUnderTest.STEP;
import static io.election.core.MemberUnderTest.T;
import static io.election.core.MemberUnderTest.THREE;
import static io.election.core.MemberUnderTest.at;
import static io.election.core.MemberUnderTest.data;
import static io.election.core.MemberUnderTest.done;
import static io.election.core.MemberUnderTest.hardState;
import static io.election.core.MemberUnderTest.incarnationOf;
import static io.election.core.MemberUnderTest.no;
import static io.election.core.MemberUnderTest.observer;
import static io.election.core.MemberUnderTest.only;
import static io.election.core.MemberUnderTest.persists;
import static io.election.core.MemberUnderTest.refusal;
import static io.election.core.MemberUnderTest.settings;
import static io.election.core.MemberUnderTest.told;
import static io.election.core.MemberUnderTest.witness;
import static io.election.core.MemberUnderTest.yes;
import static org.assertj.core.api.Assertions.assertThat;

import io.election.FencingToken;
import io.election.Role;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The birth of a cluster. */
class ElectionFoundingTests {

    /** What the test's randomness makes of an id. */
    private static final String DRAWN_ID = "001e8-00000000000003e8";

    private static final long DRAWN_OFFSET = 0x1e8;

    private static final long BORN = (LOCKED.wallMillis() + T.toMillis()) / 1000 + 1;

    private static MemberUnderTest unfounded(String id, List<Member> members) {
        return new MemberUnderTest(settings(id, members), incarnationOf(id), DurableState.NEW);
    }

    private static Header header(String from, String to, @Nullable String toIncarnation, long requestId) {
        return new Header(1, CLUSTER, null, from, incarnationOf(from), false, to, toIncarnation, requestId);
    }

    private static Request.Vote asks(MemberUnderTest member, String from, Phase phase, List<Member> listed) {
        return new Request.Vote(
                header(from, member.settings.nodeId(), null, ++member.exchange + 7000),
                phase,
                1,
                LogPosition.NONE,
                null,
                0,
                settings(from, listed).listed(),
                null);
    }

    private static Response.Vote answers(
            MemberUnderTest member, Request.Vote request, long term, @Nullable Refusal refusal) {
        Header asked = request.header();
        return new Response.Vote(
                header(member.settings.nodeId(), asked.from(), asked.fromIncarnation(), asked.requestId()),
                request.phase(),
                request.term(),
                term,
                refusal,
                refusal == null ? new FounderClock(member.clock.wallMillis(), 0) : null);
    }

    @Test
    void isAskedForWithTheWholeListAndWithoutAnId() {
        MemberUnderTest a = unfounded("a", THREE);
        a.ready();
        assertThat(only(a.tickWhenDue(), Effect.Send.class))
                .containsExactly(asksToFound("b", 1000), asksToFound("c", 1001));
    }

    private static Effect.Send asksToFound(String to, long requestId) {
        return new Effect.Send(new Request.Vote(
                header("a", to, null, requestId),
                Phase.PRE_VOTE,
                1,
                LogPosition.NONE,
                null,
                0,
                settings("a", THREE).listed(),
                null));
    }

    @Test
    void aVoteForTheFoundingIsGivenToOneMemoryOfItsCandidate() {
        MemberUnderTest b = unfounded("b", THREE);
        b.tickAfter(T.multipliedBy(2));
        Request.Vote vote = asks(b, "a", Phase.VOTE, THREE);
        b.receive(vote);
        b.write();
        assertThat(done(b.receive(vote)))
                .as("the same memory")
                .contains(new Effect.Reply(b.exchange, answers(b, vote, 1, null), 0));
        Header asked = vote.header();
        Request.Vote ofANewMemory = new Request.Vote(
                new Header(1, CLUSTER, null, "a", "another-memory", false, "b", null, asked.requestId() + 1),
                Phase.VOTE,
                1,
                LogPosition.NONE,
                null,
                0,
                settings("a", THREE).listed(),
                null);
        assertThat(done(b.receive(ofANewMemory)))
                .as("the founding that the lost memory began may be under way")
                .contains(new Effect.Reply(
                        b.exchange,
                        answers(b, ofANewMemory, 1, new Refusal(RefusalReason.ALREADY_VOTED, null, null, "a")),
                        0));
    }

    @Test
    void needsThePreVoteOfEveryListedVoter() {
        MemberUnderTest a = unfounded("a", THREE);
        a.ready();
        a.tickWhenDue();
        a.answered(yes(a.sentTo("b", Request.Vote.class)));
        assertThat(a.view().role()).isEqualTo(Role.PRE_CANDIDATE);
        assertThat(a.view().needed()).isEqualTo(3);
        a.answered(yes(a.sentTo("c", Request.Vote.class)));
        assertThat(a.view().role()).isEqualTo(Role.CANDIDATE);
    }

    /** All pre-votes are there, and its own vote is written. */
    private static MemberUnderTest candidate() {
        MemberUnderTest a = unfounded("a", THREE);
        a.ready();
        a.tickWhenDue();
        a.answered(yes(a.sentTo("b", Request.Vote.class)));
        a.answered(yes(a.sentTo("c", Request.Vote.class)));
        a.write();
        return a;
    }

    @Test
    void needsTheVoteOfEveryListedVoter() {
        MemberUnderTest a = candidate();
        a.answered(yes(a.sentTo("b", Request.Vote.class)));
        assertThat(a.view().role()).isEqualTo(Role.CANDIDATE);
        a.answered(yes(a.sentTo("c", Request.Vote.class)));
        assertThat(a.view().role()).isEqualTo(Role.LEADER);
    }

    @Test
    void isTheFirstEntryWithIdGenerationAndIncarnations() {
        List<Member> members = List.of(data("a"), data("b"), witness("w"), observer("o"));
        MemberUnderTest a = unfounded("a", members);
        a.ready();
        a.tickWhenDue();
        List<Effect> effects = a.settle("b", "w", "o");
        Membership founding = new Membership(
                DRAWN_ID,
                BORN,
                List.of(
                        new EnrolledMember("a", MemberKind.DATA, "a-1", 1),
                        new EnrolledMember("b", MemberKind.DATA, "b-1", 1),
                        new EnrolledMember("o", MemberKind.OBSERVER, "", 1),
                        new EnrolledMember("w", MemberKind.WITNESS, "w-1", 1)));
        Entry first = new Entry(1, 1, new Payload.TermOpening("a", null, founding));
        assertThat(only(effects, Effect.Persist.class))
                .containsExactly(
                        persists(1, hardState(1, "a", Duration.ZERO)),
                        persists(2, new DurableRecord.EntryAppended(first)));
        assertThat(told(effects)).contains(new Observation.Founded(founding));
        assertThat(only(effects, Effect.LeadershipGained.class))
                .containsExactly(new Effect.LeadershipGained(
                        1, FencingToken.of(BORN, DRAWN_OFFSET + 1), Lease.from(a.clock, LEASE.toNanos())));
        assertThat(a.view().membership()).isEqualTo(founding);
        assertThat(a.view().needed()).as("from now on a quorum is enough").isEqualTo(2);
    }

    /** A founder's vote, or what it says before, with its clock. */
    private static Response.Vote says(Request.Vote asked, FounderClock clock) {
        Response.Vote plain = (Response.Vote) MemberUnderTest.yes(asked);
        return new Response.Vote(
                plain.header(), plain.phase(), plain.askedTerm(), plain.term(), plain.refusal(), clock);
    }

    /** A founder whose clock is ahead of the candidate's. */
    private static FounderClock ahead(MemberUnderTest candidate, Duration by) {
        return new FounderClock(candidate.clock.wallMillis() + by.toMillis(), 0);
    }

    /** Founds with two others, whose clocks are ahead by so much, and which know of a token. */
    private static Membership founded(MemberUnderTest a, Duration bAhead, Duration cAhead, long cKnows) {
        a.ready();
        a.tickWhenDue();
        for (int round = 0; round < 2; round++) {
            a.answered(says(a.sentTo("b", Request.Vote.class), ahead(a, bAhead)));
            a.answered(says(
                    a.sentTo("c", Request.Vote.class),
                    new FounderClock(ahead(a, cAhead).wallMillis(), cKnows)));
            a.write();
        }
        Membership membership = a.view().membership();
        assertThat(membership).as("the founding").isNotNull();
        return membership;
    }

    @Test
    void takesTheTimeOfTheFounderWhoseClockIsAhead() {
        Membership founding = founded(unfounded("a", THREE), Duration.ofSeconds(-20), Duration.ofSeconds(30), 0);
        assertThat(founding.generation()).isEqualTo(BORN + 30);
    }

    @Test
    void givesTokensAboveThoseThatAFounderKnows() {
        long known = FencingToken.of(BORN + 1000, 5).value();
        Membership founding = founded(unfounded("a", THREE), Duration.ZERO, Duration.ZERO, known);
        assertThat(founding.token(1).value()).isGreaterThan(known);
        assertThat(founding.generation()).isEqualTo(BORN + 1001);
    }

    @Test
    void givesTokensAboveThoseThatItKnowsItself() {
        FencingToken known = FencingToken.of(BORN + 7, 1 << 19);
        MemberUnderTest a = unfounded("a", THREE);
        a.step(new Input.TokenKnown(known));
        a.step(new Input.TokenKnown(FencingToken.of(BORN, 1)));
        Membership founding = founded(a, Duration.ZERO, Duration.ZERO, 0);
        assertThat(founding.token(1)).isGreaterThan(known);
    }

    private static MemberUnderTest asking(String id) {
        MemberUnderTest plain = unfounded(id, THREE);
        return new MemberUnderTest(
                plain.settings.withFounding(FoundingSettings.ON_DISK.askingForTokens()),
                plain.incarnation,
                DurableState.NEW);
    }

    @Test
    void waitsForTheFenceThatItIsToAskAndGivesTokensAboveThoseThatItHasSeen() {
        MemberUnderTest a = asking("a");
        List<Effect> effects = a.step(new Input.Ready());
        a.tickAfter(Duration.ofSeconds(20));
        assertThat(a.view().role()).isEqualTo(Role.FOLLOWER);
        assertThat(told(effects))
                .contains(new Observation.FoundingWaits(
                        "the fence has not said yet which fencing tokens were given earlier"));
        a.step(new Input.TokenKnown(FencingToken.of(1, 1)));
        assertThat(a.view().role()).as("an earlier life is no fence").isEqualTo(Role.FOLLOWER);
        FencingToken seen = FencingToken.of(BORN + 1000, 5);
        a.step(new Input.FenceAsked(seen));
        assertThat(founded(a, Duration.ZERO, Duration.ZERO, 0).token(1)).isGreaterThan(seen);
    }

    @Test
    void aFenceThatHasSeenNothingKeepsNobodyWaiting() {
        MemberUnderTest a = asking("a");
        a.step(new Input.FenceAsked(null));
        assertThat(founded(a, Duration.ZERO, Duration.ZERO, 0).generation()).isEqualTo(BORN);
    }

    @Test
    void whoBelongsToAClusterStandsWithoutAFence() {
        MemberUnderTest founded = MemberUnderTest.founded("a");
        MemberUnderTest a = new MemberUnderTest(
                founded.settings.withFounding(FoundingSettings.ON_DISK.askingForTokens()),
                founded.incarnation,
                founded.disk);
        a.ready();
        a.tickWhenDue();
        assertThat(a.view().role()).isEqualTo(Role.PRE_CANDIDATE);
    }

    @Test
    void aFounderThatIsAskedSaysWhichTokensItKnows() {
        MemberUnderTest b = unfounded("b", THREE).free();
        b.step(new Input.TokenKnown(new FencingToken(77)));
        b.step(new Input.FenceAsked(new FencingToken(66)));
        Request.Vote vote = asks(b, "a", Phase.PRE_VOTE, THREE);
        Response.Vote answer =
                (Response.Vote) only(done(b.step(new Input.RequestReceived(9, vote))), Effect.Reply.class)
                        .get(0)
                        .response();
        assertThat(answer.clock()).isEqualTo(new FounderClock(b.clock.wallMillis(), 77));
    }

    @Test
    void isRefusedWhereAClockIsFarFromTheCandidates() {
        MemberUnderTest a = unfounded("a", THREE);
        a.ready();
        a.tickWhenDue();
        Duration far = FoundingSettings.CLOCKS_OF_A_LIST.plusMillis(1);
        assertThat(told(a.answered(says(a.sentTo("b", Request.Vote.class), ahead(a, far)))))
                .contains(new Observation.ClocksDiffer("b", far, FoundingSettings.CLOCKS_OF_A_LIST))
                .anyMatch(o -> o instanceof Observation.RoundEnded ended
                        && ended.refusals().equals(Map.of("b", refusal(RefusalReason.CLOCKS_DIFFER))));
        assertThat(a.view().role()).isEqualTo(Role.FOLLOWER);
    }

    @Test
    void isRefusedWhereTwoOthersDifferThoughEachIsNearTheCandidates() {
        MemberUnderTest a = unfounded("a", THREE);
        a.ready();
        a.tickWhenDue();
        Duration most = FoundingSettings.CLOCKS_OF_A_LIST.dividedBy(2);
        a.answered(says(a.sentTo("b", Request.Vote.class), ahead(a, most.negated())));
        a.answered(says(a.sentTo("c", Request.Vote.class), ahead(a, most.plusMillis(1))));
        assertThat(a.view().role()).as("its pre-vote failed").isEqualTo(Role.FOLLOWER);
    }

    @Test
    void isNotRefusedForATimeThatTheAnswerMayHaveTaken() {
        MemberUnderTest a = unfounded("a", THREE);
        a.ready();
        a.tickWhenDue();
        Duration far = FoundingSettings.CLOCKS_OF_A_LIST.plusMillis(30);
        Response answer = says(a.sentTo("b", Request.Vote.class), ahead(a, far));
        a.tickAfter(Duration.ofMillis(30));
        a.answered(answer);
        a.answered(says(a.sentTo("c", Request.Vote.class), ahead(a, Duration.ZERO)));
        assertThat(a.view().role()).as("it goes on").isEqualTo(Role.CANDIDATE);
    }

    @Test
    void foundingsOfOneSecondShareNoToken() {
        long second = 1_700_000_000_000L;
        long before = 0;
        for (int millis : new int[] {0, 1, 2, 499, 998, 999}) {
            FoundersClocks.Founding founding =
                    new FoundersClocks(0).found(new FounderClock(second + millis, 0), new Random(millis));
            assertThat(founding.generation()).isEqualTo(second / 1000 + 1);
            long first = Membership.firstToken(founding.generation(), founding.clusterId());
            assertThat(first).as("after %s ms", millis).isGreaterThan(before);
            before = first;
        }
        assertThat(new FoundersClocks(0)
                        .found(new FounderClock(second + 1000, 0), new Random(1))
                        .generation())
                .isEqualTo(second / 1000 + 2);
    }

    @Test
    void tokensOfAClusterOfAnEarlierVersionBeginWithItsGeneration() {
        for (String id : List.of("00000000000003e800000000000003e8", "c-1", "00zzz-00000000000003e8")) {
            assertThat(new Membership(id, 5, MemberUnderTest.membership(THREE).members()).token(3))
                    .as(id)
                    .isEqualTo(FencingToken.of(5, 3));
        }
    }

    @Test
    void isToldWhenItsTermEndsBeforeItIsCommitted() {
        MemberUnderTest a = candidate();
        a.answered(yes(a.sentTo("b", Request.Vote.class)));
        a.answered(yes(a.sentTo("c", Request.Vote.class)));
        a.write();
        Refusal laterTerm = refusal(RefusalReason.STALE_TERM);
        assertThat(told(a.answered(no(a.sentTo("b", Request.Append.class), 2, laterTerm))))
                .as("deposed: the founding is on one disk")
                .noneMatch(Observation.Founded.class::isInstance);
        assertThat(a.view().role()).isEqualTo(Role.FOLLOWER);
        Membership founding = a.view().membership();
        assertThat(only(told(standsAndWins(a)), Observation.Founded.class))
                .as("committed by an entry of a later term")
                .containsExactly(new Observation.Founded(founding));
    }

    @Test
    void isToldByTheFounderThatCommitsWhatAnotherOneBegan() {
        MemberUnderTest b = unfounded("b", List.of(data("a"), data("b"), data("c"), observer("o")));
        takes(b, sendsTheFounding("b", "b-1", 0));
        assertThat(only(told(standsAndWins(b)), Observation.Founded.class))
                .containsExactly(new Observation.Founded(FOUNDING));
    }

    @Test
    void isNotToldAgainAfterARestart() {
        DurableState kept = new DurableState(
                new HardState(1, "a", T),
                Snapshot.EMPTY,
                List.of(new Entry(1, 1, new Payload.TermOpening("a", null, FOUNDING))));
        List<Member> members = List.of(data("a"), data("b"), data("c"), observer("o"));
        MemberUnderTest a = new MemberUnderTest(settings("a", members), incarnationOf("a"), kept);
        List<Observation> told = told(standsAndWins(a));
        assertThat(a.view().leader()).isEqualTo("a");
        assertThat(told).noneMatch(Observation.Founded.class::isInstance);
    }

    /** Returns what happens from the end of its bond until it leads. */
    private static List<Effect> standsAndWins(MemberUnderTest member) {
        List<Effect> all = new ArrayList<>(member.tickAfter(T.multipliedBy(2)));
        all.addAll(member.ready());
        all.addAll(member.tickWhenDue());
        all.addAll(member.settle("a", "b", "c"));
        return all;
    }

    @Test
    void onceFoundedTheIdIsInEveryMessage() {
        MemberUnderTest a = unfounded("a", THREE);
        a.leading();
        a.tickAfter(Duration.ofMillis(100));
        Header header = a.sentTo("b", Request.Heartbeat.class).header();
        assertThat(header.clusterId()).isEqualTo(DRAWN_ID);
        assertThat(header.toIncarnation()).isEqualTo("b-1");
        assertThat(header.settled()).isTrue();
    }

    @Test
    void aVoterWithoutAnEntryAgreesToTheSameList() {
        MemberUnderTest b = unfounded("b", THREE).free();
        Request.Vote preVote = asks(b, "a", Phase.PRE_VOTE, THREE);
        assertThat(done(b.step(new Input.RequestReceived(9, preVote))))
                .containsExactly(new Effect.Reply(9, answers(b, preVote, 0, null), 0));
        Request.Vote vote = asks(b, "a", Phase.VOTE, THREE);
        assertThat(done(b.step(new Input.RequestReceived(10, vote))))
                .containsExactly(
                        persists(1, hardState(1, null, Duration.ZERO), hardState(1, "a", Duration.ZERO)),
                        new Effect.Reply(10, answers(b, vote, 1, null), 1));
    }

    @Test
    void anotherListIsRefusedAndReportedByBothSides() {
        List<Member> five = List.of(data("a"), data("b"), data("c"), data("d"), data("e"));
        MemberUnderTest b = unfounded("b", THREE).free();
        Request.Vote preVote = asks(b, "a", Phase.PRE_VOTE, five);
        assertThat(b.step(new Input.RequestReceived(9, preVote)))
                .containsExactly(
                        new Effect.Observed(new Observation.ListDiffers("a")),
                        new Effect.Observed(new Observation.VoteDecided(
                                Phase.PRE_VOTE, "a", 1, refusal(RefusalReason.LIST_DIFFERS))),
                        new Effect.Reply(9, answers(b, preVote, 0, refusal(RefusalReason.LIST_DIFFERS)), 0));
        assertThat(b.view().listDiffers()).isTrue();

        MemberUnderTest a = unfounded("a", five);
        a.ready();
        a.tickWhenDue();
        assertThat(told(a.answered(no(a.sentTo("b", Request.Vote.class), 0, refusal(RefusalReason.LIST_DIFFERS)))))
                .contains(new Observation.ListDiffers("b"));
        assertThat(a.view().listDiffers()).isTrue();
    }

    @Test
    void aListThatWasCorrectedDiffersNoLonger() {
        List<Member> five = List.of(data("a"), data("b"), data("c"), data("d"), data("e"));
        MemberUnderTest b = unfounded("b", THREE).free();
        b.step(new Input.RequestReceived(9, asks(b, "a", Phase.PRE_VOTE, five)));
        assertThat(told(b.step(new Input.RequestReceived(10, asks(b, "c", Phase.PRE_VOTE, five)))))
                .contains(new Observation.ListDiffers("c"));
        assertThat(told(b.step(new Input.RequestReceived(11, asks(b, "a", Phase.PRE_VOTE, five)))))
                .as("told once for each member")
                .doesNotContain(new Observation.ListDiffers("a"));
        b.step(new Input.RequestReceived(12, asks(b, "a", Phase.PRE_VOTE, THREE)));
        assertThat(b.view().listDiffers()).as("c still has another one").isTrue();
        b.step(new Input.RequestReceived(13, asks(b, "c", Phase.PRE_VOTE, THREE)));
        assertThat(b.view().listDiffers()).isFalse();
        assertThat(told(b.step(new Input.RequestReceived(14, asks(b, "c", Phase.PRE_VOTE, five)))))
                .as("and is told again")
                .contains(new Observation.ListDiffers("c"));

        MemberUnderTest a = unfounded("a", THREE);
        a.ready();
        a.tickWhenDue();
        a.answered(no(a.sentTo("b", Request.Vote.class), 0, refusal(RefusalReason.LIST_DIFFERS)));
        assertThat(a.view().listDiffers()).isTrue();
        a.tickWhenDue();
        a.answered(yes(a.sentTo("b", Request.Vote.class)));
        assertThat(a.view().listDiffers())
                .as("a member that agrees has the same list")
                .isFalse();
    }

    @Test
    void anotherKindIsAnotherList() {
        MemberUnderTest b = unfounded("b", THREE).free();
        Request.Vote preVote = asks(b, "a", Phase.PRE_VOTE, List.of(data("a"), data("b"), witness("c")));
        assertThat(only(b.step(new Input.RequestReceived(9, preVote)), Effect.Reply.class))
                .containsExactly(new Effect.Reply(9, answers(b, preVote, 0, refusal(RefusalReason.LIST_DIFFERS)), 0));
    }

    @Test
    void aWitnessFoundsNothing() {
        List<Member> members = List.of(data("a"), data("b"), witness("w"));
        MemberUnderTest a = unfounded("a", members).free();
        Header header = new Header(1, CLUSTER, null, "w", "w-1", false, "a", null, 9);
        List<ListedMember> list = a.settings.listed();
        Request.Vote preVote = new Request.Vote(header, Phase.PRE_VOTE, 1, LogPosition.NONE, null, 0, list, null);
        assertThat(only(a.receive(preVote), Effect.Reply.class))
                .extracting(reply -> ((Response.Vote) reply.response()).refusal())
                .containsExactly(refusal(RefusalReason.NOT_A_VOTER));
    }

    /** The others may hold it, and commit it with that vote. */
    @Test
    void aFounderThatDoesNotHoldTheFoundingYetVotes() {
        MemberUnderTest b = unfounded("b", THREE).free();
        Header founded = new Header(1, CLUSTER, "c-1", "a", "a-1", true, "b", "b-1", 9);
        Request.Vote vote = new Request.Vote(founded, Phase.VOTE, 2, at(1, 1), null, 1, null, null);
        assertThat(only(b.receive(vote), Effect.Reply.class))
                .extracting(reply -> ((Response.Vote) reply.response()).refusal())
                .containsOnlyNulls();
        assertThat(b.view().votedFor()).isEqualTo("a");
    }

    @Test
    void whoHoldsAnEntryRefusesAnotherFounding() {
        MemberUnderTest b = MemberUnderTest.founded("b").free();
        Request.Vote preVote = asks(b, "a", Phase.PRE_VOTE, THREE);
        b.exchange = 9;
        assertThat(done(b.step(new Input.RequestReceived(9, preVote))))
                .containsExactly(b.replies(preVote, 1, refusal(RefusalReason.ALREADY_FOUNDED), 0));
    }

    @Test
    void itsTermIsNotAdoptedByWhomWasRefused() {
        MemberUnderTest a = unfounded("a", THREE);
        a.ready();
        a.tickWhenDue();
        a.answered(no(a.sentTo("b", Request.Vote.class), 40, refusal(RefusalReason.ALREADY_FOUNDED)));
        assertThat(a.view().term()).isZero();
    }

    @Test
    void aVoteOfAFoundedMemberDoesNotCountForAFounding() {
        MemberUnderTest a = unfounded("a", THREE);
        a.ready();
        a.tickWhenDue();
        Request.Vote preVote = a.sentTo("b", Request.Vote.class);
        Header founded = new Header(
                1,
                CLUSTER,
                "c-1",
                "b",
                "b-1",
                true,
                "a",
                "a-1",
                preVote.header().requestId());
        a.answered(new Response.Vote(founded, Phase.PRE_VOTE, 1, 0, null));
        a.answered(yes(a.sentTo("c", Request.Vote.class)));
        assertThat(a.view().role()).isNotEqualTo(Role.CANDIDATE);
    }

    @Test
    void nobodyWhoseMemoryIsEmptyFollowsALeaderWithoutAnId() {
        MemberUnderTest b = unfounded("b", THREE);
        Request.Heartbeat request = new Request.Heartbeat(header("a", "b", null, 1), 1, T, 0, null);
        assertThat(told(b.step(new Input.RequestReceived(1, request))))
                .containsExactly(
                        new Observation.RequestRefused("a", "Heartbeat", refusal(RefusalReason.WRONG_CLUSTER)));
        assertThat(b.view().term()).isZero();
    }

    private static final Membership FOUNDING = new Membership(
            DRAWN_ID,
            BORN,
            List.of(
                    new EnrolledMember("a", MemberKind.DATA, "a-1", 1),
                    new EnrolledMember("b", MemberKind.DATA, "b-1", 1),
                    new EnrolledMember("c", MemberKind.DATA, "c-1", 1),
                    new EnrolledMember("o", MemberKind.OBSERVER, "", 1)));

    private static Request.Append sendsTheFounding(String to, String toIncarnation, long commitIndex) {
        return new Request.Append(
                new Header(1, CLUSTER, DRAWN_ID, "a", "a-1", true, to, toIncarnation, 9),
                1,
                T,
                commitIndex,
                LogPosition.NONE,
                List.of(new Entry(1, 1, new Payload.TermOpening("a", null, FOUNDING))));
    }

    /** Returns the last index that a member acknowledges. */
    private static long takes(MemberUnderTest member, Request.Append founding) {
        Response.Append answer = (Response.Append)
                only(member.receive(founding), Effect.Reply.class).get(0).response();
        assertThat(answer.refusal()).isNull();
        assertThat(member.view().leader()).isEqualTo("a");
        assertThat(member.view().last().index()).isEqualTo(answer.index());
        return answer.index();
    }

    @Test
    void aFounderTakesTheFoundingBeforeItIsCommitted() {
        MemberUnderTest b = unfounded("b", List.of(data("a"), data("b"), data("c"), observer("o")));
        assertThat(takes(b, sendsTheFounding("b", "b-1", 0))).isEqualTo(1);
    }

    /** Its founder may lose it: the next founding makes another cluster, to which who took this one would be a stranger. */
    @Test
    void anObserverTakesTheFoundingOnceItIsCommitted() {
        MemberUnderTest o = unfounded("o", List.of(data("a"), data("b"), data("c"), observer("o")));
        assertThat(takes(o, sendsTheFounding("o", "", 0))).isZero();
        assertThat(takes(o, sendsTheFounding("o", "", 1))).isEqualTo(1);
    }

    @Test
    void aVoterThatLostItsMemoryTakesTheFoundingOnceItIsCommitted() {
        MemberUnderTest b = new MemberUnderTest(
                settings("b", List.of(data("a"), data("b"), data("c"), observer("o"))), "b-2", DurableState.NEW);
        assertThat(takes(b, sendsTheFounding("b", "b-1", 0))).isZero();
        assertThat(takes(b, sendsTheFounding("b", "b-1", 1))).isEqualTo(1);
    }

    @Test
    void aFoundingNotBelievedIsSentAgainWithTheHeartbeatThatTellsOfItsCommit() {
        MemberUnderTest a = unfounded("a", List.of(data("a"), data("b"), observer("o")));
        a.ready();
        a.tickWhenDue();
        a.answered(yes(a.sentTo("b", Request.Vote.class)));
        a.write();
        a.answered(yes(a.sentTo("b", Request.Vote.class)));
        Request.Append first = a.sentTo("o", Request.Append.class);
        assertThat(only(a.answered(new Response.Append(answer("o", first), 1, null, 0)), Effect.Send.class))
                .as("not at once")
                .isEmpty();
        a.write();
        assertThat(only(a.answered(yes(a.sentTo("b", Request.Append.class))), Effect.LeadershipGained.class))
                .hasSize(1);
        Request.Append again = a.sentTo("o", Request.Append.class);
        assertThat(again).isNotEqualTo(first);
        assertThat(again.commitIndex()).isEqualTo(1);
        assertThat(again.entries()).isEqualTo(first.entries());
    }

    private static Header answer(String from, Request asked) {
        Header header = asked.header();
        return new Header(
                1,
                CLUSTER,
                null,
                from,
                incarnationOf(from),
                false,
                header.from(),
                header.fromIncarnation(),
                header.requestId());
    }

    @Test
    void initialLeadersHaveAHeadStartTheLowestIdFirst() {
        List<Member> members = List.of(
                data("a"), new Member("b", MemberKind.DATA, 0, true), new Member("c", MemberKind.DATA, 0, true));
        assertThat(standsAfter(unfounded("b", members))).isEqualTo(T);
        assertThat(standsAfter(unfounded("c", members))).isEqualTo(T.plus(STEP));
        assertThat(standsAfter(unfounded("a", members)))
                .as("a head start of T, and then the order")
                .isEqualTo(T.multipliedBy(2).plus(STEP.multipliedBy(2)));
    }

    @Test
    void aHeadStartEndsWithTheFounding() {
        List<Member> members = List.of(data("a"), data("b"), new Member("c", MemberKind.DATA, 0, true));
        assertThat(standsAfter(MemberUnderTest.founded("a", members))).isEqualTo(T);
    }

    private static Duration standsAfter(MemberUnderTest member) {
        member.ready();
        Duration passed = Duration.ZERO;
        for (int i = 0; i < 5 && member.view().role() == Role.FOLLOWER; i++) {
            passed = passed.plus(member.untilDue());
            member.tickWhenDue();
        }
        assertThat(member.view().role()).isEqualTo(Role.PRE_CANDIDATE);
        return passed;
    }

    @Test
    void aSoleVoterFoundsAndLeadsAtOnceWithoutABond() {
        MemberUnderTest a = unfounded("a", List.of(data("a"), observer("o")));
        List<Effect> effects = a.ready();
        assertThat(done(effects)).containsExactly(persists(1, hardState(1, "a", Duration.ZERO)));
        a.write();
        List<Effect> opened = a.write();
        assertThat(only(opened, Effect.LeadershipGained.class))
                .containsExactly(new Effect.LeadershipGained(
                        1, FencingToken.of(LOCKED.wallMillis() / 1000 + 1, DRAWN_OFFSET + 1), Lease.UNLIMITED));
        assertThat(a.clock).as("no time has passed").isEqualTo(LOCKED);
        assertThat(a.tickAfter(Duration.ofDays(3))).noneMatch(Effect.LeadershipEnded.class::isInstance);
    }

    @Test
    void theFoundedListIsTakenFromTheLogAndADifferenceReported() {
        List<Member> four = List.of(data("a"), data("b"), data("c"), data("d"));
        MemberUnderTest b = unfounded("b", four);
        Membership founding = MemberUnderTest.membership(THREE);
        Entry first = new Entry(1, 1, new Payload.TermOpening("a", null, founding));
        Request.Append request = new Request.Append(
                new Header(1, CLUSTER, "c-1", "a", "a-1", true, "b", "b-1", 1),
                1,
                T,
                0,
                LogPosition.NONE,
                List.of(first));
        assertThat(told(b.step(new Input.RequestReceived(1, request)))).contains(new Observation.ListDiffers("b"));
        assertThat(b.view().voters()).isEqualTo(3);
        assertThat(b.view().last()).isEqualTo(at(1, 1));
    }
}
