package io.election.core.simulator;

import io.election.HandoverResult;
import io.election.Role;
import io.election.core.AutopilotSettings;
import io.election.core.Bytes;
import io.election.core.Effect;
import io.election.core.ElectionSettings;
import io.election.core.ElectionView;
import io.election.core.EnrolledMember;
import io.election.core.Entry;
import io.election.core.Header;
import io.election.core.Input;
import io.election.core.ListedMember;
import io.election.core.LogPosition;
import io.election.core.Member;
import io.election.core.MemberChange;
import io.election.core.MemberKind;
import io.election.core.Membership;
import io.election.core.Message;
import io.election.core.Payload;
import io.election.core.Phase;
import io.election.core.RefusalReason;
import io.election.core.Request;
import io.election.core.Response;
import io.election.core.TransferProof;
import io.election.core.simulator.VirtualNetwork.Envelope;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A scripted schedule on the virtual cluster: who is cut off, which messages arrive and when, who crashes. Nothing is
 * random here: messages take a millisecond, writes take one, clocks run true. All invariants of the random runs are
 * checked after every event of a script too.
 *
 * <pre>
 * Scenario cluster = Scenario.of("a", "b", "c").start();
 * cluster.elect("a");
 * cluster.cut("a").from("b", "c");
 * cluster.run(ms(500));
 * assertThat(cluster.isLeader("a")).isTrue();
 * </pre>
 */
final class Scenario {

    /** T, unless a script sets another. */
    static final Duration T = Duration.ofSeconds(1);

    private static final long LIMIT_NANOS = Duration.ofSeconds(120).toNanos();

    private final Trace trace = new Trace(true);
    private final VirtualCluster cluster;
    private final List<Envelope> sent = new ArrayList<>();
    private long forgedRequests = 1L << 60;

    /** What a cluster is made of. */
    static final class Builder {
        private final List<Member> members = new ArrayList<>();
        private Duration timeout = T;
        private Duration heartbeat = Duration.ofMillis(100);
        private Duration lease = Duration.ofMillis(750);
        private Duration handoverTimeout = Duration.ofSeconds(5);
        private boolean suppliesPosition;
        private int compaction = 100;
        private @Nullable Duration roundTrip;

        Builder witnesses(String... ids) {
            return add(MemberKind.WITNESS, ids);
        }

        Builder observers(String... ids) {
            return add(MemberKind.OBSERVER, ids);
        }

        /** Heartbeats and lease keep their share of it. */
        Builder electionTimeout(Duration newTimeout) {
            timeout = newTimeout;
            heartbeat = newTimeout.dividedBy(10);
            lease = newTimeout.multipliedBy(3).dividedBy(4);
            return this;
        }

        Builder handoverTimeout(Duration newTimeout) {
            handoverTimeout = newTimeout;
            return this;
        }

        /** The application has a log of its own, whose position counts. */
        Builder withApplicationLog() {
            suppliesPosition = true;
            return this;
        }

        Builder compactsAfter(int entries) {
            compaction = entries;
            return this;
        }

        private Builder add(MemberKind kind, String... ids) {
            for (String id : ids) {
                // The first one ranks first, so that a script knows who stands first.
                members.add(new Member(id, kind, 100 - members.size(), false));
            }
            return this;
        }

        private ElectionSettings settings(String id) {
            return new ElectionSettings(
                    "scripted",
                    id,
                    members,
                    timeout,
                    heartbeat,
                    lease,
                    0.05,
                    Duration.ofMillis(10),
                    handoverTimeout,
                    suppliesPosition,
                    compaction);
        }

        /** Messages take half of it. Members exchange pings, as they do in the node. */
        Builder roundTrip(Duration newRoundTrip) {
            roundTrip = newRoundTrip;
            return this;
        }

        /** All processes are started at once. */
        Scenario start() {
            Scenario scenario = prepare();
            scenario.cluster.members().forEach(member -> scenario.start(member.id()));
            return scenario;
        }

