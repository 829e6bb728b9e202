package io.election.node;

import io.election.core.Input;
import io.election.core.Phase;
import io.election.core.Request;
import io.election.core.Response;
import io.election.peer.PeerCallback;

/** Brings what became of a request to a peer back to the loop, and to those who watch the peers. */
final class LoopAnswer implements PeerCallback {

    private final Request request;
    private final Inbox inbox;
    private final PeerWatch peers;
    private final StepMeasure step;
    private final NodeClock clock;
    private final long sentAtNanos;

    LoopAnswer(Request request, Inbox inbox, PeerWatch peers, StepMeasure step, NodeClock clock) {
        this.request = request;
        this.inbox = inbox;
        this.peers = peers;
        this.step = step;
        this.clock = clock;
        this.sentAtNanos = clock.monotonicNanos();
    }

    @Override
    public void answered(Response response) {
        peers.answered(response.header().from());
        // Only what no disk takes part in tells of the network.
        boolean noDisk = request instanceof Request.Heartbeat
                || (request instanceof Request.Vote vote && vote.phase() == Phase.PRE_VOTE);
        if (noDisk) {
            step.answered(clock.monotonicNanos() - sentAtNanos);
        }
        inbox.addMessage(new Input.ResponseReceived(response));
    }

    @Override
    public void failed(String detail) {
        peers.failed(request.header().to(), detail);
        notSent(detail);
    }

    @Override
    public void notSent(String detail) {
        inbox.addMessage(new Input.Unanswered(request.header().requestId()));
    }
}
