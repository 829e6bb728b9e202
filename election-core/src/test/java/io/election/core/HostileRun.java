package io.election.core;

import io.election.Role;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One seed: honest members on virtual time, and one that sends and answers whatever is well-formed, chosen to hurt: values
 * seen a moment ago, values next to them, and the greatest there are.
 */
final class HostileRun {

    /** What the liar is in the cluster, and as whom it speaks. */
    enum Liar {
        /** An observer that speaks as itself, as with mutual TLS. */
        OBSERVER(MemberKind.OBSERVER, false),
        /** A witness that speaks as itself: it votes, and may not lead. */
        WITNESS(MemberKind.WITNESS, false),
        /** A data member that speaks as itself. */
        DATA(MemberKind.DATA, false),
        /** A data member that passes for any other, as one shared secret lets it. */
        IMPOSTOR(MemberKind.DATA, true);

        private final MemberKind kind;
        private final boolean passesForOthers;

        Liar(MemberKind kind, boolean passesForOthers) {
            this.kind = kind;
            this.passesForOthers = passesForOthers;
        }
    }

    /** What happened in all runs. */
    static final class Tally {

        long lies;
        long impossible;
        long steps;
        long leaders;
        long termsWithTwoLeaders;
        long agreed;
        long leaderless;
        long exhausted;
        long replicated;
        long images;
        long stateDiffered;
        long largestState;
        long longestLog;

        @Override
        public String toString() {
            return lies + " lies (" + impossible + " more could not be made), " + steps + " steps of honest members, "
                    + leaders + " leaderships, " + termsWithTwoLeaders + " terms with two leaders; afterwards " + agreed
                    + " clusters had a leader, " + leaderless + " had none, of them " + exhausted
                    + " with no term or place left; " + replicated
                    + " clusters fed state machines, which took or fetched "
                    + images + " images, and " + stateDiffered + " stopped because a leader's state differed; at most "
                    + largestState
                    + " objects in a member's state, and " + longestLog + " entries in a log";
        }
    }

    private static final String LIAR = "liar";
    private static final long MILLI = 1_000_000;
    private static final long T = MemberUnderTest.T.toNanos();
    private static final int LARGEST_STATE = 200_000;

    private final SplittableRandom random;
    private final Liar liar;
    private final Tally tally;
    private final Map<String, Honest> honest = new TreeMap<>();
    private final List<Member> members = new ArrayList<>();
    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private final Deque<Happened> trace = new ArrayDeque<>();
    private final boolean wild;
    private final boolean leads;
    private final boolean answers;
    private final boolean feeds;
    private final long meanNanos;

    private long now = 1_000_000_000L;
    private long eventNumber;
    private long exchange;
    private boolean lying = true;
    private int deliveriesNow;
    private long deliveriesAt;

    // What the liar has seen, from which it makes its lies.
    private final List<Long> terms = new ArrayList<>(List.of(1L));
    private final List<Long> indexes = new ArrayList<>(List.of(0L, 1L));
    private final List<Long> requestIds = new ArrayList<>(List.of(0L));
    private @Nullable Membership membership;
    private final Map<Long, Set<String>> liarsVotes = new HashMap<>();

    // What must hold.
    private final Map<Long, Set<String>> leadersOf = new HashMap<>();
    private final Map<Long, Long> committed = new HashMap<>();

    /** Put into words only if something goes wrong. */
    private record Happened(long at, String who, Object what) {}

    private record Event(long at, long number, Runnable action) implements Comparable<Event> {

        @Override
        public int compareTo(Event other) {
            return at != other.at ? Long.compare(at, other.at) : Long.compare(number, other.number);
        }
    }

    /** A member that keeps to the rules, with a disk that is done at once and clocks that run alike. */
    private final class Honest implements EffectQueue.Sink {

        final String id;
        final ElectionSettings settings;
        final Election election;
        final Map<Long, String> votes = new HashMap<>();
        final Map<Long, String> callers = new HashMap<>();
        final EffectQueue effects = new EffectQueue(this);
        long written;
        long wakeAt;
        long wakes;
        long lastTerm;
        long checkedUpTo;

        @Nullable Lease lease;

        LogPosition appliedUpTo = LogPosition.NONE;
        boolean failed;

