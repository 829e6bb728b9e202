package io.election.machine;

import io.election.LogEntry;
import io.election.StateMachine;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/** A machine that keeps what it was given, in order, and answers with how much that is. It throws at the word {@code defect}. */
class Ledger implements StateMachine {

    static final String TYPE = "ledger/1";

    final List<String> lines = new ArrayList<>();

    @Override
    public Set<String> types() {
        return Set.of(TYPE);
    }

    @Override
    public byte[] apply(LogEntry entry) {
        String line = new String(entry.bytes(), StandardCharsets.UTF_8);
        if (line.equals("defect")) {
            throw new ArithmeticException("a defect of the machine");
        }
        if (line.startsWith("answer ")) {
            return new byte[Integer.parseInt(line.substring("answer ".length()))];
        }
        lines.add(line);
        return Integer.toString(lines.size()).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public Image capture() {
        List<String> copy = List.copyOf(lines);
        return out -> {
            DataOutputStream data = new DataOutputStream(out);
            data.writeInt(copy.size());
            for (String line : copy) {
                data.writeUTF(line);
            }
        };
    }

    @Override
    public void restore(InputStream image) throws IOException {
        DataInputStream in = new DataInputStream(image);
        lines.clear();
        int count = in.readInt();
        for (int i = 0; i < count; i++) {
            lines.add(in.readUTF());
        }
    }

    @Override
    public void reset() {
        lines.clear();
    }

    @Override
    public OptionalLong digest() {
        return OptionalLong.of(lines.hashCode());
    }
}
