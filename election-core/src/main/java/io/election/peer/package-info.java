/**
 * HTTP between members: endpoint, client, codec, authentication. {@link io.election.peer.HttpPeerTransport} joins them.
 *
 * <p>The wire, version 1. {@code POST {url}{path}/} followed by {@code heartbeat}, {@code vote}, {@code append},
 * {@code snapshot} or {@code timeout-now}, over HTTP/1.1, with a {@link io.election.core.Request}. The header {@code Content-Type}
 * says how it is written, and the answer is written in the same way:
 *
 * <ul>
 *   <li>{@code application/x-protobuf}: in the encoding of Protocol Buffers. Members use it among themselves. The file
 *       {@code election.proto} beside this package's classes describes it. The names of cluster, sender and receiver stand in
 *       {@code Election-Call} only. A field that is not known is skipped.
 *   <li>anything else: as JSON, for people, tests and other programs. The names of the records' components are those of the
 *       properties, {@code null} is left out, durations are nanoseconds, properties that are not known are skipped.
 * </ul>
 *
 * 200 brings the {@link io.election.core.Response}; every other status one sentence for a person.
 * {@code GET .../whoami} answers {@code cluster}, {@code nodeId} and a value drawn by the {@code process}, in JSON.
 *
 * <ul>
 *   <li>{@code Election-Call}: protocol, cluster, sender, receiver, a random value of this life of the sender, challenge
 *       or {@code -}, sequence number; with a blank between them, names percent-encoded. Always sent.
 *   <li>{@code Election-Digest}: with a shared secret, base64url of the SHA-256 of the body.
 *   <li>{@code Election-Mac}: with a shared secret, base64url of the HMAC-SHA256 over these parts, each after its length
 *       in four bytes: the text {@code election/1 request}, the path's last word, {@code Election-Call},
 *       {@code Election-Digest}. All of it is checked before anything of the body is read. In an answer: {@code election/1 answer}, the request's HMAC, the status in four bytes, the challenge or nothing, the
 *       body. So an answer fits one request only.
 *   <li>{@code Election-Challenge}: in a signed answer 401, what the sender puts into its calls from then on; see
 *       {@code ReplayGuard} for why no recorded request works twice.
 * </ul>
 *
 * With mutual TLS the certificates' common name or a DNS name is the member's id. Header and body must name the same
 * cluster, sender and receiver.
 *
 * <p>Touches {@code io.election.core} and Jackson. HTTP is read and written here: see {@code HttpConnection}.
 */
@NullMarked
package io.election.peer;

import org.jspecify.annotations.NullMarked;
