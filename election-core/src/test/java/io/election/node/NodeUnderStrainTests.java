package io.election.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import io.election.HandoverResult;
import io.election.LeaderChangedEvent;
import io.election.LeaderElectedEvent;
import io.election.LeaderWork;
import io.election.StepDownEvent;
import io.election.StepDownReason;
import io.election.core.ClockReading;
import io.election.core.DurableRecord;
import io.election.core.Effect;
import io.election.core.Election;
import io.election.core.ElectionMachine;
import io.election.core.ElectionSettings;
import io.election.core.ElectionView;
import io.election.core.HardState;
import io.election.core.Header;
import io.election.core.Input;
import io.election.core.LogPosition;
import io.election.core.Member;
import io.election.core.MemberKind;
import io.election.core.Output;
import io.election.core.Phase;
import io.election.core.Request;
import io.election.core.Response;
import io.election.journal.MemoryJournal;
import io.election.peer.PeerCallback;
import io.election.peer.PeerHandler;
import io.election.peer.PeerTransport;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A member whose queues are full, whose loop stands still, whose threads die, or whose stop is disturbed. */
@Timeout(120)
class NodeUnderStrainTests {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String CLUSTER = "under-strain";
    private static final Duration HEARTBEAT = Duration.ofMinutes(1);

    private final TestJournal journal = new TestJournal();
    private final Transport transport = new Transport();
    private final Machine machine = new Machine();
    private final SetClock clock = new SetClock();
    private final Listener listener = new Listener();
    private final Observer observer = new Observer();
    private final Chronicle chronicle = new Chronicle(CLUSTER, "a", List.of(observer));
    private @Nullable NodeLoop loop;
    private @Nullable ElectionNode node;

    @AfterEach
    void stop() throws InterruptedException {
        machine.goOn();
        journal.goOn();
        if (loop != null) {
            loop.stop(PATIENCE);
        }
        if (node != null) {
            node.stop().toCompletableFuture().join();
        }
    }

    // ------------------------------------------------------------------------------------------------ full queues

    @Test
    void beyondTheLimitPeersMessagesAreLostAndNothingOfTheMembersOwn() throws InterruptedException {
        journal.hang();
        NodeLoop loop = loop();
        machine.next(new Effect.Persist(1, List.of(term(1))), new Effect.Send(heartbeat(1)));
        loop.submit(new Input.Ready());
        journal.hung.await();
        await().atMost(PATIENCE).until(() -> transport.callbacks.size() == 1);
        holdTheLoop(loop);

        int taken = 0;
        RejectedExecutionException refused = null;
        while (refused == null && taken <= 10_000) {
            long number = taken;
            refused = catchThrowableOfType(
                    RejectedExecutionException.class, () -> loop.receive(wish(number), answer -> {}));
            taken += refused == null ? 1 : 0;
        }
        assertThat(refused).hasMessage("too many messages wait for this member's election");
        assertThat(taken).isEqualTo(4096);
        transport.callbacks.get(0).answered(acknowledgement(1));
        transport.callbacks.get(0).notSent("of this test");
        journal.goOn();
        await().atMost(PATIENCE).until(this::theDiskHasReported);
        CompletableFuture<HandoverResult> handover = loop.call(call -> new Input.TransferLeadership(call, null));
        loop.close(false);
        machine.goOn();
        await().atMost(PATIENCE).until(() -> machine.inputs().contains(new Input.Close()));

        assertThat(machine.inputs())
                .contains(new Input.Persisted(1))
                .hasAtLeastOneElementOfType(Input.TransferLeadership.class)
                .doesNotHaveAnyElementsOfTypes(Input.ResponseReceived.class, Input.Unanswered.class);
        assertThat(machine.inputs().stream().filter(Input.RequestReceived.class::isInstance))
                .hasSize(4096);
        assertThat(handover).isNotDone();
        // There is room again.
        loop.receive(wish(taken), answer -> {});
        transport.callbacks.get(0).answered(acknowledgement(1));
        await().atMost(PATIENCE)
                .until(() -> machine.inputs().stream().anyMatch(Input.ResponseReceived.class::isInstance));
        assertThat(machine.inputs().stream().filter(Input.RequestReceived.class::isInstance))
                .hasSize(4097);
    }

