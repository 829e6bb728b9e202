package io.election.machine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.election.FencingToken;
import io.election.core.LogPosition;
import io.election.core.Membership;
import io.election.core.Payload;
import io.election.machine.Outcome.Refusal;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Safety rule 17, schedule by schedule: what a log makes of writes that are sent twice, late, or in the name of a leadership that ended. */
class Rule17MemoryTests {

    private final Entries log = new Entries();
    private final ReplicaMember member = new ReplicaMember();

    private long open(String id, String life, long replaces) {
        log.session(id, life, replaces);
        return ((Applied.SessionAnswer) member.apply(log)).session();
    }

    private Outcome write(long session, long number, long lowest, @Nullable FencingToken token, String line) {
        log.command(Ledger.TYPE, session, number, lowest, token, ByteBuffer.wrap(line.getBytes(UTF_8)));
        return member.outcome(log);
    }

    private static void assertDone(Outcome outcome, long at, String result) {
        assertThat(outcome).isInstanceOfSatisfying(Outcome.Done.class, done -> {
            assertThat(done.at().index()).isEqualTo(at);
            assertThat(done.result()).asString().isEqualTo(result);
        });
    }

    private static void assertRefused(Outcome outcome, long term, long index, Refusal reason) {
        assertThat(outcome).isEqualTo(new Outcome.Refused(new LogPosition(term, index), reason));
    }

    // ------------------------------------------------------------------------------------------------ once

    /** The writer's leader dies after the append. The writer asks the next one, which has the entry already. */
    @Test
    void retryAfterAnUnknownAnswerIsAppliedOnce() {
        long session = open("c", "first", 0);
        assertDone(write(session, 1, 1, null, "x"), 3, "1");
        log.opening();

        assertDone(write(session, 1, 1, null, "x"), 3, "1");
        assertThat(member.ledger.lines).containsExactly("x");
    }

    /** Write 2 is applied while nobody knows what became of write 1. Neither loses its result. */
    @Test
    void laterWriteThatOvertakesAnEarlierOneLosesNeither() {
        long session = open("c", "first", 0);
        assertDone(write(session, 2, 1, null, "later"), 3, "1");
        assertDone(write(session, 1, 1, null, "earlier"), 4, "2");

        assertDone(write(session, 2, 1, null, "later"), 3, "1");
        assertDone(write(session, 1, 1, null, "earlier"), 4, "2");
        assertThat(member.ledger.lines).containsExactly("later", "earlier");
    }

    /** The network keeps a copy of a write until its writer has its answer, and has gone on. */
    @Test
    void lateCopyOfAWriteThatNobodyWaitsForIsNotApplied() {
        long session = open("c", "first", 0);
        write(session, 1, 1, null, "x");
        write(session, 2, 2, null, "y");

        assertThat(write(session, 1, 1, null, "x")).isEqualTo(new Outcome.Forgotten());
        assertThat(member.ledger.lines).containsExactly("x", "y");
    }

    /** Numbers that were given up before they were ever seen are not applied later either. */
    @Test
    void writeThatWasGivenUpBeforeItCameIsNotApplied() {
        long session = open("c", "first", 0);
        write(session, 200, 200, null, "y");

        assertThat(write(session, 1, 1, null, "x")).isEqualTo(new Outcome.Forgotten());
        assertThat(member.ledger.lines).containsExactly("y");
    }

    /** What was refused for want of room stays refused, also when there is room: its writer was told that it is not applied. */
    @Test
    void refusedWriteIsNotAppliedByALateCopy() {
        long session = open("c", "first", 0);
        long number = 0;
        Outcome last;
        do {
            number++;
            last = write(session, number, 1, null, "answer 65536");
        } while (last instanceof Outcome.Done);
        long refused = number;
        assertThat(refused).isEqualTo(Session.MOST_RESULT_BYTES / (1 << 16) + 1);
        assertRefused(last, 1, refused + 2, Refusal.NO_ROOM);

        assertDone(write(session, refused + 1, refused, null, "x"), refused + 3, "1");
        assertRefused(write(session, refused, 1, null, "answer 65536"), 1, refused + 2, Refusal.NO_ROOM);
    }

