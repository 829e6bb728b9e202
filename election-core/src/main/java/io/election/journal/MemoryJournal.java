package io.election.journal;

import io.election.core.DurableRecord;
import io.election.core.DurableState;
import io.election.core.Journal;
import java.util.List;

/**
 * A journal that writes nothing to disk, for an application that stands alone. A member with peers must not use it: it
 * would forget its vote with its process.
 */
public final class MemoryJournal implements Journal {

    private final String incarnation = FileJournal.newIncarnation();
    private DurableState state = DurableState.NEW;

    /** There from its making on; no other process can have been this member. */
    @Override
    public boolean open() {
        return false;
    }

    /** Keeps what it has for the next start. */
    @Override
    public void release() {}

    @Override
    public String incarnation() {
        return incarnation;
    }

    @Override
    public DurableState state() {
        return state;
    }

    @Override
    public void append(List<DurableRecord> records) {
        state = state.with(records);
    }

    /** Memory always takes writes. */
    @Override
    public void probe() {}

    @Override
    public void close() {}
}
