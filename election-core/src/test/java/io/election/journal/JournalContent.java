package io.election.journal;

import io.election.core.DurableRecord;
import io.election.core.DurableState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What is in the files of a journal, for those who damage them. */
final class JournalContent {

    private JournalContent() {}

    /**
     * A file that belongs to the journal.
     *
     * @param created how much of it was on disk when the journal came to name it
     * @param counted how much of it counts, as far as it was written
     */
    record Piece(Path file, byte[] content, int created, int counted) {}

    /** The journal itself and all segments that it names. */
    static List<Piece> of(FaultyFiles files, Path directory) {
        JournalDirectory names = new JournalDirectory(files, directory);
        byte[] journal = content(files, names.journal());
        List<Piece> pieces = new ArrayList<>();
        pieces.add(new Piece(names.journal(), journal, journal.length, journal.length));
        try {
            JournalFormat.Manifest manifest = JournalFormat.readManifest(names.journal(), journal);
            for (JournalFormat.Named named : manifest.segments()) {
                Path file = names.segment(named.number());
                byte[] content = content(files, file);
                int length = (int) named.length();
                pieces.add(new Piece(file, content, length, named == manifest.last() ? content.length : length));
            }
        } catch (JournalException e) {
            throw new UncheckedIOException(e);
        }
        return pieces;
    }

    private static byte[] content(FaultyFiles files, Path file) {
        byte[] content = files.content(file);
        if (content == null) {
            throw new IllegalStateException(file + " is gone");
        }
        return content;
    }

    /** Puts a new memory into a directory. Returns its edition. */
    static long create(JournalFiles files, Path directory, String cluster, String nodeId, String incarnation)
            throws IOException {
        SegmentedLog log = new SegmentedLog(
                files,
                new JournalDirectory(files, directory),
                new JournalFormat.Stamp(cluster, nodeId, incarnation, 0),
                Long.MAX_VALUE,
                Long.MAX_VALUE);
        log.open(List.of(), 0, new DurableState.Replay(DurableState.NEW));
        log.closeAppender();
        return log.stamp().edition();
    }

    /** A journal of one file, as earlier versions wrote it: a state, and what was appended since. */
    static byte[] oneFile(JournalFormat.Stamp stamp, DurableState state, List<List<DurableRecord>> appended) {
        int header = oneFileHeader(stamp, 0).length;
        GrowingBytes bytes = new GrowingBytes(header);
        bytes.skip(header);
        for (DurableRecord record : state.asRecords()) {
            Frames.write(bytes, stamp, bytes.size(), 0, List.of(record));
        }
        bytes.put(0, oneFileHeader(stamp, bytes.size()));
        for (List<DurableRecord> records : appended) {
            Frames.write(bytes, stamp, bytes.size(), bytes.size(), records);
            Frames.write(bytes, stamp, bytes.size(), bytes.size(), List.of());
        }
        return bytes.toByteArray();
    }

    private static byte[] oneFileHeader(JournalFormat.Stamp stamp, long created) {
        return Preamble.encode(JournalFormat.MAGIC, JournalFormat.ONE_FILE, out -> {
            stamp.write(out);
            out.writeLong(created);
        });
    }
}
