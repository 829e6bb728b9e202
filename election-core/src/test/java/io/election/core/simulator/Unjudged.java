package io.election.core.simulator;

import io.election.core.Effect;
import io.election.core.Input;
import io.election.core.Message;
import io.election.core.Output;
import java.util.List;

/**
 * Keeps the records of {@link Invariants} and believes everything: what is wrong then has to be found by what users see. For
 * {@code -Delection.simulator.judges=history}.
 */
final class Unjudged extends Invariants {

    Unjudged(VirtualCluster cluster, List<VirtualMember> members) {
        super(cluster, members);
    }

    private static void believe(Runnable event) {
        try {
            event.run();
        } catch (Violation | RuntimeException believed) {
            // Once a rule is broken, the records that it is judged by need not fit together either.
        }
    }

    @Override
    void started(VirtualMember member) {
        believe(() -> super.started(member));
    }

    @Override
    void stopped(VirtualMember member) {
        believe(() -> super.stopped(member));
    }

    @Override
    void wiped(VirtualMember member) {
        believe(() -> super.wiped(member));
    }

    @Override
    void answered(VirtualMember member, Effect.TransferEnded ended) {
        believe(() -> super.answered(member, ended));
    }

    @Override
    void answered(VirtualMember member, Effect.ProposalAnswered answered) {
        believe(() -> super.answered(member, answered));
    }

    @Override
    void answered(VirtualMember member, Effect.ConfirmEnded ended) {
        believe(() -> super.answered(member, ended));
    }

    @Override
    void stepped(VirtualMember member, Input input, Output output) {
        believe(() -> super.stepped(member, input, output));
    }

    @Override
    void answering(VirtualMember asker, long requestId) {
        believe(() -> super.answering(asker, requestId));
    }

    @Override
    void unanswered(VirtualMember asker, long requestId, String asked) {
        believe(() -> super.unanswered(asker, requestId, asked));
    }

    @Override
    void leaving(VirtualMember member, Message message) {
        believe(() -> super.leaving(member, message));
    }

    @Override
    void durable(VirtualMember member) {
        believe(() -> super.durable(member));
    }

    @Override
    void gained(VirtualMember member, Effect.LeadershipGained gained) {
        believe(() -> super.gained(member, gained));
    }

    @Override
    void extended(VirtualMember member, Effect.LeaseExtended extended) {
        believe(() -> super.extended(member, extended));
    }

    @Override
    void ended(VirtualMember member, Effect.LeadershipEnded ended) {
        believe(() -> super.ended(member, ended));
    }

    @Override
    void drains(VirtualMember member, Effect.DrainLease drain) {
        believe(() -> super.drains(member, drain));
    }

    @Override
    void leaseChanged(VirtualMember member) {
        believe(() -> super.leaseChanged(member));
    }

    @Override
    void applicationHeld(VirtualMember leader) {
        believe(() -> super.applicationHeld(leader));
    }
}
