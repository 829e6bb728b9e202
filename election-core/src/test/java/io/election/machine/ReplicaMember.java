package io.election.machine;

import io.election.core.Entry;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/** A member as far as it applies a log: its replica, and the machine that the replica feeds. */
final class ReplicaMember {

    final Ledger ledger;
    final Replica replica;
    private int applied;

    ReplicaMember() {
        this(new Ledger());
    }

    ReplicaMember(Ledger ledger) {
        this.ledger = ledger;
        replica = new Replica(ledger);
    }

    /** Applies what the log has more, and answers with the answer to the last entry. */
    Applied apply(Entries log) {
        Applied answer = null;
        while (applied < log.all().size()) {
            answer = replica.apply(log.all().get(applied));
            applied++;
        }
        return answer;
    }

    Outcome outcome(Entries log) {
        return ((Applied.CommandAnswer) apply(log)).outcome();
    }

    static byte[] image(Replica replica) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ReplicaImage image = replica.capture()) {
            image.writeTo(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    static void restore(Replica replica, byte[] image) throws IOException {
        replica.restore(new ByteArrayInputStream(image));
    }

    /** Restores an image of another one, and goes on behind it. */
    void restore(byte[] image) throws IOException {
        restore(replica, image);
        applied = Math.toIntExact(replica.appliedIndex());
    }

    static Outcome outcome(Replica replica, Entry entry) {
        return ((Applied.CommandAnswer) replica.apply(entry)).outcome();
    }
}
