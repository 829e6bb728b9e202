package io.election.core.simulator;

import io.election.FencingToken;
import io.election.core.ClockReading;
import io.election.core.Contact;
import io.election.core.DurableState;
import io.election.core.Effect;
import io.election.core.EffectQueue;
import io.election.core.Election;
import io.election.core.ElectionSettings;
import io.election.core.ElectionView;
import io.election.core.Input;
import io.election.core.Lease;
import io.election.core.LogPosition;
import io.election.core.MemberKind;
import io.election.core.Output;
import io.election.core.Request;
import io.election.core.Response;
import io.election.journal.SimulatedJournal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One member: its machine with clocks and disk, and the processes that run there one after the other. It does what the
 * node does around an {@link Election}, on virtual time.
 */
final class VirtualMember {

    /** What the member's process is doing. */
    enum Process {
        /** There is none. */
        DOWN,
        /** It has locked the directory; nobody listens yet. */
        BOOTING,
        /** It takes inputs, unless it is paused. */
        UP
    }

    /** What the core is told of a write that failed. */
    static final String DISK_FAILURE = "the disk failed";

    private static final Input TICK = new Input.Tick();
    private static final Input PING_DUE = new Input.PingDue();
    private static final int MOST_TICKS_IN_A_MILLISECOND = 500;

    /** So many inputs that wait are a backlog. */
    private static final int BACKLOG = 10;

    private final VirtualCluster cluster;
    private final int index;
    private final String id;
    private final VirtualClock clock;
    private final RandomGenerator diskRandom;
    private final RandomGenerator processRandom;
    private final RandomGenerator loopRandom;

    /** Of the process that runs, or else of the next one. */
    private ElectionSettings settings;

    private @Nullable ElectionSettings nextSettings;
    private VirtualDisk disk;
    private int incarnations = 1;
    private Process process = Process.DOWN;
    private int life;
    private @Nullable Election election;
    private ClockReading lockedAt = new ClockReading(0, 0);
    private boolean ready;
    private boolean closing;

    private boolean paused;
    private boolean suspended;
    private int pauseAfterEffects = -1;
    private int carriedOut;
    private final ArrayDeque<Effect> interrupted = new ArrayDeque<>();
    private NodeLimits limits = NodeLimits.OF_THE_NODE;
    private final ArrayDeque<Input> inbox = new ArrayDeque<>();
    private boolean worksOff;
    private EffectQueue effects = new EffectQueue(new Carrier());
    private final Map<Long, VirtualNetwork.Call> exchanges = new LinkedHashMap<>();
    /** Calls that are given up: too many waited, the answer was dropped, or the disk failed. */
    private final Set<Long> forgotten = new HashSet<>();

    // The step that takes time just now, whose effects come at its end.
    private boolean stepping;
    private boolean stepIsOver;
    private Input stepInput = TICK;
    private List<Effect> decided = List.of();
    private long wakeAfterStepNanos;
    private long stepNanos;
    private long loopSlowUntilNanos;
    private long slowStepNanos;

    private long leaseTerm;
    private @Nullable Lease lease;
    private boolean lapsed;

    private long wakeNanos;
    private boolean sleepsAHeartbeatAtMost;
    private boolean exchangesPings;
    private boolean saysWhereItIs;
    private long sleepsUntilNanos;
    private long scheduledWakeNanos = Long.MAX_VALUE;
    private long ticksSinceNanos;
    private int ticks;

    private long writeShortestNanos = 200_000;
    private long writeLongestNanos = 2_000_000;
    private long diskSlowUntilNanos;
    private long slowWriteNanos;
    private Runnable whenItDies = () -> {};
    private boolean failNextWrite;

    private @Nullable VirtualReplica replica;
    private @Nullable FencingToken token;

    private final ApplicationLog application = new ApplicationLog();
    private LogPosition applicationPosition = LogPosition.NONE;
    private boolean realJournal;
    private boolean positionSecret;

