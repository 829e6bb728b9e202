package io.election.core;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One {@link Election} with its clocks, its disk and its network in the hands of a test. Nothing happens by itself. What a
 * step decides is what the step returns. What has left is in the outbox, where an {@link EffectQueue} puts it. The monotonic
 * clock overflows while the bond of the start runs, in every test.
 */
final class MemberUnderTest {

    static final String CLUSTER = "orders";
    static final String CLUSTER_ID = "c-1";
    static final long GENERATION = 1_700_000_000L;
    static final Duration T = Duration.ofSeconds(1);
    static final Duration HEARTBEAT = Duration.ofMillis(100);
    static final Duration LEASE = Duration.ofMillis(750);
    static final Duration STEP = Duration.ofMillis(10);
    static final Duration HANDOVER = Duration.ofSeconds(5);
    static final ClockReading LOCKED = new ClockReading(Long.MAX_VALUE - 300_000_000L, 1_700_000_000_000L);

    /** What is drawn from it is 1000 from a power of two, and 500 from anything else. */
    static final RandomGenerator RANDOM = () -> 1000L;

    static final List<Member> THREE = List.of(data("a"), data("b"), data("c"));

    final ElectionSettings settings;
    final String incarnation;
    final List<Effect.Send> outbox = new ArrayList<>();
    final List<Effect.MembersChanged> members = new ArrayList<>();
    /** What the application is fed: {@link Effect.Apply} and {@link Effect.SnapshotInstalled}. */
    final List<Effect> fed = new ArrayList<>();

    Election election;
    ClockReading clock = LOCKED;
    DurableState disk;
    long wakeAtNanos;
    long exchange;

    private final EffectQueue effects = new EffectQueue(new Outside());
    private final List<Effect.Persist> unwritten = new ArrayList<>();
    private long written;
    private long peersRequests = 5000;

    MemberUnderTest(ElectionSettings settings, String incarnation, DurableState recovered) {
        this.settings = settings;
        this.incarnation = incarnation;
        this.disk = recovered;
        this.election = new Election(settings, incarnation, recovered, clock, RANDOM);
    }

    static Member data(String id) {
        return new Member(id, MemberKind.DATA, 0, false);
    }

    static Member data(String id, int priority) {
        return new Member(id, MemberKind.DATA, priority, false);
    }

    static Member witness(String id) {
        return new Member(id, MemberKind.WITNESS, 0, false);
    }

    static Member observer(String id) {
        return new Member(id, MemberKind.OBSERVER, 0, false);
    }

    static ElectionSettings settings(String id, List<Member> members) {
        return settings(id, members, T, LEASE, false, 1000);
    }

    static ElectionSettings settings(
            String id,
            List<Member> members,
            Duration timeout,
            Duration lease,
            boolean suppliesPosition,
            int compactionThreshold) {
        return new ElectionSettings(
                CLUSTER,
                id,
                members,
                timeout,
                HEARTBEAT,
                lease,
                0.05,
                STEP,
                HANDOVER,
                suppliesPosition,
                compactionThreshold);
    }

    /** A founded member whose log feeds a state machine. */
    static MemberUnderTest replicated(String id, List<Member> members, ReplicationSettings replication) {
        return new MemberUnderTest(
                replicated(settings(id, members), replication), incarnationOf(id), foundedState(members));
    }

    static ElectionSettings replicated(ElectionSettings s, ReplicationSettings replication) {
        return new ElectionSettings(
                s.cluster(),
                s.nodeId(),
                s.members(),
                s.electionTimeout(),
                s.heartbeatInterval(),
                s.leaseDuration(),
                s.clockDrift(),
                s.step(),
                s.handoverTimeout(),
                s.suppliesPosition(),
                s.compactionThreshold(),
                s.autopilot(),
                s.founding(),
                replication);
    }

    static Membership membership(List<Member> members) {
        return new Membership(
                CLUSTER_ID,
                GENERATION,
                members.stream()
                        .map(m ->
                                new EnrolledMember(m.id(), m.kind(), m.kind().votes() ? incarnationOf(m.id()) : "", 1))
                        .toList());
    }