        Honest(String id) {
            this.id = id;
            ElectionSettings drawn = MemberUnderTest.settings(
                    id, members, MemberUnderTest.T, MemberUnderTest.LEASE, false, oneOf(1, 8, 1000));
            settings = feeds ? MemberUnderTest.replicated(drawn, replication()) : drawn;
            election = new Election(settings, id + "-1", DurableState.NEW, clock(), new Draws(random.split()));
        }

        void step(Input input) {
            tally.steps++;
            Output output = election.step(input, clock());
            note(id, output);
            if (output.effects().size() > 400) {
                throw new AssertionError(id + " wants " + output.effects().size() + " things done at once");
            }
            if (output.wakeAtNanos() - now <= 0) {
                throw new AssertionError(id + " wants to be woken at once, for ever");
            }
            wakeAt = output.wakeAtNanos();
            long mine = ++wakes;
            at(wakeAt, () -> {
                if (mine == wakes) {
                    step(new Input.Tick());
                }
            });
            written = 0;
            effects.step(input, output.effects());
            if (written > 0) {
                step(new Input.Persisted(written));
            }
            check();
        }

        private void wrote(DurableRecord change) {
            if (change instanceof DurableRecord.HardStateChanged changed) {
                HardState state = changed.state();
                String before = votes.get(state.term());
                if (before != null && !before.equals(state.votedFor())) {
                    throw new AssertionError(
                            id + " voted for " + before + " and " + state.votedFor() + " in term " + state.term());
                }
                if (state.votedFor() != null) {
                    votes.put(state.term(), state.votedFor());
                }
                if (state.term() < lastTerm) {
                    throw new AssertionError(id + " went back from term " + lastTerm + " to " + state.term());
                }
                lastTerm = state.term();
            }
        }

        @Override
        public void publish(List<Effect> decided) {
            for (Effect effect : decided) {
                if (effect instanceof Effect.LeadershipGained gained) {
                    tally.leaders++;
                    lease = gained.lease();
                } else if (effect instanceof Effect.LeaseExtended extended) {
                    lease = extended.lease();
                } else if (effect instanceof Effect.LeadershipEnded) {
                    lease = null;
                }
            }
        }

        @Override
        public void write(Effect.Persist persist) {
            persist.records().forEach(this::wrote);
            written = persist.write();
        }

        @Override
        public void send(Effect.Send send) {
            deliver(id, send.request());
        }

        @Override
        public void reply(Effect.Reply reply) {
            String caller = callers.remove(reply.exchange());
            if (caller != null && honest.containsKey(caller)) {
                Honest to = honest.get(caller);
                at(now + delay(), () -> to.step(new Input.ResponseReceived(reply.response())));
            } else {
                saw(reply.response());
            }
        }

        @Override
        public void dropped(Effect.Reply reply) {
            throw new AssertionError(id + " drops " + reply + ", though its disk is done at once");
        }

        @Override
        public void carryOut(Effect effect) {
            if (effect instanceof Effect.LeadershipEnded ended) {
                at(now + delay(), () -> step(new Input.LeadershipWorkDone(ended.term())));
            } else if (feeds && !failed) {
                feed(effect);
            }
            if (effect instanceof Effect.Observed observed
                    && observed.observation() instanceof Observation.RoundEnded round
                    && round.outcome() == ElectionOutcome.ELECTED) {
                elected(this, round);
            }
        }

        /** A replica that does what it is told, somewhat later. Its state is the index of what it has applied. */
        private void feed(Effect effect) {
            if (effect instanceof Effect.Apply apply) {
                Entry last = apply.entries().get(apply.entries().size() - 1);
                at(now + delay(), () -> applied(last.position()));
            } else if (effect instanceof Effect.SnapshotInstalled installed) {
                at(now + delay(), () -> applied(installed.snapshot().last()));
            } else if (effect instanceof Effect.TakeImage) {
                tally.images++;
                LogPosition last = appliedUpTo;
                at(now + delay(), () -> step(new Input.ImageTaken(last, image(last.index()))));
            } else if (effect instanceof Effect.FetchImage fetch) {
                tally.images++;
                at(
                        now + delay(),
                        () -> step(new Input.ImageFetched(
                                fetch.last(), fetch.image(), fetch.image().length(), random.nextInt(4) > 0)));
            } else if (effect instanceof Effect.StateDiffers) {
                tally.stateDiffered++;
                failed = true;
                if (liar.kind == MemberKind.OBSERVER) {
                    throw new AssertionError("one that cannot lead made " + id + " doubt its state");
                }
            }
        }

