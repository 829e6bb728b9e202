package io.election.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.core.Contact;
import io.election.core.ElectionSettings;
import io.election.core.EnrolledMember;
import io.election.core.Member;
import io.election.core.MemberKind;
import io.election.core.Membership;
import io.election.core.Request;
import io.election.peer.PeerCallback;
import io.election.peer.PeerHandler;
import io.election.peer.PeerTransport;
import io.election.peer.PresenceQuestion;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AddressBookTests {

    private static final String APP = "http://app-%s";

    private final Map<String, List<String>> told = new TreeMap<>();
    private final PeerTransport transport = new PeerTransport() {
        @Override
        public void start(PeerHandler handler) {}

        @Override
        public void members(Set<String> members) {}

        @Override
        public void contact(String member, List<String> urls) {
            told.put(member, urls);
        }

        @Override
        public void send(Request request, PeerCallback callback) {}

        @Override
        public void close() {}
    };
    private final AddressBook book = book(true);

    private AddressBook book(boolean announced) {
        NodeSettings settings = new NodeSettings(
                settings(),
                false,
                Map.of("a", "http://file-a", "b", "http://file-b", "c", "http://file-c"),
                Map.of("a", APP.formatted("a"), "b", APP.formatted("b")),
                false,
                announced,
                false);
        return new AddressBook(settings, transport, new Chronicle("orders", "a", List.of()));
    }

    private static ElectionSettings settings() {
        return new ElectionSettings(
                "orders",
                "a",
                Stream.of("a", "b", "c")
                        .map(id -> new Member(id, MemberKind.DATA, 7, false))
                        .toList(),
                Duration.ofSeconds(1),
                Duration.ofMillis(100),
                Duration.ofMillis(700),
                0.05,
                Duration.ofMillis(20),
                Duration.ofSeconds(1),
                false,
                64);
    }

    private static Contact at(String url) {
        return new Contact(url, null, 0);
    }

    private static Membership membership(@Nullable Contact ofD) {
        return new Membership(
                "cluster-1",
                1,
                List.of(
                        new EnrolledMember("a", MemberKind.DATA, "m-a", 1),
                        new EnrolledMember("b", MemberKind.DATA, "m-b", 1, null, at("http://log-b")),
                        new EnrolledMember("d", MemberKind.DATA, "m-d", 5, EnrolledMember.Standing.PROMOTED, ofD)));
    }

    @Test
    void prefersWhatAMemberSaysThenTheListThenWhatOthersSayThenTheLog() {
        book.members(Set.of("a", "b", "d"), membership(at("http://log-d")));
        assertThat(told).containsEntry("b", List.of("http://file-b", "http://log-b"));
        assertThat(told).containsEntry("d", List.of("http://log-d"));

        book.heard("b", at("http://heard-b"));
        assertThat(told).containsEntry("b", List.of("http://file-b", "http://heard-b", "http://log-b"));

        book.announced("b", at("http://new-b"));
        assertThat(told).containsEntry("b", List.of("http://new-b", "http://file-b", "http://heard-b", "http://log-b"));
        assertThat(book.url("b")).isEqualTo("http://new-b");
        assertThat(book.url("c")).isEqualTo("http://file-c");

        // The log may name it anew, and changes nothing of the order.
        told.clear();
        book.members(Set.of("a", "b", "d"), membership(at("http://newer-d")));
        assertThat(told).containsOnlyKeys("d").containsEntry("d", List.of("http://newer-d"));
    }

    @Test
    void tellsNothingWhereOnlyTheListSpeaks() {
        book.announced("b", at("http://file-b"));
        book.heard("c", at("http://file-c"));
        book.announced("a", at("http://elsewhere"));

        assertThat(told).isEmpty();
    }

    @Test
    void knowsTheLatestOfThoseWhoAreNoMembersAndAllMembers() {
        book.announced("b", at("http://new-b"));
        for (int i = 0; i <= AddressBook.MOST_OTHERS; i++) {
            book.announced("made-up-" + i, at("http://made-up"));
        }

        assertThat(book.url("made-up-0")).isNull();
        assertThat(told).containsEntry("made-up-0", List.of());
        assertThat(book.url("made-up-" + AddressBook.MOST_OTHERS)).isEqualTo("http://made-up");
        assertThat(book.url("b")).isEqualTo("http://new-b");
    }

    /** It may have to be told that it was removed. */
    @Test
    void knowsWhereAMemberIsThatWasRemoved() {
        book.members(Set.of("a", "b", "d"), membership(at("http://log-d")));

        book.members(Set.of("a", "b"), null);

        assertThat(book.url("d")).isEqualTo("http://log-d");
        assertThat(told).containsEntry("d", List.of("http://log-d"));
    }

    @Test
    void saysWhereThisMemberIsUnlessItIsNotToBeAnnounced() {
        assertThat(book.own()).isEqualTo(new Contact("http://file-a", APP.formatted("a"), 7));
        assertThat(book(false).own()).isNull();
    }

    @Test
    void tellsWhoSeeksThemWhereMembersAre() {
        book.members(Set.of("a", "b", "d"), membership(at("http://log-d")));
        book.announced("b", new Contact("http://new-b", "http://new-app-b", 0));

        assertThat(book.sought("x", PresenceQuestion.NONE)).isNull();
        assertThat(book.sought("x", new PresenceQuestion(null, List.of("d", "unknown"), null)))
                .isEqualTo(Map.of("d", at("http://log-d")));
        assertThat(book.sought("d", new PresenceQuestion(null, null, true)))
                .isEqualTo(Map.of(
                        "a", new Contact("http://file-a", APP.formatted("a"), 0),
                        "b", new Contact("http://new-b", "http://new-app-b", 0)));
    }

    @Test
    void keepsToItselfWhereItIsIfThatIsNotToBeAnnounced() {
        AddressBook silent = book(false);
        silent.members(Set.of("a", "b"), membership(null));

        assertThat(silent.sought("d", new PresenceQuestion(null, null, true)))
                .containsKey("b")
                .doesNotContainKey("a");
    }

    @Test
    void knowsWhereClientsReachWhomNoListNames() {
        assertThat(book.clientUrl("b")).isEqualTo(APP.formatted("b"));
        assertThat(book.clientUrl("c")).isNull();
        book.members(Set.of("a", "b", "d"), membership(new Contact("http://log-d", "http://log-app-d", 0)));
        assertThat(book.clientUrl("d")).isEqualTo("http://log-app-d");
        book.announced("d", new Contact("http://new-d", "http://new-app-d", 0));
        assertThat(book.clientUrl("d")).isEqualTo("http://new-app-d");
    }
}
