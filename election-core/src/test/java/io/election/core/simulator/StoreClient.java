package io.election.core.simulator;

import io.election.FencingToken;
import io.election.core.Input;
import io.election.core.Payload;
import io.election.core.ProposalOutcome;
import io.election.history.Life;
import io.election.history.Operation;
import io.election.history.ValueOperation;
import io.election.history.ValueOperation.Content;
import io.election.history.ValueOperation.Expected;
import io.election.machine.Applied;
import io.election.machine.Command;
import io.election.machine.CommandCodec;
import io.election.machine.CommandId;
import io.election.machine.Outcome;
import io.election.machine.SessionOpening;
import io.election.machine.StoreCommand;
import io.election.machine.StoreMachine;
import io.election.machine.StoreResult;
import io.election.machine.StoredBytes;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The clients in one life of a member: they write in a session, ask again what they know no end of, and read. */
final class StoreClient {

    private static final int MOST_AWAITED = 12;

    private final VirtualCluster cluster;
    private final MemoryWorld memory;
    private final VirtualMember member;
    private final VirtualReplica replica;
    private final Life life;
    private final String lifeName;
    private final TreeMap<Long, Write> awaited = new TreeMap<>();
    private final Map<Long, List<Write>> proposals = new HashMap<>();
    private final Map<Long, Reading> readings = new HashMap<>();
    private final List<Reading> reads = new ArrayList<>();
    private boolean stopped;
    private long session;
    private long replaces;
    private long openingCall;
    private long number;
    private long acknowledged;
    /** The last entry of an own write that was answered. */
    private long written;
    /** How many writes and reads had an end that says something. */
    private long answers;

    /** A write, with the time that it is being asked for, if somebody waits for it. */
    private static final class Write {
        final CommandId id;
        final String name;
        final Expected expected;
        final @Nullable String value;
        final @Nullable FencingToken token;
        final Payload.Application entry;
        long invokedNanos;
        boolean waits;
        boolean mayBeAppended;
        int underWay;

        @Nullable Outcome outcome;

        Write(
                CommandId id,
                String name,
                Expected expected,
                @Nullable String value,
                @Nullable FencingToken token,
                Payload.Application entry) {
            this.id = id;
            this.name = name;
            this.expected = expected;
            this.value = value;
            this.token = token;
            this.entry = entry;
        }
    }

    private record Reading(String name, long invokedNanos, long index) {}

    StoreClient(VirtualCluster cluster, MemoryWorld memory, VirtualMember member, VirtualReplica replica) {
        this.cluster = cluster;
        this.memory = memory;
        this.member = member;
        this.replica = replica;
        this.life = new Life(member.id(), member.life());
        this.lifeName = member.id() + '/' + member.life();
    }

    // ------------------------------------------------------------------------------------------------ what it does

    /** Opens the session of this life. */
    private void open() {
        if (openingCall == 0) {
            openingCall = cluster.nextCall();
            replaces = Math.max(replaces, replica.sessionOf(member.id()));
            long call = openingCall;
            propose(call, List.of(CommandCodec.encode(new SessionOpening(member.id(), lifeName, replaces))));
            cluster.at(cluster.nowNanos() + memory.giveUpNanos(), () -> {
                if (openingCall == call) {
                    openingCall = 0;
                }
            });
        }
    }

    private void propose(long call, List<Payload.Application> entries) {
        member.receive(new Input.ProposeAll(call, entries));
    }

    /** Writes several values at once. Those that write with a token do so for the term that this member leads in now. */
    void write(List<Wish> wishes) {
        if (stopped || !member.isUp() || member.isPaused()) {
            return;
        }
        if (session == 0) {
            open();
            return;
        }
        List<Write> together = new ArrayList<>();
        for (Wish wish : wishes) {
            if (awaited.size() < MOST_AWAITED) {
                together.add(begin(wish));
            }
        }
        send(together);
    }

    long answers() {
        return answers;
    }

    /** What is to be written. */
    record Wish(String name, boolean conditional, boolean removes, boolean asLeader) {}