    /** A result that is kept is answered with, also when nothing new is taken. */
    @Test
    void keptResultIsLookedUpBeforeAnyOtherCheck() {
        long session = open("c", "first", 0);
        assertDone(write(session, 1, 1, Entries.token(1), "x"), 3, "1");
        for (int number = 2; number <= 20; number++) {
            write(session, number, 1, null, "answer 65536");
        }
        log.opening();

        assertDone(write(session, 1, 1, Entries.token(1), "x"), 3, "1");
    }

    /** Each copy of a write that is too far ahead of what its writer waited for is refused for the same reason. */
    @Test
    void writeTooFarAheadIsRefused() {
        long session = open("c", "first", 0);
        assertRefused(write(session, 1 + Session.MOST_AWAITED, 1, null, "x"), 1, 3, Refusal.TOO_FAR_AHEAD);
        write(session, 2, 2, null, "y");
        assertRefused(write(session, 1 + Session.MOST_AWAITED, 1, null, "x"), 1, 5, Refusal.TOO_FAR_AHEAD);
        assertDone(write(session, 1 + Session.MOST_AWAITED, 2, null, "z"), 6, "2");
        assertThat(member.ledger.lines).containsExactly("y", "z");
    }

    // ------------------------------------------------------------------------------------------------ sessions

    @Test
    void lifeThatAsksAgainGetsItsSession() {
        assertThat(open("c", "first", 0)).isEqualTo(2);
        assertDone(write(2, 1, 1, null, "x"), 3, "1");

        assertThat(open("c", "first", 0)).isEqualTo(2);
        assertThat(open("c", "first", 2)).isEqualTo(2);
        assertDone(write(2, 1, 1, null, "x"), 3, "1");
    }

    /** The process ends with a write of unknown outcome, and the next one begins. A late copy is not applied, also if it is the first to come. */
    @Test
    void nextLifeClosesTheSession() {
        long first = open("c", "first", 0);
        long second = open("c", "second", first);
        assertThat(second).isEqualTo(3);

        assertThat(write(first, 1, 1, null, "x")).isEqualTo(new Outcome.Closed());
        assertDone(write(second, 1, 1, null, "y"), 5, "1");
        assertThat(member.ledger.lines).containsExactly("y");
    }

    /** For a closed session nobody knows any more what was applied. So it is not answered as if nothing was. */
    @Test
    void closedSessionDoesNotSayThatNothingWasApplied() {
        long first = open("c", "first", 0);
        write(first, 1, 1, null, "x");
        open("c", "second", first);

        assertThat(write(first, 1, 1, null, "x")).isEqualTo(new Outcome.Closed());
        assertThat(member.ledger.lines).containsExactly("x");
    }

    /** The first life's opening was sent twice, and its copy comes after the second life's. */
    @Test
    void lateCopyOfAnEarlierLifesOpeningHasNoEffect() {
        long first = open("c", "first", 0);
        long second = open("c", "second", first);
        log.session("c", "first", 0);

        assertThat(member.apply(log))
                .isEqualTo(new Applied.SessionAnswer(
                        new LogPosition(1, 4), new SessionOpening("c", "first", 0), second, false));
        assertDone(write(second, 1, 1, null, "x"), 5, "1");
    }

    /** A life that knows less than the log replaces nothing. It is told what to replace. */
    @Test
    void staleOpeningHasNoEffectAndSaysWhichSessionIsOpen() {
        long first = open("c", "first", 0);
        log.session("c", "second", 0);

        assertThat(member.apply(log))
                .isEqualTo(new Applied.SessionAnswer(
                        new LogPosition(1, 3), new SessionOpening("c", "second", 0), first, false));
        assertThat(open("c", "second", first)).isEqualTo(4);
    }

    @Test
    void removalOfItsMemberClosesASession() {
        long session = open("c", "first", 0);
        long other = open("b", "other", 0);
        log.membersAre("a", "b");
        member.apply(log);

        assertThat(write(session, 1, 1, null, "x")).isEqualTo(new Outcome.Closed());
        assertDone(write(other, 1, 1, null, "y"), 6, "1");
    }

    /** Once removed, a session stays closed, also when its member belongs to the cluster again. */
    @Test
    void memberThatComesBackNeedsANewSession() {
        long session = open("c", "first", 0);
        log.membersAre("a", "b");
        log.membersAre("a", "b", "c");
        member.apply(log);

        assertThat(write(session, 1, 1, null, "x")).isEqualTo(new Outcome.Closed());
        assertThat(open("c", "first", 0)).isEqualTo(6);
    }