    static String incarnationOf(String id) {
        return id + "-1";
    }

    /** In term 1, with nothing but the founding in its log, compacted. */
    static DurableState foundedState(List<Member> members) {
        return new DurableState(
                new HardState(1, null, T),
                new Snapshot(new LogPosition(1, 1), membership(members), List.of(), 0),
                List.of());
    }

    static MemberUnderTest founded(String id) {
        return founded(id, THREE);
    }

    static MemberUnderTest founded(String id, List<Member> members) {
        return new MemberUnderTest(settings(id, members), incarnationOf(id), foundedState(members));
    }

    /** A founded member whose application has a log of its own. */
    static MemberUnderTest withPosition(String id, List<Member> members) {
        return new MemberUnderTest(
                settings(id, members, T, LEASE, true, 1000), incarnationOf(id), foundedState(members));
    }

    static Entry entry(long index, long term) {
        return new Entry(index, term, new Payload.Application("test", Bytes.utf8(term + "/" + index)));
    }

    static LogPosition at(long term, long index) {
        return new LogPosition(term, index);
    }

    // ---------------------------------------------------------------------------------------------- time and steps

    void pass(Duration time) {
        clock = new ClockReading(clock.monotonicNanos() + time.toNanos(), clock.wallMillis() + time.toMillis());
    }

    List<Effect> step(Input input) {
        Output output = election.step(input, clock);
        wakeAtNanos = output.wakeAtNanos();
        effects.step(input, output.effects());
        // Who the members are, and what the application is fed, is looked at by the tests of that.
        return output.effects().stream()
                .filter(e -> !(e instanceof Effect.MembersChanged) && !fed.contains(e))
                .toList();
    }

    /** What is around the member, in the hands of a test. */
    private final class Outside implements EffectQueue.Sink {

        @Override
        public void publish(List<Effect> decided) {
            // A test looks at what the step returns.
        }

        @Override
        public void write(Effect.Persist persist) {
            unwritten.add(persist);
        }

        @Override
        public void send(Effect.Send send) {
            outbox.add(send);
        }

        @Override
        public void reply(Effect.Reply reply) {
            // A test looks at what the step returns.
        }

        @Override
        public void dropped(Effect.Reply reply) {
            // It never leaves.
        }

        @Override
        public void carryOut(Effect effect) {
            if (effect instanceof Effect.MembersChanged changed) {
                members.add(changed);
            } else if (effect instanceof Effect.Apply || effect instanceof Effect.SnapshotInstalled) {
                fed.add(effect);
            }
        }
    }

    List<Effect> tick() {
        return step(new Input.Tick());
    }

    List<Effect> tickAfter(Duration time) {
        pass(time);
        return tick();
    }

    /** Until the instant for which the core asked, and a tick then. */
    List<Effect> tickWhenDue() {
        pass(untilDue());
        return tick();
    }

    Duration untilDue() {
        return Duration.ofNanos(wakeAtNanos - clock.monotonicNanos());
    }

    List<Effect> ready() {
        return step(new Input.Ready());
    }

    /** Everything handed to the disk is durable. */
    List<Effect> write() {
        for (Effect.Persist persist : unwritten) {
            for (DurableRecord change : persist.records()) {
                disk = disk.with(change);
            }
            written = persist.write();
        }
        unwritten.clear();
        return step(new Input.Persisted(written));
    }

    boolean hasUnwritten() {
        return !unwritten.isEmpty();
    }

    /** The process ends now, and comes back with what is on disk. */
    MemberUnderTest restart(ElectionSettings changed) {
        MemberUnderTest next = new MemberUnderTest(changed, incarnation, disk);
        next.clock = clock;
        next.election = new Election(changed, incarnation, disk, clock, RANDOM);
        return next;
    }

    ElectionView view() {
        return election.view(clock);
    }

    // ---------------------------------------------------------------------------------------------- peers' requests

