package io.election.core.simulator;

import io.election.core.Header;
import io.election.core.Input;
import io.election.core.Message;
import io.election.core.Request;
import io.election.core.Response;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What lies between the members. A request opens a call, which its response closes; a call that is not answered may be
 * reported as such after a while, or never.
 */
final class VirtualNetwork {

    /** How badly the network behaves. */
    static final class Weather {
        double loss;
        double duplication;
        /** The share of messages that take the long way. */
        double straggling;

        long shortestNanos = 100_000;
        long typicalNanos = 1_000_000;
        long longestNanos = 1_000_000;
        /** After how long a call without an answer is given up. */
        long callLimitNanos = 1_000_000_000;
        /** The share of given-up calls of which the asker is told. */
        double reporting = 1;
        /** Whether a response may arrive though its call was given up, or its asker has restarted since. */
        boolean lateResponses;

        Weather calm() {
            Weather calm = new Weather();
            calm.shortestNanos = shortestNanos;
            calm.typicalNanos = typicalNanos;
            calm.longestNanos = typicalNanos;
            calm.callLimitNanos = callLimitNanos;
            calm.reporting = reporting;
            return calm;
        }
    }

    /** One request on its way to an answer. */
    static final class Call {
        /** {@code null} for a request that a test made up. */
        final @Nullable VirtualMember asker;

        final int askerLife;
        final int founding;
        final long requestId;
        final String asked;
        private final boolean ping;
        final List<Response> answers = new ArrayList<>(1);
        private boolean over;

        Call(@Nullable VirtualMember asker, Request request, int founding) {
            this.asker = asker;
            this.founding = founding;
            this.asked = request.header().to();
            this.ping = request instanceof Request.Ping
                    || request instanceof Request.Announce
                    || request instanceof Request.Leave
                    || request instanceof Request.Change
                    || request instanceof Request.Propose
                    || request instanceof Request.ReadIndex;
            this.askerLife = asker == null ? 0 : asker.life();
            this.requestId = request.header().requestId();
        }
    }

    /** One message on its way, as a script sees it. */
    static final class Envelope {
        final Call call;
        final String from;
        final String to;
        final Message message;
        private boolean dropped;

        Envelope(Call call, Message message) {
            this.call = call;
            this.from = message.header().from();
            this.to = message.header().to();
            this.message = message;
        }

        boolean dropped() {
            return dropped;
        }

        @Override
        public String toString() {
            return Trace.describe(message);
        }
    }

    /** How many messages are kept for much later, at most. */
    private static final int OLD_MESSAGES = 64;

    private final VirtualCluster cluster;
    private final RandomGenerator random;
    private final boolean[][] cut;
    private final long[][] extraNanos;
    private final List<Envelope> held = new ArrayList<>();
    private final Envelope[] old = new Envelope[OLD_MESSAGES];
    private final Envelope[] latestRequests;
    private double oldShare;
    private Weather weather = new Weather();
    private @Nullable Predicate<Envelope> holding;
    private @Nullable Predicate<Envelope> dropping;
    private @Nullable Consumer<Envelope> listener;

    VirtualNetwork(VirtualCluster cluster, int members, RandomGenerator random) {
        this.cluster = cluster;
        this.random = random;
        this.cut = new boolean[members][members];
        this.extraNanos = new long[members][members];
        this.latestRequests = new Envelope[members];
    }

    void weather(Weather newWeather) {
        weather = newWeather;
    }

    /** Whether messages can go both ways between two members. */
    boolean isOpen(VirtualMember one, VirtualMember other) {
        return !cut[one.index()][other.index()] && !cut[other.index()][one.index()];
    }

    Weather weather() {
        return weather;
    }

    /** Messages sent from one to the other get lost from now on. Those under way still arrive. */
    void cut(VirtualMember from, VirtualMember to) {
        cut[from.index()][to.index()] = true;
    }

    /** Nothing passes any more between those who are here and those who are not. */
    void cutBetween(boolean[] here) {
        for (int from = 0; from < here.length; from++) {
            for (int to = 0; to < here.length; to++) {
                cut[from][to] |= here[from] != here[to];
            }
        }
    }

    void mend(VirtualMember from, VirtualMember to) {
        cut[from.index()][to.index()] = false;
    }

    /** Messages from one to the other take so much longer from now on. */
    void slow(VirtualMember from, VirtualMember to, long nanos) {
        extraNanos[from.index()][to.index()] = nanos;
    }

