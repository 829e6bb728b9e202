package io.election.core.simulator;

import io.election.FencingToken;
import io.election.core.ClockReading;
import io.election.core.DurableState;
import io.election.core.Effect;
import io.election.core.EffectQueue;
import io.election.core.Election;
import io.election.core.ElectionSettings;
import io.election.core.ElectionView;
import io.election.core.EnrolledMember;
import io.election.core.Entry;
import io.election.core.Input;
import io.election.core.Lease;
import io.election.core.Membership;
import io.election.core.Message;
import io.election.core.Observation;
import io.election.core.Output;
import io.election.core.Request;
import io.election.core.Response;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Members that keep their memory in memory, and any number of clusters of one name that they found, on virtual time. The larger
 * simulator knows one cluster at a time. This one judges what holds where there may be several:
 *
 * <ul>
 *   <li>In each cluster a term has one leader, and no two leases hold at one instant.
 *   <li>No life of a member has voted for two foundings of which both were committed, if a quorum of the first remembers it.
 *   <li>Each token is higher than all before it, if no two clusters may lead at once ({@link #expectOneLeader()}).
 *   <li>A member forgets its cluster for want of a quorum only when none of those that remember it is left.
 *   <li>Who has heard of a leader of a higher generation leads no more.
 * </ul>
 */
final class FoundingWorld {

    static final long MILLI = 1_000_000;
    private static final long CALL_LIMIT_NANOS = 400 * MILLI;

    private final EventQueue queue = new EventQueue();
    private final Map<String, Member> members = new TreeMap<>();
    private final RandomGenerator random;
    private final StringBuilder trace = new StringBuilder();
    private final boolean traced;
    private final Set<String> cuts = new HashSet<>();
    private final List<Parcel> held = new ArrayList<>();
    private long nowNanos;
    private long shortestNanos = MILLI;
    private long longestNanos = MILLI;
    private double loss;
    private @Nullable Predicate<Parcel> holding;
    private boolean oneLeader;

    // What the checks remember.
    private final Map<String, String> leaders = new HashMap<>();
    private final Map<String, Membership> committedFoundings = new LinkedHashMap<>();
    private long highestToken;
    int lives;
    int forgotten;
    int superseded;
    int clocksDiffered;

    /** One message on its way. */
    record Parcel(String from, String to, Message message, Runnable arrival) {}

    FoundingWorld(RandomGenerator random, boolean traced) {
        this.random = random;
        this.traced = traced;
    }

    // -- what a run sets ------------------------------------------------------------------------------------------

    /** What the name service shows a member, now and whenever it is asked again. */
    interface NameService {
        Set<String> shownTo(Member member);
    }

    private @Nullable NameService names;
    private long namesEveryNanos;

    /** Members find each other by a name, which each asks for about so often. */
    void discover(NameService service, long everyNanos) {
        names = service;
        namesEveryNanos = everyNanos;
    }

    /** Nobody but the members of one list founds a cluster here, so no two clusters may lead at once, and all tokens rise. */
    void expectOneLeader() {
        oneLeader = true;
    }

    void weather(long shortest, long longest, double share) {
        shortestNanos = shortest;
        longestNanos = longest;
        loss = share;
    }

    Member add(ElectionSettings settings, long wallAheadMillis) {
        Member member = new Member(settings, wallAheadMillis);
        members.put(settings.nodeId(), member);
        return member;
    }

    Member member(String id) {
        Member member = members.get(id);
        if (member == null) {
            throw new IllegalArgumentException("there is no member '" + id + "'");
        }
        return member;
    }

    List<Member> members() {
        return List.copyOf(members.values());
    }

    void cut(String one, String... others) {
        for (String other : others) {
            cuts.add(one + ' ' + other);
            cuts.add(other + ' ' + one);
        }
    }

    void mend() {
        cuts.clear();
    }

    boolean isCut(String from, String to) {
        return cuts.contains(from + ' ' + to);
    }

    /** Messages that match are kept from now on until they are released. */
    void hold(@Nullable Predicate<Parcel> which) {
        holding = which;
    }

    List<Parcel> held() {
        return List.copyOf(held);
    }

    void release(Parcel parcel) {
        held.remove(parcel);
        parcel.arrival().run();
    }

    // -- time -----------------------------------------------------------------------------------------------------

    long nowNanos() {
        return nowNanos;
    }

    void at(long atNanos, Runnable action) {
        queue.add(Math.max(atNanos, nowNanos), action);
    }

    void run(long nanos) {
        long until = nowNanos + nanos;
        while (queue.nextNanos() <= until) {
            nowNanos = queue.nextNanos();
            queue.poll().run();
        }
        nowNanos = until;
    }

    /** Returns whether it came in time. */
    boolean runUntil(long nanos, java.util.function.BooleanSupplier condition) {
        long until = nowNanos + nanos;
        while (!condition.getAsBoolean()) {
            if (queue.nextNanos() > until) {
                nowNanos = until;
                return condition.getAsBoolean();
            }
            nowNanos = queue.nextNanos();
            queue.poll().run();
        }
        return true;
    }

    String trace() {
        return trace.toString();
    }

    private void note(String who, String what) {
        if (traced) {
            trace.append(String.format("%10.3f %s %s%n", nowNanos / 1e6, who, what));
        }
    }

    // -- the network ----------------------------------------------------------------------------------------------

    private long latency() {
        return shortestNanos + (longestNanos == shortestNanos ? 0 : random.nextLong(longestNanos - shortestNanos + 1));
    }

    private void send(Member asker, Request request) {
        String to = request.header().to();
        int life = asker.life;
        long id = request.header().requestId();
        boolean[] answered = new boolean[1];
        at(nowNanos + CALL_LIMIT_NANOS, () -> {
            if (!answered[0] && asker.life == life) {
                answered[0] = true;
                asker.take(new Input.Unanswered(id));
            }
        });
        travel(asker.id, to, request, () -> {
            Member receiver = members.get(to);
            if (receiver == null || !receiver.isUp()) {
                return;
            }
            receiver.takeRequest(
                    request,
                    response -> travel(to, asker.id, response, () -> {
                        // A response reaches whoever runs under that id by then; it names the incarnation that asked.
                        if (asker.isUp()) {
                            answered[0] = true;
                            asker.take(new Input.ResponseReceived(response));
                        }
                    }));
        });
    }

    private void travel(String from, String to, Message message, Runnable arrival) {
        if (random.nextDouble() < loss) {
            return;
        }
        Parcel parcel = new Parcel(from, to, message, arrival);
        at(nowNanos + latency(), () -> {
            if (isCut(from, to)) {
                return;
            }
            if (holding != null && holding.test(parcel)) {
                held.add(parcel);
                return;
            }
            arrival.run();
        });
    }

    // -- members --------------------------------------------------------------------------------------------------

    /** One machine, on which one life follows the other. */
    final class Member implements EffectQueue.Sink {

        private final String id;
        private ElectionSettings settings;
        private final long wallAheadMillis;
        private long wallBackMillis;
        private int life;
        private @Nullable Election election;
        private EffectQueue effects = new EffectQueue(this);
        private final Map<Long, java.util.function.Consumer<Response>> exchanges = new HashMap<>();
        private long nextExchange;
        private final List<Input> inbox = new ArrayList<>();
        private boolean stepping;
        private long wakeNanos;
        private @Nullable Lease lease;
        private String leadsCluster = "";
        private boolean outranked;
        private @Nullable FencingToken token;
        private @Nullable String startAnew;

        private Member(ElectionSettings settings, long wallAheadMillis) {
            this.id = settings.nodeId();
            this.settings = settings;
            this.wallAheadMillis = wallAheadMillis;
        }

        String id() {
            return id;
        }

        ElectionSettings settings() {
            return settings;
        }

        /** What the next life finds in its configuration. */
        void settings(ElectionSettings other) {
            settings = other;
        }

        boolean isUp() {
            return election != null;
        }

        int life() {
            return life;
        }

        String incarnation() {
            return id + '#' + life;
        }

        ClockReading reading() {
            return new ClockReading(
                    nowNanos + id.hashCode() * 1_000_003L,
                    1_767_225_600_000L + wallAheadMillis - wallBackMillis + nowNanos / MILLI);
        }

        ElectionView view() {
            if (election == null) {
                throw new IllegalStateException(id + " is down");
            }
            return election.view(reading());
        }

        boolean leads() {
            return lease != null && lease.holds(reading());
        }

        @Nullable String clusterId() {
            Membership membership = isUp() ? view().membership() : null;
            return membership == null ? null : membership.clusterId();
        }

        /** A new life with an empty memory. */
        void start() {
            life++;
            lives++;
            note(id, "*** starts as " + incarnation());
            outranked = false;
            startAnew = null;
            effects = new EffectQueue(this);
            if (settings.founding().asksForTokens()) {
                setBackAndAskTheFence(life);
            }
            election = new Election(settings, incarnation(), DurableState.NEW, reading(), random);
            FencingToken known = token;
            token = null;
            if (known != null) {
                take(new Input.TokenKnown(known));
            }
            take(new Input.Ready());
            pingLater(life, random.nextLong(settings.pingInterval().toNanos()) + 1);
            lookUp(life);
        }

        /**
         * The clock of a machine with a fence may be set back at each start, though not so far that the founders refuse each other. The
         * fence, which has seen every token, answers some time later.
         */
        private void setBackAndAskTheFence(int mine) {
            wallBackMillis = random.nextLong(240_000);
            at(nowNanos + random.nextLong(3_000 * MILLI), () -> {
                if (life == mine && isUp()) {
                    take(new Input.FenceAsked(highestToken == 0 ? null : new FencingToken(highestToken)));
                }
            });
        }

        private void lookUp(int mine) {
            NameService service = names;
            if (service != null && life == mine && isUp()) {
                take(new Input.Discovered(service.shownTo(this)));
                at(nowNanos + namesEveryNanos / 2 + random.nextLong(namesEveryNanos + 1), () -> lookUp(mine));
            }
        }

        private void pingLater(int mine, long nanos) {
            at(nowNanos + nanos, () -> {
                if (life == mine && isUp()) {
                    take(new Input.PingDue());
                    pingLater(mine, settings.pingInterval().toNanos());
                }
            });
        }

        /** The process dies, and its memory with it. */
        void stop() {
            note(id, "*** dies");
            election = null;
            life++;
            lease = null;
            inbox.clear();
            exchanges.clear();
        }

        /** No process starts within a millisecond. */
        void restart() {
            stop();
            at(nowNanos + 5 * MILLI, () -> {
                if (!isUp()) {
                    start();
                }
            });
        }

        private void takeRequest(Request request, java.util.function.Consumer<Response> answer) {
            long exchange = ++nextExchange;
            exchanges.put(exchange, answer);
            take(new Input.RequestReceived(exchange, request));
        }

        void take(Input input) {
            inbox.add(input);
            if (stepping) {
                return;
            }
            stepping = true;
            int mine = life;
            while (!inbox.isEmpty() && life == mine && election != null) {
                step(inbox.remove(0));
            }
            stepping = false;
        }

        private void step(Input input) {
            if (election == null) {
                return;
            }
            if (traced && !(input instanceof Input.Tick) && !(input instanceof Input.Persisted)) {
                note(id, Trace.describe(input));
            }
            Output output = election.step(input, reading());
            for (Effect effect : output.effects()) {
                if (traced && !(effect instanceof Effect.Persist)) {
                    note(id, "   " + Trace.describe(effect));
                }
                judge(this, effect);
            }
            effects.step(input, output.effects());
            if (startAnew != null) {
                note(id, "*** forgets: " + startAnew);
                stop();
                start();
                return;
            }
            judge(this);
            wakeBy(output.wakeAtNanos());
        }

        private void wakeBy(long monotonicNanos) {
            long at = nowNanos + Math.max(1, monotonicNanos - reading().monotonicNanos());
            wakeNanos = at;
            int mine = life;
            at(at, () -> {
                if (life == mine && wakeNanos == at && isUp()) {
                    take(new Input.Tick());
                }
            });
        }

        @Override
        public void publish(List<Effect> decided) {
            for (Effect effect : decided) {
                if (effect instanceof Effect.LeadershipGained gained) {
                    lease = gained.lease();
                    leadsCluster = String.valueOf(clusterId());
                    begins(this, gained);
                } else if (effect instanceof Effect.LeaseExtended extended) {
                    lease = extended.lease();
                } else if (effect instanceof Effect.LeadershipEnded) {
                    lease = null;
                }
            }
        }

        @Override
        public void write(Effect.Persist persist) {
            inbox.add(new Input.Persisted(persist.write()));
        }

        @Override
        public void send(Effect.Send send) {
            FoundingWorld.this.send(this, send.request());
        }

        @Override
        public void reply(Effect.Reply reply) {
            java.util.function.Consumer<Response> answer = exchanges.remove(reply.exchange());
            if (answer != null) {
                answer.accept(reply.response());
            }
        }

        @Override
        public void dropped(Effect.Reply reply) {
            exchanges.remove(reply.exchange());
        }

        @Override
        public void carryOut(Effect effect) {
            if (effect instanceof Effect.StartAnew anew) {
                startAnew = anew.why();
                token = anew.token();
                if (!outranked) {
                    forgotten++;
                    mayForget(this);
                }
            }
        }

        @Override
        public String toString() {
            return incarnation();
        }
    }

    // -- what must hold -------------------------------------------------------------------------------------------

    private void judge(Member member, Effect effect) {
        if (!(effect instanceof Effect.Observed observed)) {
            return;
        }
        Observation observation = observed.observation();
        if (observation instanceof Observation.Superseded) {
            member.outranked = true;
            superseded++;
        } else if (observation instanceof Observation.ClocksDiffer) {
            clocksDiffered++;
        } else if (observation instanceof Observation.TwoLeaders) {
            throw new Violation("there is one leader in a term", member + " reports " + observation);
        }
    }

    private void judge(Member member) {
        if (member.outranked && member.leads()) {
            throw new Violation("who has heard of a leader of a higher generation leads no more", member.toString());
        }
        if (member.election == null || member.election.commitIndex() < 1) {
            return;
        }
        Membership founding = founding(member.election);
        if (founding != null && committedFoundings.putIfAbsent(founding.clusterId(), founding) == null) {
            note(member.id, "*** the founding of " + founding.clusterId() + " is committed");
            isAlone(member, founding);
        }
    }

    private static @Nullable Membership founding(Election election) {
        if (!election.entries().isEmpty() && election.entries().get(0).index() == 1) {
            Entry first = election.entries().get(0);
            return first.payload().membership();
        }
        Membership membership = election.snapshot().membership();
        return membership != null && membership.version() == 1 ? membership : null;
    }

    /** A cluster was founded: what of the others can still elect a leader? */
    private void isAlone(Member by, Membership founding) {
        for (Membership other : committedFoundings.values()) {
            if (other == founding || !hasQuorum(other.clusterId())) {
                continue;
            }
            if (oneLeader) {
                throw new Violation(
                        "a cluster is founded only where no quorum of an earlier one remembers",
                        by + " founded " + founding.clusterId() + " beside " + other.clusterId());
            }
            for (EnrolledMember founder : founding.members()) {
                EnrolledMember there = other.member(founder.id()).orElse(null);
                if (there != null
                        && !there.incarnation().isEmpty()
                        && there.incarnation().equals(founder.incarnation())) {
                    throw new Violation(
                            "no life founds two clusters",
                            founder.incarnation() + " founded " + other.clusterId() + " and " + founding.clusterId());
                }
            }
        }
    }

    private void begins(Member member, Effect.LeadershipGained gained) {
        String term = member.leadsCluster + " in term " + gained.term();
        String before = leaders.putIfAbsent(term, member.incarnation());
        if (before != null && !before.equals(member.incarnation())) {
            throw new Violation("there is one leader in a term", term + ": " + before + " and " + member);
        }
        for (Member other : members.values()) {
            if (other != member && other.leads() && (oneLeader || other.leadsCluster.equals(member.leadsCluster))) {
                throw new Violation(
                        "two members never lead at the same instant",
                        member + " leads " + member.leadsCluster + ", and " + other + " leads " + other.leadsCluster);
            }
        }
        if (oneLeader && gained.token().value() <= highestToken) {
            throw new Violation("tokens rise", member + " gains " + gained + " after " + highestToken);
        }
        highestToken = Math.max(highestToken, gained.token().value());
    }

    /** A member forgets because no quorum of its cluster remembers: is it so? */
    private void mayForget(Member member) {
        String clusterId = member.clusterId();
        if (clusterId != null && hasQuorum(clusterId)) {
            throw new Violation("a member forgets only what no quorum remembers", member + " forgets " + clusterId);
        }
    }

    /** Whether a member belongs to a cluster that no quorum remembers, or was removed: it waits for its operator. */
    boolean needsARestart(Member member) {
        String clusterId = member.clusterId();
        if (clusterId == null) {
            return false;
        }
        ElectionView view = member.view();
        Membership newest = newest(clusterId);
        boolean removed = view.leader() == null
                && newest != null
                && newest.member(member.id).isEmpty();
        return removed || !hasQuorum(clusterId);
    }

    /** Whether a quorum of a cluster remembers it, by the newest membership that anybody holds. */
    private boolean hasQuorum(String clusterId) {
        Membership newest = newest(clusterId);
        return newest != null
                && remembering(newest)
                        > newest.members().stream()
                                        .filter(EnrolledMember::votes)
                                        .count()
                                / 2;
    }

    private @Nullable Membership newest(String clusterId) {
        Membership newest = null;
        for (Member other : members.values()) {
            Membership known =
                    clusterId.equals(other.clusterId()) ? other.view().membership() : null;
            if (known != null && (newest == null || known.version() > newest.version())) {
                newest = known;
            }
        }
        return newest;
    }

    /** How many voters live whose vote counts. */
    long remembering(Membership membership) {
        return membership.members().stream()
                .filter(EnrolledMember::votes)
                .filter(m -> {
                    Member living = members.get(m.id());
                    return living != null
                            && living.isUp()
                            && living.incarnation().equals(m.incarnation())
                            && (!m.waitsForCommit() || knowsItCounts(living, m));
                })
                .count();
    }

    private static boolean knowsItCounts(Member living, EnrolledMember named) {
        ElectionView view = living.view();
        return view.membership() != null && view.commitIndex() >= named.namedAt();
    }

    // -- what a run asks ------------------------------------------------------------------------------------------

    @Nullable Member leader() {
        for (Member member : members.values()) {
            if (member.isUp() && member.leads()) {
                return member;
            }
        }
        return null;
    }

    /** Why not all living members follow one leader in one cluster, or {@code null} if they do. */
    @Nullable String disagreement() {
        Member leader = leader();
        if (leader == null) {
            return "nobody leads";
        }
        String clusterId = leader.clusterId();
        for (Member member : members.values()) {
            if (member.isUp()
                    && (!leader.id.equals(member.view().leader())
                            || (!String.valueOf(clusterId).equals(member.clusterId())))) {
                return leader + " leads " + clusterId + ", but " + member + " follows "
                        + member.view().leader() + " in " + member.clusterId();
            }
        }
        return null;
    }

    int committedFoundings() {
        return committedFoundings.size();
    }
}
