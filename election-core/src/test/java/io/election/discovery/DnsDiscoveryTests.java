package io.election.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.election.discovery.MemberDiscovery.Address;
import io.election.discovery.MemberDiscovery.Answer;
import io.election.discovery.MemberDiscovery.Found;
import io.election.discovery.MemberDiscovery.Nobody;
import io.election.discovery.NameServer.Mood;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Hashtable;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import javax.naming.directory.InitialDirContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against name servers on loopback, over UDP and TCP. */
class DnsDiscoveryTests {

    private static final String NAME = "orders.shop.test";
    private static final int PORT = 8080;
    /** For answers that come: nobody waits for it. */
    private static final long LONG_NANOS = TimeUnit.SECONDS.toNanos(30);
    /** For answers that do not come, where others do, for which there is a second round. */
    private static final long SOME_NANOS = TimeUnit.SECONDS.toNanos(1);
    /** For answers of which none comes. */
    private static final long SHORT_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    @TempDir
    private Path directory;

    private final List<NameServer> open = new ArrayList<>();
    private NameServer server;

    @BeforeEach
    void startServer() throws IOException {
        server = another();
    }

    private NameServer another() throws IOException {
        NameServer started = new NameServer();
        open.add(started);
        return started;
    }

    @AfterEach
    void closeServers() throws IOException {
        for (NameServer each : open) {
            each.close();
        }
    }

    private DnsDiscovery discovery(String name, long waitNanos, NameServer... servers) {
        return new DnsDiscovery(
                name,
                PORT,
                List.of(servers).stream().map(NameServer::address).toList(),
                directory.resolve("resolv.conf"),
                waitNanos);
    }

    private Answer find(String name) throws IOException {
        return discovery(name, LONG_NANOS, server).find();
    }

    private static Found found(Answer answer) {
        assertThat(answer).isInstanceOf(Found.class);
        return (Found) answer;
    }

    private static String nobody(Answer answer) {
        assertThat(answer).isInstanceOf(Nobody.class);
        return ((Nobody) answer).reason();
    }

    private void resolvConf(String... lines) throws IOException {
        Files.write(directory.resolve("resolv.conf"), List.of(lines));
    }

    // ------------------------------------------------------------------------------------------------ records

    @Test
    void findsAllAddressesOfBothFamiliesWithTheMembersOwnPort() throws Exception {
        server.addresses(NAME, "10.1.0.5", "10.1.0.4", "fd00::12");

        Found found = found(find(NAME));

        assertThat(found.addresses())
                .containsExactlyInAnyOrder(
                        new Address("10.1.0.4", PORT),
                        new Address("10.1.0.5", PORT),
                        new Address("fd00:0:0:0:0:0:0:12", PORT));
        assertThat(found.addresses())
                .extracting(Address::toString)
                .contains("10.1.0.4:8080", "[fd00:0:0:0:0:0:0:12]:8080");
        assertThat(found.name()).isEqualTo(NAME);
        assertThat(server.asked()).containsExactly("udp " + NAME + " A", "udp " + NAME + " AAAA");
    }

    @Test
    void findsServicesWithTheirOwnPortsUnderANameThatBeginsWithAnUnderscore() throws Exception {
        server.services("_election._tcp." + NAME, "b." + NAME + ":7002", "A." + NAME + ":7001", "b." + NAME + ":7003");

        assertThat(found(find("_election._tcp." + NAME)).addresses())
                .containsExactly(
                        new Address("a." + NAME, 7001), new Address("b." + NAME, 7002), new Address("b." + NAME, 7003));
        assertThat(server.asked()).containsExactly("udp _election._tcp." + NAME + " SRV");
    }

    /** RFC 2782: a target without a name says that there is no such service. */
    @Test
    void aServiceWithoutATargetIsNobody() throws Exception {
        server.services("_election._tcp." + NAME, ".:0");
        assertThat(nobody(find("_election._tcp." + NAME))).contains("has no SRV records");
    }

