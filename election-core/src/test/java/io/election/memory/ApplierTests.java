package io.election.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.election.LogEntry;
import io.election.StateMachine;
import io.election.core.EnrolledMember;
import io.election.core.Entry;
import io.election.core.Input;
import io.election.core.LogPosition;
import io.election.core.MemberKind;
import io.election.core.Membership;
import io.election.core.Payload;
import io.election.core.Snapshot;
import io.election.core.StateImage;
import io.election.core.StateImages;
import io.election.journal.MemoryJournal;
import io.election.machine.Applied;
import io.election.machine.Command;
import io.election.machine.CommandCodec;
import io.election.machine.CommandId;
import io.election.machine.SessionOpening;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The thread that applies, with a machine that does what the entries say. */
class ApplierTests {

    private static final Duration LONG = Duration.ofMinutes(1);
    private static final long SESSION = 2;

    /** Remembers what it is given. Some commands make it throw, or wait. */
    private static final class Scripted implements StateMachine {

        private final List<String> given = new CopyOnWriteArrayList<>();
        private final CountDownLatch goesOn = new CountDownLatch(1);
        private final CountDownLatch waits = new CountDownLatch(1);
        private volatile int restored;

        @Override
        public Set<String> types() {
            return Set.of("t/1");
        }

        @Override
        public byte[] apply(LogEntry entry) {
            byte[] data = new byte[entry.data().remaining()];
            entry.data().get(data);
            String text = new String(data, StandardCharsets.UTF_8);
            if (text.equals("throw")) {
                throw new IllegalStateException("cannot do that");
            }
            if (text.equals("wait")) {
                waits.countDown();
                boolean interrupted = false;
                while (goesOn.getCount() > 0) {
                    try {
                        goesOn.await();
                    } catch (InterruptedException again) {
                        interrupted = true;
                    }
                }
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
            given.add(text);
            return new byte[0];
        }

        @Override
        public Image capture() {
            byte[] all = String.join(",", given).getBytes(StandardCharsets.UTF_8);
            return out -> out.write(all);
        }

        @Override
        public void restore(InputStream image) throws IOException {
            restored++;
            given.clear();
            given.addAll(List.of(new String(image.readAllBytes(), StandardCharsets.UTF_8).split(",")));
        }

        @Override
        public void reset() {
            given.clear();
        }
    }

    private final Scripted machine = new Scripted();
    private final StateImages images = MemoryJournal.newAtEachStart().images();
    private final List<Input> inputs = new CopyOnWriteArrayList<>();
    private final List<Applied> answers = new CopyOnWriteArrayList<>();
    private final List<String> failures = new CopyOnWriteArrayList<>();
    private final List<Long> restored = new CopyOnWriteArrayList<>();
    private final List<Applier> started = new ArrayList<>();
    private long next = 1;

    private Applier applier(StateMachine of, StateImages from, Snapshot recovered) {
        MemoryLog log = new MemoryLog("orders", "a");
        Applier applier = new Applier(
                "test-apply",
                of,
                from,
                new ImageTaker("test-image", from, inputs::add, log),
                recovered,
                inputs::add,
                new Applier.Told() {
                    @Override
                    public void applied(List<Applied> some, long upTo) {
                        answers.addAll(some);
                    }

                    @Override
                    public void restored(long upTo) {
                        restored.add(upTo);
                    }

                    @Override
                    public void failed(String detail) {
                        failures.add(detail);
                    }
                });
        started.add(applier);
        applier.start();
        return applier;
    }

    @AfterEach
    void end() throws InterruptedException {
        machine.goesOn.countDown();
        for (Applier applier : started) {
            applier.stop(LONG);
        }
    }

    private Entry entry(Payload payload) {
        return new Entry(next++, 1, payload);
    }

