package io.election.benchmarks;

import io.election.FencingToken;
import io.election.core.EnrolledMember;
import io.election.core.Entry;
import io.election.core.MemberKind;
import io.election.core.Membership;
import io.election.core.Payload;
import io.election.machine.Applied;
import io.election.machine.Command;
import io.election.machine.CommandCodec;
import io.election.machine.CommandId;
import io.election.machine.Replica;
import io.election.machine.ReplicaImage;
import io.election.machine.SessionOpening;
import io.election.machine.StoreChanges;
import io.election.machine.StoreCommand;
import io.election.machine.StoreMachine;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What it takes to apply committed writes to the store, on one thread, without log, disk and network: a ceiling for all else. 256 writes
 * are under way at a time, each with a token, to 1,000 values in turn.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(2)
public class ReplicaBenchmark {

    private static final int UNDER_WAY = 256;
    private static final int VALUES = 1000;
    private static final long SESSION = 2;

    /** How many bytes a value has. */
    @Param({"100", "1024"})
    public int bytes;

    private Replica replica;
    private FencingToken token;
    private ByteBuffer[] writes;
    private long number;

    /** A founded cluster with one session, and all values written once. */
    @Setup(Level.Iteration)
    public void found() {
        Membership founders = new Membership(
                "orders", 1_900_000_000L, List.of(new EnrolledMember("a", MemberKind.DATA, "memory", 1)));
        replica = new Replica(new StoreMachine(StoreChanges.NONE));
        replica.apply(new Entry(1, 1, new Payload.TermOpening("a", null, founders)));
        replica.apply(new Entry(SESSION, 1, CommandCodec.encode(new SessionOpening("a", "life", 0))));
        token = founders.token(1);
        number = 0;
        writes = new ByteBuffer[VALUES];
        for (int i = 0; i < VALUES; i++) {
            writes[i] = new StoreCommand("progress/" + i, StoreCommand.ANY, ByteBuffer.wrap(new byte[bytes])).encode();
        }
        for (int i = 0; i < VALUES; i++) {
            encodeAndApply();
        }
    }

    private Entry next() {
        number++;
        return new Entry(
                SESSION + number,
                1,
                CommandCodec.encode(new Command(
                        StoreMachine.TYPE,
                        new CommandId(SESSION, number),
                        Math.max(1, number - UNDER_WAY + 1),
                        token,
                        writes[(int) (number % VALUES)])));
    }

    /** A command is encoded, as its writer does, and applied. */
    @Benchmark
    public @Nullable Applied encodeAndApply() {
        return replica.apply(next());
    }

    /** The applying thread stands still for this long at a snapshot. */
    @Benchmark
    public ReplicaImage capture() {
        return replica.capture();
    }
}
