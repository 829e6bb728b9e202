package io.election.peer;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/1.1 connection, on either side: reads messages within limits and a time, and writes each in one piece. It blocks. One
 * thread uses it; {@link #close} may come from any, and ends whatever that thread waits for.
 */
final class HttpConnection {

    /** The longest head of a message, in bytes. */
    static final int LONGEST_HEAD = 16 * 1024;

    private static final int FIRST_BUFFER = 2048;
    private static final int LARGEST_CHUNK_LINE = 64;
    /** The first request may be answered by a challenge. A server that does not say yes to the others never will. */
    private static final int ASKED_AT_MOST = 3;

    private static final int HANDED_OVER = Integer.MAX_VALUE;

    /** What the operating system knows. Closed as it is, it ends a TLS connection too, without a last word that could block. */
    private final Socket raw;

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private final HttpWriter writer = new HttpWriter();
    private final HttpHead head = new HttpHead();

    private byte[] buffer = new byte[FIRST_BUFFER];
    /** What was read and not used. */
    private int from;

    private int until;
    /** The head that was read last stands before it. */
    private int headEnd;

    private long deadlineNanos = Long.MAX_VALUE;
    /** How many requests have asked the server to hand this connection over, or {@link #HANDED_OVER}. */
    private int asked;

    private HttpConnection(Socket raw, Socket socket) throws IOException {
        this.raw = raw;
        this.socket = socket;
        in = socket.getInputStream();
        out = socket.getOutputStream();
    }

    /** Says when a socket has been made, so that somebody else can close it while it is still connecting. */
    interface Opening {

        /** Takes a socket that is about to connect. */
        void opens(Socket socket);
    }

    /**
     * Connects, trying each address of the host in turn. The time for all of it ends with the deadline.
     *
     * @param url where to
     * @param ssl for {@code https}, or {@code null} for the JVM's own
     * @param addresses those of the url's host
     * @param deadlineNanos as {@link System#nanoTime}
     * @param opening told of each socket
     * @throws IOException if nobody can be reached there
     */
    static HttpConnection open(
            URI url, @Nullable SSLContext ssl, InetAddress[] addresses, long deadlineNanos, Opening opening)
            throws IOException {
        boolean tls = "https".equalsIgnoreCase(url.getScheme());
        int port = url.getPort() >= 0 ? url.getPort() : tls ? 443 : 80;
        IOException failure = new ConnectException("no address");
        for (int i = 0; i < addresses.length; i++) {
            Socket socket = new Socket();
            opening.opens(socket);
            try {
                socket.setTcpNoDelay(true);
                // The last one may use up the time; those before it leave their share to it.
                long left = deadlineNanos - System.nanoTime();
                socket.connect(new InetSocketAddress(addresses[i], port), millis(left / (addresses.length - i)));
                return tls
                        ? secure(socket, url.getHost(), port, ssl, deadlineNanos)
                        : new HttpConnection(socket, socket);
            } catch (SocketTimeoutException ex) {
                close(socket);
                failure = new ConnectTimeoutException(ex);
            } catch (SSLException ex) {
                close(socket);
                throw ex;
            } catch (IOException ex) {
                close(socket);
                failure = ex;
            }
        }
        throw failure;
    }

    private static HttpConnection secure(
            Socket raw, String host, int port, @Nullable SSLContext ssl, long deadlineNanos) throws IOException {
        SSLSocketFactory factory =
                ssl == null ? (SSLSocketFactory) SSLSocketFactory.getDefault() : ssl.getSocketFactory();
        // Brackets belong to the url, not to the name that a certificate is compared with.
        String name = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
        SSLSocket socket = (SSLSocket) factory.createSocket(raw, name, port, true);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        socket.setSSLParameters(parameters);
        socket.setSoTimeout(millis(deadlineNanos - System.nanoTime()));
        socket.startHandshake();
        return new HttpConnection(raw, socket);
    }

    /**
     * Takes a connection that a caller has opened.
     *
     * @param accepted the socket
     * @param ssl for TLS, or {@code null} for none
     * @param needsCertificate whether the caller must show one
     * @param deadlineNanos ends the handshake, as {@link System#nanoTime}
     * @throws IOException if the handshake fails
     */
    static HttpConnection accept(
            Socket accepted, @Nullable SSLContext ssl, boolean needsCertificate, long deadlineNanos)
            throws IOException {
        accepted.setTcpNoDelay(true);
        if (ssl == null) {
            return new HttpConnection(accepted, accepted);
        }
        SSLSocket socket = (SSLSocket) ssl.getSocketFactory().createSocket(accepted, null, accepted.getPort(), true);
        socket.setUseClientMode(false);
        socket.setNeedClientAuth(needsCertificate);
        socket.setSoTimeout(millis(deadlineNanos - System.nanoTime()));
        socket.startHandshake();
        return new HttpConnection(accepted, socket);
    }

    /** A connection did not come about in time. */
    static final class ConnectTimeoutException extends SocketTimeoutException {

        private static final long serialVersionUID = 1L;

        ConnectTimeoutException(SocketTimeoutException cause) {
            super(cause.getMessage());
            initCause(cause);
        }
    }

    /** Whether the next request is to ask the server to hand the connection over. */
    boolean asksToHandOver() {
        return asked < ASKED_AT_MOST;
    }

    /** A request has asked for it. */
    void askedToHandOver() {
        asked++;
    }

    /** The server has done so. */
    void handedOver() {
        asked = HANDED_OVER;
    }

    boolean isHandedOver() {
        return asked == HANDED_OVER;
    }

    /** Until when what is read next must have come; then a read fails with a {@link SocketTimeoutException}. */
    void readUntil(long nanos) {
        deadlineNanos = nanos;
    }

    /** Whether the next message has begun already. */
    boolean hasMore() {
        return from < until;
    }

    /**
     * Waits for the first byte of the next message.
     *
     * @return {@code false} if the other side has closed the connection instead
     */
    boolean awaitMessage() throws IOException {
        return hasMore() || fill() > 0;
    }

    /**
     * Reads the head of the next message. It is good until the next one is read.
     *
     * @throws EOFException if the connection ends before or within it
     * @throws ProtocolException if it is not HTTP/1.1, or longer than {@value #LONGEST_HEAD} bytes
     */
    HttpHead readHead() throws IOException {
        System.arraycopy(buffer, from, buffer, 0, until - from);
        until -= from;
        from = 0;
        headEnd = 0;
        int looked = 0;
        while (true) {
            int end = HttpHead.end(buffer, looked, until);
            if (end >= 0) {
                from = end;
                headEnd = end;
                return head.take(buffer, end);
            }
            if (until > LONGEST_HEAD) {
                throw new ProtocolException("its head has more than " + LONGEST_HEAD + " bytes");
            }
            looked = Math.max(0, until - 3);
            if (fill() <= 0) {
                throw new EOFException(until == 0 ? "it sent nothing" : "it ended within the head");
            }
        }
    }

    /**
     * Reads the body that follows a head.
     *
     * @param head the head
     * @param emptyWithoutLength whether there is no body where no length is given, as in a request, or one up to the end of
     *     the connection
     * @param limit the most bytes that are read
     * @throws BodyTooLongException if there are more
     */
    byte[] readBody(HttpHead head, boolean emptyWithoutLength, int limit) throws IOException {
        if (head.isChunked()) {
            return readChunks(limit);
        }
        long announced = head.contentLength();
        if (announced > limit) {
            throw new BodyTooLongException(limit);
        }
        if (announced >= 0) {
            return readExactly(new byte[(int) announced], 0);
        }
        return emptyWithoutLength ? new byte[0] : readToTheEnd(limit);
    }

    private byte[] readExactly(byte[] body, int at) throws IOException {
        int have = Math.min(body.length - at, until - from);
        System.arraycopy(buffer, from, body, at, have);
        from += have;
        int done = at + have;
        while (done < body.length) {
            int read = read(body, done, body.length - done);
            if (read < 0) {
                throw new EOFException("it ended within the body");
            }
            done += read;
        }
        return body;
    }

    private byte[] readToTheEnd(int limit) throws IOException {
        byte[] body = new byte[0];
        while (awaitMessage()) {
            body = append(body, until - from, limit);
        }
        return body;
    }

    private byte[] append(byte[] body, int more, int limit) throws IOException {
        if (more > limit - body.length) {
            throw new BodyTooLongException(limit);
        }
        return readExactly(Arrays.copyOf(body, body.length + more), body.length);
    }

    private byte[] readChunks(int limit) throws IOException {
        byte[] body = new byte[0];
        while (true) {
            String line = readLine();
            int extension = line.indexOf(';');
            int size = size(
                    extension < 0 ? line.trim() : line.substring(0, extension).trim());
            if (size == 0) {
                while (!readLine().isEmpty()) {
                    // Trailers say nothing here.
                    continue;
                }
                return body;
            }
            body = append(body, size, limit);
            if (!readLine().isEmpty()) {
                throw new ProtocolException("a chunk is longer than it says");
            }
        }
    }

    private static int size(String hex) throws ProtocolException {
        try {
            int size = Integer.parseInt(hex, 16);
            if (size >= 0) {
                return size;
            }
        } catch (NumberFormatException ex) {
            // As below.
        }
        throw new ProtocolException("a chunk has no size");
    }

    private String readLine() throws IOException {
        StringBuilder line = new StringBuilder();
        while (true) {
            if (!awaitMessage()) {
                throw new EOFException("it ended within the body");
            }
            char next = (char) (buffer[from++] & 0xff);
            if (next == '\n') {
                int length = line.length();
                return length > 0 && line.charAt(length - 1) == '\r' ? line.substring(0, length - 1) : line.toString();
            }
            if (line.length() >= LARGEST_CHUNK_LINE) {
                throw new ProtocolException("a chunk has no size");
            }
            line.append(next);
        }
    }

    /** Reads what there is behind what was read; how many bytes. */
    private int fill() throws IOException {
        if (from == until) {
            // Whoever reads a body may still ask for the headers before it.
            from = headEnd;
            until = headEnd;
        }
        if (until == buffer.length) {
            buffer = Arrays.copyOf(buffer, buffer.length * 2);
        }
        int read = read(buffer, until, buffer.length - until);
        if (read > 0) {
            until += read;
        }
        return read;
    }

    private int read(byte[] into, int at, int most) throws IOException {
        socket.setSoTimeout(deadlineNanos == Long.MAX_VALUE ? 0 : millis(deadlineNanos - System.nanoTime()));
        return in.read(into, at, most);
    }

    /** At least one: zero would mean for ever. */
    private static int millis(long nanos) {
        return (int) Math.min(Integer.MAX_VALUE, Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos)));
    }

    /** The next message, to be filled and then {@link #send}. */
    HttpWriter next() {
        return writer.begin();
    }

    /** Writes the message. */
    void send() throws IOException {
        out.write(writer.bytes(), 0, writer.length());
    }

    /**
     * Says that nothing more comes, and takes what the other side may still be sending: a connection that is closed with bytes
     * unread is reset, and the last answer may be lost with it.
     *
     * @param untilNanos for how long, as {@link System#nanoTime}
     * @param most how many bytes
     */
    void endAfterAnswer(long untilNanos, int most) throws IOException {
        socket.shutdownOutput();
        deadlineNanos = untilNanos;
        int left = most;
        for (int read = 0; read >= 0 && left > 0; left -= read) {
            read = read(buffer, 0, buffer.length);
        }
    }

    /** The certificate that the other side proved to hold, or {@code null}. */
    @Nullable X509Certificate certificate() {
        if (socket instanceof SSLSocket secured) {
            try {
                Certificate[] chain = secured.getSession().getPeerCertificates();
                return chain[0] instanceof X509Certificate x509 ? x509 : null;
            } catch (SSLPeerUnverifiedException ex) {
                return null;
            }
        }
        return null;
    }

    /** The other side's address, for a person. */
    String remote() {
        return remote(raw);
    }

    static String remote(Socket socket) {
        return socket.getInetAddress().getHostAddress();
    }

    void close() {
        close(raw);
    }

    static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException ex) {
            // It is of no use any more either way.
        }
    }
}
