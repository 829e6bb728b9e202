package io.election.node;

import io.election.core.Input;
import io.election.core.Request;
import io.election.core.Response;
import io.election.peer.PeerCallback;

/** Brings what became of a request to a peer back to the loop, and to those who watch the peers. */
final class LoopAnswer implements PeerCallback {

    private final Request request;
    private final Inbox inbox;
    private final PeerWatch peers;

    LoopAnswer(Request request, Inbox inbox, PeerWatch peers) {
        this.request = request;
        this.inbox = inbox;
        this.peers = peers;
    }

    @Override
    public void answered(Response response) {
        peers.answered(response.header().from());
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