    VirtualMember(VirtualCluster cluster, int index, ElectionSettings settings, VirtualClock clock) {
        this.cluster = cluster;
        this.index = index;
        this.id = settings.nodeId();
        this.settings = settings;
        this.clock = clock;
        this.diskRandom = cluster.random("disk " + id);
        this.processRandom = cluster.random("process " + id);
        this.loopRandom = cluster.random("loop " + id);
        this.disk = new VirtualDisk(id + "#1");
    }

    int index() {
        return index;
    }

    String id() {
        return id;
    }

    MemberKind kind() {
        return settings.self().kind();
    }

    VirtualClock clock() {
        return clock;
    }

    VirtualDisk disk() {
        return disk;
    }

    ElectionSettings settings() {
        return settings;
    }

    /** From here on its memories are real journals, on files in memory. */
    void useRealJournal() {
        realJournal = true;
        disk = newDisk();
    }

    private VirtualDisk newDisk() {
        String incarnation = id + '#' + incarnations;
        return realJournal
                ? new VirtualDisk(incarnation, new SimulatedJournal(settings.cluster(), id, incarnation))
                : new VirtualDisk(incarnation);
    }

    /** The images of states beside its memory. */
    VirtualImages images() {
        return disk.images();
    }

    /** The replica of its process, or {@code null} if there is none. */
    @Nullable VirtualReplica replica() {
        return replica;
    }

    /** The token of the term that it led in last. */
    @Nullable FencingToken token() {
        return token;
    }

    ApplicationLog application() {
        return application;
    }

    /** What the next process finds in its configuration. */
    void settings(ElectionSettings newSettings) {
        if (process == Process.DOWN) {
            settings = newSettings;
        } else {
            nextSettings = newSettings;
        }
    }

    Process process() {
        return process;
    }

    boolean isUp() {
        return process == Process.UP;
    }

    boolean isPaused() {
        return paused;
    }

    boolean isClosing() {
        return closing;
    }

    boolean isReady() {
        return ready;
    }

    int life() {
        return life;
    }

    @Nullable Election electionOrNull() {
        return election;
    }

    Election election() {
        if (election == null) {
            throw new IllegalStateException(id + " is not up");
        }
        return election;
    }

    ElectionView view() {
        return election().view(reading());
    }

    ClockReading reading() {
        return clock.at(cluster.nowNanos());
    }

    ClockReading lockedAt() {
        return lockedAt;
    }

    boolean listens() {
        return process == Process.UP;
    }

    LogPosition applicationPosition() {
        return applicationPosition;
    }

    int openExchanges() {
        return exchanges.size();
    }

    // -- the process ---------------------------------------------------------------------------------------------

    /**
     * Starts a process.
     *
     * @param bootNanos from the locking of the directory until it listens
     * @param readyNanos from then until the application is ready
     */
    void start(long bootNanos, long readyNanos) {
        if (process != Process.DOWN) {
            throw new IllegalStateException(id + " is " + process);
        }
        process = Process.BOOTING;
        life++;
        lockedAt = reading();
        if (!disk.open()) {
            process = Process.DOWN;
            cluster.coverage().reached(Coverage.Start.REFUSED_DAMAGED_JOURNAL);
            trace("*** does not start: its journal is damaged");
            return;
        }
        trace("*** starts, incarnation " + disk.incarnation());
        int mine = life;
        cluster.at(cluster.nowNanos() + bootNanos, () -> {
            if (life == mine) {
                listen();
                cluster.at(cluster.nowNanos() + readyNanos, () -> {
                    if (life == mine) {
                        ready = true;
                        receive(new Input.Ready());
                        pushPosition();
                    }
                });
            }
        });
    }

    private void listen() {
        election = new Election(
                settings, disk.incarnation(), disk.state(), lockedAt, cluster.random("election " + id + '/' + life));
        process = Process.UP;
        MemoryWorld memory = cluster.memory();
        if (memory != null && settings.replication() != null && kind() != MemberKind.WITNESS) {
            replica = new VirtualReplica(cluster, memory, this, disk.state().snapshot());
        }
        effects = new EffectQueue(new Carrier(), limits.held());
        cluster.coverage()
                .reached(
                        disk.wasTorn()
                                ? Coverage.Start.AFTER_A_TORN_WRITE
                                : disk.state().equals(DurableState.NEW)
                                        ? Coverage.Start.ON_A_NEW_DIRECTORY
                                        : Coverage.Start.ON_AN_OLD_DIRECTORY);
        cluster.invariants().started(this);
        receive(TICK);
        if (saysWhereItIs) {
            receive(new Input.ContactIs(new Contact(
                    "http://" + id + ':' + life, null, settings.self().priority())));
        }
        pingLater();
    }