        /** No process runs yet. */
        Scenario prepare() {
            Scenario scenario =
                    new Scenario(members.stream().map(m -> settings(m.id())).toList());
            if (roundTrip != null) {
                scenario.roundTrip(roundTrip);
                scenario.cluster.members().forEach(VirtualMember::exchangesPings);
            }
            return scenario;
        }
    }

    private Scenario(List<ElectionSettings> settings) {
        List<VirtualClock> clocks = new ArrayList<>();
        for (int i = 0; i < settings.size(); i++) {
            clocks.add(new VirtualClock(i * 1_000_000_000_000L, 1_767_225_600_000_000_000L, 1, 1));
        }
        cluster = new VirtualCluster(1, trace, new Coverage(), settings, clocks);
        VirtualNetwork.Weather weather = new VirtualNetwork.Weather();
        weather.shortestNanos = 1_000_000;
        weather.typicalNanos = 1_000_000;
        cluster.network().weather(weather);
        cluster.network().listen(sent::add);
        cluster.members().forEach(member -> member.diskPace(1_000_000, 1_000_000));
    }

    /** Data members, the first ranking first. */
    static Builder of(String... dataMembers) {
        return new Builder().add(MemberKind.DATA, dataMembers);
    }

    static Duration ms(long millis) {
        return Duration.ofMillis(millis);
    }

    static Duration seconds(long seconds) {
        return Duration.ofSeconds(seconds);
    }

    // -- time ----------------------------------------------------------------------------------------------------

    /** Lets time pass. */
    Scenario run(Duration time) {
        checked(() -> cluster.run(cluster.nowNanos() + time.toNanos()));
        return this;
    }

    /**
     * Lets time pass until something holds.
     *
     * @throws AssertionError with the trace, if it does not hold within two minutes
     */
    Scenario until(String what, BooleanSupplier condition) {
        checked(() -> {
            if (!cluster.run(cluster.nowNanos() + LIMIT_NANOS, condition)) {
                throw new AssertionError("it never came that " + what);
            }
        });
        return this;
    }

    Duration now() {
        return Duration.ofNanos(cluster.nowNanos());
    }

    private void checked(Runnable events) {
        try {
            events.run();
        } catch (AssertionError | RuntimeException failure) {
            throw new AssertionError(failure + System.lineSeparator() + trace.last(60), failure);
        }
    }

    // -- who leads -----------------------------------------------------------------------------------------------

    /** Lets time pass until a member leads and the others know; another leader is asked to hand over to it. */
    Scenario elect(String id) {
        until("somebody leads", () -> cluster.leader() != null);
        if (!isLeader(id)) {
            String before = leader();
            until("all is settled", () -> cluster.disagreement() == null);
            handOver(before, id);
        }
        return until(id + " leads and all know it", () -> isLeader(id) && cluster.disagreement() == null);
    }

    /** As a caller in the member's process sees it, without asking: a lapsed lease stays unnoticed. */
    boolean isLeader(String id) {
        VirtualMember member = cluster.member(id);
        return member.isUp() && member.leadsUntilNanos() > cluster.nowNanos();
    }

    /** A caller in the member's process asks, which notices a lapsed lease. */
    boolean asksWhetherItLeads(String id) {
        boolean[] answer = new boolean[1];
        checked(() -> answer[0] = cluster.member(id).isLeader());
        return answer[0];
    }

    /** The member whose lease holds, or {@code null}. */
    @Nullable String leader() {
        VirtualMember leader = cluster.leader();
        return leader == null ? null : leader.id();
    }

    Scenario untilNobodyLeads() {
        return until("nobody leads", () -> cluster.leader() == null);
    }

    Scenario untilSomebodyLeads() {
        return until("somebody leads", () -> cluster.leader() != null);
    }

    Scenario untilAllAgree() {
        return until("all agree", () -> cluster.disagreement() == null);
    }

    ElectionView view(String id) {
        return cluster.member(id).view();
    }

    Role role(String id) {
        return view(id).role();
    }

    long term(String id) {
        return view(id).term();
    }

    LogPosition last(String id) {
        return view(id).last();
    }

    List<Entry> entries(String id) {
        return cluster.member(id).election().entries();
    }

    long commitIndex(String id) {
        return view(id).commitIndex();
    }

