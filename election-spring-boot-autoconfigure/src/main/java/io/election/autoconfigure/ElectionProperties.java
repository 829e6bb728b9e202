package io.election.autoconfigure;

import io.election.core.MemberKind;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The settings, as they are bound; {@link ModeReader} and {@link PeerSettingsReader} check them, because errors thrown
 * while binding would hide behind the binder's own.
 *
 * @param enabled Whether an election is held. Without one the application leads, or follows, as 'when-disabled' says.
 * @param whenDisabled What the application is while 'enabled' is false: 'leader' or 'follower'. Required if more than one
 *     member is listed; otherwise 'leader'.
 * @param standalone Whether the application is meant to stand alone, without any members. If 'false', it does not start
 *     without members; if not set, it does not on a platform that may run several copies of it, and warns elsewhere.
 * @param cluster Name of the cluster that elects one leader; the same on every member. The application's name by default.
 * @param nodeId Id of this member, one of those listed. By default, the member whose id is the short host name.
 * @param members All members of the cluster, this one included; the same list on every member. Each has at least an id
 *     and a url, and may be written as 'id=url'. Without the property, the application stands alone.
 * @param standAt When this member may stand for election and its listeners are told: 'ready', once the application is
 *     ready and all runners have returned, or 'started', before its runners are called.
 * @param electionTimeout How long a voter promises to help nobody but its leader; also about how long a crashed leader
 *     stays unreplaced.
 * @param heartbeatInterval Time between the heartbeats of a leader; at most half the lease.
 * @param leaseDuration How long after a heartbeat was sent its acknowledgement by a quorum lets the leader lead. With the
 *     clock drift added, it must end before the election timeout.
 * @param clockDrift Rate by which a member's clock may run too fast or too slow, such as '0.05' or '5%'.
 * @param voters How many members are to vote. Learners beyond that are spares, and one takes the place of a voter that is gone.
 *     By default, as many as 'members' lists with a vote, or as 'discovery.expected' says.
 * @param discovery How members find each other, in the place of 'members'.
 * @param promotion How learners get a vote by themselves.
 * @param cleanup How voters that are gone are removed by themselves.
 * @param maxLag How many committed entries a voter may lack. One that lacks more for 'election.promotion.stabilisation' loses its
 *     vote until it has caught up, where at least three others vote. By default, nobody loses its vote for that.
 * @param leaveOnStop Whether this member has itself removed from the cluster when its application stops, because it does not
 *     come back. By default, only if members are found by discovery.
 * @param storage Where this member keeps its term, vote and log.
 * @param peer How members reach and trust each other.
 * @param handover How leadership is passed on.
 * @param health How the election shows in the application's health.
 * @param console The page on which people see the election.
 * @param events How events are delivered.
 * @param rehearsal How the first handover is prepared.
 * @param web What a web client gets from a member that does not lead.
 * @param store The replicated store.
 * @param memory The replicated memory: of the store, or of the application's own state machine.
 */
