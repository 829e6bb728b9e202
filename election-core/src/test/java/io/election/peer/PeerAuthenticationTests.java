package io.election.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.election.core.Request;
import io.election.peer.Peers.Answering;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PeerAuthenticationTests {

    private final Peers peers = new Peers();
    private final Answering answering = new Answering();

    @AfterEach
    void close() {
        peers.close();
    }

    private static Request heartbeat(long requestId) {
        return Messages.heartbeat(Peers.CLUSTER, "a", "b", requestId);
    }

    private HttpPeerTransport asking(PeerAuthentication authentication, HttpPeerTransport b) {
        return peers.asking(Peers.CLUSTER, "a", authentication, Peers.LONG, null, Map.of("b", Peers.url(b.port())));
    }

    private HttpPeerTransport serving(PeerAuthentication authentication) {
        return peers.serving(Peers.CLUSTER, "b", authentication, 0, Peers.LONG, null, answering);
    }

    @Test
    void carriesEveryMessageBothWays() throws Exception {
        HttpPeerTransport b = peers.serving("b", answering);
        HttpPeerTransport a = peers.asking("a", Map.of("b", Peers.url(b.port())));
        for (Request request : Messages.requests()) {
            assertThat(Peers.ask(a, request).get()).isEqualTo(Messages.answer(request));
        }
        assertThat(answering.requests).isEqualTo(Messages.requests());
        assertThat(b.refused()).allSatisfy((reason, count) -> assertThat(count).isZero());
    }

    @Test
    void refusesAnotherSecret() throws Exception {
        HttpPeerTransport b = peers.serving("b", answering);
        HttpPeerTransport a = asking(Peers.secret("quite another secret"), b);
        assertThat(Peers.ask(a, heartbeat(1)).get())
                .isEqualTo(
                        "unsigned answer (401): not signed with a secret that is accepted here; its election.peer.secret may be"
                                + " another one");
        assertThat(answering.requests).isEmpty();
        assertThat(b.refused()).containsEntry("unauthenticated", 1L);
    }

    @Test
    void changesTheSecretWithoutAPause() throws Exception {
        HttpPeerTransport b = serving(Peers.secret("the old secret of them", "the new secret of them"));
        HttpPeerTransport old = asking(Peers.secret("the old secret of them", "the new secret of them"), b);
        HttpPeerTransport changed = asking(Peers.secret("the new secret of them", "the old secret of them"), b);
        assertThat(Peers.ask(old, heartbeat(1)).get()).isEqualTo(Messages.answer(heartbeat(1)));
        assertThat(Peers.ask(changed, heartbeat(2)).get()).isEqualTo(Messages.answer(heartbeat(2)));
        assertThat(Peers.ask(old, heartbeat(3)).get()).isEqualTo(Messages.answer(heartbeat(3)));
    }

    @Test
    void refusesAShortSecretAndShowsNone() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Peers.secret("0123456789abcde"))
                .withMessage("a secret must have at least 16 characters, but has 15");
        assertThatIllegalArgumentException().isThrownBy(() -> Peers.secret("0123456789abcdef", "short"));
        assertThat(Peers.SECRET.toString()).doesNotContain("a secret of the test");
    }

    @Test
    void refusesAnotherCluster() throws Exception {
        HttpPeerTransport b = peers.serving("b", answering);
        HttpPeerTransport a =
                peers.asking("invoices", "a", Peers.SECRET, Peers.LONG, null, Map.of("b", Peers.url(b.port())));
        assertThat(Peers.ask(a, Messages.heartbeat("invoices", "a", "b", 1)).get())
                .isEqualTo("refused (409): this is cluster 'orders', not 'invoices'");
        assertThat(answering.requests).isEmpty();
        assertThat(b.refused()).containsEntry("wrong-cluster", 1L);
    }

    @Test
    void refusesWhatIsMeantForAnother() throws Exception {
        HttpPeerTransport b = peers.serving("b", answering);
        HttpPeerTransport a = peers.asking("a", Map.of("c", Peers.url(b.port())));
        assertThat(Peers.ask(a, Messages.heartbeat(Peers.CLUSTER, "a", "c", 1)).get())
                .isEqualTo("refused (409): I am 'b', not 'c'");
        assertThat(b.refused()).containsEntry("wrong-receiver", 1L);
        assertThat(answering.requests).isEmpty();
    }

    @Test
    void hearsWhoIsOnNoListOnceItIsAuthenticatedAndRefusesItself() throws Exception {
        HttpPeerTransport b = peers.serving("b", answering);
        HttpPeerTransport stranger = peers.asking("\u00e4 stranger", Map.of("b", Peers.url(b.port())));
        Request request = Messages.heartbeat(Peers.CLUSTER, "\u00e4 stranger", "b", 1);
        assertThat(Peers.ask(stranger, request).get()).isEqualTo(Messages.answer(request));
        assertThat(answering.requests).containsExactly(request);
        HttpPeerTransport itself = peers.asking("b", Map.of("a", Peers.url(b.port())));
        assertThat(Peers.ask(itself, Messages.heartbeat(Peers.CLUSTER, "b", "a", 1))
                        .get())
                .isEqualTo("refused (409): I am 'b', not 'a'");
        assertThat(answering.requests).hasSize(1);
    }

    @Test
    void refusesABodyThatNamesAnotherSenderOrCluster() throws Exception {
        HttpPeerTransport b = peers.serving("b", answering);
        HttpPeerTransport a = peers.askingInJson("a", Map.of("b", Peers.url(b.port())));
        assertThat(Peers.ask(a, Messages.heartbeat(Peers.CLUSTER, "c", "b", 1)).get())
                .isEqualTo("refused (400): header.from is 'c', but the sender signed as 'a'");
        assertThat(Peers.ask(a, Messages.heartbeat("invoices", "a", "b", 1)).get())
                .isEqualTo("refused (400): header.cluster is 'invoices', but the sender signed as 'orders'");
        assertThat(b.refused()).containsEntry("bad-message", 2L);
        assertThat(answering.requests).isEmpty();
    }

    @Test
    void refusesWhatWasChangedOnTheWay() throws Exception {
        HttpPeerTransport b = peers.serving("b", answering);
        try (Wiretap tap = new Wiretap(b.port())) {
            HttpPeerTransport a = peers.asking("a", Map.of("b", tap.url()));
            assertThat(Peers.ask(a, heartbeat(1)).get()).isEqualTo(Messages.answer(heartbeat(1)));
            Wiretap.Heard good = tap.heardWithChallenge().get(0);
            String call = good.headers().get(Call.HEADER);
            byte[] body = new String(good.body(), StandardCharsets.UTF_8)
                    .replace("\"term\":3", "\"term\":4")
                    .getBytes(StandardCharsets.UTF_8);
            String nextNumber = call.substring(0, call.lastIndexOf(' ')) + " 77";
            List<Wiretap.Heard> changed = List.of(
                    good.withBody(body).withHeader(Call.DIGEST_HEADER, Call.digest(body)),
                    good.withHeader(Call.DIGEST_HEADER, Call.digest(body)),
                    good.withPath("/election/vote"),
                    good.withHeader(Call.HEADER, nextNumber),
                    good.withHeader(Call.HEADER, nextNumber + " "),
                    good.withHeader(Call.HEADER, call.replace(" orders a b ", " orders c b ")),
                    good.withHeader(Call.HEADER, call.replace(" orders a b ", " orders a  b ")),
                    good.withHeader(Call.HEADER, "nonsense"),
                    good.withHeader(Call.HEADER, "1 orders a b x y 99999999999999999999"),
                    good.withHeader(Call.HEADER, "1 %zz a b x y 1"),
                    good.withHeader(Call.MAC_HEADER, "%%%"),
                    good.withHeader(Call.MAC_HEADER, Call.encode(new byte[32])),
                    good.withHeader(Call.MAC_HEADER, Call.encode(new byte[1])));
            for (Wiretap.Heard request : changed) {
                assertThat(tap.send(b.port(), request).status())
                        .as("%s", request)
                        .isEqualTo(401);
            }
            assertThat(tap.send(b.port(), good.withHeader(Call.HEADER, "2" + call.substring(1))))
                    .satisfies(answer -> assertThat(answer.status()).isEqualTo(400))
                    .satisfies(
                            answer -> assertThat(answer.text()).isEqualTo("protocol 2 is not spoken here, but 1 is"));
            assertThat(answering.requests).hasSize(1);
            assertThat(b.refused()).containsEntry("unauthenticated", (long) changed.size());
        }
    }

    @Test
    void refusesABodyThatIsNotTheOneThatWasSigned() throws Exception {
        HttpPeerTransport b = peers.serving("b", answering);
        try (Wiretap tap = new Wiretap(b.port())) {
            HttpPeerTransport a = peers.asking("a", Map.of("b", tap.url()));
            assertThat(Peers.ask(a, heartbeat(1)).get()).isEqualTo(Messages.answer(heartbeat(1)));
            Wiretap.Heard good = tap.heardWithChallenge().get(0);
            String call = good.headers().get(Call.HEADER);
            String next = call.substring(0, call.lastIndexOf(' ')) + " 77";
            byte[] mac = new MacKey("a secret of the test")
                    .mac(Call.signedParts("heartbeat", next, Call.digest(good.body())));
            Wiretap.Heard signed = good.withHeader(Call.HEADER, next).withHeader(Call.MAC_HEADER, Call.encode(mac));
            byte[] other = new String(good.body(), StandardCharsets.UTF_8)
                    .replace("\"term\":3", "\"term\":4")
                    .getBytes(StandardCharsets.UTF_8);
            assertThat(tap.send(b.port(), signed.withBody(other)).status()).isEqualTo(401);
            assertThat(answering.requests).hasSize(1);
            assertThat(b.refused()).containsEntry("unauthenticated", 1L);
        }
    }

    @Test
    void refusesARecordedRequest() throws Exception {
        HttpPeerTransport b = peers.serving("b", answering);
        try (Wiretap tap = new Wiretap(b.port())) {
            HttpPeerTransport a = peers.asking("a", Map.of("b", tap.url()));
            for (int i = 0; i < 5; i++) {
                assertThat(Peers.ask(a, heartbeat(i)).get()).isEqualTo(Messages.answer(heartbeat(i)));
            }
            List<Wiretap.Heard> recorded = tap.heardWithChallenge();
            assertThat(recorded).hasSize(5);
            for (Wiretap.Heard request : recorded) {
                assertThat(tap.send(b.port(), request).status()).isEqualTo(403);
            }
            assertThat(answering.requests).hasSize(5);
            assertThat(b.refused()).containsEntry("replayed", 5L);
            assertThat(Peers.ask(a, heartbeat(9)).get()).isEqualTo(Messages.answer(heartbeat(9)));
        }
    }

    @Test
    void refusesARecordedRequestAfterTheReceiverRestarted() throws Exception {
        HttpPeerTransport b = peers.serving("b", answering);
        int port = b.port();
        try (Wiretap tap = new Wiretap(port)) {
            HttpPeerTransport a = peers.asking("a", Map.of("b", tap.url()));
            assertThat(Peers.ask(a, heartbeat(1)).get()).isEqualTo(Messages.answer(heartbeat(1)));
            b.close();
            Answering restarted = new Answering();
            peers.serving(Peers.CLUSTER, "b", Peers.SECRET, port, Peers.LONG, null, restarted);

            for (Wiretap.Heard request : List.copyOf(tap.heard)) {
                assertThat(tap.send(port, request).status()).isEqualTo(401);
            }
            assertThat(restarted.requests).isEmpty();
            assertThat(Peers.ask(a, heartbeat(2)).get()).isEqualTo(Messages.answer(heartbeat(2)));
            for (Wiretap.Heard request : List.copyOf(tap.heard)) {
                assertThat(tap.send(port, request).status()).isIn(401, 403);
            }
            assertThat(restarted.requests).containsExactly(heartbeat(2));
        }
    }

    @Test
    void refusesARecordedRequestAfterTheSenderRestarted() throws Exception {
        HttpPeerTransport b = peers.serving("b", answering);
        try (Wiretap tap = new Wiretap(b.port())) {
            HttpPeerTransport a = peers.asking("a", Map.of("b", tap.url()));
            assertThat(Peers.ask(a, heartbeat(1)).get()).isEqualTo(Messages.answer(heartbeat(1)));
            a.close();
            HttpPeerTransport restarted = peers.asking("a", Map.of("b", tap.url()));
            assertThat(Peers.ask(restarted, heartbeat(2)).get()).isEqualTo(Messages.answer(heartbeat(2)));

            for (Wiretap.Heard request : List.copyOf(tap.heard)) {
                assertThat(tap.send(b.port(), request).status()).isIn(401, 403);
            }
            assertThat(answering.requests).containsExactly(heartbeat(1), heartbeat(2));
        }
    }

    @Test
    void refusesTheAnswerToAnotherRequest() throws Exception {
        HttpPeerTransport b = peers.serving("b", answering);
        try (Wiretap tap = new Wiretap(b.port())) {
            HttpPeerTransport a = peers.asking("a", Map.of("b", tap.url()));
            assertThat(Peers.ask(a, heartbeat(1)).get()).isEqualTo(Messages.answer(heartbeat(1)));
            Wiretap.Answered earlier = tap.answers.get(tap.answers.size() - 1);
            assertThat(earlier.status()).isEqualTo(200);

            tap.onAnswer = answer -> earlier;
            // The same request, so that nothing but the signature tells the answers apart.
            assertThat(Peers.ask(a, heartbeat(1)).get()).asString().startsWith("unsigned answer (200)");
        }
    }

    @Test
    void refusesAnAnswerThatWasChangedOnTheWay() throws Exception {
        HttpPeerTransport b = peers.serving("b", answering);
        try (Wiretap tap = new Wiretap(b.port())) {
            HttpPeerTransport a = peers.asking("a", Map.of("b", tap.url()));
            tap.onAnswer = answer -> new Wiretap.Answered(
                    answer.status(),
                    answer.headers(),
                    answer.text().replace("\"term\":3", "\"term\":9").getBytes(StandardCharsets.UTF_8));
            assertThat(Peers.ask(a, heartbeat(1)).get()).asString().startsWith("unsigned answer (200)");
        }
    }

    @Test
    void refusesAnAnswerWhoseStatusWasChangedOnTheWay() throws Exception {
        HttpPeerTransport b = peers.serving("b", answering);
        try (Wiretap tap = new Wiretap(b.port())) {
            HttpPeerTransport a = peers.asking("a", Map.of("b", tap.url()));
            tap.onAnswer = answer ->
                    answer.status() == 200 ? new Wiretap.Answered(503, answer.headers(), answer.body()) : answer;
            assertThat(Peers.ask(a, heartbeat(1)).get()).asString().startsWith("unsigned answer (503)");
        }
    }

    @Test
    void whatIsSignedCannotBeDividedInAnotherWay() {
        MacKey key = new MacKey("a secret of the test");
        byte[] whole = "heartbeat1 orders".getBytes(StandardCharsets.US_ASCII);
        byte[] mac = key.mac(Arrays.copyOf(whole, 9), Arrays.copyOfRange(whole, 9, whole.length));
        for (int at = 0; at <= whole.length; at++) {
            assertThat(key.verifies(mac, Arrays.copyOf(whole, at), Arrays.copyOfRange(whole, at, whole.length)))
                    .as("divided at %s", at)
                    .isEqualTo(at == 9);
        }
        assertThat(key.verifies(mac, whole)).isFalse();
    }

    @Test
    void takesNoChallengeThatIsNotSigned() throws Exception {
        HttpPeerTransport b = peers.serving("b", answering);
        try (Wiretap tap = new Wiretap(b.port())) {
            HttpPeerTransport a = peers.asking("a", Map.of("b", tap.url()));
            tap.onAnswer = answer -> {
                Map<String, String> headers = new HashMap<>(answer.headers());
                headers.put(Call.CHALLENGE_HEADER, "5.AAAA");
                return new Wiretap.Answered(answer.status(), headers, answer.body());
            };
            assertThat(Peers.ask(a, heartbeat(1)).get()).asString().startsWith("unsigned answer (401)");
            assertThat(answering.requests).isEmpty();
        }
    }

    @Test
    void needsOneRoundTripOnceASessionIsThere() throws Exception {
        HttpPeerTransport b = peers.serving("b", answering);
        try (Wiretap tap = new Wiretap(b.port())) {
            HttpPeerTransport a = peers.asking("a", Map.of("b", tap.url()));
            for (Request request : Messages.requests()) {
                Peers.ask(a, request);
            }
            assertThat(tap.heard).hasSize(Messages.requests().size() + 1);
        }
    }

    @Test
    void twoProcessesUnderOneIdBothGetThrough() throws Exception {
        HttpPeerTransport b = peers.serving("b", answering);
        HttpPeerTransport one = peers.asking("a", Map.of("b", Peers.url(b.port())));
        HttpPeerTransport two = peers.asking("a", Map.of("b", Peers.url(b.port())));
        for (int i = 0; i < 3; i++) {
            assertThat(Peers.ask(one, heartbeat(i)).get()).isEqualTo(Messages.answer(heartbeat(i)));
            assertThat(Peers.ask(two, heartbeat(i)).get()).isEqualTo(Messages.answer(heartbeat(i)));
        }
    }

    @Test
    void signsNothingWhereTheNetworkIsTrusted() throws Exception {
        HttpPeerTransport b = serving(new PeerAuthentication.TrustedNetwork());
        try (Wiretap tap = new Wiretap(b.port())) {
            HttpPeerTransport a = peers.asking(
                    Peers.CLUSTER,
                    "a",
                    new PeerAuthentication.TrustedNetwork(),
                    Peers.LONG,
                    null,
                    Map.of("b", tap.url()));
            assertThat(Peers.ask(a, heartbeat(1)).get()).isEqualTo(Messages.answer(heartbeat(1)));
            assertThat(tap.heard).hasSize(1);
            assertThat(tap.heard.get(0).headers()).doesNotContainKey(Call.MAC_HEADER);
        }
    }
}
