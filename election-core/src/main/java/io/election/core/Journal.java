package io.election.core;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The durable memory of one member: what it must never forget. Used by one thread at a time. While it is open, it holds
 * a lock on its location, so that no second process can be the same member.
 */
public interface Journal extends AutoCloseable {

    /**
     * Opens the journal for a run of the member: locks the location, and reads what is there or begins a new memory if
     * there is nothing. Called at each start of the member, before anything is written. A journal that is already open
     * once created need not do anything.
     *
     * @return whether an earlier process may have been this member, with this memory, until now; the bond that a start
     *     imposes then begins now (safety rule 5)
     * @throws IOException if the location cannot be locked, read or written
     */
    boolean open() throws IOException;

    /**
     * Releases the location until the next {@link #open()}. Called when the member has stopped and nothing uses the
     * journal any more.
     *
     * @throws IOException if that fails
     */
    void release() throws IOException;

    /**
     * The incarnation of this durable memory. It is drawn when the memory is created, and it stays the same for as long
     * as the memory exists.
     *
     * @return the incarnation, never empty
     */
    String incarnation();

    /**
     * The durable state: what was recovered when the journal was opened, and everything that was appended since.
     *
     * @return the durable state
     */
    DurableState state();

    /**
     * Makes changes durable, in their order. When this returns, they survive a crash of the machine.
     *
     * @param records the changes
     * @throws IOException if any of the changes may not be durable; the journal then accepts no more, and its member
     *     must stop voting, acknowledging and leading (safety rule 13)
     */
    void append(List<DurableRecord> records) throws IOException;

    /**
     * Checks whether the location still accepts writes, without changing what is kept there. Called while there is
     * nothing to write, on the thread that appends. It should cost no more than one small write. A journal that has
     * nothing to check does nothing.
     *
     * @throws IOException if the location accepts no writes; the member then stops as after a failed append
     */
    void probe() throws IOException;

    /**
     * Puts in order what was appended, such as by writing a file that has grown long anew. Called on the thread that
     * appends, after an append was acknowledged and while no other waits. It adds nothing to what is durable and takes
     * nothing from it. A journal that has nothing to put in order does nothing.
     *
     * @throws IOException if the location may accept no writes any more; the member then stops as after a failed append
     */
    default void compact() throws IOException {}

    /**
     * Whether what was appended outlives the process. A journal that forgets it with the process must be a new memory, with a
     * new incarnation, at each {@link #open()}: the cluster then lets its member in again, and counts nothing of it before
     * (safety rule 7).
     *
     * @return {@code true} unless all is kept in memory
     */
    default boolean outlivesTheProcess() {
        return true;
    }

    /**
     * A number of this memory that rises with each {@link #open()} and never falls. Other members remember it. If one of them
     * knows a higher one, this is an older copy of the memory. Any thread may ask.
     *
     * @return the number, or 0 if this memory has none
     */
    default long edition() {
        return 0;
    }

    /**
     * Says that this memory is an older copy, so that it is never opened again. Called once, on any thread, while the journal
     * is open. The member takes no part from then on.
     *
     * @param reason how that was found out, as a clause for people without a full stop
     * @throws IOException if that cannot be written
     */
    default void condemn(String reason) throws IOException {}

    /**
     * What an operator did to this memory that the log does not tell: that its cluster was recovered from it offline. For
     * people only.
     *
     * @return a clause without its subject, its member, and without a full stop; {@code null} if nothing was done
     */
    default @Nullable String recovered() {
        return null;
    }

    /**
     * Where the images of the member's state machine are kept. They are usable while the journal is open.
     *
     * @return the images beside this journal
     */
    StateImages images();

    /** Closes the journal for good. What was appended stays. */
    @Override
    void close() throws IOException;
}
