package io.election.leaderonly;

/**
 * The keys of the wiring's own facts in log lines, beside those of the engine, {@link io.election.core.LogKeys}. Structured logging
 * shows them. Sentences may be reworded; keys stay. {@code docs/operations.md} lists both.
 */
public final class WiringLogKeys {

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
