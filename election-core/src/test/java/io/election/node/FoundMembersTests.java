package io.election.node;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.election.Role;
import io.election.core.Contact;
import io.election.core.ElectionSettings;
import io.election.core.ElectionView;
import io.election.core.EnrolledMember;
import io.election.core.Input;
import io.election.core.LogPosition;
import io.election.core.Member;
import io.election.core.MemberKind;
import io.election.core.Membership;
import io.election.core.Request;
import io.election.discovery.MemberDiscovery;
import io.election.discovery.MemberDiscovery.Address;
import io.election.discovery.MemberDiscovery.Found;
import io.election.discovery.MemberDiscovery.Nobody;
import io.election.peer.PeerCallback;
import io.election.peer.PeerHandler;
import io.election.peer.PeerIdentity;
import io.election.peer.PeerTransport;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;

/** What a member makes of the addresses that discovery finds. Discovery, whoever answers, and the clock are in the test's hands. */
class FoundMembersTests {

    private static final String CLUSTER = "found-members";
    private static final Duration LONG = Duration.ofMinutes(3);
    private static final Duration T = Duration.ofSeconds(1);
    private static final Duration MISSING_FOR_LONG = Duration.ofSeconds(30);
    /** For so long an answer counts that discovery says is never old. */
    private static final Duration YOUNG = Duration.ofSeconds(3);

    private static final Duration LONGEST_AGE = Duration.ofSeconds(20);
    private static final PeerIdentity NOBODY = new PeerIdentity.Nobody("connection refused");

    private final SetClock clock = new SetClock();
    private final Names names = new Names();
    private final Asked transport = new Asked();
    private final Chronicle chronicle = new Chronicle(CLUSTER, "a", List.of());
    private final List<Input> told = new CopyOnWriteArrayList<>();
    private volatile boolean reachesAll = true;
    private @Nullable Membership membership;
    private @Nullable FoundMembers found;
    private @Nullable AddressBook addresses;

