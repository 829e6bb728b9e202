package io.election.autoconfigure;

import io.election.InvalidElectionConfigurationException;
import io.election.discovery.DiscoverySettings;
import io.election.discovery.MemberDiscovery;
import io.election.node.Finding;
import java.net.InetAddress;
import java.net.URI;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.core.env.Environment;
import org.springframework.util.StringUtils;

/** Who a member is, and where it is reached, that no list names. */
final class FoundSelf {

    private static final int SERVER_PORT = 8080;

    private final ElectionProperties properties;
    private final Environment environment;
    private final @Nullable Integer port;

    /**
     * Reads nothing yet.
     *
     * @param port the port at which the others reach this member, or {@code null} if that is not known
     */
    FoundSelf(ElectionProperties properties, Environment environment, @Nullable Integer port) {
        this.properties = properties;
        this.environment = environment;
        this.port = port;
    }

    /** The port of the application's own server, or {@code null} if it is any free one. */
    static @Nullable Integer serverPort(Environment environment) {
        Integer set = environment.getProperty("server.port", Integer.class);
        return set == null ? Integer.valueOf(SERVER_PORT) : set < 1 ? null : set;
    }

    // ------------------------------------------------------------------------------------------------ its id

    /**
     * The id: what is set, else the name of this host, which with mutual TLS the certificate has to name, else what the
     * certificate names.
     */
    String nodeId(Supplier<List<String>> certificateNames, Supplier<List<String>> hostNames) {
        String set = properties.nodeId();
        if (set != null && StringUtils.hasText(set)) {
            return checked("election.node-id", set, "Choose an id like orders-1, another one for each member.");
        }
        List<String> hosts = hostNames.get();
        String host = hosts.isEmpty() ? null : hosts.get(0);
        if (usesMutualTls()) {
            List<String> named = certificateNames.get();
            String id =
                    hosts.stream().filter(named::contains).findFirst().orElse(named.isEmpty() ? null : named.get(0));
            if (id != null) {
                return checked(
                        "election.node-id",
                        id,
                        "The certificate of election.peer.ssl.bundle names it. Set"
                                + " election.node-id to another name in the certificate.");
            }
        }
        if (host == null) {
            throw new InvalidElectionConfigurationException(
                    "election.node-id",
                    null,
                    "this host has no name that could be the id of this member",
                    "Set election.node-id (environment variable ELECTION_NODE_ID), to another id for each member.");
        }
        return checked(
                "election.node-id",
                host,
                "That is the name of this host. Set election.node-id to an id like orders-1,"
                        + " another one for each member.");
    }

    private static String checked(String property, String id, String action) {
        if (!ModeReader.NAME.matcher(id).matches()) {
            throw new InvalidElectionConfigurationException(
                    property,
                    id,
                    "an id, which may also name a directory, consists of " + ModeReader.NAME_RULE,
                    action);
        }
        return id;
    }

    private boolean usesMutualTls() {
        return StringUtils.hasText(properties.peer().ssl().bundle());
    }

    // ------------------------------------------------------------------------------------------------ its place

    Finding finding(DiscoverySettings discovery, @Nullable MemberDiscovery own) {
        InetAddress address = properties.peer().address();
        return new Finding(
                discovery.source(own),
                discovery.cache(),
                discovery.longestAge(),
                isHttps(),
                prefix(),
                address == null || address.isAnyLocalAddress() ? null : URI.create(peerUrl(text(address))),
                clientUrl());
    }

    /** What stands for this member's url until it is found. Nobody calls it. */
    URI unknownUrl() {
        return URI.create(peerUrl("localhost"));
    }

    private String peerUrl(String host) {
        return (isHttps() ? "https" : "http") + "://" + host + ":" + (port == null ? SERVER_PORT : port) + prefix();
    }

    private static String text(InetAddress address) {
        String text = address.getHostAddress();
        return text.indexOf(':') < 0 ? text : "[" + text.replace("%", "%25") + "]";
    }

    private boolean isHttps() {
        ElectionProperties.Ssl ssl = properties.peer().ssl();
        return StringUtils.hasText(ssl.bundle()) || StringUtils.hasText(ssl.clientBundle());
    }

    private boolean sharesServer() {
        return properties.peer().port() == null;
    }

    private String prefix() {
        return sharesServer() ? contextPath() : "";
    }

    private String contextPath() {
        String path = environment.getProperty("server.servlet.context-path", "");
        return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    }

    /** Where clients reach a member, with a star for its host. */
    private @Nullable String clientUrl() {
        if (sharesServer()) {
            return peerUrl("*");
        }
        Integer server = serverPort(environment);
        boolean tls = !"false".equals(environment.getProperty("server.ssl.enabled"))
                && List.of("server.ssl.bundle", "server.ssl.key-store", "server.ssl.certificate").stream()
                        .anyMatch(environment::containsProperty);
        return server == null ? null : (tls ? "https" : "http") + "://*:" + server + contextPath();
    }
}
