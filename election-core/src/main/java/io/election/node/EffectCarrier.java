package io.election.node;

import io.election.LeaderChangedEvent;
import io.election.LeaderElectedEvent;
import io.election.MembersChangedEvent;
import io.election.StepDownEvent;
import io.election.core.Effect;
import io.election.core.EffectQueue;
import io.election.core.EnrolledMember;
import io.election.core.ListedMember;
import io.election.core.Membership;
import io.election.core.Request;
import io.election.peer.PeerTransport;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Carries out what the queue of effects lets go, during a step. Nothing here waits for a disk, a peer or a listener. */
final class EffectCarrier implements EffectQueue.Sink {

    /** Takes what is to be visible before anything else of a step happens. */
    interface Visible {

        /** Changes what other threads read. */
        void publish(List<Effect> effects);
    }

    private final String cluster;
    private final String nodeId;
    private final Visible visible;
    private final DiskWriter disk;
    private final PeerTransport transport;
    private final Stepping stepping;
    private final Exchanges exchanges;
    private final Callers callers;
    private final EventDispatcher events;
    private final Untold untold;
    private final Chronicle chronicle;
    private final PeerWatch peers;
    private final CompletableFuture<Void> closed;
    private final Consumer<Effect.StartAnew> forgets;
    private final FedMemory memory;
    private final UnheardRemoval removal;

    /** The version of the members that listeners were told of last. */
    private long toldVersion;

    EffectCarrier(
            String cluster,
            String nodeId,
            Visible visible,
            DiskWriter disk,
            PeerTransport transport,
            Stepping stepping,
            Exchanges exchanges,
            Callers callers,
            EventDispatcher events,
            Untold untold,
            Chronicle chronicle,
            PeerWatch peers,
            CompletableFuture<Void> closed,
            Consumer<Effect.StartAnew> forgets,
            FedMemory memory,
            UnheardRemoval removal) {
        this.cluster = cluster;
        this.nodeId = nodeId;
        this.visible = visible;
        this.disk = disk;
        this.transport = transport;
        this.stepping = stepping;
        this.exchanges = exchanges;
        this.callers = callers;
        this.events = events;
        this.untold = untold;
        this.chronicle = chronicle;
        this.peers = peers;
        this.closed = closed;
        this.forgets = forgets;
        this.memory = memory;
        this.removal = removal;
    }

    /**
     * What other threads read changes before anything leaves the process: no grant, TimeoutNow or message of a new term may be
     * on its way while somebody here still reads "leader" (safety rule 8).
     */
    @Override
    public void publish(List<Effect> effects) {
        visible.publish(effects);
    }

    @Override
    public void write(Effect.Persist persist) {
        disk.write(persist);
    }

    @Override
    public void send(Effect.Send send) {
        try {
            Request request = send.request();
            transport.send(request, new LoopAnswer(request, stepping, peers));
        } catch (Error lost) {
            // Lost, as messages may be; whoever waits finds out by time.
            chronicle.leftOut(lost);
        }
    }

    @Override
    public void reply(Effect.Reply reply) {
        try {
            exchanges.answer(reply.exchange(), reply.response());
        } catch (Error lost) {
            chronicle.leftOut(lost);
        }
    }

    @Override
    public void dropped(Effect.Reply reply) {
        exchanges.forget(reply.exchange());
    }

    @Override
    public void carryOut(Effect effect) {
        if (effect instanceof Effect.LeadershipGained gained) {
            events.elected(new LeaderElectedEvent(cluster, nodeId, gained.term(), gained.token()));
            memory.leaderChanged();
            untold.add(effect);
        } else if (effect instanceof Effect.LeadershipEnded ended) {
            events.steppedDown(new StepDownEvent(cluster, nodeId, ended.term(), ended.reason()));
            untold.add(effect);
        } else if (effect instanceof Effect.LeaderChanged changed) {
            events.changed(new LeaderChangedEvent(cluster, nodeId, changed.term(), changed.leader()));
            memory.leaderChanged();
            untold.add(effect);
        } else if (effect instanceof Effect.TransferEnded ended) {
            callers.ended(ended);
        } else if (effect instanceof Effect.ConfirmEnded ended) {
            callers.ended(ended);
        } else if (effect instanceof Effect.Closed) {
            closed.complete(null);
        } else if (effect instanceof Effect.StartAnew anew) {
            forgets.accept(anew);
        } else if (effect instanceof Effect.MemberChangeEnded ended) {
            callers.ended(ended);
        } else if (effect instanceof Effect.ContactLearnt learnt) {
            peers.addresses().announced(learnt.member(), learnt.contact());
        } else if (effect instanceof Effect.MembersChanged changed) {
            members(changed);
        } else if (effect instanceof Effect.Observed observed) {
            removal.observed(observed.observation());
            untold.add(effect);
        } else if (!(effect instanceof Effect.LeaseExtended
                || effect instanceof Effect.DrainLease
                || memory.carryOut(effect))) {
            // Those two are published, before anything else is carried out, and that is all of them.
            throw new IllegalStateException("nothing carries out the effect " + effect);
        }
    }

    private MembersChangedEvent event(Membership membership) {
        List<String> voters = ids(membership, true);
        return new MembersChangedEvent(cluster, nodeId, membership.version(), voters, ids(membership, false));
    }

    private static List<String> ids(Membership membership, boolean voting) {
        return membership.members().stream()
                .filter(member -> member.votes() == voting)
                .map(EnrolledMember::id)
                .toList();
    }

    private void members(Effect.MembersChanged changed) {
        Set<String> ids =
                changed.members().stream().map(ListedMember::id).collect(Collectors.toCollection(TreeSet::new));
        Membership membership = changed.membership();
        if (membership != null && membership.version() != toldVersion) {
            toldVersion = membership.version();
            events.membersChanged(event(membership));
        }
        // Where they are comes first: those that are new are called at once.
        peers.addresses().members(ids, changed.membership());
        transport.members(ids);
        peers.members(ids, changed.membership());
        chronicle.membersChanged(ids);
    }
}