    /** The light exchange with the other voters, as the node's loop has it. */
    private void pingLater() {
        int mine = life;
        if (exchangesPings) {
            cluster.at(cluster.nowNanos() + settings.pingInterval().toNanos(), () -> {
                if (life == mine) {
                    receive(PING_DUE);
                    pingLater();
                }
            });
        }
    }

    /** The process dies at once: everything that was not durable is gone. */
    void crash(String how) {
        if (process == Process.DOWN) {
            return;
        }
        trace("*** " + how);
        resumeClock();
        disk.crash(diskRandom);
        if (replica != null) {
            replica.client().died();
            replica = null;
            token = null;
        }
        process = Process.DOWN;
        life++;
        election = null;
        ready = false;
        closing = false;
        paused = false;
        pauseAfterEffects = -1;
        interrupted.clear();
        inbox.clear();
        stepping = false;
        stepIsOver = false;
        lease = null;
        scheduledWakeNanos = Long.MAX_VALUE;
        failNextWrite = false;
        List<VirtualNetwork.Call> open = new ArrayList<>(exchanges.values());
        exchanges.clear();
        forgotten.clear();
        open.forEach(cluster.network()::refuse);
        cluster.invariants().stopped(this);
        if (nextSettings != null) {
            settings = nextSettings;
            nextSettings = null;
        }
        whenItDies.run();
    }

    /** What follows each end of its process. */
    void whenItDies(Runnable follows) {
        whenItDies = follows;
    }

    /** The directory is lost: the next process finds a new one. */
    void wipe() {
        if (process != Process.DOWN) {
            throw new IllegalStateException(id + " is " + process);
        }
        for (long i = disk.timesCreated(); i > 0; i--) {
            cluster.coverage().reached(Coverage.Event.JOURNAL_WRITTEN_ANEW);
        }
        incarnations++;
        disk = newDisk();
        trace("*** directory lost");
        cluster.invariants().wiped(this);
    }

    /** The process ends in good order: it hands over what it has, and goes when it has done so, or after a limit. */
    void close() {
        close(false);
    }

    /**
     * Closes.
     *
     * @param leaves whether it has itself removed first
     */
    void close(boolean leaves) {
        if (!isUp() || closing) {
            return;
        }
        closing = true;
        trace(leaves ? "*** leaves" : "*** closes");
        receive(new Input.Close(leaves));
        int mine = life;
        cluster.at(cluster.nowNanos() + 2 * settings.handoverTimeout().toNanos(), () -> {
            if (life == mine) {
                cluster.coverage().reached(Coverage.Event.CLOSE_RAN_OUT_OF_TIME);
                crash("is stopped, its close took too long");
            }
        });
    }

    /** The process gets no more steps; if it is in one when this takes effect, after some of its effects only. */
    void pause(int afterEffects) {
        if (isUp() && !paused) {
            if (afterEffects < 0) {
                paused = true;
                trace("*** paused");
            } else {
                pauseAfterEffects = afterEffects;
            }
        }
    }

    void resume() {
        pauseAfterEffects = -1;
        if (!paused) {
            return;
        }
        trace("*** wakes");
        resumeClock();
        cluster.users().asksWhoeverWakes(this);
        // While still paused, so that what a caller finds waits its turn behind the step that was interrupted.
        isLeader();
        paused = false;
        while (!paused && process == Process.UP && !interrupted.isEmpty()) {
            carryOut(interrupted.poll());
        }
        if (!paused && process == Process.UP && stepIsOver) {
            endStep();
        }
        workOff();
        if (process == Process.UP) {
            rescheduleWake();
        }
    }

