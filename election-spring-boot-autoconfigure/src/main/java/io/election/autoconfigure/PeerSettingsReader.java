package io.election.autoconfigure;

import io.election.InvalidElectionConfigurationException;
import io.election.core.LogKeys;
import io.election.peer.HttpPeerTransport;
import io.election.peer.PeerAuthentication;
import io.election.peer.PeerAuthentication.SharedSecret;
import io.election.peer.PeerSettings;
import io.election.peer.PeerTls;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;
import org.springframework.boot.ssl.NoSuchSslBundleException;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.core.env.Environment;
import org.springframework.util.StringUtils;

/**
 * Checks the settings of the connections between members. They apply only to this library's HTTP transport. Throws
 * {@link InvalidElectionConfigurationException} for the first wrong one.
 */
final class PeerSettingsReader {

    private static final Logger logger = LoggerFactory.getLogger(PeerSettingsReader.class);
    private static final String BUNDLE = "election.peer.ssl.bundle";
    private static final String CLIENT_BUNDLE = "election.peer.ssl.client-bundle";
    private static final Pattern PATH = Pattern.compile("(/[A-Za-z0-9._~-]+)+");

    private final ElectionProperties.Peer peer;
    private final Environment environment;
    private final boolean servlet;
    private final @Nullable SslBundles bundles;

    /**
     * Creates a reader.
     *
     * @param servlet whether the application has a servlet server that the peers can share
     * @param bundles the application's SSL bundles, if it has any
     */
    PeerSettingsReader(
            ElectionProperties.Peer peer, Environment environment, boolean servlet, @Nullable SslBundles bundles) {
        this.peer = peer;
        this.environment = environment;
        this.servlet = servlet;
        this.bundles = bundles;
    }

    PeerSettings read(Mode.Clustered mode) {
        if (!PATH.matcher(peer.path()).matches()) {
            throw invalid(
                    "election.peer.path",
                    peer.path(),
                    "a path begins with a slash, does not end in one, and consists of letters, digits, dots, dashes,"
                            + " tildes and underscores",
                    "Write it like /election.");
        }
        checkPort();
        checkAddress();
        PeerTls tls = tls(mode);
        return new PeerSettings(
                mode.cluster(),
                mode.nodeId(),
                mode.urls(),
                peer.path(),
                mode.node().election().electionTimeout(),
                authentication(mode, tls),
                peer.port() == null ? null : new PeerSettings.ServerSettings(peer.address(), peer.port()),
                tls);
    }

    /** As for {@code management.server.address}: it needs a port of its own, and does not fall back to {@code server.address}. */
    private void checkAddress() {
        if (peer.address() != null && peer.port() == null) {
            throw invalid(
                    "election.peer.address",
                    peer.address().getHostAddress(),
                    "the members share the application's server, which binds to server.address",
                    "Set election.peer.port too, or remove election.peer.address.");
        }
    }

    /**
     * Has certificates that are renewed reach a transport: whenever its SSL bundle is updated, as by {@code reload-on-update},
     * new connections use it.
     */
    void renew(HttpPeerTransport transport, Mode.Clustered mode) {
        SslBundles known = bundles;
        boolean mutual = StringUtils.hasText(peer.ssl().bundle());
        String name = mutual ? peer.ssl().bundle() : peer.ssl().clientBundle();
        if (known == null || name == null || !StringUtils.hasText(name)) {
            return;
        }
        known.addBundleUpdateHandler(name, updated -> {
            try {
                transport.renew(mutual ? mutual(updated) : PeerTls.ofCalls(updated.createSslContext()));
                line(logger.atInfo(), mode)
                        .log(
                                "The SSL bundle '{}' was updated. New connections of member '{}' use it.",
                                name,
                                mode.nodeId());
            } catch (RuntimeException ex) {
                line(logger.atWarn(), mode)
                        .setCause(ex)
                        .log(
                                "The SSL bundle '{}' was updated, but new connections of member '{}' use what it held before: {}",
                                name,
                                mode.nodeId(),
                                String.valueOf(ex));
            }
        });
    }

