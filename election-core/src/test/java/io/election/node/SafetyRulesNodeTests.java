package io.election.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.mockito.Mockito.mock;

import io.election.FencingToken;
import io.election.LeaderChangedEvent;
import io.election.LeaderElectedEvent;
import io.election.LeaderWork;
import io.election.Leadership;
import io.election.NotLeaderException;
import io.election.StepDownEvent;
import io.election.StepDownReason;
import io.election.core.ClockReading;
import io.election.core.DurableRecord;
import io.election.core.DurableState;
import io.election.core.Effect;
import io.election.core.Election;
import io.election.core.ElectionMachine;
import io.election.core.ElectionSettings;
import io.election.core.ElectionView;
import io.election.core.HardState;
import io.election.core.Header;
import io.election.core.Input;
import io.election.core.Journal;
import io.election.core.Lease;
import io.election.core.LogPosition;
import io.election.core.Member;
import io.election.core.MemberKind;
import io.election.core.Output;
import io.election.core.Phase;
import io.election.core.Refusal;
import io.election.core.RefusalReason;
import io.election.core.Request;
import io.election.core.Response;
import io.election.core.StateImages;
import io.election.journal.FileJournal;
import io.election.journal.MemoryJournal;
import io.election.peer.PeerCallback;
import io.election.peer.PeerHandler;
import io.election.peer.PeerTransport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the safety rules ask of the parts around the core: the lease as it is read, the loop, and the disk's thread. */
class SafetyRulesNodeTests {

    private static final Duration T = Duration.ofSeconds(1);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final SetClock clock = new SetClock();

    @Nested
    class Rule1DurableFirst {

        /** Two votes wait for a write each: when the first write is done the first vote leaves, and only that. */
        @Test
        void aVoteLeavesWithItsOwnWriteAndNotWithTheOneBefore() {
            SteppedJournal journal = new SteppedJournal();
            Peer b = new Peer();
            ElectionNode node = node(journal, b);
            node.start();
            clock.advance(T.multipliedBy(2));
            List<Long> votes = new CopyOnWriteArrayList<>();
            Consumer<Response> voted = answer -> votes.add(((Response.Vote) answer).term());

            b.handler().handle(b.wishesToFound(Phase.VOTE, 1), voted);
            await().atMost(PATIENCE).until(() -> journal.begun() == 1);
            clock.advance(T.multipliedBy(2));
            b.handler().handle(b.wishesToFound(Phase.VOTE, 2), voted);
            awaitTheLoop(node);
            journal.finishOne();
            await().atMost(PATIENCE).until(() -> journal.begun() == 2);
            await().atMost(PATIENCE).until(() -> !votes.isEmpty());
            awaitTheLoop(node);

            assertThat(votes).containsExactly(1L);
            journal.finishOne();
            await().atMost(PATIENCE).until(() -> votes.size() == 2);
            assertThat(votes).containsExactly(1L, 2L);
        }

        /** The loop takes one input after the other: once it has answered a wish, all that came before is done. */
        private void awaitTheLoop(ElectionNode node) {
            await().atMost(PATIENCE).until(node.leadership().handOver(null).toCompletableFuture()::isDone);
        }
    }

    @Nested
    class Rule5BoundMeansBound {

        /** A process that had the directory until now may have promised something a moment ago. */
        @Test
        void theBondOfAStartRunsFromTheLockingAndNotFromTheMakingOfTheNode(@TempDir Path temp) throws IOException {
            FileJournal.open(temp, "orders", "a").close();
            Peer b = new Peer();
            ElectionNode node = node(FileJournal.at(temp, "orders", "a"), b);
            clock.advance(T.multipliedBy(3));
            node.start();

            assertThat(reasonOfRefusal(b, 1)).isEqualTo(RefusalReason.BOUND);
            clock.advance(T);
            assertThat(reasonOfRefusal(b, 2)).isNull();
            node.stop().toCompletableFuture().join();

            clock.advance(T.multipliedBy(3));
            node.start();
            assertThat(reasonOfRefusal(b, 3)).isEqualTo(RefusalReason.BOUND);
        }

