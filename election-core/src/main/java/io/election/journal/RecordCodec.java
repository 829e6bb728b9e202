package io.election.journal;

import io.election.core.Bytes;
import io.election.core.Contact;
import io.election.core.DurableRecord;
import io.election.core.EnrolledMember;
import io.election.core.Entry;
import io.election.core.HardState;
import io.election.core.LogPosition;
import io.election.core.MemberKind;
import io.election.core.Membership;
import io.election.core.Pause;
import io.election.core.Payload;
import io.election.core.Snapshot;
import io.election.core.StateImage;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Encodes records as bytes. Each record begins with its length and a type. A type, once assigned, keeps its meaning and
 * its fields. A value that cannot be read back exactly as it was is refused, both on writing and on reading.
 */
final class RecordCodec {

    /** The longest record, in bytes. */
    static final int MAX_RECORD_BYTES = 1 << 20;

    private static final int INITIAL_BYTES = 256;
    private static final int SHA256_BYTES = 32;
    private static final int PIECE_BYTES = 8 << 10;

    private static final int HARD_STATE_CHANGED = 1;
    private static final int ENTRY_APPENDED = 2;
    private static final int LOG_TRUNCATED = 3;
    private static final int SNAPSHOT_REPLACED = 4;
    private static final int SNAPSHOT_REPLACED_WITH_CHANGES = 5;
    private static final int SNAPSHOT_REPLACED_WITH_IMAGE = 6;
    private static final int COMMIT_KNOWN = 7;
    private static final int SNAPSHOT_REPLACED_WITH_PAUSE = 8;

    private static final int TERM_OPENING = 1;
    private static final int MEMBERSHIP_CHANGE = 2;
    private static final int APPLICATION_TEXT = 3;
    private static final int WITHHELD = 4;
    private static final int APPLICATION = 5;
    private static final int MEMBERSHIP_CHANGE_WITH_STANDING = 6;
    private static final int MEMBERSHIP_CHANGE_WITH_PAUSE = 7;

    /** The application type of the entries that early journals hold as text. */
    private static final String TEXT = "text";

    private RecordCodec() {}

    /**
     * Encodes records one after the other.
     *
     * @throws IllegalArgumentException if a record is too long, or holds text that is not valid Unicode
     */
    static byte[] encode(List<DurableRecord> records) {
        GrowingBytes all = new GrowingBytes(INITIAL_BYTES);
        encode(records, all);
        return all.toByteArray();
    }

    /**
     * The same, behind what is there already.
     *
     * @throws IllegalArgumentException if a record is too long, or holds text that is not valid Unicode
     */
    static void encode(List<DurableRecord> records, GrowingBytes all) {
        try (DataOutputStream out = new DataOutputStream(all)) {
            for (DurableRecord record : records) {
                int begin = all.size();
                all.skip(Integer.BYTES);
                write(out, record);
                int length = all.size() - begin - Integer.BYTES;
                if (length > MAX_RECORD_BYTES) {
                    throw new IllegalArgumentException(
                            "a record must have at most " + MAX_RECORD_BYTES + " bytes, but has " + length);
                }
                all.putInt(begin, length);
            }
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("a record holds text that is not valid Unicode", e);
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory must not fail", e);
        }
    }

    /**
     * Decodes what {@link #encode} wrote.
     *
     * @throws IOException if these are not the bytes of records
     */
    static List<DurableRecord> decode(byte[] bytes) throws IOException {
        return decode(ByteBuffer.wrap(bytes));
    }