    /** Its thread waits for the next write. */
    private boolean theDiskHasReported() {
        return journal.appends.size() == 1
                && threads("loop-disk").stream().allMatch(thread -> thread.getState() == Thread.State.TIMED_WAITING);
    }

    @Test
    void theCallsOfPeersThatWaitForTheirAnswerAreBoundedTheOldestGoingFirst() {
        Exchanges exchanges = new Exchanges();
        List<Long> answered = new ArrayList<>();
        List<Long> opened = new ArrayList<>();
        for (long call = 0; call <= Exchanges.MOST; call++) {
            long number = call;
            opened.add(exchanges.open(answer -> answered.add(number)));
        }
        exchanges.answer(opened.get(0), acknowledgement(0));
        assertThat(answered).as("in its place there is another").isEmpty();
        opened.forEach(number -> exchanges.answer(number, acknowledgement(number)));
        assertThat(answered).hasSize(Exchanges.MOST).doesNotContain(0L).contains(1L, (long) Exchanges.MOST);

        long forgotten = exchanges.open(answer -> answered.add(-1L));
        exchanges.forgetAll();
        exchanges.answer(forgotten, acknowledgement(1));
        assertThat(answered).doesNotContain(-1L);
    }

    /** The time passes with each request only: for each third of them as long as two heartbeats. */
    @Test
    void heartbeatsLeaveInTimeWhileAFloodOfRequestsIsWorkedOff() {
        int flood = 3000;
        AtomicInteger requests = new AtomicInteger();
        List<Integer> heartbeats = new CopyOnWriteArrayList<>();
        machine.before = input -> {
            if (input instanceof Input.RequestReceived) {
                if (requests.getAndIncrement() % (flood / 3) == 0) {
                    heartbeats.add(transport.heartbeats.get());
                }
                clock.advance(Duration.ofNanos(200_000));
            }
        };
        ElectionNode node = node(clock, Duration.ofSeconds(10));
        clock.passUntil(node.leadership()::isLeader);
        holdTheLoop(Objects.requireNonNull(node.loop()));
        for (int i = 0; i < flood; i++) {
            transport.handler().handle(wish(i), answer -> {});
        }
        machine.goOn();
        await().atMost(PATIENCE).until(() -> requests.get() == flood);

        heartbeats.add(transport.heartbeats.get());
        assertThat(heartbeats).as("sent at each third of the flood").hasSize(4).doesNotHaveDuplicates();
        assertThat(node.leadership().isLeader()).isTrue();
    }

    // ------------------------------------------------------------------------------------------------ standing still

    @Test
    void aStepThatTakesLongerThanAHeartbeatIsCountedAndTold() {
        machine.before = input -> {
            if (input instanceof Input.StepMeasured measured) {
                clock.advance(Duration.ofNanos(measured.stepNanos()));
            }
        };
        NodeLoop loop = loop();
        step(loop, HEARTBEAT);
        step(loop, HEARTBEAT.plusNanos(1));
        assertThat(observer.stalls).containsExactly(HEARTBEAT.plusNanos(1));
        assertThat(chronicle.history()).noneMatch(entry -> entry.what().equals("stalled"));

        // Half the lease of seven minutes and a half.
        step(loop, Duration.ofSeconds(225));
        assertThat(chronicle.history()).noneMatch(entry -> entry.what().equals("stalled"));
        step(loop, Duration.ofSeconds(226));
        assertThat(observer.stalls)
                .containsExactly(HEARTBEAT.plusNanos(1), Duration.ofSeconds(225), Duration.ofSeconds(226));
        assertThat(chronicle.history())
                .filteredOn(entry -> entry.what().equals("stalled"))
                .extracting(NodeStatus.HistoryEntry::reason)
                .containsExactly("PT3M46S");
    }

