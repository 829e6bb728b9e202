/**
 * The election as a pure state machine. {@link io.election.core.Election} takes an {@link io.election.core.Input} and
 * the time, and answers with an {@link io.election.core.Output}. It has no clock, thread, socket, file, logger or
 * randomness of its own. It uses only the JDK's data types and {@code io.election}. Times are nanoseconds of a
 * monotonic clock, and only their differences are compared. The rules that comments name by number are in
 * {@code docs/safety-rules.md}.
 */
@NullMarked
package io.election.core;

import org.jspecify.annotations.NullMarked;
