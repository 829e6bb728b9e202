package io.election.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.core.ListedMember;
import io.election.core.MemberKind;
import io.election.core.Request;
import io.election.core.Response;
import java.net.InetAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Members of different versions of the protocol in one cluster. */
class ProtocolVersionTests {

    private static final Protocols LATER = new Protocols(1, 2);

    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
    }

    private static final class Answering implements PeerHandler {

        @Override
        public void handle(Request request, Consumer<Response> reply) {
            reply.accept(Messages.answer(request));
        }

        @Override
        public @Nullable MemberState describe(String asker) {
            return new MemberState(
                    true, null, "memory", true, null, null, List.of(new ListedMember("a", MemberKind.DATA)), List.of());
        }
    }

    private HttpPeerTransport start(String id, Protocols protocols, int port, URI other) {
        HttpPeerTransport transport = new HttpPeerTransport(
                new PeerSettings(
                        Peers.CLUSTER,
                        id,
                        Map.of("a", id.equals("a") ? Peers.url(1) : other, "b", id.equals("b") ? Peers.url(1) : other),
                        "/election",
                        Peers.LONG,
                        Peers.SECRET,
                        new PeerSettings.ServerSettings(InetAddress.getLoopbackAddress(), port),
                        null),
                false,
                protocols);
        open.add(transport);
        transport.start(new Answering());
        return transport;
    }

    private Wiretap before(HttpPeerTransport server) throws Exception {
        Wiretap tap = new Wiretap(server.port());
        open.add(tap);
        return tap;
    }

    private static Object presence(HttpPeerTransport asker, String member) throws Exception {
        CompletableFuture<Object> end = new CompletableFuture<>();
        asker.ask(member, new PresenceCallback() {
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

    /** The version of the newest call. */
    private static int spoken(Wiretap tap) {
        Call call = Call.parse(tap.heard.get(tap.heard.size() - 1).headers().get(Call.HEADER));
        return call == null ? -1 : call.protocol();
    }

    private static void answers(HttpPeerTransport asker, long id) throws Exception {
        Request heartbeat = Messages.heartbeat(Peers.CLUSTER, "a", "b", id);
        assertThat(Peers.ask(asker, heartbeat).get()).isEqualTo(Messages.answer(heartbeat));
    }

    @Test
    void aLaterVersionSpeaksThisOneToAMemberOfThisOne() throws Exception {
        HttpPeerTransport b = start("b", Protocols.OURS, 0, Peers.url(1));
        Wiretap tap = before(b);
        HttpPeerTransport later = start("a", LATER, 0, tap.url());
        answers(later, 1);
        assertThat(spoken(tap)).isEqualTo(1);
        assertThat(presence(later, "b")).isInstanceOf(PeerPresence.class);
        answers(later, 2);
        assertThat(spoken(tap)).isEqualTo(1);
        assertThat(b.refused()).containsEntry("protocol", 0L);
    }

    @Test
    void aMemberOfThisVersionIsUnderstoodByALaterOne() throws Exception {
        HttpPeerTransport later = start("b", LATER, 0, Peers.url(1));
        Wiretap tap = before(later);
        HttpPeerTransport a = start("a", Protocols.OURS, 0, tap.url());
        assertThat(presence(a, "b")).isInstanceOf(PeerPresence.class);
        answers(a, 1);
        assertThat(spoken(tap)).isEqualTo(1);
    }

    @Test
    void twoLaterVersionsSpeakTheHighestThatBothKnowOnceTheyKnowIt() throws Exception {
        HttpPeerTransport b = start("b", new Protocols(1, 3), 0, Peers.url(1));
        Wiretap tap = before(b);
        HttpPeerTransport a = start("a", LATER, 0, tap.url());
        answers(a, 1);
        assertThat(spoken(tap)).isEqualTo(1);
        assertThat(presence(a, "b")).isInstanceOf(PeerPresence.class);
        answers(a, 2);
        assertThat(spoken(tap)).isEqualTo(2);
    }

    /** A roll-back: the peer refuses what it no longer knows, and the next question shows what it speaks. */
    @Test
    void followsAPeerThatIsReplacedByAnOlderVersion() throws Exception {
        HttpPeerTransport b = start("b", LATER, 0, Peers.url(1));
        int port = b.port();
        HttpPeerTransport a = start("a", LATER, 0, Peers.url(port));
        assertThat(presence(a, "b")).isInstanceOf(PeerPresence.class);
        answers(a, 1);
        b.close();
        HttpPeerTransport older = start("b", Protocols.OURS, port, Peers.url(1));
        assertThat(Peers.ask(a, Messages.heartbeat(Peers.CLUSTER, "a", "b", 2)).get())
                .asString()
                .contains("protocol 2 is not spoken here, but 1 is");
        assertThat(presence(a, "b")).isInstanceOf(PeerPresence.class);
        answers(a, 3);
        assertThat(older.refused()).containsEntry("protocol", 1L);
    }

    @Test
    void refusesAVersionThatIsNoLongerSpoken() throws Exception {
        HttpPeerTransport b = start("b", new Protocols(2, 3), 0, Peers.url(1));
        HttpPeerTransport a = start("a", Protocols.OURS, 0, Peers.url(b.port()));
        assertThat(presence(a, "b")).asString().contains("protocol 1 is not spoken here, but 2 to 3 are");
    }

    /** Room for later versions in what is signed but not of a body. */
    @Test
    void skipsFurtherWordsOfACall() {
        String call = Call.text(Call.prefix("orders", "a", "b", "life"), "challenge", 7);
        assertThat(Call.parse(call + " later words"))
                .isEqualTo(Call.parse(call))
                .isNotNull();
    }
}
