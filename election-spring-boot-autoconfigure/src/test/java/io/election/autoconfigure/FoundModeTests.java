package io.election.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.election.InvalidElectionConfigurationException;
import io.election.core.GatheringSettings;
import io.election.core.Member;
import io.election.core.MemberKind;
import io.election.discovery.DnsDiscovery;
import io.election.discovery.MemberDiscovery;
import io.election.node.NodeSettings;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.convert.ApplicationConversionService;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;

/** What the settings make of an application whose members find each other. */
class FoundModeTests {

    private static final List<String> USUAL = List.of(
            "spring.application.name=orders",
            "election.discovery.dns=orders-headless",
            "election.discovery.expected=3",
            "election.peer.port=8090");

    private @Nullable MemberDiscovery own;
    private boolean hasServer;
    private List<String> certificate = List.of();
    private List<String> hosts = List.of("orders-7d9f8b-x2x4z");

    private Mode mode(String... further) {
        return modeWithout("none of them", further);
    }

    /** The usual settings but for those that begin so. */
    private Mode modeWithout(String prefix, String... further) {
        List<String> settings = new ArrayList<>(USUAL);
        settings.removeIf(setting -> setting.startsWith(prefix));
        settings.addAll(List.of(further));
        return modeOf(settings);
    }

    private Mode modeOf(List<String> settings) {
        Map<String, Object> map = new TreeMap<>();
        for (String setting : settings) {
            int equals = setting.indexOf('=');
            map.put(setting.substring(0, equals), setting.substring(equals + 1));
        }
        StandardEnvironment environment = new StandardEnvironment();
        environment.getPropertySources().addFirst(new MapPropertySource("test", map));
        ApplicationConversionService conversions = new ApplicationConversionService();
        conversions.addConverter(new MemberConverter());
        ElectionProperties properties = new Binder(ConfigurationPropertySources.get(environment), null, conversions)
                .bindOrCreate("election", ElectionProperties.class);
        return new ModeReader(
                        properties,
                        environment,
                        false,
                        () -> hosts,
                        new ApplicationFacts(hasServer, own, () -> certificate))
                .read();
    }

    private static NodeSettings node(Mode mode) {
        return ((Mode.Clustered) mode).node();
    }

    private void refuses(String property, String reason, String... further) {
        assertThatExceptionOfType(InvalidElectionConfigurationException.class)
                .isThrownBy(() -> mode(further))
                .satisfies(refused -> assertThat(refused.getDescription())
                        .startsWith("The property '" + property + "' ")
                        .contains(reason));
    }

    @Test
    void membersThatComeAndGoKeepNothingOnDiskLeaveAndAreCleanedUp() {
        Mode mode = mode();
        NodeSettings node = node(mode);
        assertThat(MemberRefusal.directory(mode)).isNull();
        assertThat(mode.cluster()).isEqualTo("orders");
        assertThat(mode.nodeId()).isEqualTo("orders-7d9f8b-x2x4z");
        assertThat(mode.warnings()).isEmpty();
        assertThat(node.leavesOnStop()).isTrue();
        assertThat(node.election().autopilot().cleanupAfter()).isEqualTo(Duration.ofMinutes(10));
        assertThat(node.election().autopilot().voters()).isEqualTo(3);
        assertThat(node.election().autopilot().minimumVoters()).isEqualTo(3);
        assertThat(node.election().members())
                .containsExactly(new Member("orders-7d9f8b-x2x4z", MemberKind.DATA, 0, false));
        assertThat(node.election().founding().forgets()).isTrue();
        assertThat(node.election().founding().gathering())
                .isEqualTo(new GatheringSettings(3, false, Duration.ofSeconds(5), true));
        assertThat(node.finding().source()).isInstanceOf(DnsDiscovery.class);
        assertThat(node.finding().url(new MemberDiscovery.Address("10.0.0.7", 8090)))
                .isEqualTo(URI.create("http://10.0.0.7:8090"));
        assertThat(node.finding().url(new MemberDiscovery.Address("fd00::a", 8090)))
                .isEqualTo(URI.create("http://[fd00::a]:8090"));
        assertThat(node.peerUrls()).as("where it is reached is not known yet").isEmpty();
    }

