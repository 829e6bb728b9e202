package io.election.core;

import java.io.IOException;
import java.util.List;

/**
 * Where one member keeps what it must never forget. Used by one thread at a time; holds a lock on its place while it is
 * open, so that no second process can be the same member.
 */
public interface Journal extends AutoCloseable {

    /**
     * Takes the place for a run of the member: locks it and reads what is there, or begins a new memory where nothing is.
     * Called at each start of the member, before anything is written. A journal that is open from its making on need not do
     * anything.
     *
     * @return whether an earlier process may have been this member, with this memory, until now; the bond that a start
     *     imposes then runs from now (safety rule 5)
     * @throws IOException if the place cannot be taken
     */
    boolean open() throws IOException;

    /**
     * Gives the place up until the next {@link #open()}. Called when the member has stopped and nothing uses the journal any
     * more.
     *
     * @throws IOException if that fails
     */
    void release() throws IOException;

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

    /**
     * Finds out whether the place still takes writes, without changing what is kept there. Called while there is nothing to
     * write, on the thread that appends; should cost no more than one small write. Does nothing where there is nothing to
     * find out.
     *
     * @throws IOException if the place takes no writes; the member then stops as after a failed append
     */
    void probe() throws IOException;

    /** Gives the place up for good. What was appended stays. */
    @Override
    void close() throws IOException;
}
