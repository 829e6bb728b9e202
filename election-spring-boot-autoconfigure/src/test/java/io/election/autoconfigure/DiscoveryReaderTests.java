package io.election.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.election.InvalidElectionConfigurationException;
import io.election.core.MemberKind;
import io.election.discovery.DiscoverySettings;
import io.election.discovery.DnsDiscovery;
import io.election.discovery.MemberDiscovery;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.boot.test.context.FilteredClassLoader;

class DiscoveryReaderTests {

    private static final String DNS = "election.discovery.dns=orders-headless";
    private static final String THREE = "election.discovery.expected=3";

    private static final MemberDiscovery OWN = new MemberDiscovery() {
        @Override
        public Answer find() {
            return new Nobody("this test asks nobody", Duration.ZERO);
        }

        @Override
        public String describe() {
            return "the registry";
        }
    };

    private @Nullable List<ElectionProperties.Member> members;
    private @Nullable Boolean standalone;
    private @Nullable Integer port = 8080;
    private @Nullable MemberDiscovery own;

    private @Nullable DiscoverySettings read(String... settings) {
        Map<String, Object> map = new TreeMap<>();
        for (String setting : settings) {
            int equals = setting.indexOf('=');
            map.put(setting.substring(0, equals), setting.substring(equals + 1));
        }
        ElectionProperties.Discovery properties = new Binder(new MapConfigurationPropertySource(map))
                .bindOrCreate("election.discovery", ElectionProperties.Discovery.class);
        return new DiscoveryReader(properties, members, standalone, port, own, Duration.ofSeconds(1)).read();
    }

    private void refuses(String property, @Nullable String value, String reason, String action, String... settings) {
        assertThatExceptionOfType(InvalidElectionConfigurationException.class)
                .isThrownBy(() -> read(settings))
                .satisfies(refused -> {
                    assertThat(refused.getDescription())
                            .startsWith("The property '" + property + "' "
                                    + (value == null ? "is not set" : "is '" + value + "'") + ", but ")
                            .contains(reason);
                    assertThat(refused.getAction()).contains(action);
                });
    }

    private static List<ElectionProperties.Member> listed() {
        return List.of(
                new ElectionProperties.Member("a", "http://host-1:8080", null, MemberKind.DATA, 0, false),
                new ElectionProperties.Member("b", "http://host-2:8080", null, MemberKind.DATA, 0, false));
    }

    @Test
    void refusesAMarginThatIsTooShortOrTooLong() {
        refuses(
                "election.discovery.stable-margin",
                "PT1.999S",
                "at least two election timeouts (election.election-timeout), which is 2000ms",
                "election.discovery.stable-margin=5s",
                DNS,
                THREE,
                "election.discovery.stable-margin=1999ms");
        refuses(
                "election.discovery.stable-margin",
                "PT2H",
                "at most an hour",
                "Remove it",
                DNS,
                THREE,
                "election.discovery.stable-margin=2h");
        assertThat(read(DNS, THREE, "election.discovery.stable-margin=2s").stableMargin(Duration.ofSeconds(1)))
                .isEqualTo(Duration.ofSeconds(2));
        assertThat(read(DNS, THREE).stableMargin(Duration.ofSeconds(1))).isEqualTo(Duration.ofSeconds(5));
        assertThat(read(DNS, THREE).stableMargin(Duration.ofSeconds(4))).isEqualTo(Duration.ofSeconds(12));
    }

    @Test
    void refusesALongestTtlThatIsNone() {
        refuses(
                "election.discovery.longest-ttl",
                "PT-1S",
                "from 0 to an hour",
                "election.discovery.longest-ttl=30s",
                DNS,
                THREE,
                "election.discovery.longest-ttl=-1s");
        assertThat(read(DNS, THREE, "election.discovery.longest-ttl=0s").longestAge())
                .isZero();
    }

    @Test
    void nothingIsFoundWhereNothingIsSaid() {
        assertThat(read()).isNull();
        members = listed();
        assertThat(read()).isNull();
        assertThat(read("election.discovery.cache=1m"))
                .as("a time alone finds nobody")
                .isNull();
    }

    @Test
    void readsANameWithTheMembersOwnPort() {
        assertThat(read(DNS, THREE)).isEqualTo(new DiscoverySettings("orders-headless", 8080, 3));
        assertThat(read(DNS, THREE).source(null)).isInstanceOf(DnsDiscovery.class);
    }

    @Test
    void needsTheLibraryThatAsksNameServers() {
        ClassLoader before = Thread.currentThread().getContextClassLoader();
        Thread.currentThread().setContextClassLoader(new FilteredClassLoader("org.xbill.DNS"));
        try {
            refuses(
                    "election.discovery.dns",
                    "orders-headless",
                    "the library dnsjava:dnsjava, which asks name servers, is not on the class path",
                    "Add the dependency dnsjava:dnsjava to the application",
                    DNS,
                    THREE);
            own = OWN;
            assertThat(read(THREE)).as("nobody asks a name server").isNotNull();
        } finally {
            Thread.currentThread().setContextClassLoader(before);
        }
    }

