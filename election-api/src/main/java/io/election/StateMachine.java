package io.election;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.OptionalLong;
import java.util.Set;

/**
 * What an application makes of the replicated log: a state of its own that is the same on every member. An application declares one
 * bean of this type, appends entries with {@link ReplicatedLog#append}, and applies them here on every data member.
 *
 * <p>It must be deterministic. State and result depend on the entries and nothing else: no clock, no randomness, no
 * configuration that members could have differently, no order of a hash table, no other system. Two members that differ are found by
 * {@link #digest()}, if the machine has one.
 *
 * <p>This is a volatile machine. It is emptied or restored at each start, and gets all entries that follow. One that keeps its state
 * durably itself is a {@link DurableStateMachine}.
 *
 * <p><strong>Threads.</strong> All methods are called by one thread at a time, never by a thread of the election. {@link Image#writeTo}
 * runs on another thread while entries are applied. What applications read from the machine on threads of their own is the machine's to
 * guard.
 */
public interface StateMachine {

    /** The longest result that {@link #apply} may return, in bytes. */
    int LONGEST_RESULT = 1 << 16;

    /**
     * The types of entries that this machine reads. A type is a name with a version, such as {@code orders/2}. A leader appends no type
     * before every member reads it. So a new version of an application first reads a new type on all members, and then writes it.
     *
     * @return up to 63 names of up to 128 characters, always the same ones; all types that are still in the log or in an image must
     *     be among them
     */
    Set<String> types();

    /**
     * Applies an entry. Called once for each committed entry of the application, in the order of the log. A command that was sent
     * twice is applied once, and one whose token was that of an earlier leadership is not applied at all.
     *
     * <p>A command that cannot be carried out is answered by a result which says so. An exception is for a defect: this member then
     * applies nothing any more, and neither stands nor leads, until it is started again. It still votes, stores and acknowledges.
     *
     * @param entry the entry
     * @return the result for the writer, up to {@link #LONGEST_RESULT} bytes; the same on every member. It is kept and must not be
     *     changed afterwards
     */
    byte[] apply(LogEntry entry);

    /**
     * Takes an image of the state as it is now, between two entries. This must be quick, because nothing is applied in the meantime:
     * references to immutable data, not a copy of bytes.
     *
     * @return the image
     */
    Image capture();

    /**
     * Replaces the state by an image that this machine wrote, on this member or another one.
     *
     * @param image the bytes of {@link Image#writeTo}, verified; the stream ends with them
     * @throws IOException if the bytes cannot be read, for example because a newer version of the application wrote them; the member
     *     then does not go on
     */
    void restore(InputStream image) throws IOException;

    /** Forgets everything: the state before the first entry. Called at a start without an image. */
    void reset();

    /**
     * A digest of the state, for finding members that differ. It is compared every 1,024 entries, so it should be kept up to
     * date rather than computed.
     *
     * @return the same number on two members with equal states; empty, by default, if the machine has none
     */
    default OptionalLong digest() {
        return OptionalLong.empty();
    }

    /** An immutable image of a state machine's state. Written once, by one thread, while entries are applied. */
    interface Image extends AutoCloseable {

        /**
         * Writes the image. Two members with equal states must write equal bytes.
         *
         * @param out where to; not to be closed
         * @throws IOException if it cannot be written
         */
        void writeTo(OutputStream out) throws IOException;

        /** Releases what the image holds, whether it was written or not. Does nothing by default. */
        @Override
        default void close() {}
    }
}
