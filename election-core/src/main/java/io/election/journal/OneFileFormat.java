package io.election.journal;

import io.election.core.DurableState;
import java.io.DataInputStream;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The format of the journals that were one file, which held a state and what was appended to it. They are only read, and only
 * once: the opening goes on in segments.
 *
 * <pre>
 * file := preamble "ELECTJNL" version 1 (cluster, member, incarnation, edition long, created long) frame*
 * </pre>
 */
final class OneFileFormat {

    private OneFileFormat() {}

    private record Header(JournalFormat.Stamp stamp, long created) {}

    /**
     * Reads a file.
     *
     * @param mark the bytes of the mark next to it, or {@code null} if there is none
     * @throws ForeignJournalException if it belongs to another member
     * @throws DamagedJournalException if something that was on disk is lost or changed
     */
    static Recovered read(
            Path file, Preamble preamble, byte[] bytes, byte @Nullable [] mark, String cluster, String nodeId)
            throws JournalException {
        Header header = preamble.decode(
                file, (DataInputStream in) -> new Header(JournalFormat.Stamp.read(in), in.readLong()));
        JournalFormat.Stamp stamp = header.stamp();
        stamp.checkOwner(file, cluster, nodeId);
        long marked = JournalFormat.markedIn(file, stamp, mark);
        Frames.Found found = Frames.read(stamp, bytes, preamble.end());
        DurableState.Replay state = new DurableState.Replay(DurableState.NEW);
        for (Frames.Frame frame : found.frames()) {
            Frames.replay(file, frame, state::apply);
        }
        long vouched = Math.max(Math.max(header.created(), marked), found.vouched());
        SegmentFormat.checkReadable(file, found.end(), vouched);
        return new Recovered(stamp, state.state(), List.of(), 0, bytes.length - found.end());
    }
}
