/**
 * Where members may be found: {@link io.election.discovery.MemberDiscovery} is asked for their addresses, {@link
 * io.election.discovery.DnsDiscovery} asks DNS, and {@link io.election.discovery.DiscoveryWatch} asks again and again on a thread
 * of its own. Who of those that are found is a member, and who founds the cluster, is decided elsewhere.
 *
 * <p>Touches the keys of log lines in {@code io.election.core}, SLF4J, and where names are looked up dnsjava, which is optional.
 */
@NullMarked
package io.election.discovery;

import org.jspecify.annotations.NullMarked;
