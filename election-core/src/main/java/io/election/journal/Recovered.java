package io.election.journal;

import io.election.core.DurableState;
import java.util.List;

/**
 * What a directory holds.
 *
 * @param segments the segments, in their order, as far as they were on disk; none of a journal that was one file
 * @param stable the last index up to which the segments alone hold the log: what follows was not synced for sure
 * @param cutBytes the length of the torn tail, which is not part of the state
 */
record Recovered(
        JournalFormat.Stamp stamp, DurableState state, List<Segment> segments, long stable, long cutBytes) {}