    /**
     * The same, without a copy of the bytes.
     *
     * @param bytes a buffer with an array; it is read to its limit
     * @throws IOException if these are not the bytes of records
     */
    static List<DurableRecord> decode(ByteBuffer bytes) throws IOException {
        List<DurableRecord> records = new ArrayList<>();
        while (bytes.hasRemaining()) {
            int available = bytes.remaining() - Integer.BYTES;
            int length = available < 0 ? -1 : bytes.getInt();
            if (length < 0 || length > Math.min(MAX_RECORD_BYTES, available)) {
                throw new IOException(
                        "a length of " + length + " is impossible where " + available + " bytes are left");
            }
            DataInputStream record = new DataInputStream(
                    new ByteArrayInputStream(bytes.array(), bytes.arrayOffset() + bytes.position(), length));
            bytes.position(bytes.position() + length);
            records.add(readRecord(record));
            if (record.available() > 0) {
                throw new IOException("a record ends with " + record.available() + " bytes that are not part of it");
            }
        }
        return records;
    }

    static void writeString(DataOutputStream out, String text) throws IOException {
        // A new encoder reports malformed text, which String.getBytes would replace.
        ByteBuffer bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
        out.writeInt(bytes.remaining());
        out.write(bytes.array(), bytes.arrayOffset(), bytes.remaining());
    }