    private Write begin(Wish wish) {
        CommandId id = new CommandId(session, ++number);
        StoredBytes there = replica.get(wish.name());
        Expected expected = !wish.conditional()
                ? new Expected.Anything()
                : there == null ? new Expected.Absent() : new Expected.Version(there.version());
        long version = !wish.conditional() ? StoreCommand.ANY : there == null ? 0 : there.version();
        String value = wish.removes() ? null : lifeName + '.' + session + '.' + number;
        // Work that was begun in a term goes on with its token, although that term may be over.
        FencingToken token = wish.asLeader() ? member.token() : null;
        ByteBuffer bytes = value == null ? null : ByteBuffer.wrap(value.getBytes(StandardCharsets.UTF_8));
        long lowest = awaited.isEmpty() ? id.number() : awaited.firstKey();
        Payload.Application entry = CommandCodec.encode(new Command(
                StoreMachine.TYPE, id, lowest, token, new StoreCommand(wish.name(), version, bytes).encode()));
        Write write = new Write(id, wish.name(), expected, value, token, entry);
        awaited.put(id.number(), write);
        ask(write);
        return write;
    }

    private void ask(Write write) {
        write.waits = true;
        write.invokedNanos = cluster.nowNanos();
        long invoked = write.invokedNanos;
        cluster.at(cluster.nowNanos() + memory.giveUpNanos(), () -> {
            if (member.life() == life.number() && write.waits && write.invokedNanos == invoked) {
                giveUp(write);
            }
        });
    }

    private void send(List<Write> together) {
        if (together.isEmpty()) {
            return;
        }
        long call = cluster.nextCall();
        proposals.put(call, together);
        together.forEach(write -> write.underWay++);
        propose(call, together.stream().map(write -> write.entry).toList());
    }

    /** Asks again about writes that it knows no end of. */
    void askAgain() {
        if (stopped || !member.isUp() || member.isPaused()) {
            return;
        }
        List<Write> again = new ArrayList<>();
        for (Write write : List.copyOf(awaited.values())) {
            if (!write.waits) {
                ask(write);
                cluster.coverage().reached(Coverage.Event.WRITE_ASKED_AGAIN);
            }
            if (write.outcome == null) {
                again.add(write);
            } else {
                answerIfKept(write);
            }
        }
        if (!again.isEmpty()) {
            send(again);
        }
    }

    void read(String name) {
        if (!stopped && member.isUp() && !member.isPaused()) {
            long call = cluster.nextCall();
            readings.put(call, new Reading(name, cluster.nowNanos(), 0));
            member.receive(new Input.ReadIndex(call));
        }
    }

    void get(String name) {
        if (!stopped && member.isUp() && !member.isPaused()) {
            long min = written > 0 && replica.appliedIndex() >= written ? written : ValueOperation.NO_INDEX;
            long now = cluster.nowNanos();
            memory.history().add(new ValueOperation.Get(life, now, now, name, content(name), min));
        }
    }

    private Content content(String name) {
        StoredBytes there = replica.get(name);
        return there == null
                ? Content.ABSENT
                : new Content(new String(there.bytes(), StandardCharsets.UTF_8), there.version());
    }

    // ------------------------------------------------------------------------------------------------ what it is told

    void ended(long call, ProposalOutcome outcome) {
        cluster.coverage().reached(outcome.kind());
        if (outcome.reason() != null) {
            cluster.coverage().reached(outcome.reason());
        }
        if (call == openingCall && outcome.accepted() == 0) {
            openingCall = 0;
        }
        List<Write> together = proposals.remove(call);
        if (together == null) {
            return;
        }
        for (int i = 0; i < together.size(); i++) {
            Write write = together.get(i);
            write.underWay--;
            boolean surelyNot = outcome.kind() != ProposalOutcome.Kind.UNKNOWN && i >= outcome.accepted();
            write.mayBeAppended |= !surelyNot;
            if (surelyNot && !write.mayBeAppended && write.underWay == 0 && write.outcome == null) {
                end(write, new ValueOperation.Outcome.NotApplied());
            }
        }
    }

    void applied(List<Applied> answers) {
        if (stopped) {
            return;
        }
        for (Applied answer : answers) {
            if (answer instanceof Applied.SessionAnswer opened
                    && opened.opening().member().equals(member.id())) {
                opened(opened);
            } else if (answer instanceof Applied.CommandAnswer command
                    && command.id().session() == session) {
                decided(command.id().number(), command.outcome());
            }
        }
        readWhatMayBe();
    }

    private void opened(Applied.SessionAnswer answer) {
        boolean own = answer.isOpen() && answer.opening().life().equals(lifeName);
        if (own && session == 0) {
            session = answer.session();
        } else if (!own) {
            replaces = answer.session();
            openingCall = 0;
        }
    }

