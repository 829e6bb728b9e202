package io.election.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import io.election.LogEntry;
import io.election.ReplicatedValue;
import io.election.StateMachine;
import io.election.StoredValue;
import io.election.WriteId;
import io.election.WriteResult;
import io.election.WriteResult.Reason;
import io.election.Writers;
import io.election.core.FoundingSettings;
import io.election.core.Journal;
import io.election.core.ReplicationSettings;
import io.election.journal.MemoryJournal;
import io.election.memory.Memory;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Whole members with a memory, over a network in this process: what slow, failing and different machines cost. */
class NodeMemoryTests {

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Duration LONG = Duration.ofMinutes(10);
    private static final List<String> ALONE = List.of("a");
    private static final List<String> THREE = List.of("a", "b", "c");

    private final LocalNetwork network = new LocalNetwork();
    private final Map<String, MemoryMember> members = new TreeMap<>();
    private final Map<String, Machine> machines = new TreeMap<>();

    /** Keeps the texts that it is given. */
    private static final class Machine implements StateMachine {

        private final List<String> texts = new CopyOnWriteArrayList<>();
        private final CountDownLatch goesOn = new CountDownLatch(1);
        private volatile boolean fails;
        private volatile boolean differs;

        @Override
        public Set<String> types() {
            return Set.of("text/1");
        }

        @Override
        public byte[] apply(LogEntry entry) {
            byte[] data = new byte[entry.data().remaining()];
            entry.data().get(data);
            String text = new String(data, StandardCharsets.UTF_8);
            if (fails) {
                throw new IllegalStateException("no room for " + text);
            }
            if (text.startsWith("wait")) {
                try {
                    goesOn.await();
                } catch (InterruptedException torn) {
                    throw new IllegalStateException(torn);
                }
            }
            texts.add(text);
            return data;
        }

        @Override
        public Image capture() {
            byte[] all = String.join("\n", texts).getBytes(StandardCharsets.UTF_8);
            return out -> out.write(all);
        }

        @Override
        public void restore(InputStream image) throws IOException {
            texts.clear();
            texts.addAll(new String(image.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList());
        }

        @Override
        public void reset() {
            texts.clear();
        }

        @Override
        public OptionalLong digest() {
            return OptionalLong.of(texts.size() + (differs ? 1 : 0));
        }
    }

    @AfterEach
    void closeAll() {
        machines.values().forEach(machine -> machine.goesOn.countDown());
        members.values().forEach(MemoryMember::close);
        network.close();
    }

    private static ReplicationSettings ofMachine(long mostUnapplied) {
        return new ReplicationSettings(
                Memory.typesOf(new Machine()), 1_000_000, 1L << 30, 0, 0, 1 << 20, 3, mostUnapplied, 2);
    }

    private MemoryMember startMachine(
            String id, List<String> ids, long mostUnapplied, Duration writes, Duration handover) {
        Machine machine = new Machine();
        machines.put(id, machine);
        MemoryMember member = MemoryMember.start(
                MemoryMember.election(id, ids, handover, FoundingSettings.ON_DISK),
                ofMachine(mostUnapplied),
                machine,
                writes,
                new TestJournal(),
                network.of(id),
                Map.of());
        members.put(id, member);
        return member;
    }

    private MemoryMember startStore(String id, List<String> ids, Journal journal, FoundingSettings founding) {
        MemoryMember member = MemoryMember.start(
                MemoryMember.election(id, ids, Duration.ofSeconds(30), founding),
                MemoryMember.ofStore(1_000_000),
                null,
                LONG,
                journal,
                network.of(id),
                Map.of());
        members.put(id, member);
        return member;
    }

    private String leader() {
        await().atMost(PATIENCE)
                .until(() -> members.values().stream()
                        .anyMatch(member -> member.leadership().isLeader()));
        return members.entrySet().stream()
                .filter(entry -> entry.getValue().leadership().isLeader())
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseGet(this::leader);
    }

    private static <T> T ended(CompletionStage<T> stage) {
        return stage.toCompletableFuture()
                .orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                .join();
    }

    private static CompletionStage<WriteResult<byte[]>> write(MemoryMember on, String text) {
        return on.log().appendWithoutToken("text/1", text.getBytes(StandardCharsets.UTF_8));
    }

    private static ReplicatedValue<String> flag(MemoryMember on) {
        return on.store().value("flag", String.class, Writers.ANY_MEMBER);
    }

    // ------------------------------------------------------------------------------------------------ slow

