package io.election.machine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.election.LogEntry;
import io.election.core.Bytes;
import io.election.core.Entry;
import io.election.core.LogPosition;
import io.election.core.Payload;
import io.election.core.StateDigest;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ReplicaTests {

    private final Entries log = new Entries();
    private final ReplicaMember member = new ReplicaMember();

    private static ByteBuffer line(String text) {
        return ByteBuffer.wrap(text.getBytes(UTF_8));
    }

    @Test
    void handsTheMachineWhatTheWriterGave() {
        List<LogEntry> given = new ArrayList<>();
        ReplicaMember watched = new ReplicaMember(new Ledger() {
            @Override
            public byte[] apply(LogEntry entry) {
                given.add(entry);
                return super.apply(entry);
            }
        });
        log.session("a", "life", 0);
        log.opening();
        log.command(Ledger.TYPE, 2, 1, 1, Entries.token(2), line("x"));
        log.command(Ledger.TYPE, 2, 2, 1, null, line("y"));
        watched.apply(log);

        assertThat(given)
                .containsExactly(
                        new LogEntry(Entries.GENERATION, 4, 2, Ledger.TYPE, line("x"), Entries.token(2)),
                        new LogEntry(Entries.GENERATION, 5, 2, Ledger.TYPE, line("y"), null));
        assertThat(given.get(0).bytes()).asString().isEqualTo("x");
    }

    @Test
    void knowsWhereItIs() {
        assertThat(member.replica.last()).isEqualTo(LogPosition.NONE);
        assertThat(member.replica.generation()).isZero();
        log.session("a", "life", 0);
        log.opening();
        member.apply(log);

        assertThat(member.replica.last()).isEqualTo(new LogPosition(2, 3));
        assertThat(member.replica.appliedIndex()).isEqualTo(3);
        assertThat(member.replica.generation()).isEqualTo(Entries.GENERATION);
        assertThat(member.replica.sessionOf("a")).isEqualTo(2);
        assertThat(member.replica.sessionOf("b")).isZero();
        assertThat(member.replica.reads()).containsExactly(Ledger.TYPE, CommandCodec.SESSION_TYPE);
    }

    @Test
    void takesEntriesInTheirOrderOnly() {
        member.apply(log);
        Entry second = log.session("a", "life", 0);
        Entry third = log.opening();

        assertThatThrownBy(() -> member.replica.apply(third))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("entry 3 does not follow 1");
        member.replica.apply(second);
        assertThatThrownBy(() -> member.replica.apply(second)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void stopsAtATypeThatItDoesNotRead() {
        member.apply(log);
        log.bytes("ledger/2", new byte[40]);

        assertThatThrownBy(() -> member.apply(log))
                .isInstanceOf(UnknownEntryException.class)
                .hasMessage("Entry 2 is of type 'ledger/2', which is not read here. This member applies nothing from there on."
                        + " Start it with a version that reads such entries.");
        assertThat(member.replica.appliedIndex()).isEqualTo(1);
        assertThat(member.replica.canCapture()).isTrue();
    }

    @Test
    void stopsAtANewerVersionOfCommandsAndOfOpenings() {
        member.apply(log);
        byte[] newer = log.command(Ledger.TYPE, 2, 1, 1, null, line("x")).payload()
                        instanceof Payload.Application content
                ? content.data().toArray()
                : new byte[0];
        newer[0] = 2;
        for (String type : List.of(Ledger.TYPE, CommandCodec.SESSION_TYPE)) {
            assertThatThrownBy(() -> member.replica.apply(
                            new Entry(2, 1, new Payload.Application(type, Bytes.of(newer)))))
                    .isInstanceOf(UnknownEntryException.class)
                    .hasMessageStartingWith("Entry 2 of type '" + type + "' is in a newer version of commands.");
        }
    }

    @Test
    void stopsWhereItWasAWitness() {
        member.apply(log);
        log.append(new Payload.Withheld());

        assertThatThrownBy(() -> member.apply(log))
                .isInstanceOf(UnknownEntryException.class)
                .hasMessageStartingWith("Entry 2 has no content here");
    }

    /** Whoever has the secret can have garbage appended. Every version takes it alike, so no member stops. */
    @Test
    void whatIsNoCommandChangesNothing() {
        log.session("a", "life", 0);
        member.apply(log);
        log.bytes(Ledger.TYPE, new byte[0]);
        log.bytes(Ledger.TYPE, new byte[] {1, 0, 7});
        log.bytes(CommandCodec.SESSION_TYPE, new byte[] {1});

        assertThat(member.apply(log)).isNull();
        assertThat(member.replica.appliedIndex()).isEqualTo(5);
        assertThat(member.ledger.lines).isEmpty();
    }

    @Test
    void appliesNothingAfterTheMachineHasFailed() throws Exception {
        log.session("a", "life", 0);
        member.apply(log);
        byte[] before = ReplicaMember.image(member.replica);
        log.command(Ledger.TYPE, 2, 1, 1, null, line("defect"));
        assertThatThrownBy(() -> member.apply(log))
                .isInstanceOf(ArithmeticException.class)
                .hasMessage("a defect of the machine");

        assertThat(member.replica.canCapture()).isFalse();
        assertThatThrownBy(member.replica::capture).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> member.apply(log)).isInstanceOf(IllegalStateException.class);
        member.restore(before);
        assertThat(member.replica.canCapture()).isTrue();
    }

    @Test
    void tooLongAResultIsADefectOfTheMachine() {
        log.session("a", "life", 0);
        log.command(Ledger.TYPE, 2, 1, 1, null, line("answer 65537"));

        assertThatThrownBy(() -> member.apply(log))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("The state machine answered entry 3 with a result of 65537 bytes. A result has up to 65536 bytes.");
    }

    @Test
    void refusesAMachineThatReadsOpeningsOrTooMuch() {
        assertThatThrownBy(() -> new Replica(new Ledger() {
                    @Override
                    public Set<String> types() {
                        return Set.of(CommandCodec.SESSION_TYPE);
                    }
                }))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void beginsWithAnEmptyMachine() {
        Ledger used = new Ledger();
        used.lines.add("of an earlier run");

        assertThat(new ReplicaMember(used).ledger.lines).isEmpty();
    }

    @Test
    void digestsAreOfEveryThousandthEntryAndTellStatesApart() {
        ReplicaMember other = new ReplicaMember();
        log.session("a", "life", 0);
        member.apply(log);
        for (int i = 1; i < Replica.DIGEST_INTERVAL; i++) {
            log.command(Ledger.TYPE, 2, i, i, null, line("x" + i));
        }
        other.apply(log);
        member.apply(log);

        StateDigest digest = member.replica.digest();
        assertThat(digest).isNotNull().isEqualTo(other.replica.digest());
        assertThat(digest.index()).isEqualTo(Replica.DIGEST_INTERVAL);
        long equal = other.replica.stateDigest();
        assertThat(member.replica.stateDigest()).isEqualTo(equal);
        other.ledger.lines.set(3, "flipped");
        assertThat(other.replica.stateDigest()).isNotEqualTo(equal);
    }

    /** Logs that differ in one word: it shows in the digest, though the machine has the same state. */
    @Test
    void digestsTellSessionsAndTokensApart() {
        long digest = digestAfter("life", 1, 2, false);

        assertThat(digestAfter("life", 1, 2, false)).isEqualTo(digest);
        assertThat(digestAfter("other life", 1, 2, false)).isNotEqualTo(digest);
        assertThat(digestAfter("life", 2, 2, false)).isNotEqualTo(digest);
        assertThat(digestAfter("life", 1, 3, false)).isNotEqualTo(digest);
        assertThat(digestAfter("life", 1, 2, true)).isNotEqualTo(digest);
    }

    private static long digestAfter(String life, long lowest, long number, boolean stale) {
        Entries entries = new Entries();
        ReplicaMember one = new ReplicaMember();
        entries.session("a", life, 0);
        entries.opening();
        // The machine answers and keeps nothing, or is not asked, because the token is stale.
        entries.command(
                Ledger.TYPE, 2, number, lowest, Entries.token(stale ? 1 : 2), line("answer 3"));
        one.apply(entries);
        return one.replica.stateDigest();
    }
}