    /** What the member would recover if it were restarted now. */
    VirtualDisk disk(String id) {
        return cluster.member(id).disk();
    }

    // -- the network ---------------------------------------------------------------------------------------------

    /** Begins a sentence: {@code cut("a").from("b")}, {@code cut("a").towards("b")}. */
    Cut cut(String id) {
        return new Cut(cluster.member(id));
    }

    /** What is cut, and from whom. */
    final class Cut {
        private final VirtualMember member;

        private Cut(VirtualMember member) {
            this.member = member;
        }

        /** Nothing passes in either direction. */
        Scenario from(String... others) {
            for (String other : others) {
                cluster.network().cut(member, cluster.member(other));
                cluster.network().cut(cluster.member(other), member);
            }
            note("cut " + member + " from " + String.join(", ", others));
            return Scenario.this;
        }

        Scenario fromAll() {
            return from(cluster.members().stream()
                    .filter(other -> other != member)
                    .map(VirtualMember::id)
                    .toArray(String[]::new));
        }

        /** What this member sends to them gets lost; what they send still arrives. */
        Scenario towards(String... others) {
            for (String other : others) {
                cluster.network().cut(member, cluster.member(other));
            }
            note("cut " + member + " towards " + String.join(", ", others));
            return Scenario.this;
        }
    }

    Scenario mend() {
        cluster.network().mendAll();
        note("network whole");
        return this;
    }

    /** Messages take half of it from now on. */
    Scenario roundTrip(Duration roundTrip) {
        VirtualNetwork.Weather weather = new VirtualNetwork.Weather();
        weather.shortestNanos = Math.max(1, roundTrip.toNanos() / 2);
        weather.typicalNanos = weather.shortestNanos;
        cluster.network().weather(weather);
        note("round trip " + roundTrip);
        return this;
    }

    /** The way between these two takes so much longer. */
    Scenario far(String one, String other, Duration extraRoundTrip) {
        cluster.network().slow(cluster.member(one), cluster.member(other), extraRoundTrip.toNanos() / 2);
        cluster.network().slow(cluster.member(other), cluster.member(one), extraRoundTrip.toNanos() / 2);
        return this;
    }

    /** Messages that match are kept back from now on, when they are about to arrive. */
    Scenario hold(Predicate<Envelope> which) {
        cluster.network().hold(which);
        return this;
    }

    /** Messages that match get lost from now on, when they are about to arrive. */
    Scenario drop(Predicate<Envelope> which) {
        cluster.network().drop(which);
        return this;
    }

    /** All other messages get lost from now on. */
    Scenario deliverOnly(Predicate<Envelope> which) {
        return drop(which.negate());
    }

    Scenario deliverAll() {
        cluster.network().drop(null);
        cluster.network().hold(null);
        return this;
    }

    /** Messages kept back that match arrive now, in their order. */
    Scenario release(Predicate<Envelope> which) {
        for (Envelope envelope : List.copyOf(cluster.network().held())) {
            if (which.test(envelope)) {
                checked(() -> cluster.network().release(envelope));
            }
        }
        return this;
    }

    List<Envelope> held() {
        return List.copyOf(cluster.network().held());
    }

    /** A message that arrived once arrives again. */
    Scenario repeat(Envelope envelope) {
        checked(() -> cluster.network().repeat(envelope));
        return this;
    }

    static Predicate<Envelope> from(String id) {
        return envelope -> envelope.from.equals(id);
    }

    static Predicate<Envelope> to(String id) {
        return envelope -> envelope.to.equals(id);
    }

    static Predicate<Envelope> between(String one, String other) {
        return from(one).and(to(other)).or(from(other).and(to(one)));
    }

    static Predicate<Envelope> a(Class<? extends Message> kind) {
        return envelope -> kind.isInstance(envelope.message);
    }

    static Predicate<Envelope> isTimeoutNow() {
        return a(Request.TimeoutNow.class);
    }

    static Predicate<Envelope> isVoteRequest(Phase phase) {
        return envelope -> envelope.message instanceof Request.Vote vote && vote.phase() == phase;
    }

