package io.election.core;

import java.util.ArrayList;
import java.util.List;

/**
 * What a member has on disk: the sum of its {@link DurableRecord}s.
 *
 * @param hardState term, vote and promise
 * @param base what stands for the entries folded away
 * @param entries the entries after it, without a gap
 */
public record DurableState(HardState hardState, Base base, List<Entry> entries) {

    /** A new directory. */
    public static final DurableState NEW = new DurableState(HardState.NEW, Base.EMPTY, List.of());

    public DurableState {
        entries = List.copyOf(entries);
        long expected = base.last().index() + 1;
        long atLeast = base.last().term();
        for (Entry entry : entries) {
            if (entry.index() != expected++) {
                throw new IllegalArgumentException("entries must follow the base without a gap, but entry "
                        + entry.index() + " stands where " + (expected - 1) + " was expected");
            }
            if (entry.term() < atLeast) {
                throw new IllegalArgumentException("entries must not fall back in term, but entry " + entry.index()
                        + " is of term " + entry.term() + " behind " + atLeast);
            }
            atLeast = entry.term();
        }
    }

    /**
     * The state after one more record.
     *
     * @param change the record
     * @return the new state
     * @throws IllegalArgumentException if the record does not fit this state, which a sound journal never holds
     */
    public DurableState with(DurableRecord change) {
        if (change instanceof DurableRecord.HardStateChanged c) {
            return new DurableState(c.state(), base, entries);
        }
        if (change instanceof DurableRecord.EntryAppended c) {
            List<Entry> longer = new ArrayList<>(entries);
            longer.add(c.entry());
            return new DurableState(hardState, base, longer);
        }
        if (change instanceof DurableRecord.TailRemoved c) {
            return new DurableState(
                    hardState,
                    base,
                    entries.stream().filter(e -> e.index() < c.fromIndex()).toList());
        }
        Base newBase = ((DurableRecord.BaseReplaced) change).base();
        List<Entry> kept =
                entries.stream().filter(e -> e.index() > newBase.last().index()).toList();
        boolean follows =
                !kept.isEmpty() && kept.get(0).index() == newBase.last().index() + 1;
        return new DurableState(hardState, newBase, follows ? kept : List.of());
    }

    /**
     * The fewest records that lead from {@link #NEW} to this state.
     *
     * @return what a rewritten journal holds
     */
    public List<DurableRecord> asRecords() {
        List<DurableRecord> records = new ArrayList<>();
        records.add(new DurableRecord.HardStateChanged(hardState));
        if (!base.equals(Base.EMPTY)) {
            records.add(new DurableRecord.BaseReplaced(base));
        }
        entries.forEach(entry -> records.add(new DurableRecord.EntryAppended(entry)));
        return records;
    }
}
