package io.election.core;

/** Why a member refused what it was asked. */
public enum RefusalReason {
    /** It is bound: by a promise to its leader, or by a vote just given, it may help no other member for a while. */
    BOUND,
    /** It is in a higher term. */
    STALE_TERM,
    /** It gave its vote in this term to another member. */
    ALREADY_VOTED,
    /** Its election log is ahead of the candidate's. */
    LOG_BEHIND,
    /** Its application log is ahead of the candidate's, or its position is not known yet. */
    APPLICATION_BEHIND,
    /** The candidate is behind a position that is known to be on a quorum. */
    WATERMARK_NOT_COVERED,
    /** Either side of the request has no vote, or the sender may not lead, in the membership in force. */
    NOT_A_VOTER,
    /** The message belongs to another cluster, or to another founding of this one. */
    WRONG_CLUSTER,
    /** Its member list differs from the requester's. */
    LIST_DIFFERS,
    /** The requester wants to found the cluster, but the cluster has already been founded. */
    ALREADY_FOUNDED,
    /** Its durable memory is new, and no entry that it knows to be committed names it. */
    CATCHING_UP,
    /** The entries do not fit its log. */
    LOG_MISMATCH,
    /** It holds more uncommitted entries than any sound leader sends. */
    LOG_FULL,
    /** Two leaders were seen in one term. */
    TWO_LEADERS,
    /** Its disk failed, or it is not ready, or it is closing. */
    UNAVAILABLE,
    /** The requester was removed from the cluster, by an entry that is committed. */
    REMOVED,
    /** The wall clocks of those who would found the cluster differ by more than is allowed. */
    CLOCKS_DIFFER,
    /** It has heard of a leader of another cluster of the same name, with a higher generation. */
    SUPERSEDED,
    /** It does not agree on these founders, or it is bound to others: by a vote for another founding, which may still be completed. */
    NOT_AGREED,
    /** It lacks entries that a snapshot stands for, and fetches the image of their state. */
    FETCHING_IMAGE
}
