package io.election.core;

/**
 * One reading of both clocks of a machine. The monotonic clock never jumps but may stand still while the machine is
 * suspended; the wall clock shows a suspension but may jump. A lease is over as soon as either says so.
 *
 * @param monotonicNanos the monotonic clock, in nanoseconds from an arbitrary origin; compared by difference only
 * @param wallMillis the wall clock, in milliseconds since 1970
 */
public record ClockReading(long monotonicNanos, long wallMillis) {}