    /** Sessions of members only: there are never more than members. */
    @Test
    void whoIsNoMemberGetsNoSession() {
        log.session("d", "life", 0);

        assertThat(member.apply(log))
                .isEqualTo(
                        new Applied.SessionAnswer(new LogPosition(1, 2), new SessionOpening("d", "life", 0), 0, false));
        assertThat(write(2, 1, 1, null, "x")).isEqualTo(new Outcome.Closed());
    }

    /** However long a session is silent, it stays: nothing but entries ends it. */
    @Test
    void changeOfOtherMembersAndOfTermsClosesNoSession() {
        long session = open("c", "first", 0);
        log.opening();
        log.membersAre("a", "c");
        log.opening();
        member.apply(log);

        assertDone(write(session, 1, 1, null, "x"), 6, "1");
    }

    // ------------------------------------------------------------------------------------------------ tokens

    @Test
    void tokenOfTheTermInForceIsGood() {
        long session = open("a", "life", 0);
        assertDone(write(session, 1, 1, Entries.token(1), "x"), 3, "1");
        log.opening();
        assertDone(write(session, 2, 1, Entries.token(2), "y"), 5, "2");
    }

    /** The late write of a deposed leader: its successor has opened a term before it. */
    @Test
    void tokenOfAnEarlierTermIsRefused() {
        long session = open("a", "life", 0);
        log.opening();

        assertRefused(write(session, 1, 1, Entries.token(1), "x"), 2, 4, Refusal.STALE_TOKEN);
        assertThat(member.ledger.lines).isEmpty();
    }

    /** The entry was appended under the old leadership, and is committed by the next. No later term was opened before it. */
    @Test
    void writeThatTheNextLeaderCommitsIsGoodBeforeItsOpening() {
        long session = open("a", "life", 0);
        assertDone(write(session, 1, 1, Entries.token(1), "x"), 3, "1");
        log.opening();
        member.apply(log);

        assertRefused(write(session, 2, 1, Entries.token(1), "y"), 2, 5, Refusal.STALE_TOKEN);
    }

    /** A leads, loses its leadership, and is elected again. What it began in the first term is not its work of the second. */
    @Test
    void capturedTokenIsNotRenewedByTheReelectionOfItsHolder() {
        long session = open("a", "life", 0);
        log.opening();
        log.append(new Payload.TermOpening("a", null, null));
        member.apply(log);

        assertRefused(write(session, 1, 1, Entries.token(1), "x"), 2, 5, Refusal.STALE_TOKEN);
        assertRefused(write(session, 1, 1, Entries.token(1), "x"), 2, 5, Refusal.STALE_TOKEN);
        assertThat(member.ledger.lines).isEmpty();
    }

    /** Nobody has a token of a term that was not opened. */
    @Test
    void tokenOfATermThatWasNotOpenedIsRefused() {
        long session = open("a", "life", 0);

        assertRefused(write(session, 1, 1, Entries.token(2), "x"), 1, 3, Refusal.STALE_TOKEN);
    }

    /** A token of another founding is none, though its term is the same. */
    @Test
    void tokenOfAnotherGenerationIsRefused() {
        long session = open("a", "life", 0);
        FencingToken other = FencingToken.of(Entries.GENERATION + 1, 7 + 1);
        assertThat(Entries.token(1)).isEqualTo(FencingToken.of(Entries.GENERATION, 7 + 1));

        assertRefused(write(session, 1, 1, other, "x"), 1, 3, Refusal.STALE_TOKEN);
    }

    /** Its leaders' tokens are of the generation that it was recovered in. */
    @Test
    void tokenOfARecoveredClusterIsGoodAndThatOfTheLostOneIsNot() {
        Membership recovered = new Membership(
                "00008-0123456789abcdef",
                Entries.GENERATION + 5,
                Entries.members("a").members(),
                2L);
        log.append(new Payload.MembershipChange(recovered));
        log.opening();
        long session = open("a", "life", 0);
        assertRefused(write(session, 1, 1, Entries.token(2), "x"), 2, 5, Refusal.STALE_TOKEN);
        assertDone(write(session, 2, 1, recovered.token(2), "x"), 6, "1");
        assertThat(member.replica.generation()).isEqualTo(Entries.GENERATION + 5);
    }

    @Test
    void writeWithoutATokenIsGoodInEveryTerm() {
        long session = open("c", "life", 0);
        log.opening();
        assertDone(write(session, 1, 1, null, "x"), 4, "1");
    }
}
