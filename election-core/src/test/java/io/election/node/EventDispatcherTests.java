package io.election.node;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.election.FencingToken;
import io.election.LeaderChangedEvent;
import io.election.LeaderElectedEvent;
import io.election.StepDownEvent;
import io.election.StepDownReason;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** Some wait for a listener that a defect would keep from ever being called. */
@Timeout(60)
class EventDispatcherTests {

    private static final Duration LONG = Duration.ofSeconds(60);

    private final List<Object> delivered = new CopyOnWriteArrayList<>();
    private final List<Thread> threads = new CopyOnWriteArrayList<>();
    private final List<Long> workDone = new CopyOnWriteArrayList<>();
    private final AtomicInteger failures = new AtomicInteger();
    private final CountDownLatch blocked = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final Logger logger = (Logger) LoggerFactory.getLogger(ElectionNode.class);
    private @Nullable Object blockOn;
    private @Nullable Object failOn;
    private volatile Runnable within = () -> {};
    private final AtomicBoolean interrupted = new AtomicBoolean();
    private @Nullable EventDispatcher dispatcher;

    private final LeadershipListener listener = new LeadershipListener() {
        @Override
        public void onLeaderElected(LeaderElectedEvent event) {
            take(event);
        }

        @Override
        public void onStepDown(StepDownEvent event) {
            take(event);
        }

        @Override
        public void onLeaderChanged(LeaderChangedEvent event) {
            take(event);
        }

        private void take(Object event) {
            threads.add(Thread.currentThread());
            if (event.equals(blockOn)) {
                blocked.countDown();
                try {
                    goOn.await();
                } catch (InterruptedException e) {
                    interrupted.set(true);
                    // What an interrupt leaves behind is not the next listener's.
                    Thread.currentThread().interrupt();
                }
            }
            within.run();
            delivered.add(event);
            if (event.equals(failOn)) {
                throw new AssertionError("a listener may throw anything");
            }
        }
    };

    @BeforeEach
    void listen() {
        log.start();
        logger.addAppender(log);
    }

    @AfterEach
    void stop() throws InterruptedException {
        goOn.countDown();
        if (dispatcher != null) {
            assertThat(dispatcher.stop(LONG)).isTrue();
        }
        logger.detachAppender(log);
    }

    private EventDispatcher started(boolean interrupt) {
        EventDispatcher created = new EventDispatcher(
                "events",
                new ListenerReports("orders", "a"),
                listener,
                interrupt,
                workDone::add,
                failures::incrementAndGet);
        created.start();
        dispatcher = created;
        return created;
    }

    private static LeaderElectedEvent elected(long term) {
        return new LeaderElectedEvent("orders", "a", term, new FencingToken(term));
    }

    private static StepDownEvent steppedDown(long term) {
        return new StepDownEvent("orders", "a", term, StepDownReason.LEASE_LOST);
    }

    private static LeaderChangedEvent changed(long term) {
        return new LeaderChangedEvent("orders", "a", term, "b");
    }

    private void awaitDelivered(Object... events) {
        await().atMost(60, SECONDS).untilAsserted(() -> assertThat(delivered).containsExactly(events));
    }

    @Test
    void deliversInOrderOnOneDaemonThreadOfItsOwn() {
        EventDispatcher events = started(false);
        events.ready();
        events.changed(changed(3));
        events.elected(elected(3));
        awaitDelivered(changed(3), elected(3));
        events.steppedDown(steppedDown(3));
        events.changed(changed(4));
        awaitDelivered(changed(3), elected(3), steppedDown(3), changed(4));
        assertThat(threads).containsOnly(threads.get(0));
        assertThat(threads.get(0).isDaemon()).isTrue();
        assertThat(threads.get(0).getName()).isEqualTo("events");
    }

    @Test
    void deliversNothingBeforeTheApplicationIsReady() throws InterruptedException {
        EventDispatcher events = started(false);
        events.changed(changed(3));
        events.elected(elected(3));
        assertThat(delivered).isEmpty();
        events.ready();
        awaitDelivered(changed(3), elected(3));
    }

    @Test
    void aLeadershipThatEndedBeforeItsElectedWasDeliveredDeliversNeither() {
        EventDispatcher events = started(false);
        events.elected(elected(3));
        events.changed(changed(3));
        events.steppedDown(steppedDown(3));
        assertThat(workDone).as("there is no listener to wait for").containsExactly(3L);
        events.ready();
        awaitDelivered(changed(3));
    }