        private void applied(LogPosition last) {
            if (!failed && last.index() > appliedUpTo.index()) {
                appliedUpTo = last;
                StateDigest digest = last.index() % 4 == 0 ? new StateDigest(last.index(), last.index()) : null;
                step(new Input.Applied(last.index(), digest));
            }
        }

        boolean holdsLease() {
            Lease held = lease;
            return held != null && held.holds(clock());
        }

        private void check() {
            ElectionView view = election.view(clock());
            if (view.role() == Role.LEADER) {
                leadersOf.computeIfAbsent(view.term(), term -> new HashSet<>()).add(id);
            }
            if (election.commitIndex() > view.last().index()) {
                throw new AssertionError(id + " holds entry " + election.commitIndex()
                        + " for committed, but its log ends at " + view.last());
            }
            tally.longestLog = Math.max(tally.longestLog, election.entries().size());
        }
    }

    HostileRun(long seed, Liar liar, Tally tally) {
        this.random = new SplittableRandom(seed);
        this.liar = liar;
        this.tally = tally;
        int honestMembers = liar.kind == MemberKind.WITNESS ? oneOf(2, 4) : oneOf(2, 2, 3, 4);
        int first = liar.kind == MemberKind.OBSERVER ? oneOf(1, 2, 3) : honestMembers;
        for (int i = 0; i < Math.max(first, honestMembers); i++) {
            members.add(new Member(String.valueOf((char) ('a' + i)), MemberKind.DATA, random.nextInt(2), false));
        }
        members.add(new Member(LIAR, liar.kind, liar.kind == MemberKind.DATA ? random.nextInt(3) : 0, false));
        // The greatest values soon leave nothing to try; so most runs know small ones only.
        wild = random.nextInt(100) < 30;
        leads = random.nextInt(100) < 60;
        answers = random.nextInt(100) < 80;
        meanNanos = oneOf(1, 5, 20, 100) * MILLI;
        feeds = random.nextBoolean();
        tally.replicated += feeds ? 1 : 0;
        for (Member member : members) {
            if (!member.id().equals(LIAR)) {
                honest.put(member.id(), new Honest(member.id()));
            }
        }
    }

    /** Draws from the run's seed. */
    private record Draws(SplittableRandom source) implements RandomGenerator {

        @Override
        public long nextLong() {
            return source.nextLong();
        }
    }

    void run() {
        honest.values().forEach(member -> member.step(new Input.Ready()));
        // Founded, so that there is something to lose; the liar keeps to the rules until then.
        runUntil(now + 20 * T);
        membership = honest.values().iterator().next().election.view(clock()).membership();
        at(now + 1, this::lie);
        at(now + 1, this::use);
        runUntil(now + oneOf(5, 20, 60) * T);
        honest.values().forEach(this::checkSize);
        lying = false;
        runUntil(now + 40 * T);
        honest.values().forEach(this::checkSize);
        finish();
    }

    private void finish() {
        leadersOf.forEach((term, leaders) -> {
            if (leaders.size() > 1) {
                tally.termsWithTwoLeaders++;
                if (!liarsVotes.getOrDefault(term, Set.of()).containsAll(leaders)) {
                    throw new AssertionError("term " + term + " has leaders " + leaders + ", and the liar voted for "
                            + liarsVotes.get(term) + " only");
                }
            }
        });
        boolean agreed = honest.values().stream().anyMatch(Honest::holdsLease);
        boolean exhausted = honest.values().stream()
                .anyMatch(m -> m.lastTerm >= Message.TERM_LIMIT - 2
                        || m.election.view(clock()).last().index() >= Message.INDEX_LIMIT - 2);
        tally.agreed += agreed ? 1 : 0;
        tally.leaderless += agreed ? 0 : 1;
        tally.exhausted += !agreed && exhausted ? 1 : 0;
        if (liar.kind == MemberKind.OBSERVER && !agreed) {
            throw new AssertionError("a liar without a vote kept the others from electing anybody");
        }
    }

