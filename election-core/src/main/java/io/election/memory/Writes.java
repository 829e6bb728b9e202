package io.election.memory;

import io.election.FencingToken;
import io.election.WriteId;
import io.election.WriteResult;
import io.election.WriteResult.Reason;
import io.election.core.Input;
import io.election.core.Payload;
import io.election.core.ProposalOutcome;
import io.election.machine.Applied;
import io.election.machine.Command;
import io.election.machine.CommandCodec;
import io.election.machine.CommandId;
import io.election.machine.Outcome;
import io.election.machine.Replica;
import io.election.machine.SessionOpening;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The writes of one run of a member: sends them to the leader, sends again what may have been lost, and answers each once (safety rule
 * 17). A write is answered by the replica of this member, when it applies the entry that has the write's id, and once that entry is
 * acknowledged. What the leader says of a proposal decides only whether it is sent again.
 *
 * <p>The session of this run is opened by its first write.
 */
final class Writes implements Ticker.Ticked {

    /** The most entries, and bytes of them, in one proposal. */
    private static final int MOST_TOGETHER = 512;

    private static final int MOST_BYTES_TOGETHER = 1 << 18;

    /** The most proposals that may wait for their answers where another member leads, which answers when all is acknowledged. */
    private static final int MOST_FORWARDED = 6;

    private static final int MOST_ABANDONED = 256;

    private static final String STOPPED = "This member has stopped.";

    private final String member;
    private final String life;
    private final MemorySettings settings;
    private final long againNanos;
    private final long lostNanos;
    private final BooleanSupplier leadsHere;
    private final Consumer<Input> inputs;
    private final Executor answers;

    /** Those that are to be sent now. The others wait for an answer, or for the time to be sent again. */
    private final Deque<Write> unsent = new ArrayDeque<>();

    /** All writes that may still be applied, or be asked about, by their numbers. */
    private final TreeMap<Long, Write> awaited = new TreeMap<>();

    /** Those that are applied and wait for the acknowledgement, in the order of the log. */
    private final Deque<Write> unacknowledged = new ArrayDeque<>();

    /** Those that nobody waits for any more, the oldest first. */
    private final Deque<Write> abandoned = new ArrayDeque<>();

    private final Map<Long, List<Write>> proposals = new HashMap<>();
    /** For how many writes somebody waits. */
    private int waiting;

    private long nextCall;
    private long nextNumber = 1;
    private long acknowledged;

    /** The session of this run, or 0 before it is known. */
    private long session;

    private long replaces;
    private long openingCall = -1;
    private long openAgainNanos;
    private @Nullable String closed;

    /**
     * Begins without a session.
     *
     * @param member this member
     * @param life a name of this run that no other run has
     * @param settings the settings
     * @param againNanos after what time a write that was not appended is sent again
     * @param lostNanos after what time one that was is sent again, if it was not applied
     * @param leadsHere whether this member leads
     * @param inputs takes what the election is asked for
     * @param answers tells callers what became of their writes
     */
    Writes(
            String member,
            String life,
            MemorySettings settings,
            long againNanos,
            long lostNanos,
            BooleanSupplier leadsHere,
            Consumer<Input> inputs,
            Executor answers) {
        this.member = member;
        this.life = life;
        this.settings = settings;
        this.againNanos = againNanos;
        this.lostNanos = lostNanos;
        this.leadsHere = leadsHere;
        this.inputs = inputs;
        this.answers = answers;
        this.openAgainNanos = System.nanoTime();
    }

    // ------------------------------------------------------------------------------------------------ callers

    /** Makes a write. The answer is completed on a thread of this member's own, which nothing else waits for. */
    CompletionStage<WriteResult<byte[]>> write(String type, @Nullable FencingToken token, ByteBuffer data) {
        CompletableFuture<WriteResult<byte[]>> answer = new CompletableFuture<>();
        synchronized (this) {
            if (closed != null) {
                return notApplied(Reason.UNAVAILABLE, closed);
            }
            if (waiting >= settings.mostUnderWay()) {
                return notApplied(
                        Reason.SESSION_FULL,
                        "This process waits for " + settings.mostUnderWay() + " writes, and more are not taken.");
            }
            Write write = new Write(type, token, data);
            write.deadlineNanos = System.nanoTime() + settings.writeTimeout().toNanos();
            write.answer = answer;
            waiting++;
            send(write);
            flush();
        }
        return answer;
    }

