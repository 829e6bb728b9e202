/**
 * The durable term, vote, promise and log of one member: in append-only
 * {@linkplain io.election.journal.FileJournal files}, or for a member that is alone in its list in a
 * {@linkplain io.election.journal.MemoryJournal journal without a file}. Depends on the core, the JDK and a logger. It
 * knows nothing of threads, peers or Spring.
 *
 * <p>A journal is one stream of records. It is kept in <em>segments</em>, {@code journal.<number>}, one after the other. The file
 * {@code journal} names those that belong to it, in their order. The last one is written to. The format (all numbers are
 * big-endian, all checksums are CRC32C):
 *
 * <pre>
 * journal  := preamble "ELECTJNL" version 2 (cluster, member, incarnation, edition long, count int, named*)
 * named    := number long, length long, checksum int
 * segment  := header frame*
 * header   := preamble "ELECTSEG" version 2 (cluster, member, incarnation, number long, created long, checkpoint)
 * checkpoint := before (term long, index long), record*
 * frame    := marker int, length int, synced long, checksum int, record*
 * record   := length int, type byte, fields
 * preamble := magic, version int, length int, checksum int, fields
 * </pre>
 *
 * <p>A frame is one append. It counts as a whole or not at all. Its checksum also covers its position and its segment, so
 * that bytes left over from elsewhere are never taken for a frame. {@code synced} is the length up to which the segment
 * was on disk before the frame was written. {@code created} is the length that the segment had when it was created. A
 * frame without records, the <em>seal</em>, follows each append once that append is on disk.
 *
 * <p>Another file, the <em>mark</em>, records the same length of the last segment from outside. So a segment that was cut or
 * overwritten at its end, and a journal that was replaced by an older copy, are detected as well. The mark is overwritten in
 * place after each append:
 *
 * <pre>
 * mark := magic "ELECTEND", edition long, synced long, checksum int (of the incarnation as well)
 * </pre>
 *
 * <p>This separates what a crash may have torn from damage. Bytes that cannot be read are a torn tail if nothing
 * vouches for them: no readable frame before or after them, not the file {@code journal}, and not the mark. Otherwise they are
 * damage. One case cannot be detected. Neither the seal nor the mark is itself synced. If a crash of the <em>machine</em> loses
 * both the seal and the mark of an append, and that append was damaged as well, it is taken for torn although it was
 * acknowledged. And if all files of a <em>directory</em> are put back to an older state, nothing in it shows that. Other members
 * may know a later {@linkplain io.election.core.Journal#edition() edition}.
 *
 * <p>A segment begins at each opening, when the last one is full, and when much of the journal counts no more. The number of
 * the new segment is the next edition. Its checkpoint holds term, vote, promise and snapshot, and says with which entry the log
 * ends before it. So of the segments before it only the entries between that snapshot and that entry count. Behind the
 * checkpoint follow the last entries again, if they are few, and what nothing vouches for as synced. So data that was read from
 * the operating system's cache is never assumed to be on disk, and a long log is never written again as a whole. Segments that
 * hold no entry that counts are no longer named, and deleted.
 *
 * <p>The new segment is written and synced, and its name is synced, before the file {@code journal} is replaced: that is written
 * as a whole under another name, synced and then renamed. An append is acknowledged once it is synced in the last segment that
 * is named; only then may another one be begun. Before and after the renaming, the files hold the same state, so a rename that
 * a crash undoes loses nothing. On Linux the directory is synced before anything is written to the new segment, and before
 * others are deleted. Windows cannot sync a directory. There the new file is synced once more after the rename. NTFS writes its
 * own log in order, so a sync of the file also keeps the rename before it, but Microsoft does not promise that. If it were not
 * so, a loss of power could bring back the old file, without what was appended after the rename. The mark, if it survives, and
 * the segment that was written to then show that, and the start is refused.
 *
 * <p>A journal of version 1 was one file: what is the preamble of {@code journal} now, with {@code created} behind the edition,
 * and the frames of a state. It is taken over by its first opening. Until the new file {@code journal} replaces it, it stays as
 * it was. Earlier versions of this library refuse the new one.
 *
 * <p>Beside these, a directory may hold {@code machine}, which says where it was last used ({@link
 * io.election.journal.CopiedJournalException}), {@code condemned}, if it was found to be an older copy, {@code recovered}
 * and {@code before-recovery-…} of offline recoveries ({@link io.election.journal.RecoverMember}), and images of a state machine:
 * {@code image-<term>-<index>}, {@code image.new} while one is written and {@code image.part} while one is received. The snapshot
 * names the image that belongs to it. An image has its name only once it is complete and synced.
 */
@NullMarked
package io.election.journal;

import org.jspecify.annotations.NullMarked;
