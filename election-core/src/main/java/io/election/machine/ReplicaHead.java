package io.election.machine;

import io.election.core.LogPosition;
import io.election.core.Message;
import io.election.core.StateImage;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What an image says besides sessions and machine.
 *
 * @param last the last entry that it stands for
 * @param lastGiven the index of the last entry that the machine was given, or 0
 * @param tokens which token was in force there; a copy
 * @param members the ids of the members in force there, sorted
 * @param types the types of the application's entries that it stands for, sorted
 */
record ReplicaHead(LogPosition last, long lastGiven, TokenJudge tokens, List<String> members, List<String> types) {

    void writeTo(DataOutputStream out) throws IOException {
        out.writeLong(last.term());
        out.writeLong(last.index());
        out.writeLong(lastGiven);
        tokens.writeTo(out);
        writeNames(out, members);
        writeNames(out, types);
    }

    static ReplicaHead readFrom(DataInputStream in) throws IOException {
        LogPosition last = new LogPosition(in.readLong(), in.readLong());
        Message.checkTerm(last.term());
        Message.checkIndex("last", last.index());
        long lastGiven = in.readLong();
        if (lastGiven < 0 || lastGiven > last.index()) {
            throw new DamagedImageException("the machine was given an entry after the last one");
        }
        return new ReplicaHead(
                last,
                lastGiven,
                TokenJudge.readFrom(in),
                readNames(in, Message.MOST_MEMBERS),
                readNames(in, StateImage.MOST_TYPES));
    }

    private static void writeNames(DataOutputStream out, Collection<String> names) throws IOException {
        out.writeShort(names.size());
        for (String name : names) {
            out.writeUTF(name);
        }
    }

    private static List<String> readNames(DataInputStream in, int most) throws IOException {
        int count = in.readUnsignedShort();
        if (count > most) {
            throw new DamagedImageException(count + " names");
        }
        Set<String> names = new TreeSet<>();
        for (int i = 0; i < count; i++) {
            String name = in.readUTF();
            Message.checkName("name", name);
            names.add(name);
        }
        if (names.size() != count) {
            throw new DamagedImageException("a name comes twice");
        }
        return List.copyOf(names);
    }
}
