package io.election.autoconfigure;

import io.election.InvalidElectionConfigurationException;
import io.election.discovery.DiscoverySettings;
import io.election.discovery.DnsDiscovery;
import io.election.discovery.MemberDiscovery;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.util.ClassUtils;
import org.springframework.util.StringUtils;

/**
 * Checks how members are to be found. Throws {@link InvalidElectionConfigurationException} for the first wrong setting, so that
 * no mistake leads to several clusters.
 */
final class DiscoveryReader {

    private static final String DNS = "election.discovery.dns";
    private static final String EXPECTED = "election.discovery.expected";
    private static final String CACHE = "election.discovery.cache";
    private static final String SERVERS = "election.discovery.servers";
    private static final String STABLE_MARGIN = "election.discovery.stable-margin";
    private static final String LONGEST_TTL = "election.discovery.longest-ttl";
    private static final Duration LONGEST_MARGIN = Duration.ofHours(1);
    private static final Duration LONGEST_CACHE = Duration.ofHours(1);
    private static final int DNS_PORT = 53;
    private static final Pattern V4_WITH_PORT = Pattern.compile("([0-9.]+)(?::([0-9]{1,5}))?");
    private static final Pattern V6_WITH_PORT = Pattern.compile("\\[([0-9A-Fa-f:.]+)](?::([0-9]{1,5}))?");
    private static final Pattern V6 = Pattern.compile("([0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)()");

    private final ElectionProperties.Discovery properties;
    private final @Nullable List<ElectionProperties.Member> members;
    private final @Nullable Boolean standalone;
    private final @Nullable Integer ownPort;
    private final @Nullable MemberDiscovery own;
    private final Duration electionTimeout;

    /**
     * Creates a reader.
     *
     * @param members {@code election.members}; an empty list, which takes back one from a file, is none
     * @param standalone {@code election.standalone}
     * @param ownPort the port at which other members reach this one, or {@code null} if that is not known
     * @param own the application's own discovery, or {@code null} if it has none
     * @param electionTimeout the election timeout
     */
    DiscoveryReader(
            ElectionProperties.Discovery properties,
            @Nullable List<ElectionProperties.Member> members,
            @Nullable Boolean standalone,
            @Nullable Integer ownPort,
            @Nullable MemberDiscovery own,
            Duration electionTimeout) {
        this.electionTimeout = electionTimeout;
        this.properties = properties;
        this.members = members;
        this.standalone = standalone;
        this.ownPort = ownPort;
        this.own = own;
    }

    /** How members are to be found, or {@code null} if that is not wanted. */
    @Nullable DiscoverySettings read() {
        String dns = properties.dns();
        if (own == null && areListed() && dns != null && dns.isBlank()) {
            // An empty text takes back a name from a file, as an empty list takes back a list.
            return null;
        }
        if (dns == null && own == null) {
            checkThatNoNameIsMissing();
            return null;
        }
        checkThatOneWayIsMeant();
        if (dns != null) {
            checkName(dns);
            checkLibrary(dns);
        }
        int expected = expected();
        Duration cache = properties.cache();
        if (cache.isNegative() || cache.isZero() || cache.compareTo(LONGEST_CACHE) > 0) {
            throw invalid(
                    CACHE,
                    cache,
                    "it must be longer than 0 and at most an hour",
                    "Write a duration with its unit, like " + CACHE + "=5s.");
        }
        checkMargin();
        return new DiscoverySettings(
                dns,
                dns == null ? 0 : port(dns),
                servers(),
                cache,
                expected,
                Boolean.TRUE.equals(standalone),
                properties.longestTtl(),
                properties.stableMargin(),
                properties.found());
    }

    private void checkMargin() {
        Duration longest = properties.longestTtl();
        if (longest.isNegative() || longest.compareTo(LONGEST_MARGIN) > 0) {
            throw invalid(
                    LONGEST_TTL,
                    longest,
                    "it must be from 0 to an hour",
                    "Write a duration with its unit, like " + LONGEST_TTL
                            + "=30s; 0s if no cache on the way keeps answers.");
        }
        Duration margin = properties.stableMargin();
        Duration shortest = electionTimeout.multipliedBy(2);
        if (margin != null && (margin.compareTo(shortest) < 0 || margin.compareTo(LONGEST_MARGIN) > 0)) {
            throw invalid(
                    STABLE_MARGIN,
                    margin,
                    "it must be at least two election timeouts (election.election-timeout), which is "
                            + shortest.toMillis() + "ms, and at most an hour",
                    "Remove it, or write a duration with its unit, like " + STABLE_MARGIN + "=5s.");
        }
    }

    private void checkThatNoNameIsMissing() {
        String name = "Name what resolves to the members, such as " + DNS + "=orders-headless; or list them under"
                + " election.members and remove ";
        if (properties.expected() != null) {
            throw invalid(EXPECTED, properties.expected(), noName(), name + EXPECTED + ".");
        }
        if (!properties.servers().isEmpty()) {
            throw invalid(SERVERS, String.join(", ", properties.servers()), noName(), name + SERVERS + ".");
        }
    }

    private static String noName() {
        return DNS + " is not set, and the application has no MemberDiscovery, so there is nowhere to look for members";
    }

