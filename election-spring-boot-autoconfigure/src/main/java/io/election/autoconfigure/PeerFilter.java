package io.election.autoconfigure;

import io.election.peer.HttpPeerTransport;
import io.election.peer.PeerEndpoint;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
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
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (request instanceof HttpServletRequest http && response instanceof HttpServletResponse answer) {
            // Not decoded: a path that is spelled differently is left to the application and its rules.
            String path = http.getRequestURI().substring(http.getContextPath().length());
            if (path.startsWith(below)) {
                PeerEndpoint.Answer answered =
                        endpoint.answer(path.substring(below.length()), new ServletExchange(http));
                if (answered.status() == HttpServletResponse.SC_OK) {
                    http.setAttribute(ACCEPTED, true);
                }
                write(answered, answer);
                return;
            }
        }
        chain.doFilter(request, response);
    }

    private static void write(PeerEndpoint.Answer answer, HttpServletResponse response) throws IOException {
        response.setStatus(answer.status());
        answer.headers().forEach(response::setHeader);
        response.setContentType(answer.contentType());
        response.setContentLength(answer.body().length);
        response.getOutputStream().write(answer.body());
        response.getOutputStream().close();
    }

    private record ServletExchange(HttpServletRequest request) implements PeerEndpoint.Exchange {

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
        public void accepted(String sender) {}

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
