package io.election.core.explorer;

import io.election.Role;
import io.election.core.ClockReading;
import io.election.core.DurableState;
import io.election.core.Effect;
import io.election.core.EffectQueue;
import io.election.core.Election;
import io.election.core.ElectionMachine;
import io.election.core.ElectionSettings;
import io.election.core.EnrolledMember;
import io.election.core.Entry;
import io.election.core.HardState;
import io.election.core.Input;
import io.election.core.Lease;
import io.election.core.LogPosition;
import io.election.core.MemberChange;
import io.election.core.Membership;
import io.election.core.Message;
import io.election.core.Output;
import io.election.core.Phase;
import io.election.core.Request;
import io.election.core.Response;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One member: the real machine and the real {@link EffectQueue}, a disk, a clock, and what a caller in its process sees
 * of the lease. It does what it is told and nothing by itself.
 */
final class ExploredMember implements EffectQueue.Sink {

    static final long WALL_MILLIS = 1_700_000_000_000L;

    /** For how long a lease holds that has no end. */
    private static final long FOR_EVER = Long.MAX_VALUE / 2;

    /** What one step of a member did that the checks look at. */
    sealed interface Note {

        /** A vote left this member, or a request for votes that says that it voted for itself. */
        record Voted(String memory, long term, String candidate) implements Note {}

        record Gained(String member, long term, long token, LogPosition compacted, List<Entry> entries)
                implements Note {}

        /** These entries are committed, as this member knows. */
        record Committed(long after, LogPosition compacted, List<Entry> entries) implements Note {}

        /** What left depends on a write that is not on the disk. */
        record LeftEarly(String what) implements Note {}
    }

    private final ElectionSettings settings;
    private final PlantedDefect planted;
    private final int index;

    private int memory = 1;
    private int life;
    private DurableState disk;
    private final ArrayList<Effect.Persist> unwritten = new ArrayList<>();

    private @Nullable Election election;
    private @Nullable ElectionMachine machine;
    private @Nullable EffectQueue queue;
    private long nowNanos;
    private long wakeNanos;
    private long reportedCommit;

    private @Nullable Lease lease;
    private @Nullable Lease drained;
    private long workTerm;

    /** What left this member in the step. */
    private final ArrayList<Message> left = new ArrayList<>();

    private final ArrayList<Note> noted = new ArrayList<>();

    ExploredMember(ElectionSettings settings, PlantedDefect planted, int index, DurableState disk) {
        this.settings = settings;
        this.planted = planted;
        this.index = index;
        this.disk = disk;
    }

    // ---------------------------------------------------------------------------------------------- what is done

    void pass(long nanos) {
        nowNanos += nanos;
    }

    /** Starts a process and lets its application be ready at once. */
    void start() {
        life++;
        String speaking = planted == PlantedDefect.NEW_MEMORY_CLAIMS_TO_BE_THE_OLD_ONE ? id() + "-1" : incarnation();
        ClockReading locked = planted == PlantedDefect.START_BINDS_NOBODY
                ? new ClockReading(nowNanos - Timing.TIMEOUT.toNanos(), now().wallMillis() - Timing.TIMEOUT.toMillis())
                : now();
        DurableState read = planted == PlantedDefect.START_FORGETS_THE_VOTE
                ? new DurableState(
                        new HardState(
                                disk.hardState().term(), null, disk.hardState().promise()),
                        disk.snapshot(),
                        disk.entries())
                : disk;
        election = new Election(settings, speaking, read, locked, new FixedDraws(index, life));
        machine = planted == PlantedDefect.NONE ? election : new LyingMachine(planted, election);
        queue = new EffectQueue(this);
        reportedCommit = disk.snapshot().last().index();
        step(new Input.Ready());
    }

