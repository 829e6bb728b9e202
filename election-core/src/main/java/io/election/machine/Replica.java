package io.election.machine;

import io.election.DurableStateMachine;
import io.election.LogEntry;
import io.election.StateMachine;
import io.election.core.EnrolledMember;
import io.election.core.Entry;
import io.election.core.LogPosition;
import io.election.core.Membership;
import io.election.core.Payload;
import io.election.core.Snapshot;
import io.election.core.StateDigest;
import io.election.core.StateImage;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UTFDataFormatException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What one member has made of the committed entries: who may write, which writes were made, and the state of the machine (safety
 * rule 17). Members that have applied the same entries are equal.
 *
 * <p>One thread at a time may apply, capture, restore and ask for what it finds. {@link #appliedIndex()} and {@link #generation()} may be
 * read by any thread.
 *
 * <p>Once the machine has thrown an exception, nobody knows its state. Nothing can be applied any more, before another image is
 * restored. Every other exception is thrown before anything is changed.
 */
public final class Replica {

    /** A digest is taken after each entry whose index is a multiple of this. */
    public static final int DIGEST_INTERVAL = 1024;

    /** How far the number of a command may be ahead of the lowest that its writer still waits for. It is refused otherwise. */
    public static final int MOST_AWAITED = Session.MOST_AWAITED;

    private final StateMachine machine;
    private final @Nullable DurableStateMachine durable;
    private final Set<String> readTypes;

    /** Up to here the machine had applied when it was started. */
    private long durablyApplied;

    private TokenJudge tokens = new TokenJudge();
    private Sessions sessions = new Sessions();
    private Set<String> members = Set.of();
    private final Set<String> types = new TreeSet<>();
    private LogPosition last = LogPosition.NONE;
    private @Nullable StateDigest digest;

    /** The last entry that the machine was given. */
    private long lastGiven;

    private boolean unknownState;

    private volatile long appliedIndex;
    private volatile long generation;

    /**
     * Begins before the first entry. A volatile machine is emptied. A durable one is asked how far it is.
     *
     * @param machine the machine, which this replica alone uses from now on
     */
    public Replica(StateMachine machine) {
        this.machine = machine;
        durable = machine instanceof DurableStateMachine keeps ? keeps : null;
        readTypes = Set.copyOf(machine.types());
        if (readTypes.size() >= StateImage.MOST_TYPES || readTypes.contains(CommandCodec.SESSION_TYPE)) {
            throw new IllegalArgumentException("a state machine reads up to " + (StateImage.MOST_TYPES - 1)
                    + " types, and never '" + CommandCodec.SESSION_TYPE + "', but this one reads " + readTypes);
        }
        if (durable == null) {
            machine.reset();
        } else {
            durablyApplied = durable.appliedIndex();
        }
    }

    /**
     * Which types of entries this member reads: those of the machine, and openings of sessions.
     *
     * @return the types, sorted
     */
    public List<String> reads() {
        Set<String> all = new TreeSet<>(readTypes);
        all.add(CommandCodec.SESSION_TYPE);
        return List.copyOf(all);
    }

    // ------------------------------------------------------------------------------------------------ applying

    /**
     * Applies the next committed entry.
     *
     * @param entry the entry after the last one
     * @return the answer to whoever waits for it, or {@code null} if it is no command and no opening of a session
     * @throws UnknownEntryException if this version does not read it; nothing was changed
     * @throws ForeignStateException if it is the founding of another cluster than the one whose state a durable machine holds
     * @throws RuntimeException if the machine throws it
     */
    public @Nullable Applied apply(Entry entry) {
        if (unknownState) {
            throw new IllegalStateException("the state is unknown since the state machine failed after entry " + last);
        }
        if (entry.index() != last.index() + 1) {
            throw new IllegalArgumentException("entry " + entry.index() + " does not follow " + last.index());
        }
        Applied answer = null;
        if (entry.payload() instanceof Payload.Application content) {
            answer = applyContent(entry, content);
        } else if (entry.payload() instanceof Payload.Withheld) {
            throw new UnknownEntryException(entry.index(), "has no content here: this member was a witness");
        } else {
            applyOwn(entry);
        }
        last = entry.position();
        appliedIndex = last.index();
        if (last.index() % DIGEST_INTERVAL == 0 && last.index() >= durablyApplied) {
            digest = new StateDigest(last.index(), stateDigest());
        }
        return answer;
    }

    private void applyOwn(Entry entry) {
        Membership membership = entry.payload().membership();
        // A cluster that was recovered with its data goes on in another generation.
        if (membership != null && membership.generation() != tokens.generation()) {
            checkGeneration(membership.generation());
            tokens.founded(membership);
            generation = membership.generation();
        }
        if (entry.payload() instanceof Payload.TermOpening) {
            tokens.opened(entry.term());
        }
        if (membership != null) {
            members = membership.members().stream().map(EnrolledMember::id).collect(Collectors.toUnmodifiableSet());
            sessions.closeAllBut(members);
        }
    }

    private void checkGeneration(long ofCluster) {
        if (durable != null && durable.generation() != 0 && durable.generation() != ofCluster) {
            throw new ForeignStateException(durable.generation(), ofCluster);
        }
    }

    private @Nullable Applied applyContent(Entry entry, Payload.Application content) {
        ByteBuffer in = content.data().buffer();
        boolean opens = content.type().equals(CommandCodec.SESSION_TYPE);
        if (!opens && !readTypes.contains(content.type())) {
            throw new UnknownEntryException(
                    entry.index(), "is of type '" + content.type() + "', which is not read here");
        }
        if (CommandCodec.isNewer(in)) {
            throw new UnknownEntryException(
                    entry.index(), "of type '" + content.type() + "' is in a newer version of commands");
        }
        types.add(content.type());
        if (opens) {
            SessionOpening opening = CommandCodec.readOpening(in);
            return opening == null ? null : open(entry, opening);
        }
        Command command = CommandCodec.read(content.type(), in);
        return command == null
                ? null
                : new Applied.CommandAnswer(entry.position(), command.id(), outcome(entry, command));
    }

    private Applied open(Entry entry, SessionOpening opening) {
        Session session = sessions.open(opening, entry.index(), members);
        return new Applied.SessionAnswer(
                entry.position(),
                opening,
                session == null ? 0 : session.number(),
                session != null && session.life().equals(opening.life()));
    }

    private Outcome outcome(Entry entry, Command command) {
        Session session = sessions.find(command.id().session());
        if (session == null) {
            return new Outcome.Closed();
        }
        long number = command.id().number();
        session.awaitFrom(command.lowestAwaited());
        if (number < session.lowest()) {
            return new Outcome.Forgotten();
        }
        Outcome known = session.outcome(number);
        if (known != null) {
            return known;
        }
        if (number - command.lowestAwaited() >= Session.MOST_AWAITED) {
            // Each copy of this command is refused for what it says itself, so that need not be kept.
            return new Outcome.Refused(entry.position(), Outcome.Refusal.TOO_FAR_AHEAD);
        }
        Outcome outcome = judge(entry, command, session);
        session.keep(number, outcome);
        return outcome;
    }

    private Outcome judge(Entry entry, Command command, Session session) {
        if (command.token() != null && !tokens.isInForce(command.token())) {
            return new Outcome.Refused(entry.position(), Outcome.Refusal.STALE_TOKEN);
        }
        if (!session.hasRoom()) {
            return new Outcome.Refused(entry.position(), Outcome.Refusal.NO_ROOM);
        }
        return new Outcome.Done(entry.position(), applyToMachine(entry, command));
    }

    private byte[] applyToMachine(Entry entry, Command command) {
        LogEntry given = new LogEntry(
                tokens.generation(), entry.index(), entry.term(), command.type(), command.data(), command.token());
        unknownState = true;
        byte[] result =
                durable != null && entry.index() <= durablyApplied ? durable.resultOf(given) : machine.apply(given);
        if (result == null || result.length > StateMachine.LONGEST_RESULT) {
            throw new IllegalStateException("The state machine answered entry " + entry.index() + " with "
                    + (result == null ? "no result" : "a result of " + result.length + " bytes")
                    + ". A result has up to " + StateMachine.LONGEST_RESULT + " bytes.");
        }
        unknownState = false;
        lastGiven = entry.index();
        return result;
    }

    /**
     * Begins after the entries that a snapshot covers, of which none was a command: the log fed no state machine then.
     *
     * @param snapshot a snapshot without an image
     * @throws ForeignStateException if it is of another cluster than the one whose state a durable machine holds
     */
    public void begin(Snapshot snapshot) {
        Membership membership = snapshot.membership();
        if (snapshot.image() != null || membership == null) {
            throw new IllegalArgumentException(
                    "a replica begins after a snapshot without an image, but this one is " + snapshot);
        }
        checkGeneration(membership.generation());
        tokens = new TokenJudge();
        tokens.founded(membership);
        tokens.opened(snapshot.last().term());
        generation = membership.generation();
        sessions = new Sessions();
        members = membership.members().stream().map(EnrolledMember::id).collect(Collectors.toUnmodifiableSet());
        types.clear();
        last = snapshot.last();
        digest = null;
        appliedIndex = last.index();
    }

    // ------------------------------------------------------------------------------------------------ what it knows

    /**
     * The last entry that was applied.
     *
     * @return its position, or {@link LogPosition#NONE}
     */
    public LogPosition last() {
        return last;
    }

    /**
     * The index of the last entry that was applied, for any thread. What it did is visible to a thread that reads this.
     *
     * @return the index, or 0
     */
    public long appliedIndex() {
        return appliedIndex;
    }

    /**
     * The generation of the cluster, for any thread.
     *
     * @return the generation, or 0 before the founding was applied
     */
    public long generation() {
        return generation;
    }

    /**
     * The open session of a member.
     *
     * @param member the member
     * @return its number, or 0 if it has none
     */
    public long sessionOf(String member) {
        Session session = sessions.of(member);
        return session == null ? 0 : session.number();
    }

    /**
     * The latest digest of the state.
     *
     * @return the digest just after an entry whose index is a multiple of {@link #DIGEST_INTERVAL}, or {@code null} if there was none yet
     */
    public @Nullable StateDigest digest() {
        return digest;
    }

    /** Of machine, sessions and token, after the last entry. */
    long stateDigest() {
        OptionalLong ofMachine = machine.digest();
        return Digest.of(last.term(), last.index(), ofMachine.orElse(0), sessions.digest(), tokens.digest());
    }

    /**
     * Whether the machine's state is that after the last entry. One that keeps its state durably may be ahead after a start.
     *
     * @return whether an image can be captured
     */
    public boolean canCapture() {
        return !unknownState && last.index() > 0 && last.index() >= durablyApplied;
    }

    // ------------------------------------------------------------------------------------------------ images

    /**
     * Takes an image of all, as it is after the last entry.
     *
     * @return the image
     * @throws IllegalStateException unless {@link #canCapture()}
     */
    public ReplicaImage capture() {
        if (!canCapture()) {
            throw new IllegalStateException("There is no state to capture after entry " + last
                    + (last.index() < durablyApplied ? ": the machine is at entry " + durablyApplied : ""));
        }
        ReplicaHead head = new ReplicaHead(
                last, lastGiven, tokens.copy(), members.stream().sorted().toList(), List.copyOf(types));
        return new ReplicaImage(head, sessions.copies(), machine.capture());
    }

    /**
     * Replaces all by an image. A machine that has durably applied more keeps its state.
     *
     * @param image what {@link ReplicaImage#writeTo} wrote, on any member; read to its end, not closed
     * @throws DamagedImageException if it is none; if that shows only behind the machine's state, that state is unknown
     * @throws UnsupportedImageException if it is in a newer format, or of entries that the machine does not read
     * @throws IOException if it cannot be read, or the machine says so
     * @throws ForeignStateException if it is of another cluster than the one whose state a durable machine holds
     * @throws RuntimeException if the machine throws it
     */
    public void restore(InputStream image) throws IOException {
        ImageInput in = new ImageInput(image);
        ReplicaHead head;
        Sessions restored;
        try {
            DataInputStream data = new DataInputStream(in);
            head = ReplicaHead.readFrom(data);
            checkSectionEnds(in);
            restored = Sessions.readFrom(
                    data, Set.copyOf(head.members()), head.last().index());
            checkSectionEnds(in);
        } catch (EOFException | UTFDataFormatException | IllegalArgumentException impossible) {
            throw new DamagedImageException("what it says cannot be", impossible);
        }
        for (String type : head.types()) {
            if (!readTypes.contains(type) && !type.equals(CommandCodec.SESSION_TYPE)) {
                throw new UnsupportedImageException(
                        "it holds what entries of type '" + type + "' made, which is not read here");
            }
        }
        checkGeneration(head.tokens().generation());
        unknownState = true;
        restoreMachine(head, in);
        in.endSection();
        in.end();
        tokens = head.tokens();
        sessions = restored;
        members = Set.copyOf(head.members());
        types.clear();
        types.addAll(head.types());
        last = head.last();
        lastGiven = head.lastGiven();
        digest = null;
        generation = tokens.generation();
        appliedIndex = last.index();
        unknownState = false;
    }

    private static void checkSectionEnds(ImageInput in) throws IOException {
        if (in.read() >= 0) {
            throw new DamagedImageException("a section goes on after its end");
        }
        in.endSection();
    }

    private void restoreMachine(ReplicaHead head, InputStream in) throws IOException {
        if (durable == null) {
            machine.restore(in);
        } else if (head.lastGiven() > durablyApplied) {
            durable.restoring(head.tokens().generation(), head.lastGiven());
            durable.restore(in);
        }
    }
}
