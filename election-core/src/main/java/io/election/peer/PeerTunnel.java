package io.election.peer;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A member's connection that the server of an application has handed over to the election (RFC 9110, section 7.8: Upgrade). The
 * requests on it are the same as on any other connection, HTTP/1.1, one after the other. Only the way through the server is
 * shorter, which is most of what a heartbeat costs there.
 *
 * <p>The server reads into it when there is something to read, and sends what it answers. So a connection on which nothing
 * comes, or half a request, occupies no thread. One thread at a time uses it.
 *
 * <p>Each request is authenticated like any other. A connection is handed over with a request that was accepted, so a stranger
 * has none, and a member has {@value #OF_ONE_MEMBER} at most. A request must be there {@link PeerEndpoint#READ_WITHIN} after
 * its first byte, seen at the first byte that comes later. Where the next request comes before the answer, the connection ends.
 */
public final class PeerTunnel {

    /** What the header {@code Upgrade} asks for. */
    public static final String PROTOCOL = "election";

    /** As many requests as may be held at a time. */
    static final int OF_ONE_MEMBER = MessageKind.Lane.values().length * PeerEndpoint.HELD;

    private static final int FIRST_BUFFER = 1024;

    private final PeerEndpoint endpoint;
    private final String member;
    private final String below;
    private final @Nullable X509Certificate certificate;
    private final String remote;
    private final HttpWriter writer = new HttpWriter();
    private final HttpHead head = new HttpHead();
    private byte[] buffer = new byte[FIRST_BUFFER];
    private int length;
    private long begunNanos;
    private boolean keeps = true;
    private final LatestPath path = new LatestPath(this::below);

    /**
     * Takes a connection over.
     *
     * @param member whose it is
     * @param path the path below which the words of the requests come, with a slash at its end
     */
    PeerTunnel(
            PeerEndpoint endpoint, String member, String path, @Nullable X509Certificate certificate, String remote) {
        this.endpoint = endpoint;
        this.member = member;
        this.below = path;
        this.certificate = certificate;
        this.remote = remote;
    }

    String member() {
        return member;
    }

    /**
     * Makes a message of an answer, such as that to the request with which the connection was handed over.
     *
     * @param answer the answer
     */
    public void answer(PeerEndpoint.Answer answer) {
        answer.write(writer.begin(), keeps);
    }

    /**
     * Reads once, and answers the request that is whole with it, for which it may block like {@link PeerEndpoint#answer}.
     *
     * @param in has something to read
     * @return whether there is a {@link #message} to send
     * @throws IOException if the connection has ended, or is to be closed because what comes is no request
     */
    public boolean read(InputStream in) throws IOException {
        if (length == buffer.length) {
            buffer = Arrays.copyOf(buffer, length * 2);
        }
        int read = in.read(buffer, length, buffer.length - length);
        if (read < 0) {
            throw new EOFException("the member has closed it");
        }
        if (length == 0) {
            begunNanos = System.nanoTime();
        } else if (System.nanoTime() - begunNanos > PeerEndpoint.READ_WITHIN.toNanos()) {
            throw new SocketTimeoutException("the request took more than " + PeerEndpoint.READ_WITHIN);
        }
        length += read;
        int end = HttpHead.end(buffer, 0, length);
        if (end < 0 ? length > HttpConnection.LONGEST_HEAD : end > HttpConnection.LONGEST_HEAD) {
            throw new ProtocolException("its head has more than " + HttpConnection.LONGEST_HEAD + " bytes");
        }
        return end >= 0 && answer(end);
    }

    private boolean answer(int end) throws IOException {
        head.take(buffer, end);
        long body = Math.max(0, head.contentLength());
        if (head.isChunked() || body > PeerEndpoint.LARGEST_BODY) {
            throw new ProtocolException("a request has a length, of at most " + PeerEndpoint.LARGEST_BODY);
        }
        if (length < end + body) {
            return false;
        }
        if (length > end + body) {
            throw new ProtocolException("a request came before the answer to another");
        }
        keeps = head.keepsConnection();
        answer(endpoint.answer(path.of(head.target()), new TunnelledRequest(end)));
        length = 0;
        if (buffer.length > HttpConnection.LONGEST_HEAD) {
            buffer = new byte[FIRST_BUFFER];
        }
        return true;
    }

    private String below(String target) {
        int found = target.lastIndexOf(below);
        // A proxy that has let the upgrade pass carries bytes from then on, and takes no prefix off.
        return found < 0 ? "" : target.substring(found + below.length());
    }

    /**
     * What is to be sent. Good until the next {@link #read}.
     *
     * @return bytes that begin with it
     */
    public byte[] message() {
        return writer.bytes();
    }

    /**
     * How long that is.
     *
     * @return bytes
     */
    public int length() {
        return writer.length();
    }

    /**
     * Whether another request may follow.
     *
     * @return {@code false} if the connection is to be closed once the message is sent
     */
    public boolean isKept() {
        return keeps;
    }

    /** The connection is closed. */
    public void closed() {
        endpoint.forget(this);
    }

    private final class TunnelledRequest implements OwnExchange {

        private final int end;

        TunnelledRequest(int end) {
            this.end = end;
        }

        @Override
        public HttpHead head() {
            return head;
        }

        @Override
        public long contentLength() {
            return length - end;
        }

        @Override
        public byte[] body(int limit) {
            return Arrays.copyOfRange(buffer, end, length);
        }

        @Override
        public void accepted(String sender) {}

        @Override
        public @Nullable X509Certificate certificate() {
            return certificate;
        }

        @Override
        public String remote() {
            return remote;
        }
    }
}