        @Test
        void theTimeSinceAnEarlyLockingCountsForTheBond(@TempDir Path temp) throws IOException {
            FileJournal.open(temp, "orders", "a").close();
            FileJournal journal = FileJournal.at(temp, "orders", "a");
            journal.lockIfPresent();
            Peer b = new Peer();
            ElectionNode node = node(journal, b);
            clock.advance(T.multipliedBy(3));
            node.start();

            assertThat(reasonOfRefusal(b, 1)).isNull();
        }

        private @Nullable RefusalReason reasonOfRefusal(Peer b, long term) {
            AtomicReference<@Nullable Response> answer = new AtomicReference<>();
            b.handler().handle(b.wishesToFound(Phase.PRE_VOTE, term), answer::set);
            await().atMost(PATIENCE).until(() -> answer.get() != null);
            Refusal refusal = Objects.requireNonNull(answer.get()).refusal();
            return refusal == null ? null : refusal.reason();
        }
    }

    @Nested
    class Rule8LeaseAndLeadership {

        private final AtomicInteger lapses = new AtomicInteger();

        private LeaseCell cell(NodeClock read) {
            return new LeaseCell(
                    3,
                    FencingToken.of(1, 3),
                    endingIn(Duration.ofMillis(750)),
                    read,
                    lapses::incrementAndGet,
                    () -> {});
        }

        private Lease endingIn(Duration time) {
            return new Lease(
                    new ClockReading(clock.monotonicNanos() + time.toNanos(), clock.wallMillis() + time.toMillis()));
        }

        @Test
        void aReaderThatFindsTheLeaseRunOutEndsItForGood() {
            LeaseCell cell = cell(clock);
            clock.advance(Duration.ofMillis(750));

            assertThat(cell.holds()).isFalse();
            assertThat(cell.extend(endingIn(Duration.ofMillis(750)))).isFalse();
            assertThat(cell.holds()).isFalse();
            assertThat(lapses).hasValue(1);
        }

        @Test
        void anExtensionInTimeIsTaken() {
            LeaseCell cell = cell(clock);
            clock.advance(Duration.ofMillis(500));

            assertThat(cell.extend(endingIn(Duration.ofMillis(750)))).isTrue();
            clock.advance(Duration.ofMillis(500));
            assertThat(cell.holds()).isTrue();
            assertThat(lapses).hasValue(0);
        }

        /** The lease is given up, and another member may lead, while a reader sits between the clocks and its answer. */
        @Test
        void aLeaseGivenUpWhileTheClocksAreReadDoesNotHold() {
            LeaseCell[] cell = new LeaseCell[1];
            cell[0] = cell(new NodeClock() {
                @Override
                public long monotonicNanos() {
                    return clock.monotonicNanos();
                }

                @Override
                public long wallMillis() {
                    cell[0].end();
                    return clock.wallMillis();
                }
            });

            assertThat(cell[0].holds()).isFalse();
        }

        /** What waits for no disk leaves in the same step in which the leadership ends. */
        @Test
        void notLeaderIsVisibleBeforeAnythingLeavesTheProcess() {
            Peer b = new Peer();
            ElectionNode node = node(new MemoryJournal(), b);
            node.start();
            node.ready();
            clock.passUntil(node.leadership()::isLeader);
            NodeStatus leading = node.status();
            List<Boolean> leaderWhenItLeft = new CopyOnWriteArrayList<>();

            b.handler()
                    .handle(
                            new Request.Heartbeat(b.header(leading.clusterId(), 1), leading.term(), T, 0, null),
                            answer -> leaderWhenItLeft.add(node.leadership().isLeader()));

            await().atMost(PATIENCE).until(() -> !leaderWhenItLeft.isEmpty());
            assertThat(leaderWhenItLeft).containsExactly(false);
        }

