package io.election.journal;

import io.election.core.DurableRecord;
import io.election.core.DurableState;
import io.election.core.Journal;
import java.util.List;

/**
 * A journal that writes nothing to disk, for an application that is alone in its member list. A member with peers must
 * not use it: a restart of the process would forget the vote.
 */
public final class MemoryJournal implements Journal {

    private final String incarnation = FileJournal.newIncarnation();
    private DurableState state = DurableState.NEW;

    /** Does nothing: the journal is open once it is created. No other process can have been this member. */
    @Override
    public boolean open() {
        return false;
    }

    /** Keeps the state for the next start. */
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

    /** Does nothing: memory always accepts writes. */
    @Override
    public void probe() {}

    @Override
    public void close() {}
}
