package io.election.journal;

import io.election.core.DurableState;
import io.election.core.EnrolledMember;
import io.election.core.MemberKind;
import io.election.core.Membership;
import io.election.core.Message;
import io.election.core.Recovery;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A member's directory in the hands of an operator, while the member does not run: shows what is in it, and founds its cluster
 * again with this member as the only voter ({@link Recovery}).
 *
 * <p>The journal's files as they were are copied into a directory of their own first. Then one rename replaces the file that
 * names the segments. Before it, all is as it was, and after it, the recovery is done. The image of a state machine stays where
 * it is.
 */
final class OfflineRecovery implements Closeable {

    private static final DateTimeFormatter NAME =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

    private final JournalFiles files;
    private final JournalDirectory directory;
    private final Closeable lock;
    private final Recovered found;
    private final Membership membership;

    /** What was done. */
    record Done(RecoveredMemory memory, long term, Path aside) {}

    private OfflineRecovery(
            JournalFiles files, JournalDirectory directory, Closeable lock, Recovered found, Membership membership) {
        this.files = files;
        this.directory = directory;
        this.lock = lock;
        this.found = found;
        this.membership = membership;
    }

    /**
     * Locks and reads a member's directory. Writes nothing but the lock's file.
     *
     * @param path the member's directory, or the one below which a Spring Boot application keeps it
     * @throws RecoveryRefusedException if there is nothing that can be recovered
     * @throws JournalException if the journal is damaged or another member's, or is in use
     */
    static OfflineRecovery open(JournalFiles files, Path path, String cluster, String nodeId)
            throws IOException, RecoveryRefusedException {
        JournalDirectory directory = find(files, path, cluster, nodeId);
        Closeable lock = directory.lock();
        if (lock == null) {
            throw new JournalInUseException(directory.journal());
        }
        try {
            Recovered found = new JournalReader(directory, cluster, nodeId).read();
            if (found == null) {
                throw new RecoveryRefusedException("The journal " + directory.journal() + " has gone meanwhile.");
            }
            new FileImages(files, directory, cluster).check(found.state().snapshot());
            return new OfflineRecovery(files, directory, lock, found, recoverable(directory, found.state(), nodeId));
        } catch (IOException | RecoveryRefusedException | RuntimeException refused) {
            lock.close();
            throw refused;
        }
    }

    private static JournalDirectory find(JournalFiles files, Path path, String cluster, String nodeId)
            throws RecoveryRefusedException {
        JournalDirectory itself = new JournalDirectory(files, path);
        if (files.isFile(itself.journal())) {
            return itself;
        }
        JournalDirectory below =
                new JournalDirectory(files, path.resolve(cluster).resolve(nodeId));
        if (files.isFile(below.journal())) {
            return below;
        }
        throw new RecoveryRefusedException("There is no journal in " + itself.path() + ", and none in " + below.path()
                + ". Name the directory of the member, or the one that election.storage.directory names. A relative one"
                + " begins at the directory in which the application is started.");
    }

    private static Membership recoverable(JournalDirectory directory, DurableState state, String nodeId)
            throws RecoveryRefusedException {
        Membership membership = Recovery.membershipIn(state);
        if (membership == null) {
            throw new RecoveryRefusedException("Member '" + nodeId + "' never belonged to a founded cluster, so "
                    + directory.path()
                    + " holds nothing to recover. Recover a member that did. If there is none, empty the"
                    + " directories of all members and start them: they found a cluster.");
        }
        EnrolledMember self = membership.member(nodeId).orElse(null);
        if (self == null) {
            throw new RecoveryRefusedException("The newest membership in the log of '" + nodeId
                    + "' does not name it: it was removed, or was a learner. Recover one of "
                    + described(membership) + ".");
        }
        if (self.kind() != MemberKind.DATA) {
            throw new RecoveryRefusedException("Member '" + nodeId + "' is "
                    + (self.kind() == MemberKind.WITNESS ? "a witness" : "an observer")
                    + ", which cannot lead. Recover a data member of " + described(membership) + ".");
        }
        if (state.hardState().term() >= Message.TERM_LIMIT - 1) {
            throw new RecoveryRefusedException("Member '" + nodeId
                    + "' is in the last term, in which nobody can be elected. Empty the directories of all members and"
                    + " start them: they found a cluster.");
        }
        return membership;
    }

