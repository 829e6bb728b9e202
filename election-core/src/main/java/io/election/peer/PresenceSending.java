package io.election.peer;

/** The question whether a member is there, under way. */
final class PresenceSending extends Sending {

    private final MessageCodec codec;
    private final String process;
    private final PeerEndpoint endpoint;
    private final Lives answerers;
    private final PresenceCallback callback;

    /**
     * Prepares the question.
     *
     * @param process drawn by this process
     * @param endpoint knows whether two processes call as the peer
     * @param answerers the processes that answered at each member's url
     */
    PresenceSending(
            Wire wire,
            MessageCodec codec,
            RemotePeer peer,
            String process,
            PeerEndpoint endpoint,
            Lives answerers,
            PresenceCallback callback) {
        super(wire, peer, peer.presence());
        this.codec = codec;
        this.process = process;
        this.endpoint = endpoint;
        this.answerers = answerers;
        this.callback = callback;
    }

    @Override
    byte[] body() {
        PresenceQuestion question = endpoint.question(peer.id());
        return question.equals(PresenceQuestion.NONE) ? new byte[0] : codec.write(question);
    }

    /** Whatever the peer spoke before: it may be an older version now. */
    @Override
    CallText nextCall(RemotePeer.Session session) {
        return peer.nextLowestCall(session);
    }

    @Override
    Runnable read(boolean compact, byte[] body) throws BadMessageException, FailedException {
        MessageCodec.Presence presence = codec.readPresence(body);
        MessageCodec.WhoAmI self = presence.self();
        if (self.process().equals(process)) {
            throw new FailedException("its url leads to this member itself");
        }
        if (!self.cluster().equals(wire.cluster().now()) || !self.nodeId().equals(peer.id())) {
            throw new FailedException("its url leads to member '" + PeerEndpoint.printable(self.nodeId())
                    + "' of cluster '" + PeerEndpoint.printable(self.cluster()) + "'");
        }
        answerers.saw(peer.id(), self.process());
        peer.speaks(presence.protocol());
        boolean twice = answerers.twice(peer.id()) || endpoint.callsTwice(peer.id());
        PeerPresence present = new PeerPresence(presence.state(), twice, presence.askerRunsTwice());
        return () -> callback.present(present);
    }

    @Override
    void failed(String detail) {
        callback.absent(detail);
    }

    @Override
    void notSent(String detail) {
        callback.notAsked();
    }
}
