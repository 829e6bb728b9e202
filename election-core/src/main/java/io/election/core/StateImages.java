package io.election.core;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where a member keeps the images of its replica's state, beside its {@link Journal}. An image is kept under the position of
 * the last entry that it stands for. Any thread may call; one thread at a time writes, and one receives.
 *
 * <p>An image that was begun and not finished is never seen by {@link #open}. Whoever names an image in a {@link Snapshot}
 * finishes it first, so a snapshot that is on disk has its image on disk.
 */
public interface StateImages {

    /** An image that is being written. Closing it before it is finished leaves nothing. */
    interface Writing extends Closeable {

        /**
         * Where the bytes go.
         *
         * @return a stream; closing it has no effect
         */
        OutputStream out();

        /**
         * Makes the image durable, and visible to {@link #open}.
         *
         * @param types the types that it stands for
         * @return its name
         * @throws IOException if it may not be durable
         */
        StateImage finish(List<String> types) throws IOException;
    }

    /** An image that is received from another member in pieces, in order. Closing it keeps what has been received. */
    interface Receiving extends Closeable {

        /**
         * How many bytes have been received. What an earlier process received counts, if it belongs to the same image.
         *
         * @return where the next piece begins
         */
        long position();

        /**
         * Takes the next piece.
         *
         * @param piece its bytes
         * @throws IOException if it cannot be written, or is longer than what is missing
         */
        void write(byte[] piece) throws IOException;

        /**
         * Verifies all that was received, and makes the image durable and visible.
         *
         * @return whether the checksum is right; if not, all that was received is dropped
         * @throws IOException if it may not be durable
         */
        boolean finish() throws IOException;
    }

    /** An image that can be read. */
    interface Reading extends Closeable {

        /**
         * Verifies all bytes. Whoever restores a state from them does so first.
         *
         * @throws IOException if they are not those that the name says, or cannot be read
         */
        void verify() throws IOException;

        /**
         * Reads a piece.
         *
         * @param offset where it begins
         * @param length how many bytes at most
         * @return the bytes; fewer than asked for only at the end
         * @throws IOException if it cannot be read
         */
        byte[] read(long offset, int length) throws IOException;
    }

    /**
     * Begins an image.
     *
     * @param last the last entry that it stands for
     * @return where to write it
     * @throws IOException if it cannot be written
     */
    Writing write(LogPosition last) throws IOException;

    /**
     * Begins or resumes to receive an image. What was received of another one is dropped.
     *
     * @param last the last entry that it stands for
     * @param image its name
     * @param sender from whom it comes: an image is resumed only from the member that it was begun from
     * @return where to write it
     * @throws IOException if it cannot be written
     */
    Receiving receive(LogPosition last, StateImage image, String sender) throws IOException;

    /**
     * Opens an image that is complete.
     *
     * @param last the last entry that it stands for
     * @param image its name
     * @return the image, or {@code null} if there is none of that name
     * @throws IOException if it cannot be read
     */
    @Nullable Reading open(LogPosition last, StateImage image) throws IOException;

    /**
     * Drops complete images that are not needed any more: all but some, and but those of later entries than the latest of
     * these, which a snapshot may be about to name. One that is open stays readable until it is closed.
     *
     * @param keep the last entries of those to keep; if there are none, none is dropped
     * @throws IOException if they cannot be dropped
     */
    void retain(Set<LogPosition> keep) throws IOException;
}