    /** Lets the next step take so long, and waits until the one behind it has begun. */
    private void step(NodeLoop loop, Duration length) {
        loop.submit(new Input.StepMeasured(length.toNanos()));
        awaitTheLoop(loop);
    }

    private void awaitTheLoop(NodeLoop loop) {
        int before = machine.inputs().size();
        Input last = new Input.LeadershipWorkDone(before);
        loop.submit(last);
        await().atMost(PATIENCE).until(() -> machine.inputs().contains(last));
    }

    /** The loop asked to sleep for a heartbeat and a half, 90 s. */
    @Test
    void aLoopThatWakesLateIsCountedAsAPauseOfWhatItOversleptAndStepsAtTheTimeItIs() {
        NodeLoop loop = loop();
        awaitTheLoop(loop);
        await().atMost(PATIENCE)
                .until(() -> threads("loop-loop").stream()
                        .allMatch(thread -> thread.getState() == Thread.State.TIMED_WAITING));
        clock.advance(Duration.ofMinutes(10));
        awaitTheLoop(loop);
        assertThat(observer.stalls).containsExactly(Duration.ofMinutes(10).minusSeconds(90));
        assertThat(machine.lastStepNanos).isEqualTo(clock.monotonicNanos());
    }

    /** Half the lease is told in either direction; time that passes on both clocks is none. */
    @Test
    void aWallClockThatWasSetIsToldFromHalfALeaseOn() {
        Pauses pauses = new Pauses(
                settings(Duration.ofMinutes(10), HEARTBEAT, Duration.ofSeconds(450), HEARTBEAT), clock, chronicle);
        long hour = Duration.ofHours(1).toNanos();
        pauses.noticeJump(new ClockReading(0, 0));
        pauses.noticeJump(new ClockReading(hour, 3_600_000));
        pauses.noticeJump(new ClockReading(2 * hour, 7_200_000 + 225_000));
        pauses.noticeJump(new ClockReading(3 * hour, 10_800_000));
        assertThat(chronicle.history()).isEmpty();

        pauses.noticeJump(new ClockReading(4 * hour, 14_400_000 + 226_000));
        pauses.noticeJump(new ClockReading(5 * hour, 18_000_000));
        assertThat(chronicle.history())
                .extracting(NodeStatus.HistoryEntry::what, NodeStatus.HistoryEntry::reason)
                .containsExactly(tuple("clock-jumped", "PT3M46S"), tuple("clock-jumped", "PT-3M-46S"));
    }

    @Test
    void theStepIsTwoWritesAndASlowWriteIsForgottenLittleByLittle() {
        StepMeasure step = new StepMeasure(Duration.ofMillis(20));
        assertThat(step.measure()).isEqualTo(Duration.ofMillis(20).toNanos());
        assertThat(step.measure()).as("the same").isZero();
        step.synced(Duration.ofMillis(100));
        assertThat(step.measure()).isEqualTo(Duration.ofMillis(200).toNanos());
        step.synced(Duration.ofMillis(20));
        assertThat(step.measure()).isEqualTo(Duration.ofMillis(2 * 90).toNanos());
    }

    // ------------------------------------------------------------------------------------------------ dead threads

    /** The failure of a write cannot be put into words for lack of memory, and that ends the thread. */
    @Test
    void aLeaderWhoseDisksThreadDiesLeadsNoLongerAndShowsIt() {
        ElectionNode node = leading();
        journal.fail(new UnspeakableException());
        machine.next(new Effect.Persist(1_000, List.of(term(9))));
        node.wake();

        quietly().until(() -> listener.heard.size() == 2);
        LeaderElectedEvent elected = (LeaderElectedEvent) listener.heard.get(0);
        assertThat(listener.heard.get(1))
                .isEqualTo(new StepDownEvent(CLUSTER, "a", elected.term(), StepDownReason.INTERNAL_ERROR));
        assertThat(node.leadership().isLeader()).isFalse();
        assertThat(node.status().failure()).startsWith("the thread of its disk came to an end");
    }

