package io.election.memory;

import io.election.core.Input;
import io.election.core.LogPosition;
import io.election.core.StateImage;
import io.election.core.StateImages;
import io.election.machine.ReplicaImage;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes images while the replica goes on, each on a thread that ends with it. The election asks for the next one only when it knows what
 * became of the one before.
 */
final class ImageTaker {

    private final String name;
    private final StateImages images;
    private final Consumer<Input> inputs;
    private final MemoryLog log;
    private volatile @Nullable Thread latest;

    ImageTaker(String name, StateImages images, Consumer<Input> inputs, MemoryLog log) {
        this.name = name;
        this.images = images;
        this.inputs = inputs;
        this.log = log;
    }

    /** Writes an image, and closes it. Returns at once. */
    void take(ReplicaImage image, LogPosition last) {
        Thread thread = new Thread(() -> inputs.accept(written(image, last)), name);
        thread.setDaemon(true);
        latest = thread;
        thread.start();
    }

    /** Waits until no image is written any more; whether none is. */
    boolean awaitEnd(Duration atMost) throws InterruptedException {
        Thread writing = latest;
        if (writing != null) {
            writing.join(Math.max(1, atMost.toMillis()));
        }
        return writing == null || !writing.isAlive();
    }

    private Input written(ReplicaImage image, LogPosition last) {
        try (image;
                StateImages.Writing writing = images.write(last)) {
            image.writeTo(writing.out());
            StateImage taken = writing.finish(image.types());
            return new Input.ImageTaken(last, taken);
        } catch (IOException | RuntimeException | Error failure) {
            log.imageNotTaken(last, failure);
            return new Input.ImageNotTaken(String.valueOf(failure));
        }
    }

    /** Drops images that nobody needs any more. If that fails, they only take room until it is tried again. */
    void retain(Set<LogPosition> keep) {
        try {
            images.retain(keep);
        } catch (IOException failure) {
            log.imagesNotDropped(failure);
        }
    }

    /** The machine failed, so no image of it is taken any more. */
    void machineFailed(Throwable cause) {
        log.machineFailed(cause);
    }
}
