package io.election;

/**
 * A state machine that keeps its state durably itself, in a database for example. It writes state, {@link LogEntry#index()} and
 * {@link LogEntry#generation()} of the entry in one transaction of its own, and says at the start how far it got. Entries up to there
 * are not applied again.
 *
 * <p>{@link #reset()} is never called: nothing empties an application's own database. An image is restored only over an older state.
 * {@link #restore} then writes the whole state in one transaction, with the index that {@link #restoring} named before it.
 */
public interface DurableStateMachine extends StateMachine {

    /**
     * How far this machine has durably applied. Asked once at each start, before anything else.
     *
     * @return the index of the last entry that was applied, or 0 if none was
     */
    long appliedIndex();

    /**
     * The generation of the cluster whose entries were applied. A state of another founding is refused, with a clear word, because its
     * indexes mean other entries.
     *
     * @return the generation of the last entry that was applied, or 0 if none was
     */
    long generation();

    /**
     * The result of an entry that was applied before the last start. The replica needs it to answer a writer that asks again, and to
     * stay equal to the other members. A machine whose results are not always empty keeps them in the transaction of their entry. Those of
     * entries up to the latest image that was completely written are not needed any more.
     *
     * @param entry an entry up to {@link #appliedIndex()}
     * @return what {@link #apply} returned for it
     */
    byte[] resultOf(LogEntry entry);

    /**
     * Announces that {@link #restore} is called next, with an image of a later state.
     *
     * @param generation the generation of the cluster, to be written with the restored state
     * @param index the entry after which the image was taken, to be written with the restored state as the applied index
     */
    void restoring(long generation, long index);
}