    @Test
    void theSameCanBeSaidOtherwise() {
        Mode mode = mode(
                "election.storage.directory=/var/lib/orders",
                "election.leave-on-stop=false",
                "election.cleanup.enabled=false",
                "election.voters=5",
                "election.discovery.found=false",
                "election.peer.address=127.0.0.1",
                "election.node-id=orders-1");
        assertThat(MemberRefusal.directory(mode)).isEqualTo(Path.of("/var/lib/orders/orders/orders-1"));
        assertThat(node(mode).leavesOnStop()).isFalse();
        assertThat(node(mode).election().autopilot().cleanupAfter()).isNull();
        assertThat(node(mode).election().autopilot().voters()).isEqualTo(5);
        assertThat(node(mode).election().founding().forgets()).isFalse();
        assertThat(node(mode).election().founding().gathering().founds()).isFalse();
        assertThat(node(mode).peerUrls()).containsExactly(Map.entry("orders-1", "http://127.0.0.1:8090"));
    }

    @Test
    void membersThatShareTheApplicationsServerAreFoundAtItsPort() {
        hasServer = true;
        Mode mode = modeOf(List.of(
                "spring.application.name=orders",
                "election.discovery.dns=orders-headless",
                "election.discovery.expected=3",
                "server.port=8081",
                "server.servlet.context-path=/shop"));
        assertThat(node(mode).finding().url(new MemberDiscovery.Address("10.0.0.7", 8081)))
                .isEqualTo(URI.create("http://10.0.0.7:8081/shop"));
        assertThat(node(mode).finding().clientUrl(URI.create("http://10.0.0.7:8081/shop")))
                .isEqualTo("http://10.0.0.7:8081/shop");
    }

    @Test
    void clientsAreSentToTheApplicationsOwnPort() {
        assertThat(node(mode("server.port=8443", "server.ssl.bundle=web"))
                        .finding()
                        .clientUrl(URI.create("http://10.0.0.7:8090")))
                .isEqualTo("https://10.0.0.7:8443");
        assertThat(node(mode("server.port=0")).finding().clientUrl(URI.create("http://10.0.0.7:8090")))
                .isNull();
    }

    @Test
    void withMutualTlsTheCertificateNamesTheMember() {
        certificate = List.of("orders-1", "orders-7d9f8b-x2x4z");
        Mode mode = mode("election.peer.ssl.bundle=peers");
        assertThat(mode.nodeId()).as("the host, if it is named").isEqualTo("orders-7d9f8b-x2x4z");
        assertThat(node(mode).finding().https()).isTrue();
        certificate = List.of("orders-1", "orders-1.example.com");
        assertThat(mode("election.peer.ssl.bundle=peers").nodeId()).isEqualTo("orders-1");
        assertThat(mode().nodeId()).as("without mutual TLS").isEqualTo("orders-7d9f8b-x2x4z");
    }

    @Test
    void anApplicationsOwnDiscoveryIsTaken() {
        own = () -> new MemberDiscovery.Found(List.of(new MemberDiscovery.Address("10.0.0.7", 8090)));
        assertThat(node(modeWithout("election.discovery.dns")).finding().source())
                .isSameAs(own);
        refuses("election.discovery.dns", "which takes its place");
    }

    private static boolean isOnDisk(Mode mode) {
        boolean onDisk = MemberRefusal.directory(mode) != null;
        assertThat(node(mode).election().founding().forgets())
                .as("whoever keeps nothing may forget")
                .isEqualTo(!onDisk);
        return onDisk;
    }

    @Test
    void keepsItsMemoryInMemoryUnlessADiskIsAskedFor() {
        assertThat(isOnDisk(mode())).isFalse();
        assertThat(isOnDisk(mode("election.storage.mode=memory"))).isFalse();
        assertThat(isOnDisk(mode("election.storage.directory="))).isFalse();
        assertThat(isOnDisk(mode("election.storage.mode=memory", "election.storage.directory=")))
                .isFalse();
        assertThat(isOnDisk(mode("election.storage.directory=/var/lib/orders"))).isTrue();
        Mode byMode = mode("election.storage.mode=disk");
        assertThat(isOnDisk(byMode)).isTrue();
        assertThat(MemberRefusal.directory(byMode))
                .isEqualTo(Path.of(ElectionProperties.Storage.DEFAULT_DIRECTORY, "orders", "orders-7d9f8b-x2x4z"));
    }

