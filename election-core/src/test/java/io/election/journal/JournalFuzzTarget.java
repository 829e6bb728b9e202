package io.election.journal;

import io.election.core.DurableState;
import io.election.core.Entry;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * A file of any bytes is a journal whose state holds together and can be written and read again, or it is refused. If the
 * first byte is even the rest is the file. If it is odd the rest are the records of a file whose header and checksums are
 * right, each append after its length in two bytes, so that not every input ends at the first checksum; what is left over
 * is the file's tail.
 */
public final class JournalFuzzTarget {

    private static final Path FILE = Path.of("journal");
    private static final JournalFormat.Stamp STAMP = new JournalFormat.Stamp("orders", "a", "0011223344556677", 3);

    private JournalFuzzTarget() {}

    /** Takes one input. */
    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length == 0) {
            return;
        }
        byte[] rest = Arrays.copyOfRange(input, 1, input.length);
        byte[] file = (input[0] & 1) == 0 ? rest : sealed(rest);
        JournalFormat.Recovered found;
        try {
            found = JournalFormat.read(FILE, file, null, "orders", "a");
        } catch (JournalException refused) {
            return;
        }
        check(found, file);
    }

    private static void check(JournalFormat.Recovered found, byte[] file) {
        DurableState state = found.state();
        if (found.cutBytes() < 0 || found.cutBytes() > file.length) {
            throw new AssertionError("cut " + found.cutBytes() + " of " + file.length + " bytes");
        }
        long index = state.snapshot().last().index();
        long term = state.snapshot().last().term();
        for (Entry entry : state.entries()) {
            if (entry.index() != ++index || entry.term() < term) {
                throw new AssertionError("the log does not hold together at " + entry);
            }
            term = entry.term();
        }
        try {
            byte[] anew = JournalFormat.file(found.stamp().next(), state);
            DurableState again =
                    JournalFormat.read(FILE, anew, null, "orders", "a").state();
            if (!again.equals(state)) {
                throw new AssertionError("read as " + state + ", but read back as " + again);
            }
        } catch (JournalException e) {
            throw new AssertionError("read, but not read back: " + state, e);
        }
    }

    private static byte[] sealed(byte[] rest) {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.writeBytes(JournalFormat.file(STAMP, DurableState.NEW));
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(rest));
        try {
            while (in.available() >= 2) {
                int length = in.readUnsignedShort();
                byte[] records = in.readNBytes(Math.min(length, in.available()));
                file.writeBytes(JournalFormat.frame(STAMP, file.size(), file.size(), records));
            }
            file.writeBytes(in.readAllBytes());
        } catch (IOException e) {
            throw new AssertionError("nothing is read from a file here", e);
        }
        return file.toByteArray();
    }
}