    static String readString(DataInputStream in) throws IOException {
        byte[] bytes = readBytes(in, MAX_RECORD_BYTES);
        return StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(bytes))
                .toString();
    }

    private static byte[] readBytes(DataInputStream in, int limit) throws IOException {
        int length = in.readInt();
        if (length < 0 || length > Math.min(limit, in.available())) {
            throw new IOException(
                    "a length of " + length + " is impossible where " + in.available() + " bytes are left");
        }
        return in.readNBytes(length);
    }

    private static void write(DataOutputStream out, DurableRecord record) throws IOException {
        if (record instanceof DurableRecord.HardStateChanged r) {
            out.writeByte(HARD_STATE_CHANGED);
            out.writeLong(r.state().term());
            writeOptional(out, r.state().votedFor(), RecordCodec::writeString);
            out.writeLong(r.state().promise().getSeconds());
            out.writeInt(r.state().promise().getNano());
        } else if (record instanceof DurableRecord.EntryAppended r) {
            out.writeByte(ENTRY_APPENDED);
            out.writeLong(r.entry().index());
            out.writeLong(r.entry().term());
            writePayload(out, r.entry().payload());
        } else if (record instanceof DurableRecord.LogTruncated r) {
            out.writeByte(LOG_TRUNCATED);
            out.writeLong(r.fromIndex());
        } else if (record instanceof DurableRecord.SnapshotReplaced r) {
            Snapshot snapshot = r.snapshot();
            Membership membership = snapshot.membership();
            StateImage image = snapshot.image();
            boolean changes = membership != null && hasChanges(membership);
            boolean paused = membership != null && membership.pause() != null;
            out.writeByte(
                    paused
                            ? SNAPSHOT_REPLACED_WITH_PAUSE
                            : image != null
                                    ? SNAPSHOT_REPLACED_WITH_IMAGE
                                    : changes ? SNAPSHOT_REPLACED_WITH_CHANGES : SNAPSHOT_REPLACED);
            writePosition(out, snapshot.last());
            writeOptional(
                    out,
                    membership,
                    paused
                            ? RecordCodec::writePausedMembership
                            : changes || image != null
                                    ? RecordCodec::writeChangedMembership
                                    : RecordCodec::writeMembership);
            out.writeInt(snapshot.openings().size());
            for (Snapshot.OpenedPosition opened : snapshot.openings()) {
                out.writeLong(opened.term());
                writePosition(out, opened.position());
            }
            out.writeLong(snapshot.openingsFrom());
            if (paused) {
                writeOptional(out, image, RecordCodec::writeImage);
            } else if (image != null) {
                writeImage(out, image);
            }
        } else if (record instanceof DurableRecord.CommitKnown r) {
            out.writeByte(COMMIT_KNOWN);
            out.writeLong(r.index());
        } else {
            throw new IllegalArgumentException("no encoding for the record " + record);
        }
    }

    private static void writeImage(DataOutputStream out, StateImage image) throws IOException {
        out.writeLong(image.length());
        out.write(HexFormat.of().parseHex(image.sha256()));
        out.writeInt(image.types().size());
        for (String type : image.types()) {
            writeString(out, type);
        }
    }

    private static StateImage readImage(DataInputStream in) throws IOException {
        long length = in.readLong();
        byte[] sha256 = in.readNBytes(SHA256_BYTES);
        int count = in.readInt();
        if (count < 0 || count > StateImage.MOST_TYPES) {
            throw new IOException("an image of " + count + " types is impossible");
        }
        List<String> types = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            types.add(readString(in));
        }
        return new StateImage(length, HexFormat.of().formatHex(sha256), types);
    }

    /** Terms, indexes and lengths of time are never negative. */
    private static long readNatural(DataInputStream in, String what) throws IOException {
        long value = in.readLong();
        if (value < 0) {
            throw new IOException(what + " of " + value + " is impossible");
        }
        return value;
    }

    private static Duration readDuration(DataInputStream in) throws IOException {
        long seconds = readNatural(in, "a promise");
        int nanos = in.readInt();
        if (nanos < 0 || nanos >= TimeUnit.SECONDS.toNanos(1)) {
            throw new IOException(nanos + " nanoseconds within a second are impossible");
        }
        return Duration.ofSeconds(seconds, nanos);
    }

    private static DurableRecord readRecord(DataInputStream in) throws IOException {
        int type = in.readUnsignedByte();
        return switch (type) {
            case HARD_STATE_CHANGED ->
                new DurableRecord.HardStateChanged(new HardState(
                        readNatural(in, "a term"), readOptional(in, RecordCodec::readString), readDuration(in)));
            case ENTRY_APPENDED ->
                new DurableRecord.EntryAppended(
                        new Entry(readNatural(in, "an index"), readNatural(in, "a term"), readPayload(in)));
            case LOG_TRUNCATED -> new DurableRecord.LogTruncated(readNatural(in, "an index"));
            case SNAPSHOT_REPLACED ->
                new DurableRecord.SnapshotReplaced(new Snapshot(
                        readPosition(in),
                        readOptional(in, RecordCodec::readMembership),
                        readOpenings(in),
                        in.readLong()));
            case SNAPSHOT_REPLACED_WITH_CHANGES ->
                new DurableRecord.SnapshotReplaced(new Snapshot(
                        readPosition(in),
                        readOptional(in, RecordCodec::readChangedMembership),
                        readOpenings(in),
                        in.readLong()));
            case SNAPSHOT_REPLACED_WITH_IMAGE ->
                new DurableRecord.SnapshotReplaced(new Snapshot(
                        readPosition(in),
                        readOptional(in, RecordCodec::readChangedMembership),
                        readOpenings(in),
                        in.readLong(),
                        readImage(in)));
            case SNAPSHOT_REPLACED_WITH_PAUSE ->
                new DurableRecord.SnapshotReplaced(new Snapshot(
                        readPosition(in),
                        readOptional(in, RecordCodec::readPausedMembership),
                        readOpenings(in),
                        in.readLong(),
                        readOptional(in, RecordCodec::readImage)));
            case COMMIT_KNOWN -> new DurableRecord.CommitKnown(readNatural(in, "an index"));
            default -> throw new IOException("unknown record type " + type);
        };
    }

    private static void writePayload(DataOutputStream out, Payload payload) throws IOException {
        if (payload instanceof Payload.TermOpening p) {
            out.writeByte(TERM_OPENING);
            writeString(out, p.leader());
            writeOptional(out, p.position(), RecordCodec::writePosition);
            writeOptional(out, p.founding(), RecordCodec::writeMembership);
        } else if (payload instanceof Payload.MembershipChange p) {
            boolean changes = hasChanges(p.membership());
            boolean paused = p.membership().pause() != null;
            out.writeByte(
                    paused
                            ? MEMBERSHIP_CHANGE_WITH_PAUSE
                            : changes ? MEMBERSHIP_CHANGE_WITH_STANDING : MEMBERSHIP_CHANGE);
            if (paused) {
                writePausedMembership(out, p.membership());
            } else if (changes) {
                writeChangedMembership(out, p.membership());
            } else {
                writeMembership(out, p.membership());
            }
        } else if (payload instanceof Payload.Application p) {
            out.writeByte(APPLICATION);
            writeString(out, p.type());
            writeBytes(out, p.data());
        } else if (payload instanceof Payload.Withheld) {
            out.writeByte(WITHHELD);
        } else {
            throw new IllegalArgumentException("no encoding for the payload " + payload);
        }
    }

    private static void writeBytes(DataOutputStream out, Bytes data) throws IOException {
        int length = data.length();
        out.writeInt(length);
        // In pieces: the bytes may be many, and go to where they stay.
        byte[] piece = new byte[Math.min(length, PIECE_BYTES)];
        for (int at = 0; at < length; at += piece.length) {
            int count = Math.min(piece.length, length - at);
            data.copy(at, piece, count);
            out.write(piece, 0, count);
        }
    }

    private static Payload readPayload(DataInputStream in) throws IOException {
        int type = in.readUnsignedByte();
        return switch (type) {
            case TERM_OPENING ->
                new Payload.TermOpening(
                        readString(in),
                        readOptional(in, RecordCodec::readPosition),
                        readOptional(in, RecordCodec::readMembership));
            case MEMBERSHIP_CHANGE -> new Payload.MembershipChange(readMembership(in));
            case MEMBERSHIP_CHANGE_WITH_STANDING -> new Payload.MembershipChange(readChangedMembership(in));
            case MEMBERSHIP_CHANGE_WITH_PAUSE -> new Payload.MembershipChange(readPausedMembership(in));
            case APPLICATION_TEXT -> new Payload.Application(TEXT, Bytes.utf8(readString(in)));
            case APPLICATION -> new Payload.Application(readString(in), Bytes.of(readBytes(in, MAX_RECORD_BYTES)));
            case WITHHELD -> new Payload.Withheld();
            default -> throw new IOException("unknown payload type " + type);
        };
    }

    static void writePosition(DataOutputStream out, LogPosition position) throws IOException {
        out.writeLong(position.term());
        out.writeLong(position.index());
    }

    static LogPosition readPosition(DataInputStream in) throws IOException {
        return new LogPosition(in.readLong(), in.readLong());
    }

    private static void writeMembership(DataOutputStream out, Membership membership) throws IOException {
        writeString(out, membership.clusterId());
        out.writeLong(membership.generation());
        out.writeInt(membership.members().size());
        for (EnrolledMember member : membership.members()) {
            writeString(out, member.id());
            out.writeByte(kind(member.kind()));
            writeString(out, member.incarnation());
            out.writeLong(member.namedAt());
        }
    }

    private static Membership readMembership(DataInputStream in) throws IOException {
        String clusterId = readString(in);
        long generation = in.readLong();
        int count = in.readInt();
        if (count < 0 || count > in.available()) {
            throw new IOException(
                    "a membership of " + count + " is impossible where " + in.available() + " bytes are left");
        }
        List<EnrolledMember> members = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            members.add(new EnrolledMember(readString(in), kind(in.readUnsignedByte()), readString(in), in.readLong()));
        }
        return new Membership(clusterId, generation, members);
    }

    /** Whether a membership says more than one of the founding, with memories that were let in since. */
    private static boolean hasChanges(Membership membership) {
        return membership.changedAt() != null
                || membership.members().stream().anyMatch(m -> m.standing() != null || m.contact() != null);
    }

    /** As {@link #writeMembership}, and then what early journals do not know. */
    private static void writeChangedMembership(DataOutputStream out, Membership membership) throws IOException {
        writeMembership(out, membership);
        for (EnrolledMember member : membership.members()) {
            out.writeByte(standing(member.standing()));
            writeOptional(out, member.contact(), RecordCodec::writeContact);
        }
        writeOptional(out, membership.changedAt(), DataOutputStream::writeLong);
    }

    private static Membership readChangedMembership(DataInputStream in) throws IOException {
        Membership plain = readMembership(in);
        List<EnrolledMember> members = new ArrayList<>();
        for (EnrolledMember member : plain.members()) {
            members.add(new EnrolledMember(
                    member.id(),
                    member.kind(),
                    member.incarnation(),
                    member.namedAt(),
                    standing(in.readUnsignedByte()),
                    readOptional(in, RecordCodec::readContact)));
        }
        return new Membership(
                plain.clusterId(), plain.generation(), members, readOptional(in, DataInputStream::readLong));
    }

    /** As {@link #writeChangedMembership}, and then the pause, which journals of early versions do not know. */
    private static void writePausedMembership(DataOutputStream out, Membership membership) throws IOException {
        writeChangedMembership(out, membership);
        Pause pause = Objects.requireNonNull(membership.pause(), "only a membership with a pause is written so");
        writeString(out, pause.holder());
        out.writeLong(pause.untilMillis());
        writeString(out, pause.by());
        writeString(out, pause.reason());
    }

    private static Membership readPausedMembership(DataInputStream in) throws IOException {
        Membership changed = readChangedMembership(in);
        return new Membership(
                changed.clusterId(),
                changed.generation(),
                changed.members(),
                changed.changedAt(),
                new Pause(readString(in), in.readLong(), readString(in), readString(in)));
    }

    private static void writeContact(DataOutputStream out, Contact contact) throws IOException {
        writeString(out, contact.url());
        writeOptional(out, contact.appUrl(), RecordCodec::writeString);
        out.writeInt(contact.priority());
    }

    private static Contact readContact(DataInputStream in) throws IOException {
        return new Contact(readString(in), readOptional(in, RecordCodec::readString), in.readInt());
    }

    private static int standing(EnrolledMember.@Nullable Standing standing) {
        if (standing == null) {
            return 0;
        }
        return switch (standing) {
            case PROMOTED -> 1;
            case WITHOUT_VOTE -> 2;
            case LAGGING -> 3;
        };
    }

    private static EnrolledMember.@Nullable Standing standing(int standing) throws IOException {
        return switch (standing) {
            case 0 -> null;
            case 1 -> EnrolledMember.Standing.PROMOTED;
            case 2 -> EnrolledMember.Standing.WITHOUT_VOTE;
            case 3 -> EnrolledMember.Standing.LAGGING;
            default -> throw new IOException("unknown standing " + standing);
        };
    }

    private static List<Snapshot.OpenedPosition> readOpenings(DataInputStream in) throws IOException {
        int count = in.readInt();
        if (count < 0 || count > in.available()) {
            throw new IOException(count + " openings are impossible where " + in.available() + " bytes are left");
        }
        List<Snapshot.OpenedPosition> openings = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            openings.add(new Snapshot.OpenedPosition(in.readLong(), readPosition(in)));
        }
        return openings;
    }

    private static int kind(MemberKind kind) {
        return switch (kind) {
            case DATA -> 1;
            case WITNESS -> 2;
            case OBSERVER -> 3;
        };
    }

    private static MemberKind kind(int kind) throws IOException {
        return switch (kind) {
            case 1 -> MemberKind.DATA;
            case 2 -> MemberKind.WITNESS;
            case 3 -> MemberKind.OBSERVER;
            default -> throw new IOException("unknown member kind " + kind);
        };
    }

    private static <T> void writeOptional(DataOutputStream out, @Nullable T value, Writer<T> writer)
            throws IOException {
        out.writeByte(value == null ? 0 : 1);
        if (value != null) {
            writer.write(out, value);
        }
    }

    private static <T> @Nullable T readOptional(DataInputStream in, Reader<T> reader) throws IOException {
        int present = in.readUnsignedByte();
        if (present > 1) {
            throw new IOException("a presence flag must be 0 or 1, but is " + present);
        }
        return present == 0 ? null : reader.read(in);
    }

    private interface Writer<T> {
        void write(DataOutputStream out, T value) throws IOException;
    }

    private interface Reader<T> {
        T read(DataInputStream in) throws IOException;
    }
}
