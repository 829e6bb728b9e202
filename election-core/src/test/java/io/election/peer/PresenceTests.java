package io.election.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.election.core.Contact;
import io.election.core.ListedMember;
import io.election.core.MemberKind;
import io.election.core.Message;
import io.election.core.Request;
import io.election.core.Response;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The question whether a member is there. */
class PresenceTests {

    private static final MemberState STATE = new MemberState(
            false,
            "Worker.run",
            "memory-b",
            true,
            "cluster-1",
            "memory-a",
            List.of(new ListedMember("a", MemberKind.DATA), new ListedMember("b", MemberKind.WITNESS)),
            List.of("a"));

    private final Peers peers = new Peers();

    @AfterEach
    void close() {
        peers.close();
    }

    /** Says the same to everybody, and remembers who asked. */
    private static final class Describing implements PeerHandler {

        volatile @Nullable String asker;
        volatile @Nullable MemberState state = STATE;

        @Override
        public void handle(Request request, Consumer<Response> reply) {
            throw new AssertionError("nothing of the election was asked, but " + request);
        }

        @Override
        public @Nullable MemberState describe(String from) {
            asker = from;
            return state;
        }
    }

    /** The answer, the failure's text, or "not asked". */
    private static Object ask(HttpPeerTransport transport, String member) throws Exception {
        CompletableFuture<Object> end = new CompletableFuture<>();
        transport.ask(member, new PresenceCallback() {
            @Override
            public void present(PeerPresence presence) {
                end.complete(presence);
            }

            @Override
            public void absent(String detail) {
                end.complete(detail);
            }

            @Override
            public void notAsked() {
                end.complete("not asked");
            }
        });
        return end.get(50, TimeUnit.SECONDS);
    }

    private static Map<String, URI> b(HttpPeerTransport transport) {
        return Map.of("b", Peers.url(transport.port()));
    }

    @Test
    void bringsWhatTheMemberSaysOfItself() throws Exception {
        Describing describing = new Describing();
        HttpPeerTransport b = peers.serving("b", describing);
        HttpPeerTransport a = peers.asking("a", b(b));
        assertThat(ask(a, "b")).isEqualTo(new PeerPresence(STATE, false, false));
        assertThat(describing.asker).isEqualTo("a");
    }

    @Test
    void aMemberThatHasNothingToSayIsNotThere() throws Exception {
        Describing describing = new Describing();
        describing.state = null;
        HttpPeerTransport b = peers.serving("b", describing);
        assertThat(ask(peers.asking("a", b(b)), "b")).asString().startsWith("refused (503)");
    }

