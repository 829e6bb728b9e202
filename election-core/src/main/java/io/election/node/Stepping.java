package io.election.node;

import io.election.core.ClockReading;
import io.election.core.ElectionSettings;
import io.election.core.Input;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Decides which thread steps the core: one at a time, each input in the order of the {@link Inbox}.
 *
 * <p>A thread that brings what another member, or the disk, has done takes the loop, if nobody has it, and does the step itself,
 * because a change of threads takes longer than most steps. It never waits for the loop: where another thread has it, that
 * one finds the input. It works off {@value #MOST_AT_A_TIME} inputs at most, and leaves the rest to the thread of the loop, which also does
 * what time brings, and what the application wants. So no thread of an application runs a step, and a step never runs
 * within another: what is added during a step is stepped after it.
 *
 * <p>No lock is held while a step runs but the loop itself, for which nobody waits except its own thread.
 */
final class Stepping {

    /** What a thread works off at most that has something else to do. */
    static final int MOST_AT_A_TIME = 8;

    private static final String PAUSED = "the process or the machine was paused, or had no processor";
    private static final String BUSY = "a step of its election took that long, or had no processor";

    /** Whether a thread is a virtual one, or {@code null} before Java 21, which knows none. */
    private static final @Nullable MethodHandle IS_VIRTUAL = isVirtual();

    /** What is stepped. Each method is called by the thread that has the loop. */
    interface Member {

        /** Hands an input to the core, and carries its effects out. */
        void step(Input input, ClockReading now);

        /** When time brings the next step, at the latest. */
        long dueNanos();

        /** The input that time brings. */
        Input whatIsDue(long nowNanos);

        /**
         * No step follows any more. May be called again. Needs no memory where there is a cause.
         *
         * @param cause why, or {@code null} after a stop
         */
        void ended(@Nullable Throwable cause);
    }

    private final Member member;
    private final NodeClock clock;
    private final Pauses pauses;
    private final long longestSleepNanos;
    private final Thread thread;
    private final Inbox inbox = new Inbox();

    /** Who has the loop. Whatever is said to be guarded by the loop is used by that thread only. */
    private final AtomicReference<@Nullable Thread> owner = new AtomicReference<>();

    private volatile boolean running = true;
    private volatile @Nullable Throwable fatal;

    /** Whether the loop's thread waits for its turn. */
    private volatile boolean wanted;

    // Guarded by the loop.
    private long asleepUntilNanos;
    private long stalledUntilNanos;
    private boolean steppedMeanwhile;

    // The loop's thread's own.
    private boolean slept;
    private boolean sleptOut;

    Stepping(String name, ElectionSettings settings, NodeClock clock, Chronicle chronicle, Member member) {
        this.member = member;
        this.clock = clock;
        this.pauses = new Pauses(settings, clock, chronicle);
        // Never asleep for much longer than a heartbeat, so that a pause of the whole process shows.
        this.longestSleepNanos = settings.heartbeatInterval().toNanos() * 3 / 2;
        this.asleepUntilNanos = clock.monotonicNanos();
        this.stalledUntilNanos = asleepUntilNanos;
        this.thread = new Thread(this::run, name);
        thread.setDaemon(true);
    }

    private static @Nullable MethodHandle isVirtual() {
        try {
            return MethodHandles.publicLookup()
                    .findVirtual(Thread.class, "isVirtual", MethodType.methodType(boolean.class));
        } catch (ReflectiveOperationException ofAnEarlierJava) {
            return null;
        }
    }

    void start() {
        thread.start();
    }

    boolean isRunning() {
        return running;
    }

    /** Whether the calling thread runs a step just now. */
    boolean isMine() {
        return owner.get() == Thread.currentThread();
    }

    // ------------------------------------------------------------------------------------------------ inputs

    /** Whether a message of a peer would be lost now. */
    boolean isFull() {
        return inbox.isFull();
    }

    /** Adds an input for the thread of the loop. May be called on any thread, and in a step. */
    void add(Input input) {
        inbox.add(input);
        tellTheLoop();
    }

    /** Adds what came of a message to a peer, unless too much waits already; as {@link #add}. */
    void addMessage(Input message) {
        inbox.addMessage(message);
        tellTheLoop();
    }

    /** Adds an input, and steps it on this thread if it may. The caller must hold no lock that a step may need. */
    void bring(Input input) {
        inbox.add(input);
        workOffHere(null);
    }

    /** The same with what came of a message to a peer, unless too much waits already. */
    void bringMessage(Input message) {
        inbox.addMessage(message);
        workOffHere(null);
    }

    /** The same with the inputs that some work adds. */
    void bring(Runnable work) {
        workOffHere(work);
    }

    /** Who has the loop looks at the inbox again after letting go, so nobody need be woken then. */
    private void tellTheLoop() {
        if (owner.get() == null) {
            LockSupport.unpark(thread);
        }
    }

    // ------------------------------------------------------------------------------------------------ other threads

    private void workOffHere(@Nullable Runnable adding) {
        Runnable first = adding;
        int left = MOST_AT_A_TIME;
        // Looks again after letting go: what was added meanwhile found the loop taken.
        while (mayStep() && (first != null || !inbox.isEmpty())) {
            if (left == 0 || isVirtual(Thread.currentThread())) {
                LockSupport.unpark(thread);
                break;
            }
            if (!take()) {
                break;
            }
            try {
                if (first != null) {
                    Runnable once = first;
                    first = null;
                    once.run();
                }
                left -= workOff(left);
            } catch (Throwable unfinished) {
                // Not a step's, but others may have left their inputs to this thread.
                LockSupport.unpark(thread);
                throw unfinished;
            } finally {
                letGo();
            }
        }
        if (first != null) {
            first.run();
        }
    }

    /** A virtual thread may lose its processor to others for long, and the loop with it. */
    private static boolean isVirtual(Thread current) {
        try {
            return IS_VIRTUAL != null && (boolean) IS_VIRTUAL.invokeExact(current);
        } catch (Throwable unknown) {
            return true;
        }
    }

    private boolean take() {
        return owner.compareAndSet(null, Thread.currentThread());
    }

    /** The thread of the loop sleeps until the time that it was told; for anything earlier it must be woken. */
    private void letGo() {
        boolean earlier = member.dueNanos() - asleepUntilNanos < 0;
        if (earlier) {
            asleepUntilNanos = member.dueNanos();
        }
        owner.set(null);
        if (earlier || wanted || !mayStep()) {
            LockSupport.unpark(thread);
        }
    }

    /** Steps what waits; how many inputs. What a step throws is the end of this member, and of nothing else. */
    private int workOff(int most) {
        int done = 0;
        try {
            for (Input input = next(); input != null; input = done < most ? next() : null) {
                done++;
                step(input);
            }
        } catch (Throwable impossible) {
            end(impossible);
        }
        return done;
    }

    private @Nullable Input next() {
        return mayStep() ? inbox.next() : null;
    }

    private boolean mayStep() {
        return running && fatal == null;
    }

    private void step(Input input) {
        steppedMeanwhile = true;
        ClockReading now = clock.read();
        pauses.noticeJump(now);
        member.step(input, now);
        if (pauses.noticeStall(now.monotonicNanos(), BUSY)) {
            // Not told again by the thread of the loop, which had to wait for it.
            stalledUntilNanos = clock.monotonicNanos();
        }
    }

    private void end(@Nullable Throwable cause) {
        running = false;
        fatal = cause;
        member.ended(cause);
    }

    // ------------------------------------------------------------------------------------------------ its thread

    private void run() {
        try {
            while (mayStep()) {
                takeInTurn();
                long asleepUntil = 0;
                try {
                    asleepUntil = myTurn();
                } catch (Throwable impossible) {
                    end(impossible);
                } finally {
                    owner.set(null);
                }
                sleep(asleepUntil);
            }
        } finally {
            takeInTurn();
            try {
                end(fatal);
            } finally {
                owner.set(null);
            }
        }
    }

    /** Needs no memory. */
    private void takeInTurn() {
        wanted = true;
        while (!take()) {
            LockSupport.park(this);
            // Nobody has business interrupting this thread.
            Thread.interrupted();
        }
        wanted = false;
    }

    /** Does everything that waits, and what time brings; until when there is nothing to do then. */
    private long myTurn() {
        if (slept) {
            boolean stalled = stalledUntilNanos - asleepUntilNanos > 0;
            pauses.noticeStall(stalled ? stalledUntilNanos : asleepUntilNanos, PAUSED);
        }
        boolean idle = sleptOut && !steppedMeanwhile;
        while (mayStep()) {
            Input input = inbox.next();
            long now = clock.monotonicNanos();
            if (input == null && !idle && member.dueNanos() - now > 0) {
                break;
            }
            idle = false;
            step(input == null ? member.whatIsDue(now) : input);
        }
        long now = clock.monotonicNanos();
        asleepUntilNanos = now + Math.min(member.dueNanos() - now, longestSleepNanos);
        steppedMeanwhile = false;
        return asleepUntilNanos;
    }

    private void sleep(long untilNanos) {
        long begunNanos = System.nanoTime();
        long time = untilNanos - clock.monotonicNanos();
        // What was added while this thread had the loop has woken nobody.
        slept = time > 0 && mayStep() && inbox.isEmpty();
        if (slept) {
            LockSupport.parkNanos(this, time);
            Thread.interrupted();
        }
        sleptOut = slept && System.nanoTime() - begunNanos >= time;
    }

    // ------------------------------------------------------------------------------------------------ without it

    /** Does one step on the caller's thread, if this was never started; whether there was anything to do. */
    boolean turn(long wakeAtNanos) {
        if (!take()) {
            return false;
        }
        try {
            Input input = inbox.next();
            if (input == null && wakeAtNanos - clock.monotonicNanos() > 0) {
                return false;
            }
            step(input == null ? new Input.Tick() : input);
            return true;
        } finally {
            owner.set(null);
        }
    }

    // ------------------------------------------------------------------------------------------------ its end

    /** Ends it for a reason that came from elsewhere. Needs no memory. */
    void endFor(Throwable cause) {
        fatal = cause;
        LockSupport.unpark(thread);
    }

    /** Ends it, and waits for the end at most so long. No step runs then. */
    void stop(Duration atMost) throws InterruptedException {
        running = false;
        LockSupport.unpark(thread);
        thread.join(Math.max(1, atMost.toMillis()));
    }

    /**
     * Ends it in the place of its thread, if that has died without having done so.
     *
     * @return whether its thread has died
     */
    boolean endIfDead(Throwable cause) {
        if (thread.isAlive()) {
            return false;
        }
        running = false;
        Thread last = owner.get();
        // A step that runs on another thread ends first: this is called again.
        if ((last == null || last == thread) && owner.compareAndSet(last, Thread.currentThread())) {
            try {
                end(cause);
            } finally {
                owner.set(null);
            }
        }
        return true;
    }
}
