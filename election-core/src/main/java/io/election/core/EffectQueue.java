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
 *   <li>If the step's input was a finished write, the messages that waited for it leave, in the order of their writes.
 *   <li>The effects of the step itself follow in the order given. A message that names a write which is not durable yet
 *       is held back (safety rule 1).
 * </ol>
 *
 * <p>After a failed write nothing more is written, and whatever waits for a write is dropped for good (safety rule 13).
 * At most {@value #MAX_HELD} messages are held back, unless another limit is given. Any more are dropped: a message may
 * be lost.
 *
 * <p>Used by one thread at a time. It has no clock and starts no thread.
 */
public final class EffectQueue {

    /** The highest number of messages that a member holds back while its disk hangs. */
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
         * @param send the request; the write that it must follow is durable
         */
        void send(Effect.Send send);

        /**
         * Sends an answer.
         *
         * @param reply the answer; the write that it must follow is durable
         */
        void reply(Effect.Reply reply);

        /**
         * Reports that a message will never leave: its write failed, or too many messages are waiting.
         *
         * @param message an {@link Effect.Send} or an {@link Effect.Reply}
         */
        void dropped(Effect message);

        /**
         * Carries out any other effect.
         *
         * @param effect the effect, which is neither a write nor a message
         */
        void carryOut(Effect effect);
    }

    private final Sink sink;
    private final int maxHeld;
    private final TreeMap<Long, List<Effect>> held = new TreeMap<>();
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
     * @param maxHeld the highest number of messages to hold back
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
        release();
        for (Effect effect : effects) {
            carryOut(effect);
        }
    }

    private void carryOut(Effect effect) {
        if (effect instanceof Effect.Persist persist) {
            if (!failed) {
                sink.write(persist);
            }
        } else if (effect instanceof Effect.Send send) {
            letOrHold(send.afterWrite(), send);
        } else if (effect instanceof Effect.Reply reply) {
            letOrHold(reply.afterWrite(), reply);
        } else {
            sink.carryOut(effect);
        }
    }

    private void letOrHold(long afterWrite, Effect message) {
        if (afterWrite <= durableWrite) {
            let(message);
        } else if (failed || heldCount >= maxHeld) {
            sink.dropped(message);
        } else {
            held.computeIfAbsent(afterWrite, write -> new ArrayList<>()).add(message);
            heldCount++;
        }
    }

    private void let(Effect message) {
        if (message instanceof Effect.Send send) {
            sink.send(send);
        } else if (message instanceof Effect.Reply reply) {
            sink.reply(reply);
        }
    }

    private void release() {
        while (!held.isEmpty() && held.firstKey() <= durableWrite) {
            List<Effect> released = held.pollFirstEntry().getValue();
            heldCount -= released.size();
            released.forEach(this::let);
        }
    }

    private void dropAll() {
        while (!held.isEmpty()) {
            held.pollFirstEntry().getValue().forEach(sink::dropped);
        }
        heldCount = 0;
    }

    /**
     * How many messages wait for a write.
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
