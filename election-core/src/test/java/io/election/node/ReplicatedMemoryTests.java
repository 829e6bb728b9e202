package io.election.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.election.FencingToken;
import io.election.FreePorts;
import io.election.ReplicatedValue;
import io.election.StoredValue;
import io.election.WriteResult;
import io.election.WriteResult.Reason;
import io.election.Writers;
import io.election.journal.JournalException;
import io.election.machine.StoreLimits;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three members with a store, over HTTP, with journals on disk. */
class ReplicatedMemoryTests {

    private static final Duration LONG = Duration.ofMinutes(2);

    /** What a job keeps of how far it is. */
    record Progress(int step, String note) {}

    @TempDir
    private Path directory;

    private final Map<String, URI> urls = new TreeMap<>();
    private final Map<String, ElectionMember> members = new TreeMap<>();

    @BeforeEach
    void choosePorts() throws IOException {
        for (String id : List.of("a", "b", "c")) {
            urls.put(id, URI.create("http://127.0.0.1:" + FreePorts.next()));
        }
    }

    @AfterEach
    void closeAll() {
        members.values().forEach(ElectionMember::close);
    }

    private void start(String id) throws JournalException {
        start(id, true);
    }

    private void start(String id, boolean withStore) throws JournalException {
        ElectionMember.Builder builder = ElectionMember.builder("orders", id)
                .port(InetAddress.getLoopbackAddress(), urls.get(id).getPort())
                .secret("a secret of the test")
                // For a machine that stands still for seconds.
                .timing(Duration.ofSeconds(4), Duration.ofMillis(100), Duration.ofSeconds(3))
                .directory(directory.resolve(id));
        if (withStore) {
            builder.store(new StoreLimits(100, 60_000, 1 << 20));
        }
        urls.forEach(builder::member);
        members.put(id, builder.start());
    }

    private void startAll() throws JournalException {
        for (String id : urls.keySet()) {
            start(id);
        }
    }

    private ElectionMember leader() {
        await().atMost(LONG)
                .until(() -> members.values().stream()
                        .anyMatch(member -> member.leadership().isLeader()));
        return members.values().stream()
                .filter(member -> member.leadership().isLeader())
                .findFirst()
                .orElseGet(this::leader);
    }

    private ElectionMember follower() {
        ElectionMember leader = leader();
        return members.values().stream()
                .filter(member -> member != leader)
                .findFirst()
                .orElseThrow();
    }

    private static <T> T ended(CompletionStage<T> stage) {
        return stage.toCompletableFuture()
                .orTimeout(LONG.toSeconds(), TimeUnit.SECONDS)
                .join();
    }

    private static ReplicatedValue<Progress> progress(ElectionMember on) {
        return on.store().value("import/progress", Progress.class);
    }

    private static ReplicatedValue<String> flag(ElectionMember on) {
        return on.store().value("flag", String.class, Writers.ANY_MEMBER);
    }

    @Test
    void whatTheLeaderWritesIsReadOnEveryMemberAndOutlivesIt() throws Exception {
        startAll();
        ElectionMember first = leader();
        long version = ended(progress(first).set(new Progress(1, "begun"))).orElseThrow();
        for (ElectionMember member : members.values()) {
            StoredValue<Progress> read = ended(progress(member).read(LONG));
            assertThat(read.value()).isEqualTo(new Progress(1, "begun"));
            assertThat(read.version()).isEqualTo(version);
            assertThat(read.age()).isEqualTo(Duration.ZERO);
        }
        FencingToken old = first.leadership().fencingToken();
        String firstId = first.operations().status().nodeId();
        first.close();
        members.remove(firstId);

        ElectionMember second = leader();
        StoredValue<Progress> kept = progress(second).get();
        assertThat(kept.value()).isEqualTo(new Progress(1, "begun"));
        assertThat(ended(progress(second).set(new Progress(9, "too late"), old)))
                .isInstanceOfSatisfying(
                        WriteResult.NotApplied.class,
                        not -> assertThat(not.reason()).isEqualTo(Reason.STALE_TOKEN));
        assertThat(ended(progress(second).compareAndSet(version, new Progress(2, "goes on")))
                        .wasApplied())
                .isTrue();
        assertThat(ended(progress(second).compareAndSet(version, new Progress(3, "again"))))
                .isInstanceOfSatisfying(
                        WriteResult.NotApplied.class,
                        not -> assertThat(not.reason()).isEqualTo(Reason.CONFLICT));
    }

    @Test
    void aFollowersWritesGoToTheLeaderAndItsListenersHear() throws Exception {
        startAll();
        ElectionMember follower = follower();
        List<String> heard = new CopyOnWriteArrayList<>();
        flag(follower).onChange(stored -> heard.add(String.valueOf(stored.value())));
        long version = ended(flag(follower).set("on")).orElseThrow();
        assertThat(ended(flag(follower).get(version, LONG)).value()).isEqualTo("on");
        assertThat(ended(flag(leader()).read(LONG)).value()).isEqualTo("on");
        await().atMost(LONG).untilAsserted(() -> assertThat(heard).contains("on"));
        assertThat(ended(progress(follower).set(new Progress(1, "as a follower"))))
                .isInstanceOfSatisfying(
                        WriteResult.NotApplied.class,
                        not -> assertThat(not.reason()).isEqualTo(Reason.NOT_LEADER));
        assertThat(ended(flag(follower).remove()).wasApplied()).isTrue();
        await().atMost(LONG).untilAsserted(() -> assertThat(heard).contains("null"));
    }

