package io.election.machine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.election.DurableStateMachine;
import io.election.LogEntry;
import io.election.core.Entry;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A machine whose state is there again at the next start of its member. */
class DurableMachineTests {

    /** What a database would hold. */
    private static final class DurableLedger extends Ledger implements DurableStateMachine {

        long index;
        long generation;
        final Map<Long, byte[]> results = new HashMap<>();
        int restored;

        @Override
        public byte[] apply(LogEntry entry) {
            byte[] result = super.apply(entry);
            index = entry.index();
            generation = entry.generation();
            results.put(index, result);
            return result;
        }

        @Override
        public void reset() {
            throw new AssertionError("nobody empties a database");
        }

        @Override
        public void restore(InputStream image) throws IOException {
            super.restore(image);
            restored++;
        }

        @Override
        public long appliedIndex() {
            return index;
        }

        @Override
        public long generation() {
            return generation;
        }

        @Override
        public byte[] resultOf(LogEntry entry) {
            return results.get(entry.index());
        }

        @Override
        public void restoring(long ofGeneration, long upTo) {
            generation = ofGeneration;
            index = upTo;
            results.clear();
        }
    }

    private final Entries log = new Entries();
    private final DurableLedger machine = new DurableLedger();

    private void write(int from, int to) {
        for (int i = from; i <= to; i++) {
            log.command(Ledger.TYPE, 2, i, 1, null, ByteBuffer.wrap(("line " + i).getBytes(UTF_8)));
        }
    }

    private static Replica started(DurableLedger machine, List<Entry> entries) {
        Replica replica = new Replica(machine);
        entries.forEach(replica::apply);
        return replica;
    }

    /** The log is read again from its beginning, and the machine is not. What it answered is answered again. */
    @Test
    void isNotGivenAgainWhatItHasApplied() {
        log.session("a", "life", 0);
        write(1, 5);
        started(machine, log.all());
        write(6, 7);

        Replica again = started(machine, log.all());
        assertThat(machine.lines).hasSize(7);
        Entry retry = log.command(Ledger.TYPE, 2, 3, 1, null, ByteBuffer.wrap("line 3".getBytes(UTF_8)));
        assertThat(((Outcome.Done) ReplicaMember.outcome(again, retry)).result()).asString().isEqualTo("3");
        ReplicaMember volatileOne = new ReplicaMember();
        volatileOne.apply(log);
        assertThat(ReplicaMember.image(again)).isEqualTo(ReplicaMember.image(volatileOne.replica));
    }

    @Test
    void hasNoImageBeforeTheLogIsWhereItIs() {
        log.session("a", "life", 0);
        write(1, 5);
        started(machine, log.all());

        Replica again = started(machine, log.all().subList(0, 5));
        assertThat(again.canCapture()).isFalse();
        assertThatThrownBy(again::capture)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageEndingWith("the machine is at entry 7");
        log.all().subList(5, 7).forEach(again::apply);
        assertThat(again.canCapture()).isTrue();
    }

    @Test
    void imageIsRestoredOverAnOlderStateOnly() throws Exception {
        log.session("a", "life", 0);
        write(1, 5);
        Replica first = started(machine, log.all());
        log.opening();
        first.apply(log.all().get(7));
        byte[] image = ReplicaMember.image(first);

        Replica again = new Replica(machine);
        ReplicaMember.restore(again, image);
        assertThat(machine.restored).isZero();
        assertThat(again.canCapture()).isTrue();
        DurableLedger older = new DurableLedger();
        started(older, log.all().subList(0, 4));
        Replica restored = new Replica(older);
        ReplicaMember.restore(restored, image);
        assertThat(older.restored).isEqualTo(1);
        assertThat(older.lines).isEqualTo(machine.lines);
        assertThat(older.index).isEqualTo(7);
        assertThat(ReplicaMember.image(restored)).isEqualTo(image);
    }

    @Test
    void stateOfAnotherFoundingIsRefused() {
        machine.index = 500;
        machine.generation = Entries.GENERATION - 1;
        Replica replica = new Replica(machine);

        assertThatThrownBy(() -> replica.apply(log.all().get(0)))
                .isInstanceOf(ForeignStateException.class)
                .hasMessageContaining("generation " + (Entries.GENERATION - 1))
                .hasMessageContaining("generation " + Entries.GENERATION);
    }
}