        /** A pause that the loop sleeps through: whoever asks is told the truth all the same. */
        @Test
        void aLeaseIsJudgedWhenSomebodyAsksThoughTheLoopHangs() {
            AtomicBoolean hangs = new AtomicBoolean();
            CountDownLatch hanging = new CountDownLatch(1);
            CountDownLatch goOn = new CountDownLatch(1);
            ElectionNode node = node(new MemoryJournal(), new Peer() {
                @Override
                public void send(Request request, PeerCallback callback) {
                    if (hangs.get()) {
                        hanging.countDown();
                        await().atMost(PATIENCE).until(() -> goOn.getCount() == 0);
                    }
                    super.send(request, callback);
                }
            });
            node.start();
            node.ready();
            clock.passUntil(node.leadership()::isLeader);
            hangs.set(true);
            clock.advance(T.dividedBy(10));
            await().atMost(PATIENCE).until(() -> hanging.getCount() == 0);
            try {
                assertThat(node.leadership().isLeader()).isTrue();
                clock.advance(T);

                assertThat(node.leadership().isLeader()).isFalse();
                assertThat(node.leadership().state().leader()).isFalse();
                assertThatThrownBy(node.leadership()::fencingToken).isInstanceOf(NotLeaderException.class);
            } finally {
                hangs.set(false);
                goOn.countDown();
            }
        }

        /** Nobody closed it before, as after a handover that did not end in time: what it led ends with it all the same. */
        @Test
        void aLoopThatIsStoppedWhileItLeadsTakesItsLeaseAlong() throws InterruptedException {
            AtomicReference<@Nullable Published> seen = new AtomicReference<>();
            NodeLoop loop = loop(new Peer(), seen);
            LeaseCell led = lead(loop, seen);
            LeaderWork work = Objects.requireNonNull(led.begin(mock(Leadership.class)));

            assertThat(loop.stop(PATIENCE)).isTrue();

            assertThat(led.holds()).isFalse();
            assertThat(led.begin(mock(Leadership.class))).isNull();
            assertThat(work.end()).isFalse();
        }

        /** The lease would hold for long: the clocks stand still. */
        @Test
        void aLoopThatDiesOfAnErrorLeadsNoLongerBeforeItsListenersHearOfIt() {
            AtomicBoolean broken = new AtomicBoolean();
            ElectionNode node = node(new MemoryJournal(), new Peer() {
                @Override
                public void send(Request request, PeerCallback callback) {
                    if (broken.get()) {
                        throw new NoClassDefFoundError("a part of the transport");
                    }
                    super.send(request, callback);
                }
            });
            node.start();
            node.ready();
            clock.passUntil(node.leadership()::isLeader);
            await().atMost(PATIENCE).until(() -> heard.size() == 1);
            LeaderWork work = node.leadership().beginWork();
            broken.set(true);

            clock.advance(T.dividedBy(10));
            await().atMost(PATIENCE).until(() -> heard.size() == 2);

            assertThat(heard.get(1))
                    .isEqualTo(new StepDownEvent("orders", "a", work.term(), StepDownReason.INTERNAL_ERROR));
            assertThat(node.leadership().isLeader()).isFalse();
            assertThat(node.leadership().state().leader()).isFalse();
            assertThat(node.status().leader()).isFalse();
            assertThatThrownBy(node.leadership()::fencingToken).isInstanceOf(NotLeaderException.class);
            assertThatThrownBy(node.leadership()::beginWork).isInstanceOf(NotLeaderException.class);
            assertThat(work.end()).isFalse();
        }