    @Test
    void aServiceOnWhatIsNoHostFails() {
        server.services("_election._tcp." + NAME, "a." + NAME + ":7001", "a/b:7001");
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> find("_election._tcp." + NAME))
                .withMessage("a record of '_election._tcp." + NAME + "' names the host 'a/b', which is none");
    }

    @Test
    void followsAliasesAndTakesNoRecordsOfOtherNames() throws Exception {
        server.alias(NAME, "real.shop.test").alias("real.shop.test", "most-real.shop.test");
        server.addresses("most-real.shop.test", "10.1.0.4");

        Found found = found(find(NAME));

        assertThat(found.addresses()).containsExactly(new Address("10.1.0.4", PORT));
        assertThat(found.name())
                .as("what was asked for, whatever it stands for")
                .isEqualTo(NAME);
    }

    @Test
    void aliasesThatLeadToEachOtherAreNobody() throws Exception {
        server.alias(NAME, "other.shop.test").alias("other.shop.test", NAME);
        assertThat(nobody(find(NAME))).contains("has no addresses");
    }

    @Test
    void saysForHowLongACacheMayHaveKeptAnAnswer() throws Exception {
        DnsDiscovery discovery = discovery(NAME, LONG_NANOS, server);
        server.lifetimes(300, 5).addresses(NAME, "10.1.0.4");
        // There are no addresses of IPv6, which may be kept for less.
        assertThat(discovery.find().maxAge()).isEqualTo(Duration.ofSeconds(300));
        server.lifetimes(10, 7);
        assertThat(discovery.find().maxAge())
                .as("a cache may still have one of the old ones, or what is left of its time")
                .isEqualTo(Duration.ofSeconds(300));
        assertThat(discovery("none.test", LONG_NANOS, server).find().maxAge()).isEqualTo(Duration.ofSeconds(7));
    }

    @Test
    void askedAgainItSeesWhatHasChanged() throws Exception {
        DnsDiscovery discovery = discovery(NAME, LONG_NANOS, server);
        server.addresses(NAME, "10.1.0.4", "10.1.0.5");
        discovery.find();
        server.addresses(NAME, "10.1.0.5", "10.1.0.6");
        assertThat(found(discovery.find()).addresses())
                .extracting(Address::host)
                .containsExactly("10.1.0.5", "10.1.0.6");
    }

    // ------------------------------------------------------------------------------------------------ nobody, or
    // failed

    @Test
    void tellsANameThatDoesNotExistFromOneWithoutAddresses() throws Exception {
        assertThat(nobody(find(NAME))).isEqualTo("'" + NAME + "' does not exist");
        server.addresses(NAME);
        assertThat(nobody(find(NAME))).isEqualTo("'" + NAME + "' has no addresses");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "SERVFAIL  | it failed (SERVFAIL)",
                "REFUSED   | it refused to answer (REFUSED)",
                "REFERRING | it knows no answer and asks nobody else",
                "GARBAGE   | what it sends cannot be read",
                "SILENT    | no answer in time"
            })
    void aServerThatFailsIsNoAnswer(Mood mood, String said) throws Exception {
        server.addresses(NAME, "10.1.0.4").is(mood);
        long wait = switch (mood) {
            case SILENT -> SHORT_NANOS;
            default -> LONG_NANOS;
        };
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> discovery(NAME, wait, server).find())
                .withMessage("no name server answers for A records of '" + NAME + "': 127.0.0.1:"
                        + server.address().getPort() + ", " + said);
    }

    @Test
    void addressesOfOneFamilyAreNoAnswerWhileTheOtherFails() throws Exception {
        server.addresses(NAME, "10.1.0.4", "fd00::12").is(Mood.SERVFAIL, NAME, "AAAA");
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> find(NAME))
                .withMessageStartingWith("no name server answers for AAAA records of '" + NAME + "'");
    }

    @Test
    void oneServerAfterTheOtherIsAsked() throws Exception {
        NameServer second = another().addresses(NAME, "10.1.0.4");
        NameServer third = another().addresses(NAME, "10.1.0.99");
        server.is(Mood.SERVFAIL);
        assertThat(found(discovery(NAME, LONG_NANOS, server, second, third).find())
                        .addresses())
                .containsExactly(new Address("10.1.0.4", PORT));
        assertThat(third.asked()).isEmpty();
    }

    /** It does not look elsewhere for what it would rather hear. */
    @Test
    void theFirstServerThatSaysThatANameDoesNotExistIsBelieved() throws Exception {
        NameServer second = another().addresses(NAME, "10.1.0.4");
        assertThat(nobody(discovery(NAME, LONG_NANOS, server, second).find())).contains("does not exist");
    }

    @Test
    void aPortWithoutAServerFailsAtOnceAndTheNextServerIsAsked() throws Exception {
        InetSocketAddress nobody;
        try (DatagramSocket free = new DatagramSocket(0, InetAddress.getByName("127.0.0.1"))) {
            nobody = new InetSocketAddress(free.getLocalAddress(), free.getLocalPort());
        }
        server.addresses(NAME, "10.1.0.4");
        DnsDiscovery discovery =
                new DnsDiscovery(NAME, PORT, List.of(nobody, server.address()), directory.resolve("none"), LONG_NANOS);
        assertThat(found(discovery.find()).addresses()).containsExactly(new Address("10.1.0.4", PORT));
    }

    @Test
    void aSilentServerIsAskedOnceMoreAfterAllOthers() throws Exception {
        NameServer failing = another().is(Mood.SERVFAIL);
        server.is(Mood.SILENT);
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> discovery(NAME, SOME_NANOS, server, failing).find())
                .withMessageContaining("no answer in time; ")
                .withMessageContaining("it failed (SERVFAIL)");
        assertThat(server.asked()).hasSize(2);
        assertThat(failing.asked()).hasSize(1);
    }

    @Test
    void anAnswerToAnotherQuestionIsNotTaken() throws Exception {
        server.addresses(NAME, "10.1.0.4").is(Mood.FORGED_FIRST);
        assertThat(found(find(NAME)).addresses()).containsExactly(new Address("10.1.0.4", PORT));
    }

    // ------------------------------------------------------------------------------------------------ cut answers

    @Test
    void anAnswerThatIsCutIsAskedForAgainOverTcp() throws Exception {
        String[] addresses = IntStream.range(0, 60).mapToObj(i -> "10.1.1." + i).toArray(String[]::new);
        server.addresses(NAME, addresses);

        assertThat(found(find(NAME)).addresses()).hasSize(60);
        assertThat(server.asked()).containsExactly("udp " + NAME + " A", "tcp " + NAME + " A", "udp " + NAME + " AAAA");
    }

    @Test
    void aCutAnswerIsNeverTakenForAWholeOne() throws Exception {
        server.addresses(NAME, "10.1.0.4", "10.1.0.5").cutsAll(true).answersOverTcp(false);
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> find(NAME))
                .withMessageContaining("its answer is cut, and over TCP: ");
    }

    @Test
    void anAnswerThatIsCutOverTcpIsNoAnswer() throws Exception {
        server.addresses(NAME, "10.1.0.4", "10.1.0.5").cutsAll(true).cutsOverTcp(true);
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> find(NAME))
                .withMessageContaining("its answer over TCP is cut");
    }

    @Test
    void whereTheFirstServerCutsAndHasNoTcpTheNextOneIsAsked() throws Exception {
        server.addresses(NAME, "10.1.0.4", "10.1.0.5").cutsAll(true).answersOverTcp(false);
        NameServer second = another().addresses(NAME, "10.1.0.4", "10.1.0.5");
        assertThat(found(discovery(NAME, LONG_NANOS, server, second).find()).addresses())
                .hasSize(2);
    }

    @Test
    void asksOverTcpAloneWhereTheMachineSaysSo() throws Exception {
        resolvConf("options use-vc");
        server.addresses(NAME, "10.1.0.4");
        find(NAME);
        assertThat(server.asked()).containsExactly("tcp " + NAME + " A", "tcp " + NAME + " AAAA");
    }

    @Test
    void aConnectionThatAnswersNothingFails() throws Exception {
        resolvConf("options use-vc");
        server.is(Mood.SILENT);
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> discovery(NAME, SHORT_NANOS, server).find())
                .withMessageContaining("no answer in time");
    }

    // ------------------------------------------------------------------------------------------------ search domains

    @Test
    void looksForANameInTheSearchDomainsAndSaysWhichOneMatched() throws Exception {
        resolvConf("search other.test shop.test", "options ndots:5 timeout:1");
        server.addresses(NAME, "10.1.0.4");

        Found found = found(find("orders"));

        assertThat(found.name()).isEqualTo(NAME);
        assertThat(server.asked())
                .containsExactly(
                        "udp orders.other.test A",
                        "udp orders.other.test AAAA",
                        "udp " + NAME + " A",
                        "udp " + NAME + " AAAA");
    }

    @Test
    void keepsToTheNameThatItFoundFirst() throws Exception {
        resolvConf("search shop.test wildcard.test");
        server.addresses(NAME, "10.1.0.4").addresses("orders.wildcard.test", "192.0.2.1");
        DnsDiscovery discovery = discovery("orders", LONG_NANOS, server);
        discovery.find();

        server.removes(NAME);
        assertThat(nobody(discovery.find()))
                .as("the same name in another domain is another one")
                .isEqualTo("'" + NAME + "' does not exist");
        server.addresses(NAME, "10.1.0.5");
        assertThat(found(discovery.find()).addresses()).containsExactly(new Address("10.1.0.5", PORT));
    }

    @Test
    void doesNotLookInTheNextDomainWhileNobodySaysWhetherTheNameIsInTheFirst() throws Exception {
        resolvConf("search shop.test wildcard.test");
        server.addresses("orders.wildcard.test", "192.0.2.1").is(Mood.SERVFAIL, NAME, "A");
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> find("orders"))
                .withMessageContaining(NAME);
    }

    @Test
    void aNameWithADotAtItsEndIsLookedForAsItIsAlone() throws Exception {
        resolvConf("search shop.test");
        server.addresses("orders.shop.test", "10.1.0.4");
        assertThat(nobody(find("orders."))).isEqualTo("'orders' does not exist");
        assertThat(found(find(NAME + ".")).name()).isEqualTo(NAME);
    }

    @Test
    void namesEveryNameThatItLookedFor() throws Exception {
        resolvConf("search shop.test");
        assertThat(nobody(find("orders"))).isEqualTo("'orders.shop.test' does not exist, and 'orders' does not exist");
    }

    @Test
    void readsWhomToAskAtEachQuestion() throws Exception {
        DnsDiscovery discovery = new DnsDiscovery(NAME, PORT, List.of(), directory.resolve("resolv.conf"), SHORT_NANOS);
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(discovery::find)
                .withMessageContaining("which names the name servers, cannot be read");
        resolvConf("# none yet");
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(discovery::find)
                .withMessageContaining("no name server is named in ");
    }

    // ------------------------------------------------------------------------------------------------ names

    @Test
    void saysWhichLibraryItNeeds() throws Exception {
        URL own = DnsDiscovery.class.getProtectionDomain().getCodeSource().getLocation();
        assertThat(DnsDiscovery.isAvailable(DnsDiscovery.class.getClassLoader()))
                .isTrue();
        try (URLClassLoader without = new URLClassLoader(new URL[] {own}, ClassLoader.getPlatformClassLoader())) {
            assertThat(DnsDiscovery.isAvailable(without)).isFalse();
            Class<?> type = Class.forName(DnsDiscovery.class.getName(), true, without);
            assertThat(type.getMethod("isName", String.class).invoke(null, NAME))
                    .isEqualTo(true);
            assertThatExceptionOfType(InvocationTargetException.class)
                    .isThrownBy(
                            () -> type.getConstructor(String.class, int.class).newInstance(NAME, PORT))
                    .havingCause()
                    .isInstanceOf(IllegalStateException.class)
                    .withMessageStartingWith("Looking up '" + NAME + "' needs the library dnsjava:dnsjava");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "a..b",
                "10.1.0.4",
                "fd00::1",
                "or ders",
                "-orders",
                "orders-.test",
                "a,b",
                "http://orders",
                "an-extremely-long-label-that-is-longer-than-the-sixty-three-that-fit.test"
            })
    void refusesWhatIsNoName(String text) {
        assertThat(DnsDiscovery.isName(text)).isFalse();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new DnsDiscovery(text, PORT))
                .withMessage("name must be one that DNS knows, but is '" + text + "'");
    }

    @Test
    void needsAPortUnlessTheRecordsNameIt() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new DnsDiscovery(NAME, 0))
                .withMessage("port must be from 1 to 65535, but is 0");
        assertThat(new DnsDiscovery("_election._tcp." + NAME, 0).describe())
                .isEqualTo("'_election._tcp." + NAME + "' in DNS");
    }

    /** That the server of these tests speaks as others do, the JDK's own client says. */
    @Test
    void theJdksClientUnderstandsTheServerOfTheseTests() throws Exception {
        server.addresses(NAME, "10.1.0.4", "10.1.0.5", "fd00::12").services("_e._tcp.test", "a.test:7001");
        Hashtable<String, String> environment = new Hashtable<>();
        environment.put("java.naming.factory.initial", "com.sun.jndi.dns.DnsContextFactory");
        environment.put("java.naming.provider.url", server.url());
        InitialDirContext context = new InitialDirContext(environment);
        try {
            assertThat(context.getAttributes(NAME, new String[] {"A"}).get("A").size())
                    .isEqualTo(2);
            assertThat(context.getAttributes(NAME, new String[] {"AAAA"})
                            .get("AAAA")
                            .get())
                    .isEqualTo("fd00::12");
            assertThat(context.getAttributes("_e._tcp.test", new String[] {"SRV"})
                            .get("SRV")
                            .get())
                    .isEqualTo("0 100 7001 a.test.");
        } finally {
            context.close();
        }
    }
}
