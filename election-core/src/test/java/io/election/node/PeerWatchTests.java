package io.election.node;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.election.Role;
import io.election.core.ElectionSettings;
import io.election.core.ElectionView;
import io.election.core.EnrolledMember;
import io.election.core.ListedMember;
import io.election.core.LogPosition;
import io.election.core.Member;
import io.election.core.MemberKind;
import io.election.core.MemberPresence;
import io.election.core.Membership;
import io.election.core.Request;
import io.election.peer.KnownLink;
import io.election.peer.MemberState;
import io.election.peer.PeerCallback;
import io.election.peer.PeerHandler;
import io.election.peer.PeerPresence;
import io.election.peer.PeerTransport;
import io.election.peer.PresenceCallback;
import io.election.peer.PresenceQuestion;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What a member that asks its peers tells of them, with a clock and peers in the test's hands. */
class PeerWatchTests {

    private static final Duration T = Duration.ofSeconds(1);
    private static final Duration INTERVAL = Duration.ofSeconds(10);

    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1_000_000);
    private final NodeClock clock = new NodeClock() {
        @Override
        public long monotonicNanos() {
            return nanos.get();
        }

        @Override
        public long wallMillis() {
            return 1_800_000_000_000L;
        }
    };
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final Map<String, PresenceCallback> open = new ConcurrentHashMap<>();
    private final Chronicle chronicle = new Chronicle("orders", "a", List.of());
    private final Logger logger = (Logger) LoggerFactory.getLogger(ElectionNode.class);
    private final List<String> said = new CopyOnWriteArrayList<>();
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            said.add(event.getLevel() + " " + event.getFormattedMessage());
        }
    };
    private volatile ElectionView view = view(null, null, MemberPresence.VotingState.UNKNOWN);
    private final Asked transport = new Asked();
    private final PeerWatch watch = new PeerWatch(
            settings(),
            "memory-a",
            clock,
            chronicle,
            transport,
            () -> view,
            new AddressBook(new NodeSettings(settings(), false, Map.of(), Map.of(), false), transport, chronicle));

    /** Takes questions, and leaves the answers to the test. */
    private final class Asked implements PeerTransport {

        @Override
        public void start(PeerHandler handler) {}

        @Override
        public void members(Set<String> members) {}

        @Override
        public void send(Request request, PeerCallback callback) {}

        @Override
        public void ask(String member, PresenceCallback callback) {
            asked.add(member);
            open.put(member, callback);
        }

        @Override
        public void close() {}
    }

    @BeforeEach
    void listen() {
        logger.setLevel(Level.INFO);
        appender.start();
        logger.addAppender(appender);
    }

    @AfterEach
    void listenNoMore() throws InterruptedException {
        // What another thread still has to say must not be taken for the next test's.
        chronicle.flush(Duration.ofSeconds(30));
        logger.detachAppender(appender);
        logger.setLevel(null);
    }

    private static ElectionSettings settings() {
        return new ElectionSettings(
                "orders",
                "a",
                List.of(
                        new Member("a", MemberKind.DATA, 0, false),
                        new Member("b", MemberKind.DATA, 0, false),
                        new Member("c", MemberKind.DATA, 0, false)),
                T,
                T.dividedBy(10),
                Duration.ofMillis(750),
                0.05,
                Duration.ofMillis(20),
                T,
                false,
                100);
    }

    private static List<ListedMember> listed(String... ids) {
        List<ListedMember> listed = new ArrayList<>();
        for (String id : ids) {
            listed.add(new ListedMember(id, MemberKind.DATA));
        }
        return listed;
    }

    private static Membership membership() {
        return new Membership(
                "cluster-1",
                1,
                List.of(
                        new EnrolledMember("a", MemberKind.DATA, "memory-a", 1),
                        new EnrolledMember("b", MemberKind.DATA, "memory-b", 1),
                        new EnrolledMember("c", MemberKind.DATA, "memory-c", 1)));
    }

    private static ElectionView view(
            @Nullable String leader, @Nullable Membership membership, MemberPresence.VotingState own) {
        return new ElectionView(
                Role.FOLLOWER,
                1,
                null,
                leader,
                null,
                false,
                LogPosition.NONE,
                0,
                membership,
                3,
                2,
                null,
                List.of(new MemberPresence("a", MemberKind.DATA, own, true, null, null, null)),
                false,
                false,
                null);
    }

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    /** Lets the watch ask whose turn it is. */
    private List<String> tick(boolean leaderKnown) throws InterruptedException {
        asked.clear();
        watch.tick(nanos.get(), leaderKnown);
        chronicle.flush(Duration.ofSeconds(30));
        return List.copyOf(asked);
    }

    private List<String> said() throws InterruptedException {
        chronicle.flush(Duration.ofSeconds(30));
        List<String> all = List.copyOf(said);
        said.clear();
        return all;
    }

    private PeerPresence present(boolean ready, String incarnation, boolean settled, String... listed) {
        return new PeerPresence(
                new MemberState(
                        ready,
                        ready ? null : "Worker.run",
                        incarnation,
                        settled,
                        null,
                        null,
                        listed(listed),
                        List.of()),
                false,
                false);
    }

    private void answer(String member, PeerPresence presence) {
        PresenceCallback callback = open.remove(member);
        assertThat(callback).as("an open question to " + member).isNotNull();
        callback.present(presence);
    }

    @Test
    void asksAtTheStartAndThenSeldomWhileAllIsWell() throws Exception {
        assertThat(tick(true)).containsExactly("b", "c");
        answer("b", present(true, "memory-b", true, "a", "b", "c"));
        open.remove("c").absent("connection refused");
        assertThat(tick(true)).isEmpty();
        pass(T);
        // What it found out of 'c' is told to 'b' once.
        assertThat(tick(true)).containsExactly("b", "c");
        watch.question("b");
        answer("b", present(true, "memory-b", true, "a", "b", "c"));
        pass(INTERVAL.minusNanos(1));
        assertThat(tick(true)).isEmpty();
        pass(Duration.ofNanos(1));
        assertThat(tick(true)).containsExactly("b");
    }

    @Test
    void tellsTheOthersSoonThatALinkEndedOrIsBackAndThenNoMore() throws Exception {
        allAnswer();
        pass(T);
        allAnswer();
        pass(T);
        assertThat(tick(true)).isEmpty();
        watch.failed("c", "connection refused");
        watch.failed("c", "connection refused");
        pass(T.minusNanos(1));
        assertThat(tick(true)).isEmpty();
        pass(Duration.ofNanos(1));
        assertThat(tick(true)).containsExactly("b");
        watch.question("b");
        // It ends while 'b' is asked: that question told the older state.
        watch.answered("c");
        answer("b", present(true, "memory-b", true, "a", "b", "c"));
        pass(T);
        assertThat(tick(true)).containsExactly("b");
        watch.question("b");
        answer("b", present(true, "memory-b", true, "a", "b", "c"));
        watch.answered("c");
        pass(T);
        assertThat(tick(true)).isEmpty();
    }

    /** Everybody who is due is asked, told, and answers. */
    private void allAnswer() throws InterruptedException {
        for (String due : tick(true)) {
            watch.question(due);
            answer(due, present(true, "memory-" + due, true, "a", "b", "c"));
        }
    }

    @Test
    void showsTheLinksOfOthersAsTheySaidLatelyAndOfOneThatIsLostOnlyWhatItSaidSince() {
        KnownLink link = new KnownLink("c", true, Duration.ofMillis(3), Duration.ofSeconds(2), null);
        watch.says("b", List.of(link));
        watch.says("c", null);
        watch.says("x", List.of(link));
        Instant now = Instant.ofEpochMilli(clock.wallMillis());
        assertThat(watch.links())
                .containsExactly(
                        new MembersState.Link("b", "c", true, Duration.ofMillis(3), now.minusSeconds(2), null, now));
        pass(Duration.ofSeconds(1));
        watch.failed("b", "connection refused");
        assertThat(watch.links()).as("of a member that is lost").isEmpty();
        pass(Duration.ofSeconds(1));
        watch.says("b", List.of(new KnownLink("c", false, null, null, "no answer")));
        assertThat(watch.links())
                .as("of one that is not reached, and calls")
                .containsExactly(new MembersState.Link("b", "c", false, null, null, "no answer", now));
        pass(INTERVAL.multipliedBy(3).plusNanos(1));
        assertThat(watch.links()).as("long ago").isEmpty();
    }

    @Test
    void asksMoreOftenWithoutALeader() throws Exception {
        assertThat(tick(false)).containsExactly("b", "c");
        answer("b", present(true, "memory-b", true, "a", "b", "c"));
        open.remove("c").notAsked();
        pass(T);
        assertThat(tick(false)).containsExactly("b", "c");
    }

    @Test
    void asksAgainAfterAQuestionOfWhichNothingWasHeard() throws Exception {
        tick(true);
        pass(Duration.ofSeconds(29));
        assertThat(tick(true)).isEmpty();
        pass(Duration.ofSeconds(1));
        assertThat(tick(true)).containsExactly("b", "c");
    }

    @Test
    void tellsTheReasonOnceAndTheEnd() throws Exception {
        watch.answered("b");
        pass(T);
        for (int call = 0; call < 50; call++) {
            watch.failed("b", "connection refused");
            pass(Duration.ofMillis(100));
        }
        assertThat(said()).containsExactly("WARN Member 'a' of cluster 'orders' cannot reach 'b': connection refused.");
        assertThat(watch.reached("b").reachable()).isFalse();
        assertThat(watch.reached("b").lastError()).isEqualTo("connection refused");
        assertThat(watch.reached("b").lastErrorSince()).isNotNull();
        watch.answered("b");
        watch.answered("b");
        assertThat(said()).containsExactly("INFO Member 'a' of cluster 'orders' has reached 'b' again, after 5 s.");
        assertThat(watch.reached("b").reachable()).isTrue();
        assertThat(watch.reached("b").lastError()).isNull();
        assertThat(watch.reached("c").reachable()).isNull();
    }

    @Test
    void saysNothingOfOneCallThatFailsAmongOthersThatDoNot() throws Exception {
        for (int call = 0; call < 50; call++) {
            watch.answered("b");
            pass(T.minusMillis(1));
            watch.failed("b", "no answer within PT1S");
        }
        assertThat(said()).isEmpty();
    }

    @Test
    void aChangingReasonAndAFlappingPeerFloodNothing() throws Exception {
        pass(T);
        for (int second = 0; second < 60; second++) {
            watch.failed("b", second % 2 == 0 ? "connection refused" : "no answer within PT1S");
            pass(Duration.ofSeconds(1));
        }
        assertThat(said())
                .containsExactly(
                        "WARN Member 'a' of cluster 'orders' cannot reach 'b': connection refused.",
                        "WARN Member 'a' of cluster 'orders' cannot reach 'b', now for another reason: no answer within"
                                + " PT1S.");
        assertThat(watch.reached("b").lastError()).isEqualTo("no answer within PT1S");
        for (int call = 0; call < 50; call++) {
            watch.failed("b", "bad answer number " + call);
        }
        assertThat(said()).hasSize(3);
        said();
        for (int turn = 0; turn < 100; turn++) {
            watch.answered("b");
            pass(T);
            watch.failed("b", "connection refused");
        }
        // 100 seconds, and at most one pair of sentences in ten.
        assertThat(said()).hasSizeBetween(2, 21);
    }

    @Test
    void saysInWhatListsDifferAndWhenTheyNoLongerDo() throws Exception {
        tick(false);
        answer("b", present(true, "memory-b", false, "a", "b", "d"));
        answer("c", present(true, "memory-c", false, "a", "b", "c"));
        assertThat(said())
                .containsExactly(
                        "ERROR Member 'a' of cluster 'orders' has another list of members (election.members) than"
                                + " 'b': 'd' (data) is listed only there, 'c' (data) is listed only here. Give all members the"
                                + " same list.");
        assertThat(watch.listDifference()).contains("than 'b': 'd' (data) is listed only there");
        // The core has noticed it too.
        watch.listDiffers("b");
        pass(T);
        tick(false);
        answer("b", present(true, "memory-b", false, "a", "b", "d"));
        assertThat(said()).isEmpty();
        pass(T);
        tick(false);
        answer("b", present(true, "memory-b", false, "a", "b", "c"));
        assertThat(said())
                .containsExactly("INFO Member 'a' of cluster 'orders' has the same list of members as 'b' now.");
        assertThat(watch.listDifference()).isNull();
    }

    @Test
    void isRightWithTheListOfTheFounding() throws Exception {
        tick(true);
        answer("b", present(true, "memory-b", false, "a", "b", "d"));
        assertThat(watch.listDifference()).isNotNull();
        view = view("c", membership(), MemberPresence.VotingState.VOTER);
        assertThat(watch.listDifference()).isNull();
        assertThat(watch.reached("b").lastError()).isNull();
        said();
        pass(T.multipliedBy(20));
        tick(true);
        answer("c", present(true, "memory-c", false, "a", "b", "d"));
        assertThat(said()).isEmpty();
    }

    /** What the log says wins over every list: a difference is worth knowing, and is told once. */
    @Test
    void saysOnceInWhatTheListDiffersFromTheMembersInForce() throws Exception {
        Membership other = new Membership(
                "cluster-1",
                1,
                Stream.of("a", "b", "d")
                        .map(id -> new EnrolledMember(id, MemberKind.DATA, "memory-" + id, 1))
                        .toList());
        watch.members(Set.of("a", "b", "d"), other);
        assertThat(said())
                .containsExactly(
                        "INFO Member 'a' of cluster 'orders' has another list of members (election.members) than the one in"
                                + " force, which counts: 'd' (data) is listed only in the log, 'c' (data) is listed only here.");

        watch.members(Set.of("a", "b", "d", "x"), other);
        assertThat(said())
                .containsExactly(
                        "INFO Member 'a' of cluster 'orders' hears from members that want to join its cluster: 'x'.");

        watch.members(Set.of("a", "b", "c"), membership());
        assertThat(said())
                .containsExactlyInAnyOrder(
                        "INFO Member 'a' of cluster 'orders' has new members in its cluster: 'c'.",
                        "INFO Member 'a' of cluster 'orders' has members removed from its cluster: 'd'.",
                        "INFO Member 'a' of cluster 'orders' no longer hears from members that wanted to join its cluster:"
                                + " 'x'.",
                        "INFO Member 'a' of cluster 'orders' has the list of members (election.members) now that is in force.");
    }

    @Test
    void warnsWhereThisMemberIsOfAnotherKindThanItsListSays() throws Exception {
        watch.members(
                Set.of("a", "b", "c"),
                new Membership(
                        "cluster-1",
                        1,
                        Stream.of("a", "b", "c")
                                .map(id -> new EnrolledMember(
                                        id, id.equals("a") ? MemberKind.WITNESS : MemberKind.DATA, "memory-" + id, 1))
                                .toList()));
        assertThat(said())
                .singleElement()
                .asString()
                .startsWith("WARN")
                .contains("'a' is data here and witness in the log");
    }

    /** Whom it does not reach, another one may. */
    @Test
    void asksOthersForThoseThatItDoesNotReach() {
        assertThat(watch.question("b")).isEqualTo(new PresenceQuestion(null, null, true));
        view = view("b", membership(), MemberPresence.VotingState.VOTER);
        watch.failed("c", "connection refused");
        assertThat(watch.question("b")).isEqualTo(new PresenceQuestion(null, List.of("c"), null));
        assertThat(watch.question("c")).isEqualTo(PresenceQuestion.NONE);
    }

    @Test
    void saysWhoDoesNotStandWhileNobodyLeads() throws Exception {
        for (int second = 0; second < 30; second++) {
            tick(false);
            answer("b", present(false, "memory-b", true, "a", "b", "c"));
            answer("c", present(true, "memory-c", true, "a", "b", "c"));
            pass(T);
        }
        assertThat(said())
                .singleElement()
                .asString()
                .isEqualTo("WARN Member 'a' of cluster 'orders' knows no leader, and 'b' does not stand for election,"
                        + " because its application is not ready: Worker.run.");
        assertThat(watch.reached("b").ready()).isFalse();
        assertThat(watch.reached("c").ready()).isTrue();
    }

    @Test
    void saysNothingOfWhoIsNotReadyWhileSomebodyLeads() throws Exception {
        for (int second = 0; second < 60; second++) {
            if (tick(true).contains("b")) {
                answer("b", present(false, "memory-b", true, "a", "b", "c"));
            }
            pass(T);
        }
        assertThat(said()).isEmpty();
    }

    @Test
    void aQuorumIsLostOnlyIfTooFewMemoriesAreLeftAndNobodyLeads() throws Exception {
        view = view("b", membership(), MemberPresence.VotingState.VOTER);
        tick(true);
        answer("b", present(true, "new-b", false, "a", "b", "c"));
        answer("c", present(true, "new-c", false, "a", "b", "c"));
        pass(T.multipliedBy(20));
        tick(true);
        assertThat(watch.withoutMemory()).as("with a leader").isEmpty();
        view = view(null, membership(), MemberPresence.VotingState.VOTER);
        tick(false);
        pass(T.multipliedBy(3));
        tick(false);
        assertThat(watch.withoutMemory()).as("by what was said before").isEmpty();
        open.clear();
        pass(FORGOTTEN);
        tick(false);
        answer("b", present(true, "new-b", false, "a", "b", "c"));
        assertThat(watch.withoutMemory()).as("one of three").isEmpty();
        answer("c", present(true, "memory-c", false, "a", "b", "c"));
        assertThat(watch.withoutMemory()).as("a founder counts").isEmpty();
        pass(T);
        tick(false);
        answer("c", present(true, "new-c", false, "a", "b", "c"));
        assertThat(watch.withoutMemory()).containsExactly("b", "c");
        assertThat(said())
                .singleElement()
                .asString()
                .startsWith("ERROR Member 'a' of cluster 'orders' cannot become part of a quorum again")
                .contains("the memory of 'b', 'c' is new");
        pass(T);
        tick(false);
        answer("c", present(true, "let-in-c", true, "a", "b", "c"));
        assertThat(watch.withoutMemory()).isEmpty();
    }

    private static final Duration FORGOTTEN = Duration.ofSeconds(30);

    @Test
    void doesNotPassHearsayOn() throws Exception {
        tick(false);
        pass(T.multipliedBy(3));
        answer(
                "b",
                new PeerPresence(
                        new MemberState(
                                true,
                                null,
                                "memory-b",
                                true,
                                "cluster-1",
                                "memory-x",
                                listed("a", "b", "c"),
                                List.of("a", "c")),
                        false,
                        false));
        assertThat(watch.withoutMemory()).containsExactly("a", "c");
        assertThat(watch.judgedWithoutMemory()).isEmpty();
        assertThat(watch.isStrange()).isTrue();
    }

    @Test
    void tellsOfARivalUntilItHasGone() throws Exception {
        tick(true);
        answer(
                "b",
                new PeerPresence(present(true, "memory-b", true, "a", "b", "c").state(), false, true));
        answer(
                "c",
                new PeerPresence(present(true, "memory-c", true, "a", "b", "c").state(), true, true));
        assertThat(said())
                .hasSize(2)
                .anySatisfy(line -> assertThat(line)
                        .startsWith(
                                "ERROR Member 'a' of cluster 'orders' is not the only process that runs as 'a', says"
                                        + " 'b'."))
                .anySatisfy(line -> assertThat(line)
                        .startsWith("ERROR Member 'a' of cluster 'orders' sees two processes that both run as 'c'."));
        assertThat(watch.rival()).isEqualTo("Another process runs as member 'a' too, says 'b', 'c'");
        assertThat(watch.reached("c").lastError()).isEqualTo("two processes run as this member");
        pass(INTERVAL);
        tick(true);
        answer("b", present(true, "memory-b", true, "a", "b", "c"));
        answer("c", present(true, "memory-c", true, "a", "b", "c"));
        assertThat(said())
                .containsExactlyInAnyOrder(
                        "INFO Member 'a' of cluster 'orders' sees only one process that runs as 'c' now.",
                        "INFO Member 'a' of cluster 'orders' is the only process that runs as 'a' now.");
        assertThat(watch.rival()).isNull();
        assertThat(watch.failures(Set.of())).isEmpty();
    }

    @Test
    void whoWasRemovedWhileItWasCutOffIsAMemberAgainOnceItHearsALeader() throws Exception {
        tick(false);
        watch.removedWhileCutOff();
        tick(false);
        assertThat(watch.isRemovedUnheard()).isTrue();
        tick(true);
        assertThat(watch.isRemovedUnheard()).isFalse();
    }

    private static PeerPresence saying(@Nullable Boolean knowsNoLeader) {
        return new PeerPresence(
                new MemberState(
                        true,
                        null,
                        "memory",
                        true,
                        null,
                        null,
                        listed("a", "b", "c"),
                        List.of(),
                        null,
                        null,
                        null,
                        knowsNoLeader),
                false,
                false);
    }

    @Test
    void thatNobodyLeadsIsKnownFromTheOthersOnly() throws Exception {
        tick(false);
        pass(T);
        assertThat(watch.knowsThatNobodyLeads()).as("nobody has said anything").isFalse();
        answer("b", saying(null));
        assertThat(watch.knowsThatNobodyLeads())
                .as("an earlier version does not say")
                .isFalse();
        pass(T);
        tick(false);
        answer("b", saying(true));
        assertThat(watch.knowsThatNobodyLeads()).as("c alone is no quorum").isTrue();
        answer("c", saying(false));
        assertThat(watch.knowsThatNobodyLeads()).as("c knows a leader").isFalse();
        pass(T);
        tick(false);
        answer("c", saying(true));
        assertThat(watch.knowsThatNobodyLeads()).isTrue();
        pass(T.multipliedBy(10));
        assertThat(watch.knowsThatNobodyLeads()).as("what was said long ago").isFalse();
        tick(true);
        assertThat(watch.knowsThatNobodyLeads()).as("it knows one itself").isFalse();
    }
}