    @Test
    void theEventsThreadOfARunningMemberIsReplacedWhenItDies() {
        listener.failure = new IllegalStateException("of this test");
        observer.failure = new Error("of this test, which ends the thread");
        ElectionNode node = leading();
        quietly().until(() -> observer.listenerFailures.get() == 1);
        listener.failure = null;
        observer.failure = null;

        CompletableFuture<HandoverResult> stepDown =
                node.leadership().stepDown().toCompletableFuture();
        quietly().until(() -> listener.heard.size() >= 2);
        assertThat(listener.heard.get(1)).isInstanceOf(StepDownEvent.class);
        assertThat(stepDown.orTimeout(60, TimeUnit.SECONDS).join().outcome()).isNotNull();
        assertThat(node.status().failure()).isNull();
    }

    // ------------------------------------------------------------------------------------------------ stops

    /** As a container that is torn down interrupts every thread that it finds. */
    @Test
    void aStopThatIsInterruptedLeavesNothingRunning() {
        ElectionNode node = leading();
        LeaderWork work = node.leadership().beginWork();
        CompletableFuture<Void> stopped = node.stop().toCompletableFuture();
        Thread stopper = awaitThread("-stop");
        await().atMost(PATIENCE).until(() -> stopper.getState() == Thread.State.TIMED_WAITING);
        stopper.interrupt();
        await().atMost(PATIENCE).until(() -> !stopper.isInterrupted() && stopper.getState() != Thread.State.RUNNABLE);
        work.end();
        stopped.join();

        assertThat(membersThreads()).isEmpty();
        assertThat(transport.closed).hasValue(1);
        assertThat(node.leadership().isLeader()).isFalse();
        assertThat(listener.heard).hasSize(2).last().isInstanceOf(StepDownEvent.class);
        node.start();
        node.ready();
        await().atMost(PATIENCE).until(node.leadership()::isLeader);
    }

    @Test
    void aStopDoesNotWaitForWorkBeyondTheTimeForAHandoverAndGivesTheLeadershipUpAllTheSame() {
        ElectionNode node = node(NodeClock.SYSTEM, Duration.ofMillis(300));
        await().atMost(PATIENCE).until(() -> listener.heard.size() == 1);
        LeaderWork work = node.leadership().beginWork();
        node.stop().toCompletableFuture().join();

        assertThat(membersThreads()).isEmpty();
        assertThat(node.leadership().isLeader()).isFalse();
        assertThat(listener.heard).hasSize(2).last().isInstanceOf(StepDownEvent.class);
        assertThat(work.end()).as("it was alone to its end").isFalse();
    }

    /** Two of its processes could otherwise write to one directory. */
    @Test
    void aMemberWhoseDiskHungWhenItWasStoppedIsNotStartedAgain() {
        ElectionNode node = node(NodeClock.SYSTEM, Duration.ofMillis(300));
        await().atMost(PATIENCE).until(() -> listener.heard.size() == 1);
        journal.hang();
        machine.next(new Effect.Persist(1_000, List.of(term(9))));
        node.wake();
        await().atMost(PATIENCE).until(() -> journal.hung.getCount() == 0);
        node.stop().toCompletableFuture().join();

        assertThat(journal.releases).hasValue(0);
        assertThatThrownBy(node::start)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("a write to its journal hung when it was stopped");
        journal.goOn();
    }

    // ------------------------------------------------------------------------------------------------ what it takes

    /** Errors that end a thread here are meant to, and are nothing to end a wait for. */
    private static ConditionFactory quietly() {
        return await().dontCatchUncaughtExceptions().atMost(PATIENCE);
    }

