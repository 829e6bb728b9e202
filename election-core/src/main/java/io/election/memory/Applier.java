package io.election.memory;

import io.election.StateMachine;
import io.election.core.Entry;
import io.election.core.Input;
import io.election.core.LogPosition;
import io.election.core.Snapshot;
import io.election.core.StateDigest;
import io.election.core.StateImage;
import io.election.core.StateImages;
import io.election.machine.Applied;
import io.election.machine.Replica;
import io.election.machine.ReplicaImage;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The thread that applies: it feeds the replica with committed entries, restores images, and takes them between two entries. What waits for
 * it is bounded by what the log holds. Once the machine has failed, nothing is applied any more in this run.
 */
final class Applier {

    /** After so many entries the election is told how far this is, and whoever waits gets its answer. */
    private static final int TOGETHER = 256;

    private static final int READ_AHEAD = 1 << 16;

    /** Is told what was applied, on the thread that applies. */
    interface Told {

        /**
         * Entries were applied.
         *
         * @param answers the answers to commands and openings among them
         * @param upTo the index of the last entry
         */
        void applied(List<Applied> answers, long upTo);

        /** The whole state was replaced, so answers may be in it that nobody was told of. */
        void restored(long upTo);

        /** Nothing is applied any more. */
        void failed(String detail);
    }

    private sealed interface Task {}

    private record Entries(List<Entry> entries) implements Task {}

    private record Restore(Snapshot snapshot) implements Task {}

    private record Capture() implements Task {}

    private record Retain(Set<LogPosition> keep) implements Task {}

    private record End() implements Task {}

    private final StateMachine machine;
    private final StateImages images;
    private final ImageTaker taker;
    private final Consumer<Input> inputs;
    private final Told told;
    private final BlockingQueue<Task> tasks = new LinkedBlockingQueue<>();
    private final Thread thread;
    private final List<Applied> answers = new ArrayList<>();
    private @Nullable StateDigest toldDigest;
    private volatile @Nullable Replica replica;
    private volatile boolean failed;

    /**
     * Prepares a run. Nothing touches the machine before the start.
     *
     * @param name the thread's name
     * @param machine the machine, which this object alone uses from now on
     * @param images where images are
     * @param taker writes images
     * @param recovered the snapshot with which the log begins
     * @param inputs takes what the election is told
     * @param told takes what was applied
     */
    Applier(
            String name,
            StateMachine machine,
            StateImages images,
            ImageTaker taker,
            Snapshot recovered,
            Consumer<Input> inputs,
            Told told) {
        this.machine = machine;
        this.images = images;
        this.taker = taker;
        this.inputs = inputs;
        this.told = told;
        this.thread = new Thread(this::run, name);
        thread.setDaemon(true);
        tasks.add(new Restore(recovered));
    }

    void start() {
        thread.start();
    }

    void apply(List<Entry> entries) {
        tasks.add(new Entries(entries));
    }

    void restore(Snapshot snapshot) {
        tasks.add(new Restore(snapshot));
    }

    void takeImage() {
        tasks.add(new Capture());
    }

    /** Other images are not needed any more. */
    void retain(Set<LogPosition> keep) {
        tasks.add(new Retain(keep));
    }

    /** This member's state differs from its leader's: nothing is applied any more. */
    void stopApplying() {
        failed = true;
    }

    /** Ends the thread after what it does just now; whether it has ended in time. */
    boolean stop(Duration atMost) throws InterruptedException {
        failed = true;
        tasks.clear();
        tasks.add(new End());
        thread.join(Math.max(1, atMost.toMillis()));
        return !thread.isAlive();
    }

    boolean isOver() {
        return !thread.isAlive();
    }

    /** The replica, once it has begun. Only what any thread may ask may be asked. */
    @Nullable Replica replica() {
        return replica;
    }

    private void run() {
        while (true) {
            try {
                Task task = tasks.take();
                if (task instanceof End) {
                    return;
                }
                perform(task);
            } catch (InterruptedException ignored) {
                // By what the machine itself did. Nobody else interrupts this thread.
                continue;
            } catch (IOException | RuntimeException | Error broken) {
                fail(String.valueOf(broken), broken);
            }
        }
    }

    /** Once the machine has failed, what was to be applied is passed over, or it would pile up. Images that are not needed go all the same. */
    private void perform(Task task) throws IOException {
        if (task instanceof Retain retain) {
            taker.retain(retain.keep());
        } else if (!failed) {
            Replica begun = begun();
            if (task instanceof Entries committed) {
                apply(begun, committed.entries());
            } else if (task instanceof Restore restore) {
                restore(begun, restore.snapshot());
            } else {
                capture(begun);
            }
        }
    }

    private Replica begun() {
        Replica existing = replica;
        if (existing == null) {
            existing = new Replica(machine);
            replica = existing;
        }
        return existing;
    }

    private void apply(Replica to, List<Entry> entries) {
        int since = 0;
        for (Entry entry : entries) {
            if (failed) {
                return;
            }
            Applied answer = to.apply(entry);
            if (answer != null) {
                answers.add(answer);
            }
            if (++since == TOGETHER) {
                tell(to);
                since = 0;
            }
        }
        if (since > 0) {
            tell(to);
        }
    }

    private void tell(Replica of) {
        StateDigest latest = of.digest();
        StateDigest news = latest == null || latest.equals(toldDigest) ? null : latest;
        toldDigest = latest;
        long index = of.last().index();
        inputs.accept(new Input.Applied(index, news));
        told.applied(List.copyOf(answers), index);
        answers.clear();
    }

    private void restore(Replica to, Snapshot snapshot) throws IOException {
        StateImage image = snapshot.image();
        if (image == null) {
            if (snapshot.last().index() > 0) {
                to.begin(snapshot);
            }
        } else {
            StateImages.Reading reading = images.open(snapshot.last(), image);
            if (reading == null) {
                throw new IOException("the image of entry " + snapshot.last().index() + " is not there");
            }
            try (InputStream in = new BufferedInputStream(new ImageStream(reading), READ_AHEAD)) {
                // Before the machine is touched.
                reading.verify();
                to.restore(in);
            }
        }
        long index = snapshot.last().index();
        if (index > 0) {
            inputs.accept(new Input.Applied(index, null));
        }
        told.restored(index);
    }

    private void capture(Replica of) {
        if (of.canCapture()) {
            ReplicaImage image = of.capture();
            LogPosition last = image.last();
            taker.take(image, last);
        } else {
            inputs.accept(new Input.ImageNotTaken("the state machine is not there yet"));
        }
    }

    private void fail(String detail, Throwable cause) {
        failed = true;
        taker.machineFailed(cause);
        inputs.accept(new Input.MachineFailed(detail));
        told.failed(detail);
    }
}