    /** The process dies. Of the writes that were not finished, the first so many are on the disk. */
    void crash(int survive) {
        for (int i = 0; i < survive; i++) {
            written(unwritten.get(i));
        }
        unwritten.clear();
        election = null;
        machine = null;
        queue = null;
        lease = null;
        drained = null;
        workTerm = 0;
        nowNanos = 0;
        wakeNanos = 0;
        reportedCommit = 0;
    }

    /** The directory is lost. The next process has a new one. */
    void lose() {
        memory++;
        disk = DurableState.NEW;
    }

    /** The first so many of the unfinished writes are finished. */
    void write(int writes) {
        long last = 0;
        for (int i = 0; i < writes; i++) {
            Effect.Persist persist = unwritten.remove(0);
            written(persist);
            last = persist.write();
        }
        step(new Input.Persisted(last));
    }

    private void written(Effect.Persist persist) {
        disk = disk.with(persist.records());
        String candidate = disk.hardState().votedFor();
        if (candidate != null) {
            // A vote that is durable is given, also a candidate's own, whose request left before.
            voted(disk.hardState().term(), candidate);
        }
    }

    void deliver(Message message) {
        step(
                message instanceof Request request
                        ? new Input.RequestReceived(0, request)
                        : new Input.ResponseReceived((Response) message));
    }

    void step(Input input) {
        Output output = machine.step(input, now());
        wakeNanos = output.wakeAtNanos();
        queue.step(input, output.effects());
        if (planted == PlantedDefect.DISK_CONFIRMS_BEFORE_IT_WRITES
                && output.effects().stream().anyMatch(Effect.Persist.class::isInstance)) {
            step(new Input.Persisted(unwritten.get(unwritten.size() - 1).write()));
        }
        long committed = election.commitIndex();
        if (committed > reportedCommit) {
            noted.add(new Note.Committed(
                    reportedCommit,
                    election.snapshot().last(),
                    election.entries().stream()
                            .filter(entry -> entry.index() <= committed)
                            .toList()));
            reportedCommit = committed;
        }
    }

    void change(MemberChange change) {
        step(new Input.ChangeMembers(1, change, null, true));
    }

    // ---------------------------------------------------------------------------------------------- what leaves

    @Override
    public void publish(List<Effect> effects) {
        for (Effect effect : effects) {
            if (effect instanceof Effect.LeadershipGained gained) {
                lease = gained.lease();
                noted.add(new Note.Gained(
                        id(),
                        gained.term(),
                        gained.token().value(),
                        election.snapshot().last(),
                        election.entries()));
            } else if (effect instanceof Effect.LeaseExtended extended) {
                lease = extended.lease();
            } else if (effect instanceof Effect.DrainLease drain) {
                drained = drain.lease();
                workTerm = drain.lease() == null ? workTerm : drain.term();
            } else if (effect instanceof Effect.LeadershipEnded ended) {
                lease = null;
                workTerm = ended.term();
            }
        }
    }

    @Override
    public void write(Effect.Persist persist) {
        unwritten.add(persist);
    }

    @Override
    public void send(Effect.Send send) {
        Request request = send.request();
        if (request instanceof Request.FromLeader fromLeader) {
            // It may ask for votes while its own one is being written, but not win.
            voted(fromLeader.term(), id());
        }
        if (request instanceof Request.Append append
                && settings.member(append.header().to()).orElseThrow().kind() == io.election.core.MemberKind.WITNESS
                && lastOnDisk() < append.previous().index() + append.entries().size()) {
            noted.add(new Note.LeftEarly("an entry for a witness"));
        }
        left.add(request);
    }

    @Override
    public void reply(Effect.Reply reply) {
        Response response = reply.response();
        if (response.refusal() == null) {
            if (response instanceof Response.Vote vote && vote.phase() == Phase.VOTE) {
                voted(vote.askedTerm(), vote.header().to());
            } else if (response instanceof Response.Append append && lastOnDisk() < append.index()) {
                noted.add(new Note.LeftEarly("an acknowledgement of entry " + append.index()));
            } else if (response instanceof Response.Heartbeat heartbeat
                    && (disk.hardState().term() < heartbeat.term()
                            || disk.hardState().promise().compareTo(Timing.TIMEOUT) < 0)) {
                noted.add(new Note.LeftEarly("an acknowledgement of a heartbeat of term " + heartbeat.term()));
            }
        }
        left.add(response);
    }

