package io.election.autoconfigure;

import io.election.InvalidElectionConfigurationException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.util.StringUtils;

/**
 * The url of a member, checked. Host names are never resolved: their addresses may change, and a start must not wait for a
 * name server.
 */
final class MemberUrl {

    private static final String EXAMPLE =
            "Write it like http://host-1:8080, or http://host-1:8080/shop behind the context path /shop.";
    private static final String LOOPBACK = "localhost";
    private static final Set<String> LOOPBACK_NAMES =
            Set.of(LOOPBACK, "localhost.localdomain", "ip6-localhost", "ip6-loopback");
    private static final Pattern IPV4 = Pattern.compile("(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})");
    private static final Pattern NOT_IN_NAMES = Pattern.compile("[^A-Za-z0-9.-]");
    private static final Pattern ESCAPE = Pattern.compile("%([0-9A-Fa-f]{2})");

    private final URI uri;
    private final String place;

    private MemberUrl(URI uri, String place) {
        this.uri = uri;
        this.place = place;
    }

    /** The url as it is written. */
    URI uri() {
        return uri;
    }

    /**
     * Host, port and path in a canonical form, which is equal for two urls that lead to the same place. The scheme, upper and lower
     * case, a default port, a trailing dot of a name, the notation of an address, and a trailing slash make no difference.
     */
    String place() {
        return place;
    }

    /**
     * Reads a url.
     *
     * @param property whose value it is
     * @param text the value
     * @throws InvalidElectionConfigurationException if others could not reach a member there
     */
    static MemberUrl parse(String property, String text) {
        URI url;
        try {
            url = new URI(text.trim());
        } catch (URISyntaxException ex) {
            throw invalid(property, text, "that is not a url: " + ex.getReason(), EXAMPLE);
        }
        boolean https = "https".equalsIgnoreCase(url.getScheme());
        if (!https && !"http".equalsIgnoreCase(url.getScheme())) {
            throw invalid(property, text, "a url begins with http:// or https://", EXAMPLE);
        }
        String authority = url.getRawAuthority();
        if (authority == null) {
            throw invalid(property, text, "it names no host that could be reached", EXAMPLE);
        }
        if (authority.indexOf('@') >= 0 || url.getRawQuery() != null || url.getRawFragment() != null) {
            // The log must not show a password.
            String shown = text.replaceFirst("(://[^/?#:@]*):[^/?#@]*@", "$1:***@");
            throw invalid(property, shown, "a url has no user, query or fragment here", EXAMPLE);
        }
        if (url.getHost() == null) {
            throw unnamedHost(property, text, authority);
        }
        if (authority.endsWith(":")) {
            throw invalid(property, text, "there is no port after the last colon", EXAMPLE);
        }
        if (url.getPort() == 0 || url.getPort() > 65535) {
            throw invalid(property, text, "its port is not between 1 and 65535", EXAMPLE);
        }
        int port = url.getPort() >= 0 ? url.getPort() : https ? 443 : 80;
        String host = host(property, text, url.getHost());
        return new MemberUrl(url, host + ":" + port + path(url));
    }

    /** Explains why there is no host, which the parser does not. */
    private static InvalidElectionConfigurationException unnamedHost(String property, String text, String authority) {
        int colon = authority.lastIndexOf(':');
        String host = colon < 0 ? authority : authority.substring(0, colon);
        String port = colon < 0 ? "" : authority.substring(colon + 1);
        if (host.indexOf(':') >= 0) {
            return invalid(
                    property,
                    text,
                    "it names no host that could be reached: an IPv6 address stands in brackets",
                    "Write it like http://[2001:db8::1]:8080.");
        }
        if (!port.chars().allMatch(Character::isDigit)) {
            return invalid(property, text, "its port '" + port + "' is not a number", EXAMPLE);
        }
        Matcher wrong = NOT_IN_NAMES.matcher(host);
        if (wrong.find()) {
            return invalid(
                    property,
                    text,
                    "it names no host that could be reached: '" + host + "' contains "
                            + (wrong.group().equals("_") ? "an underscore ('_')" : "'" + wrong.group() + "'")
                            + ", but a host name consists of letters, digits, dashes and dots",
                    "Give the host another name, or an alias, such as "
                            + (host.indexOf('_') >= 0
                                    ? NOT_IN_NAMES.matcher(host).replaceAll("-")
                                    : "host-1")
                            + "; or write its address.");
        }
        return invalid(
                property,
                text,
                "it names no host that could be reached: '" + host
                        + "' is neither an IPv4 address nor a host name, each part of"
                        + " which begins and ends with a letter or digit, the last part with a letter",
                EXAMPLE);
    }

    /** The host in its canonical form. */
    private static String host(String property, String text, String written) {
        InetAddress address = address(written);
        if (address == null) {
            String name = StringUtils.trimTrailingCharacter(written.toLowerCase(Locale.ROOT), '.');
            return LOOPBACK_NAMES.contains(name) ? LOOPBACK : name;
        }
        if (address.isAnyLocalAddress()) {
            throw invalid(
                    property,
                    text,
                    "'" + written + "' is an address to listen on, not one at which others reach this member",
                    "Write the name or address under which others reach the host of this member, like"
                            + " http://host-1:8080.");
        }
        if (address.isMulticastAddress() || address.getHostAddress().equals("255.255.255.255")) {
            throw invalid(property, text, "'" + written + "' is not the address of a single host", EXAMPLE);
        }
        if (address.getHostAddress().equals("127.0.0.1")
                || !(address instanceof Inet4Address) && address.isLoopbackAddress()) {
            return LOOPBACK;
        }
        int zone = written.indexOf('%');
        return address.getHostAddress() + (zone < 0 ? "" : written.substring(zone));
    }

    /** The address that a host is written as, or {@code null} if it is a name. */
    private static @Nullable InetAddress address(String host) {
        try {
            if (host.startsWith("[")) {
                // In brackets it is never resolved. Its zone, if it has one, need not exist on this host.
                return InetAddress.getByName(host.replaceFirst("%.*]", "]"));
            }
            Matcher parts = IPV4.matcher(host);
            if (!parts.matches()) {
                return null;
            }
            byte[] bytes = new byte[4];
            for (int i = 0; i < bytes.length; i++) {
                // The parser refuses numbers above 255.
                bytes[i] = (byte) Integer.parseInt(parts.group(i + 1));
            }
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException ex) {
            return null;
        }
    }

    /** The path in its canonical form, without a trailing slash. */
    private static String path(URI url) {
        String raw = url.getRawPath() == null ? "" : url.getRawPath();
        String unescaped = ESCAPE.matcher(raw).replaceAll(escape -> {
            char character = (char) Integer.parseInt(escape.group(1), 16);
            boolean unreserved =
                    character < 128 && Character.isLetterOrDigit(character) || "-._~".indexOf(character) >= 0;
            return unreserved ? String.valueOf(character) : escape.group().toUpperCase(Locale.ROOT);
        });
        // Two leading slashes would be taken for the beginning of a host.
        URI path = URI.create(unescaped.replaceAll("/{2,}", "/")).normalize();
        return StringUtils.trimTrailingCharacter(path.getRawPath(), '/');
    }

    private static InvalidElectionConfigurationException invalid(
            String property, String value, String reason, String action) {
        return new InvalidElectionConfigurationException(property, value, reason, action);
    }
}
