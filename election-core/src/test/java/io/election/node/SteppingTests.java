package io.election.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.election.core.ClockReading;
import io.election.core.ElectionSettings;
import io.election.core.Input;
import io.election.core.Member;
import io.election.core.MemberKind;
import java.lang.reflect.InvocationTargetException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which thread steps what: one at a time, in order, nothing lost, and nobody waits for it. */
@Timeout(120)
class SteppingTests {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String LOOP = "stepping-of-a-test";
    private static final long FAR = Duration.ofHours(1).toNanos();

    private final Steps steps = new Steps();

    /** The heartbeat takes minutes: nothing is stepped because time has passed. */
    private final Stepping stepping = new Stepping(
            LOOP,
            new ElectionSettings(
                    "stepping",
                    "a",
                    List.of(new Member("a", MemberKind.DATA, 0, false), new Member("b", MemberKind.DATA, 0, false)),
                    Duration.ofHours(1),
                    Duration.ofMinutes(10),
                    Duration.ofMinutes(45),
                    0.02,
                    Duration.ofMillis(50),
                    Duration.ofSeconds(10),
                    false,
                    64),
            NodeClock.SYSTEM,
            new Chronicle("stepping", "a", List.of()),
            steps);

    @AfterEach
    void stop() throws InterruptedException {
        steps.goOn();
        stepping.stop(PATIENCE);
        assertThat(steps.overlapped).as("a step within or beside another").isFalse();
    }

    /** One input of a thread. */
    private static Input input(long number) {
        return new Input.StepMeasured(number);
    }

    private void awaitSteps(int count) {
        await().atMost(PATIENCE).until(() -> steps.inputs().size() == count);
    }

    /** Lets the loop's thread fall asleep. */
    private void startAndAwaitSleep() {
        stepping.start();
        await().atMost(PATIENCE).until(this::loopSleeps);
    }