    private static LoggingEventBuilder line(LoggingEventBuilder line, Mode.Clustered mode) {
        return line.addKeyValue(LogKeys.CLUSTER, mode.cluster()).addKeyValue(LogKeys.NODE, mode.nodeId());
    }

    private static PeerTls mutual(SslBundle bundle) {
        return new PeerTls(bundle.createSslContext(), OwnCertificate.of(bundle), false);
    }

    /** The names in the certificate for mutual TLS, the common name first; none if there is no certificate that can be read. */
    static List<String> certificateNames(ElectionProperties.Ssl ssl, @Nullable SslBundles bundles) {
        String name = ssl.bundle();
        if (bundles == null || name == null || !StringUtils.hasText(name)) {
            return List.of();
        }
        try {
            return mutual(bundles.getBundle(name)).names();
        } catch (NoSuchSslBundleException | IllegalStateException ex) {
            // It is refused where it is used.
            return List.of();
        }
    }

    private void checkPort() {
        Integer port = peer.port();
        String serverPort = environment.getProperty("server.port");
        if (port != null) {
            if (port < 1 || port > 65535) {
                throw invalid(
                        "election.peer.port",
                        port,
                        "the other members reach this one at a fixed port, between 1 and 65535",
                        "Set it to the port in this member's url, such as 8090.");
            }
            if (servlet && String.valueOf(port).equals(serverPort == null ? "8080" : serverPort.trim())) {
                throw invalid(
                        "election.peer.port",
                        port,
                        "the application's own server listens on that port (server.port)",
                        "Choose another port, such as " + (port < 65535 ? port + 1 : port - 1)
                                + ", and name it in this member's url; or remove election.peer.port to share the"
                                + " application's server.");
            }
            return;
        }
        if (!servlet) {
            throw invalid(
                    "election.peer.port",
                    null,
                    "this is not a servlet web application, so it has no server that the members could share",
                    "Set it to a free port, such as 8090, and name that port in this member's url.");
        }
        if (serverPort != null && serverPort.trim().equals("0")) {
            throw invalid(
                    "server.port",
                    serverPort,
                    "the other members reach this one at the fixed port in its url, and a random one cannot be listed",
                    "Set server.port to the port in this member's url, such as 8080; or set election.peer.port, and name"
                            + " that port in the url.");
        }
    }

    private @Nullable PeerTls tls(Mode.Clustered mode) {
        String bundle = peer.ssl().bundle();
        String clientBundle = peer.ssl().clientBundle();
        if (!StringUtils.hasText(bundle)) {
            return StringUtils.hasText(clientBundle) ? clientTls(mode, clientBundle) : null;
        }
        if (StringUtils.hasText(clientBundle)) {
            throw invalid(
                    CLIENT_BUNDLE,
                    clientBundle,
                    "election.peer.ssl.bundle is set to '" + bundle + "', and mutual TLS uses that one for calls too",
                    "Remove election.peer.ssl.client-bundle, and let the truststore of '" + bundle
                            + "' hold the issuers of all members' certificates.");
        }
        if (peer.port() == null) {
            throw invalid(
                    "election.peer.ssl.bundle",
                    bundle,
                    "mutual TLS between members needs a port of their own, and election.peer.port is not set",
                    "Set election.peer.port to a free port, such as 8090, and name it in this member's url. Or, to trust the"
                            + " certificates of the applications' own servers, set election.peer.ssl.client-bundle instead.");
        }
        for (Map.Entry<String, URI> url : mode.urls().entrySet()) {
            if (!"https".equalsIgnoreCase(url.getValue().getScheme())) {
                throw invalid(
                        "election.members",
                        url.getKey() + "=" + url.getValue(),
                        "election.peer.ssl.bundle is set, and connections to an http url are not encrypted",
                        "Begin every member's url with https://, or remove election.peer.ssl.bundle.");
            }
        }
        return from(BUNDLE, bundle, PeerSettingsReader::mutual);
    }

