package io.election.peer;

import java.net.URI;
import java.time.Duration;

/**
 * One kind of request to one peer, and all of it that is the same each time.
 *
 * @param uri where to
 * @param path its last word, which is signed
 * @param start the first line and the headers that never change
 * @param upgrading the same, asking the server to hand the connection over to the election: see {@link PeerTunnel}
 * @param lane what it must not wait behind
 * @param patience how long an answer is waited for
 * @param silent what is said if none comes in time
 * @param silentFromTheStart the same where nothing ever answered there
 */
record Route(
        URI uri,
        String path,
        byte[] start,
        byte[] upgrading,
        MessageKind.Lane lane,
        Duration patience,
        String silent,
        String silentFromTheStart) {

    /** Prepares a request with a body of such a type. */
    static Route post(URI uri, String path, String contentType, MessageKind.Lane lane, Duration patience) {
        return new Route(
                uri,
                path,
                SignedHttp.start("POST", uri, contentType, false),
                SignedHttp.start("POST", uri, contentType, true),
                lane,
                patience,
                FailedCall.silent(patience, uri, true),
                FailedCall.silent(patience, uri, false));
    }
}