    private static CompletionStage<WriteResult<byte[]>> notApplied(Reason reason, String detail) {
        return CompletableFuture.completedFuture(new WriteResult.NotApplied<>(reason, 0, detail));
    }

    /** For how many writes somebody waits. */
    synchronized int underWay() {
        return waiting;
    }

    /** Asks again about a write that nobody knew the end of. */
    synchronized CompletionStage<WriteResult<byte[]>> askAgain(WriteId id) {
        Write write = id.session() == session ? awaited.get(id.number()) : null;
        if (write == null || closed != null) {
            return CompletableFuture.completedFuture(new WriteResult.Unknown<>(
                    id, closed == null ? "This process does not remember this write." : closed));
        }
        CompletableFuture<WriteResult<byte[]>> answer = write.answer;
        if (answer == null) {
            answer = new CompletableFuture<>();
            write.answer = answer;
            waiting++;
            abandoned.remove(write);
            write.deadlineNanos = System.nanoTime() + settings.writeTimeout().toNanos();
            send(write);
            answerIfKnown(write);
            flush();
        }
        return answer;
    }

    // ------------------------------------------------------------------------------------------------ sending

    private void send(Write write) {
        if (!write.queued && !write.underWay && write.outcome == null) {
            write.queued = true;
            unsent.add(write);
        }
    }

    private void flush() {
        if (session == 0) {
            openSession();
            return;
        }
        int most = leadsHere.getAsBoolean() ? 1 : MOST_FORWARDED;
        boolean more = true;
        while (more && !unsent.isEmpty() && proposals.size() < most) {
            more = propose();
        }
    }

    private void openSession() {
        if (openingCall >= 0 || unsent.isEmpty() || System.nanoTime() - openAgainNanos < 0) {
            return;
        }
        openingCall = nextCall++;
        inputs.accept(new Input.ProposeAll(
                openingCall, List.of(CommandCodec.encode(new SessionOpening(member, life, replaces)))));
    }

    /** Proposes as many together as may be; whether there were any. */
    private boolean propose() {
        List<Write> together = new ArrayList<>();
        List<Payload.Application> entries = new ArrayList<>();
        int bytes = 0;
        for (Iterator<Write> all = unsent.iterator(); all.hasNext() && entries.size() < MOST_TOGETHER; ) {
            Write write = all.next();
            if (bytes > 0 && bytes + write.data.remaining() > MOST_BYTES_TOGETHER) {
                break;
            }
            if (write.entry == null && !hasNumberLeft()) {
                continue;
            }
            all.remove();
            write.queued = false;
            if (write.answer != null && write.outcome == null) {
                bytes += write.data.remaining();
                together.add(write);
                entries.add(entryOf(write));
                write.underWay = true;
            }
        }
        if (entries.isEmpty()) {
            return false;
        }
        long call = nextCall++;
        proposals.put(call, together);
        inputs.accept(new Input.ProposeAll(call, entries));
        return true;
    }

    /** The results from the lowest number on that is waited for are kept by all, and only so many of them. */
    private boolean hasNumberLeft() {
        while (!awaited.isEmpty() && nextNumber - awaited.firstKey() >= Replica.MOST_AWAITED) {
            Write oldest = awaited.firstEntry().getValue();
            if (oldest.answer != null) {
                // New ones wait until it is decided. Only those that were sent before are sent again.
                return false;
            }
            forget(oldest);
        }
        return true;
    }

    private Payload.Application entryOf(Write write) {
        Payload.Application known = write.entry;
        if (known != null) {
            return known;
        }
        CommandId id = new CommandId(session, nextNumber++);
        awaited.put(id.number(), write);
        Payload.Application entry =
                CommandCodec.encode(new Command(write.type, id, awaited.firstKey(), write.token, write.data));
        write.id = id;
        write.entry = entry;
        return entry;
    }

    // ------------------------------------------------------------------------------------------------ the leader's
    // word