    private boolean loopSleeps() {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().equals(LOOP) && thread.getState() == Thread.State.TIMED_WAITING);
    }

    @Test
    void whatAPeerBringsIsSteppedByTheThreadThatBringsIt() {
        startAndAwaitSleep();
        stepping.bring(input(1));
        stepping.bringMessage(input(2));
        stepping.bring(() -> stepping.add(input(3)));
        assertThat(steps.inputs()).as("before it returns").containsExactly(input(1), input(2), input(3));
        assertThat(steps.threads()).containsOnly(Thread.currentThread().getName());
    }

    @Test
    void whatTheApplicationWantsIsSteppedByTheThreadOfTheLoop() {
        startAndAwaitSleep();
        stepping.add(input(1));
        stepping.addMessage(input(2));
        awaitSteps(2);
        assertThat(steps.threads()).containsOnly(LOOP);
    }

    /** A virtual thread may lose its processor in the middle of a step. */
    @Test
    void aVirtualThreadLeavesItsInputToTheThreadOfTheLoop()
            throws InterruptedException, NoSuchMethodException, IllegalAccessException, InvocationTargetException {
        assumeThat(Runtime.version().feature()).isGreaterThanOrEqualTo(21);
        startAndAwaitSleep();
        Thread virtual = (Thread)
                Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, (Runnable)
                        () -> stepping.bring(input(1)));
        virtual.join();
        awaitSteps(1);
        assertThat(steps.threads()).containsOnly(LOOP);
    }

    /** As with a transport that answers at once. */
    @Test
    void whatIsBroughtWithinAStepIsSteppedAfterIt() {
        startAndAwaitSleep();
        steps.during = input -> {
            if (input.equals(input(1))) {
                stepping.bring(input(2));
                stepping.add(input(3));
                assertThat(steps.inputs()).containsExactly(input(1));
            }
        };
        stepping.bring(input(1));
        assertThat(steps.inputs()).containsExactly(input(1), input(2), input(3));
        assertThat(steps.threads()).containsOnly(Thread.currentThread().getName());
    }

    @Test
    void nobodyWaitsForAStepAndWhoRunsItFindsWhatCameMeanwhile() throws InterruptedException {
        startAndAwaitSleep();
        steps.hold();
        Thread holder = new Thread(() -> stepping.bring(input(1)), "holder");
        holder.start();
        await().atMost(PATIENCE).until(steps::isHeld);
        stepping.bring(input(2));
        stepping.add(input(3));
        assertThat(steps.inputs()).isEmpty();

        steps.goOn();
        holder.join();
        assertThat(steps.inputs()).containsExactly(input(1), input(2), input(3));
        assertThat(steps.threads()).containsOnly("holder");
    }

    /** Between the look that finds nothing and the moment when the loop is free again. */
    @Test
    void whatComesJustBeforeTheLoopIsLetGoIsNotForgotten() {
        startAndAwaitSleep();
        AtomicInteger letsGo = new AtomicInteger();
        steps.asked = () -> {
            if (stepping.isMine() && steps.inputs().size() == 1 && letsGo.incrementAndGet() == 1) {
                join(new Thread(() -> stepping.bring(input(2)), "too-late"));
            }
        };
        stepping.bring(input(1));
        assertThat(letsGo).hasPositiveValue();
        assertThat(steps.inputs()).containsExactly(input(1), input(2));
    }

    /** The same where the thread of the loop is about to sleep. */
    @Test
    void whatComesJustBeforeTheLoopsThreadSleepsIsNotForgotten() {
        startAndAwaitSleep();
        AtomicInteger letsGo = new AtomicInteger();
        steps.asked = () -> {
            if (stepping.isMine() && steps.inputs().size() == 1 && letsGo.incrementAndGet() == 2) {
                join(new Thread(() -> stepping.add(input(2)), "too-late"));
            }
        };
        stepping.add(input(1));
        awaitSteps(2);
        assertThat(letsGo.get()).isGreaterThanOrEqualTo(2);
    }

    private static void join(Thread thread) {
        thread.start();
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aThreadThatHasSomethingElseToDoLeavesAFloodToTheThreadOfTheLoop() throws InterruptedException {
        startAndAwaitSleep();
        int flood = 5 * Stepping.MOST_AT_A_TIME;
        steps.hold();
        Thread holder = new Thread(() -> stepping.bring(input(0)), "holder");
        holder.start();
        await().atMost(PATIENCE).until(steps::isHeld);
        for (int i = 1; i < flood; i++) {
            stepping.bring(input(i));
        }
        steps.goOn();
        holder.join();
        awaitSteps(flood);
        assertThat(steps.inputs())
                .containsExactlyElementsOf(LongStream.range(0, flood)
                        .mapToObj(SteppingTests::input)
                        .toList());
        assertThat(steps.threads().stream().filter("holder"::equals)).hasSize(Stepping.MOST_AT_A_TIME);
        assertThat(steps.threads().subList(Stepping.MOST_AT_A_TIME, flood)).containsOnly(LOOP);
    }

    @Test
    void anEarlierTimeWakesTheThreadOfTheLoop() {
        startAndAwaitSleep();
        steps.due = System.nanoTime();
        stepping.bring(input(1));
        await().atMost(PATIENCE).until(() -> steps.inputs().contains(new Input.Tick()));
        steps.due = System.nanoTime() + FAR;
        assertThat(steps.threads().get(steps.inputs().indexOf(new Input.Tick())))
                .isEqualTo(LOOP);
    }

    @Test
    void whatAStepThrowsEndsTheMemberAndNotTheThreadThatRunsIt() {
        startAndAwaitSleep();
        Error failure = new StackOverflowError("of this test");
        steps.during = input -> {
            throw failure;
        };
        assertThatNoException().isThrownBy(() -> stepping.bring(input(1)));
        assertThat(steps.endedFor).as("before it returns").isNotEmpty();
        assertThat(stepping.isRunning()).isFalse();

        stepping.bring(input(2));
        stepping.add(input(3));
        await().atMost(PATIENCE)
                .until(() -> Thread.getAllStackTraces().keySet().stream()
                        .noneMatch(thread -> thread.getName().equals(LOOP)));
        assertThat(steps.inputs()).containsExactly(input(1));
        assertThat(steps.endedFor).containsOnly(failure);
    }

    @Test
    void noStepFollowsAStop() throws InterruptedException {
        startAndAwaitSleep();
        stepping.stop(PATIENCE);
        stepping.bring(input(1));
        stepping.add(input(2));
        stepping.bring(() -> stepping.add(input(3)));
        assertThat(steps.inputs()).isEmpty();
        assertThat(steps.endedFor).hasSize(1).containsOnlyNulls();
    }

    /** A stop waits for the step that another thread runs. */
    @Test
    void aStopComesAfterTheStepThatRuns() throws InterruptedException {
        startAndAwaitSleep();
        steps.hold();
        Thread holder = new Thread(() -> stepping.bring(input(1)), "holder");
        holder.start();
        await().atMost(PATIENCE).until(steps::isHeld);
        CountDownLatch stopped = new CountDownLatch(1);
        Thread stopper = new Thread(
                () -> {
                    try {
                        stepping.stop(PATIENCE);
                    } catch (InterruptedException e) {
                        return;
                    }
                    stopped.countDown();
                },
                "stopper");
        stopper.start();
        await().atMost(PATIENCE).until(() -> !stepping.isRunning());
        stepping.bring(input(2));
        assertThat(steps.endedFor).isEmpty();
        steps.goOn();
        assertThat(stopped.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        holder.join();
        assertThat(steps.inputs()).containsExactly(input(1));
        assertThat(steps.endedFor).hasSize(1);
    }

    /** Many threads of both kinds at once. What a thread adds is stepped in its order, once, and by one thread at a time. */
    @Test
    void whateverManyThreadsAddIsSteppedOnceAndInTheOrderOfEach() throws InterruptedException {
        stepping.start();
        int threads = 6;
        long each = 5_000;
        List<Thread> all = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            long first = t * each;
            boolean brings = t % 3 != 0;
            all.add(new Thread(() -> {
                for (long i = first; i < first + each; i++) {
                    if (brings) {
                        stepping.bring(input(i));
                    } else {
                        stepping.add(input(i));
                    }
                }
            }));
        }
        all.forEach(Thread::start);
        for (Thread thread : all) {
            thread.join();
        }
        awaitSteps((int) (threads * each));
        Map<Long, Long> last = new HashMap<>();
        for (Input stepped : steps.inputs()) {
            long number = ((Input.StepMeasured) stepped).stepNanos();
            Long before = last.put(number / each, number);
            assertThat(before == null ? number % each == 0 : number == before + 1)
                    .as("%s after %s", number, before)
                    .isTrue();
        }
        assertThat(last).hasSize(threads);
    }

    /** Keeps what is stepped, and by whom. What it keeps is guarded by nothing but the order of the steps. */
    private static final class Steps implements Stepping.Member {

        private final List<Input> inputs = Collections.synchronizedList(new ArrayList<>());
        private final List<String> threads = Collections.synchronizedList(new ArrayList<>());
        private final List<@Nullable Throwable> endedFor = Collections.synchronizedList(new ArrayList<>());
        private volatile Consumer<Input> during = input -> {};
        private volatile Runnable asked = () -> {};
        private volatile long due = System.nanoTime() + FAR;
        private final Gate gate = new Gate();
        private volatile boolean overlapped;
        private boolean inside;

        List<Input> inputs() {
            synchronized (inputs) {
                return new ArrayList<>(inputs);
            }
        }

        List<String> threads() {
            synchronized (threads) {
                return new ArrayList<>(threads);
            }
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
        public void step(Input input, ClockReading now) {
            overlapped |= inside;
            inside = true;
            gate.pass();
            inputs.add(input);
            threads.add(Thread.currentThread().getName());
            during.accept(input);
            inside = false;
        }

        @Override
        public long dueNanos() {
            asked.run();
            return due;
        }

        @Override
        public Input whatIsDue(long nowNanos) {
            due = nowNanos + FAR;
            return new Input.Tick();
        }

        @Override
        public void ended(@Nullable Throwable cause) {
            endedFor.add(cause);
        }
    }
}