    static Predicate<Envelope> isGrant(Phase phase) {
        return envelope ->
                envelope.message instanceof Response.Vote vote && vote.phase() == phase && vote.refusal() == null;
    }

    /** Everything that was sent so far, lost or not. */
    Stream<Envelope> sent(Predicate<Envelope> which) {
        return List.copyOf(sent).stream().filter(which);
    }

    Scenario forgetWhatWasSent() {
        sent.clear();
        return this;
    }

    // -- processes and disks -------------------------------------------------------------------------------------

    /** The process locks its directory, listens at once, and its application is ready. */
    Scenario start(String id) {
        return start(id, Duration.ZERO);
    }

    /** The process locks its directory, and listens after a while. */
    Scenario start(String id, Duration boot) {
        checked(() -> {
            cluster.member(id).start(boot.toNanos(), 0);
            cluster.run(cluster.nowNanos());
        });
        return this;
    }

    /** A process whose application does not say how far its own log is. */
    Scenario startWithoutPosition(String id) {
        cluster.member(id).keepPositionSecret();
        return start(id);
    }

    Scenario crash(String... ids) {
        for (String id : ids) {
            checked(() -> cluster.member(id).crash("is killed"));
        }
        return this;
    }

    Scenario restart(String... ids) {
        crash(ids);
        for (String id : ids) {
            start(id);
        }
        return this;
    }

    /** The process dies, and its directory is lost. */
    Scenario wipe(String id) {
        crash(id);
        cluster.invariants().losing(cluster.member(id));
        cluster.member(id).wipe();
        return this;
    }

    Scenario close(String id) {
        checked(() -> cluster.member(id).close());
        return this;
    }

    /** The process ends in good order, and has itself removed from the cluster first. */
    Scenario leave(String id) {
        checked(() -> cluster.member(id).close(true));
        return this;
    }

    Scenario pause(String id) {
        cluster.member(id).pause(-1);
        return this;
    }

    /** The next step of the member is interrupted after some of its effects. */
    Scenario pauseInNextStep(String id, int afterEffects) {
        cluster.member(id).pause(afterEffects);
        return this;
    }

    Scenario suspend(String id) {
        cluster.member(id).suspend();
        return this;
    }

    /** Somebody sets the machine's wall clock. */
    Scenario setWallClock(String id, Duration by) {
        VirtualMember member = cluster.member(id);
        checked(() -> member.changeClock(() -> member.clock().jumpWall(cluster.nowNanos(), by.toNanos())));
        note("wall clock of " + id + " set by " + by);
        return this;
    }

    Scenario wake(String id) {
        checked(() -> cluster.member(id).resume());
        return this;
    }

    boolean isUp(String id) {
        return cluster.member(id).isUp();
    }

    /** Writes that begin from now on take so long. */
    Scenario slowDisk(String id, Duration write) {
        cluster.member(id).diskPace(write.toNanos(), write.toNanos());
        note("disk of " + id + " takes " + write);
        return this;
    }

    Scenario failNextWrite(String id) {
        cluster.member(id).failNextWrite();
        return this;
    }

    /** Listeners take so long, on every member. */
    Scenario slowListeners(Duration listeners) {
        cluster.listenersTake(listeners.toNanos());
        return this;
    }

    /** What the next process of the member finds in its configuration. */
    Scenario reconfigure(String id, UnaryOperator<ElectionSettings> change) {
        VirtualMember member = cluster.member(id);
        member.settings(change.apply(member.settings()));
        return this;
    }

    static UnaryOperator<ElectionSettings> withTimeout(Duration timeout) {
        return s -> new ElectionSettings(
                s.cluster(),
                s.nodeId(),
                s.members(),
                timeout,
                timeout.dividedBy(10),
                timeout.multipliedBy(3).dividedBy(4),
                s.clockDrift(),
                s.step(),
                s.handoverTimeout(),
                s.suppliesPosition(),
                s.compactionThreshold());
    }

