package io.election;

/** Thrown by {@link WriteResult#orElseThrow()} for a write that was not applied, or of which nobody knows whether it was. */
public final class WriteFailedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient WriteResult<?> result;

    /**
     * Creates the exception for one answer.
     *
     * @param result the answer, which is none of an applied write
     */
    public WriteFailedException(WriteResult<?> result) {
        super(describe(result));
        this.result = result;
    }

    private static String describe(WriteResult<?> result) {
        if (result instanceof WriteResult.NotApplied<?> not) {
            return "The write was not applied (" + not.reason() + "): " + not.detail();
        }
        if (result instanceof WriteResult.Unknown<?> unknown) {
            return "It is not known whether the write " + unknown.id() + " was applied: " + unknown.detail();
        }
        throw new IllegalArgumentException("result must not be of an applied write, but is " + result);
    }

    /**
     * The answer to the write.
     *
     * @return {@link WriteResult.NotApplied} or {@link WriteResult.Unknown}; {@code null} after the exception was serialized
     */
    public WriteResult<?> getResult() {
        return result;
    }
}
