package io.election.discovery;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How members find each other where none are listed.
 *
 * @param dns the name under which they are found, or {@code null} where the application brings a {@link MemberDiscovery}
 * @param port the port of the members under a name whose records have none; zero where they have
 * @param servers the name servers to ask; those of this machine if there are none
 * @param cache for how long an answer is used before it is asked for again, once the cluster has a leader
 * @param expected how many members found the cluster together. More than half of those that may ever run at once
 * @param standalone whether a member may found a cluster of its own, which {@code expected} of 1 needs
 * @param longestAge the most that counts of what the name service says about how long a cache may keep an answer
 * @param stableMargin how long all that were found must have agreed before they found the cluster, at least; {@code null} for
 *     {@link #stableMargin(Duration)}
 * @param founds whether this member takes part in a founding; one that does not only joins
 */
public record DiscoverySettings(
        @Nullable String dns,
        int port,
        List<InetSocketAddress> servers,
        Duration cache,
        int expected,
        boolean standalone,
        Duration longestAge,
        @Nullable Duration stableMargin,
        boolean founds) {

    /** For how long an answer is used by default. */
    public static final Duration CACHE = Duration.ofSeconds(5);

    /** What counts of the age of an answer at most, by default. */
    public static final Duration LONGEST_AGE = Duration.ofSeconds(30);

    private static final Duration LEAST_MARGIN = Duration.ofSeconds(5);

    public DiscoverySettings {
        servers = List.copyOf(servers);
        if (cache.isNegative() || cache.isZero()) {
            throw new IllegalArgumentException("cache must be longer than 0, but is " + cache);
        }
        if (expected < 1) {
            throw new IllegalArgumentException("expected must be at least 1, but is " + expected);
        }
        if (longestAge.isNegative()) {
            throw new IllegalArgumentException("longestAge must not be negative, but is " + longestAge);
        }
        if (stableMargin != null && (stableMargin.isNegative() || stableMargin.isZero())) {
            throw new IllegalArgumentException("stableMargin must be longer than 0, but is " + stableMargin);
        }
    }

    /**
     * Members that are found under a name in DNS, or by the application's own discovery, with what is usual else.
     *
     * @param dns the name, or {@code null} for the application's own discovery
     * @param port the port of the members under a name whose records have none
     * @param expected how many members found the cluster together
     */
    public DiscoverySettings(@Nullable String dns, int port, int expected) {
        this(dns, port, List.of(), CACHE, expected, false, LONGEST_AGE, null, true);
    }

    /**
     * How long all that were found must have agreed, at least.
     *
     * @param electionTimeout the election timeout of the members
     * @return what is set, else 5 seconds, or three election timeouts if that is longer
     */
    public Duration stableMargin(Duration electionTimeout) {
        Duration set = stableMargin;
        if (set != null) {
            return set;
        }
        Duration timeouts = electionTimeout.multipliedBy(3);
        return timeouts.compareTo(LEAST_MARGIN) > 0 ? timeouts : LEAST_MARGIN;
    }

    /**
     * What is to be asked for the members' addresses.
     *
     * @param own the application's own, or {@code null} if it has none
     * @return that one, or DNS
     * @throws IllegalArgumentException if there is neither, or the name or its port is none
     */
    public MemberDiscovery source(@Nullable MemberDiscovery own) {
        if (own != null) {
            return own;
        }
        if (dns == null) {
            throw new IllegalArgumentException("dns must be a name where the application brings no MemberDiscovery");
        }
        return new DnsDiscovery(dns, port, servers);
    }
}
