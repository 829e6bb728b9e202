package io.election;

import org.jspecify.annotations.Nullable;

/**
 * The work that each thread does now, the innermost first. It belongs to the thread, not to a leadership, because a
 * thread may do work for two clusters at once.
 */
@SuppressWarnings("try") // A scope is opened to be closed.
final class WorkOnThread {

    private static final ThreadLocal<@Nullable WorkOnThread> CURRENT = new ThreadLocal<>();

    private final LeaderWork work;
    private final @Nullable WorkOnThread outer;

    private WorkOnThread(LeaderWork work, @Nullable WorkOnThread outer) {
        this.work = work;
        this.outer = outer;
    }

    /** The innermost work that this thread does for the given leadership, or {@code null}. */
    static @Nullable LeaderWork of(Leadership leadership) {
        for (WorkOnThread each = CURRENT.get(); each != null; each = each.outer) {
            if (each.work.leadership() == leadership) {
                return each.work;
            }
        }
        return null;
    }

    static LeaderWork.Scope open(LeaderWork work) {
        return replace(new WorkOnThread(work, CURRENT.get()));
    }

    /** Wraps a task so that another thread runs it as a part of this thread's work. */
    static Runnable carry(Runnable task) {
        WorkOnThread carried = CURRENT.get();
        if (carried == null) {
            return task;
        }
        return () -> {
            try (LeaderWork.Scope here = replace(carried)) {
                task.run();
            }
        };
    }

    private static LeaderWork.Scope replace(WorkOnThread now) {
        WorkOnThread before = CURRENT.get();
        CURRENT.set(now);
        return new Restoring(Thread.currentThread(), before);
    }

    private static final class Restoring implements LeaderWork.Scope {

        private final Thread thread;
        private final @Nullable WorkOnThread before;
        private boolean closed;

        Restoring(Thread thread, @Nullable WorkOnThread before) {
            this.thread = thread;
            this.before = before;
        }

        @Override
        public void close() {
            if (Thread.currentThread() != thread) {
                throw new IllegalStateException("A LeaderWork.Scope must be closed by the thread that opened it, '"
                        + thread.getName() + "', but '" + Thread.currentThread().getName() + "' tried to close it.");
            }
            if (closed) {
                return;
            }
            closed = true;
            if (before == null) {
                CURRENT.remove();
            } else {
                CURRENT.set(before);
            }
        }
    }
}