        /** Here: the answer to a proposal, which no node makes. */
        @Test
        void anEffectThatNothingCarriesOutStopsTheMemberInsteadOfGettingLost() {
            ElectionFactory proposing = (settings, journal, now) -> {
                ElectionMachine real = ElectionFactory.REAL.create(settings, journal, now);
                return new ElectionMachine() {
                    @Override
                    public Output step(Input input, ClockReading at) {
                        Output output = real.step(input, at);
                        List<Effect> effects = new ArrayList<>(output.effects());
                        effects.add(new Effect.ProposalAnswered(1, 1));
                        return new Output(effects, output.wakeAtNanos());
                    }

                    @Override
                    public ElectionView view(ClockReading at) {
                        return real.view(at);
                    }
                };
            };
            ElectionNode node = new ElectionNode(
                    new NodeSettings(settings(), false, Map.of(), Map.of(), false),
                    proposing,
                    new MemoryJournal(),
                    new Peer(),
                    clock,
                    new Listener(),
                    List.of());
            nodes.add(node);
            node.start();
            await().atMost(PATIENCE).until(() -> node.status().failure() != null);
            assertThat(node.status().failure()).contains("nothing carries out the effect", "ProposalAnswered");
        }

        private LeaseCell lead(NodeLoop loop, AtomicReference<@Nullable Published> seen) {
            loop.start();
            loop.submit(new Input.Ready());
            clock.passUntil(() -> {
                Published latest = seen.get();
                return latest != null && latest.cell() != null;
            });
            LeaseCell led =
                    Objects.requireNonNull(Objects.requireNonNull(seen.get()).cell());
            assertThat(led.holds()).isTrue();
            return led;
        }
    }

    /** The promise outlasts the lease: in between the leader may be one no longer, and nobody is sent to it. */
    @Test
    void aFollowerHearsItsLeaderForALeaseAfterItsLatestMessage() {
        Peer b = new Peer();
        ElectionNode node = node(new MemoryJournal(), b);
        node.start();
        assertThat(node.hearsLeader()).as("nobody leads").isFalse();

        b.handler().handle(new Request.Heartbeat(b.header("c-1", 1), 1, T, 0, null), answer -> {});
        await().atMost(PATIENCE).until(node::hearsLeader);
        clock.advance(Duration.ofMillis(749));
        assertThat(node.hearsLeader()).isTrue();
        clock.advance(Duration.ofMillis(1));

        assertThat(node.leadership().state().leaderId()).as("bound to it still").isEqualTo("b");
        assertThat(node.hearsLeader()).isFalse();
    }

    @Test
    void aLeaderHearsItselfWhileItsLeaseHolds() {
        ElectionNode node = node(new MemoryJournal(), new Peer());
        node.start();
        node.ready();
        clock.passUntil(node.leadership()::isLeader);
        assertThat(node.hearsLeader()).isTrue();
        clock.advance(Duration.ofMillis(750));
        assertThat(node.hearsLeader()).isFalse();
    }

    @Nested
    class Rule13Disk {

        @Test
        void aVoteWhoseWriteFailsNeverLeaves() {
            Peer b = new Peer();
            ElectionNode node = node(new FailingJournal(), b);
            node.start();
            clock.advance(T.multipliedBy(2));
            List<Response> votes = new CopyOnWriteArrayList<>();
            List<Response> preVotes = new CopyOnWriteArrayList<>();

            b.handler().handle(b.wishesToFound(Phase.VOTE, 1), votes::add);
            await().atMost(PATIENCE).until(() -> node.status().storageFailure() != null || !votes.isEmpty());
            b.handler().handle(b.wishesToFound(Phase.PRE_VOTE, 2), preVotes::add);
            await().atMost(PATIENCE).until(() -> !preVotes.isEmpty());

            assertThat(votes).isEmpty();
            assertThat(((Response.Vote) preVotes.get(0)).refusal())
                    .extracting("reason")
                    .isEqualTo(RefusalReason.UNAVAILABLE);
        }

        @Test
        void nothingIsWrittenAfterAFailedWrite() throws InterruptedException {
            FailingJournal journal = new FailingJournal();
            journal.hold();
            List<String> outcomes = new CopyOnWriteArrayList<>();
            DiskWriter disk = new DiskWriter("disk", journal, new DiskWriter.Outcome() {
                @Override
                public void persisted(long write, Duration took) {
                    outcomes.add("persisted " + write);
                }

                @Override
                public void failed(Throwable cause) {
                    outcomes.add("failed");
                }
            });
            disk.start();
            disk.write(write(1));
            await().atMost(PATIENCE).until(() -> journal.appends() == 1);
            disk.write(write(2));
            journal.letGo();

            assertThat(disk.stop(PATIENCE)).isTrue();
            assertThat(journal.appends()).isEqualTo(1);
            assertThat(outcomes).containsExactly("failed");
        }

