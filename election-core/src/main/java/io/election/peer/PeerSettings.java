package io.election.peer;

import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What {@link HttpPeerTransport} needs to know.
 *
 * @param cluster the cluster's name
 * @param nodeId this member's id
 * @param urls where each member is reached, this one included; a path in it is a prefix
 * @param path what comes behind the prefix, such as {@code /election}
 * @param electionTimeout T: heartbeats and votes wait that long for an answer
 * @param authentication how members know each other
 * @param server the port of its own, or {@code null} where the application's server brings the requests to {@link HttpPeerTransport#endpoint()}
 * @param tls for {@code https} urls and for the port of its own, or {@code null} for the JVM's and a port without TLS; it can
 *     be {@linkplain HttpPeerTransport#renew renewed}
 */
public record PeerSettings(
        String cluster,
        String nodeId,
        Map<String, URI> urls,
        String path,
        Duration electionTimeout,
        PeerAuthentication authentication,
        @Nullable ServerSettings server,
        @Nullable PeerTls tls) {

    /**
     * Checks what the election's own settings may get wrong.
     *
     * @throws IllegalArgumentException naming the part and its value
     */
    public PeerSettings {
        urls = Map.copyOf(urls);
        if (!urls.containsKey(nodeId)) {
            throw new IllegalArgumentException("urls must name this member, '" + nodeId + "', but are " + urls);
        }
        urls.forEach(PeerSettings::checkUrl);
        if (!path.matches("(/[A-Za-z0-9._~-]+)+")) {
            throw new IllegalArgumentException(
                    "path must begin with a slash, not end in one, and need no encoding, but is '" + path + "'");
        }
        if (electionTimeout.isNegative() || electionTimeout.isZero()) {
            throw new IllegalArgumentException("electionTimeout must be positive, but is " + electionTimeout);
        }
        if (authentication instanceof PeerAuthentication.TlsIdentity
                && server != null
                && TlsInUse.ofServer(tls) == null) {
            throw new IllegalArgumentException("TLS identity on a port of its own needs tls for that port");
        }
    }

    /** A url that a member said it is reached at, or {@code null} if it cannot be one, or gives up the TLS that this member has. */
    @Nullable URI readUrl(String text) {
        try {
            URI url = new URI(text);
            URI own = urls.get(nodeId);
            boolean givesUpTls = own != null
                    && "https".equalsIgnoreCase(own.getScheme())
                    && !"https".equalsIgnoreCase(url.getScheme());
            return isUrl(url) && !givesUpTls ? url : null;
        } catch (URISyntaxException ex) {
            return null;
        }
    }

    private static boolean isUrl(URI url) {
        boolean http = "http".equalsIgnoreCase(url.getScheme()) || "https".equalsIgnoreCase(url.getScheme());
        return http && url.getHost() != null && url.getRawQuery() == null && url.getRawFragment() == null;
    }

    private static void checkUrl(String member, URI url) {
        if (!isUrl(url)) {
            throw new IllegalArgumentException(
                    "the url of '" + member + "' must be like http://host:port/prefix, but is " + url);
        }
    }

    /**
     * A port of its own.
     *
     * @param address where to listen, or {@code null} for every address of this host
     * @param port the port, or 0 for any free one
     */
    public record ServerSettings(@Nullable InetAddress address, int port) {}

    /** The path that a member's requests begin with, as it leaves the asker. */
    static String prefix(URI url) {
        String path = url.getRawPath() == null ? "" : url.getRawPath();
        return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    }

    /** How long a request may wait for its answer, the connection included. */
    Duration patience(MessageKind kind) {
        return switch (kind) {
            case HEARTBEAT, VOTE -> electionTimeout;
            case APPEND, SNAPSHOT, TIMEOUT_NOW -> longer(electionTimeout, Duration.ofSeconds(5));
            // As long as a connection, a session and an answer take on a slow network, so that the next heartbeat finds
            // them
            // there.
            case PING, ANNOUNCE, LEAVE, CHANGE, PROPOSE, READ_INDEX, IMAGE ->
                longer(electionTimeout.multipliedBy(3), Duration.ofSeconds(5));
        };
    }

    /** How long a request may be held here until it is answered. */
    Duration holding(MessageKind kind) {
        return switch (kind) {
            case HEARTBEAT, VOTE, PING, ANNOUNCE, LEAVE, READ_INDEX -> electionTimeout;
            case APPEND, SNAPSHOT, TIMEOUT_NOW -> longer(electionTimeout, Duration.ofSeconds(2));
            case CHANGE, PROPOSE, IMAGE -> longer(electionTimeout.multipliedBy(2), Duration.ofSeconds(4));
        };
    }

    static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) > 0 ? one : other;
    }
}