    private final Logger logger = (Logger) LoggerFactory.getLogger(ElectionNode.class);
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            if (event.getFormattedMessage().contains("'" + CLUSTER + "'")) {
                lines.add(event.getLevel() + " " + event.getFormattedMessage());
            }
        }
    };

    @BeforeEach
    void listen() {
        logger.setLevel(Level.INFO);
        appender.start();
        logger.addAppender(appender);
    }

    @AfterEach
    void end() throws InterruptedException {
        if (found != null) {
            found.close();
        }
        chronicle.flush(LONG);
        logger.detachAppender(appender);
        logger.setLevel(null);
    }

    // ------------------------------------------------------------------------------------------------ the surroundings

    /** Answers a question once the test says what. */
    private static final class Names implements MemberDiscovery {

        private final Semaphore waiting = new Semaphore(0);
        private final SynchronousQueue<Object> answers = new SynchronousQueue<>();

        @Override
        public Answer find() throws IOException, InterruptedException {
            waiting.release();
            Object answer = answers.take();
            if (answer instanceof IOException failure) {
                throw failure;
            }
            return (Answer) answer;
        }

        @Override
        public String describe() {
            return "the test's name";
        }

        /** Returns once the answer was taken in, and the next question is there. */
        void say(Object answer) throws InterruptedException {
            awaitQuestion();
            answers.put(answer);
            awaitQuestion();
            waiting.release();
        }

        private void awaitQuestion() throws InterruptedException {
            assertThat(waiting.tryAcquire(LONG.toSeconds(), TimeUnit.SECONDS))
                    .as("a question")
                    .isTrue();
        }
    }

    /** Who answers at a url is what the test says when it lets all answers come. */
    private static final class Asked implements PeerTransport {

        private final Map<String, CompletableFuture<PeerIdentity>> open = new TreeMap<>();
        private final Map<String, PeerIdentity> there = new TreeMap<>();
        private final List<String> asked = new ArrayList<>();
        private final List<String> names = new ArrayList<>();
        private final Map<String, List<String>> contacts = new TreeMap<>();

        @Override
        public synchronized CompletableFuture<PeerIdentity> identify(URI url) {
            CompletableFuture<PeerIdentity> answer = new CompletableFuture<>();
            asked.add(url.toString());
            assertThat(open.put(url.toString(), answer))
                    .as("one question at a time for %s", url)
                    .isNull();
            return answer;
        }

        @Override
        public synchronized void foundUnder(String name) {
            names.add(name);
        }

        @Override
        public synchronized void contact(String member, List<String> urls) {
            contacts.put(member, urls);
        }

        synchronized Set<String> open() {
            return Set.copyOf(open.keySet());
        }

        synchronized List<String> takeAsked() {
            List<String> taken = asked.stream().sorted().toList();
            asked.clear();
            return taken;
        }

        void answer(String url) {
            CompletableFuture<PeerIdentity> answer;
            synchronized (this) {
                answer = open.remove(url);
            }
            assertThat(answer).as("a question for %s", url).isNotNull();
            answer.complete(there.getOrDefault(url, NOBODY));
        }

        @Override
        public void start(PeerHandler handler) {}

        @Override
        public void members(Set<String> members) {}

        @Override
        public void send(Request request, PeerCallback callback) {}

        @Override
        public void close() {}
    }

    private static ElectionSettings settings() {
        return new ElectionSettings(
                CLUSTER,
                "a",
                List.of(new Member("a", MemberKind.DATA, 7, false)),
                T,
                T.dividedBy(10),
                Duration.ofMillis(750),
                0.05,
                Duration.ofMillis(20),
                T,
                false,
                100);
    }

    private ElectionView view() {
        return new ElectionView(
                Role.FOLLOWER,
                1,
                null,
                null,
                null,
                false,
                LogPosition.NONE,
                0,
                membership,
                3,
                2,
                null,
                List.of(),
                false,
                false,
                null);
    }

    private FoundMembers start(@Nullable URI own, boolean announced) {
        // It asks again as soon as it has an answer, and gets none before the test gives one.
        Finding finding = new Finding(names, Duration.ofMillis(1), LONGEST_AGE, false, "", own, "http://*:8080");
        NodeSettings settings =
                new NodeSettings(settings(), false, Map.of(), Map.of(), false, announced, true, finding);
        addresses = new AddressBook(settings, transport, chronicle);
        FoundMembers started = new FoundMembers(
                settings,
                finding,
                transport,
                addresses,
                chronicle,
                clock,
                () -> reachesAll,
                Map::of,
                this::view,
                told::add,
                MISSING_FOR_LONG);
        found = started;
        started.start();
        return started;
    }

    private FoundMembers start() {
        return start(null, true);
    }

    // ------------------------------------------------------------------------------------------------ words

    private static Address address(int number) {
        return new Address("10.0.0." + number, 8090);
    }

    private static String url(int number) {
        return "http://10.0.0." + number + ":8090";
    }

    private static PeerIdentity member(String id) {
        return new PeerIdentity.AnotherMember(CLUSTER, id);
    }

    /** At these addresses, by their numbers, are from now on whoever is named: this member itself is "a". */
    private void there(Object... numbersAndWho) {
        transport.there.clear();
        for (int i = 0; i < numbersAndWho.length; i += 2) {
            Object who = numbersAndWho[i + 1];
            transport.there.put(
                    url((Integer) numbersAndWho[i]),
                    who instanceof PeerIdentity identity
                            ? identity
                            : who.equals("a") ? new PeerIdentity.Self() : member(String.valueOf(who)));
        }
    }

    private static Found addresses(int... numbers) {
        List<Address> all = new ArrayList<>();
        for (int number : numbers) {
            all.add(address(number));
        }
        return new Found(all);
    }

    private static Found under(String name, int... numbers) {
        return new Found(addresses(numbers).addresses(), name, Duration.ZERO);
    }

    /** Discovery answers, and whoever is asked then. */
    private void finds(Object answer) throws InterruptedException {
        names.say(answer);
        settle();
    }

    /** All who are asked answer, until nobody is asked any more. */
    private void settle() {
        for (Set<String> open = transport.open(); !open.isEmpty(); open = transport.open()) {
            new TreeSet<>(open).forEach(transport::answer);
        }
    }

    /** Time passes. */
    private void pass(Duration time, boolean leaderKnown) {
        clock.advance(time);
        found.tick(clock.monotonicNanos(), leaderKnown);
    }

    private void leaderIsKnown() {
        pass(Duration.ZERO, true);
    }

    /** A second without a leader. */
    private void second() {
        pass(Duration.ofSeconds(1), false);
        settle();
    }

    private static Input.Discovered discovered(@Nullable String unsure, String... ids) {
        return new Input.Discovered(Set.of(ids), unsure, YOUNG);
    }

    /** What the election was told since it was looked at last, but for where this member is. */
    private List<Input> taken() {
        List<Input> taken = told.stream()
                .filter(input -> !(input instanceof Input.ContactIs))
                .toList();
        told.clear();
        return taken;
    }

    private @Nullable String unsure() {
        List<Input> taken = taken();
        assertThat(taken).isNotEmpty();
        return ((Input.Discovered) taken.get(taken.size() - 1)).unsure();
    }

    private List<String> said() throws InterruptedException {
        chronicle.flush(LONG);
        List<String> all = List.copyOf(lines);
        lines.clear();
        return all;
    }

    // ------------------------------------------------------------------------------------------------ the founding

    @Test
    void whatIsFoundFirstIsToldInOnePieceOnceAllHaveBeenAsked() throws Exception {
        start();
        there(1, "a", 2, "b", 3, "c");
        names.say(addresses(1, 2, 3));
        transport.answer(url(2));
        transport.answer(url(1));
        second();
        assertThat(taken()).containsExactly(discovered(null, "a", "b", "c"));
    }

    @Test
    void asksTwoAtATimeAndEachOnce() throws Exception {
        start();
        there(1, "a", 2, "b", 3, "c", 4, "d", 5, "e");
        names.say(addresses(1, 2, 3, 4, 5));
        assertThat(transport.open()).containsExactlyInAnyOrder(url(1), url(2));
        transport.answer(url(1));
        assertThat(transport.open()).containsExactlyInAnyOrder(url(2), url(3));
        settle();
        assertThat(transport.takeAsked()).containsExactly(url(1), url(2), url(3), url(4), url(5));
        assertThat(taken()).containsExactly(discovered(null, "a", "b", "c", "d", "e"));
    }

    @Test
    void nothingIsToldBeforeDiscoveryHasAnswered() throws Exception {
        start();
        second();
        names.say(new IOException("no name server answers"));
        for (int i = 0; i < 10; i++) {
            second();
        }
        assertThat(told).isEmpty();
        there(1, "a");
        finds(addresses(1));
        assertThat(taken()).containsExactly(discovered(null, "a"));
    }

    @Test
    void whereDiscoveryFindsNobodyItIsNotSureThatNobodyIsThere() throws Exception {
        start();
        finds(new Nobody("'orders' does not exist", Duration.ZERO));
        assertThat(taken()).containsExactly(discovered("discovery finds nobody: 'orders' does not exist", "a"));
        there(1, "a");
        finds(addresses(1));
        assertThat(unsure()).isNull();
    }

    @Test
    void whoIsFoundLaterContradictsAtOnceWhatAllHaveAgreedOn() throws Exception {
        start();
        there(1, "a", 2, "b");
        finds(addresses(1, 2));
        taken();
        names.say(addresses(1, 2, 3));
        assertThat(taken())
                .containsExactly(discovered(
                        "no member of this cluster answers at 10.0.0.3:8090, where discovery finds one", "a", "b"));
        there(1, "a", 2, "b", 3, "c");
        settle();
        assertThat(taken()).containsExactly(discovered(null, "a", "b", "c"));
        names.say(addresses(1, 3));
        assertThat(taken()).as("nobody has to be asked for that").containsExactly(discovered(null, "a", "c"));
    }

    @Test
    void theSameIsToldOnce() throws Exception {
        start();
        there(1, "a", 2, "b");
        finds(addresses(1, 2));
        finds(addresses(1, 2));
        second();
        assertThat(taken()).hasSize(1);
    }

    @Test
    void agreementHasToLastForAsLongAsTheNameServiceMayBeLate() throws Exception {
        start();
        there(1, "a");
        finds(new Found(addresses(1).addresses(), null, Duration.ofSeconds(5)));
        finds(new Found(addresses(1).addresses(), null, Duration.ofDays(1)));
        assertThat(taken())
                .containsExactly(
                        new Input.Discovered(
                                Set.of("a"), null, Duration.ofSeconds(5).plus(YOUNG)),
                        new Input.Discovered(Set.of("a"), null, LONGEST_AGE.plus(YOUNG)));
    }

    // ------------------------------------------------------------------------------------------------ who is there

    @Test
    void twoAddressesOfOneMemberAreOneMember() throws Exception {
        start();
        there(1, "a", 2, "b", 3, "b", 4, "a");
        finds(addresses(1, 2, 3, 4));
        assertThat(taken()).containsExactly(discovered(null, "a", "b"));
        assertThat(transport.contacts).isEqualTo(Map.of("b", List.of(url(2), url(3))));
    }

    @Test
    void knowsWhereItIsReachedFromTheAddressAtWhichItAnswersItself() throws Exception {
        start();
        there(1, "b", 2, "a", 3, "a");
        finds(addresses(1, 2, 3));
        assertThat(told)
                .containsExactly(
                        new Input.ContactIs(new Contact(url(2), "http://10.0.0.2:8080", 7)),
                        discovered(null, "a", "b"));
        assertThat(addresses.own()).isEqualTo(new Contact(url(2), "http://10.0.0.2:8080", 7));
        told.clear();
        finds(addresses(1, 3, 2));
        assertThat(told).as("it is where it was").isEmpty();
        finds(addresses(1, 3));
        assertThat(told).containsExactly(new Input.ContactIs(new Contact(url(3), "http://10.0.0.3:8080", 7)));
    }

    @Test
    void whereItIsReachedIsNotTakenFromDiscoveryIfItIsSetOrIsNotToBeAnnounced() throws Exception {
        start(URI.create("http://127.0.0.1:8090"), true);
        there(1, "a");
        finds(addresses(1));
        assertThat(told).containsExactly(discovered(null, "a"));
    }

    @Test
    void whoIsNotToBeAnnouncedTellsNobodyWhereItIs() throws Exception {
        start(null, false);
        there(1, "a");
        finds(addresses(1));
        assertThat(told).containsExactly(discovered(null, "a"));
        assertThat(addresses.own()).isNull();
    }

    static Stream<PeerIdentity> whoeverIsNoMember() {
        return Stream.of(
                NOBODY,
                new PeerIdentity.SomethingElse("404"),
                new PeerIdentity.NotTrusted("it has expired"),
                // Another process that runs as this member.
                member("a"));
    }

    @ParameterizedTest
    @MethodSource("whoeverIsNoMember")
    void anAddressOfWhichItIsNotSureWhoIsThereIsAReasonNotToFound(PeerIdentity who) throws Exception {
        start();
        there(1, "a", 2, "b", 3, who, 4, who);
        finds(addresses(1, 2, 3, 4));
        assertThat(taken())
                .containsExactly(discovered(
                        "no member of this cluster answers at 10.0.0.3:8090, 10.0.0.4:8090, where discovery finds one",
                        "a",
                        "b"));
        assertThat(transport.contacts).containsOnlyKeys("b");
    }

    @Test
    void anAddressThatMakesNoUrlIsOneOfThem() throws Exception {
        start();
        there(1, "a");
        finds(new Found(List.of(address(1), new Address("no host", 8090))));
        assertThat(unsure()).contains("no host:8090");
        assertThat(said()).singleElement().asString().contains("WARN", "finds no host:8090", "makes no url");
    }

    @Test
    void aMemberOfAnotherClusterIsLeftOut() throws Exception {
        start();
        there(1, "a", 2, "b", 3, new PeerIdentity.AnotherMember("invoices", "c"));
        finds(addresses(1, 2, 3));
        assertThat(taken()).containsExactly(discovered(null, "a", "b"));
        assertThat(transport.contacts).containsOnlyKeys("b");
        assertThat(said())
                .singleElement()
                .asString()
                .contains("WARN", "finds " + url(3), "'c' of another cluster answers, 'invoices'");
    }

    @Test
    void oneCallThatIsLostMakesNobodySilent() throws Exception {
        start();
        there(1, "a", 2, "b");
        finds(addresses(1, 2));
        taken();
        there(1, "a");
        second();
        assertThat(taken()).isEmpty();
        there(1, "a", 2, "b");
        second();
        there(1, "a");
        second();
        assertThat(taken()).as("it has answered in between").isEmpty();
        second();
        assertThat(unsure()).contains("10.0.0.2:8090");
    }

    // ------------------------------------------------------------------------------------------------ who is asked
    // when

    @Test
    void whileNoLeaderIsKnownAllAreAskedOnceASecond() throws Exception {
        start();
        there(1, "a", 2, "b");
        finds(addresses(1, 2));
        second();
        transport.takeAsked();
        pass(Duration.ofMillis(999), false);
        assertThat(transport.takeAsked()).isEmpty();
        pass(Duration.ofMillis(1), false);
        assertThat(transport.takeAsked()).containsExactly(url(1), url(2));
    }

    @Test
    void onceALeaderIsKnownOnlyWhoIsNewIsAsked() throws Exception {
        start();
        there(1, "a", 2, "b", 3, "c");
        finds(addresses(1, 2));
        leaderIsKnown();
        transport.takeAsked();
        pass(Duration.ofMinutes(1), true);
        finds(addresses(1, 2, 3));
        assertThat(transport.takeAsked()).containsExactly(url(3));
        finds(addresses(1, 2, 3));
        assertThat(transport.takeAsked()).isEmpty();
        // And all of them once it is gone.
        second();
        assertThat(transport.takeAsked()).containsExactly(url(1), url(2), url(3));
    }

    @Test
    void whoMovedToAnAddressOfAnotherIsFoundWhileAMemberIsNotReached() throws Exception {
        start();
        there(1, "a", 2, "b", 3, "c");
        finds(addresses(1, 2, 3));
        leaderIsKnown();
        there(1, "a", 2, "c", 3, "b");
        finds(addresses(1, 2, 3));
        assertThat(transport.contacts).isEqualTo(Map.of("b", List.of(url(2)), "c", List.of(url(3))));
        reachesAll = false;
        finds(addresses(1, 2, 3));
        assertThat(transport.contacts).isEqualTo(Map.of("b", List.of(url(3)), "c", List.of(url(2))));
    }

    @Test
    void asksNobodyAndTellsNothingOnceItIsClosed() throws Exception {
        FoundMembers closed = start();
        there(1, "a", 2, "b", 3, "c");
        names.say(addresses(1, 2, 3));
        closed.close();
        settle();
        second();
        assertThat(transport.takeAsked()).as("two at a time").containsExactly(url(1), url(2));
        assertThat(told).isEmpty();
    }

    // ------------------------------------------------------------------------------------------------ discovery fails

    @Test
    void anAnswerOfDiscoveryThatBecomesOldIsNoLongerReliedOn() throws Exception {
        start();
        there(1, "a", 2, "b");
        finds(addresses(1, 2));
        names.say(new IOException("no name server answers"));
        pass(YOUNG, false);
        settle();
        assertThat(taken()).as("it is young").containsExactly(discovered(null, "a", "b"));
        second();
        assertThat(taken()).containsExactly(discovered("discovery does not answer: no name server answers", "a", "b"));
        finds(addresses(1, 2));
        assertThat(unsure()).isNull();
    }

    // ------------------------------------------------------------------------------------------------ the name

    @Test
    void theNameUnderWhichItIsFoundIsAPartOfItsClustersNameFromThenOn() throws Exception {
        start();
        there(1, "a");
        finds(addresses(1));
        assertThat(transport.names).as("it has none").isEmpty();
        finds(under("orders.blue.example", 1));
        finds(addresses(1));
        finds(under("Orders.Blue.Example", 1));
        assertThat(transport.names).containsExactly("orders.blue.example");
        assertThat(said()).isEmpty();
    }

    @Test
    void whatIsFoundUnderAnotherNameIsLeftOutAndAReasonNotToFound() throws Exception {
        start();
        there(1, "a", 2, "b", 3, "c");
        finds(under("orders.blue.example", 1, 2));
        taken();
        transport.takeAsked();
        finds(under("orders.green.example", 1, 2, 3));
        finds(under("orders.green.example", 3));
        assertThat(taken())
                .containsExactly(discovered(
                        "discovery names 'orders.green.example', and this member was found under 'orders.blue.example'",
                        "a",
                        "b"));
        assertThat(transport.takeAsked()).doesNotContain(url(3));
        assertThat(transport.names).containsExactly("orders.blue.example");
        assertThat(said())
                .singleElement()
                .asString()
                .contains("ERROR", "'orders.blue.example'", "'orders.green.example'", "Restart this member");
        finds(under("orders.blue.example", 1, 2));
        assertThat(unsure()).isNull();
    }

    // ------------------------------------------------------------------------------------------------ what is said

    @Test
    void saysOnceThatTheOthersCannotFindThisMember() throws Exception {
        start();
        there(2, "b");
        finds(addresses(2));
        pass(MISSING_FOR_LONG.minusNanos(1), false);
        settle();
        assertThat(said()).isEmpty();
        second();
        second();
        assertThat(said())
                .singleElement()
                .asString()
                .contains("WARN", "has not found itself for 30 s", "the test's name: 10.0.0.2:8090");
        there(1, "a", 2, "b");
        finds(addresses(1, 2));
        assertThat(said()).containsExactly("INFO Member 'a' of cluster '" + CLUSTER + "' is found by discovery now.");
    }

    @Test
    void saysOnceWhoIsInTheWayOfAFounding() throws Exception {
        start();
        there(
                1,
                "a",
                2,
                new PeerIdentity.SomethingElse("404"),
                3,
                new PeerIdentity.NotTrusted("it has expired"),
                4,
                member("a"));
        finds(addresses(1, 2, 3, 4, 5));
        second();
        assertThat(said())
                .hasSize(3)
                .anyMatch(line -> line.contains("WARN") && line.contains(url(2)) && line.contains("404"))
                .anyMatch(line -> line.contains("WARN") && line.contains(url(3)) && line.contains("it has expired"))
                .anyMatch(line -> line.contains("ERROR") && line.contains(url(4)) && line.contains("another process"));
        second();
        second();
        assertThat(said()).as("whoever starts has a little time").isEmpty();
        second();
        second();
        assertThat(said()).singleElement().asString().contains("WARN", url(5), "nobody answers: connection refused");
    }

    @Test
    void aMemberThatIsGoneIsNoNewsWhileThereIsALeader() throws Exception {
        start();
        there(1, "a");
        finds(addresses(1, 2));
        leaderIsKnown();
        reachesAll = false;
        for (int i = 0; i < 10; i++) {
            finds(addresses(1, 2));
        }
        assertThat(said()).isEmpty();
    }

    // ------------------------------------------------------------------------------------------------ a lost quorum

    private static EnrolledMember voter(String id) {
        return new EnrolledMember(id, MemberKind.DATA, "memory-" + id, 1);
    }

    @Test
    void aSurvivorSaysThatTooFewOfItsVotersAreFound() throws Exception {
        membership = new Membership("cluster-1", 1, List.of(voter("a"), voter("b"), voter("c")));
        FoundMembers survivor = start();
        there(1, "a", 2, "d", 3, "e");
        finds(addresses(1, 2, 3));
        pass(T.multipliedBy(10).minusNanos(1), false);
        settle();
        assertThat(survivor.lostQuorum()).as("it may just have restarted").isNull();
        second();
        assertThat(survivor.lostQuorum())
                .contains("of the voters of its cluster, a, b, c, discovery does not find b, c", "restart this member");
        second();
        assertThat(said()).singleElement().asString().contains("ERROR", "discovery does not find b, c");
        there(1, "a", 2, "d", 3, "c");
        second();
        second();
        assertThat(survivor.lostQuorum()).as("two of three are a quorum").isNull();
        there(1, "a", 2, "d", 3, "e");
        second();
        second();
        assertThat(survivor.lostQuorum()).isNotNull();
        leaderIsKnown();
        assertThat(survivor.lostQuorum()).isNull();
    }

    @Test
    void whoHoldsNoLogHasNoQuorumToLose() throws Exception {
        FoundMembers member = start();
        there(1, "a");
        finds(addresses(1));
        pass(LONG, false);
        assertThat(member.lostQuorum()).isNull();
    }
}