    /** The members and their kinds, for people. */
    static String described(Membership membership) {
        StringBuilder text = new StringBuilder();
        for (EnrolledMember member : membership.members()) {
            text.append(text.isEmpty() ? "" : ", ")
                    .append('\'')
                    .append(member.id())
                    .append("' (")
                    .append(member.kind().name().toLowerCase(Locale.ROOT))
                    .append(member.votes() ? "" : ", without a vote")
                    .append(')');
        }
        return text.toString();
    }

    Path path() {
        return directory.path();
    }

    DurableState state() {
        return found.state();
    }

    Membership membership() {
        return membership;
    }

    /** Why the directory counts as an older copy, or {@code null}. */
    @Nullable String condemned() throws IOException {
        byte[] reason = directory.readCondemned();
        return reason == null ? null : new String(reason, StandardCharsets.UTF_8).trim();
    }

    long cutBytes() {
        return found.cutBytes();
    }

    /**
     * Founds the cluster again.
     *
     * @param highestToken the highest fencing token that is known otherwise, or 0
     * @throws RecoveryRefusedException if there is no generation above it
     */
    Done recover(long highestToken, Instant now) throws IOException, RecoveryRefusedException {
        String nodeId = found.stamp().nodeId();
        long generation;
        try {
            generation = Recovery.generationAbove(state(), highestToken, now.getEpochSecond());
        } catch (IllegalArgumentException | ArithmeticException impossible) {
            throw new RecoveryRefusedException(
                    "There is no generation above the highest token and this machine's clock ("
                            + impossible.getMessage() + "). Correct the clock, or the token.");
        }
        Recovery recovery = new Recovery(drawn(), generation, nodeId, drawn());
        DurableState recovered = Recovery.holdsData(state()) ? recovery.withData(state()) : recovery.from(state());
        // The edition goes on: the new memory never takes the name of a file of the old one.
        JournalFormat.Stamp stamp = new JournalFormat.Stamp(
                found.stamp().cluster(),
                nodeId,
                recovery.incarnation(),
                found.stamp().edition());
        Path aside = keepAside(now);
        RecoveredMemory memory = RecoveredMemory.of(now, membership, recovery.clusterId(), generation);
        memory.addTo(directory);
        SegmentedLog log = new SegmentedLog(files, directory, stamp, Long.MAX_VALUE, Long.MAX_VALUE);
        try {
            log.open(List.of(), 0, new DurableState.Replay(recovered));
        } finally {
            log.closeAppender();
        }
        // What it may have forgotten was promised in the lost cluster.
        files.deleteIfExists(directory.condemned());
        return new Done(memory, recovered.hardState().term(), aside);
    }

    private static String drawn() {
        byte[] bytes = new byte[16];
        new SecureRandom().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    private Path keepAside(Instant now) throws IOException {
        JournalDirectory aside =
                new JournalDirectory(files, directory.path().resolve("before-recovery-" + NAME.format(now)));
        if (files.isDirectory(aside.path())) {
            throw new IOException(aside.path() + " exists already; try again in a second");
        }
        files.createDirectory(aside.path());
        keep(directory.readJournal(), aside.journal(), aside);
        keep(directory.readMark(), aside.mark(), aside);
        for (Segment segment : found.segments()) {
            keep(directory.readSegment(segment.number()), aside.segment(segment.number()), aside);
        }
        aside.force();
        directory.force();
        return aside.path();
    }

    private static void keep(byte @Nullable [] content, Path file, JournalDirectory aside) throws IOException {
        if (content != null) {
            aside.write(file, content);
        }
    }

    @Override
    public void close() throws IOException {
        lock.close();
    }
}
