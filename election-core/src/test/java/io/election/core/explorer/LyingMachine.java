package io.election.core.explorer;

import io.election.core.ClockReading;
import io.election.core.Effect;
import io.election.core.Election;
import io.election.core.ElectionMachine;
import io.election.core.ElectionView;
import io.election.core.Input;
import io.election.core.LogPosition;
import io.election.core.Output;
import io.election.core.Phase;
import io.election.core.RefusalReason;
import io.election.core.Request;
import io.election.core.Response;
import io.election.core.TransferProof;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A machine with a defect: it passes everything on to the real one, and changes some of what comes back. */
final class LyingMachine implements ElectionMachine {

    private final PlantedDefect defect;
    private final Election honest;

    LyingMachine(PlantedDefect defect, Election honest) {
        this.defect = defect;
        this.honest = honest;
    }

    @Override
    public Output step(Input input, ClockReading clock) {
        Output output = honest.step(asItIsTold(input), clock);
        List<Effect> changed = new ArrayList<>();
        for (Effect effect : output.effects()) {
            Effect instead = instead(effect);
            if (instead != null) {
                changed.add(instead);
            }
        }
        return new Output(changed, output.wakeAtNanos());
    }

    /** A request for a vote as the machine gets it: with a transfer proof, or from a candidate with a longer log. */
    private Input asItIsTold(Input input) {
        if (!(input instanceof Input.RequestReceived received) || !(received.request() instanceof Request.Vote vote)) {
            return input;
        }
        TransferProof proof = vote.proof();
        LogPosition last = vote.last();
        if (defect == PlantedDefect.BOUND_VOTER_GRANTS && vote.phase() == Phase.VOTE) {
            proof = new TransferProof(vote.header().from(), vote.term() - 1);
        } else if (defect == PlantedDefect.LOG_IS_NOT_COMPARED && last.index() > 0) {
            last = new LogPosition(vote.term() - 1, 100);
        } else {
            return input;
        }
        return new Input.RequestReceived(
                received.exchange(),
                new Request.Vote(
                        vote.header(),
                        vote.phase(),
                        vote.term(),
                        last,
                        vote.application(),
                        vote.receiverNamedAt(),
                        vote.founding(),
                        proof));
    }

    private @Nullable Effect instead(Effect effect) {
        return switch (defect) {
            case MESSAGES_LEAVE_EARLY -> leavesEarly(effect);
            case END_IS_NOT_SHOWN -> effect instanceof Effect.LeadershipEnded ? null : effect;
            case DRAIN_OUTLIVES_TIMEOUT_NOW ->
                effect instanceof Effect.DrainLease drain && drain.lease() == null ? null : effect;
            case BOUND_VOTER_GRANTS -> granting(effect);
            default -> effect;
        };
    }

    private static Effect leavesEarly(Effect effect) {
        if (effect instanceof Effect.Send send) {
            return new Effect.Send(send.request());
        }
        return effect instanceof Effect.Reply reply ? new Effect.Reply(reply.exchange(), reply.response(), 0) : effect;
    }

    /** A bound voter says that it would vote. */
    private static Effect granting(Effect effect) {
        if (effect instanceof Effect.Reply reply
                && reply.response() instanceof Response.Vote vote
                && vote.phase() == Phase.PRE_VOTE
                && vote.refusal() != null
                && vote.refusal().reason() == RefusalReason.BOUND) {
            return new Effect.Reply(
                    reply.exchange(),
                    new Response.Vote(vote.header(), vote.phase(), vote.askedTerm(), vote.term(), null),
                    reply.afterWrite());
        }
        return effect;
    }

    @Override
    public ElectionView view(ClockReading at) {
        return honest.view(at);
    }
}
