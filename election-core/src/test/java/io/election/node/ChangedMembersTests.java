package io.election.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.election.LeaderChangedEvent;
import io.election.LeaderElectedEvent;
import io.election.StepDownEvent;
import io.election.core.ClockReading;
import io.election.core.Contact;
import io.election.core.Effect;
import io.election.core.Election;
import io.election.core.ElectionMachine;
import io.election.core.ElectionSettings;
import io.election.core.ElectionView;
import io.election.core.Input;
import io.election.core.ListedMember;
import io.election.core.Member;
import io.election.core.MemberKind;
import io.election.core.Output;
import io.election.core.Request;
import io.election.journal.MemoryJournal;
import io.election.peer.PeerCallback;
import io.election.peer.PeerHandler;
import io.election.peer.PeerTransport;
import io.election.peer.PresenceCallback;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A node whose core says, while it runs, that the members are others. */
class ChangedMembersTests {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration T = Duration.ofMillis(500);

    private final List<Set<String>> ofTheTransport = new CopyOnWriteArrayList<>();
    private final List<Set<String>> ofTheObserver = new CopyOnWriteArrayList<>();
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final AtomicReference<@Nullable List<String>> next = new AtomicReference<>();
    private final AtomicReference<Effect.@Nullable ContactLearnt> learnt = new AtomicReference<>();
    private final Map<String, List<String>> contacts = new ConcurrentHashMap<>();
    private final ElectionNode node = new ElectionNode(
            new NodeSettings(settings(), false, Map.of(), Map.of(), false),
            (settings, journal, now) ->
                    new Scripted(new Election(settings, journal.incarnation(), journal.state(), now, new Random(1))),
            new MemoryJournal(),
            new Watched(),
            NodeClock.SYSTEM,
            new Deaf(),
            List.of(new NodeObserver() {
                @Override
                public void membersChanged(Set<String> members) {
                    ofTheObserver.add(members);
                }
            }));

    @AfterEach
    void stop() {
        node.stop().toCompletableFuture().join();
    }

    private static ElectionSettings settings() {
        return new ElectionSettings(
                "orders",
                "a",
                Stream.of("a", "b", "c")
                        .map(id -> new Member(id, MemberKind.DATA, 0, false))
                        .toList(),
                T,
                T.dividedBy(10),
                Duration.ofMillis(350),
                0.05,
                Duration.ofMillis(20),
                T,
                false,
                64);
    }

    /** The real election, and one effect more when the test wants it. */
    private final class Scripted implements ElectionMachine {

        private final ElectionMachine real;

        Scripted(ElectionMachine real) {
            this.real = real;
        }

        @Override
        public Output step(Input input, ClockReading clock) {
            Output output = real.step(input, clock);
            List<String> members = next.getAndSet(null);
            Effect contact = learnt.getAndSet(null);
            List<Effect> effects = new ArrayList<>(output.effects());
            if (contact != null) {
                effects.add(contact);
            }
            if (members == null) {
                return new Output(effects, output.wakeAtNanos());
            }
            effects.add(new Effect.MembersChanged(
                    members.stream()
                            .map(id -> new ListedMember(id, MemberKind.DATA))
                            .toList(),
                    null));
            return new Output(effects, output.wakeAtNanos());
        }

        @Override
        public ElectionView view(ClockReading at) {
            return real.view(at);
        }
    }

    private final class Watched implements PeerTransport {

        @Override
        public void start(PeerHandler handler) {}

        @Override
        public void members(Set<String> members) {
            ofTheTransport.add(members);
        }

        @Override
        public void contact(String member, List<String> urls) {
            contacts.put(member, urls);
        }

        @Override
        public void send(Request request, PeerCallback callback) {
            callback.failed("nobody there");
        }

        @Override
        public void ask(String member, PresenceCallback callback) {
            asked.add(member);
            callback.absent("nobody there");
        }

        @Override
        public void close() {}
    }

    private static final class Deaf implements LeadershipListener {

        @Override
        public void onLeaderElected(LeaderElectedEvent event) {}

        @Override
        public void onStepDown(StepDownEvent event) {}

        @Override
        public void onLeaderChanged(LeaderChangedEvent event) {}
    }

    private void change(String... members) {
        next.set(List.of(members));
        node.wake();
        await().atMost(PATIENCE)
                .until(() -> !ofTheObserver.isEmpty()
                        && ofTheObserver.get(ofTheObserver.size() - 1).equals(Set.of(members)));
    }

    @Test
    void theCoreTellsTransportWatchAndObserversWhoTheMembersAre() {
        node.start();
        await().atMost(PATIENCE).until(() -> asked.contains("b") && asked.contains("c"));
        assertThat(asked).doesNotContain("d");

        change("a", "b", "d");

        assertThat(ofTheTransport.get(ofTheTransport.size() - 1)).containsExactlyInAnyOrder("a", "b", "d");
        await().atMost(PATIENCE).until(() -> asked.contains("d"));
        assertThat(node.status().history())
                .anyMatch(entry -> entry.what().equals("members-added") && "d".equals(entry.reason()))
                .anyMatch(entry -> entry.what().equals("members-removed") && "c".equals(entry.reason()));
    }

    @Test
    void aMemberThatWasRemovedIsAskedNoMore() {
        node.start();
        await().atMost(PATIENCE).until(() -> asked.contains("c"));

        change("a", "b");
        // A question that was on its way is over once another one has come after it.
        asked.clear();
        await().atMost(PATIENCE).until(() -> asked.contains("b"));
        asked.clear();

        await().atMost(PATIENCE).until(() -> asked.stream().filter("b"::equals).count() == 2);
        assertThat(asked).doesNotContain("c");
    }

    @Test
    void theCoreTellsTheTransportWhereAMemberIs() {
        node.start();

        learnt.set(new Effect.ContactLearnt("d", new Contact("http://d:7001", null, 0)));
        node.wake();

        await().atMost(PATIENCE).until(() -> List.of("http://d:7001").equals(contacts.get("d")));
    }

    @Test
    void theMembersOfTheConfigurationAreNothingToTell() {
        node.start();

        change("a", "b", "c");

        assertThat(node.status().history()).noneMatch(entry -> entry.what().startsWith("members-"));
    }
}
