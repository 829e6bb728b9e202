package io.election.core;

/**
 * One reading of both clocks of a machine. The monotonic clock never jumps, but it may stand still while the machine is
 * suspended. The wall clock shows a suspension, but it may jump. A lease ends as soon as either clock has reached its
 * end.
 *
 * @param monotonicNanos the monotonic clock, in nanoseconds from an arbitrary origin; only differences are meaningful
 * @param wallMillis the wall clock, in milliseconds since 1970
 */
public record ClockReading(long monotonicNanos, long wallMillis) {}