    Header from(String peer) {
        return new Header(
                Header.PROTOCOL,
                CLUSTER,
                CLUSTER_ID,
                peer,
                incarnationOf(peer),
                true,
                settings.nodeId(),
                incarnation,
                peersRequests++);
    }

    Request.Vote preVote(String from, long term) {
        return asks(from, Phase.PRE_VOTE, term, at(1, 1), null, null);
    }

    Request.Vote vote(String from, long term) {
        return asks(from, Phase.VOTE, term, at(1, 1), null, null);
    }

    Request.Vote asks(
            String from,
            Phase phase,
            long term,
            LogPosition last,
            @Nullable LogPosition application,
            @Nullable TransferProof proof) {
        return new Request.Vote(from(from), phase, term, last, application, Math.min(1, last.index()), null, proof);
    }

    Request.Heartbeat heartbeat(String from, long term) {
        return new Request.Heartbeat(from(from), term, T, 1, null);
    }

    Request.Append append(String from, long term, long commitIndex, LogPosition previous, Entry... entries) {
        return new Request.Append(from(from), term, T, commitIndex, previous, Arrays.asList(entries));
    }

    Request.TimeoutNow timeoutNow(String from, long term, LogPosition expected) {
        return new Request.TimeoutNow(from(from), new TransferProof(from, term), expected);
    }

    List<Effect> receive(Request request) {
        return step(new Input.RequestReceived(++exchange, request));
    }

    /** The header with which this member answers. */
    Header answerTo(Request request) {
        Header asked = request.header();
        return new Header(
                Header.PROTOCOL,
                CLUSTER,
                CLUSTER_ID,
                settings.nodeId(),
                incarnation,
                !view().storageFailed(),
                asked.from(),
                asked.fromIncarnation(),
                asked.requestId());
    }

    /** What a vote, or the refusal of one, looks like. */
    Effect.Reply replies(Request.Vote request, long term, @Nullable Refusal refusal, long afterWrite) {
        return new Effect.Reply(
                exchange,
                new Response.Vote(answerTo(request), request.phase(), request.term(), term, refusal),
                afterWrite);
    }

    Effect.Reply replies(
            Request.Heartbeat request, long term, @Nullable Refusal refusal, LogPosition last, long after) {
        return new Effect.Reply(exchange, new Response.Heartbeat(answerTo(request), term, refusal, last, null), after);
    }

    Effect.Reply replies(Request.FromLeader request, long term, @Nullable Refusal refusal, long index, long after) {
        return new Effect.Reply(exchange, new Response.Append(answerTo(request), term, refusal, index), after);
    }

    // ---------------------------------------------------------------------------------------------- peers' answers

    /** The header with which a peer answers one of this member's requests. */
    static Header answerFrom(Request request) {
        Header asked = request.header();
        return new Header(
                Header.PROTOCOL,
                CLUSTER,
                asked.clusterId(),
                asked.to(),
                incarnationOf(asked.to()),
                asked.clusterId() != null,
                asked.from(),
                asked.fromIncarnation(),
                asked.requestId());
    }

    static Response yes(Request request) {
        Header header = answerFrom(request);
        if (request instanceof Request.Vote vote) {
            return new Response.Vote(header, vote.phase(), vote.term(), vote.term(), null);
        } else if (request instanceof Request.Heartbeat heartbeat) {
            return new Response.Heartbeat(header, heartbeat.term(), null, LogPosition.NONE, null);
        } else if (request instanceof Request.Append append) {
            return new Response.Append(
                    header,
                    append.term(),
                    null,
                    append.previous().index() + append.entries().size());
        } else if (request instanceof Request.InstallSnapshot install) {
            return new Response.Append(
                    header, install.term(), null, install.snapshot().last().index());
        } else if (request instanceof Request.Ping) {
            return new Response.Ping(header);
        } else if (request instanceof Request.Change) {
            return new Response.Change(header, MemberChange.Outcome.DONE, 1, "");
        } else if (request instanceof Request.Announce || request instanceof Request.Leave) {
            return new Response.Announce(header, null, null, null);
        }
        return new Response.TimeoutNow(header, request.term(), null);
    }