    private void runUntil(long end) {
        while (!events.isEmpty() && events.peek().at() - end <= 0) {
            Event event = events.poll();
            deliveriesNow = event.at() == deliveriesAt ? deliveriesNow + 1 : 0;
            deliveriesAt = event.at();
            if (deliveriesNow > 10_000) {
                throw new AssertionError("time stands still at " + now);
            }
            now = event.at();
            event.action().run();
            if (liar.kind == MemberKind.OBSERVER) {
                checkSafety();
            }
        }
        now = end;
    }

    /** What an application does meanwhile. */
    private void use() {
        if (!lying) {
            return;
        }
        List<Honest> all = List.copyOf(honest.values());
        Honest some = all.get(random.nextInt(all.size()));
        if (random.nextInt(20) == 0) {
            some.step(new Input.TransferLeadership(++exchange, null));
        } else if (feeds && random.nextInt(3) == 0) {
            some.step(new Input.ReadIndex(++exchange));
        } else if (feeds) {
            some.step(new Input.ProposeAll(++exchange, List.of(write(), write())));
        } else {
            some.step(new Input.Propose(++exchange, new Payload.Application("test", Bytes.utf8("x"))));
        }
        some.step(new Input.LeadershipWorkDone(some.lastTerm));
        at(now + random.nextLong(T / 4), this::use);
    }

    private void at(long when, Runnable action) {
        events.add(new Event(Math.max(when, now), ++eventNumber, action));
    }

    private ClockReading clock() {
        return new ClockReading(now, 1_700_000_000_000L + now / MILLI);
    }

    private long delay() {
        return 100_000 + random.nextLong(5 * MILLI);
    }

    private int oneOf(int... choices) {
        return choices[random.nextInt(choices.length)];
    }

    // ------------------------------------------------------------------------------------------------ what must hold

    /** Every vote that counted was given: by an honest member to its disk, or by the liar to this very candidate. */
    private void elected(Honest candidate, Observation.RoundEnded round) {
        for (String voter : round.votes()) {
            Honest by = honest.get(voter);
            boolean given = by != null
                    ? candidate.id.equals(by.votes.get(round.term()))
                    : voter.equals(LIAR)
                            && liar.kind.votes()
                            && liarsVotes.getOrDefault(round.term(), Set.of()).contains(candidate.id);
            if (!given) {
                throw new AssertionError(candidate.id + " counts a vote of " + voter + " in term " + round.term()
                        + " that was not given");
            }
        }
    }

    private void checkSafety() {
        long holders = honest.values().stream().filter(Honest::holdsLease).count();
        if (holders > 1) {
            throw new AssertionError("two leases at a time");
        }
        for (Honest member : honest.values()) {
            if (member.lastTerm > 10_000) {
                throw new AssertionError("one without a vote raised the term to " + member.lastTerm);
            }
            if (member.election.commitIndex() == member.checkedUpTo) {
                continue;
            }
            member.checkedUpTo = member.election.commitIndex();
            for (Entry entry : member.election.entries()) {
                if (entry.index() <= member.checkedUpTo) {
                    Long before = committed.putIfAbsent(entry.index(), entry.term());
                    if (before != null && before != entry.term()) {
                        throw new AssertionError("entry " + entry.index() + " was committed in terms " + before
                                + " and " + entry.term());
                    }
                }
            }
        }
        leadersOf.forEach((term, leaders) -> {
            if (leaders.size() > 1) {
                throw new AssertionError("two leaders in term " + term + ": " + leaders);
            }
        });
    }

    private void checkSize(Honest member) {
        long size = stateOf(member.election);
        tally.largestState = Math.max(tally.largestState, size);
        if (size > LARGEST_STATE) {
            throw new AssertionError(member.id + " holds " + size + " objects");
        }
    }

    /** How many objects hang on a member's state: its own, and what its collections hold. */
    private static long stateOf(Object root) {
        Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        Deque<Object> open = new ArrayDeque<>(List.of(root));
        while (!open.isEmpty()) {
            Object next = open.poll();
            if (next == null || next instanceof Enum<?> || !seen.add(next)) {
                continue;
            }
            if (next instanceof Collection<?> elements) {
                elements.stream().filter(e -> e != null).forEach(open::add);
            } else if (next instanceof Map<?, ?> map) {
                map.forEach((key, value) -> {
                    open.add(key);
                    open.add(value);
                });
            } else if (next.getClass().getPackageName().equals("io.election.core")
                    && !(next instanceof Draws)
                    && !(next instanceof ElectionSettings)) {
                fieldsOf(next, open);
            }
        }
        return seen.size();
    }

