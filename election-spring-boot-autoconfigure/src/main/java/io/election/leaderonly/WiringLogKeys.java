package io.election.leaderonly;

/**
 * The keys under which log lines of the wiring carry their facts, as key-value pairs beside the sentence. Structured logging shows
 * them. Sentences may be reworded; keys stay. {@code docs/operations.md} lists them, with those of the engine.
 */
public final class WiringLogKeys {

    /** The cluster's name. */
    public static final String CLUSTER = "election.cluster";

    /** The id of the member that logs. */
    public static final String NODE = "election.node";

    /** The term that the line is about. */
    public static final String TERM = "election.term";

    /** The leader that is known. */
    public static final String LEADER = "election.leader";

    /** The other member that the line is about. */
    public static final String PEER = "election.peer";

    /** Why it happened. */
    public static final String REASON = "election.reason";

    /** A length of time in milliseconds. */
    public static final String DURATION = "election.duration-ms";

    /** The url of a member that the line is about. */
    public static final String URL = "election.url";

    /** The display name of an application context. */
    public static final String CONTEXT = "election.context";

    /** A component that is tied to the leadership, as the log calls it. */
    public static final String COMPONENT = "election.component";

    /** A method for the leader only, with its class. */
    public static final String METHOD = "election.method";

    /** The path of a web request. */
    public static final String PATH = "election.path";

    /** The key of a Quartz job. */
    public static final String JOB = "election.job";

    /** The key of a Quartz trigger. */
    public static final String TRIGGER = "election.trigger";

    /** The name of a Quartz scheduler. */
    public static final String SCHEDULER = "election.scheduler";

    private WiringLogKeys() {}
}
