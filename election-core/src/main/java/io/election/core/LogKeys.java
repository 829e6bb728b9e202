package io.election.core;

import java.util.List;

/**
 * The keys under which a member's log lines carry their facts, as key-value pairs beside the message. Structured
 * logging shows them. They are a stable interface: messages may be reworded, but keys stay. No key followed by a dot is
 * the beginning of another key, so that a document store can nest them.
 */
public final class LogKeys {

    /** The cluster's name. On every line of a member. */
    public static final String CLUSTER = "election.cluster";

    /** The id of the member that logs. On every line of a member. */
    public static final String NODE = "election.node";

    /** The term that the line is about. */
    public static final String TERM = "election.term";

    /** The term before a leap. */
    public static final String TERM_BEFORE = "election.term-before";

    /** The leader that is known. */
    public static final String LEADER = "election.leader";

    /** The other member that the line is about. */
    public static final String PEER = "election.peer";

    /** Several other members, each in quotation marks. */
    public static final String PEERS = "election.peers";

    /** Why it happened: one clause for people, or a name in lower case with dashes. */
    public static final String REASON = "election.reason";

    /** The version of the members of a cluster. */
    public static final String VERSION = "election.version";

    /** What was done to a member of a cluster: promote, demote or remove. */
    public static final String ACTION = "election.action";

    /** The fencing token. */
    public static final String TOKEN = "election.token";

    /** The role that a member took. */
    public static final String ROLE = "election.role";

    /** The role that it had before. */
    public static final String ROLE_BEFORE = "election.role-before";

    /** The phase of a round of votes. */
    public static final String PHASE = "election.phase";

    /** How a round of votes ended. */
    public static final String OUTCOME = "election.outcome";

    /** How many votes were granted, the member's own included. */
    public static final String VOTES = "election.votes";

    /** How many votes were needed. */
    public static final String VOTES_NEEDED = "election.votes-needed";

    /** The candidate for which this member voted. */
    public static final String VOTED_FOR = "election.voted-for";

    /** The id of the founded cluster. */
    public static final String CLUSTER_ID = "election.cluster-id";

    /** The generation of the founded cluster, in seconds since 1970. */
    public static final String GENERATION = "election.generation";

    /** The incarnation of a durable memory. */
    public static final String INCARNATION = "election.incarnation";

    /** The kind of a message that was refused. */
    public static final String REQUEST = "election.request";

    /** A length of time in milliseconds. */
    public static final String DURATION = "election.duration-ms";

    /** A number of things: pieces of work, sentences, refusals, bytes. */
    public static final String COUNT = "election.count";

    /** The event whose listener the line is about. */
    public static final String EVENT = "election.event";

    /** The file or directory of a journal. */
    public static final String JOURNAL = "election.journal";

    /** The name of a thread. */
    public static final String THREAD = "election.thread";

    /** The address of a caller. */
    public static final String REMOTE = "election.remote";

    /** When a member's own certificate expires. */
    public static final String CERTIFICATE_EXPIRES = "election.certificate-expires";

    /** All keys. */
    public static final List<String> ALL = List.of(
            CLUSTER,
            NODE,
            TERM,
            TERM_BEFORE,
            LEADER,
            PEER,
            PEERS,
            REASON,
            VERSION,
            ACTION,
            TOKEN,
            ROLE,
            ROLE_BEFORE,
            PHASE,
            OUTCOME,
            VOTES,
            VOTES_NEEDED,
            VOTED_FOR,
            CLUSTER_ID,
            GENERATION,
            INCARNATION,
            REQUEST,
            DURATION,
            COUNT,
            EVENT,
            JOURNAL,
            THREAD,
            REMOTE,
            CERTIFICATE_EXPIRES);

    private LogKeys() {}
}
