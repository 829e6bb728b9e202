package io.election.peer;

import org.jspecify.annotations.Nullable;

/** Who answers at a url. */
public sealed interface PeerIdentity {

    /** This very member, in this very process. */
    record Self() implements PeerIdentity {}

    /**
     * A member, but another one, or another process that runs as this member.
     *
     * @param cluster its cluster
     * @param nodeId its id
     * @param notReady what keeps its application from being ready, so that it does not stand; {@code null} if nothing does
     */
    record AnotherMember(
            String cluster, String nodeId, @Nullable String notReady) implements PeerIdentity {}

    /**
     * Something answers, but not as a member that can be believed: another application, another secret.
     *
     * @param detail what came back, for a person
     */
    record SomethingElse(String detail) implements PeerIdentity {}

    /**
     * Nothing answers.
     *
     * @param detail how it failed, such as "connection refused"
     */
    record Nobody(String detail) implements PeerIdentity {}
}
