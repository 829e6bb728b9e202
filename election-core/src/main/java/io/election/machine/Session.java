package io.election.machine;

import io.election.StateMachine;
import io.election.core.LogPosition;
import io.election.core.Message;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * One life of a member's process, as a writer: what became of its commands, from the lowest number that it still waits for. An outcome
 * that was told is kept, a refusal too. Otherwise a late copy of a refused command could still be applied.
 */
final class Session {

    /** How many numbers a writer may wait for at once. So many outcomes are kept at most. */
    static final int MOST_AWAITED = 4096;

    /** How many bytes of results are kept at most. */
    static final int MOST_RESULT_BYTES = 1 << 20;

    private static final int FIRST_CAPACITY = 64;
    private static final byte DONE = 1;
    private static final byte[] NO_RESULT = {};

    private final long number;
    private final String member;
    private final String life;
    private long lowest = 1;

    // The outcome of number n is at n modulo the length, a power of two. None is kept outside of [lowest, lowest +
    // length).
    private @Nullable Outcome[] kept = new Outcome[FIRST_CAPACITY];
    private int resultBytes;
    private long digest;

    Session(long number, String member, String life) {
        this.number = number;
        this.member = member;
        this.life = life;
    }

    long number() {
        return number;
    }

    String member() {
        return member;
    }

    String life() {
        return life;
    }

    /** The lowest number that is still waited for. */
    long lowest() {
        return lowest;
    }

    /** Drops what is not waited for any more. */
    void awaitFrom(long newLowest) {
        if (newLowest <= lowest) {
            return;
        }
        long end = Math.min(newLowest, lowest + kept.length);
        for (long each = lowest; each < end; each++) {
            Outcome dropped = kept[slot(each)];
            if (dropped != null) {
                kept[slot(each)] = null;
                resultBytes -= result(dropped).length;
                digest -= digest(each, dropped);
            }
        }
        lowest = newLowest;
    }

    /** What became of a number that is not below the lowest, or {@code null} if it was not seen yet. */
    @Nullable Outcome outcome(long command) {
        return command - lowest < kept.length ? kept[slot(command)] : null;
    }

    /** Whether any result that a machine may return has room. */
    boolean hasRoom() {
        return resultBytes <= MOST_RESULT_BYTES - StateMachine.LONGEST_RESULT;
    }

    /** Keeps what became of a number, from the lowest on and at most {@link #MOST_AWAITED} ahead. */
    void keep(long command, Outcome outcome) {
        if (command - lowest >= kept.length) {
            grow(command);
        }
        kept[slot(command)] = outcome;
        resultBytes += result(outcome).length;
        digest += digest(command, outcome);
    }

    private void grow(long command) {
        int capacity = kept.length;
        while (command - lowest >= capacity) {
            capacity *= 2;
        }
        @Nullable Outcome[] larger = new Outcome[capacity];
        for (long each = lowest; each < lowest + kept.length; each++) {
            larger[(int) (each & (capacity - 1))] = kept[slot(each)];
        }
        kept = larger;
    }

    private int slot(long command) {
        return (int) (command & (kept.length - 1));
    }

    private static byte[] result(Outcome outcome) {
        return outcome instanceof Outcome.Done done ? done.result() : NO_RESULT;
    }

    private long digest(long command, Outcome outcome) {
        LogPosition at = at(outcome);
        return Digest.of(number, command, at.term(), at.index(), kind(outcome), Digest.of(result(outcome)));
    }

    private static LogPosition at(Outcome outcome) {
        return outcome instanceof Outcome.Done done ? done.at() : ((Outcome.Refused) outcome).at();
    }

    private static byte kind(Outcome outcome) {
        if (outcome instanceof Outcome.Refused refused) {
            return switch (refused.reason()) {
                case STALE_TOKEN -> 2;
                case NO_ROOM -> 3;
                case TOO_FAR_AHEAD -> throw new IllegalArgumentException("is not kept: " + outcome);
            };
        }
        return DONE;
    }

    /** Of all that is kept, in no order. */
    long digest() {
        return digest + Digest.of(number, lowest, Digest.of(member), Digest.of(life));
    }

    /** A copy that does not change any more. */
    Session copy() {
        Session copy = new Session(number, member, life);
        copy.lowest = lowest;
        copy.kept = kept.clone();
        copy.resultBytes = resultBytes;
        copy.digest = digest;
        return copy;
    }

    void writeTo(DataOutputStream out) throws IOException {
        out.writeLong(number);
        out.writeUTF(member);
        out.writeUTF(life);
        out.writeLong(lowest);
        int count = 0;
        for (Outcome each : kept) {
            count += each == null ? 0 : 1;
        }
        out.writeShort(count);
        for (long each = lowest; each < lowest + kept.length; each++) {
            Outcome outcome = kept[slot(each)];
            if (outcome != null) {
                out.writeLong(each);
                out.writeByte(kind(outcome));
                out.writeLong(at(outcome).term());
                out.writeLong(at(outcome).index());
                if (outcome instanceof Outcome.Done done) {
                    out.writeInt(done.result().length);
                    out.write(done.result());
                }
            }
        }
    }

    static Session readFrom(DataInputStream in) throws IOException {
        Session session = new Session(in.readLong(), in.readUTF(), in.readUTF());
        session.lowest = in.readLong();
        if (session.number < 1 || session.lowest < 1 || session.lowest >= Message.INDEX_LIMIT) {
            throw new DamagedImageException("a session has impossible numbers");
        }
        int count = in.readUnsignedShort();
        long before = session.lowest - 1;
        for (int i = 0; i < count; i++) {
            long command = in.readLong();
            if (command <= before || command - session.lowest >= MOST_AWAITED) {
                throw new DamagedImageException("a session keeps a result that it may not keep");
            }
            before = command;
            session.keep(command, readOutcome(in));
            if (session.resultBytes > MOST_RESULT_BYTES) {
                throw new DamagedImageException("a session keeps more bytes than it may");
            }
        }
        return session;
    }

    private static Outcome readOutcome(DataInputStream in) throws IOException {
        int kind = in.readUnsignedByte();
        LogPosition at = new LogPosition(in.readLong(), in.readLong());
        switch (kind) {
            case DONE:
                int length = in.readInt();
                if (length < 0 || length > StateMachine.LONGEST_RESULT) {
                    throw new DamagedImageException("a result of " + length + " bytes");
                }
                byte[] result = new byte[length];
                in.readFully(result);
                return new Outcome.Done(at, result);
            case 2:
                return new Outcome.Refused(at, Outcome.Refusal.STALE_TOKEN);
            case 3:
                return new Outcome.Refused(at, Outcome.Refusal.NO_ROOM);
            default:
                throw new DamagedImageException("an unknown outcome " + kind);
        }
    }
}
