package io.election.journal;

import io.election.core.DurableRecord;
import java.io.IOException;
import java.util.List;

/** Bytes are records that are written and read back as they are, or they are refused as none. */
public final class RecordCodecFuzzTarget {

    private RecordCodecFuzzTarget() {}

    /** Takes one input. */
    public static void fuzzerTestOneInput(byte[] input) {
        List<DurableRecord> records;
        try {
            records = RecordCodec.decode(input);
        } catch (IOException | IllegalArgumentException | ArithmeticException refused) {
            return;
        }
        try {
            List<DurableRecord> again = RecordCodec.decode(RecordCodec.encode(records));
            if (!again.equals(records)) {
                throw new AssertionError("read as " + records + ", but read back as " + again);
            }
        } catch (IOException e) {
            throw new AssertionError("read, but not read back: " + records, e);
        }
    }
}
