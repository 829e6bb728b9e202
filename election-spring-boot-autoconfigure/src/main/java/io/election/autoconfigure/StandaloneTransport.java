package io.election.autoconfigure;

import io.election.core.Request;
import io.election.peer.PeerCallback;
import io.election.peer.PeerHandler;
import io.election.peer.PeerTransport;
import java.util.Set;

/** Leads nowhere: a member that stands alone has no peers. */
final class StandaloneTransport implements PeerTransport {

    @Override
    public void start(PeerHandler handler) {}

    @Override
    public void members(Set<String> members) {}

    @Override
    public void send(Request request, PeerCallback callback) {
        callback.failed("this member stands alone");
    }

    @Override
    public void close() {}
}
