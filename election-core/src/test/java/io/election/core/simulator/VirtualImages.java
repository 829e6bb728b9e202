package io.election.core.simulator;

import io.election.core.LogPosition;
import io.election.core.StateImage;
import io.election.core.StateImages;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The images of states beside one member's memory. They outlast its processes, and go with the memory. Beside a real journal they are
 * real files.
 */
final class VirtualImages {

    private final StateImages images;

    VirtualImages(StateImages images) {
        this.images = images;
    }

    /** An image that is here in part. */
    static final class Incoming {
        private final StateImages.Receiving receiving;

        private Incoming(StateImages.Receiving receiving) {
            this.receiving = receiving;
        }

        int position() {
            return Math.toIntExact(receiving.position());
        }

        /**
         * The next piece arrives.
         *
         * @return how many bytes are here; all of them only if they are as they were sent
         */
        int takes(byte[] all, int length) {
            int from = position();
            try (receiving) {
                receiving.write(Arrays.copyOfRange(all, from, Math.min(all.length, from + length)));
                int received = position();
                if (received == all.length && !receiving.finish()) {
                    throw new Violation("an image arrives as it was sent", "one of " + all.length + " bytes");
                }
                return received;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    StateImage write(LogPosition last, byte[] bytes, List<String> types) {
        try (StateImages.Writing writing = images.write(last)) {
            writing.out().write(bytes);
            return writing.finish(types);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    byte @Nullable [] open(LogPosition last, StateImage image) {
        try (StateImages.Reading reading = images.open(last, image)) {
            return reading == null ? null : reading.read(0, Math.toIntExact(image.length()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Begins to receive an image, or goes on with it if it comes from the same member. */
    Incoming receive(LogPosition last, StateImage image, String sender) {
        try {
            return new Incoming(images.receive(last, image, sender));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void retain(Set<LogPosition> keep) {
        try {
            images.retain(keep);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
