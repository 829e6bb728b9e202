package io.election.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.election.discovery.Discovered.State;
import io.election.discovery.MemberDiscovery.Address;
import io.election.discovery.MemberDiscovery.Answer;
import io.election.discovery.MemberDiscovery.Found;
import io.election.discovery.MemberDiscovery.Nobody;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class DiscoveryWatchTests {

    private static final Duration LONG = Duration.ofMinutes(1);
    private static final Duration AN_HOUR = Duration.ofHours(1);
    private static final String MEMBER = "Member 'a' of cluster 'watched-by-discovery' ";

    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);
    private final Script script = new Script();
    private final List<Discovered> told = new CopyOnWriteArrayList<>();
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final List<DiscoveryWatch> open = new ArrayList<>();
    private final DiscoveryWatch watch = watch(script, AN_HOUR);

    private interface Step {
        Answer answer() throws IOException, InterruptedException;
    }

    /** Answers as a test says, one step for each question. */
    private static final class Script implements MemberDiscovery {

        private final Queue<Step> steps = new ArrayDeque<>();

        Script then(Step step) {
            steps.add(step);
            return this;
        }

        @Override
        public Answer find() throws IOException, InterruptedException {
            return steps.remove().answer();
        }

        @Override
        public String describe() {
            return "'orders' in the script";
        }
    }

    private DiscoveryWatch watch(MemberDiscovery source, Duration cache) {
        DiscoveryWatch created = new DiscoveryWatch("watched-by-discovery", "a", source, cache, told::add, nanos::get);
        open.add(created);
        return created;
    }

    private static Found at(Integer... ports) {
        return new Found(new TreeSet<>(addresses(ports)), "orders.test", Duration.ofSeconds(30));
    }

    private static Collection<Address> addresses(Integer... ports) {
        return Stream.of(ports).map(port -> new Address("10.1.0.4", port)).toList();
    }

    private static Step failing(String why) {
        return () -> {
            throw new IOException(why);
        };
    }

    private void ask() throws InterruptedException {
        watch.ask();
    }

    private void later(long seconds) {
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(seconds));
    }

    private List<String> lines() {
        List<String> lines = List.copyOf(log.list).stream()
                .map(event -> event.getLevel() + " " + event.getFormattedMessage())
                .filter(line -> line.contains("watched-by-discovery"))
                .toList();
        log.list.clear();
        return lines;
    }

    private static Logger logger() {
        return (Logger) LoggerFactory.getLogger(DiscoveryWatch.class);
    }

    @BeforeEach
    void listen() {
        log.start();
        logger().addAppender(log);
    }

    @AfterEach
    void close() {
        logger().detachAppender(log);
        open.forEach(DiscoveryWatch::close);
    }

    @Test
    void knowsNothingBeforeTheFirstAnswer() {
        assertThat(watch.latest()).isEqualTo(new Discovered(State.NOT_ASKED, new TreeSet<>(), null, null, null, null));
    }

    @Test
    void showsWhatWasFoundWithItsAge() throws Exception {
        script.then(() -> at(1, 2));
        ask();
        later(7);
        assertThat(watch.latest())
                .isEqualTo(new Discovered(
                        State.FOUND,
                        new TreeSet<>(addresses(1, 2)),
                        "orders.test",
                        Duration.ofSeconds(7),
                        Duration.ofSeconds(30),
                        null));
        assertThat(told).extracting(Discovered::state).containsExactly(State.FOUND);
    }

    @Test
    void saysWhatIsNewAndWhatIsGoneAndNothingWhileNothingChanges() throws Exception {
        script.then(() -> at(1, 2))
                .then(() -> at(2, 1))
                .then(() -> at(2, 3))
                .then(() -> at(2, 3, 4))
                .then(() -> at(2));
        ask();
        assertThat(lines())
                .containsExactly("INFO " + MEMBER + "has found 2 addresses under 'orders' in the script, which is"
                        + " 'orders.test': 10.1.0.4:1, 10.1.0.4:2.");
        ask();
        assertThat(lines()).isEmpty();
        ask();
        assertThat(lines())
                .containsExactly(
                        "INFO " + MEMBER + "finds other addresses under 'orders' in the script: 10.1.0.4:3 is new,"
                                + " 10.1.0.4:1 is gone. There are 2 now.");
        ask();
        assertThat(lines())
                .containsExactly(
                        "INFO " + MEMBER + "finds other addresses under 'orders' in the script: 10.1.0.4:4 is new."
                                + " There are 3 now.");
        ask();
        assertThat(lines())
                .containsExactly("INFO " + MEMBER + "finds other addresses under 'orders' in the script: 10.1.0.4:3,"
                        + " 10.1.0.4:4 are gone. There are 1 now.");
    }

    @Test
    void keepsTheLatestGoodAnswerThroughFailures() throws Exception {
        script.then(() -> at(1))
                .then(failing("no server"))
                .then(failing("no server"))
                .then(() -> at(1));
        ask();
        lines();
        later(12);
        ask();
        assertThat(watch.latest().state()).isEqualTo(State.FAILED);
        assertThat(watch.latest().problem()).isEqualTo("no server");
        assertThat(watch.latest().addresses()).containsExactlyElementsOf(addresses(1));
        assertThat(watch.latest().age()).as("of the answer").isEqualTo(Duration.ofSeconds(12));
        assertThat(lines())
                .containsExactly(
                        "WARN " + MEMBER + "cannot ask for 'orders' in the script: no server. It goes on with the 1"
                                + " addresses of 12 s ago. It keeps asking.");
        later(40);
        ask();
        assertThat(watch.latest().age()).isEqualTo(Duration.ofSeconds(52));
        assertThat(lines()).as("the same again").isEmpty();
        ask();
        assertThat(watch.latest().age()).isEqualTo(Duration.ZERO);
        assertThat(lines())
                .containsExactly("INFO " + MEMBER + "has an answer about 'orders' in the script again, after 40 s.");
    }

    @Test
    void nobodyIsAnAnswerAndNoFailure() throws Exception {
        script.then(() -> at(1))
                .then(() -> new Nobody("'orders' does not exist", Duration.ofSeconds(5)))
                .then(failing("no server"))
                .then(() -> at(1));
        ask();
        lines();
        ask();
        assertThat(watch.latest().state()).isEqualTo(State.NOBODY);
        assertThat(watch.latest().addresses()).isEmpty();
        assertThat(watch.latest().maxAge()).isEqualTo(Duration.ofSeconds(5));
        assertThat(lines())
                .containsExactly("WARN " + MEMBER
                        + "finds nobody under 'orders' in the script: 'orders' does not exist. It" + " keeps asking.");
        ask();
        assertThat(watch.latest().addresses())
                .as("the latest answer was nobody")
                .isEmpty();
        assertThat(lines())
                .containsExactly(
                        "WARN " + MEMBER + "cannot ask for 'orders' in the script: no server. It knows no addresses."
                                + " It keeps asking.");
        ask();
        assertThat(lines()).hasSize(2).last().asString().contains("has found 1 addresses");
    }

    @Test
    void reasonsThatTakeTurnsAreToldOnceAMinute() throws Exception {
        script.then(failing("one")).then(failing("two")).then(failing("one")).then(failing("three"));
        ask();
        ask();
        ask();
        assertThat(lines()).hasSize(1);
        later(60);
        ask();
        assertThat(lines()).singleElement().asString().contains(": three.");
    }

    @Test
    void aSourceThatThrowsWhateverItMayHasFailed() throws Exception {
        script.then(() -> {
                    throw new IllegalStateException("a defect");
                })
                .then(() -> {
                    throw new NoClassDefFoundError("com/example/Registry");
                });
        ask();
        assertThat(watch.latest().problem()).isEqualTo("java.lang.IllegalStateException: a defect");
        ask();
        assertThat(watch.latest().problem()).isEqualTo("java.lang.NoClassDefFoundError: com/example/Registry");
    }

    // ------------------------------------------------------------------------------------------------ its thread

    @Test
    void asksAgainAfterTheTimeOfTheCache() {
        AtomicInteger asked = new AtomicInteger();
        watch(
                        () -> {
                            asked.incrementAndGet();
                            return at(1);
                        },
                        Duration.ofMillis(1))
                .start();
        await().atMost(LONG).until(() -> asked.get() > 3);
    }

    @Test
    void asksNothingWithinTheTimeOfTheCacheUnlessSomebodyIsInAHurry() {
        AtomicInteger asked = new AtomicInteger();
        DiscoveryWatch patient = watch(
                () -> {
                    asked.incrementAndGet();
                    return at(1);
                },
                AN_HOUR);
        patient.start();
        await().atMost(LONG).until(() -> patient.latest().state() == State.FOUND);
        assertThat(asked).hasValue(1);
        patient.askSoon();
        await().atMost(LONG).until(() -> asked.get() == 2);
    }

    @Test
    void asksSoonAgainAfterAFailureAndAfterNobody() {
        script.then(failing("no server"))
                .then(() -> new Nobody("none", Duration.ZERO))
                .then(() -> at(1));
        watch.start();
        await().atMost(LONG).until(() -> watch.latest().state() == State.FOUND);
        assertThat(told).extracting(Discovered::state).containsExactly(State.FAILED, State.NOBODY, State.FOUND);
    }

    @Test
    void aQuestionThatNeverEndsHoldsUpNobody() throws Exception {
        CountDownLatch hangs = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        script.then(() -> at(1)).then(() -> {
            hangs.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                interrupted.countDown();
                throw e;
            }
            return at(2);
        });
        watch.start();
        await().atMost(LONG).until(() -> watch.latest().state() == State.FOUND);
        watch.askSoon();
        assertThat(hangs.await(60, TimeUnit.SECONDS)).isTrue();
        later(100);
        assertThat(watch.latest().addresses()).containsExactlyElementsOf(addresses(1));
        assertThat(watch.latest().age()).isEqualTo(Duration.ofSeconds(100));
        watch.close();
        assertThat(interrupted.await(60, TimeUnit.SECONDS)).isTrue();
        assertThat(told).hasSize(1);
    }

    @Test
    void findsAChangingSetOnAServer() throws Exception {
        try (NameServer server = new NameServer()) {
            server.addresses("orders.test", "10.1.0.4");
            DiscoveryWatch onServer =
                    watch(new DnsDiscovery("orders.test", 8080, List.of(server.address())), Duration.ofMillis(20));
            onServer.start();
            await().atMost(LONG)
                    .until(() -> onServer.latest()
                            .addresses()
                            .equals(new TreeSet<>(List.of(new Address("10.1.0.4", 8080)))));
            server.addresses("orders.test", "10.1.0.5", "10.1.0.6");
            await().atMost(LONG).until(() -> onServer.latest().addresses().size() == 2);
            server.is(NameServer.Mood.SERVFAIL);
            await().atMost(LONG).until(() -> onServer.latest().state() == State.FAILED);
            assertThat(onServer.latest().addresses()).hasSize(2);
        }
    }

    @Test
    void refusesToKeepAnswersForNoTime() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> watch(script, Duration.ZERO))
                .withMessage("cache must be longer than 0, but is PT0S");
    }

    @Test
    void refusesAddressesThatAreNone() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Address("[fd00::1]", 1))
                .withMessageContaining("host");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Address(" ", 1))
                .withMessageContaining("host");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Address("a", 0))
                .withMessageContaining("port");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Found(List.of()))
                .withMessageContaining("Nobody");
    }
}
