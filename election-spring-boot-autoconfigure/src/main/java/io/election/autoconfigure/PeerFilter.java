package io.election.autoconfigure;

import io.election.peer.HttpPeerTransport;
import io.election.peer.PeerEndpoint;
import io.election.peer.PeerTunnel;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.FilterConfig;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.security.cert.X509Certificate;
import org.jspecify.annotations.Nullable;

/**
 * Takes peers' requests on the application's own server. It comes before all other filters. Requests below the peer path end here, and
 * the application does not see them. All others pass untouched. Answers are never written as errors of the servlet container, so that no
 * error page replaces them.
 *
 * <p>A request occupies one of the server's threads until it is answered; see {@link HttpPeerTransport} for the limits.
 * How long a slow caller may take to send its body is the server's own setting.
 */
final class PeerFilter implements Filter {

    /**
     * The name of an attribute of each request that was accepted as a peer's and answered with 200, of which there are many. By it
     * a server's access log can leave them out, and keep those that were refused.
     */
    static final String ACCEPTED = "election.peer";

    private static final String CERTIFICATES = "jakarta.servlet.request.X509Certificate";

    private final PeerEndpoint endpoint;
    private final String below;
    private volatile boolean handsOver;

    /**
     * Creates the filter. Before the transport is started, and after it was closed, it answers 503.
     *
     * @param transport whose requests it takes
     */
    PeerFilter(HttpPeerTransport transport) {
        endpoint = transport.endpoint();
        below = transport.path() + "/";
    }

    @Override
    public void init(FilterConfig configuration) {
        String server = configuration.getServletContext().getServerInfo();
        handsOver = server != null && server.startsWith("Apache Tomcat");
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (request instanceof HttpServletRequest http && response instanceof HttpServletResponse answer) {
            // Not decoded: a path that is spelled differently is left to the application and its rules.
            String path = http.getRequestURI().substring(http.getContextPath().length());
            if (path.startsWith(below)) {
                ServletExchange exchange = new ServletExchange(http);
                PeerEndpoint.Answer answered = endpoint.answer(path.substring(below.length()), exchange);
                if (answered.status() == HttpServletResponse.SC_OK) {
                    http.setAttribute(ACCEPTED, true);
                }
                if (!isHandedOver(http, answer, exchange, answered)) {
                    write(answered, answer);
                }
                return;
            }
        }
        chain.doFilter(request, response);
    }

    /**
     * Hands the connection over to the election, if a request that was accepted asks for it: a heartbeat then costs a quarter of
     * what the way through the servlet container and its filters costs. Only on Tomcat, where that is tested.
     */
    private boolean isHandedOver(
            HttpServletRequest request,
            HttpServletResponse response,
            ServletExchange exchange,
            PeerEndpoint.Answer answered)
            throws IOException, ServletException {
        String sender = exchange.sender;
        if (sender == null
                || !handsOver
                || answered.status() != HttpServletResponse.SC_OK
                || !PeerTunnel.PROTOCOL.equals(request.getHeader("Upgrade"))
                || !"HTTP/1.1".equals(request.getProtocol())) {
            return false;
        }
        PeerTunnel tunnel = endpoint.takeOver(sender, below, exchange);
        if (tunnel == null) {
            return false;
        }
        tunnel.answer(answered);
        response.setHeader("Connection", "Upgrade");
        response.setHeader("Upgrade", PeerTunnel.PROTOCOL);
        request.upgrade(PeerUpgradeHandler.class).begin(tunnel);
        return true;
    }

    private static void write(PeerEndpoint.Answer answer, HttpServletResponse response) throws IOException {
        response.setStatus(answer.status());
        answer.headers().forEach(response::setHeader);
        response.setContentType(answer.contentType());
        response.setContentLength(answer.body().length);
        response.getOutputStream().write(answer.body());
        response.getOutputStream().close();
    }

    private static final class ServletExchange implements PeerEndpoint.Exchange {

        private final HttpServletRequest request;
        /** Set once the request is accepted. */
        private @Nullable String sender;

        ServletExchange(HttpServletRequest request) {
            this.request = request;
        }

        @Override
        public String method() {
            return request.getMethod();
        }

        @Override
        public @Nullable String header(String name) {
            return request.getHeader(name);
        }

        @Override
        public long contentLength() {
            return request.getContentLengthLong();
        }

        @Override
        public byte[] body(int limit) throws IOException {
            return PeerEndpoint.read(request.getInputStream(), limit);
        }

        @Override
        public void accepted(String member) {
            sender = member;
        }

        @Override
        public @Nullable X509Certificate certificate() {
            return request.getAttribute(CERTIFICATES) instanceof X509Certificate[] chain && chain.length > 0
                    ? chain[0]
                    : null;
        }

        @Override
        public String remote() {
            return request.getRemoteAddr();
        }
    }
}
