package io.election.core;

/** Why a member refused what it was asked. */
public enum RefusalReason {
    /** It has promised its leader, or by a vote just given, to help nobody else for a while. */
    BOUND,
    /** It is in a higher term. */
    STALE_TERM,
    /** It gave its vote in this term to another member. */
    ALREADY_VOTED,
    /** Its election log is further. */
    LOG_BEHIND,
    /** Its application log is further, or not known yet. */
    APPLICATION_BEHIND,
    /** A position known to be on a quorum is not covered. */
    WATERMARK_NOT_COVERED,
    /** The one who asks, or is asked, has no vote or may not lead in the membership in force. */
    NOT_A_VOTER,
    /** The message belongs to another cluster, or to another founding of this one. */
    WRONG_CLUSTER,
    /** Its member list is another one than the asker's. */
    LIST_DIFFERS,
    /** The asker wants to found the cluster, which has been founded. */
    ALREADY_FOUNDED,
    /** Its durable memory is new, and no committed entry that it holds names it. */
    CATCHING_UP,
    /** The entries sent do not fit to its log. */
    LOG_MISMATCH,
    /** It holds more that is not committed than any sound leader sends. */
    LOG_FULL,
    /** Two leaders were seen in one term. */
    TWO_LEADERS,
    /** Its disk failed, or it is closing. */
    UNAVAILABLE
}