@ConfigurationProperties("election")
record ElectionProperties(
        @DefaultValue("true") boolean enabled,
        @Nullable WhenDisabled whenDisabled,
        @Nullable Boolean standalone,
        @Nullable String cluster,
        @Nullable String nodeId,
        @Nullable List<Member> members,
        @DefaultValue("ready") StandAt standAt,
        @DefaultValue("1s") Duration electionTimeout,
        @DefaultValue("200ms") Duration heartbeatInterval,
        @DefaultValue("750ms") Duration leaseDuration,
        @DefaultValue("0.05") String clockDrift,
        @Nullable Integer voters,
        @DefaultValue Discovery discovery,
        @DefaultValue Promotion promotion,
        @DefaultValue Cleanup cleanup,
        @Nullable Long maxLag,
        @Nullable Boolean leaveOnStop,
        @DefaultValue Storage storage,
        @DefaultValue Peer peer,
        @DefaultValue Handover handover,
        @DefaultValue Health health,
        @DefaultValue Console console,
        @DefaultValue Events events,
        @DefaultValue Rehearsal rehearsal,
        @DefaultValue Web web,
        @DefaultValue Store store,
        @DefaultValue Memory memory) {

    /** What an application is whose election is switched off. */
    enum WhenDisabled {
        /** It leads. */
        LEADER,
        /** It follows nobody. */
        FOLLOWER
    }

    /** From when on a member may stand for election, and its listeners are told. */
    enum StandAt {
        /** From ApplicationReadyEvent on: all runners have returned. */
        READY,
        /** From ApplicationStartedEvent on: all beans are there, and no runner has been called. */
        STARTED
    }

    /**
     * One member.
     *
     * @param id Stable id of the member: letters, digits, dots, dashes and underscores.
     * @param url Where the other members reach it; a path in it is a prefix, such as a context path.
     * @param appUrl Where clients of the application reach it. By default its url, unless 'election.peer.port' is set.
     * @param kind Whether it votes and may lead ('data'), only votes ('witness'), or only watches ('observer').
     * @param priority Who stands first when there is no leader: higher before lower, then by id.
     * @param initialLeader Whether it has a head start at the founding of the cluster.
     */
    record Member(
            @Nullable String id,
            @Nullable String url,
            @Nullable String appUrl,
            @DefaultValue("data") MemberKind kind,
            @DefaultValue("0") int priority,
            @DefaultValue("false") boolean initialLeader) {}

    /**
     * How members find each other, in the place of a list.
     *
     * @param dns Name that resolves to the members' addresses (A, AAAA), or, if it begins with an underscore, to their hosts and
     *     ports (SRV). Takes the place of 'election.members'.
     * @param expected How many members found the cluster together. More than half of those that may ever run at once.
     * @param found Whether this member takes part in a founding. If not, it only joins a cluster that is there.
     * @param stableMargin How long all that are found must have agreed before they found the cluster, at least. By default 5 s, or
     *     three election timeouts if that is longer.
     * @param longestTtl The most that counts of how long name servers let caches keep an answer. Those that are found must have
     *     agreed for so long as well.
     * @param cache How long an answer of the name servers is used before they are asked again, while there is a leader.
     * @param servers Name servers to ask, each an IP address that may have a port. By default those of '/etc/resolv.conf'.
     */
    record Discovery(
            @Nullable String dns,
            @Nullable Integer expected,
            @DefaultValue("true") boolean found,
            @Nullable Duration stableMargin,
            @DefaultValue("30s") Duration longestTtl,
            @DefaultValue("5s") Duration cache,
            @DefaultValue List<String> servers) {}

    /**
     * How learners get a vote by themselves.
     *
     * @param enabled Whether the leader promotes learners by itself while fewer members vote than 'election.voters'.
     * @param stabilisation How long a learner must have kept up with the leader before it is promoted.
     */
    record Promotion(
            @DefaultValue("true") boolean enabled,
            @DefaultValue("10s") Duration stabilisation) {}

    /**
     * How voters that are gone are removed by themselves.
     *
     * @param enabled Whether the leader removes voters that it has not heard from for long, one at a time. By default, only if
     *     members are found by discovery.
     * @param after How long a voter must not have been heard from before it is removed; at least ten election timeouts.
     * @param minQuorum No removal leaves fewer voters than this, the learners counted that are ready to be promoted. By default 3,
     *     or 'election.voters' if that is less.
     */
    record Cleanup(
            @Nullable Boolean enabled,
            @DefaultValue("10m") Duration after,
            @Nullable Integer minQuorum) {}

    /**
     * Where this member keeps its term, vote and log.
     *
     * @param mode Whether it is kept on 'disk' or in 'memory', where each start is a new memory that the cluster has to let in
     *     again. By default 'disk' if members are listed; otherwise the disk is used only if 'directory' is set.
     * @param directory Directory on a local disk that outlives the process; the files lie below it in
     *     'cluster/node-id'. An application that stands alone writes to disk only if this is set, or 'mode' is 'disk'.
     */
    record Storage(@Nullable StorageMode mode, @Nullable String directory) {

        static final String DEFAULT_DIRECTORY = "election-data";
    }

    /** Where a member keeps what it must not forget while it runs. */
    enum StorageMode {
        /** In a directory that outlives the process. */
        DISK,
        /** Nowhere else: each start is a new memory. */
        MEMORY
    }

    /**
     * How members reach and trust each other.
     *
     * @param path Path of the members' endpoint, behind the path in their urls.
     * @param port Port of the members' own server. Without it they share the application's, which must be a servlet one.
     * @param address Network address to which the members' own server should bind. Requires 'election.peer.port'. By default,
     *     all addresses of this host.
     * @param secret Secret shared by all members, at least 16 characters.
     * @param acceptedSecrets Further secrets that other members may sign with while the secret is being replaced.
     * @param ssl TLS between members.
     * @param trustNetwork Whether everybody who can reach a member is believed, without a secret or certificates.
     * @param announced Whether this member tells the others where it is reached: at its own url in 'election.members'. Not to be
     *     done where each of them reaches it at another address.
     */
    record Peer(
            @DefaultValue("/election") String path,
            @Nullable Integer port,
            @Nullable InetAddress address,
            @Nullable String secret,
            @DefaultValue List<String> acceptedSecrets,
            @DefaultValue Ssl ssl,
            @DefaultValue("false") boolean trustNetwork,
            @DefaultValue("true") boolean announced) {

        /** Never shows a secret. */
        @Override
        public String toString() {
            return "Peer[path=" + path + ", port=" + port + ", address=" + address + ", ssl=" + ssl + ", trustNetwork="
                    + trustNetwork + "]";
        }
    }

    /**
     * TLS between members.
     *
     * @param bundle Name of the SSL bundle for mutual TLS, with this member's certificate, which must name its id, and the
     *     certificates trusted. Needs 'election.peer.port' and https urls.
     * @param clientBundle Name of the SSL bundle whose truststore the certificates at https urls are checked with, where
     *     another server takes the members' requests: the application's own ('server.ssl'), or a proxy. Its key, if it has
     *     one, is shown where that server asks for a certificate.
     */
    record Ssl(@Nullable String bundle, @Nullable String clientBundle) {}

    /**
     * How leadership is passed on.
     *
     * @param timeout Time for the listeners, work in flight and the transfer together.
     */
    record Handover(@DefaultValue("5s") Duration timeout) {}

    /**
     * How the election shows in the application's health.
     *
     * @param leaderlessGrace How long no leader may be known before the health says so.
     * @param noLeaderStatus Status when no leader has been known for longer than the grace.
     */
    record Health(
            @DefaultValue("30s") Duration leaderlessGrace,
            @DefaultValue("UNKNOWN") String noLeaderStatus) {}

    /**
     * How events are delivered.
     *
     * @param interrupt Whether a listener that still runs when its leadership ends is interrupted. An interrupt can close
     *     a file database under whoever writes to it.
     */
    record Events(@DefaultValue("false") boolean interrupt) {}

    /**
     * The page on which people see the election.
     *
     * @param enabled Whether there is one, at the actuator's endpoint 'electionconsole', which has to be exposed over HTTP.
     */
    record Console(@DefaultValue("false") boolean enabled) {}

    /**
     * How the first handover is prepared.
     *
     * @param enabled Whether handovers are rehearsed in memory after the start, once, so that the first real one is as fast as
     *     later ones.
     */
    record Rehearsal(@DefaultValue("true") boolean enabled) {}

    /**
     * What a web client gets from a member that does not lead.
     *
     * @param onFollower What a member that does not lead does with a request for a '@LeaderOnly' handler: 'refuse' it with
     *     503 and a problem document that names the leader, or 'redirect' it with 307 to the leader's 'app-url'. If another
     *     handler calls leader-only code, only GET and HEAD requests are redirected.
     */
    record Web(@DefaultValue("refuse") OnFollower onFollower) {}

    /**
     * The replicated store.
     *
     * @param enabled Whether the application has a bean of type 'ReplicatedStore'. The same on every member.
     * @param maxValueSize The largest encoded value. What is larger is refused to its writer.
     * @param maxSize How much all values may have together, with their names and 128 bytes for each. It is held in the memory of every
     *     data member.
     * @param maxValues How many values there may be.
     */
    record Store(
            @DefaultValue("false") boolean enabled,
            @DefaultValue("64KB") DataSize maxValueSize,
            @DefaultValue("64MB") DataSize maxSize,
            @DefaultValue("100000") int maxValues) {}

    /**
     * The replicated memory: of the store, or of the application's own state machine.
     *
     * @param dataCopies On how many data members that vote a write must be before its writer is told, as far as there are so many: 2,
     *     or 1, which loses what was acknowledged if the only disk that has it is lost.
     * @param writeTimeout How long a write is tried before its answer is given, whatever that is then. By default, five election
     *     timeouts.
     * @param writesUnderWay How many writes of this process may wait for their answers. Further ones are refused.
     * @param snapshotEntries After how many applied entries an image of the state is written.
     * @param snapshotSize After how much data of applied entries an image of the state is written.
     * @param keptSize How much data of entries is kept in memory behind an image, so that a member that was away for a short time needs
     *     no image.
     * @param keptForTransferSize How much is kept while another member fetches an image.
     * @param inFlightSize How much data of entries may be under way to one member.
     * @param inFlightMessages How many messages with entries may be under way to one member.
     * @param unappliedSize How much data of entries may wait to be applied before the leader takes no more.
     */
    record Memory(
            @DefaultValue("2") int dataCopies,
            @Nullable Duration writeTimeout,
            @DefaultValue("1024") int writesUnderWay,
            @DefaultValue("100000") int snapshotEntries,
            @DefaultValue("32MB") DataSize snapshotSize,
            @DefaultValue("8MB") DataSize keptSize,
            @DefaultValue("128MB") DataSize keptForTransferSize,
            @DefaultValue("2MB") DataSize inFlightSize,
            @DefaultValue("3") int inFlightMessages,
            @DefaultValue("16MB") DataSize unappliedSize) {}

    /** What a member that does not lead does with a web request that only the leader serves. */
    enum OnFollower {
        /** 503, with the leader's name. */
        REFUSE,
        /** 307 to the leader, as long as that was heard from within a lease; else 503. */
        REDIRECT
    }
}
