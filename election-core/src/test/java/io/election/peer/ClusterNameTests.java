package io.election.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.core.Message;
import io.election.core.Response;
import io.election.peer.Peers.Answering;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What names the cluster in each call where its members are found under a name, and who refuses whom by it. */
class ClusterNameTests {

    private static final String BLUE = "orders-headless.blue.svc.cluster.local";
    private static final String GREEN = "orders-headless.green.svc.cluster.local";

    private final Peers peers = new Peers();

    @AfterEach
    void close() {
        peers.close();
    }

    private static String found(String cluster, String name) {
        ClusterName found = new ClusterName(cluster);
        found.foundUnder(name);
        return found.now();
    }

    // ------------------------------------------------------------------------------------------------ the name

    @Test
    void isTheClustersOwnNameUntilItIsFoundUnderAnotherOne() {
        ClusterName name = new ClusterName("orders");
        assertThat(name.now()).isEqualTo("orders");
        assertThat(name.foundUnder(BLUE)).isTrue();
        assertThat(name.now()).isEqualTo("orders/orders-headless.blue.svc.cluster.local");
        assertThat(name.foundUnder(BLUE)).as("calls say the same").isFalse();
        assertThat(name.foundUnder(GREEN)).isTrue();
        assertThat(name.now()).isEqualTo("orders/orders-headless.green.svc.cluster.local");
    }

    @Test
    void upperAndLowerCaseAreOneName() {
        ClusterName name = new ClusterName("Orders");
        name.foundUnder(BLUE);
        assertThat(name.foundUnder("Orders-Headless.Blue.SVC.cluster.local")).isFalse();
        assertThat(name.now()).as("a cluster's own name is no name in DNS").startsWith("Orders/orders-headless");
    }

    @Test
    void aNameTooLongForAMessageIsShortenedAndStillTellsClustersApart() {
        String longest = "x".repeat(Message.LONGEST_NAME - "orders/".length());
        assertThat(found("orders", longest)).isEqualTo("orders/" + longest);
        String blue = found("orders", longest + "y");
        String green = found("orders", longest + "z");
        assertThat(blue)
                .startsWith("orders/")
                .doesNotContain("x")
                .isNotEqualTo(green)
                .isEqualTo(found("orders", longest + "Y"))
                .isNotEqualTo(found("invoices", longest + "y"));
        assertThat(found("c".repeat(64), "x".repeat(253)).length()).isLessThanOrEqualTo(Message.LONGEST_NAME);
    }

    // ------------------------------------------------------------------------------------------------ who refuses whom

    private HttpPeerTransport serving(String id) {
        return peers.serving(id, new Answering());
    }

    /** Two that share everything but the name under which they are found. */
    @Test
    void blueAndGreenRefuseEachOther() throws Exception {
        HttpPeerTransport green = serving("b");
        green.foundUnder(GREEN);
        HttpPeerTransport blue = peers.asking("a", Map.of("b", Peers.url(green.port())));
        blue.foundUnder(BLUE);
        String refused = "refused (409): this is cluster 'orders/" + GREEN + "', not 'orders/" + BLUE + "'";
        assertThat(Peers.ask(blue, Messages.heartbeat("orders", "a", "b", 1)).get())
                .isEqualTo(refused);
        assertThat(identify(blue, green)).isEqualTo(new PeerIdentity.AnotherMember("orders/" + GREEN, "b"));
    }

    @Test
    void whoIsFoundAndWhoIsListedRefuseEachOther() throws Exception {
        HttpPeerTransport found = serving("b");
        found.foundUnder(BLUE);
        HttpPeerTransport listed = peers.asking("a", Map.of("b", Peers.url(found.port())));
        assertThat(Peers.ask(listed, Messages.heartbeat("orders", "a", "b", 1)).get())
                .isEqualTo("refused (409): this is cluster 'orders/" + BLUE + "', not 'orders'");
        assertThat(identify(listed, found)).isEqualTo(new PeerIdentity.AnotherMember("orders/" + BLUE, "b"));
    }

    /** Its connections were opened before. */
    @Test
    void aMemberThatLearnsItsNameSaysItFromTheNextCallOn() throws Exception {
        HttpPeerTransport b = serving("b");
        HttpPeerTransport a = peers.asking("a", Map.of("b", Peers.url(b.port())));
        assertThat(Peers.ask(a, Messages.heartbeat("orders", "a", "b", 1)).get())
                .isInstanceOf(Response.class);
        b.foundUnder(BLUE);
        assertThat(Peers.ask(a, Messages.heartbeat("orders", "a", "b", 2)).get())
                .isEqualTo("refused (409): this is cluster 'orders/" + BLUE + "', not 'orders'");
        a.foundUnder(BLUE);
        assertThat(Peers.ask(a, Messages.heartbeat("orders", "a", "b", 3)).get())
                .isInstanceOf(Response.class);
        assertThat(identify(a, b)).isEqualTo(new PeerIdentity.AnotherMember("orders", "b"));
    }

    /** It may turn out to be a member, so that nobody may found a cluster without it. */
    @Test
    void aMemberThatDoesNotKnowItsNameYetIsNotTakenForOneOfAnotherCluster() throws Exception {
        HttpPeerTransport starting = serving("b");
        HttpPeerTransport a = peers.asking("a", Map.of("b", Peers.url(starting.port())));
        a.foundUnder(BLUE);
        assertThat(identify(a, starting))
                .isEqualTo(new PeerIdentity.Nobody("it does not know yet under which name it is found"));
    }

    private static PeerIdentity identify(HttpPeerTransport from, HttpPeerTransport to) throws Exception {
        return from.identify(Peers.url(to.port())).get(50, TimeUnit.SECONDS);
    }
}
