package io.election.core.simulator;

/** The kinds of faults that a run may know. */
enum Fault {
    // Processes.
    CRASH,
    CRASH_LEADER,
    CRASH_ALL,
    CLOSE,
    PAUSE,
    PAUSE_LEADER,
    PAUSE_IN_STEP,
    /** Steps take long, and inputs wait for each other. */
    SLOW_LOOP,
    /** More messages come at once than may wait. */
    FLOODED_QUEUE,
    /** A whole machine sleeps: its monotonic clock stands still. */
    SUSPEND,

    // Memories.
    LOSE_DIRECTORY,
    /** Every directory is lost at once, and the cluster is founded anew. */
    LOSE_ALL_DIRECTORIES,
    /** A bit of a journal turns: its member stays down until its directory is removed. */
    CORRUPT_JOURNAL,
    /** A journal is shorter than it once appeared: likewise. */
    TRUNCATE_JOURNAL,
    SLOW_DISK,
    FAILED_WRITE,

    // The network.
    SPLIT,
    ISOLATE,
    ISOLATE_LEADER,
    CUT_ONE_WAY,
    SLOW_LINKS,
    STORM,
    /** Messages that were kept for long arrive, among them those from and to memories that are gone. */
    OLD_MESSAGES,
    /** A quorum is lost and regained, over and over. */
    FLAPPING_QUORUM,
    /** Two halves without a quorum, and one voter that now belongs to the one and then to the other. */
    SWING_VOTE,

    // Clocks, within what is promised.
    CLOCK_RATES,
    WALL_CLOCK_FORWARD,
    WALL_CLOCK_BACK,

    // Configurations.
    /** Another timing, in a rolling restart. */
    OTHER_TIMING,
    /** Another list of members, on one member. */
    OTHER_LIST,

    /** One member says what is not so. */
    LIE,

    // What users wish.
    HAND_OVER,
    STEP_DOWN,
    /** A leader hands over while one of the others lags or has a new memory, and the successor falls silent. */
    HARD_HANDOVER,
    /** A leader that no other data member reaches steps down, and then all reach it. */
    STEP_DOWN_ALONE,

    /** Any {@link Deed} at the worst {@link Moment}. */
    AMBUSH;

    /** What an {@link #AMBUSH} does when its moment has come. */
    enum Deed {
        CRASH,
        CRASH_AND_LOSE_DIRECTORY,
        PAUSE,
        ISOLATE,
        FAIL_WRITE,
        HAND_OVER,
        STEP_DOWN,
        CLOSE,
        LIE
    }
}