    static UnaryOperator<ElectionSettings> withMembers(String... ids) {
        return s -> new ElectionSettings(
                s.cluster(),
                s.nodeId(),
                Stream.of(ids)
                        .map(id -> s.member(id).orElse(new Member(id, MemberKind.DATA, 0, false)))
                        .toList(),
                s.electionTimeout(),
                s.heartbeatInterval(),
                s.leaseDuration(),
                s.clockDrift(),
                s.step(),
                s.handoverTimeout(),
                s.suppliesPosition(),
                s.compactionThreshold());
    }

    static UnaryOperator<ElectionSettings> withAutopilot(AutopilotSettings autopilot) {
        return s -> new ElectionSettings(
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
                autopilot);
    }

    // -- callers -------------------------------------------------------------------------------------------------

    /** A caller wishes a transfer; its number is for {@link #handoverResult}. */
    long handOver(String id, @Nullable String to) {
        long call = called(id);
        checked(() -> cluster.member(id).receive(new Input.TransferLeadership(call, to)));
        return call;
    }

    @Nullable HandoverResult handoverResult(long call) {
        Effect.TransferEnded ended = cluster.transferEnded(call);
        return ended == null ? null : ended.result();
    }

    /** A caller wishes the member to step down; its number is for {@link #handoverResult}. */
    long stepDown(String id) {
        long call = called(id);
        checked(() -> cluster.member(id).receive(new Input.StepDown(call)));
        return call;
    }

    /**
     * A caller wishes an entry.
     *
     * @return its index, or 0 if the member takes none
     */
    long propose(String id, String data) {
        long call = called(id);
        checked(() ->
                cluster.member(id).receive(new Input.Propose(call, new Payload.Application("test", Bytes.utf8(data)))));
        Effect.ProposalAnswered answered = cluster.proposalAnswered(call);
        return answered == null ? 0 : answered.index();
    }

    /**
     * An operator changes the members; time passes until that has an answer.
     *
     * @param id who is asked
     * @return how it ended
     */
    MemberChange.Outcome change(String id, MemberChange change, boolean force) {
        long call = beginChange(id, change, force);
        until(change + " is answered", () -> cluster.memberChange(call) != null);
        return Objects.requireNonNull(cluster.memberChange(call)).outcome();
    }

    /** An operator wishes to change the members, and does not wait. */
    long beginChange(String id, MemberChange change, boolean force) {
        long call = called(id);
        checked(() -> cluster.member(id).receive(new Input.ChangeMembers(call, change, null, force)));
        return call;
    }

    /** How a change ended, or {@code null} if it has not. */
    MemberChange.@Nullable Outcome result(long call) {
        MemberChange.Result result = cluster.memberChange(call);
        return result == null ? null : result.outcome();
    }

    /** Lets time pass until a learner holds all that its leader has committed. */
    Scenario untilCaughtUp(String learner) {
        return until(learner + " has the log", () -> {
            VirtualMember leader = cluster.leader();
            VirtualMember joins = cluster.member(learner);
            return leader != null
                    && joins.isUp()
                    && joins.view().commitIndex() == leader.view().commitIndex()
                    && leader.view().members().stream()
                            .anyMatch(m -> m.id().equals(learner)
                                    && Objects.equals(
                                            m.matchIndex(), leader.view().commitIndex()));
        });
    }

    /** Members keep the light exchange alive, as they do in the node. */
    Scenario exchangingPings() {
        cluster.members().forEach(VirtualMember::exchangesPings);
        return this;
    }

    Scenario applicationAt(String id, long term, long index) {
        checked(() -> cluster.member(id).applicationWrote(new LogPosition(term, index)));
        return this;
    }

    private long called(String id) {
        long call = cluster.nextCall();
        cluster.invariants().called(cluster.member(id), call);
        return call;
    }

    // -- made-up requests ----------------------------------------------------------------------------------------

    /** Begins a sentence: {@code whenTold("b").by("c").thatItLeads(2)}. */
    Asked whenTold(String id) {
        return new Asked(id);
    }

    /** Begins a sentence: {@code whenAsked("b").by("c").forItsVote(PRE_VOTE, 2)}. */
    Asked whenAsked(String id) {
        return new Asked(id);
    }

    /** A request that a member might have sent, with the header that it would have put on it. */
    final class Asked {
        private final String voter;
        private String candidate = "";
        private @Nullable LogPosition last;
        private @Nullable LogPosition application;
        private @Nullable TransferProof proof;
        private @Nullable List<ListedMember> founding;