    @Test
    void oneThatIsToFoundAloneIsAMemberAllTheSame() {
        Mode mode = mode("election.discovery.expected=1", "election.standalone=true");
        assertThat(node(mode).standalone()).as("others may join it").isFalse();
        assertThat(node(mode).finding()).isNotNull();
        assertThat(node(mode).election().founding().gathering())
                .isEqualTo(new GatheringSettings(1, true, Duration.ofSeconds(5), true));
        assertThat(mode.warnings()).isEmpty();
    }

    @Test
    void refusesANumberOfFoundersThatFoundsNothingOrTooMuch() {
        refuses("election.discovery.expected", "founded by at least one member", "election.discovery.expected=0");
        refuses("election.discovery.expected", "founds a cluster alone", "election.discovery.expected=1");
        refuses("election.standalone", "election.discovery.expected is 3", "election.standalone=true");
        assertThatExceptionOfType(InvalidElectionConfigurationException.class)
                .isThrownBy(() -> modeWithout("election.discovery.expected"))
                .satisfies(refused -> assertThat(refused.getDescription())
                        .startsWith("The property 'election.discovery.expected' is not set")
                        .contains("nobody can tell when all founders have been found"));
    }

    @Test
    void aNameThatIsNotSetFindsNobodyAndStandsAlone() {
        assertThat(modeOf(List.of("spring.application.name=orders", "election.standalone=true")))
                .isInstanceOf(Mode.Alone.class);
        assertThat(mode("election.members=")).as("an empty list is none").isInstanceOf(Mode.Clustered.class);
    }

    @Test
    void needsANameForItsCluster() {
        assertThatExceptionOfType(InvalidElectionConfigurationException.class)
                .isThrownBy(() -> modeWithout("spring.application.name"))
                .satisfies(refused -> assertThat(refused.getDescription())
                        .startsWith("The property 'election.cluster' is not set")
                        .contains("distinguishes this cluster"));
        assertThat(modeWithout("spring.application.name", "election.cluster=orders-blue")
                        .cluster())
                .isEqualTo("orders-blue");
        refuses("election.cluster", "a cluster's name", "election.cluster=orders/blue");
        refuses("spring.application.name", "a cluster's name", "spring.application.name=our orders");
    }

    @Test
    void withoutAnElectionItIsSaidWhoLeads() {
        Mode follower = mode("election.enabled=false", "election.when-disabled=follower");
        assertThat(follower)
                .isInstanceOfSatisfying(
                        Mode.Disabled.class, mode -> assertThat(mode.leads()).isFalse());
        Mode leader = mode("election.enabled=false", "election.when-disabled=leader");
        assertThat(leader)
                .isInstanceOfSatisfying(
                        Mode.Disabled.class, mode -> assertThat(mode.leads()).isTrue());
        Mode alone = mode("election.enabled=false", "election.standalone=true");
        assertThat(alone)
                .isInstanceOfSatisfying(
                        Mode.Disabled.class, mode -> assertThat(mode.leads()).isTrue());
        own = () -> new MemberDiscovery.Nobody("this test asks nobody", Duration.ZERO);
        assertThatExceptionOfType(InvalidElectionConfigurationException.class)
                .as("a discovery of its own finds members as well")
                .isThrownBy(() -> modeWithout("election.discovery", "election.enabled=false"))
                .satisfies(refused ->
                        assertThat(refused.getDescription()).startsWith("The property 'election.when-disabled'"));
    }

    @Test
    void refusesWhatContradictsIt() {
        refuses(
                "election.discovery.dns",
                "Members are either listed or found",
                "election.members=a=http://host-1:8090");
        refuses(
                "election.storage.directory",
                "election.storage.mode is memory",
                "election.storage.mode=memory",
                "election.storage.directory=/var/lib/orders");
        refuses("election.node-id", "consists of letters", "election.node-id=not an id");
        refuses("election.when-disabled", "members find each other", "election.enabled=false");
        hosts = List.of();
        refuses("election.node-id", "this host has no name");
    }

    @Test
    void warnsOfAnEvenNumberOfFounders() {
        assertThat(mode("election.discovery.expected=4").warnings())
                .singleElement()
                .asString()
                .startsWith("election.discovery.expected is 4: 4 voters tolerate no more failures than 3 do.");
    }
}
