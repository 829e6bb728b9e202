/**
 * Judges a cluster by what its users saw: answers of {@code isLeader()}, tokens, events, guarded writes and confirmations, each
 * with the time at which it was asked for and the time at which it was answered. It is given nothing else. It knows no log,
 * no lease and no message, and a term only as the name of a leadership in an event. {@link io.election.history.HistoryCheck}
 * is the entry. {@link io.election.history.ValueCheck} does the same for a store of named values. Uses the JDK only.
 */
@NullMarked
package io.election.history;

import org.jspecify.annotations.NullMarked;