    private static void fieldsOf(Object owner, Deque<Object> open) {
        for (Field field : owner.getClass().getDeclaredFields()) {
            if (Modifier.isStatic(field.getModifiers()) || field.getType().isPrimitive()) {
                continue;
            }
            try {
                field.setAccessible(true);
                Object value = field.get(owner);
                if (value != null) {
                    open.add(value);
                }
            } catch (IllegalAccessException e) {
                throw new AssertionError(e);
            }
        }
    }

    // ------------------------------------------------------------------------------------------------ the network

    private void deliver(String from, Request request) {
        String to = request.header().to();
        if (to.equals(LIAR)) {
            at(now + delay(), () -> answer(from, request));
            return;
        }
        Honest receiver = honest.get(to);
        if (receiver == null || random.nextInt(100) < 2) {
            at(now + T, () -> unanswered(from, request));
            return;
        }
        at(now + delay(), () -> {
            receiver.callers.put(++exchange, from);
            receiver.step(new Input.RequestReceived(exchange, request));
        });
    }

    private void unanswered(String from, Request request) {
        Honest asker = honest.get(from);
        if (asker != null) {
            asker.step(new Input.Unanswered(request.header().requestId()));
        }
    }

    private void note(String who, Output output) {
        if (!output.effects().isEmpty()) {
            remember(who, output.effects());
        }
    }

    private void remember(String who, Object what) {
        trace.add(new Happened(now, who, what));
        if (trace.size() > 40) {
            trace.poll();
        }
    }

    String trace() {
        StringBuilder lines = new StringBuilder();
        trace.forEach(line -> lines.append(line).append(System.lineSeparator()));
        return lines.toString();
    }

    // ------------------------------------------------------------------------------------------------ the liar

    private void saw(Message message) {
        keep(terms, message.term());
        keep(requestIds, message.header().requestId());
        if (message instanceof Response.Heartbeat heartbeat) {
            keep(indexes, heartbeat.last().index());
        } else if (message instanceof Request.FromLeader leader) {
            keep(indexes, leader.commitIndex());
        } else if (message instanceof Request.Vote vote) {
            keep(indexes, vote.last().index());
        }
    }

    private void keep(List<Long> seen, long value) {
        seen.add(value);
        if (seen.size() > 12) {
            seen.remove(0);
        }
    }

    /** An honest member asks the liar. */
    private void answer(String from, Request request) {
        saw(request);
        Honest asker = honest.get(from);
        if (asker == null) {
            return;
        }
        if (!lying || !answers || random.nextInt(100) < 20) {
            if (membership == null && random.nextInt(100) < 95) {
                // The founding needs everybody.
                send(asker, () -> MemberUnderTest.yes(request), request);
            } else {
                at(now + T, () -> unanswered(from, request));
            }
            return;
        }
        int times = random.nextInt(10) == 0 ? 3 : 1;
        for (int i = 0; i < times; i++) {
            send(asker, () -> response(request), request);
        }
    }

    private interface Making<M> {
        M make();
    }

    private void send(Honest to, Making<Response> making, Request asked) {
        Response response = make(making);
        if (response == null) {
            at(now + T, () -> unanswered(to.id, asked));
            return;
        }
        answer(to, response);
    }

    private void answer(Honest to, Response response) {
        if (response instanceof Response.Vote vote && vote.refusal() == null && vote.phase() == Phase.VOTE) {
            liarsVotes
                    .computeIfAbsent(vote.askedTerm(), term -> new HashSet<>())
                    .add(to.id);
        }
        at(now + delay(), () -> to.step(new Input.ResponseReceived(response)));
    }

    private <M> @Nullable M make(Making<M> making) {
        try {
            M made = making.make();
            tally.lies++;
            remember("the liar", made);
            return made;
        } catch (IllegalArgumentException impossible) {
            tally.impossible++;
            return null;
        }
    }