    void mendAll() {
        for (boolean[] row : cut) {
            Arrays.fill(row, false);
        }
        for (long[] row : extraNanos) {
            Arrays.fill(row, 0);
        }
    }

    /** Of this share of all messages a copy is kept, for {@link #deliverOld}. */
    void keepOld(double share) {
        oldShare = share;
    }

    /**
     * Delivers messages that were kept.
     *
     * @param concerning only those from or to this member, or {@code null} for all
     * @param share how many of them
     * @param withinNanos they arrive at any time up to then
     * @return how many there were
     */
    int deliverOld(@Nullable VirtualMember concerning, double share, long withinNanos) {
        int delivered = 0;
        for (Envelope envelope : old) {
            boolean matches = envelope != null
                    && (concerning == null
                            || envelope.from.equals(concerning.id())
                            || envelope.to.equals(concerning.id()));
            if (matches && random.nextDouble() < share) {
                delivered++;
                cluster.at(cluster.nowNanos() + random.nextLong(withinNanos + 1), () -> arriveUnlessStopped(envelope));
            }
        }
        return delivered;
    }

    /**
     * The latest request to a member arrives again and again, as from a proxy that repeats it.
     *
     * @param withinNanos at any time up to then
     * @return whether there was one
     */
    boolean flood(VirtualMember member, int times, long withinNanos) {
        Envelope envelope = latestRequests[member.index()];
        if (envelope == null) {
            return false;
        }
        for (int i = 0; i < times; i++) {
            cluster.at(cluster.nowNanos() + random.nextLong(withinNanos + 1), () -> arriveUnlessStopped(envelope));
        }
        return true;
    }

    /** Messages that match are kept back when they are about to arrive, until they are released. */
    void hold(@Nullable Predicate<Envelope> which) {
        holding = which;
    }

    void drop(@Nullable Predicate<Envelope> which) {
        dropping = which;
    }

    /** Is told of every message that is sent, whatever becomes of it. */
    void listen(Consumer<Envelope> newListener) {
        listener = newListener;
    }

    /** Delivers a message once more. */
    void repeat(Envelope envelope) {
        arrive(envelope);
    }

    List<Envelope> held() {
        return held;
    }

    /** Delivers a message that was kept back, now. */
    void release(Envelope envelope) {
        held.remove(envelope);
        arrive(envelope);
    }

    void send(VirtualMember from, Request request) {
        Call call = new Call(from, request, cluster.founding());
        if (weather.reporting > 0 && (weather.reporting == 1 || random.nextDouble() < weather.reporting)) {
            cluster.at(cluster.nowNanos() + weather.callLimitNanos, () -> giveUp(call));
        }
        transmit(new Envelope(call, request));
    }

    /** Sends a request that no member made. */
    Call inject(Request request) {
        Call call = new Call(null, request, cluster.founding());
        arrive(new Envelope(call, request));
        return call;
    }

    /** Sends a request that its member never decided to send. Nobody waits for the answer. */
    void lie(Request request) {
        if (cluster.trace().isOn()) {
            cluster.trace().add(cluster.nowNanos(), request.header().from(), "lies: " + Trace.describe(request));
        }
        transmit(new Envelope(new Call(null, request, cluster.founding()), request));
    }

    void answer(Call call, Response response) {
        if (call.asker == null) {
            call.answers.add(response);
            return;
        }
        transmit(new Envelope(call, response));
    }

    /** Nobody listens there, or the process has died: the asker learns of it soon, if at all. */
    void refuse(Call call) {
        if (weather.reporting > 0 && random.nextDouble() < weather.reporting) {
            cluster.at(cluster.nowNanos() + delay(), () -> giveUp(call));
        }
    }

    private void giveUp(Call call) {
        if (!call.over && call.asker != null) {
            call.over = true;
            if (call.asker.life() == call.askerLife && call.asker.hasRoom()) {
                if (!call.ping) {
                    cluster.invariants().unanswered(call.asker, call.requestId, call.asked);
                }
                call.asker.receive(new Input.Unanswered(call.requestId));
            }
        }
    }

