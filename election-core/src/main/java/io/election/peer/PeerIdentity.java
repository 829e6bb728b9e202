package io.election.peer;

/** Who answers at a url. */
public sealed interface PeerIdentity {

    /** This very member, in this very process. */
    record Self() implements PeerIdentity {}

    /**
     * A member, but another one, or another process that runs as this member.
     *
     * @param cluster its cluster
     * @param nodeId its id
     */
    record AnotherMember(String cluster, String nodeId) implements PeerIdentity {}

    /**
     * Something answers, but not as a member that can be believed: another application, another secret.
     *
     * @param detail what came back, for a person
     */
    record SomethingElse(String detail) implements PeerIdentity {}

    /**
     * Something answers by TLS, and nothing here vouches for its certificate.
     *
     * @param detail what is wrong with the certificate, and what to do, for a person
     */
    record NotTrusted(String detail) implements PeerIdentity {}

    /**
     * Nothing answers.
     *
     * @param detail how it failed, such as "connection refused"
     */
    record Nobody(String detail) implements PeerIdentity {}
}