    /** Acts of its own accord, again and again. */
    private void lie() {
        if (!lying) {
            return;
        }
        List<Honest> all = List.copyOf(honest.values());
        Honest to = all.get(random.nextInt(all.size()));
        if (random.nextInt(100) < 75) {
            Request request = make(() -> request(to));
            if (request != null) {
                at(now + delay(), () -> {
                    to.callers.put(++exchange, LIAR);
                    to.step(new Input.RequestReceived(exchange, request));
                });
            }
        } else {
            // An answer that nobody asked for, or to what somebody else was asked. It may guess what it was asked
            // itself.
            Response response = make(() -> response(unasked(to)));
            if (response != null) {
                answer(to, response);
            }
        }
        at(now + 1 + random.nextLong(2 * meanNanos), this::lie);
    }

    private Request unasked(Honest to) {
        Header header = new Header(
                Header.PROTOCOL,
                MemberUnderTest.CLUSTER,
                clusterId(),
                to.id,
                to.id + "-1",
                clusterId() != null,
                random.nextBoolean() ? LIAR : "nobody",
                null,
                requestId());
        long term = Math.max(1, term());
        return switch (random.nextInt(3)) {
            case 0 -> new Request.Vote(header, phase(), term, LogPosition.NONE, null, 0, null, null);
            case 1 -> new Request.Heartbeat(header, term, MemberUnderTest.T, 0, null);
            default -> new Request.TimeoutNow(header, new TransferProof(to.id, term), LogPosition.NONE);
        };
    }

    private ReplicationSettings replication() {
        return new ReplicationSettings(
                List.of("test"), oneOf(3, 20, 1000), 1 << 20, oneOf(0, 2000), 5000, 1 << 16, oneOf(1, 3), 1 << 16, 2);
    }

    private static Payload.Application write() {
        return new Payload.Application("test", Bytes.utf8("x"));
    }

    private static StateImage image(long seed) {
        return new StateImage(1 + seed % 1000, String.format("%064x", seed & 0xffff), List.of("test"));
    }

    /** What only a cluster says whose log feeds state machines. */
    private Request aboutReplicas(Header header, long term) {
        return switch (random.nextInt(6)) {
            case 0 -> new Request.ReadIndex(header);
            case 1, 2 ->
                new Request.Propose(
                        header,
                        term,
                        Math.max(0, header.requestId() - random.nextInt(3)),
                        random.nextBoolean() ? List.of(write()) : List.of(write(), large()));
            case 3 -> new Request.FetchImage(header, position(term), image(index()), 0, 100);
            case 4 -> {
                Snapshot named = snapshot(term).with(image(index()));
                yield new Request.InstallSnapshot(
                        header, term, promise(), named.last().index(), named);
            }
            default -> new Request.Heartbeat(header, term, promise(), index(), null, news());
        };
    }

    private Payload.Application large() {
        return new Payload.Application(
                random.nextBoolean() ? "test" : "unknown",
                Bytes.utf8("x".repeat(random.nextInt(wild ? 200_000 : 100))));
    }

    private @Nullable ReplicaNews news() {
        return !feeds || random.nextInt(3) == 0
                ? null
                : new ReplicaNews(index(), maybe(() -> new StateDigest(index(), random.nextInt(20))));
    }

    private @Nullable ReplicaStatus status() {
        return !feeds || random.nextInt(4) == 0
                ? null
                : new ReplicaStatus(
                        index(), random.nextInt(5) == 0, random.nextBoolean() ? List.of("test") : List.of("other"));
    }

    private Request request(Honest to) {
        Header header = asking(to);
        long term = Math.max(1, term());
        if (feeds && random.nextInt(4) == 0) {
            return aboutReplicas(header, term);
        }
        return switch (random.nextInt(leads ? 9 : 3)) {
            case 0, 1 ->
                new Request.Vote(
                        header,
                        phase(),
                        term,
                        position(term - 1),
                        maybe(this::anyPosition),
                        oneOf(0, 1, 1, 1, 2),
                        random.nextInt(10) == 0
                                ? members.stream().map(Member::listed).toList()
                                : null,
                        maybe(this::proof));
            case 2 -> new Request.TimeoutNow(header, proof(), position(term));
            case 3, 4 -> new Request.Heartbeat(header, term, promise(), index(), maybe(() -> position(term)));
            case 5 -> {
                Snapshot snapshot = snapshot(term);
                yield new Request.InstallSnapshot(
                        header, term, promise(), snapshot.last().index() + random.nextInt(3), snapshot);
            }
            default -> append(header, term);
        };
    }

