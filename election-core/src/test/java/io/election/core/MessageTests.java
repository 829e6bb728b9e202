package io.election.core;

import static io.election.core.MemberUnderTest.THREE;
import static io.election.core.MemberUnderTest.at;
import static io.election.core.MemberUnderTest.entry;
import static io.election.core.MemberUnderTest.membership;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNoException;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** An impossible message cannot be made (safety rule 14). */
class MessageTests {

    private static final Header HEADER = new Header(1, "orders", "c-1", "a", "a-1", true, "b", "b-1", 1);
    private static final Duration T = Duration.ofSeconds(1);
    private static final long LIMIT = 1L << 40;

    @Test
    void termsEndBeforeTwoToTheFortieth() {
        assertThatNoException().isThrownBy(() -> new Request.Heartbeat(HEADER, LIMIT - 1, T, 0, null));
        String message = "term must be at least 0 and below 2^40, but is " + LIMIT;
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Request.Heartbeat(HEADER, LIMIT, T, 0, null))
                .withMessage(message);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Request.Vote(HEADER, Phase.VOTE, LIMIT, LogPosition.NONE, null, 0, null, null))
                .withMessage(message);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Request.Append(HEADER, LIMIT, T, 0, at(1, 1), List.of(entry(2, 1))))
                .withMessage(message);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Request.InstallSnapshot(
                        HEADER, LIMIT, T, 0, new Snapshot(at(1, 1), membership(THREE), List.of(), 0)))
                .withMessage(message);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Request.TimeoutNow(HEADER, new TransferProof("a", LIMIT), LogPosition.NONE))
                .withMessage(message);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Response.Vote(HEADER, Phase.VOTE, 1, LIMIT, null))
                .withMessage(message);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Response.Vote(HEADER, Phase.VOTE, LIMIT, 1, null))
                .withMessage(message);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Response.Heartbeat(HEADER, LIMIT, null, LogPosition.NONE, null))
                .withMessage(message);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Response.Append(HEADER, LIMIT, null, 0))
                .withMessage(message);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Response.TimeoutNow(HEADER, LIMIT, null))
                .withMessage(message);
    }

    @Test
    void noTermIsNegative() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Request.Heartbeat(HEADER, -1, T, 0, null))
                .withMessage("term must be at least 0 and below 2^40, but is -1");
    }

    @Test
    void nobodyStandsInTermZero() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Request.Vote(HEADER, Phase.PRE_VOTE, 0, LogPosition.NONE, null, 0, null, null))
                .withMessage("term must be positive, but is 0");
    }

    @Test
    void aPromiseOfMoreThanAnHourIsNotAskedFor() {
        assertThatNoException().isThrownBy(() -> new Request.Heartbeat(HEADER, 1, Duration.ofHours(1), 0, null));
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        new Request.Heartbeat(HEADER, 1, Duration.ofHours(1).plusNanos(1), 0, null))
                .withMessage("promise must be at least 0 and at most PT1H, but is PT1H0.000000001S");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Request.Heartbeat(HEADER, 1, Duration.ofNanos(-1), 0, null));
    }

    @Test
    void indexesAreNotNegative() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Request.Heartbeat(HEADER, 1, T, -1, null))
                .withMessage("commitIndex must not be negative, but is -1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Response.Append(HEADER, 1, null, -1))
                .withMessage("index must not be negative, but is -1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Entry(0, 1, new Payload.Withheld()))
                .withMessage("index and term must be positive, but are 0 and 1");
    }

    @Test
    void entriesFollowEachOtherWithoutAGap() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Request.Append(HEADER, 3, T, 0, at(1, 1), List.of(entry(3, 3))))
                .withMessageContaining("but entry LogPosition[term=3, index=3] does not");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Request.Append(HEADER, 3, T, 0, at(1, 1), List.of(entry(2, 3), entry(4, 3))));
    }

    @Test
    void entriesDoNotFallBackInTermNorRunAheadOfTheLeader() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Request.Append(HEADER, 3, T, 0, at(1, 1), List.of(entry(2, 3), entry(3, 2))));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Request.Append(HEADER, 3, T, 0, at(2, 1), List.of(entry(2, 1))));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Request.Append(HEADER, 3, T, 0, at(1, 1), List.of(entry(2, 4))));
    }

    @Test
    void aSnapshotToInstallHoldsAMembershipOfThisOrAnEarlierTerm() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Request.InstallSnapshot(HEADER, 3, T, 0, Snapshot.EMPTY));
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> new Request.InstallSnapshot(HEADER, 3, T, 0, new Snapshot(at(1, 1), null, List.of(), 0)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Request.InstallSnapshot(
                        HEADER, 3, T, 0, new Snapshot(at(4, 1), membership(THREE), List.of(), 0)));
    }

    private static void impossible(String message, Runnable making) {
        assertThatIllegalArgumentException().isThrownBy(making::run).withMessageContaining(message);
    }

    @Test
    void nobodyLeadsTermZero() {
        impossible("term must be positive", () -> new Request.Heartbeat(HEADER, 0, T, 0, null));
        impossible("term must be positive", () -> new TransferProof("a", 0));
    }

    @Test
    void aProofLeavesRoomForTheTermThatItIsGoodFor() {
        assertThatNoException().isThrownBy(() -> new TransferProof("a", LIMIT - 2));
        impossible("term must leave room for the next one", () -> new TransferProof("a", LIMIT - 1));
    }

    @Test
    void indexesEndBeforeTwoToTheFiftySecond() {
        long limit = 1L << 52;
        impossible("commitIndex must be below 2^52", () -> new Request.Heartbeat(HEADER, 1, T, limit, null));
        impossible("index must be below 2^52", () -> new Response.Append(HEADER, 1, null, limit));
        impossible("index must be below 2^52", () -> new Entry(limit, 1, new Payload.Withheld()));
        impossible(
                "last.index must be below 2^52",
                () -> new Request.Vote(HEADER, Phase.VOTE, 2, at(1, limit), null, 1, null, null));
        impossible(
                "previous.index must be below 2^52",
                () -> new Request.Append(HEADER, 2, T, 0, at(1, Long.MAX_VALUE), List.of(entry(2, 2))));
    }

    @Test
    void aPlaceInALogHasBothATermAndAnIndexOrNeither() {
        impossible(
                "last must be a place in a log",
                () -> new Request.Vote(HEADER, Phase.VOTE, 2, at(1, 0), null, 0, null, null));
        impossible(
                "expected must be a place in a log",
                () -> new Request.TimeoutNow(HEADER, new TransferProof("a", 2), at(0, 7)));
        impossible("last must be a place in a log", () -> new Response.Heartbeat(HEADER, 2, null, at(0, 7), null));
        impossible("last must be a place in a log", () -> new Snapshot(at(0, 7), membership(THREE), List.of(), 0));
    }

    @Test
    void nobodyHoldsWhatWasWrittenInATermThatIsYetToCome() {
        impossible(
                "last must be a place in a log of terms up to 1",
                () -> new Request.Vote(HEADER, Phase.VOTE, 2, at(2, 5), null, 1, null, null));
        impossible(
                "expected must be a place in a log of terms up to 2",
                () -> new Request.TimeoutNow(HEADER, new TransferProof("a", 2), at(3, 5)));
        impossible(
                "last must be a place in a log of terms up to 2",
                () -> new Response.Heartbeat(HEADER, 2, null, at(3, 5), null));
        impossible("watermark must be of a term up to 2", () -> new Request.Heartbeat(HEADER, 2, T, 0, at(3, 5)));
        impossible(
                "openings must be of rising terms from 0 up to 2, but one of term 3 follows -1",
                () -> new Snapshot(at(2, 5), membership(THREE), List.of(new Snapshot.OpenedPosition(3, at(3, 1))), 0));
    }

    @Test
    void aBasesOpeningsAreOfRisingTermsAndFew() {
        Snapshot.OpenedPosition two = new Snapshot.OpenedPosition(2, at(1, 1));
        impossible(
                "openings must be of rising terms from 0 up to 4, but one of term 2 follows 2",
                () -> new Snapshot(at(4, 5), membership(THREE), List.of(two, two), 0));
        impossible(
                "openings must be of rising terms from 3 up to 4, but one of term 2 follows 2",
                () -> new Snapshot(at(4, 5), membership(THREE), List.of(two), 3));
        impossible(
                "openingsFrom must be a term up to 4, but is 5",
                () -> new Snapshot(at(4, 5), membership(THREE), List.of(), 5));
        impossible(
                "openings must be up to 64, but are 65",
                () -> new Snapshot(
                        at(99, 99),
                        membership(THREE),
                        LongStream.rangeClosed(1, 65)
                                .mapToObj(term -> new Snapshot.OpenedPosition(term, at(1, 1)))
                                .toList(),
                        0));
    }

    @Test
    void aSnapshotMayKeepTheOpeningOfItsLastTermAlone() {
        Snapshot.OpenedPosition four = new Snapshot.OpenedPosition(4, at(3, 1));
        assertThat(new Snapshot(at(4, 5), membership(THREE), List.of(four), 4).openings())
                .containsExactly(four);
        impossible("term must be positive, but is 0", () -> new Snapshot.OpenedPosition(0, at(1, 1)));
    }

    @Test
    void aCandidateNamesTheReceiverWithinItsLog() {
        impossible(
                "receiverNamedAt must not be negative",
                () -> new Request.Vote(HEADER, Phase.VOTE, 2, at(1, 5), null, -1, null, null));
        impossible(
                "receiverNamedAt must be in the candidate's log, which ends at 5, but is 6",
                () -> new Request.Vote(HEADER, Phase.VOTE, 2, at(1, 5), null, 6, null, null));
    }

    @Test
    void onlyWhoHoldsNothingFounds() {
        List<ListedMember> list = List.of(new ListedMember("a", MemberKind.DATA));
        impossible(
                "founding must be absent where the candidate holds an entry",
                () -> new Request.Vote(HEADER, Phase.VOTE, 2, at(1, 5), null, 0, list, null));
        Header young = new Header(1, "orders", null, "a", "a-1", false, "b", null, 1);
        assertThatNoException()
                .isThrownBy(() -> new Request.Vote(young, Phase.VOTE, 1, LogPosition.NONE, null, 0, list, null));
        impossible(
                "founding must name up to 1000 members with different ids, one of them a data member, but names 2",
                () -> new Request.Vote(
                        young, Phase.VOTE, 1, LogPosition.NONE, null, 0, List.of(list.get(0), list.get(0)), null));
        impossible(
                "founding must name",
                () -> new Request.Vote(young, Phase.VOTE, 1, LogPosition.NONE, null, 0, List.of(), null));
        impossible(
                "one of them a data member",
                () -> new Request.Vote(
                        young,
                        Phase.VOTE,
                        1,
                        LogPosition.NONE,
                        null,
                        0,
                        List.of(new ListedMember("w", MemberKind.WITNESS)),
                        null));
        List<ListedMember> thousand = IntStream.range(0, 1000)
                .mapToObj(i -> new ListedMember("m-" + i, MemberKind.DATA))
                .toList();
        assertThatNoException()
                .isThrownBy(() -> new Request.Vote(young, Phase.VOTE, 1, LogPosition.NONE, null, 0, thousand, null));
    }

    @Test
    void anAppendBringsEntriesAndFirstOfAllTheFounding() {
        impossible(
                "entries must be 1 to 1024, but are 0", () -> new Request.Append(HEADER, 3, T, 0, at(1, 1), List.of()));
        assertThatNoException()
                .isThrownBy(() -> new Request.Append(
                        HEADER,
                        3,
                        T,
                        0,
                        at(1, 1),
                        LongStream.rangeClosed(2, 1025)
                                .mapToObj(index -> entry(index, 3))
                                .toList()));
        impossible(
                "entries must begin with the founding",
                () -> new Request.Append(HEADER, 3, T, 0, LogPosition.NONE, List.of(entry(1, 1))));
        impossible(
                "the founding is the first entry, but this one is 2",
                () -> new Entry(2, 1, new Payload.TermOpening("a", null, membership(THREE))));
    }

    @Test
    void aSnapshotToInstallIsCommitted() {
        impossible(
                "snapshot must be committed",
                () -> new Request.InstallSnapshot(
                        HEADER, 3, T, 4, new Snapshot(at(3, 5), membership(THREE), List.of(), 0)));
    }

    @Test
    void aVoteIsGrantedInItsTermAndAPreVoteBefore() {
        impossible("is not granted in term 4", () -> new Response.Vote(HEADER, Phase.VOTE, 3, 4, null));
        impossible("is not granted in term 2", () -> new Response.Vote(HEADER, Phase.VOTE, 3, 2, null));
        impossible("is not granted in term 4", () -> new Response.Vote(HEADER, Phase.PRE_VOTE, 3, 4, null));
    }

    @Test
    void aMembershipIsOneThatCanElectSomebody() {
        EnrolledMember a = new EnrolledMember("a", MemberKind.DATA, "a-1", 1);
        impossible("members must be up to 1000 with different ids", () -> new Membership("c", 1, List.of()));
        impossible("members must be up to 1000 with different ids", () -> new Membership("c", 1, List.of(a, a)));
        impossible("generation must be positive", () -> new Membership("c", 0, List.of(a)));
        impossible("generation must be positive and below", () -> new Membership("c", 1L << 33, List.of(a)));
        long limit = (1L << 33) - (1L << 20);
        impossible("generation must be positive and below", () -> new Membership("c", limit, List.of(a)));
        assertThatNoException().isThrownBy(() -> new Membership("c", limit - 1, List.of(a)));
        impossible(
                "one of them a data member",
                () -> new Membership("c", 1, List.of(new EnrolledMember("w", MemberKind.WITNESS, "w-1", 1))));
        assertThatNoException()
                .isThrownBy(() -> new Membership(
                        "c",
                        1,
                        IntStream.range(0, 1000)
                                .mapToObj(i -> new EnrolledMember("m-" + i, MemberKind.DATA, "i-" + i, 1))
                                .toList()));
        impossible("namedAt must be below 2^52", () -> new EnrolledMember("a", MemberKind.DATA, "a-1", 1L << 52));
        impossible("term must be at least 0 and below 2^40", () -> new Entry(1, LIMIT, new Payload.Withheld()));
        impossible("clusterId must have 1 to 128 characters", () -> new Membership("", 1, List.of(a)));
        impossible("namedAt must be positive", () -> new EnrolledMember("a", MemberKind.DATA, "a-1", 0));
        impossible("incarnation must have", () -> new EnrolledMember("a", MemberKind.WITNESS, "", 1));
        Membership later = new Membership("c", 1, List.of(a)).withIncarnation("a", "a-2", 7);
        impossible(
                "namedAt must be at most 6 here, but is 7 for 'a'",
                () -> new Entry(6, 1, new Payload.MembershipChange(later)));
        impossible("namedAt must be at most 6 here", () -> new Snapshot(at(1, 6), later, List.of(), 0));
    }

    @Test
    void namesAreShortAndCanBeShown() {
        impossible("from must have 1 to 128 characters", () -> new Header(1, "o", "c", "", "i", true, "b", null, 1));
        impossible(
                "from must have 1 to 128 characters, not all of them blank, but has 129",
                () -> new Header(1, "o", "c", "x".repeat(129), "i", true, "b", null, 1));
        impossible(
                "cluster must be text that can be shown",
                () -> new Header(1, "o\nrders", "c", "a", "i", true, "b", null, 1));
        impossible(
                "fromIncarnation must be text that can be shown",
                () -> new Header(1, "o", "c", "a", "\uD800", true, "b", null, 1));
        impossible("leader must be text", () -> new Payload.TermOpening("\uDC00\uD800", null, null));
        impossible("type must have 1 to 128 characters", () -> new Payload.Application("", Bytes.NONE));
        impossible("type must be text", () -> new Payload.Application("a\uD83D", Bytes.NONE));
        assertThatNoException().isThrownBy(() -> new Payload.Application("a\uD83D\uDE00", Bytes.NONE));
    }

    @Test
    void everyNameIsChecked() {
        String none = "must have 1 to 128 characters";
        impossible("clusterId " + none, () -> new Header(1, "o", "", "a", "i", true, "b", null, 1));
        impossible("to " + none, () -> new Header(1, "o", "c", "a", "i", true, "", null, 1));
        impossible("toIncarnation must be text", () -> new Header(1, "o", "c", "a", "i", true, "b", "b\u0007", 1));
        impossible("id " + none, () -> new EnrolledMember("", MemberKind.DATA, "a-1", 1));
        impossible("id " + none, () -> new ListedMember("", MemberKind.DATA));
        impossible("leader " + none, () -> new TransferProof("", 1));
        impossible("member " + none, () -> new Refusal(RefusalReason.ALREADY_VOTED, null, null, ""));
        assertThatNoException().isThrownBy(() -> new ListedMember("x".repeat(128), MemberKind.DATA));
    }

    @Test
    void requestsAreNumberedFromZeroOn() {
        assertThat(new Header(1, "o", "c", "a", "i", true, "b", null, 0).requestId())
                .isZero();
    }

    @Test
    void aHeaderContradictsItselfNowhere() {
        impossible("nobody asks or answers itself", () -> new Header(1, "o", "c", "b", "i", true, "b", null, 1));
        impossible("settled must be false", () -> new Header(1, "o", null, "a", "i", true, "b", null, 1));
        impossible("requestId must not be negative", () -> new Header(1, "o", "c", "a", "i", true, "b", null, -1));
    }

    @Test
    void nobodyIsBoundForLongerThanAnybodyPromises() {
        impossible("boundFor must be", () -> new Refusal(RefusalReason.BOUND, T.negated(), null, null));
        impossible("boundFor must be", () -> new Refusal(RefusalReason.BOUND, Duration.ofHours(2), null, null));
    }

    @Test
    void aProofSpeaksOfTheTermOfWhoGivesIt() {
        assertThat(new Request.TimeoutNow(HEADER, new TransferProof("a", 7), at(1, 1)).term())
                .isEqualTo(7);
    }

    @Test
    void onlyABoundRefusalSaysForHowLong() {
        assertThatIllegalArgumentException().isThrownBy(() -> new Refusal(RefusalReason.BOUND, null, null, null));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Refusal(RefusalReason.STALE_TERM, T, null, null))
                .withMessage("boundFor belongs to BOUND, but reason is STALE_TERM");
    }

    @Test
    void aWitnessIsSentPlacesAndMembershipsOnly() {
        Entry data = entry(4, 2);
        Entry change = new Entry(5, 2, new Payload.MembershipChange(membership(THREE)));
        Entry founding = new Entry(1, 1, new Payload.TermOpening("a", null, membership(THREE)));
        Entry opening = new Entry(6, 3, new Payload.TermOpening("a", at(2, 500), null));
        assertThat(data.forWitness()).isEqualTo(new Entry(4, 2, new Payload.Withheld()));
        assertThat(opening.forWitness()).isEqualTo(new Entry(6, 3, new Payload.Withheld()));
        assertThat(change.forWitness()).isEqualTo(change);
        assertThat(founding.forWitness()).isEqualTo(founding);
    }
}