        /** Its vote is written and the others gave theirs: only the entry that opens the term does not reach the disk. */
        @Test
        void aLeaderWhoseOpeningEntryCannotBeWrittenNeverLeads() {
            Peer b = new Peer();
            MemoryJournal memory = new MemoryJournal();
            AtomicInteger failures = new AtomicInteger();
            Journal journal = new MemoryBackedJournal(memory) {
                @Override
                public void append(List<DurableRecord> records) throws IOException {
                    if (records.stream().anyMatch(DurableRecord.EntryAppended.class::isInstance)) {
                        failures.incrementAndGet();
                        throw new IOException("no space left");
                    }
                    memory.append(records);
                }
            };
            ElectionNode node = node(journal, b);
            node.start();
            node.ready();
            clock.passUntil(() -> node.status().storageFailure() != null);

            assertThat(memory.state().hardState().votedFor()).isEqualTo("a");
            assertThat(node.leadership().isLeader()).isFalse();
            isOut(node, b);
            clock.advance(T.multipliedBy(20));
            assertThat(node.leadership().isLeader()).isFalse();
            assertThat(heard).isEmpty();
            assertThat(failures).hasValue(1);
        }

        @Test
        void aDirectoryRemovedUnderALeaderEndsItsLeadership(@TempDir Path temp) throws IOException {
            Peer b = new Peer();
            Path directory = temp.resolve("a");
            FileJournal journal = FileJournal.open(directory, "orders", "a");
            ElectionNode node = node(journal, b);
            node.start();
            node.ready();
            clock.passUntil(node.leadership()::isLeader);
            await().atMost(PATIENCE).until(() -> heard.size() == 1);
            for (String name : List.of("journal", "journal." + journal.edition(), "mark", "lock")) {
                Files.delete(directory.resolve(name));
            }
            Files.delete(directory);

            // The leader has something to write: an entry that names the other one's new memory.
            b.incarnation = "b2";
            clock.advance(T.dividedBy(10));
            await().atMost(PATIENCE).until(() -> node.status().storageFailure() != null);

            assertThat(node.leadership().isLeader()).isFalse();
            assertThat(node.status().storageFailure())
                    .contains("neither votes, acknowledges nor leads any more")
                    .contains(directory.toString());
            isOut(node, b);
            await().atMost(PATIENCE).until(() -> heard.size() == 2);
            assertThat(((StepDownEvent) heard.get(1)).reason()).isEqualTo(StepDownReason.STORAGE_FAILED);
        }

        @Test
        void aVoteAfterWhichTheJournalCannotBeWrittenAnewIsKeptAndTheLast(@TempDir Path temp) throws IOException {
            int rewriteBytes = 2000;
            FileJournal journal = FileJournal.open(temp, "orders", "a", rewriteBytes);
            Path file = temp.resolve("journal." + journal.edition());
            DurableState before = journal.state();
            while (Files.size(file) < rewriteBytes - 50) {
                journal.append(List.of(new DurableRecord.HardStateChanged(before.hardState())));
            }
            Files.createDirectories(temp.resolve("journal.new").resolve("in-the-way"));
            Peer b = new Peer();
            ElectionNode node = node(journal, b);
            node.start();
            clock.advance(T.multipliedBy(2));
            List<Response> votes = new CopyOnWriteArrayList<>();

            b.handler().handle(b.wishesToFound(Phase.VOTE, 1), votes::add);
            await().atMost(PATIENCE).until(() -> node.status().storageFailure() != null && !votes.isEmpty());
            isOut(node, b);

            assertThat(votes)
                    .hasSize(1)
                    .allSatisfy(vote -> assertThat(vote.refusal()).isNull());
            assertThat(node.status().storageFailure()).contains("journal.new");
            node.stop().toCompletableFuture().join();
            Files.delete(temp.resolve("journal.new").resolve("in-the-way"));
            journal.close();
            try (FileJournal recovered = FileJournal.open(temp, "orders", "a", rewriteBytes)) {
                assertThat(recovered.state().hardState().votedFor())
                        .as("the vote was on disk before it left")
                        .isEqualTo("b");
            }
        }

