/**
 * The replicated memory of one member: what joins the log, as the core sees it, with a replica and with the threads that write and read.
 *
 * <pre>
 * application ── Writes ── Input.ProposeAll ──▶ core ── Effect.Apply ──▶ Applier ── Replica ── StateMachine
 *      ▲            ▲                            │                          │
 *      │            └──── Effect.ProposalEnded ──┘◀─── Input.Applied ───────┤
 *      └──────────────────────── answers, once acknowledged ◀───────────────┘
 * application ── Reads ── Input.ReadIndex ──▶ core ── Effect.ReadIndexAnswered ──▶ Reads ── waits for the Applier
 * </pre>
 *
 * <p>{@code Applier} has the thread that applies, and {@code ImageTaker} the one that writes images. {@code Ticker} has the thread that knows
 * when somebody has waited for long enough. {@code Answers} has the threads on which callers are told.
 */
@NullMarked
package io.election.memory;

import org.jspecify.annotations.NullMarked;
