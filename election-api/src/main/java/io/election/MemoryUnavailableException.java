package io.election;

/**
 * A read of the replicated memory could not be answered as asked: the time ran out, no leader is known, or this member applies nothing
 * any more. Nothing was changed or lost, and the read may be made again.
 */
public final class MemoryUnavailableException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception.
     *
     * @param detail why, one or more sentences
     */
    public MemoryUnavailableException(String detail) {
        super(detail);
    }
}