        /** Whoever asks it for anything is told that it is out, and no term. */
        private void isOut(ElectionNode node, Peer b) {
            List<Response> answers = new CopyOnWriteArrayList<>();
            long term = node.status().term() + 5;
            b.handler().handle(b.wishesToFound(Phase.PRE_VOTE, term), answers::add);
            b.handler().handle(new Request.Heartbeat(b.header("c-1", term), term, T, 0, null), answers::add);
            await().atMost(PATIENCE).until(() -> answers.size() == 2);
            assertThat(answers)
                    .allSatisfy(answer -> assertThat(answer.refusal())
                            .isEqualTo(new Refusal(RefusalReason.UNAVAILABLE, null, null, null)));
            assertThat(((Response.Vote) answers.get(0)).term()).isZero();
            assertThat(((Response.Heartbeat) answers.get(1)).term()).isZero();
        }

        private Effect.Persist write(long number) {
            return new Effect.Persist(
                    number, List.of(new DurableRecord.HardStateChanged(new HardState(number, null, T))));
        }
    }

    private final List<ElectionNode> nodes = new CopyOnWriteArrayList<>();

    /** Elected and StepDown, in their order. */
    private final List<Object> heard = new CopyOnWriteArrayList<>();

    @AfterEach
    void stop() {
        nodes.forEach(node -> node.stop().toCompletableFuture().join());
    }

    private ElectionNode node(Journal journal, PeerTransport transport) {
        ElectionNode node = new ElectionNode(
                new NodeSettings(settings(), false, Map.of(), Map.of(), false),
                journal,
                transport,
                clock,
                new Listener(),
                List.of());
        nodes.add(node);
        return node;
    }

    private static ElectionSettings settings() {
        return new ElectionSettings(
                "orders",
                "a",
                List.of(new Member("a", MemberKind.DATA, 0, false), new Member("b", MemberKind.DATA, 0, false)),
                T,
                T.dividedBy(10),
                Duration.ofMillis(750),
                0.01,
                Duration.ofMillis(20),
                T,
                false,
                100);
    }

    /** A loop without the node around it, which would close it before it stops it. */
    private NodeLoop loop(PeerTransport transport, AtomicReference<@Nullable Published> seen) {
        MemoryJournal journal = new MemoryJournal();
        Election election =
                new Election(settings(), journal.incarnation(), journal.state(), clock.read(), new Random(1));
        ElectionView atTheStart = election.view(clock.read());
        Chronicle chronicle = new Chronicle("orders", "a", List.of());
        NodeLoop loop = new NodeLoop(
                "loop",
                settings(),
                election,
                journal,
                transport,
                clock,
                new EventDispatcher(
                        "events", new ListenerReports("orders", "a"), new Listener(), false, term -> {}, () -> {}),
                chronicle,
                new PeerWatch(
                        settings(),
                        journal.incarnation(),
                        clock,
                        chronicle,
                        transport,
                        () -> atTheStart,
                        new AddressBook(
                                new NodeSettings(settings(), false, Map.of(), Map.of(), false), transport, chronicle)),
                seen::set,
                () -> {});
        transport.start(loop::receive);
        return loop;
    }

    /** The other member: it votes for whoever asks, and acknowledges everything at once. */
    private static class Peer implements PeerTransport {

        private volatile @Nullable PeerHandler handler;
        private volatile String incarnation = "b1";

        PeerHandler handler() {
            return Objects.requireNonNull(handler);
        }

