package io.election.core.simulator;

import io.election.core.LogPosition;
import io.election.core.StateImage;
import java.io.ByteArrayOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The images of states beside one member's memory. They outlast its processes, and go with the memory. */
final class VirtualImages {

    private record Kept(StateImage image, byte[] bytes) {}

    private final Map<LogPosition, Kept> complete = new HashMap<>();
    private @Nullable Receiving receiving;

    /** An image that is here in part. */
    static final class Receiving {
        private final LogPosition last;
        private final StateImage image;
        private final String sender;
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        private Receiving(LogPosition last, StateImage image, String sender) {
            this.last = last;
            this.image = image;
            this.sender = sender;
        }

        int position() {
            return bytes.size();
        }

        void write(byte[] piece) {
            bytes.writeBytes(piece);
        }
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    StateImage write(LogPosition last, byte[] bytes, List<String> types) {
        StateImage image = new StateImage(bytes.length, sha256(bytes), types);
        complete.put(last, new Kept(image, bytes));
        return image;
    }

    byte @Nullable [] open(LogPosition last, StateImage image) {
        Kept kept = complete.get(last);
        return kept != null && kept.image().equals(image) ? kept.bytes() : null;
    }

    /** Begins to receive an image, or goes on with it if it comes from the same member. */
    Receiving receive(LogPosition last, StateImage image, String sender) {
        Receiving known = receiving;
        if (known != null && known.last.equals(last) && known.image.equals(image) && known.sender.equals(sender)) {
            return known;
        }
        Receiving begun = new Receiving(last, image, sender);
        receiving = begun;
        return begun;
    }

    /** All of it is here. Whether it is what it should be; if not, all of it is dropped. */
    boolean finish(Receiving received) {
        byte[] bytes = received.bytes.toByteArray();
        boolean sound = sha256(bytes).equals(received.image.sha256());
        if (sound) {
            complete.put(received.last, new Kept(received.image, bytes));
        }
        receiving = null;
        return sound;
    }

    /** The next piece of an image, no longer than asked for. */
    static byte[] piece(byte[] bytes, int from, int length) {
        return Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + length));
    }

    void retain(Set<LogPosition> keep) {
        long newest = keep.stream().mapToLong(LogPosition::index).max().orElse(0);
        complete.keySet().removeIf(last -> last.index() <= newest && !keep.contains(last));
    }

    int count() {
        return complete.size();
    }
}