    private void decided(long of, Outcome outcome) {
        Write write = awaited.get(of);
        if (write == null || write.outcome != null) {
            return;
        }
        if (outcome instanceof Outcome.Closed || outcome instanceof Outcome.Forgotten) {
            end(write, new ValueOperation.Outcome.Unknown());
            if (outcome instanceof Outcome.Closed) {
                List.copyOf(awaited.values()).forEach(other -> end(other, new ValueOperation.Outcome.Unknown()));
                session = 0;
                openingCall = 0;
                replaces = 0;
                number = 0;
            }
            return;
        }
        write.outcome = outcome;
        answerIfKept(write);
    }

    /** Writers may be told of all up to an index. */
    void acknowledged(long index) {
        acknowledged = Math.max(acknowledged, index);
        List.copyOf(awaited.values()).forEach(this::answerIfKept);
    }

    private void answerIfKept(Write write) {
        Outcome outcome = write.outcome;
        if (outcome instanceof Outcome.Done done && done.at().index() <= acknowledged) {
            written = Math.max(written, done.at().index());
            end(write, result(write, done));
        } else if (outcome instanceof Outcome.Refused refused && refused.at().index() <= acknowledged) {
            end(
                    write,
                    refused.reason() == Outcome.Refusal.STALE_TOKEN
                            ? new ValueOperation.Outcome.Stale(refused.at().index())
                            : new ValueOperation.Outcome.NotApplied());
        }
    }

    private static ValueOperation.Outcome result(Write write, Outcome.Done done) {
        StoreResult result = StoreResult.of(done.result());
        long index = done.at().index();
        return switch (result.kind()) {
            case WRITTEN -> new ValueOperation.Outcome.Applied(index, write.value == null ? 0 : result.version());
            case CONFLICT -> new ValueOperation.Outcome.Mismatched(index, null);
            case NEEDS_TOKEN -> new ValueOperation.Outcome.NotApplied();
            case MALFORMED -> throw new Violation("a write is read as it was written", write.name);
        };
    }

    private void giveUp(Write write) {
        record(write, new ValueOperation.Outcome.Unknown());
        write.waits = false;
    }

    private void end(Write write, ValueOperation.Outcome outcome) {
        awaited.remove(write.id.number());
        if (write.waits) {
            record(write, outcome);
            write.waits = false;
        }
    }

    private void record(Write write, ValueOperation.Outcome outcome) {
        if (outcome instanceof ValueOperation.Outcome.Applied) {
            cluster.coverage().reached(Coverage.Event.WRITE_APPLIED);
        } else if (outcome instanceof ValueOperation.Outcome.Stale) {
            cluster.coverage().reached(Coverage.Event.WRITE_STALE);
        } else if (outcome instanceof ValueOperation.Outcome.Mismatched) {
            cluster.coverage().reached(Coverage.Event.WRITE_MISMATCHED);
        }
        answers += outcome instanceof ValueOperation.Outcome.Unknown ? 0 : 1;
        memory.history()
                .add(new ValueOperation.Write(
                        life,
                        lifeName + ':' + write.id.session() + '.' + write.id.number(),
                        write.invokedNanos,
                        outcome instanceof ValueOperation.Outcome.Unknown ? Operation.UNANSWERED : cluster.nowNanos(),
                        write.name,
                        write.expected,
                        write.value,
                        write.token == null ? Operation.NO_TOKEN : write.token.value(),
                        outcome));
    }

    void mayRead(long call, long index) {
        Reading reading = readings.remove(call);
        if (reading != null && index > 0) {
            reads.add(new Reading(reading.name(), reading.invokedNanos(), index));
            readWhatMayBe();
        }
    }

    private void readWhatMayBe() {
        if (stopped) {
            return;
        }
        for (Reading reading : List.copyOf(reads)) {
            if (replica.appliedIndex() >= reading.index()) {
                reads.remove(reading);
                answers++;
                cluster.coverage().reached(Coverage.Event.READ_DONE);
                memory.history()
                        .add(new ValueOperation.Read(
                                life,
                                reading.invokedNanos(),
                                cluster.nowNanos(),
                                reading.name(),
                                content(reading.name())));
            }
        }
    }

    /** The whole state was replaced: what became of writes may be in it, and nobody is told. */
    void restored() {
        readWhatMayBe();
        askAgain();
    }

    @Override
    public String toString() {
        return lifeName + " in session " + session + ", awaits " + awaited.size() + " writes and " + reads.size()
                + " reads, applied up to " + replica.appliedIndex() + ", acknowledged up to " + acknowledged;
    }

    /** The machine has failed: nobody is answered any more. */
    void stop() {
        stopped = true;
    }

    /** The process is gone: who waited knows nothing. */
    void died() {
        for (Write write : List.copyOf(awaited.values())) {
            end(write, new ValueOperation.Outcome.Unknown());
        }
        stopped = true;
    }
}