    /** A loop without a node around it, whose heartbeat takes a minute of a clock that stands still. */
    private NodeLoop loop() {
        ElectionSettings settings = settings(Duration.ofMinutes(10), HEARTBEAT, Duration.ofSeconds(450), HEARTBEAT);
        MemoryJournal memory = new MemoryJournal();
        machine.view = new Election(settings, memory.incarnation(), memory.state(), clock.read(), new Random(1))
                .view(clock.read());
        ElectionView view = machine.view;
        NodeLoop created = new NodeLoop(
                "loop",
                settings,
                machine,
                journal,
                transport,
                clock,
                new EventDispatcher(
                        "loop-events", new ListenerReports(CLUSTER, "a"), listener, false, t -> {}, () -> {}),
                chronicle,
                new PeerWatch(
                        settings,
                        memory.incarnation(),
                        clock,
                        chronicle,
                        transport,
                        () -> view,
                        new AddressBook(
                                new NodeSettings(settings, false, Map.of(), Map.of(), false), transport, chronicle)),
                published -> {},
                () -> {});
        loop = created;
        created.start();
        return created;
    }

    /** The next step does not end until the machine is told to go on. */
    private void holdTheLoop(NodeLoop loop) {
        machine.hold();
        loop.submit(new Input.Tick());
        await().atMost(PATIENCE).until(machine::isHeld);
    }

    private ElectionNode leading() {
        ElectionNode started = node(NodeClock.SYSTEM, Duration.ofSeconds(10));
        quietly().until(() -> listener.heard.size() == 1);
        return started;
    }

    /** A sole voter, which leads by itself, and has an observer to send to. */
    private ElectionNode node(NodeClock clock, Duration handoverTimeout) {
        ElectionSettings settings =
                settings(Duration.ofMillis(500), Duration.ofMillis(50), Duration.ofMillis(400), handoverTimeout);
        ElectionNode created = new ElectionNode(
                new NodeSettings(settings, false, Map.of(), Map.of(), false),
                (of, memory, since) -> machine.around(ElectionFactory.REAL.create(of, memory, since)),
                journal,
                transport,
                clock,
                listener,
                List.of(observer));
        node = created;
        created.start();
        created.ready();
        return created;
    }

    private static ElectionSettings settings(
            Duration electionTimeout, Duration heartbeat, Duration lease, Duration handoverTimeout) {
        return new ElectionSettings(
                CLUSTER,
                "a",
                List.of(new Member("a", MemberKind.DATA, 0, false), new Member("o", MemberKind.OBSERVER, 0, false)),
                electionTimeout,
                heartbeat,
                lease,
                0.02,
                Duration.ofMillis(50),
                handoverTimeout,
                false,
                64);
    }