    /** The leader has answered a proposal, or will not. Called in a step of the election. */
    synchronized void ended(long call, ProposalOutcome outcome) {
        if (call == openingCall) {
            openingCall = -1;
            openAgainNanos = System.nanoTime() + (outcome.accepted() == 0 ? againNanos : lostNanos);
            noteRefusal(unsent, outcome);
            return;
        }
        List<Write> together = proposals.remove(call);
        if (together == null) {
            return;
        }
        long now = System.nanoTime();
        for (int i = 0; i < together.size(); i++) {
            Write write = together.get(i);
            write.underWay = false;
            if (write.outcome != null) {
                continue;
            }
            boolean appended = i < outcome.accepted();
            boolean unknown = outcome.kind() == ProposalOutcome.Kind.UNKNOWN;
            write.mayBeAppended |= appended || unknown;
            write.nextAttemptNanos = now + (appended ? lostNanos : againNanos);
            if (!appended && !unknown) {
                refused(write, outcome);
            }
        }
        flush();
    }

    private void refused(Write write, ProposalOutcome outcome) {
        noteRefusal(List.of(write), outcome);
        if (isForGood(write.refusal) && !write.mayBeAppended) {
            forget(write);
            complete(write, new WriteResult.NotApplied<>(write.refusal, 0, write.refusalDetail));
        }
    }

    private static boolean isForGood(Reason reason) {
        return switch (reason) {
            case NOT_READ, TOO_LARGE, STORE_FULL, UNAVAILABLE -> true;
            default -> false;
        };
    }

    private static void noteRefusal(Iterable<Write> writes, ProposalOutcome outcome) {
        ProposalOutcome.Reason why = outcome.reason();
        if (why == null) {
            return;
        }
        Reason reason = switch (why) {
            case NO_LEADER -> Reason.NO_LEADER;
            case BUSY -> Reason.BUSY;
            case TOO_FEW_COPIES -> Reason.TOO_FEW_COPIES;
            case NOT_READ -> Reason.NOT_READ;
            case TOO_LARGE -> Reason.TOO_LARGE;
            case FULL -> Reason.STORE_FULL;
            case NO_MACHINE -> Reason.UNAVAILABLE;
        };
        String detail = sentence(outcome.detail());
        for (Write write : writes) {
            write.refusal = reason;
            write.refusalDetail = detail;
        }
    }

    private static String sentence(String clause) {
        return clause.isEmpty()
                ? ""
                : Character.toUpperCase(clause.charAt(0)) + clause.substring(1) + (clause.endsWith(".") ? "" : ".");
    }

    // ------------------------------------------------------------------------------------------------ the replica's
    // word

    /** Entries were applied on this member. */
    synchronized void applied(List<Applied> answers) {
        for (Applied answer : answers) {
            if (answer instanceof Applied.CommandAnswer command) {
                if (command.id().session() == session) {
                    decided(command.id().number(), command.outcome());
                }
            } else if (answer instanceof Applied.SessionAnswer opened
                    && opened.opening().member().equals(member)) {
                sessionIs(opened);
            }
        }
        flush();
    }

    private void sessionIs(Applied.SessionAnswer opened) {
        if (opened.isOpen() && opened.opening().life().equals(life)) {
            if (session != opened.session()) {
                session = opened.session();
            }
        } else {
            replaces = opened.session();
            openAgainNanos = System.nanoTime();
        }
    }

    private void decided(long number, Outcome outcome) {
        Write write = awaited.get(number);
        if (write == null || write.outcome != null) {
            return;
        }
        if (outcome instanceof Outcome.Closed || outcome instanceof Outcome.Forgotten) {
            unknown(write, "Its session was closed, so nobody remembers what became of it.");
            forget(write);
            if (outcome instanceof Outcome.Closed && write.id != null && write.id.session() == session) {
                beginAnotherSession();
            }
            return;
        }
        write.outcome = outcome;
        answerIfKnown(write);
    }

    /** The session of this run was closed: this member was removed, or is run twice. What comes next needs another one. */
    private void beginAnotherSession() {
        replaces = 0;
        session = 0;
        nextNumber = 1;
        for (Write write : List.copyOf(awaited.values())) {
            if (write.outcome == null) {
                unknown(write, "Its session was closed, so nobody remembers what became of it.");
                forget(write);
            }
        }
        openAgainNanos = System.nanoTime();
    }

    private static long indexOf(Outcome outcome) {
        return outcome instanceof Outcome.Done done
                ? done.at().index()
                : outcome instanceof Outcome.Refused refused ? refused.at().index() : 0;
    }