    @Test
    void electedAndStepDownComeInPairsHoweverLongAListenerTakes() throws InterruptedException {
        EventDispatcher events = started(false);
        blockOn = elected(3);
        events.ready();
        events.elected(elected(3));
        blocked.await();
        events.steppedDown(steppedDown(3));
        events.elected(elected(5));
        events.steppedDown(steppedDown(5));
        events.elected(elected(7));
        goOn.countDown();
        awaitDelivered(elected(3), steppedDown(3), elected(7));
        assertThat(workDone).containsExactlyInAnyOrder(3L, 5L);
    }

    @Test
    void saysThatTheWorkOfALeadershipIsDoneOnceItsStepDownWasDelivered() throws InterruptedException {
        EventDispatcher events = started(false);
        blockOn = steppedDown(3);
        events.ready();
        events.elected(elected(3));
        awaitDelivered(elected(3));
        events.steppedDown(steppedDown(3));
        blocked.await();
        assertThat(workDone).isEmpty();
        goOn.countDown();
        await().atMost(60, SECONDS).untilAsserted(() -> assertThat(workDone).containsExactly(3L));
    }

    @Test
    void aListenerThatThrowsIsCountedAndTheEventsBehindItAreDelivered() {
        EventDispatcher events = started(false);
        failOn = elected(3);
        events.ready();
        events.elected(elected(3));
        events.changed(changed(4));
        awaitDelivered(elected(3), changed(4));
        assertThat(failures).hasValue(1);
        assertThat(log.list)
                .anyMatch(line -> line.getLevel() == Level.ERROR
                        && line.getFormattedMessage().contains("A listener of " + elected(3) + " failed"));
    }

    @Test
    void anEndThatFailedForLackOfMemoryIsDeliveredAgainUntilThereIsSome() {
        isDeliveredAgainAfter(new OutOfMemoryError("of this test"));
    }

    /** As the JVM throws it where it links a lambda for the first time. */
    @Test
    void aLackOfMemoryIsSeenAlsoWhereItComesWrapped() {
        isDeliveredAgainAfter(new InternalError(new OutOfMemoryError("of this test")));
    }

    private void isDeliveredAgainAfter(Error failure) {
        EventDispatcher events = started(false);
        AtomicInteger calls = new AtomicInteger();
        within = () -> {
            if (delivered.contains(elected(3)) && calls.incrementAndGet() < 4) {
                throw failure;
            }
        };
        events.ready();
        events.elected(elected(3));
        awaitDelivered(elected(3));
        events.steppedDown(steppedDown(3));
        events.changed(changed(4));
        awaitDelivered(elected(3), steppedDown(3), changed(4));
        assertThat(calls.get()).isGreaterThan(4);
        assertThat(workDone).containsExactly(3L);
        assertThat(failures).hasValue(0);
    }

    @Test
    void anEndThatFailsOtherwiseIsDeliveredOnce() {
        EventDispatcher events = started(false);
        failOn = steppedDown(3);
        events.ready();
        events.elected(elected(3));
        awaitDelivered(elected(3));
        events.steppedDown(steppedDown(3));
        events.changed(changed(4));
        awaitDelivered(elected(3), steppedDown(3), changed(4));
        assertThat(failures).hasValue(1);
    }

    /** Neither that it failed can be counted, nor what waits be told of its end at first. */
    @Test
    void theEventsBehindOneComeAlsoIfTheDispatcherItselfLacksMemory() {
        AtomicInteger counted = new AtomicInteger();
        AtomicInteger told = new AtomicInteger();
        EventDispatcher events = new EventDispatcher(
                "events",
                new ListenerReports("orders", "a"),
                listener,
                false,
                term -> {
                    if (told.incrementAndGet() < 3) {
                        throw new OutOfMemoryError("of this test");
                    }
                    workDone.add(term);
                },
                () -> {
                    counted.incrementAndGet();
                    throw new OutOfMemoryError("of this test");
                });
        events.start();
        dispatcher = events;
        failOn = elected(3);
        events.ready();
        events.elected(elected(3));
        awaitDelivered(elected(3));
        events.steppedDown(steppedDown(3));
        events.changed(changed(4));
        awaitDelivered(elected(3), steppedDown(3), changed(4));
        assertThat(counted).hasValue(1);
        assertThat(workDone).containsExactly(3L);
    }

