package io.election.core;

import org.jspecify.annotations.Nullable;

/**
 * Tells a failure for lack of memory from others. It comes as an {@link OutOfMemoryError}, or as one that wraps it: the JVM
 * makes an {@link InternalError} of it where it links a lambda for the first time, and reflection an exception of its own.
 */
public final class LackOfMemory {

    /** Causes can go round in a circle. */
    private static final int DEEPEST = 16;

    private LackOfMemory() {}

    /**
     * Looks for it. Needs no memory.
     *
     * @param failure what was thrown
     * @return the lack of memory that is its cause, or {@code null} if it has another
     */
    public static @Nullable OutOfMemoryError in(@Nullable Throwable failure) {
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < DEEPEST; depth++) {
            if (cause instanceof OutOfMemoryError noMemory) {
                return noMemory;
            }
            cause = cause.getCause();
        }
        return null;
    }
}