    private PeerTls clientTls(Mode.Clustered mode, String bundle) {
        boolean encrypted = mode.urls().values().stream().anyMatch(url -> "https".equalsIgnoreCase(url.getScheme()));
        if (!encrypted) {
            throw invalid(
                    CLIENT_BUNDLE,
                    bundle,
                    "no url in election.members begins with https://, so no certificate is ever checked",
                    "Begin the members' urls with https://, or remove election.peer.ssl.client-bundle.");
        }
        return from(CLIENT_BUNDLE, bundle, found -> PeerTls.ofCalls(found.createSslContext()));
    }

    private PeerTls from(String property, String bundle, Function<SslBundle, PeerTls> use) {
        try {
            if (bundles != null) {
                return use.apply(bundles.getBundle(bundle));
            }
        } catch (NoSuchSslBundleException ex) {
            throw noSuchBundle(property, bundle, bundles.getBundleNames(), ex);
        } catch (IllegalStateException ex) {
            throw new InvalidElectionConfigurationException(
                    property,
                    bundle,
                    "the bundle cannot be used: " + ex.getMessage(),
                    "Correct the key and trust stores under spring.ssl.bundle.",
                    ex);
        }
        throw noSuchBundle(property, bundle, List.of(), null);
    }

    private static InvalidElectionConfigurationException noSuchBundle(
            String property, String bundle, List<String> known, @Nullable Throwable cause) {
        return new InvalidElectionConfigurationException(
                property,
                bundle,
                "there is no such SSL bundle; "
                        + (known.isEmpty() ? "none is defined" : "the defined ones are " + known),
                "Define it under spring.ssl.bundle.pem." + bundle + " or spring.ssl.bundle.jks." + bundle
                        + ", or name one that is defined.",
                cause);
    }

    private PeerAuthentication authentication(Mode.Clustered mode, @Nullable PeerTls tls) {
        SharedSecret secret = secret();
        if (tls != null && !tls.callsOnly()) {
            return new PeerAuthentication.TlsIdentity(secret);
        }
        if (secret != null) {
            return secret;
        }
        if (peer.trustNetwork() || (mode.urls().size() == 1 && !mode.areFound())) {
            return new PeerAuthentication.TrustedNetwork();
        }
        throw invalid(
                "election.peer.secret",
                null,
                (mode.areFound() ? "members find each other" : mode.urls().size() + " members are listed")
                        + ", and whoever can reach them could take part in the election",
                "Set it to the same random text of at least " + SharedSecret.SHORTEST + " characters on every member,"
                        + " preferably in the environment variable ELECTION_PEER_SECRET (openssl rand -base64 32 creates one)."
                        + " Or use mutual TLS with election.peer.ssl.bundle. If only members can reach the network, set"
                        + " election.peer.trust-network=true.");
    }

    private @Nullable SharedSecret secret() {
        String secret = peer.secret();
        if (secret != null && !secret.isEmpty()) {
            checkLength("election.peer.secret", secret);
        }
        for (int i = 0; i < peer.acceptedSecrets().size(); i++) {
            checkLength(
                    "election.peer.accepted-secrets[" + i + "]",
                    peer.acceptedSecrets().get(i));
        }
        if (secret == null || secret.isEmpty()) {
            if (!peer.acceptedSecrets().isEmpty()) {
                throw invalid(
                        "election.peer.secret",
                        null,
                        "election.peer.accepted-secrets is set, so this member needs a secret to sign with",
                        "Set election.peer.secret too, or remove election.peer.accepted-secrets.");
            }
            return null;
        }
        return new SharedSecret(secret, peer.acceptedSecrets());
    }

    private static void checkLength(String property, String secret) {
        if (secret.length() < SharedSecret.SHORTEST || secret.isBlank()) {
            throw invalid(
                    property,
                    "****** (" + secret.length() + " characters)",
                    "such a short secret can be guessed: at least " + SharedSecret.SHORTEST + " characters are needed",
                    "Choose a random text, the same on every member; openssl rand -base64 32 creates one.");
        }
    }

    private static InvalidElectionConfigurationException invalid(
            String property, @Nullable Object value, String reason, String action) {
        return new InvalidElectionConfigurationException(property, value, reason, action);
    }
}
