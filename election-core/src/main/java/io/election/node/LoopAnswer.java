package io.election.node;

import io.election.core.Input;
import io.election.core.Request;
import io.election.core.Response;
import io.election.peer.PeerCallback;

/**
 * Brings what became of a request to a peer back to the loop, and to those who watch the peers. An answer is stepped on the thread that
 * brings it. A failure may come from any thread, such as the watch, and is left to the loop's own.
 */
final class LoopAnswer implements PeerCallback {

    private final Request request;
    private final Stepping stepping;
    private final PeerWatch peers;

    LoopAnswer(Request request, Stepping stepping, PeerWatch peers) {
        this.request = request;
        this.stepping = stepping;
        this.peers = peers;
    }

    @Override
    public void answered(Response response) {
        peers.answered(response.header().from());
        stepping.bringMessage(new Input.ResponseReceived(response));
    }

    @Override
    public void failed(String detail) {
        peers.failed(request.header().to(), detail);
        notSent(detail);
    }

    @Override
    public void notSent(String detail) {
        stepping.addMessage(new Input.Unanswered(request.header().requestId()));
    }
}
