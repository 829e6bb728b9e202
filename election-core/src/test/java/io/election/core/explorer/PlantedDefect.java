package io.election.core.explorer;

/** A defect that a test plants around the core, to see whether the explorer finds it. */
enum PlantedDefect {
    NONE,
    /** Messages leave without waiting for their writes. */
    MESSAGES_LEAVE_EARLY,
    /** The disk says that a write is finished before it is. */
    DISK_CONFIRMS_BEFORE_IT_WRITES,
    /** A start reads the term but not the vote. */
    START_FORGETS_THE_VOTE,
    /** A start imposes no bond. */
    START_BINDS_NOBODY,
    /** A voter that is bound grants. */
    BOUND_VOTER_GRANTS,
    /** The end of a leadership that is handed over is not shown to readers. */
    END_IS_NOT_SHOWN,
    /** The lease that is being drained is not shown to end with TimeoutNow. */
    DRAIN_OUTLIVES_TIMEOUT_NOW,
    /** A new memory speaks in the name of the one that was lost. */
    NEW_MEMORY_CLAIMS_TO_BE_THE_OLD_ONE,
    /** A voter grants although the candidate's log is behind its own. */
    LOG_IS_NOT_COMPARED
}
