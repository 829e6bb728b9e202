package io.election.machine;

import io.election.StateMachine;
import io.election.core.LogPosition;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/** An image of a replica between two entries. Written once, on any thread, while the replica goes on. */
public final class ReplicaImage implements AutoCloseable {

    private final ReplicaHead head;
    private final List<Session> sessions;
    private final StateMachine.Image machine;

    ReplicaImage(ReplicaHead head, List<Session> sessions, StateMachine.Image machine) {
        this.head = head;
        this.sessions = sessions;
        this.machine = machine;
    }

    /**
     * The last entry that it stands for.
     *
     * @return its position
     */
    public LogPosition last() {
        return head.last();
    }

    /**
     * The types of the application's entries that it stands for.
     *
     * @return the types, sorted
     */
    public List<String> types() {
        return head.types();
    }

    /**
     * Writes the image. Two members that have applied the same entries write the same bytes.
     *
     * @param out where to; not closed
     * @throws IOException if it cannot be written
     */
    public void writeTo(OutputStream out) throws IOException {
        ImageOutput image = new ImageOutput(out);
        DataOutputStream data = new DataOutputStream(image);
        head.writeTo(data);
        image.endSection();
        Sessions.write(sessions, data);
        image.endSection();
        machine.writeTo(image);
        image.endSection();
        out.flush();
    }

    @Override
    public void close() {
        machine.close();
    }
}