        private Asked(String voter) {
            this.voter = voter;
        }

        Asked by(String id) {
            candidate = id;
            return this;
        }

        /** Where the candidate's log ends, if not where it really does. */
        Asked withLogUpTo(long term, long index) {
            last = new LogPosition(term, index);
            return this;
        }

        Asked withApplicationAt(long term, long index) {
            application = new LogPosition(term, index);
            return this;
        }

        Asked withProof(String leader, long term) {
            proof = new TransferProof(leader, term);
            cluster.invariants().madeUp(proof);
            return this;
        }

        Asked toFound(ListedMember... members) {
            founding = Stream.of(members)
                    .sorted(Comparator.comparing(ListedMember::id))
                    .toList();
            return this;
        }

        /** Sends it, and waits for the answer; {@code null} if none comes within ten seconds. */
        Response.@Nullable Vote forItsVote(Phase phase, long term) {
            VirtualMember from = cluster.member(candidate);
            Membership membership = membership();
            EnrolledMember named =
                    membership == null ? null : membership.member(voter).orElse(null);
            // Who founds holds nothing; and nobody stands in a term in which an entry was written that it holds.
            Header header = header(from, founding == null ? membership : null, named);
            LogPosition held = last != null ? last : cluster.invariants().last(from);
            LogPosition end = founding != null || term == 1
                    ? LogPosition.NONE
                    : new LogPosition(Math.min(held.term(), term - 1), held.index());
            return (Response.Vote) answer(new Request.Vote(
                    header,
                    phase,
                    term,
                    end,
                    application,
                    named == null || end.index() == 0 ? 0 : named.namedAt(),
                    founding,
                    proof));
        }

        /** Why it refuses; {@code null} if it grants. */
        @Nullable RefusalReason refusesItsVote(Phase phase, long term) {
            Response.Vote response = forItsVote(phase, term);
            if (response == null) {
                throw new AssertionError(voter + " does not answer" + System.lineSeparator() + trace.last(60));
            }
            return response.refusal() == null ? null : response.refusal().reason();
        }

        /** What it says to the candidate's made-up word that it leads a term. */
        Response.Heartbeat thatItLeads(long term) {
            cluster.invariants().forged();
            Membership membership = membership();
            EnrolledMember named =
                    membership == null ? null : membership.member(voter).orElse(null);
            Header header = header(cluster.member(candidate), membership, named);
            Response answer = answer(new Request.Heartbeat(
                    header, term, cluster.member(candidate).settings().electionTimeout(), 0, null));
            if (answer == null) {
                throw new AssertionError(voter + " does not answer" + System.lineSeparator() + trace.last(60));
            }
            return (Response.Heartbeat) answer;
        }

        private @Nullable Membership membership() {
            return cluster.members().stream()
                    .map(cluster.invariants()::membership)
                    .filter(m -> m != null)
                    .findFirst()
                    .orElse(null);
        }

        private Header header(VirtualMember from, @Nullable Membership membership, @Nullable EnrolledMember named) {
            return new Header(
                    Header.PROTOCOL,
                    from.settings().cluster(),
                    membership == null || founding != null ? null : membership.clusterId(),
                    candidate,
                    from.disk().incarnation(),
                    founding == null && membership != null,
                    voter,
                    named == null || founding != null ? null : named.incarnation(),
                    forgedRequests++);
        }
    }

    private @Nullable Response answer(Request request) {
        VirtualNetwork.Call[] call = new VirtualNetwork.Call[1];
        checked(() -> call[0] = cluster.network().inject(request));
        checked(() -> cluster.run(cluster.nowNanos() + seconds(10).toNanos(), () -> !call[0].answers.isEmpty()));
        return call[0].answers.isEmpty() ? null : call[0].answers.get(0);
    }

    private void note(String what) {
        trace.add(cluster.nowNanos(), "", "*** " + what);
    }

    /** What has happened so far. */
    String trace() {
        return String.join(System.lineSeparator(), trace.lines());
    }
}
