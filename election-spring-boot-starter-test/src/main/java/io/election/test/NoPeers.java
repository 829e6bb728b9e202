package io.election.test;

import io.election.core.Request;
import io.election.peer.PeerCallback;
import io.election.peer.PeerHandler;
import io.election.peer.PeerTransport;
import java.util.Set;

/** Sends nothing, and listens on no port. */
final class NoPeers implements PeerTransport {

    @Override
    public void start(PeerHandler handler) {}

    @Override
    public void members(Set<String> members) {}

    @Override
    public void send(Request request, PeerCallback callback) {
        callback.failed("no member is contacted in a test");
    }

    @Override
    public void close() {}
}