    private void transmit(Envelope envelope) {
        cluster.coverage().messages++;
        if (listener != null) {
            listener.accept(envelope);
        }
        cluster.coverage().saw(envelope.message);
        if (oldShare > 0 && random.nextDouble() < oldShare) {
            old[random.nextInt(OLD_MESSAGES)] = envelope;
        }
        VirtualMember from = cluster.memberOrNull(envelope.from);
        VirtualMember to = cluster.memberOrNull(envelope.to);
        if (to != null && envelope.message instanceof Request) {
            latestRequests[to.index()] = envelope;
        }
        if (from != null && to != null && cut[from.index()][to.index()]) {
            lose(envelope, "cut");
            return;
        }
        if (weather.loss > 0 && random.nextDouble() < weather.loss) {
            lose(envelope, "lost");
            return;
        }
        long extra = from != null && to != null ? extraNanos[from.index()][to.index()] : 0;
        cluster.at(cluster.nowNanos() + delay() + extra, () -> arriveUnlessStopped(envelope));
        if (weather.duplication > 0 && random.nextDouble() < weather.duplication) {
            cluster.coverage().duplicated++;
            cluster.at(cluster.nowNanos() + delay() + delay(), () -> arriveUnlessStopped(envelope));
        }
    }

    private long delay() {
        long span = weather.typicalNanos - weather.shortestNanos;
        long delay = weather.shortestNanos + (span > 0 ? random.nextLong(span + 1) : 0);
        if (weather.straggling > 0 && random.nextDouble() < weather.straggling) {
            delay += random.nextLong(weather.longestNanos + 1);
        }
        return delay;
    }

    private void lose(Envelope envelope, String how) {
        cluster.coverage().lost++;
        if (cluster.trace().isOn()) {
            cluster.trace().add(cluster.nowNanos(), "", how + ": " + Trace.describe(envelope.message));
        }
    }

    private void arriveUnlessStopped(Envelope envelope) {
        if (dropping != null && dropping.test(envelope)) {
            envelope.dropped = true;
            lose(envelope, "dropped");
        } else if (holding != null && holding.test(envelope)) {
            if (cluster.trace().isOn()) {
                cluster.trace().add(cluster.nowNanos(), "", "held: " + Trace.describe(envelope.message));
            }
            held.add(envelope);
        } else {
            arrive(envelope);
        }
    }

    /**
     * Whether a message is let through. A member whose memory is new believes any founding, so one of a founding that all
     * others have forgotten would make it a member of a cluster that is gone: only those who hold the new founding hear it.
     */
    private boolean mayArrive(VirtualMember to, Envelope envelope) {
        if (oldShare == 0 && envelope.call.founding == cluster.founding()) {
            return true;
        }
        Coverage coverage = cluster.coverage();
        Header header = envelope.message.header();
        if (envelope.call.founding != cluster.founding()) {
            if (cluster.invariants().membership(to) == null) {
                return false;
            }
            coverage.reached(Coverage.Event.MESSAGE_OF_AN_EARLIER_FOUNDING_ARRIVED);
        }
        VirtualMember from = cluster.memberOrNull(envelope.from);
        boolean request = envelope.message instanceof Request;
        if (from != null && !from.disk().incarnation().equals(header.fromIncarnation())) {
            coverage.reached(
                    request
                            ? Coverage.Event.REQUEST_OF_A_LOST_MEMORY_ARRIVED
                            : Coverage.Event.RESPONSE_OF_A_LOST_MEMORY_ARRIVED);
        }
        if (header.toIncarnation() != null && !to.disk().incarnation().equals(header.toIncarnation())) {
            coverage.reached(
                    request
                            ? Coverage.Event.REQUEST_TO_A_LOST_MEMORY_ARRIVED
                            : Coverage.Event.RESPONSE_TO_A_LOST_MEMORY_ARRIVED);
        }
        VirtualMember asker = envelope.call.asker;
        if (asker != null && asker.life() != envelope.call.askerLife) {
            coverage.reached(Coverage.Event.MESSAGE_OF_AN_EARLIER_LIFE_ARRIVED);
        }
        return true;
    }

    private void arrive(Envelope envelope) {
        Call call = envelope.call;
        if (envelope.message instanceof Request request) {
            VirtualMember to = cluster.memberOrNull(envelope.to);
            if (cluster.mayLie(to)) {
                cluster.liar().hears(request);
            }
            if (to == null || !to.listens()) {
                refuse(call);
            } else if (mayArrive(to, envelope)) {
                to.receiveRequest(call, request);
            }
            return;
        }
        Response response = (Response) envelope.message;
        VirtualMember asker = call.asker;
        if (asker != null
                && mayArrive(asker, envelope)
                && (weather.lateResponses || (!call.over && asker.life() == call.askerLife))
                && asker.hasRoom()) {
            if (!call.over && asker.life() == call.askerLife) {
                cluster.invariants().answering(asker, call.requestId);
            }
            call.over = true;
            asker.receive(new Input.ResponseReceived(response));
        }
    }
}