    private static List<Thread> threads(String name) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals(name))
                .toList();
    }

    private static List<String> membersThreads() {
        return List.of("-loop", "-disk", "-events", "-watch").stream()
                .map(suffix -> "election-" + CLUSTER + "-a" + suffix)
                .filter(name -> !threads(name).isEmpty())
                .toList();
    }

    private static Thread awaitThread(String suffix) {
        String name = "election-" + CLUSTER + "-a" + suffix;
        await().atMost(PATIENCE).until(() -> !threads(name).isEmpty());
        return threads(name).get(0);
    }

    private static DurableRecord term(long term) {
        return new DurableRecord.HardStateChanged(new HardState(term, null, Duration.ZERO));
    }

    private static Header header(String from, String to, long requestId) {
        return new Header(Header.PROTOCOL, CLUSTER, null, from, from + "1", false, to, null, requestId);
    }

    private static Request heartbeat(long number) {
        return new Request.Heartbeat(header("a", "o", number), 1, Duration.ofSeconds(1), 0, null);
    }

    private static Response acknowledgement(long number) {
        return new Response.Heartbeat(header("o", "a", number), 1, null, LogPosition.NONE, null);
    }

    private static Request wish(long number) {
        return new Request.Vote(
                header("o", "a", number),
                Phase.PRE_VOTE,
                1,
                LogPosition.NONE,
                null,
                0,
                List.of(new Member("a", MemberKind.DATA, 0, false).listed()),
                null);
    }

    /** What decides for the member: nobody, or the real election. Steps can be held up, and given effects. */
    private static final class Machine implements ElectionMachine {

        private final List<Input> inputs = Collections.synchronizedList(new ArrayList<>());
        private volatile Consumer<Input> before = input -> {};
        private volatile List<Effect> next = List.of();
        private final Gate gate = new Gate();
        private volatile @Nullable ElectionMachine real;
        private volatile @Nullable ElectionView view;
        private volatile long lastStepNanos;

        ElectionMachine around(ElectionMachine election) {
            real = election;
            return this;
        }

        List<Input> inputs() {
            synchronized (inputs) {
                return List.copyOf(inputs);
            }
        }

        /** Added to the effects of the next step. */
        void next(Effect... effects) {
            next = List.of(effects);
        }

        void hold() {
            gate.close();
        }

        boolean isHeld() {
            return gate.holdsSomebody();
        }

        void goOn() {
            gate.open();
        }

        @Override
        public Output step(Input input, ClockReading clock) {
            gate.pass();
            lastStepNanos = clock.monotonicNanos();
            inputs.add(input);
            before.accept(input);
            ElectionMachine election = real;
            Output output = election == null
                    ? new Output(
                            List.of(),
                            clock.monotonicNanos() + Duration.ofHours(1).toNanos())
                    : election.step(input, clock);
            List<Effect> effects = new ArrayList<>(output.effects());
            effects.addAll(next);
            next = List.of();
            return new Output(effects, output.wakeAtNanos());
        }

        @Override
        public ElectionView view(ClockReading at) {
            ElectionMachine election = real;
            return election == null ? Objects.requireNonNull(view) : election.view(at);
        }
    }

    private static final class Transport implements PeerTransport {

        private final List<PeerCallback> callbacks = new CopyOnWriteArrayList<>();
        private final AtomicInteger heartbeats = new AtomicInteger();
        private final AtomicInteger closed = new AtomicInteger();
        private volatile @Nullable PeerHandler handler;

        PeerHandler handler() {
            return Objects.requireNonNull(handler);
        }

        @Override
        public void start(PeerHandler opened) {
            handler = opened;
        }

        @Override
        public void members(Set<String> members) {}

        @Override
        public void send(Request request, PeerCallback callback) {
            if (callbacks.isEmpty()) {
                callbacks.add(callback);
            }
            heartbeats.addAndGet(request instanceof Request.Heartbeat ? 1 : 0);
        }

        @Override
        public void close() {
            closed.incrementAndGet();
        }
    }

    private static final class Listener implements LeadershipListener {

        private final List<Object> heard = new CopyOnWriteArrayList<>();
        private volatile @Nullable RuntimeException failure;

        @Override
        public void onLeaderElected(LeaderElectedEvent event) {
            heard(event);
        }

        @Override
        public void onStepDown(StepDownEvent event) {
            heard(event);
        }

        private void heard(Object event) {
            heard.add(event);
            RuntimeException fails = failure;
            if (fails != null) {
                throw fails;
            }
        }

        @Override
        public void onLeaderChanged(LeaderChangedEvent event) {}
    }

    private static final class Observer implements NodeObserver {

        private final List<Duration> stalls = new CopyOnWriteArrayList<>();
        private final AtomicInteger listenerFailures = new AtomicInteger();
        private volatile @Nullable Error failure;

        @Override
        public void stalled(Duration length) {
            stalls.add(length);
        }

        @Override
        public void listenerFailed() {
            listenerFailures.incrementAndGet();
            Error fails = failure;
            if (fails != null) {
                throw fails;
            }
        }
    }

    private static final class UnspeakableException extends IOException {

        @Override
        public String toString() {
            throw new OutOfMemoryError("of this test");
        }
    }
}