    @Test
    @Tag("thorough")
    void theStatusShowsHowFarEachMemberIs() throws Exception {
        startAll();
        ElectionMember leader = leader();
        long version = ended(flag(leader).set("on")).orElseThrow();
        await().atMost(LONG).untilAsserted(() -> {
            MemoryStatus memory = memoryOf(leader);
            assertThat(memory.members()).extracting(MemoryStatus.Member::id).containsExactly("a", "b", "c");
            assertThat(memory.members())
                    .allSatisfy(member -> assertThat(member.appliedIndex()).isGreaterThanOrEqualTo(version))
                    .allSatisfy(member -> assertThat(member.lag()).isZero());
        });
        MemoryStatus memory = memoryOf(leader);
        assertThat(memory.keeps()).isEqualTo("store");
        assertThat(memory.values().count()).isEqualTo(1);
        assertThat(memory.values().bytes()).isPositive();
        assertThat(memory.snapshot()).isEqualTo(new MemoryStatus.Snapshot(0, null, null));
        assertThat(memory.failure()).isNull();
        assertThat(memoryOf(follower()).members()).hasSize(1);
        assertThat(leader.operations().status().memoryDiffers()).isNull();
    }

    private static MemoryStatus memoryOf(ElectionMember member) {
        return Objects.requireNonNull(member.operations().status().memory());
    }

    @Test
    @Tag("thorough")
    void membersThatDifferSaySo() throws Exception {
        start("a", true);
        start("b", true);
        start("c", false);
        ElectionMember leader = leader();
        String id = leader.operations().status().nodeId();
        assertThat(members.get("c").operations().status().memory()).isNull();
        await().atMost(LONG).untilAsserted(() -> {
            assertThat(leader.operations().status().memoryDiffers())
                    .isEqualTo(
                            id.equals("c")
                                    ? "'a', 'b' with a replicated memory, and this member has none"
                                    : "'c' without a replicated memory, and this member has one");
            ElectionMember other = members.get(id.equals("c") ? "a" : "c");
            assertThat(other.operations().status().memoryDiffers()).startsWith("'" + id + "' with");
        });
        WriteResult<Long> result = ended(members.get(id.equals("a") ? "b" : "a")
                .store()
                .value("flag", String.class, Writers.ANY_MEMBER)
                .set("on"));
        assertThat(result)
                .isInstanceOfSatisfying(
                        WriteResult.NotApplied.class,
                        not -> assertThat(not.reason()).isIn(Reason.NOT_READ, Reason.UNAVAILABLE, Reason.NO_LEADER));
    }

    @Test
    void everythingIsThereAfterAllHaveStoppedAndStarted() throws Exception {
        startAll();
        List<CompletionStage<WriteResult<Long>>> writes = new ArrayList<>();
        ElectionMember leader = leader();
        for (int i = 0; i < 200; i++) {
            writes.add(leader.store().value("value-" + i, Integer.class).set(i));
        }
        writes.forEach(write -> assertThat(ended(write).wasApplied()).isTrue());
        closeAll();
        members.clear();
        startAll();
        ElectionMember again = leader();
        for (int i = 0; i < 200; i++) {
            assertThat(again.store().value("value-" + i, Integer.class).get().value())
                    .isEqualTo(i);
        }
    }

    /** Nobody knows after that what of the log was committed, and it is longer than any leader leaves uncommitted. */
    @Test
    @Tag("thorough")
    void allStartAgainWithALongLogBehindTheirImage() throws Exception {
        startAll();
        String text = "x".repeat(50_000);
        // On a busy machine a leadership may end in between.
        AtomicInteger applied = new AtomicInteger();
        await().atMost(LONG).until(() -> {
            ReplicatedValue<String> large = leader().store().value("large", String.class);
            List<CompletionStage<WriteResult<Long>>> writes = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                writes.add(large.set(text));
            }
            writes.forEach(write -> applied.addAndGet(ended(write).wasApplied() ? 1 : 0));
            return applied.get() >= 360;
        });
        assertThat(memoryOf(leader()).snapshot().index()).as("no image was due").isZero();
        closeAll();
        members.clear();

        startAll();

        ElectionMember again = leader();
        assertThat(again.store().value("large", String.class).get().value()).isEqualTo(text);
        await().atMost(LONG).until(() -> ended(flag(leader()).set("on")).wasApplied());
        for (ElectionMember member : members.values()) {
            await().atMost(LONG)
                    .untilAsserted(() -> assertThat(flag(member).get().value()).isEqualTo("on"));
        }
    }

    @Test
    @Tag("thorough")
    void whatIsTooLargeIsRefusedToTheWriterAlone() throws Exception {
        startAll();
        ElectionMember leader = leader();
        ReplicatedValue<byte[]> large = leader.store().value("large", byte[].class);
        assertThat(ended(large.set(new byte[60_001])))
                .isInstanceOfSatisfying(
                        WriteResult.NotApplied.class,
                        not -> assertThat(not.reason()).isEqualTo(Reason.TOO_LARGE));
        for (int i = 0; i < 20; i++) {
            WriteResult<Long> result =
                    ended(leader.store().value("large-" + i, byte[].class).set(new byte[60_000]));
            if (!result.wasApplied()) {
                assertThat(result)
                        .isInstanceOfSatisfying(
                                WriteResult.NotApplied.class,
                                not -> assertThat(not.reason()).isEqualTo(Reason.STORE_FULL));
                assertThat(i).isGreaterThan(15);
                return;
            }
        }
        throw new AssertionError("the store took more than it may hold");
    }
}
