package io.election.core;

import io.election.core.ProposalOutcome.Reason;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Passes on to the leader what this member's application wants of the log, and its callers the answers. It asks once. Whoever asked
 * may ask again: only who applies the entries knows what they were.
 */
final class Forwarding {

    private final Configuration configuration;
    private final KnownLeader leader;
    private final Ballot ballot;
    private final Messenger messenger;
    private final Outbox outbox;

    /** The calls that wait for an answer of the leader, by the request. */
    private final Map<Long, Long> proposals = new HashMap<>();

    private final Map<Long, Long> reads = new HashMap<>();

    Forwarding(MemberState state) {
        this.configuration = state.configuration();
        this.leader = state.leader();
        this.ballot = state.ballot();
        this.messenger = state.messenger();
        this.outbox = state.outbox();
    }

    void propose(long call, List<Payload.Application> entries) {
        String to = otherLeader();
        if (to == null) {
            end(call, ProposalOutcome.refused(Reason.NO_LEADER, "no leader is known"));
            return;
        }
        Request.Propose request =
                new Request.Propose(messenger.headerTo(to), ballot.term(), messenger.firstRequestId(), entries);
        proposals.put(request.header().requestId(), call);
        messenger.send(request);
    }

    void readIndex(long call) {
        String to = otherLeader();
        if (to == null) {
            outbox.add(new Effect.ReadIndexAnswered(call, 0));
            return;
        }
        Request.ReadIndex request = new Request.ReadIndex(messenger.headerTo(to));
        reads.put(request.header().requestId(), call);
        messenger.send(request);
    }

    private @Nullable String otherLeader() {
        String known = leader.id();
        return known == null || configuration.isSelf(known) ? null : known;
    }

    void answered(Response.Propose response) {
        Long call = proposals.remove(response.header().requestId());
        if (call != null) {
            end(call, response.outcome());
        }
    }

    void answered(Response.ReadIndex response) {
        Long call = reads.remove(response.header().requestId());
        if (call != null) {
            outbox.add(new Effect.ReadIndexAnswered(call, response.index()));
        }
    }

    /** A request will get no answer, or none that counts. */
    void unanswered(long requestId) {
        Long proposal = proposals.remove(requestId);
        if (proposal != null) {
            end(proposal, ProposalOutcome.unknown("the leader did not answer"));
        }
        Long read = reads.remove(requestId);
        if (read != null) {
            outbox.add(new Effect.ReadIndexAnswered(read, 0));
        }
    }

    void end(long call, ProposalOutcome outcome) {
        outbox.add(new Effect.ProposalEnded(call, outcome));
    }
}
