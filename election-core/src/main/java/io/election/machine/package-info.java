/**
 * What one member makes of the committed entries, in their order: the {@link io.election.machine.Replica}. It knows who may write under
 * which token, keeps the sessions that make each write happen once, and feeds a {@link io.election.StateMachine}: the application's own,
 * or the {@link io.election.machine.StoreMachine}. It is deterministic: members that have applied the same entries are in the same state,
 * byte for byte. It has no clock, thread, file, logger or randomness, and reads and writes only streams that it is given. It uses the
 * JDK, {@code io.election} and {@code io.election.core}. The rule that comments name by number is in {@code docs/safety-rules.md}.
 *
 * <p>A command travels as the data of a {@link io.election.core.Payload.Application}. All numbers are big-endian:
 *
 * <pre>
 * session/1 := version byte (1), replaces long, member, life          (each a length short, and UTF-8)
 * any other := version byte (1), flags byte (1: with a token), session long, number long, lowest awaited long,
 *              [token long,] the machine's bytes
 * store/1   := operation byte, expected version long, name length short, name in UTF-8, value     (the machine's bytes)
 * </pre>
 *
 * <p>An image of a replica, all checksums CRC32C:
 *
 * <pre>
 * image   := magic "ELECTIMG", version int, checksum int, head, sessions, machine
 * section := chunk*, end                                       (the sections come in this order, numbered from 1)
 * chunk   := length int (1 to 65536), bytes, checksum int      (of the section's number, the chunk's number and the bytes)
 * end     := 0 int, checksum int                               (of the section's number and how many chunks it has)
 * </pre>
 */
@NullMarked
package io.election.machine;

import org.jspecify.annotations.NullMarked;
