package io.election.core;

import java.io.IOException;
import java.util.List;

/**
 * Where one member keeps what it must never forget. Used by one thread at a time; holds a lock on its place from its
 * opening to its closing, so that no second process can be the same member.
 */
public interface Journal extends AutoCloseable {

    /**
     * The life of this durable memory: drawn when the memory was created, the same for as long as it exists.
     *
     * @return the incarnation, never empty
     */
    String incarnation();

    /**
     * What is on disk: what was recovered when the journal was opened, and all that was appended since.
     *
     * @return the durable state
     */
    DurableState state();

    /**
     * Makes changes durable, in their order. When this returns they survive a crash of the machine.
     *
     * @param records the changes
     * @throws IOException if any of them may not be durable; the journal then takes no more, and its member must stop
     *     voting, acknowledging and leading (safety rule 13)
     */
    void append(List<DurableRecord> records) throws IOException;

    /** Releases the place. What was appended stays. */
    @Override
    void close() throws IOException;
}
