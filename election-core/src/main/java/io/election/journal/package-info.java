/**
 * The durable term, vote, promise and log of one member: in an append-only
 * {@linkplain io.election.journal.FileJournal file}, or for a member that is alone in its list in a
 * {@linkplain io.election.journal.MemoryJournal journal without a file}. Depends on the core, the JDK and a logger. It
 * knows nothing of threads, peers or Spring.
 *
 * <p>The format of the file (all numbers are big-endian, all checksums are CRC32C):
 *
 * <pre>
 * file   := header frame*
 * header := magic "ELECTJNL", version int, length int, checksum int,
 *           cluster, member, incarnation, edition long, created long
 * frame  := marker int, length int, synced long, checksum int, record*
 * record := length int, type byte, fields
 * </pre>
 *
 * <p>A frame is one append. It counts as a whole or not at all. Its checksum also covers its position and its file, so
 * that bytes left over from elsewhere are never taken for a frame. {@code synced} is the length up to which the file
 * was on disk before the frame was written. {@code created} is the length that the file had when it was created. A
 * frame without records, the <em>seal</em>, follows each append once that append is on disk.
 *
 * <p>A second file, the <em>mark</em>, records the same length from outside. So a journal that was cut, overwritten at
 * its end, or replaced by an older copy is detected as well. The mark is overwritten in place after each append:
 *
 * <pre>
 * mark := magic "ELECTEND", edition long, synced long, checksum int (of the incarnation as well)
 * </pre>
 *
 * <p>This separates what a crash may have torn from damage. Bytes that cannot be read are a torn tail if nothing
 * vouches for them: no readable frame before or after them, and not the mark. Otherwise they are damage. One case
 * cannot be detected. Neither the seal nor the mark is itself synced. If a crash of the <em>machine</em> loses both the
 * seal and the mark of an append, and that append was damaged as well, it is taken for torn although it was
 * acknowledged. And if all files of a <em>directory</em> are put back to an older state, nothing in it shows that. Other members may
 * know a later {@linkplain io.election.core.Journal#edition() edition}.
 *
 * <p>The first frames of a file are never written in place. A file is written as a whole under another name, synced and
 * then renamed. This happens when it is created, at each opening, and when it has grown too long. Because of the
 * rewrite at each opening, data that was read from the operating system's cache is never assumed to be on disk.
 *
 * <p>An append is acknowledged once it is synced in the file that has the name; only then may a file that has grown too
 * long be rewritten. The two files hold the same state, so a rename that a crash undoes loses nothing. On Linux the
 * directory is synced before anything is written to the new file. Windows cannot sync a directory. There the new file is
 * synced once more after the rename. NTFS writes its own log in order, so a sync of the file also keeps the rename before
 * it, but Microsoft does not promise that. If it were not so, a loss of power could bring back the old file, without what
 * was appended after the rename. The mark, if it survives, then shows that, and the start is refused.
 *
 * <p>Beside these two, a directory may hold {@code machine}, which says where it was last used ({@link
 * io.election.journal.CopiedJournalException}), {@code condemned}, if it was found to be an older copy, and {@code recovered}
 * and {@code before-recovery-…} of offline recoveries ({@link io.election.journal.RecoverMember}).
 */
@NullMarked
package io.election.journal;

import org.jspecify.annotations.NullMarked;
