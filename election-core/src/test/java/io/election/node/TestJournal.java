package io.election.node;

import io.election.core.DurableRecord;
import io.election.core.DurableState;
import io.election.core.Journal;
import io.election.core.StateImages;
import io.election.journal.MemoryJournal;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A journal in memory whose disk can hang, or fail. */
final class TestJournal implements Journal {

    private final MemoryJournal memory = new MemoryJournal();

    /** What was appended, call by call. */
    final List<List<DurableRecord>> appends = new CopyOnWriteArrayList<>();

    /** Counted down when an append hangs. */
    final CountDownLatch hung = new CountDownLatch(1);

    private final CountDownLatch goOn = new CountDownLatch(1);
    private volatile boolean hangs;
    private volatile @Nullable Throwable failure;
    private volatile @Nullable IOException probeFailure;
    private volatile Compaction compaction = () -> {};
    final AtomicInteger probes = new AtomicInteger();
    final AtomicInteger releases = new AtomicInteger();

    /** From now on every append waits for {@link #goOn()}. */
    void hang() {
        hangs = true;
    }

    void goOn() {
        hangs = false;
        goOn.countDown();
    }

    /** From now on every append fails. */
    void fail(Throwable with) {
        failure = with;
    }

    @Override
    public boolean open() {
        return memory.open();
    }

    @Override
    public void release() {
        releases.incrementAndGet();
        memory.release();
    }

    @Override
    public String incarnation() {
        return memory.incarnation();
    }

    @Override
    public DurableState state() {
        return memory.state();
    }

    @Override
    public StateImages images() {
        return memory.images();
    }

    @Override
    public void append(List<DurableRecord> records) throws IOException {
        if (hangs) {
            hung.countDown();
            try {
                goOn.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        }
        Throwable fails = failure;
        if (fails instanceof IOException e) {
            throw e;
        } else if (fails instanceof RuntimeException e) {
            throw e;
        } else if (fails instanceof Error e) {
            throw e;
        }
        appends.add(List.copyOf(records));
        memory.append(records);
    }

    /** From now on the place takes no writes. */
    void failProbes(IOException with) {
        probeFailure = with;
    }

    @Override
    public void probe() throws IOException {
        probes.incrementAndGet();
        IOException fails = probeFailure;
        if (fails != null) {
            throw fails;
        }
    }

    /** Called when it is to put in order what was appended; may fail. */
    interface Compaction {
        void make() throws IOException;
    }

    /** From now on it is asked this to put in order what was appended. */
    void compactBy(Compaction asked) {
        compaction = asked;
    }

    @Override
    public void compact() throws IOException {
        compaction.make();
    }

    @Override
    public void close() {}
}
