/**
 * The durable term, vote and log of one member: a {@linkplain io.election.journal.FileJournal file} that is only ever
 * appended to, or for a member that stands alone a {@linkplain io.election.journal.MemoryJournal journal without one}.
 * Depends on the core, the JDK and a logger; knows nothing of threads, peers or Spring.
 *
 * <p>The file, all numbers big-endian, all checksums CRC32C:
 *
 * <pre>
 * file   := header frame*
 * header := magic "ELECTJNL", version int, length int, checksum int,
 *           cluster, member, incarnation, edition long, created long
 * frame  := marker int, length int, synced long, checksum int, record*
 * record := length int, type byte, fields
 * </pre>
 *
 * <p>A frame is one append: all of it counts or nothing. Its checksum also covers where it stands and in which file, so
 * that bytes left over from elsewhere are never taken for a frame. {@code synced} is the length up to which the file was
 * on disk before the frame was written; {@code created} is the length with which the file appeared. A frame without
 * records, the <em>seal</em>, follows each append once that is on disk.
 *
 * <p>A second file, the <em>mark</em>, says the same from outside, so that a journal that was cut, overwritten at its end
 * or put back from an older copy is found out too. It is overwritten in place after each append:
 *
 * <pre>
 * mark := magic "ELECTEND", edition long, synced long, checksum int (of the incarnation as well)
 * </pre>
 *
 * <p>So what a crash may have torn and what is damage can be told apart: bytes that cannot be read are the torn tail if
 * neither a readable frame, before or after them, nor the mark vouches for them, else they are damage. One case is beyond
 * this: neither seal nor mark is itself synced, so an append whose seal and mark were both lost in a crash of the
 * <em>machine</em>, and which was damaged as well, is taken for torn although it was acknowledged. And a
 * <em>directory</em> of which all files are put back to an older state shows nothing.
 *
 * <p>The first frames of a file are never written in place: a file is written whole under another name, synced and then
 * renamed, when it is created, at each opening, and when it has grown too long. Writing anew at each opening also means
 * that nothing read from the operating system's cache is trusted to be on disk.
 */
@NullMarked
package io.election.journal;

import org.jspecify.annotations.NullMarked;