    /** The writers are told. Neither the election nor whoever asks whether it leads waits for the machine. */
    @Test
    void aMachineThatStandsStillHoldsUpItsWritersAndNothingElse() {
        MemoryMember a = startMachine("a", ALONE, 5_000, Duration.ofSeconds(2), Duration.ofSeconds(30));
        leader();
        assertThat(ended(write(a, "first")).wasApplied()).isTrue();

        CompletionStage<WriteResult<byte[]>> slow = write(a, "wait");
        List<CompletionStage<WriteResult<byte[]>>> more = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            more.add(write(a, "x".repeat(500)));
        }
        assertThat(more)
                .map(NodeMemoryTests::ended)
                .as("what was not appended is refused, and that is said")
                .anyMatch(
                        result -> result instanceof WriteResult.NotApplied<byte[]> not && not.reason() == Reason.BUSY);
        assertThat(a.leadership().isLeader()).isTrue();
        WriteResult<byte[]> unknown = ended(slow);
        assertThat(unknown).isInstanceOf(WriteResult.Unknown.class);
        assertThat(machines.get("a").texts).containsExactly("first");

        machines.get("a").goesOn.countDown();
        WriteId id = ((WriteResult.Unknown<byte[]>) unknown).id();
        await().atMost(PATIENCE)
                .untilAsserted(() ->
                        assertThat(ended(a.log().askAgain(id)).wasApplied()).isTrue());
        assertThat(machines.get("a").texts).filteredOn("wait"::equals).hasSize(1);
        await().atMost(PATIENCE).until(() -> ended(write(a, "last")).wasApplied());
    }

    /** One machine must not be driven by two runs. */
    @Test
    void isNotStartedAgainWhileItsMachineHasNotReturned() {
        MemoryMember a = startMachine("a", ALONE, 1 << 20, LONG, Duration.ofSeconds(1));
        leader();
        write(a, "wait");
        await().atMost(PATIENCE).until(() -> a.node().status().view().last().index() >= 3);
        a.node().stop().toCompletableFuture().join();
        assertThatIllegalStateException()
                .isThrownBy(() -> a.node().start())
                .withMessageContaining("its state machine has not returned");
        machines.get("a").goesOn.countDown();
        await().atMost(PATIENCE).ignoreExceptions().until(() -> {
            a.node().start();
            return true;
        });
        a.node().ready();
        leader();
        await().atMost(PATIENCE).until(() -> machines.get("a").texts.contains("wait"));
    }

    // ------------------------------------------------------------------------------------------------ failing

    @Test
    void aMemberWhoseMachineThrowsLeadsNoMoreButStoresAndAcknowledges() {
        THREE.forEach(id -> startMachine(id, THREE, 1 << 20, LONG, Duration.ofSeconds(30)));
        String failed = leader();
        assertThat(ended(write(members.get(failed), "first")).wasApplied()).isTrue();
        machines.get(failed).fails = true;
        // Its entry is applied by the others. Who fails knows nothing of it any more.
        WriteResult<byte[]> result = ended(write(members.get(failed), "second"));
        assertThat(result.wasApplied()).isFalse();
        await().atMost(PATIENCE).until(() -> !members.get(failed).leadership().isLeader());
        String next = leader();
        assertThat(next).isNotEqualTo(failed);
        await().atMost(PATIENCE).until(() -> machines.get(next).texts.contains("second"));

        // Only those two are left, so what is acknowledged is on the disk of the one that failed.
        String third = THREE.stream()
                .filter(id -> !id.equals(failed) && !id.equals(next))
                .findFirst()
                .orElseThrow();
        network.cutOff(third);
        assertThat(ended(write(members.get(next), "third")).wasApplied()).isTrue();
        assertThat(members.get(next).leadership().isLeader()).isTrue();
        assertThat(machines.get(failed).texts).containsExactly("first");
    }