    private Entry command(long number, String text) {
        return entry(CommandCodec.encode(new Command(
                "t/1",
                new CommandId(SESSION, number),
                1,
                null,
                ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)))));
    }

    private List<Entry> beginning() {
        Membership founding =
                new Membership("c-1", 1_700_000_000L, List.of(new EnrolledMember("a", MemberKind.DATA, "a-1", 1)));
        return List.of(
                entry(new Payload.TermOpening("a", null, founding)),
                entry(CommandCodec.encode(new SessionOpening("a", "life", 0))));
    }

    private long appliedIndex() {
        return inputs.stream()
                .filter(Input.Applied.class::isInstance)
                .mapToLong(input -> ((Input.Applied) input).index())
                .max()
                .orElse(0);
    }

    private void awaitApplied(long index) {
        await().atMost(LONG).until(() -> appliedIndex() >= index);
    }

    private Input.ImageTaken awaitImage() {
        await().atMost(LONG).until(() -> inputs.stream().anyMatch(Input.ImageTaken.class::isInstance));
        return (Input.ImageTaken) inputs.stream()
                .filter(Input.ImageTaken.class::isInstance)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void givesTheMachineItsEntriesInOrderAndSaysHowFarItIs() {
        Applier applier = applier(machine, images, Snapshot.EMPTY);
        applier.apply(beginning());
        applier.apply(List.of(command(1, "one"), command(2, "two")));
        awaitApplied(4);
        assertThat(machine.given).containsExactly("one", "two");
        assertThat(answers).hasSize(3);
        assertThat(restored).containsExactly(0L);
    }

    /** A thread of the election hands entries over, and never waits for the machine. */
    @Test
    void whoHandsEntriesOverDoesNotWaitForTheMachine() throws Exception {
        Applier applier = applier(machine, images, Snapshot.EMPTY);
        applier.apply(beginning());
        applier.apply(List.of(command(1, "wait")));
        assertThat(machine.waits.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
        for (int i = 2; i < 100; i++) {
            applier.apply(List.of(command(i, "more")));
        }
        assertThat(machine.given).isEmpty();
        assertThat(applier.stop(Duration.ofMillis(1)))
                .as("it is still in the machine")
                .isFalse();
        machine.goesOn.countDown();
        await().atMost(LONG).until(applier::isOver);
        assertThat(machine.given).as("nothing more after the stop").containsExactly("wait");
    }

    @Test
    void aMachineThatThrowsIsGivenNothingMoreAndThatIsSaidOnce() {
        Watched watched = new Watched(images, false, new AtomicInteger());
        Applier applier = applier(machine, watched, Snapshot.EMPTY);
        applier.apply(beginning());
        applier.apply(List.of(command(1, "one"), command(2, "throw"), command(3, "three")));
        applier.apply(List.of(command(4, "four")));
        await().atMost(LONG).until(() -> inputs.stream().anyMatch(Input.MachineFailed.class::isInstance));
        applier.takeImage();
        applier.apply(List.of(command(5, "five")));
        // Images that are not needed go all the same. It comes last, so everything before it was passed over then.
        applier.retain(Set.of());
        await().atMost(LONG).until(() -> watched.retained().get() == 1);
        assertThat(machine.given).containsExactly("one");
        assertThat(failures).singleElement().asString().contains("cannot do that");
        assertThat(inputs.stream().filter(Input.MachineFailed.class::isInstance))
                .hasSize(1);
        assertThat(inputs.stream().noneMatch(Input.ImageTaken.class::isInstance))
                .isTrue();
    }

    @Test
    void goesOnFromAnImage() {
        Applier first = applier(machine, images, Snapshot.EMPTY);
        first.apply(beginning());
        first.apply(List.of(command(1, "one"), command(2, "two")));
        first.takeImage();
        Input.ImageTaken taken = awaitImage();
        assertThat(taken.last().index()).isEqualTo(4);

        Scripted other = new Scripted();
        Applier second = applier(other, images, snapshot(taken.last(), taken.image()));
        await().atMost(LONG).until(() -> restored.contains(4L));
        second.apply(List.of(command(3, "three")));
        await().atMost(LONG).until(() -> other.given.contains("three"));
        assertThat(other.given).containsExactly("one", "two", "three");
    }

    @Test
    void aDamagedImageIsRefusedBeforeTheMachineIsTouched() {
        Applier first = applier(machine, images, Snapshot.EMPTY);
        first.apply(beginning());
        first.apply(List.of(command(1, "one")));
        first.takeImage();
        Input.ImageTaken taken = awaitImage();

        Scripted other = new Scripted();
        applier(other, new Watched(images, true, new AtomicInteger()), snapshot(taken.last(), taken.image()));
        await().atMost(LONG).until(() -> !failures.isEmpty());
        assertThat(failures).singleElement().asString().contains("not those that the name says");
        assertThat(other.restored).isZero();
    }

    @Test
    void anImageThatIsGoneStopsTheMember() {
        Snapshot named = snapshot(new LogPosition(1, 4), new StateImage(10, "0".repeat(64), List.of()));
        applier(machine, images, named);
        await().atMost(LONG).until(() -> !failures.isEmpty());
        assertThat(failures).singleElement().asString().contains("the image of entry 4 is not there");
    }

    private static Snapshot snapshot(LogPosition last, StateImage image) {
        Membership membership =
                new Membership("c-1", 1_700_000_000L, List.of(new EnrolledMember("a", MemberKind.DATA, "a-1", 1)));
        return new Snapshot(last, membership, List.of(), 0, image);
    }

    /** Images whose bytes are not what they were, if they are damaged. */
    private record Watched(StateImages sound, boolean damaged, AtomicInteger retained) implements StateImages {

        @Override
        public Writing write(LogPosition last) throws IOException {
            return sound.write(last);
        }

        @Override
        public Receiving receive(LogPosition last, StateImage image, String sender) throws IOException {
            return sound.receive(last, image, sender);
        }

        @Override
        public Reading open(LogPosition last, StateImage image) throws IOException {
            Reading reading = sound.open(last, image);
            return new Reading() {
                @Override
                public void verify() throws IOException {
                    if (!damaged) {
                        reading.verify();
                        return;
                    }
                    throw new IOException("its bytes are not those that the name says");
                }

                @Override
                public byte[] read(long offset, int length) throws IOException {
                    return reading.read(offset, length);
                }

                @Override
                public void close() throws IOException {
                    reading.close();
                }
            };
        }

        @Override
        public void retain(Set<LogPosition> keep) throws IOException {
            sound.retain(keep);
            retained.incrementAndGet();
        }
    }
}