    @Test
    void anEmptyListTakesBackOneFromAFile() {
        members = List.of();
        assertThat(read(DNS, THREE)).isNotNull();
    }

    @Test
    void anEmptyNameTakesBackOneFromAFileWhereMembersAreListed() {
        members = listed();
        assertThat(read("election.discovery.dns=", THREE)).isNull();
    }

    @Test
    void aNameWhoseRecordsHavePortsNeedsNoOther() {
        port = null;
        assertThat(read("election.discovery.dns=_election._tcp.orders.test", THREE))
                .isEqualTo(new DiscoverySettings("_election._tcp.orders.test", 0, 3));
        refuses("election.peer.port", null, "that is not known", "Set election.peer.port", DNS, THREE);
        port = 0;
        refuses("election.peer.port", "0", "that is not known", "begins with an underscore", DNS, THREE);
    }

    @Test
    void readsNameServersWithAndWithoutPorts() {
        assertThat(read(DNS, THREE, "election.discovery.servers=10.96.0.10, 127.0.0.1:8600, [fd00::a]:5353, fd00::b")
                        .servers())
                .containsExactly(
                        new InetSocketAddress("10.96.0.10", 53),
                        new InetSocketAddress("127.0.0.1", 8600),
                        new InetSocketAddress("fd00::a", 5353),
                        new InetSocketAddress("fd00::b", 53));
    }

    @ParameterizedTest
    @CsvSource({
        "ns.example.com",
        "10.96.0",
        "10.96.0.10:",
        "10.96.0.10:65536",
        "10.96.0.10:0",
        "10.96.0.999",
        "fd00:::1"
    })
    void refusesANameServerThatIsNoAddress(String text) {
        refuses(
                "election.discovery.servers",
                text,
                "that is no IP address",
                "127.0.0.1:8600",
                DNS,
                THREE,
                "election.discovery.servers=" + text);
    }

    @Test
    void refusesMembersThatAreBothListedAndFound() {
        members = listed();
        refuses(
                "election.discovery.dns",
                "orders-headless",
                "election.members lists 2 members. Members are either listed or found",
                "To have members found, remove the list",
                DNS,
                THREE);
        own = OWN;
        refuses("election.members", "2 members", "has a MemberDiscovery (the registry)", "Remove the list", THREE);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''            | the text is empty, and names nothing",
                "10.1.0.4      | that is no name",
                "http://orders | that is no name",
                "a..b          | that is no name"
            })
    void refusesWhatIsNoName(String text, String reason) {
        refuses(
                "election.discovery.dns",
                text,
                reason,
                "such as orders-headless",
                "election.discovery.dns=" + text,
                THREE);
    }

    @Test
    void refusesANumberOfFoundersThatFoundsNothingOrTooMuch() {
        refuses(
                "election.discovery.expected",
                null,
                "nobody can tell when all founders have been found",
                "election.discovery.expected=3",
                DNS);
        refuses(
                "election.discovery.expected",
                "0",
                "a cluster is founded by at least one member",
                "more than half of those that may ever run at once",
                DNS,
                "election.discovery.expected=0");
        refuses(
                "election.discovery.expected",
                "1",
                "founds a cluster alone, and so does every other one",
                "set election.standalone=true as well",
                DNS,
                "election.discovery.expected=1");
    }

    @Test
    void oneFoundsAloneWhereThatIsMeantAndOnlyThere() {
        standalone = true;
        assertThat(read(DNS, "election.discovery.expected=1").expected()).isEqualTo(1);
        refuses(
                "election.standalone",
                "true",
                "election.discovery.expected is 3, which contradicts it",
                "Remove",
                DNS,
                THREE);
    }

    @Test
    void refusesATimeForWhichNothingOrTooMuchIsKept() {
        for (String wrong : List.of("0s", "-1s", "61m")) {
            refuses(
                    "election.discovery.cache",
                    Duration.parse("PT" + wrong.toUpperCase(java.util.Locale.ROOT))
                            .toString(),
                    "longer than 0 and at most an hour",
                    "election.discovery.cache=5s",
                    DNS,
                    THREE,
                    "election.discovery.cache=" + wrong);
        }
    }

    @Test
    void refusesWhatOnlyMattersWhereThereIsAName() {
        refuses("election.discovery.expected", "3", "there is nowhere to look", "election.discovery.dns=", THREE);
        refuses(
                "election.discovery.servers",
                "10.96.0.10",
                "there is nowhere to look",
                "remove election.discovery.servers",
                "election.discovery.servers=10.96.0.10");
    }

    @Test
    void anApplicationsOwnDiscoveryNeedsNoNameAndNoPort() {
        own = OWN;
        port = null;
        DiscoverySettings read = read(THREE);
        assertThat(read).isEqualTo(new DiscoverySettings(null, 0, 3));
        assertThat(read.source(OWN)).isSameAs(OWN);
        refuses("election.discovery.dns", "orders-headless", "which takes its place", "remove the bean", DNS, THREE);
        refuses("election.discovery.expected", null, "nobody can tell", "expected=3");
    }
}