    @Test
    void aMemberWhoseStateDiffersFromItsLeadersStopsApplyingAndSaysSo() {
        THREE.forEach(id -> startMachine(id, THREE, 16 << 20, LONG, Duration.ofSeconds(30)));
        String leader = leader();
        String other =
                THREE.stream().filter(id -> !id.equals(leader)).findFirst().orElseThrow();
        machines.get(other).differs = true;
        List<CompletionStage<WriteResult<byte[]>>> writes = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            writes.add(write(members.get(leader), "w" + i));
        }
        writes.forEach(NodeMemoryTests::ended);
        for (int i = 0; i < 100; i++) {
            ended(write(members.get(leader), "more" + i));
        }
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(ended(write(members.get(other), "mine")))
                        .isInstanceOfSatisfying(WriteResult.NotApplied.class, not -> {
                            assertThat(not.reason()).isEqualTo(Reason.UNAVAILABLE);
                            assertThat(not.detail()).contains("differs from its leader's");
                        }));
        assertThat(members.get(leader).leadership().isLeader()).isTrue();
        assertThat(ended(write(members.get(leader), "last")).wasApplied()).isTrue();
    }

    // ------------------------------------------------------------------------------------------------ founded anew

    @Test
    void membersThatForgetFoundAnEmptyMemoryOfAHigherGeneration() {
        THREE.forEach(id -> startStore(id, THREE, MemoryJournal.newAtEachStart(), FoundingSettings.IN_MEMORY));
        MemoryMember first = members.get(leader());
        long version = ended(flag(first).set("on")).orElseThrow();
        StoredValue<String> before = flag(first).get();
        assertThat(before.value()).isEqualTo("on");
        assertThat(before.generation()).isPositive();
        members.values().forEach(MemoryMember::close);
        members.clear();

        THREE.forEach(id -> startStore(id, THREE, MemoryJournal.newAtEachStart(), FoundingSettings.IN_MEMORY));
        MemoryMember second = members.get(leader());
        StoredValue<String> after = ended(flag(second).read(PATIENCE));
        assertThat(after.value()).isNull();
        assertThat(after.version()).isZero();
        assertThat(after.generation()).isGreaterThan(before.generation());
        assertThat(ended(second.store()
                        .value("flag", String.class, Writers.ANY_MEMBER)
                        .compareAndSet(version, "a version of the lost memory")))
                .isInstanceOfSatisfying(
                        WriteResult.NotApplied.class,
                        not -> assertThat(not.reason()).isEqualTo(Reason.CONFLICT));
    }

    // ------------------------------------------------------------------------------------------------ handed over

    /** Work that was begun under a leadership writes until it is done. Its successor leads with all of it. */
    @Test
    void workThatIsStillRunningWritesDuringAHandoverAndItsSuccessorHasAllOfIt() throws Exception {
        THREE.forEach(id -> startStore(id, THREE, new TestJournal(), FoundingSettings.ON_DISK));
        MemoryMember old = members.get(leader());
        ReplicatedValue<Integer> progress = old.store().value("progress", Integer.class);
        CountDownLatch handsOver = new CountDownLatch(1);
        CountDownLatch wroteLast = new CountDownLatch(1);
        List<WriteResult<Long>> results = new CopyOnWriteArrayList<>();
        Thread work = new Thread(() -> old.leadership().runWhileLeading(() -> {
            results.add(ended(progress.set(1)));
            handsOver.countDown();
            // Until its leadership is seen to end, and a while longer: the work is counted.
            await().atMost(PATIENCE).until(() -> !old.leadership().isLeader());
            for (int step = 2; step <= 5; step++) {
                results.add(ended(progress.set(step)));
            }
            wroteLast.countDown();
        }));
        work.start();
        assertThat(handsOver.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        ended(old.leadership().handOver(null));
        assertThat(wroteLast.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        work.join(PATIENCE.toMillis());

        assertThat(results).hasSize(5).allMatch(WriteResult::wasApplied);
        await().atMost(PATIENCE)
                .until(() -> members.values().stream()
                        .anyMatch(member -> member != old && member.leadership().isLeader()));
        MemoryMember successor = members.get(leader());
        assertThat(successor.store().value("progress", Integer.class).get().value())
                .as("what is there without another read, from the first moment of the leadership on")
                .isEqualTo(5);
    }

    // ------------------------------------------------------------------------------------------------ without

    @Test
    void aMemberWithoutAMemoryIsNotStartedOnWhatOthersWrote() {
        TestJournal journal = new TestJournal();
        MemoryMember a = startStore("a", ALONE, journal, FoundingSettings.ON_DISK);
        leader();
        assertThat(ended(flag(a).set("on")).wasApplied()).isTrue();
        a.close();
        members.clear();
        ElectionNode without = new ElectionNode(
                new NodeSettings(
                        MemoryMember.election("a", ALONE, LONG, FoundingSettings.ON_DISK),
                        false,
                        Map.of(),
                        Map.of(),
                        false),
                journal,
                network.of("a"),
                NodeClock.SYSTEM,
                new NoListener(),
                List.of());
        assertThatIllegalStateException().isThrownBy(without::start).withMessageContaining("this application has none");
    }
}