    private void checkThatOneWayIsMeant() {
        if (own != null && properties.dns() != null) {
            throw invalid(
                    DNS,
                    properties.dns(),
                    "the application has a MemberDiscovery of its own (" + own.describe() + "), which takes its place",
                    "Remove " + DNS + ", or remove the bean.");
        }
        if (areListed()) {
            String listed = "election.members lists " + count() + " members. Members are either listed or found";
            if (own != null) {
                throw invalid(
                        "election.members",
                        count() + " members",
                        "the application has a MemberDiscovery (" + own.describe() + "), and " + listed,
                        "Remove the list, or remove the bean.");
            }
            throw invalid(
                    DNS,
                    properties.dns(),
                    listed,
                    "Remove " + DNS + " and what else is set under election.discovery to keep the list. To have members"
                            + " found, remove the list; an empty ELECTION_MEMBERS= takes back one from a file.");
        }
    }

    private boolean areListed() {
        return count() > 0;
    }

    private int count() {
        return members == null ? 0 : members.size();
    }

    private static void checkName(String dns) {
        if (!DnsDiscovery.isName(dns)) {
            throw invalid(
                    DNS,
                    dns,
                    StringUtils.hasText(dns)
                            ? "that is no name: one consists of letters, digits, dashes, underscores and dots, and an IP"
                                    + " address is none"
                            : "the text is empty, and names nothing",
                    "Name what resolves to the addresses of all members, such as orders-headless, or"
                            + " _election._tcp.orders.example.com for records with ports.");
        }
    }

    private static void checkLibrary(String dns) {
        ClassLoader loader = ClassUtils.getDefaultClassLoader();
        if (loader != null && !DnsDiscovery.isAvailable(loader)) {
            throw invalid(
                    DNS,
                    dns,
                    "the library " + DnsDiscovery.LIBRARY + ", which asks name servers, is not on the class path, or is"
                            + " older than version 3.6",
                    "Add the dependency " + DnsDiscovery.LIBRARY + " to the application; or bring a MemberDiscovery of"
                            + " its own in the place of " + DNS + ".");
        }
    }

    private int expected() {
        Integer expected = properties.expected();
        if (expected == null || expected < 1) {
            throw invalid(
                    EXPECTED,
                    expected,
                    expected == null
                            ? "without it nobody can tell when all founders have been found"
                            : "a cluster is founded by at least one member",
                    "Set it to how many members found the cluster together, such as " + EXPECTED + "=3. It must be more"
                            + " than half of those that may ever run at once.");
        }
        boolean alone = Boolean.TRUE.equals(standalone);
        if (expected == 1 && !alone) {
            throw invalid(
                    EXPECTED,
                    expected,
                    "a member that expects no other founds a cluster alone, and so does every other one that does not see"
                            + " the first",
                    "Set " + EXPECTED + "=3. If there is never more than one copy at the first start, set"
                            + " election.standalone=true as well.");
        }
        if (expected > 1 && alone) {
            throw invalid(
                    "election.standalone",
                    true,
                    EXPECTED + " is " + expected + ", which contradicts it",
                    "Remove election.standalone, or set " + EXPECTED + "=1.");
        }
        return expected;
    }

    private int port(String dns) {
        if (DnsDiscovery.namesPorts(dns)) {
            return 0;
        }
        if (ownPort == null || ownPort < 1) {
            throw invalid(
                    "election.peer.port",
                    ownPort,
                    "the members under '" + dns + "' are reached at the port that this one has, and that is not known",
                    "Set election.peer.port, such as 8090, to the same port on every member; or set " + DNS
                            + " to a name whose records have ports, which begins with an underscore.");
        }
        return ownPort;
    }

    private List<InetSocketAddress> servers() {
        List<InetSocketAddress> servers = new ArrayList<>();
        for (String text : properties.servers()) {
            servers.add(server(text.trim()));
        }
        return servers;
    }

    private static InetSocketAddress server(String text) {
        for (Pattern form : List.of(V4_WITH_PORT, V6_WITH_PORT, V6)) {
            Matcher matcher = form.matcher(text);
            if (matcher.matches()) {
                String port = matcher.group(2);
                int number = StringUtils.hasText(port) ? Integer.parseInt(port) : DNS_PORT;
                InetAddress address = address(matcher.group(1));
                if (address != null && number > 0 && number < 65_536) {
                    return new InetSocketAddress(address, number);
                }
            }
        }
        throw invalid(
                SERVERS,
                text,
                "that is no IP address, with or without a port",
                "Write each name server like 10.96.0.10, 127.0.0.1:8600 or [fd00::a]:53.");
    }

    /** The text of an address: nothing is looked up for it. */
    private static @Nullable InetAddress address(String text) {
        try {
            boolean whole = text.indexOf(':') >= 0 || text.matches("[0-9]{1,3}(\\.[0-9]{1,3}){3}");
            return whole ? InetAddress.getByName(text) : null;
        } catch (UnknownHostException ex) {
            return null;
        }
    }

    private static InvalidElectionConfigurationException invalid(
            String property, @Nullable Object value, String reason, String action) {
        return new InvalidElectionConfigurationException(property, value, reason, action);
    }
}
