package io.election.core;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * Brings the effects of each step into the order in which they may leave, and holds back what must follow a disk write. It
 * knows the order and nothing else: a {@link Sink} carries the effects out. Whatever drives an {@link ElectionMachine} can use
 * it, so that all drivers agree on this order:
 *
 * <ol>
 *   <li>What other threads read changes first. No grant, pass or message of a new term may be on its way while a reader still
 *       gets "leader" (safety rule 8).
 *   <li>If the step took a finished write, the messages that waited for it leave, in the order of their writes.
 *   <li>The effects of the step itself follow in the order given. A message that names a write which is not durable yet is held
 *       (safety rule 1).
 * </ol>
 *
 * <p>After a failed write nothing is written any more, and what waits for a write is dropped for good (safety rule 13). At most
 * {@value #MAX_HELD} messages are held, unless another number is given. More are dropped, as messages may be lost.
 *
 * <p>Used by one thread at a time. Keeps no time and starts no thread.
 */
public final class EffectQueue {

    /** How many messages a member holds back at most while its disk hangs. */
    public static final int MAX_HELD = 1024;

    /** Carries effects out, in the order of the calls. */
    public interface Sink {

        /**
         * Shows to readers what a step changes. Called once for each step, before anything of it is carried out.
         *
         * @param effects all effects of the step
         */
        void publish(List<Effect> effects);

        /**
         * Starts a write. The driver reports its end to the machine as {@link Input.Persisted} or {@link Input.PersistFailed}.
         *
         * @param persist what to write
         */
        void write(Effect.Persist persist);

        /**
         * Lets a request go.
         *
         * @param send the request; what it must follow is durable
         */
        void send(Effect.Send send);

        /**
         * Lets an answer go.
         *
         * @param reply the answer; what it must follow is durable
         */
        void reply(Effect.Reply reply);

        /**
         * Says that a message will never leave: its write failed, or too many wait already.
         *
         * @param message an {@link Effect.Send} or an {@link Effect.Reply}
         */
        void dropped(Effect message);

        /**
         * Carries out any other effect.
         *
         * @param effect neither a write nor a message
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
     * Begins with an empty queue, as one run of a member does.
     *
     * @param sink carries the effects out
     */
    public EffectQueue(Sink sink) {
        this(sink, MAX_HELD);
    }

    /**
     * Begins with an empty queue and another limit.
     *
     * @param sink carries the effects out
     * @param maxHeld how many messages to hold back at most
     */
    public EffectQueue(Sink sink, int maxHeld) {
        if (maxHeld < 0) {
            throw new IllegalArgumentException("maxHeld must not be negative, but is " + maxHeld);
        }
        this.sink = sink;
        this.maxHeld = maxHeld;
    }

    /**
     * Carries out what a step of the machine led to.
     *
     * @param input what the machine was given
     * @param effects what it answered, in its order
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
     * Whether a write has failed, so that nothing is written any more.
     *
     * @return {@code true} from the first failed write on
     */
    public boolean hasFailed() {
        return failed;
    }
}
