package io.election.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.election.FencingToken;
import io.election.WriteId;
import io.election.WriteResult;
import io.election.WriteResult.Reason;
import io.election.core.Input;
import io.election.core.LogPosition;
import io.election.core.Payload;
import io.election.core.ProposalOutcome;
import io.election.core.ReplicationSettings;
import io.election.machine.Applied;
import io.election.machine.CommandCodec;
import io.election.machine.CommandId;
import io.election.machine.Outcome;
import io.election.machine.Replica;
import io.election.machine.SessionOpening;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What becomes of writes, with the election and the replica in the hands of a test. */
class WritesTests {

    private static final Duration TIMEOUT = Duration.ofHours(1);
    private static final long SESSION = 7;
    private static final FencingToken TOKEN = new FencingToken(1_000);

    private final List<Input.ProposeAll> proposed = new ArrayList<>();
    private boolean leadsHere = true;
    private final Writes writes = new Writes(
            "a",
            "life-1",
            new MemorySettings(ReplicationSettings.reading(List.of("t/1")), null, TIMEOUT, 8),
            1,
            1,
            () -> leadsHere,
            input -> proposed.add((Input.ProposeAll) input),
            Runnable::run);

    private CompletionStage<WriteResult<byte[]>> write(String text) {
        return writes.write("t/1", TOKEN, ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** The opening of the session is appended and applied. */
    private void opened() {
        if (proposed.size() == 1) {
            appended();
        }
        writes.applied(
                List.of(new Applied.SessionAnswer(at(SESSION), new SessionOpening("a", "life-1", 0), SESSION, true)));
    }

    private static LogPosition at(long index) {
        return new LogPosition(2, index);
    }

    private void done(long number, long index) {
        decided(number, new Outcome.Done(at(index), new byte[] {(byte) number}));
    }

    private void decided(long number, Outcome outcome) {
        writes.applied(List.of(new Applied.CommandAnswer(at(50), new CommandId(SESSION, number), outcome)));
    }

    private Input.ProposeAll last() {
        return proposed.get(proposed.size() - 1);
    }

    private void appended() {
        ended(ProposalOutcome.Kind.APPENDED, last().entries().size(), at(20), null);
    }

    private void refused(ProposalOutcome.Reason reason) {
        ended(ProposalOutcome.Kind.REFUSED, 0, LogPosition.NONE, reason);
    }

    private void unknown() {
        ended(ProposalOutcome.Kind.UNKNOWN, 0, LogPosition.NONE, null);
    }

    private void ended(
            ProposalOutcome.Kind kind, int accepted, LogPosition first, ProposalOutcome.@Nullable Reason reason) {
        writes.ended(last().call(), new ProposalOutcome(kind, accepted, first, reason, "so it is"));
    }

    private void timePasses() {
        writes.tick(System.nanoTime() + TIMEOUT.toNanos() / 2);
    }

    private void timeIsUp() {
        writes.tick(System.nanoTime() + 2 * TIMEOUT.toNanos());
    }

    private static boolean isOpen(CompletionStage<WriteResult<byte[]>> stage) {
        return !stage.toCompletableFuture().isDone();
    }

    private static WriteResult<byte[]> end(CompletionStage<WriteResult<byte[]>> stage) throws Exception {
        return stage.toCompletableFuture().get(1, TimeUnit.MINUTES);
    }

    private static void isApplied(CompletionStage<WriteResult<byte[]>> stage, long index) throws Exception {
        assertThat(end(stage))
                .isInstanceOfSatisfying(
                        WriteResult.Applied.class,
                        applied -> assertThat(applied.index()).isEqualTo(index));
    }

    private static void isNotApplied(CompletionStage<WriteResult<byte[]>> stage, Reason reason) throws Exception {
        assertThat(end(stage))
                .isInstanceOfSatisfying(
                        WriteResult.NotApplied.class,
                        not -> assertThat(not.reason()).isEqualTo(reason));
    }

    private static WriteId unknownIdOf(CompletionStage<WriteResult<byte[]>> stage) throws Exception {
        assertThat(end(stage)).isInstanceOf(WriteResult.Unknown.class);
        return ((WriteResult.Unknown<byte[]>) end(stage)).id();
    }

    /** Nobody may complete it: not now, and not by what was handed to another thread. */
    private static void staysOpen(CompletionStage<WriteResult<byte[]>> stage) {
        assertThat(isOpen(stage)).isTrue();
        assertThatExceptionOfType(TimeoutException.class)
                .isThrownBy(() -> stage.toCompletableFuture().get(1, TimeUnit.MILLISECONDS));
    }

    // ------------------------------------------------------------------------------------------------ sending

    @Test
    void theFirstWriteOpensASessionAndThoseThatWaitFollowTogether() {
        write("one");
        write("two");
        assertThat(proposed).hasSize(1);
        assertThat(last().entries()).containsExactly(CommandCodec.encode(new SessionOpening("a", "life-1", 0)));
        appended();
        opened();
        assertThat(proposed).hasSize(2);
        assertThat(last().entries()).hasSize(2).allMatch(entry -> entry.type().equals("t/1"));
    }

    @Test
    void whoHasAnotherSessionSaysWhichOneItReplaces() {
        write("one");
        appended();
        // The member's earlier life had session 3, of which this one did not know.
        writes.applied(List.of(new Applied.SessionAnswer(at(9), new SessionOpening("a", "life-1", 0), 3, false)));
        assertThat(last().entries()).containsExactly(CommandCodec.encode(new SessionOpening("a", "life-1", 3)));
    }

    @Test
    void aLeaderHasOneProposalUnderWayAndAFollowerSeveral() {
        write("one");
        opened();
        write("two");
        assertThat(proposed).as("what comes meanwhile waits, to go together").hasSize(2);
        leadsHere = false;
        write("three");
        assertThat(proposed).hasSize(3);
        assertThat(last().entries()).hasSize(2);
    }

    @Test
    void isSentAgainInTheSameBytesUnderAnotherLeader() {
        write("one");
        opened();
        List<Payload.Application> first = last().entries();
        appended();
        write("two");
        writes.sendAllAgain();
        // Another one is under way, and the first goes with the next.
        appended();
        assertThat(last().entries()).isEqualTo(first);
    }

    // ------------------------------------------------------------------------------------------------ answers

    @Test
    void isAnsweredOnceItIsAppliedAndAcknowledged() throws Exception {
        CompletionStage<WriteResult<byte[]>> answer = write("one");
        opened();
        appended();
        staysOpen(answer);
        done(1, 20);
        staysOpen(answer);
        writes.acknowledged(19);
        staysOpen(answer);
        writes.acknowledged(20);
        isApplied(answer, 20);
    }

    /** The entry at that index may be another leader's, and the number another session's. */
    @Test
    void onlyTheEntryWithItsIdAnswersIt() {
        CompletionStage<WriteResult<byte[]>> answer = write("one");
        opened();
        appended();
        writes.acknowledged(100);
        writes.applied(List.of(new Applied.CommandAnswer(
                at(20), new CommandId(SESSION + 1, 1), new Outcome.Done(at(20), new byte[0]))));
        writes.applied(List.of(
                new Applied.CommandAnswer(at(20), new CommandId(SESSION, 2), new Outcome.Done(at(20), new byte[0]))));
        staysOpen(answer);
    }

    @Test
    void aRefusalThatTheReplicaDeclaresIsFinal() throws Exception {
        CompletionStage<WriteResult<byte[]>> answer = write("one");
        opened();
        appended();
        writes.acknowledged(100);
        decided(1, new Outcome.Refused(at(20), Outcome.Refusal.STALE_TOKEN));
        isNotApplied(answer, Reason.STALE_TOKEN);
    }

    @Test
    void isSurelyNotAppliedIfEveryAttemptWasRefused() throws Exception {
        CompletionStage<WriteResult<byte[]>> answer = write("one");
        opened();
        refused(ProposalOutcome.Reason.BUSY);
        staysOpen(answer);
        timePasses();
        assertThat(proposed).hasSize(3);
        refused(ProposalOutcome.Reason.TOO_FEW_COPIES);
        timeIsUp();
        isNotApplied(answer, Reason.TOO_FEW_COPIES);
    }

    @Test
    void whatCanNeverBeTakenIsRefusedAtOnce() throws Exception {
        CompletionStage<WriteResult<byte[]>> answer = write("one");
        opened();
        refused(ProposalOutcome.Reason.TOO_LARGE);
        isNotApplied(answer, Reason.TOO_LARGE);
    }

    /** An earlier copy may be in the log of another leader. */
    @Test
    void aRefusalAfterAnAttemptThatMayHaveBeenAppendedSaysNothing() throws Exception {
        CompletionStage<WriteResult<byte[]>> answer = write("one");
        opened();
        unknown();
        timePasses();
        refused(ProposalOutcome.Reason.FULL);
        staysOpen(answer);
        timeIsUp();
        unknownIdOf(answer);
    }

    // ------------------------------------------------------------------------------------------------ unknown

    @Test
    void anUnknownWriteIsAskedAgainUnderTheSameId() throws Exception {
        CompletionStage<WriteResult<byte[]>> answer = write("one");
        opened();
        List<Payload.Application> first = last().entries();
        unknown();
        timeIsUp();
        WriteId id = unknownIdOf(answer);
        assertThat(id).isEqualTo(new WriteId(SESSION, 1));
        int before = proposed.size();

        CompletionStage<WriteResult<byte[]>> again = writes.askAgain(id);
        assertThat(proposed).hasSize(before + 1);
        assertThat(last().entries())
                .as("neither the token nor what is awaited is renewed")
                .isEqualTo(first);
        appended();
        writes.acknowledged(100);
        // The replica says where its first copy was applied.
        done(1, 12);
        isApplied(again, 12);
    }

    @Test
    void whoAsksAgainLaterIsToldWhatWasAppliedMeanwhile() throws Exception {
        CompletionStage<WriteResult<byte[]>> answer = write("one");
        opened();
        appended();
        timeIsUp();
        WriteId id = unknownIdOf(answer);
        writes.acknowledged(100);
        done(1, 20);
        isApplied(writes.askAgain(id), 20);
    }

    @Test
    void whoAsksTwiceGetsOneAnswer() throws Exception {
        CompletionStage<WriteResult<byte[]>> answer = write("one");
        opened();
        unknown();
        timeIsUp();
        WriteId id = unknownIdOf(answer);
        assertThat(writes.askAgain(id)).isSameAs(writes.askAgain(id));
    }

    @Test
    void nobodyKnowsAWriteOfAnotherSession() throws Exception {
        write("one");
        opened();
        unknownIdOf(writes.askAgain(new WriteId(SESSION - 1, 1)));
        unknownIdOf(writes.askAgain(new WriteId(SESSION, 99)));
    }

    // ------------------------------------------------------------------------------------------------ sessions

    @Test
    void writesOfAClosedSessionAreUnknownAndNeverMadeASecondTime() throws Exception {
        CompletionStage<WriteResult<byte[]>> one = write("one");
        CompletionStage<WriteResult<byte[]>> two = write("two");
        opened();
        appended();
        decided(1, new Outcome.Closed());
        unknownIdOf(one);
        unknownIdOf(two);
        timePasses();
        assertThat(proposed).as("nothing is sent again").hasSize(2);

        CompletionStage<WriteResult<byte[]>> three = write("three");
        assertThat(last().entries()).containsExactly(CommandCodec.encode(new SessionOpening("a", "life-1", 0)));
        appended();
        writes.applied(List.of(new Applied.SessionAnswer(at(60), new SessionOpening("a", "life-1", 0), 60, true)));
        assertThat(last().entries()).hasSize(1);
        writes.acknowledged(100);
        writes.applied(List.of(
                new Applied.CommandAnswer(at(61), new CommandId(60, 1), new Outcome.Done(at(61), new byte[0]))));
        isApplied(three, 61);
    }

    @Test
    void takesNoMoreWritesThanMayWait() throws Exception {
        for (int i = 0; i < 8; i++) {
            write("w" + i);
        }
        isNotApplied(write("one too many"), Reason.SESSION_FULL);
    }

    /** Its results from the lowest number on are kept by everybody, and only so many of them. */
    @Test
    void aWriteThatNobodyWaitsForDoesNotKeepLaterOnesFromBeingMade() throws Exception {
        CompletionStage<WriteResult<byte[]>> lost = write("lost");
        opened();
        unknown();
        timeIsUp();
        WriteId id = unknownIdOf(lost);
        writes.acknowledged(1_000_000);
        for (long number = 2; number <= Replica.MOST_AWAITED + 10; number++) {
            CompletionStage<WriteResult<byte[]>> answer = write("next");
            assertThat(lowestAwaited()).as("of " + number).isGreaterThan(number - Replica.MOST_AWAITED);
            appended();
            done(number, 20 + number);
            isApplied(answer, 20 + number);
        }
        unknownIdOf(writes.askAgain(id));
    }

    @Test
    void newWritesWaitForOneThatIsTooFarBehindAndItsNextAttemptDoesNot() throws Exception {
        CompletionStage<WriteResult<byte[]>> slow = write("slow");
        opened();
        List<Payload.Application> first = last().entries();
        unknown();
        writes.acknowledged(1_000_000);
        for (long number = 2; number <= Replica.MOST_AWAITED; number++) {
            CompletionStage<WriteResult<byte[]>> answer = write("next");
            appended();
            done(number, 20 + number);
            isApplied(answer, 20 + number);
        }
        int before = proposed.size();
        CompletionStage<WriteResult<byte[]>> waits = write("waits");
        assertThat(proposed).hasSize(before);
        timePasses();
        assertThat(proposed).hasSize(before + 1);
        assertThat(last().entries()).isEqualTo(first);
        appended();
        staysOpen(waits);
        done(1, 5000);
        isApplied(slow, 5000);
        assertThat(proposed).hasSize(before + 2);
        appended();
        done(Replica.MOST_AWAITED + 1, 5001);
        isApplied(waits, 5001);
    }

    private long lowestAwaited() {
        ByteBuffer in = last().entries().get(0).data().buffer();
        return in.getLong(in.position() + 2 + 2 * Long.BYTES);
    }

    // ------------------------------------------------------------------------------------------------ the end

    @Test
    void aStopSaysOfEachWriteWhatIsKnown() throws Exception {
        CompletionStage<WriteResult<byte[]>> sent = write("sent");
        opened();
        appended();
        leadsHere = true;
        CompletionStage<WriteResult<byte[]>> underWay = write("under way");
        CompletionStage<WriteResult<byte[]>> neverSent = write("never sent");
        writes.close(null);
        unknownIdOf(sent);
        unknownIdOf(underWay);
        isNotApplied(neverSent, Reason.UNAVAILABLE);
        isNotApplied(write("later"), Reason.UNAVAILABLE);
    }

    @Test
    void aWriteWithoutALeaderEndsAsNotApplied() throws Exception {
        CompletionStage<WriteResult<byte[]>> answer = write("one");
        refused(ProposalOutcome.Reason.NO_LEADER);
        timeIsUp();
        isNotApplied(answer, Reason.NO_LEADER);
    }
}