        Header header(@Nullable String clusterId, long requestId) {
            return new Header(
                    Header.PROTOCOL, "orders", clusterId, "b", incarnation, clusterId != null, "a", null, requestId);
        }

        Request.Vote wishesToFound(Phase phase, long term) {
            return new Request.Vote(
                    header(null, term),
                    phase,
                    term,
                    LogPosition.NONE,
                    null,
                    0,
                    List.of(
                            new Member("a", MemberKind.DATA, 0, false).listed(),
                            new Member("b", MemberKind.DATA, 0, false).listed()),
                    null);
        }

        @Override
        public void start(PeerHandler newHandler) {
            handler = newHandler;
        }

        @Override
        public void members(Set<String> members) {}

        @Override
        public void send(Request request, PeerCallback callback) {
            Header asked = request.header();
            Header header = new Header(
                    Header.PROTOCOL,
                    "orders",
                    asked.clusterId(),
                    "b",
                    incarnation,
                    asked.clusterId() != null,
                    "a",
                    asked.fromIncarnation(),
                    asked.requestId());
            if (request instanceof Request.Vote vote) {
                callback.answered(new Response.Vote(header, vote.phase(), vote.term(), vote.term(), null));
            } else if (request instanceof Request.Heartbeat heartbeat) {
                callback.answered(new Response.Heartbeat(header, heartbeat.term(), null, LogPosition.NONE, null));
            } else if (request instanceof Request.Append append) {
                long index = append.previous().index() + append.entries().size();
                callback.answered(new Response.Append(header, append.term(), null, index));
            } else {
                callback.failed("not spoken here");
            }
        }

        @Override
        public void close() {
            handler = null;
        }
    }

    /** A disk that takes nothing, at once or when it is let go. */
    private static final class FailingJournal extends MemoryBackedJournal {

        private final CountDownLatch released = new CountDownLatch(1);
        private final AtomicInteger appends = new AtomicInteger();
        private volatile boolean holds;

        FailingJournal() {
            super(new MemoryJournal());
        }

        void hold() {
            holds = true;
        }

        void letGo() {
            released.countDown();
        }

        int appends() {
            return appends.get();
        }

        @Override
        public void append(List<DurableRecord> records) throws IOException {
            appends.incrementAndGet();
            try {
                if (holds && !released.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                    throw new IOException("nobody let the disk go");
                }
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            throw new IOException("the disk is full");
        }
    }

    /** A journal in memory, but for what it does with each append. */
    private abstract static class MemoryBackedJournal implements Journal {

        final MemoryJournal memory;

        MemoryBackedJournal(MemoryJournal memory) {
            this.memory = memory;
        }

        @Override
        public boolean open() {
            return false;
        }

        @Override
        public void release() {}

        @Override
        public void probe() {}

        @Override
        public String incarnation() {
            return memory.incarnation();
        }

        @Override
        public DurableState state() {
            return memory.state();
        }

        @Override
        public StateImages images() {
            return memory.images();
        }

        @Override
        public void close() {}
    }

    /** A disk each of whose writes takes until the test says that it is done. */
    private static final class SteppedJournal extends MemoryBackedJournal {

        private final Semaphore steps = new Semaphore(0);
        private final AtomicInteger begun = new AtomicInteger();

        SteppedJournal() {
            super(new MemoryJournal());
        }

        void finishOne() {
            steps.release();
        }

        int begun() {
            return begun.get();
        }

        @Override
        public void append(List<DurableRecord> records) throws IOException {
            begun.incrementAndGet();
            try {
                if (!steps.tryAcquire(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                    throw new IOException("nobody let the disk go on");
                }
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            memory.append(records);
        }
    }

    private final class Listener implements LeadershipListener {

        @Override
        public void onLeaderElected(LeaderElectedEvent event) {
            heard.add(event);
        }

        @Override
        public void onStepDown(StepDownEvent event) {
            heard.add(event);
        }

        @Override
        public void onLeaderChanged(LeaderChangedEvent event) {}
    }
}