    /** The whole machine sleeps: its monotonic clock stands still. */
    void suspend() {
        if (isUp() && !paused) {
            trace("*** machine suspended");
            paused = true;
            suspended = true;
            clock.suspend(cluster.nowNanos());
        }
    }

    private void resumeClock() {
        if (suspended) {
            suspended = false;
            clock.resume(cluster.nowNanos());
            if (lease != null) {
                cluster.invariants().leaseChanged(this);
            }
            if (process == Process.UP) {
                rescheduleWake();
            }
        }
    }

    void changeClock(Runnable change) {
        change.run();
        if (lease != null) {
            cluster.invariants().leaseChanged(this);
        }
        if (process == Process.UP) {
            rescheduleWake();
        }
    }

    // -- inputs --------------------------------------------------------------------------------------------------

    /** From now on so much may wait in its processes. */
    void limits(NodeLimits newLimits) {
        limits = newLimits;
    }

    NodeLimits limits() {
        return limits;
    }

    /** From now on each step takes any time up to this. */
    void stepsTake(long longestNanos) {
        stepNanos = longestNanos;
    }

    /** The loop looks up once in a heartbeat, as the node's does, though nothing is due. */
    void sleepsAHeartbeatAtMost() {
        sleepsAHeartbeatAtMost = true;
    }

    /** Its core knows where it is reached, at another place in each life. */
    void saysWhereItIs() {
        saysWhereItIs = true;
    }

    /** It keeps the light exchange with the other voters alive, as the node does. */
    void exchangesPings() {
        exchangesPings = true;
    }

    /** Steps that begin before then take up to so long. */
    void slowLoop(long untilNanos, long longestNanos) {
        loopSlowUntilNanos = untilNanos;
        slowStepNanos = longestNanos;
    }

    void loopIsSound() {
        loopSlowUntilNanos = 0;
    }

    /** Whether the loop is idle, so that the machine hears of an input at once. */
    boolean isIdle() {
        return process == Process.UP && !paused && !stepping && inbox.isEmpty();
    }

    /** Whether a message of a peer gets in; if not, it is lost. */
    boolean hasRoom() {
        boolean room = inbox.size() < limits.inputs();
        if (!room) {
            cluster.coverage().reached(Coverage.Event.MESSAGE_LOST_IN_A_FULL_QUEUE);
        }
        return room;
    }

    /** A peer's request; the answer may come at any later time, or never. */
    void receiveRequest(VirtualNetwork.Call call, Request request) {
        if (!hasRoom()) {
            cluster.network().refuse(call);
            return;
        }
        long exchange = cluster.nextExchange();
        exchanges.put(exchange, call);
        if (exchanges.size() > limits.exchanges()) {
            Iterator<Long> oldest = exchanges.keySet().iterator();
            forgotten.add(oldest.next());
            oldest.remove();
            cluster.coverage().reached(Coverage.Event.CALL_FORGOTTEN);
        }
        receive(new Input.RequestReceived(exchange, request));
    }

    /** Takes what is this member's own, and always gets in. */
    void receive(Input input) {
        if (process == Process.UP) {
            inbox.add(input);
            if (inbox.size() == BACKLOG && stepping) {
                cluster.coverage().reached(Coverage.Event.BACKLOG_WORKED_OFF);
            }
            workOff();
        }
    }

    private void workOff() {
        if (worksOff) {
            return;
        }
        worksOff = true;
        while (!inbox.isEmpty() && !paused && !stepping && process == Process.UP) {
            step(inbox.poll());
        }
        worksOff = false;
    }

    /** Whether this member leads at this instant, as a caller in its process sees it. */
    boolean isLeader() {
        if (lease == null || lapsed) {
            return false;
        }
        if (lease.holds(reading())) {
            return true;
        }
        lapsed = true;
        receive(new Input.LeaseLapsed(leaseTerm));
        return false;
    }

    /** When, in true time, this member's {@link #isLeader()} turns false if nothing more happens. */
    long leadsUntilNanos() {
        if (lease == null || lapsed) {
            return Long.MIN_VALUE;
        }
        ClockReading end = lease.end();
        return end == null
                ? Long.MAX_VALUE
                : Math.min(clock.whenMonotonic(end.monotonicNanos()), clock.whenWall(end.wallMillis()));
    }

