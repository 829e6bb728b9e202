package io.election.journal;

import io.election.core.DurableState;
import io.election.core.Entry;
import io.election.core.HardState;
import io.election.core.LogPosition;
import io.election.core.Snapshot;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * A directory of any bytes is a journal whose state holds together and can be written and read again, or it is refused. What the
 * first byte leaves when it is divided by four says what the rest is: 0 the file of the journal, whether it names segments or is
 * one file; 1 the records of a journal of one file whose header and checksums are right, each append after its length in two
 * bytes, so that not every input ends at the first checksum, what is left over being the file's tail; 2 the last segment of a
 * journal that names it; 3 the same with right checksums, as for 1.
 */
public final class JournalFuzzTarget {

    private static final Path DIRECTORY = Path.of("/fuzz");
    private static final JournalFormat.Stamp STAMP = new JournalFormat.Stamp("orders", "a", "0011223344556677", 3);
    private static final SegmentFormat.Checkpoint NOTHING =
            new SegmentFormat.Checkpoint(HardState.NEW, Snapshot.EMPTY, LogPosition.NONE);

    private JournalFuzzTarget() {}

    /** Takes one input. */
    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length == 0) {
            return;
        }
        byte[] rest = Arrays.copyOfRange(input, 1, input.length);
        FaultyFiles files = new FaultyFiles();
        try {
            files.createDirectory(DIRECTORY);
            put(files, input[0] & 3, rest);
            Recovered found = new JournalReader(new JournalDirectory(files, DIRECTORY), "orders", "a").read();
            if (found == null) {
                throw new AssertionError("there is a journal, but it was not seen");
            }
            check(found, files);
        } catch (JournalException refused) {
            return;
        } catch (IOException e) {
            throw new AssertionError("nothing fails on the disk here", e);
        }
    }

    private static void put(FaultyFiles files, int kind, byte[] rest) throws IOException {
        JournalDirectory names = new JournalDirectory(files, DIRECTORY);
        if (kind == 0) {
            files.put(names.journal(), rest);
        } else if (kind == 1) {
            files.put(names.journal(), sealed(JournalContent.oneFile(STAMP, DurableState.NEW, List.of()), rest));
        } else {
            byte[] segment = kind == 2
                    ? rest
                    : sealed(SegmentFormat.segment(STAMP, NOTHING, List.of()).toByteArray(), rest);
            files.put(names.segment(STAMP.edition()), segment);
            // The journal vouches for one byte, so that a tail may be torn.
            int checksum = JournalFormat.checksum(ByteBuffer.wrap(segment, 0, Math.min(1, segment.length)));
            JournalFormat.Named named = new JournalFormat.Named(STAMP.edition(), 1, checksum);
            files.put(names.journal(), JournalFormat.manifest(new JournalFormat.Manifest(STAMP, List.of(named))));
        }
    }

    private static void check(Recovered found, FaultyFiles files) throws IOException {
        DurableState state = found.state();
        if (found.cutBytes() < 0) {
            throw new AssertionError("cut " + found.cutBytes() + " bytes");
        }
        long index = state.snapshot().last().index();
        long term = state.snapshot().last().term();
        for (Entry entry : state.entries()) {
            if (entry.index() != ++index || entry.term() < term) {
                throw new AssertionError("the log does not hold together at " + entry);
            }
            term = entry.term();
        }
        JournalDirectory directory = new JournalDirectory(files, DIRECTORY);
        SegmentedLog log = new SegmentedLog(files, directory, found.stamp(), 1, 1);
        log.open(found.segments(), found.stable(), new DurableState.Replay(state));
        try {
            Recovered again = new JournalReader(directory, "orders", "a").read();
            if (again == null || !again.state().equals(state)) {
                throw new AssertionError("read as " + state + ", but read back as " + again);
            }
        } catch (JournalException e) {
            throw new AssertionError("read, but not read back: " + state, e);
        }
    }

    private static byte[] sealed(byte[] begin, byte[] rest) {
        GrowingBytes file = new GrowingBytes(begin.length + rest.length);
        file.writeBytes(begin);
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(rest));
        try {
            while (in.available() >= 2) {
                int length = in.readUnsignedShort();
                byte[] records = in.readNBytes(Math.min(length, in.available()));
                Frames.write(file, STAMP, file.size(), file.size(), records);
            }
            file.writeBytes(in.readAllBytes());
        } catch (IOException e) {
            throw new AssertionError("nothing is read from a file here", e);
        }
        return file.toByteArray();
    }
}
