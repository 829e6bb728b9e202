package io.election;

/**
 * What became of a write to the replicated memory: it was applied, it was surely not applied, or nobody knows yet.
 *
 * @param <R> what an applied write returns
 */
public sealed interface WriteResult<R> {

    /**
     * The write is committed, kept by as many members as the settings ask for, and applied on this member.
     *
     * @param index the index of the entry that applied it; a read that is given it sees the write
     * @param term the term of the leader that appended the entry
     * @param result what the write returns
     * @param <R> its type
     */
    record Applied<R>(long index, long term, R result) implements WriteResult<R> {}

    /**
     * The write was not applied, and never will be.
     *
     * @param reason why
     * @param index where in the log that was decided, so that a read which is given it sees why; 0 if the write is in no entry
     * @param detail an explanation for people, one or more sentences
     * @param <R> what an applied write returns
     */
    record NotApplied<R>(Reason reason, long index, String detail) implements WriteResult<R> {}

    /**
     * Nobody knows whether the write was applied, or will be: the answer was lost, or is not there in time. It may be asked for again
     * under its id ({@link ReplicatedStore#askAgain}, {@link ReplicatedLog#askAgain}). Writing the same again would be another
     * write.
     *
     * @param id the id of the write
     * @param detail an explanation for people, one or more sentences
     * @param <R> what an applied write returns
     */
    record Unknown<R>(WriteId id, String detail) implements WriteResult<R> {}

    /** Why a write was not applied. */
    enum Reason {
        /** Only the leader makes such writes, and this member does not lead, or the calling work has lost its leadership. */
        NOT_LEADER,
        /** The write's token is not that of the term in which the write came to be applied: another leadership had begun. */
        STALE_TOKEN,
        /** The value is written by the leader only, and the write carried no token. */
        NEEDS_TOKEN,
        /** The value has another version than the one that was expected. */
        CONFLICT,
        /** No leader took the write in time. */
        NO_LEADER,
        /** The cluster has too much under way, and did not take the write in time. */
        BUSY,
        /** No second data member is there that could keep a copy. */
        TOO_FEW_COPIES,
        /** Not every member reads this type of entry yet, or still. */
        NOT_READ,
        /** The name, the value or the entry is larger than the settings allow. */
        TOO_LARGE,
        /** The store has as much as the settings allow. */
        STORE_FULL,
        /** This process has too many writes under way, or too large results of writes that it still waits for. */
        SESSION_FULL,
        /** This member takes no writes: it stops, its state machine has failed, or it keeps no data. */
        UNAVAILABLE
    }

    /**
     * The result of an applied write.
     *
     * @return what the write returns
     * @throws WriteFailedException unless the write was applied; it holds this answer
     */
    default R orElseThrow() {
        if (this instanceof Applied<R> applied) {
            return applied.result();
        }
        throw new WriteFailedException(this);
    }

    /**
     * Whether the write was applied.
     *
     * @return {@code true} for {@link Applied}
     */
    default boolean wasApplied() {
        return this instanceof Applied<R>;
    }
}