    long leaseTerm() {
        return leaseTerm;
    }

    @Nullable Lease lease() {
        return lease;
    }

    /** Whether a caller has found that the lease has lapsed. */
    boolean foundItLapsed() {
        return lapsed;
    }

    /** The application has written, or copied, more of its own log. */
    void applicationWrote(LogPosition position) {
        applicationPosition = position;
        pushPosition();
    }

    /** The application never tells its position. */
    void keepPositionSecret() {
        positionSecret = true;
    }

    private void pushPosition() {
        if (ready && !positionSecret && settings.suppliesPosition()) {
            receive(new Input.PositionAdvanced(applicationPosition));
        }
    }

    private void step(Input input) {
        if (input instanceof Input.Persisted && effects.held() > 0 && cluster.isAmbushed()) {
            cluster.reached(this, Moment.WRITTEN_AND_NOT_SENT);
            if (process != Process.UP) {
                return;
            }
            if (paused) {
                inbox.addFirst(input);
                return;
            }
        } else if (input instanceof Input.PersistFailed) {
            forgotten.addAll(exchanges.keySet());
            exchanges.clear();
        }
        ClockReading now = reading();
        if (cluster.trace().isOn()) {
            trace(Trace.describe(input));
        }
        Output output = election().step(input, now);
        cluster.coverage().steps++;
        cluster.invariants().stepped(this, input, output);
        stepping = true;
        stepInput = input;
        decided = cluster.applicationsFed().takeFrom(this, output.effects());
        wakeAfterStepNanos = output.wakeAtNanos();
        if (cluster.trace().isOn()) {
            decided.forEach(effect -> trace("   " + Trace.describe(effect)));
        }
        long takes = stepTakesNanos();
        if (takes == 0) {
            endStep();
            return;
        }
        int mine = life;
        cluster.at(cluster.nowNanos() + takes, () -> {
            if (life == mine) {
                stepIsOver = true;
                if (!paused) {
                    endStep();
                    workOff();
                }
            }
        });
    }

    private long stepTakesNanos() {
        if (cluster.nowNanos() < loopSlowUntilNanos) {
            return slowStepNanos / 2 + loopRandom.nextLong(slowStepNanos / 2 + 1);
        }
        return stepNanos == 0 ? 0 : loopRandom.nextLong(stepNanos + 1);
    }

    /** The step has been computed: what it decided is shown, and then carried out. */
    private void endStep() {
        stepIsOver = false;
        carriedOut = 0;
        effects.step(stepInput, decided);
        if (process == Process.UP) {
            stepping = false;
            wakeBy(wakeAfterStepNanos);
        }
    }

    /** What changes nothing in a simulated process: the trace, the invariants and the ambushes see it all the same. */
    private static boolean isOnlyLookedAt(Effect effect) {
        return effect instanceof Effect.LeaderChanged
                || effect instanceof Effect.ContactLearnt
                || effect instanceof Effect.Observed
                || effect instanceof Effect.LeaseExtended
                || effect instanceof Effect.DrainLease
                || effect instanceof Effect.LeadershipGained;
    }

    // -- effects -------------------------------------------------------------------------------------------------

    /** Carries out what the queue of effects lets go, as the node does, unless a fault strikes in the midst of it. */
    private final class Carrier implements EffectQueue.Sink {

        @Override
        public void publish(List<Effect> decided) {
            for (int i = 0; i < decided.size(); i++) {
                show(decided.get(i));
            }
        }

        @Override
        public void write(Effect.Persist persist) {
            carryOutOrKeep(persist);
        }

        @Override
        public void send(Effect.Send send) {
            carryOutOrKeep(send);
        }

        @Override
        public void reply(Effect.Reply reply) {
            carryOutOrKeep(reply);
        }

        @Override
        public void dropped(Effect.Reply reply) {
            if (!effects.hasFailed()) {
                cluster.coverage().reached(Coverage.Event.HELD_MESSAGE_DROPPED);
            }
            exchanges.remove(reply.exchange());
            forgotten.add(reply.exchange());
        }