    private long lastOnDisk() {
        return disk.entries().isEmpty()
                ? disk.snapshot().last().index()
                : disk.entries().get(disk.entries().size() - 1).index();
    }

    private void voted(long term, String candidate) {
        noted.add(new Note.Voted(incarnation(), term, candidate));
        HardState written = disk.hardState();
        if (written.term() < term || (written.term() == term && !candidate.equals(written.votedFor()))) {
            noted.add(new Note.LeftEarly("a vote for " + candidate + " in term " + term));
        }
    }

    @Override
    public void dropped(Effect.Reply reply) {
        throw new IllegalStateException("no disk fails here, but this was dropped: " + reply);
    }

    @Override
    public void carryOut(Effect effect) {
        // The checks look only at what was published and at what left.
    }

    // ---------------------------------------------------------------------------------------------- what is seen

    List<Message> left() {
        return left;
    }

    List<Note> noted() {
        return noted;
    }

    void forgetTheStep() {
        left.clear();
        noted.clear();
    }

    String id() {
        return settings.nodeId();
    }

    int index() {
        return index;
    }

    /** The incarnation of its memory. */
    String incarnation() {
        return id() + '-' + memory;
    }

    boolean isUp() {
        return election != null;
    }

    ClockReading now() {
        return new ClockReading(nowNanos, WALL_MILLIS + nowNanos / 1_000_000);
    }

    long nowNanos() {
        return nowNanos;
    }

    long durableWrite() {
        return queue == null ? 0 : queue.durableWrite();
    }

    /** How long it is until the next timer is due. */
    long untilDueNanos() {
        long until = wakeNanos - nowNanos;
        // The core asks for the next nanosecond where something is due already.
        return until <= 1 ? 0 : until;
    }

    int unwritten() {
        return unwritten.size();
    }

    /** Whether another member has a vote by the membership that is in force here. */
    boolean seesVoteOf(String id) {
        Membership membership = election == null ? null : election.view(now()).membership();
        return membership != null
                && membership.member(id).filter(EnrolledMember::votes).isPresent();
    }

    /** For how much longer {@code isLeader()} says yes; 0 if it says no. */
    long leadsForNanos() {
        return remaining(lease);
    }

    /** For how much longer work under a lease that was given up may go on; 0 if there is none. */
    long drainsForNanos() {
        return remaining(drained);
    }

    private long remaining(@Nullable Lease held) {
        if (held == null) {
            return 0;
        }
        ClockReading end = held.end();
        return end == null ? FOR_EVER : Math.max(0, end.monotonicNanos() - nowNanos);
    }

    /** The term whose work has not been reported as done, or 0. */
    long workTerm() {
        return workTerm;
    }

    void workDone() {
        long term = workTerm;
        workTerm = 0;
        step(new Input.LeadershipWorkDone(term));
    }

    long term() {
        return election == null ? disk.hardState().term() : election.view(now()).term();
    }

    @Nullable Role role() {
        return election == null ? null : election.view(now()).role();
    }

    /** Up to which entry it knows the log to be committed. */
    long reportedCommit() {
        return reportedCommit;
    }

    @Override
    public String toString() {
        if (election == null) {
            return id() + " is down";
        }
        var view = election.view(now());
        return incarnation() + " " + view.role() + " of term " + view.term() + ", log to " + view.last()
                + ", committed "
                + view.commitIndex()
                + (leadsForNanos() > 0 ? ", leads for " + Timing.units(leadsForNanos()) : "")
                + (unwritten.isEmpty() ? "" : ", " + unwritten.size() + " unfinished");
    }
}
