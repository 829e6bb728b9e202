package io.election.core;

import org.jspecify.annotations.Nullable;

/**
 * Recognizes a failure that is caused by lack of memory. It comes as an {@link OutOfMemoryError}, or as an error that
 * wraps one: the JVM makes an {@link InternalError} of it when it links a lambda for the first time, and reflection
 * makes an exception of its own.
 */
public final class LackOfMemory {

    /** Causes can form a cycle. */
    private static final int DEEPEST = 16;

    private LackOfMemory() {}

    /**
     * Looks for a lack of memory among the causes of a failure. Allocates no memory.
     *
     * @param failure what was thrown
     * @return the error that caused it, or {@code null} if it has another cause
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
