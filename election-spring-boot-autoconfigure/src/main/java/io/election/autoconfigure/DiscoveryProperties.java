package io.election.autoconfigure;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How members find each other, as it is to be bound to {@code election.discovery}; {@link DiscoveryReader} checks it.
 *
 * @param dns Name that resolves to the members' addresses (A, AAAA), or, if it begins with an underscore, to their hosts and
 *     ports (SRV). Takes the place of 'election.members'.
 * @param expected How many members found the cluster together. More than half of those that may ever run at once.
 * @param cache How long an answer of the name servers is used before they are asked again.
 * @param servers Name servers to ask, each an IP address that may have a port. By default those of '/etc/resolv.conf'.
 */
record DiscoveryProperties(
        @Nullable String dns,
        @Nullable Integer expected,
        @DefaultValue("5s") Duration cache,
        @DefaultValue List<String> servers) {}
