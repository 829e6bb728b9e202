package io.election.core;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * Puts the effects of each step in the order in which they may leave, and holds back those that must follow a disk
 * write. It decides only the order. A {@link Sink} carries the effects out. Anything that drives an
 * {@link ElectionMachine} can use it, so that all drivers agree on this order:
 *
 * <ol>
 *   <li>State that other threads read changes first. No grant, TimeoutNow or message of a new term may leave while a
 *       reader still gets "leader" (safety rule 8).
 *   <li>The writes of the step begin, because the disk takes longest.
 *   <li>If the step's input was a finished write, the answers that waited for it leave, in the order of their writes.
 *   <li>The other effects of the step follow in the order given. An answer that names a write which is not durable yet is
 *       held back (safety rule 1).
 * </ol>
 *
 * <p>After a failed write nothing more is written, and whatever waits for a write is dropped for good (safety rule 13).
 * At most {@value #MAX_HELD} answers are held back, unless another limit is given. Any more are dropped: a message may
 * be lost.
 *
 * <p>Used by one thread at a time. It has no clock and starts no thread.
 */
public final class EffectQueue {

    /** The highest number of answers that a member holds back while its disk hangs. */
    public static final int MAX_HELD = 1024;

    /** Carries effects out, in the order of the calls. */
    public interface Sink {

        /**
         * Shows readers what a step changes. Called once for each step, before any effect of the step is carried out.
         *
         * @param effects all effects of the step
         */
        void publish(List<Effect> effects);

        /**
         * Starts a write. The driver reports its end to the machine as {@link Input.Persisted} or
         * {@link Input.PersistFailed}.
         *
         * @param persist what to write
         */
        void write(Effect.Persist persist);

        /**
         * Sends a request.
         *
         * @param send the request
         */
        void send(Effect.Send send);

        /**
         * Sends an answer.
         *
         * @param reply the answer; the write that it must follow is durable
         */
        void reply(Effect.Reply reply);

        /**
         * Reports that an answer will never leave: its write failed, or too many answers are waiting.
         *
         * @param reply the answer
         */
        void dropped(Effect.Reply reply);

        /**
         * Carries out any other effect.
         *
         * @param effect the effect, which is neither a write nor a message
         */
        void carryOut(Effect effect);
    }

    private final Sink sink;
    private final int maxHeld;
    private final TreeMap<Long, List<Effect.Reply>> held = new TreeMap<>();
    private int heldCount;
    private long durableWrite;
    private boolean failed;

    /**
     * Creates an empty queue, for one run of a member.
     *
     * @param sink carries the effects out
     */
    public EffectQueue(Sink sink) {
        this(sink, MAX_HELD);
    }

    /**
     * Creates an empty queue with another limit.
     *
     * @param sink carries the effects out
     * @param maxHeld the highest number of answers to hold back
     */
    public EffectQueue(Sink sink, int maxHeld) {
        if (maxHeld < 0) {
            throw new IllegalArgumentException("maxHeld must not be negative, but is " + maxHeld);
        }
        this.sink = sink;
        this.maxHeld = maxHeld;
    }

    /**
     * Carries out the effects of one step of the machine.
     *
     * @param input the input of the step
     * @param effects the effects of the step, in the machine's order
     */
    public void step(Input input, List<Effect> effects) {
        if (input instanceof Input.Persisted persisted) {
            durableWrite = Math.max(durableWrite, persisted.write());
        } else if (input instanceof Input.PersistFailed) {
            failed = true;
            dropAll();
        }
        sink.publish(effects);
        for (int i = 0; i < effects.size(); i++) {
            if (effects.get(i) instanceof Effect.Persist persist && !failed) {
                sink.write(persist);
            }
        }
        release();
        for (int i = 0; i < effects.size(); i++) {
            carryOut(effects.get(i));
        }
    }

    private void carryOut(Effect effect) {
        if (effect instanceof Effect.Send send) {
            sink.send(send);
        } else if (effect instanceof Effect.Reply reply) {
            letOrHold(reply);
        } else if (!(effect instanceof Effect.Persist)) {
            sink.carryOut(effect);
        }
    }

    private void letOrHold(Effect.Reply reply) {
        if (reply.afterWrite() <= durableWrite) {
            sink.reply(reply);
        } else if (failed || heldCount >= maxHeld) {
            sink.dropped(reply);
        } else {
            held.computeIfAbsent(reply.afterWrite(), write -> new ArrayList<>()).add(reply);
            heldCount++;
        }
    }

    private void release() {
        while (!held.isEmpty() && held.firstKey() <= durableWrite) {
            List<Effect.Reply> released = held.pollFirstEntry().getValue();
            heldCount -= released.size();
            released.forEach(sink::reply);
        }
    }

    private void dropAll() {
        while (!held.isEmpty()) {
            held.pollFirstEntry().getValue().forEach(sink::dropped);
        }
        heldCount = 0;
    }

    /**
     * How many answers wait for a write.
     *
     * @return a number from 0 to the limit
     */
    public int held() {
        return heldCount;
    }

    /**
     * The latest write that is known to be durable.
     *
     * @return its number, or 0
     */
    public long durableWrite() {
        return durableWrite;
    }

    /**
     * Whether a write has failed, so that nothing more is written.
     *
     * @return {@code true} from the first failed write on
     */
    public boolean hasFailed() {
        return failed;
    }
}
