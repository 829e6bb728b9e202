package io.election.core.simulator;

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
        final long requestId;
        final String asked;
        final List<Response> answers = new ArrayList<>(1);
        private boolean over;

        Call(@Nullable VirtualMember asker, Request request) {
            this.asker = asker;
            this.asked = request.header().to();
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

    private final VirtualCluster cluster;
    private final RandomGenerator random;
    private final boolean[][] cut;
    private final long[][] extraNanos;
    private final List<Envelope> held = new ArrayList<>();
    private Weather weather = new Weather();
    private @Nullable Predicate<Envelope> holding;
    private @Nullable Predicate<Envelope> dropping;
    private @Nullable Consumer<Envelope> listener;

    VirtualNetwork(VirtualCluster cluster, int members, RandomGenerator random) {
        this.cluster = cluster;
        this.random = random;
        this.cut = new boolean[members][members];
        this.extraNanos = new long[members][members];
    }

    void weather(Weather newWeather) {
        weather = newWeather;
    }

    Weather weather() {
        return weather;
    }

    /** Messages sent from one to the other get lost from now on. Those under way still arrive. */
    void cut(VirtualMember from, VirtualMember to) {
        cut[from.index()][to.index()] = true;
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
        Call call = new Call(from, request);
        if (weather.reporting > 0 && (weather.reporting == 1 || random.nextDouble() < weather.reporting)) {
            cluster.at(cluster.nowNanos() + weather.callLimitNanos, () -> giveUp(call));
        }
        transmit(new Envelope(call, request));
    }

    /** Sends a request that no member made. */
    Call inject(Request request) {
        Call call = new Call(null, request);
        arrive(new Envelope(call, request));
        return call;
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
            if (call.asker.life() == call.askerLife) {
                cluster.invariants().unanswered(call.asker, call.requestId, call.asked);
                call.asker.receive(new Input.Unanswered(call.requestId));
            }
        }
    }

    private void transmit(Envelope envelope) {
        cluster.coverage().messages++;
        if (listener != null) {
            listener.accept(envelope);
        }
        VirtualMember from = cluster.memberOrNull(envelope.from);
        VirtualMember to = cluster.memberOrNull(envelope.to);
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

    private void arrive(Envelope envelope) {
        Call call = envelope.call;
        if (envelope.message instanceof Request request) {
            VirtualMember to = cluster.memberOrNull(envelope.to);
            if (to == null || !to.listens()) {
                refuse(call);
            } else {
                to.receiveRequest(call, request);
            }
            return;
        }
        Response response = (Response) envelope.message;
        VirtualMember asker = call.asker;
        if (asker != null && (weather.lateResponses || (!call.over && asker.life() == call.askerLife))) {
            if (!call.over && asker.life() == call.askerLife) {
                cluster.invariants().answering(asker, call.requestId);
            }
            call.over = true;
            asker.receive(new Input.ResponseReceived(response));
        }
    }
}