        @Override
        public void carryOut(Effect effect) {
            carryOutOrKeep(effect);
        }
    }

    /** What every thread of the process reads of the leadership changes here, and nowhere else. */
    private void show(Effect effect) {
        cluster.seen(this, effect);
        if (effect instanceof Effect.LeadershipGained gained) {
            cluster.invariants().gained(this, gained);
            lease = gained.lease();
            token = gained.token();
            leaseTerm = gained.term();
            lapsed = false;
            cluster.invariants().leaseChanged(this);
        } else if (effect instanceof Effect.LeaseExtended extended) {
            cluster.invariants().extended(this, extended);
            if (!lapsed) {
                lease = extended.lease();
                cluster.invariants().leaseChanged(this);
            }
        } else if (effect instanceof Effect.LeadershipEnded ended) {
            cluster.invariants().ended(this, ended);
            lease = null;
        } else if (effect instanceof Effect.DrainLease drain) {
            cluster.invariants().drains(this, drain);
        }
    }

    private void carryOutOrKeep(Effect effect) {
        if (process != Process.UP) {
            return;
        }
        if (!paused && pauseAfterEffects == carriedOut) {
            pauseAfterEffects = -1;
            paused = true;
            trace("*** paused in a step");
        }
        carriedOut++;
        if (paused) {
            interrupted.add(effect);
        } else {
            carryOut(effect);
        }
    }

    private void carryOut(Effect effect) {
        if (effect instanceof Effect.Send send) {
            leave(send);
        } else if (effect instanceof Effect.Reply reply) {
            leave(reply);
        } else if (effect instanceof Effect.Persist persist) {
            disk.queue(persist);
            beginWrite();
        } else if (effect instanceof Effect.LeadershipEnded ended) {
            int mine = life;
            cluster.at(cluster.nowNanos() + cluster.listenerNanos(processRandom), () -> {
                if (life == mine) {
                    receive(new Input.LeadershipWorkDone(ended.term()));
                }
            });
        } else if (effect instanceof Effect.ConfirmEnded ended) {
            cluster.invariants().answered(this, ended);
        } else if (effect instanceof Effect.TransferEnded ended) {
            cluster.invariants().answered(this, ended);
            cluster.answered(ended);
        } else if (effect instanceof Effect.ProposalAnswered answered) {
            cluster.invariants().answered(this, answered);
            cluster.answered(answered);
        } else if (effect instanceof Effect.MemberChangeEnded ended) {
            cluster.invariants().answered(this, ended);
            cluster.answered(ended);
        } else if (effect instanceof Effect.Closed) {
            int mine = life;
            // Until the node has stopped, its loop still answers.
            long lingers = processRandom.nextBoolean()
                    ? 0
                    : processRandom.nextLong(settings.electionTimeout().toNanos() / 4);
            cluster.at(cluster.nowNanos() + lingers, () -> {
                if (life == mine) {
                    crash("has closed");
                }
            });
        } else if (!isOnlyLookedAt(effect) && (replica == null || !replica.carryOut(effect))) {
            throw new IllegalStateException("nothing carries out the effect " + effect);
        }
        if (cluster.isAmbushed()) {
            Moment moment = Moment.of(effect, id);
            if (moment != null) {
                cluster.reached(this, moment);
            }
        }
    }

    private void leave(Effect.Send send) {
        cluster.invariants().leaving(this, send.request());
        cluster.network().send(this, send.request());
    }

    private void leave(Effect.Reply reply) {
        VirtualNetwork.Call call = exchanges.remove(reply.exchange());
        if (call == null && forgotten.remove(reply.exchange())) {
            return;
        }
        if (call == null) {
            throw new Violation(
                    "a request is answered once",
                    id + " answers exchange " + reply.exchange() + ", which is not open: "
                            + Trace.describe(reply.response()));
        }
        Response response = reply.response();
        if (cluster.mayLie(this)) {
            response = cluster.liar().says(response);
        }
        if (response == reply.response()) {
            cluster.invariants().leaving(this, response);
        } else {
            cluster.invariants().lied(this, response);
            trace("lies: " + Trace.describe(response));
        }
        cluster.network().answer(call, response);
        if (cluster.isAmbushed()) {
            Moment moment = Moment.ofSent(reply.response());
            if (moment != null) {
                cluster.reached(this, moment);
            }
        }
    }