    @Test
    void anElectionThatFailsEndsTheLeadershipThatWasAnnounced() throws InterruptedException {
        EventDispatcher events = started(false);
        blockOn = elected(3);
        events.ready();
        events.elected(elected(3));
        blocked.await();
        events.changed(changed(4));
        assertThat(events.fail()).isEqualTo(3);
        assertThat(events.fail()).as("once").isZero();
        goOn.countDown();
        awaitDelivered(elected(3), new StepDownEvent("orders", "a", 3, StepDownReason.INTERNAL_ERROR), changed(4));
        assertThat(workDone).containsExactly(3L);
    }

    @Test
    void anElectionThatFailsEndsNoLeadershipThatHasEnded() {
        EventDispatcher events = started(false);
        events.ready();
        assertThat(events.fail()).as("there was none").isZero();
        events.elected(elected(3));
        events.steppedDown(steppedDown(3));
        assertThat(events.fail()).isZero();
    }

    @Test
    void anElectionThatFailsBeforeItsBeginningWasDeliveredDeliversNeither() {
        EventDispatcher events = started(false);
        events.elected(elected(3));
        assertThat(events.fail()).isEqualTo(-3);
        assertThat(events.wasTold(3)).isTrue();
        assertThat(events.wasTold(4)).isFalse();
        events.ready();
        events.changed(changed(4));
        awaitDelivered(changed(4));
    }

    @Test
    void aThreadThatDiedIsReplacedAndWhatItDeliveredIsOver() throws InterruptedException {
        AtomicBoolean dies = new AtomicBoolean(true);
        EventDispatcher events = new EventDispatcher(
                "events",
                new ListenerReports("orders", "a"),
                listener,
                false,
                workDone::add,
                failures::incrementAndGet,
                run -> {
                    Thread thread = new Thread(dies.getAndSet(false) ? () -> {} : run, "events");
                    thread.setDaemon(true);
                    return thread;
                });
        dispatcher = events;
        assertThat(events.replaceDeadThread()).as("it has not started").isFalse();
        events.start();
        events.ready();
        events.elected(elected(3));
        await().atMost(60, SECONDS).until(events::replaceDeadThread);
        awaitDelivered(elected(3));
        assertThat(events.replaceDeadThread()).isFalse();
        assertThat(log.list).anyMatch(line -> line.getFormattedMessage().contains("The thread events has died"));
        assertThat(events.stop(LONG)).isTrue();
        assertThat(events.replaceDeadThread()).as("it has ended").isFalse();
    }

    @Test
    void anEndWhoseDeliveryKilledTheThreadIsDeliveredAgain() throws InterruptedException {
        AtomicBoolean dies = new AtomicBoolean(true);
        Runnable failed = () -> {
            failOn = null;
            if (dies.getAndSet(false)) {
                throw new ThreadDeath();
            }
        };
        EventDispatcher events = new EventDispatcher(
                "events", new ListenerReports("orders", "a"), listener, false, workDone::add, failed, run -> {
                    Thread thread = new Thread(run, "events");
                    thread.setDaemon(true);
                    return thread;
                });
        dispatcher = events;
        failOn = steppedDown(3);
        events.start();
        events.ready();
        events.elected(elected(3));
        awaitDelivered(elected(3));
        events.steppedDown(steppedDown(3));
        // It dies of an exception that nobody catches, which must not fail this test.
        await().dontCatchUncaughtExceptions().atMost(60, SECONDS).until(events::replaceDeadThread);
        awaitDelivered(elected(3), steppedDown(3), steppedDown(3));
        await().atMost(60, SECONDS).until(() -> workDone.contains(3L));
        assertThat(events.stop(LONG)).isTrue();
    }

    @Test
    void aListenerThatBlocksIsReportedOnceWithWhereItStands() throws InterruptedException {
        EventDispatcher events = started(false);
        blockOn = elected(3);
        events.ready();
        events.elected(elected(3));
        blocked.await();
        events.reportBlocked(System.nanoTime(), Duration.ofHours(1).toNanos());
        assertThat(warnings()).isEmpty();
        long muchLater = System.nanoTime() + Duration.ofHours(2).toNanos();
        events.reportBlocked(muchLater, Duration.ofHours(1).toNanos());
        events.reportBlocked(muchLater, Duration.ofHours(1).toNanos());
        assertThat(warnings())
                .singleElement()
                .asString()
                .contains("A listener of " + elected(3) + " has been running for more than 3600000 ms");
        goOn.countDown();
        await().atMost(60, SECONDS)
                .untilAsserted(() -> assertThat(warnings()).anyMatch(line -> line.contains("ended after")));
    }

