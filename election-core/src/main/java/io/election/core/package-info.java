/**
 * The election as a pure state machine: {@link io.election.core.Election} takes an {@link io.election.core.Input} and the
 * time, and answers with an {@link io.election.core.Output}. No clock, thread, socket, file, logger or randomness of its own;
 * uses nothing but the JDK's data types and {@code io.election}. Times are nanoseconds of a monotonic clock, compared by
 * difference. The rules that comments name by number are in {@code docs/safety-rules.md}.
 */
@NullMarked
package io.election.core;

import org.jspecify.annotations.NullMarked;