    private Request append(Header header, long term) {
        LogPosition previous = position(term);
        List<Entry> entries = new ArrayList<>();
        int count = 1 + random.nextInt(4);
        long of = previous.term();
        for (int i = 0; i < count; i++) {
            of = random.nextBoolean() ? of : Math.min(term, of + random.nextInt(3));
            entries.add(new Entry(previous.index() + 1 + i, Math.max(1, of), payload(previous.index() + 1 + i)));
        }
        return new Request.Append(header, term, promise(), index(), previous, entries, news());
    }

    private Payload payload(long index) {
        return switch (random.nextInt(6)) {
            case 0 ->
                new Payload.TermOpening(LIAR, maybe(this::anyPosition), index == 1 ? someMembership(index) : null);
            case 1 -> new Payload.MembershipChange(someMembership(index));
            case 2 -> new Payload.Withheld();
            case 3 -> new Payload.Application("test", Bytes.utf8("x".repeat(random.nextInt(wild ? 200_000 : 100))));
            default -> new Payload.TermOpening("a", null, null);
        };
    }

    private Membership someMembership(long index) {
        Membership known = membership;
        if (known == null || random.nextInt(4) == 0) {
            List<EnrolledMember> enrolled = new ArrayList<>();
            for (Member member : members) {
                if (random.nextInt(4) > 0) {
                    enrolled.add(new EnrolledMember(
                            member.id(),
                            random.nextInt(5) == 0 ? MemberKind.DATA : member.kind(),
                            random.nextBoolean() ? member.id() + "-1" : "other",
                            1 + random.nextInt(2)));
                }
            }
            return new Membership(
                    known == null || random.nextBoolean() ? "c-9" : known.clusterId(),
                    wild ? random.nextLong(1L << 34) : 1_700_000_000L,
                    enrolled);
        }
        List<EnrolledMember> all = known.members();
        EnrolledMember changed = all.get(random.nextInt(all.size()));
        return known.withIncarnation(changed.id(), random.nextBoolean() ? "other" : changed.id() + "-1", index);
    }

    private Snapshot snapshot(long term) {
        LogPosition last = position(term);
        List<Snapshot.OpenedPosition> openings = new ArrayList<>();
        long from = last.term() - random.nextLong(Math.min(last.term() + 1, 100));
        for (long opened = Math.max(1, from); opened <= last.term() && openings.size() < 64; opened++) {
            if (random.nextBoolean()) {
                openings.add(new Snapshot.OpenedPosition(opened, anyPosition()));
            }
        }
        return new Snapshot(last, someMembership(Math.max(1, last.index())), openings, random.nextBoolean() ? 0 : from);
    }

    private Response response(Request asked) {
        Header header = answering(asked);
        Refusal refusal = random.nextInt(100) < 50 ? null : refusal();
        if (asked instanceof Request.Vote vote) {
            boolean fitting = random.nextInt(100) < 80;
            return new Response.Vote(
                    header,
                    fitting ? vote.phase() : phase(),
                    fitting ? vote.term() : term(),
                    refusal == null && fitting ? vote.term() - (vote.phase() == Phase.VOTE ? 0 : 1) : term(),
                    refusal);
        }
        if (asked instanceof Request.TimeoutNow) {
            return new Response.TimeoutNow(header, term(), refusal);
        }
        if (asked instanceof Request.Heartbeat) {
            return random.nextInt(20) == 0
                    ? new Response.Append(header, term(), refusal, index())
                    : new Response.Heartbeat(
                            header, asked.term(), refusal, position(asked.term()), maybe(this::anyPosition), status());
        }
        if (asked instanceof Request.ReadIndex) {
            return new Response.ReadIndex(header, term(), index());
        }
        if (asked instanceof Request.Propose) {
            return new Response.Propose(header, term(), outcome(), index());
        }
        return random.nextInt(20) == 0
                ? new Response.Heartbeat(header, asked.term(), refusal, position(asked.term()), null)
                : new Response.Append(header, term(), refusal, index(), feeds ? maybe(this::index) : null);
    }

