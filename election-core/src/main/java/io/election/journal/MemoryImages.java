package io.election.journal;

import io.election.core.LogPosition;
import io.election.core.StateImage;
import io.election.core.StateImages;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Images in memory, for a {@link MemoryJournal}. */
final class MemoryImages implements StateImages {

    private record Kept(StateImage image, byte[] bytes) {

        boolean isOf(StateImage name) {
            return image.length() == name.length() && image.sha256().equals(name.sha256());
        }
    }

    /** What was received of an image that is not complete. */
    private record Part(LogPosition last, StateImage image, String sender, ByteArrayOutputStream bytes) {

        boolean isOf(LogPosition position, StateImage name, String from) {
            return last.equals(position) && image.equals(name) && sender.equals(from);
        }
    }

    private final Map<LogPosition, Kept> complete = new HashMap<>();
    private @Nullable Part part;

    /** Forgets all of them. */
    synchronized void clear() {
        complete.clear();
        part = null;
    }

    private synchronized void keep(LogPosition last, StateImage image, byte[] bytes) {
        complete.put(last, new Kept(image, bytes));
    }

    private static String sha256(byte[] bytes) {
        return HexFormat.of().formatHex(ImageFormat.sha256().digest(bytes));
    }

    @Override
    public Writing write(LogPosition last) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        return new Writing() {
            @Override
            public OutputStream out() {
                return bytes;
            }

            @Override
            public StateImage finish(List<String> types) {
                byte[] all = bytes.toByteArray();
                StateImage image = new StateImage(all.length, sha256(all), types);
                keep(last, image, all);
                return image;
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public synchronized Receiving receive(LogPosition last, StateImage image, String sender) {
        Part resumed = part != null && part.isOf(last, image, sender)
                ? part
                : new Part(last, image, sender, new ByteArrayOutputStream());
        part = resumed;
        return new Receiving() {
            @Override
            public long position() {
                return resumed.bytes().size();
            }

            @Override
            public void write(byte[] piece) throws IOException {
                if (piece.length > image.length() - position()) {
                    throw new IOException("a piece of " + piece.length + " bytes is longer than the "
                            + (image.length() - position()) + " that are missing");
                }
                resumed.bytes().writeBytes(piece);
            }

            @Override
            public boolean finish() throws IOException {
                if (position() < image.length()) {
                    throw new IOException("the image is not complete: " + position() + " of " + image.length() + " bytes");
                }
                return received(resumed);
            }

            @Override
            public void close() {}
        };
    }

    private synchronized boolean received(Part done) {
        part = null;
        byte[] all = done.bytes().toByteArray();
        boolean right = sha256(all).equals(done.image().sha256());
        if (right) {
            keep(done.last(), done.image(), all);
        }
        return right;
    }

    @Override
    public synchronized @Nullable Reading open(LogPosition last, StateImage image) {
        Kept kept = complete.get(last);
        if (kept == null || !kept.isOf(image)) {
            return null;
        }
        byte[] bytes = kept.bytes();
        return new Reading() {
            @Override
            public void verify() {
                // Memory keeps what it was given.
            }

            @Override
            public byte[] read(long offset, int length) throws IOException {
                if (offset < 0 || offset > bytes.length) {
                    throw new IOException("byte " + offset + " is not in an image of " + bytes.length);
                }
                int begin = (int) offset;
                return Arrays.copyOfRange(bytes, begin, begin + Math.min(length, bytes.length - begin));
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public synchronized void retain(Set<LogPosition> keep) {
        long latest = keep.stream().mapToLong(LogPosition::index).max().orElse(0);
        complete.keySet().removeIf(last -> !keep.contains(last) && last.index() <= latest);
    }
}
