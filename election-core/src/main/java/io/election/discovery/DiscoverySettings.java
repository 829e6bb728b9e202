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
 * @param cache for how long an answer is used before it is asked for again
 * @param expected how many members found the cluster together
 */
public record DiscoverySettings(
        @Nullable String dns, int port, List<InetSocketAddress> servers, Duration cache, int expected) {

    public DiscoverySettings {
        servers = List.copyOf(servers);
        if (cache.isNegative() || cache.isZero()) {
            throw new IllegalArgumentException("cache must be longer than 0, but is " + cache);
        }
        if (expected < 1) {
            throw new IllegalArgumentException("expected must be at least 1, but is " + expected);
        }
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