    @Test
    void isAnsweredOnlyToWhoIsAuthenticated() throws Exception {
        HttpPeerTransport b = peers.serving("b", new Describing());
        HttpPeerTransport otherSecret =
                peers.asking(Peers.CLUSTER, "a", Peers.secret("quite another secret"), Peers.LONG, null, b(b));
        assertThat(ask(otherSecret, "b")).asString().startsWith("unsigned answer (401)");
        HttpPeerTransport invoices = peers.asking("invoices", "a", Peers.SECRET, Peers.LONG, null, b(b));
        assertThat(ask(invoices, "b")).isEqualTo("refused (409): this is cluster 'orders', not 'invoices'");
        HttpResponse<String> unsigned = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(Peers.url(b.port()) + "/election/presence"))
                                .POST(HttpRequest.BodyPublishers.noBody())
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(unsigned.statusCode()).isEqualTo(401);
        assertThat(unsigned.body()).doesNotContain("memory");
    }

    @Test
    void saysWhoAnswersInsteadOfTheMember() throws Exception {
        HttpPeerTransport c = peers.serving("c", new Describing());
        assertThat(ask(peers.asking("a", b(c)), "b")).isEqualTo("refused (409): I am 'c', not 'b'");
    }

    @Test
    void isNotAskedOfNobodyNorAfterTheEnd() throws Exception {
        HttpPeerTransport b = peers.serving("b", new Describing());
        HttpPeerTransport a = peers.asking("a", b(b));
        assertThat(ask(a, "x")).isEqualTo("not asked");
        a.close();
        assertThat(ask(a, "b")).isEqualTo("not asked");
    }

    @Test
    void bothSidesNoticeTwoProcessesOfOneMember() throws Exception {
        Duration timeout = Duration.ofMillis(100);
        HttpPeerTransport b = peers.serving(Peers.CLUSTER, "b", Peers.SECRET, 0, timeout, null, new Describing());
        HttpPeerTransport one = peers.asking(Peers.CLUSTER, "a", Peers.SECRET, timeout, null, b(b));
        HttpPeerTransport other = peers.asking(Peers.CLUSTER, "a", Peers.SECRET, timeout, null, b(b));
        await().atMost(Duration.ofSeconds(50)).until(() -> askerRunsTwice(one) & askerRunsTwice(other));
        other.close();
        await().atMost(Duration.ofSeconds(50)).until(() -> !askerRunsTwice(one));
    }

    /** Members tell each other where they are, and where others are, when they ask whether they are there. */
    @Test
    void bringsWhatTheAskerSaysToAMemberThatKnowsItOrNot() throws Exception {
        Map<String, Contact> contacts = Map.of("d", new Contact("http://d", "http://app-d", 3));
        List<Object> asked = new CopyOnWriteArrayList<>();
        HttpPeerTransport b = peers.serving("b", new PeerHandler() {
            @Override
            public void handle(Request request, Consumer<Response> reply) {}

            @Override
            public MemberState describe(String asker, PresenceQuestion question) {
                asked.add(asker);
                asked.add(question);
                return new MemberState(
                        true, null, "memory-b", true, null, null, List.of(), List.of(), null, null, contacts, true);
            }
        });
        PresenceQuestion question = new PresenceQuestion(new Contact("http://x", null, -1), List.of("d", "e"), true)
                .with(List.of(
                        new KnownLink("b", true, Duration.ofNanos(412_000), Duration.ofMillis(30), null),
                        new KnownLink("d", false, null, null, "connection refused")));
        HttpPeerTransport x = peers.asking("x", b(b), question);

        assertThat(ask(x, "b"))
                .isInstanceOfSatisfying(
                        PeerPresence.class,
                        presence -> assertThat(presence.state().contacts()).isEqualTo(contacts));

        assertThat(asked).containsExactly("x", question);
        assertThat(question.isSought("z")).isTrue();
        assertThat(new PresenceQuestion(null, List.of("d"), null).isSought("z")).isFalse();
        assertThat(new PresenceQuestion(null, List.of("d"), null).isSought("d")).isTrue();
        assertThat(PresenceQuestion.NONE.isAnySought()).isFalse();
    }

    /** Versions differ in what they say: what is not said is not known, and what is not known here is skipped. */
    @Test
    void aQuestionIsReadWithLinksWithoutThemAndWithMoreThanIsKnown() throws Exception {
        MessageCodec codec = new MessageCodec();
        assertThat(codec.readQuestion(bytes("{\"seeks\":[\"d\"]}")).links()).isNull();
        assertThat(codec.readQuestion(
                                bytes(
                                        "{\"links\":[{\"member\":\"b\",\"reached\":true,\"roundTrip\":412000,\"heard\":7,"
                                                + "\"lost\":0.5},{\"member\":\"c\",\"reached\":false,\"why\":\"a\\nb\"}],\"later\":{}}"))
                        .links())
                .containsExactly(
                        new KnownLink("b", true, Duration.ofNanos(412_000), Duration.ofNanos(7), null),
                        new KnownLink("c", false, null, null, "a?b"));
        assertThatThrownBy(() ->
                        codec.readQuestion(bytes("{\"links\":[{\"member\":\"b\",\"reached\":true,\"roundTrip\":-1}]}")))
                .isInstanceOf(BadMessageException.class)
                .hasMessageContaining("roundTrip must not be negative");
        assertThatThrownBy(() -> codec.readQuestion(bytes("{\"links\":[{\"member\":\"b\"}]}")))
                .isInstanceOf(BadMessageException.class)
                .hasMessageContaining("reached");
        List<KnownLink> many =
                Collections.nCopies(Message.MOST_MEMBERS + 1, new KnownLink("b", true, null, null, null));
        assertThatThrownBy(() -> PresenceQuestion.NONE.with(many))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("links must have at most 1000 members, but has 1001");
    }

    private static byte[] bytes(String json) {
        return json.getBytes(StandardCharsets.UTF_8);
    }

    private static boolean askerRunsTwice(HttpPeerTransport transport) throws Exception {
        return ask(transport, "b") instanceof PeerPresence presence && presence.askerRunsTwice();
    }
}