    private ProposalOutcome outcome() {
        ProposalOutcome.Kind[] kinds = ProposalOutcome.Kind.values();
        ProposalOutcome.Reason[] reasons = ProposalOutcome.Reason.values();
        return new ProposalOutcome(
                kinds[random.nextInt(kinds.length)],
                random.nextInt(4),
                position(term()),
                maybe(() -> reasons[random.nextInt(reasons.length)]),
                "");
    }

    private Refusal refusal() {
        RefusalReason[] all = RefusalReason.values();
        RefusalReason reason = all[random.nextInt(all.length)];
        return new Refusal(
                reason,
                reason == RefusalReason.BOUND
                        ? Duration.ofNanos(random.nextInt(4) == 0 ? 0 : random.nextLong(2 * T))
                        : null,
                maybe(this::anyPosition),
                maybe(() -> members.get(random.nextInt(members.size())).id()));
    }

    private Header asking(Honest to) {
        String from = LIAR;
        if (liar.passesForOthers) {
            String other = members.get(random.nextInt(members.size())).id();
            from = other.equals(to.id) ? LIAR : other;
        }
        return new Header(
                Header.PROTOCOL,
                MemberUnderTest.CLUSTER,
                clusterId(),
                from,
                random.nextInt(10) == 0 ? "other" : from + "-1",
                true,
                to.id,
                random.nextInt(10) == 0 ? "other" : to.id + "-1",
                requestId());
    }

    private Header answering(Request asked) {
        Header header = asked.header();
        boolean fitting = random.nextInt(100) < 90;
        return new Header(
                Header.PROTOCOL,
                MemberUnderTest.CLUSTER,
                random.nextInt(10) == 0 ? clusterId() : header.clusterId(),
                fitting ? header.to() : "nobody",
                random.nextInt(10) == 0 ? "other" + random.nextInt(100) : LIAR + "-1",
                header.clusterId() != null && random.nextInt(10) > 0,
                header.from(),
                fitting ? header.fromIncarnation() : "other",
                fitting ? header.requestId() : requestId());
    }

    private @Nullable String clusterId() {
        Membership known = membership;
        return random.nextInt(50) == 0 || known == null ? null : random.nextInt(50) == 0 ? "c-9" : known.clusterId();
    }

    private Phase phase() {
        return random.nextBoolean() ? Phase.PRE_VOTE : Phase.VOTE;
    }

    private TransferProof proof() {
        return new TransferProof(liar.passesForOthers ? "a" : LIAR, term());
    }

    private Duration promise() {
        return wild && random.nextInt(10) == 0
                ? Request.FromLeader.PROMISE_LIMIT.minusNanos(random.nextLong(1L << 40))
                : Duration.ofNanos(random.nextLong(2 * T));
    }

    private long requestId() {
        return requestIds.get(random.nextInt(requestIds.size())) + random.nextInt(3);
    }

    private long term() {
        long seen = terms.get(random.nextInt(terms.size()));
        return switch (random.nextInt(wild ? 12 : 8)) {
            case 0 -> Math.max(0, seen - 1);
            case 1, 2 -> seen + 1;
            case 3 -> seen + 2;
            case 8 -> seen + random.nextLong(1L << 30);
            case 9 -> random.nextLong(1L << 41);
            case 10 -> Message.TERM_LIMIT - 1 - random.nextInt(4);
            default -> seen;
        };
    }

    private long index() {
        long seen = indexes.get(random.nextInt(indexes.size()));
        return switch (random.nextInt(wild ? 11 : 8)) {
            case 0 -> Math.max(0, seen - 1 - random.nextInt(5));
            case 1, 2 -> seen + 1;
            case 3 -> seen + random.nextInt(100);
            case 8 -> random.nextLong(1L << 53);
            case 9 -> Message.INDEX_LIMIT - 1 - random.nextInt(4);
            default -> seen;
        };
    }

    private LogPosition position(long upTo) {
        long term = Math.min(upTo, Math.max(1, term()));
        return term == 0 || random.nextInt(10) == 0 ? LogPosition.NONE : new LogPosition(term, Math.max(1, index()));
    }

    private LogPosition anyPosition() {
        return random.nextInt(4) == 0
                ? new LogPosition(random.nextLong(Long.MAX_VALUE), Long.MAX_VALUE)
                : position(term());
    }

    private <V> @Nullable V maybe(Making<V> value) {
        return random.nextInt(3) == 0 ? value.make() : null;
    }
}
