package io.election.journal;

import io.election.core.DurableRecord;
import io.election.core.DurableState;
import io.election.core.Journal;
import io.election.core.StateImages;
import java.util.List;

/**
 * A journal that writes nothing to disk.
 *
 * <p>{@link #MemoryJournal() One kind} keeps what it knows from one start of its member to the next in the same process. It
 * is for an application that is alone in its member list. A member with peers must not use it: a process that is restored
 * from an image could vote as one that runs already.
 *
 * <p>{@link #newAtEachStart() The other kind} is for a member with peers. Each {@link #open()} begins a new memory with an
 * incarnation that nobody has heard of and no vote. Nothing of it counts before the cluster has let it in (safety rule 7), so
 * it breaks no promise of an earlier one.
 */
public final class MemoryJournal implements Journal {

    private final boolean newAtEachStart;
    private String incarnation = FileJournal.newIncarnation();
    private final Object stateGuard = new Object();
    private final MemoryImages images = new MemoryImages();
    private DurableState.Replay state = new DurableState.Replay(DurableState.NEW);

    /** Creates a journal that is kept until the process ends. */
    public MemoryJournal() {
        this(false);
    }

    private MemoryJournal(boolean newAtEachStart) {
        this.newAtEachStart = newAtEachStart;
    }

    /**
     * Creates a journal that begins anew whenever it is opened.
     *
     * @return a journal for a member with peers
     */
    public static MemoryJournal newAtEachStart() {
        return new MemoryJournal(true);
    }

    /**
     * Begins a new memory, unless this journal keeps what it holds. The incarnation is drawn here and not before: a process may
     * have been restored from an image in which this object is. No other process can have had this memory.
     */
    @Override
    public boolean open() {
        if (newAtEachStart) {
            incarnation = FileJournal.newIncarnation();
            synchronized (stateGuard) {
                state = new DurableState.Replay(DurableState.NEW);
            }
            images.clear();
        }
        return false;
    }

    /** Does nothing: no other process can open it. */
    @Override
    public void release() {}

    @Override
    public String incarnation() {
        return incarnation;
    }

    @Override
    public DurableState state() {
        synchronized (stateGuard) {
            return state.state();
        }
    }

    @Override
    public void append(List<DurableRecord> records) {
        synchronized (stateGuard) {
            state.check(records);
            records.forEach(state::apply);
        }
    }

    /** Does nothing: memory always accepts writes. */
    @Override
    public void probe() {}

    @Override
    public StateImages images() {
        return images;
    }

    @Override
    public boolean outlivesTheProcess() {
        return false;
    }

    @Override
    public void close() {}
}