    private List<String> warnings() {
        return log.list.stream()
                .filter(line -> line.getLevel() == Level.WARN)
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }

    @Test
    void interruptsAListenerOfALeadershipThatEndedIfItIsToldTo() throws InterruptedException {
        EventDispatcher events = started(true);
        blockOn = elected(3);
        events.ready();
        events.elected(elected(3));
        blocked.await();
        events.steppedDown(steppedDown(3));
        awaitDelivered(elected(3), steppedDown(3));
        assertThat(interrupted).isTrue();
    }

    @Test
    void interruptsNoListenerOfAnotherEvent() throws InterruptedException {
        EventDispatcher events = started(true);
        events.ready();
        events.elected(elected(3));
        awaitDelivered(elected(3));
        blockOn = changed(3);
        events.changed(changed(3));
        blocked.await();
        events.steppedDown(steppedDown(3));
        goOn.countDown();
        awaitDelivered(elected(3), changed(3), steppedDown(3));
        assertThat(interrupted).isFalse();
    }

    @Test
    void interruptsNobodyUnlessItIsToldTo() throws InterruptedException {
        EventDispatcher events = started(false);
        blockOn = elected(3);
        events.ready();
        events.elected(elected(3));
        blocked.await();
        events.steppedDown(steppedDown(3));
        goOn.countDown();
        awaitDelivered(elected(3), steppedDown(3));
        assertThat(interrupted).isFalse();
    }

    @Test
    void whoWaitsIsLetGoOnceTheListenersOfAllThatCameBeforeHaveReturned() throws Exception {
        EventDispatcher events = started(false);
        blockOn = elected(3);
        events.elected(elected(3));
        events.changed(changed(3));
        assertThat(events.awaitDelivered(1))
                .as("before the application is ready")
                .isFalse();
        events.ready();
        blocked.await();
        CompletableFuture<List<Object>> found = CompletableFuture.supplyAsync(() -> {
            try {
                assertThat(events.awaitDelivered(LONG.toNanos())).isTrue();
                return List.copyOf(delivered);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        assertThat(events.awaitDelivered(1)).as("while a listener runs").isFalse();
        goOn.countDown();
        assertThat(found.get(60, SECONDS)).containsExactly(elected(3), changed(3));
    }

    @Test
    void aListenerDoesNotWaitForItself() {
        EventDispatcher events = started(false);
        within = () -> {
            try {
                if (!events.awaitDelivered(LONG.toNanos())) {
                    throw new IllegalStateException("it waited");
                }
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        };
        events.ready();
        events.elected(elected(3));
        awaitDelivered(elected(3));
    }

    @Test
    void aStopDeliversWhatIsLeft() throws InterruptedException {
        EventDispatcher events = started(false);
        blockOn = elected(3);
        events.ready();
        events.elected(elected(3));
        blocked.await();
        events.steppedDown(steppedDown(3));
        goOn.countDown();
        assertThat(events.stop(LONG)).isTrue();
        assertThat(delivered).containsExactly(elected(3), steppedDown(3));
    }

    @Test
    void aStopDoesNotWaitForEverForAListener() throws InterruptedException {
        EventDispatcher events = started(false);
        blockOn = elected(3);
        events.ready();
        events.elected(elected(3));
        blocked.await();
        assertThat(events.stop(Duration.ofMillis(1))).isFalse();
    }

    @Test
    void changesThatWaitAreBoundedTheOldestGoingFirst() throws InterruptedException {
        EventDispatcher events = started(false);
        blockOn = elected(3);
        events.ready();
        events.elected(elected(3));
        blocked.await();
        events.steppedDown(steppedDown(3));
        for (int term = 0; term < 1000; term++) {
            events.changed(changed(term));
        }
        goOn.countDown();
        assertThat(events.stop(LONG)).isTrue();
        assertThat(delivered).hasSize(2 + 256).contains(steppedDown(3)).endsWith(changed(999));
    }
}