    private void answerIfKnown(Write write) {
        Outcome outcome = write.outcome;
        if (outcome == null) {
            return;
        }
        if (indexOf(outcome) > acknowledged) {
            if (!write.waitsForAcknowledgement) {
                write.waitsForAcknowledgement = true;
                unacknowledged.add(write);
            }
            return;
        }
        if (write.answer == null) {
            // Its caller was told that nobody knows, and may ask again.
            return;
        }
        forget(write);
        if (outcome instanceof Outcome.Done done) {
            complete(
                    write,
                    new WriteResult.Applied<>(done.at().index(), done.at().term(), done.result()));
        } else if (outcome instanceof Outcome.Refused refused) {
            complete(write, refusedResult(refused));
        }
    }

    private static WriteResult<byte[]> refusedResult(Outcome.Refused refused) {
        long index = refused.at().index();
        return switch (refused.reason()) {
            case STALE_TOKEN ->
                new WriteResult.NotApplied<>(
                        Reason.STALE_TOKEN, index, "Another leadership had begun before the write came to be applied.");
            case NO_ROOM, TOO_FAR_AHEAD ->
                new WriteResult.NotApplied<>(
                        Reason.SESSION_FULL, index, "This process waits for too many other writes.");
        };
    }

    /** Everything up to an index is acknowledged. Called in a step of the election. */
    synchronized void acknowledged(long index) {
        acknowledged = Math.max(acknowledged, index);
        while (!unacknowledged.isEmpty()) {
            Outcome first = unacknowledged.peek().outcome;
            if (first == null || indexOf(first) > acknowledged) {
                return;
            }
            answerIfKnown(unacknowledged.remove());
        }
    }

    /** Another member leads, or the state was replaced: what was sent may be lost, and what was applied may not have been told. */
    synchronized void sendAllAgain() {
        openAgainNanos = System.nanoTime();
        for (Write write : awaited.values()) {
            if (write.answer != null) {
                send(write);
            }
        }
        flush();
    }

    // ------------------------------------------------------------------------------------------------ time

    @Override
    public synchronized void tick(long nowNanos) {
        for (Write write : List.copyOf(unsent)) {
            // Those that were never sent. The others are awaited as well.
            if (write.id == null && write.answer != null && nowNanos - write.deadlineNanos >= 0) {
                unsent.remove(write);
                outOfTime(write);
            }
        }
        for (Write write : List.copyOf(awaited.values())) {
            if (write.answer == null) {
                continue;
            }
            if (nowNanos - write.deadlineNanos >= 0) {
                outOfTime(write);
            } else if (nowNanos - write.nextAttemptNanos >= 0) {
                send(write);
            }
        }
        flush();
    }

    private void outOfTime(Write write) {
        if (write.mayBeAppended || write.underWay || write.outcome != null) {
            unknown(write, "It was not known to be applied in time. The last answer was: " + write.refusalDetail);
        } else {
            forget(write);
            complete(write, new WriteResult.NotApplied<>(write.refusal, 0, write.refusalDetail));
        }
    }

    /** Nobody knows what became of a write. It can still be asked about for a while. */
    private void unknown(Write write, String detail) {
        CommandId id = write.id;
        if (id == null) {
            return;
        }
        complete(write, new WriteResult.Unknown<>(new WriteId(id.session(), id.number()), detail));
        abandoned.add(write);
        if (abandoned.size() > MOST_ABANDONED) {
            forget(abandoned.remove());
        }
    }

    private void forget(Write write) {
        CommandId id = write.id;
        if (id != null && awaited.get(id.number()) == write) {
            awaited.remove(id.number());
        }
        abandoned.remove(write);
    }

    private void complete(Write write, WriteResult<byte[]> result) {
        CompletableFuture<WriteResult<byte[]>> answer = write.answer;
        if (answer != null) {
            write.answer = null;
            waiting--;
            answers.execute(() -> answer.complete(result));
        }
    }

    /** No write is made any more. */
    synchronized void close(@Nullable String because) {
        String detail = because == null ? STOPPED : because;
        closed = detail;
        List<Write> left = new ArrayList<>(unsent);
        awaited.values().stream().filter(write -> !left.contains(write)).forEach(left::add);
        unsent.clear();
        unacknowledged.clear();
        for (Write write : left) {
            if (write.answer == null) {
                continue;
            }
            if (write.mayBeAppended || write.underWay || write.outcome != null) {
                unknown(write, detail);
            } else {
                complete(write, new WriteResult.NotApplied<>(Reason.UNAVAILABLE, 0, detail));
            }
        }
        proposals.clear();
    }
}