    // -- the disk ------------------------------------------------------------------------------------------------

    void diskPace(long shortestNanos, long longestNanos) {
        writeShortestNanos = shortestNanos;
        writeLongestNanos = longestNanos;
    }

    /** Writes that begin before then take up to so long. */
    void slowDisk(long untilNanos, long writeNanos) {
        diskSlowUntilNanos = untilNanos;
        slowWriteNanos = writeNanos;
    }

    void failNextWrite() {
        failNextWrite = true;
    }

    /** The disk's thread finds out that its place is gone, without a write; not beside one. */
    void probeFails() {
        if (isUp() && disk.isQuiet() && !disk.failed()) {
            disk.fail(diskRandom);
            trace("*** probe failed");
            receive(new Input.PersistFailed(DISK_FAILURE));
        }
    }

    void diskIsSound() {
        failNextWrite = false;
        diskSlowUntilNanos = 0;
    }

    private void beginWrite() {
        if (!disk.begin(diskRandom.nextBoolean())) {
            return;
        }
        long nanos = writeShortestNanos + diskRandom.nextLong(writeLongestNanos - writeShortestNanos + 1);
        if (cluster.nowNanos() < diskSlowUntilNanos) {
            nanos = slowWriteNanos / 2 + diskRandom.nextLong(slowWriteNanos / 2 + 1);
        }
        int mine = life;
        cluster.at(cluster.nowNanos() + nanos, () -> {
            if (life == mine) {
                endWrite();
            }
        });
    }

    private void endWrite() {
        if (failNextWrite) {
            failNextWrite = false;
            disk.fail(diskRandom);
            trace("*** write failed");
            receive(new Input.PersistFailed(DISK_FAILURE));
            return;
        }
        long write = disk.complete();
        cluster.invariants().durable(this);
        receive(new Input.Persisted(write));
        beginWrite();
    }

    // -- the timer -----------------------------------------------------------------------------------------------

    private void wakeBy(long monotonicNanos) {
        wakeNanos = monotonicNanos;
        sleepsUntilNanos = monotonicNanos;
        if (sleepsAHeartbeatAtMost) {
            long heartbeat = settings.heartbeatInterval().toNanos();
            long now = reading().monotonicNanos();
            sleepsUntilNanos = now + Math.min(monotonicNanos - now, heartbeat);
        }
        rescheduleWake();
    }

    private void rescheduleWake() {
        long at = clock.whenMonotonic(sleepsUntilNanos);
        if (at != Long.MAX_VALUE) {
            at = Math.max(at, cluster.nowNanos()) + cluster.timerLatenessNanos(processRandom);
        }
        if (at < scheduledWakeNanos) {
            scheduledWakeNanos = at;
            scheduleWake(at);
        }
    }

    private void scheduleWake(long at) {
        int mine = life;
        cluster.at(at, () -> {
            if (life == mine && scheduledWakeNanos == at) {
                scheduledWakeNanos = Long.MAX_VALUE;
                wakeUp();
            }
        });
    }

    private void wakeUp() {
        if (!isIdle()) {
            // Inputs come first. After each step, and after a pause, the loop sees again what is due.
            return;
        }
        if (clock.at(cluster.nowNanos()).monotonicNanos() - sleepsUntilNanos < 0) {
            rescheduleWake();
            return;
        }
        if (cluster.nowNanos() - ticksSinceNanos > 1_000_000) {
            ticksSinceNanos = cluster.nowNanos();
            ticks = 0;
        } else if (++ticks > MOST_TICKS_IN_A_MILLISECOND) {
            throw new Violation("a member sleeps while nothing is due", id + " wishes to be woken at " + wakeNanos);
        }
        receive(TICK);
    }

    private void trace(String what) {
        cluster.trace().add(cluster.nowNanos(), id, what);
    }

    @Override
    public String toString() {
        return id;
    }
}