    /** A heartbeat is acknowledged by a member that has a replica. */
    static Response yes(Request.Heartbeat request, ReplicaStatus status) {
        return new Response.Heartbeat(answerFrom(request), request.term(), null, LogPosition.NONE, null, status);
    }

    static Response no(Request request, long term, Refusal refusal) {
        Header header = answerFrom(request);
        if (request instanceof Request.Vote vote) {
            return new Response.Vote(header, vote.phase(), vote.term(), term, refusal);
        } else if (request instanceof Request.Heartbeat) {
            return new Response.Heartbeat(header, term, refusal, LogPosition.NONE, null);
        } else if (request instanceof Request.TimeoutNow) {
            return new Response.TimeoutNow(header, term, refusal);
        }
        return new Response.Append(header, term, refusal, 0);
    }

    List<Effect> answered(Response response) {
        return step(new Input.ResponseReceived(response));
    }

    /** The last request to a peer that was not answered yet. */
    <R extends Request> R sentTo(String peer, Class<R> kind) {
        for (int i = outbox.size() - 1; i >= 0; i--) {
            Request request = outbox.get(i).request();
            if (request.header().to().equals(peer) && kind.isInstance(request)) {
                outbox.remove(i);
                return kind.cast(request);
            }
        }
        throw new AssertionError(
                "nothing of " + kind.getSimpleName() + " was sent to " + peer + "; sent are " + outbox);
    }

    /** Writes and answers, the named peers agreeing with everything, until nothing is left to do. What others are asked is lost. */
    List<Effect> settle(String... peers) {
        List<Effect> all = new ArrayList<>();
        while (true) {
            if (hasUnwritten()) {
                all.addAll(write());
                continue;
            }
            if (outbox.isEmpty()) {
                return all;
            }
            Request request = outbox.remove(0).request();
            if (Arrays.asList(peers).contains(request.header().to())) {
                all.addAll(answered(yes(request)));
            }
        }
    }

    /** Until one heartbeat later, acknowledged by these. */
    List<Effect> heartbeatRound(String... peers) {
        List<Effect> all = new ArrayList<>(tickAfter(HEARTBEAT));
        all.addAll(settle(peers));
        return all;
    }

    /** Elected in term 2 by all, its term opened: it leads. */
    MemberUnderTest leading() {
        String[] others = settings.members().stream()
                .map(Member::id)
                .filter(id -> !id.equals(settings.nodeId()))
                .toArray(String[]::new);
        ready();
        tickWhenDue();
        settle(others);
        if (!settings.nodeId().equals(view().leader())) {
            throw new AssertionError("does not lead: " + view());
        }
        return this;
    }

    /** After the bond of the start, without standing: not ready yet. */
    MemberUnderTest free() {
        pass(T);
        tick();
        return this;
    }

    // ---------------------------------------------------------------------------------------------- what is looked at

    /** What is done, without what is told. */
    static List<Effect> done(List<Effect> effects) {
        return effects.stream().filter(e -> !(e instanceof Effect.Observed)).toList();
    }

    /** What is told. */
    static List<Observation> told(List<Effect> effects) {
        return effects.stream()
                .filter(Effect.Observed.class::isInstance)
                .map(e -> ((Effect.Observed) e).observation())
                .toList();
    }

    static <E> List<E> only(List<?> all, Class<E> kind) {
        return all.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    static Effect.Persist persists(long write, DurableRecord... records) {
        return new Effect.Persist(write, Arrays.asList(records));
    }

    static DurableRecord hardState(long term, @Nullable String votedFor) {
        return hardState(term, votedFor, T);
    }

    static DurableRecord hardState(long term, @Nullable String votedFor, Duration promise) {
        return new DurableRecord.HardStateChanged(new HardState(term, votedFor, promise));
    }

    static Refusal refusal(RefusalReason reason) {
        return new Refusal(reason, null, null, null);
    }
}
