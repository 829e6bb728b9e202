package io.election.autoconfigure;

import io.election.peer.PeerTunnel;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpUpgradeHandler;
import jakarta.servlet.http.WebConnection;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries the bytes of a connection that {@link PeerFilter} has handed over to the election. Reading and writing never block. A
 * request occupies one of the server's threads until it is answered, as it would otherwise. A connection whose caller does not
 * take the answers is closed.
 *
 * <p>Public for the servlet container, which makes it.
 */
public final class PeerUpgradeHandler implements HttpUpgradeHandler {

    private static final Logger logger = LoggerFactory.getLogger(PeerUpgradeHandler.class);

    private @Nullable PeerTunnel tunnel;

    /** For the servlet container. */
    public PeerUpgradeHandler() {}

    /** Gives it what it carries the bytes to, with a first message to send. */
    void begin(PeerTunnel carried) {
        tunnel = carried;
    }

    @Override
    public void init(WebConnection connection) {
        PeerTunnel carried = tunnel;
        try {
            if (carried == null) {
                connection.close();
            } else {
                connection.getOutputStream().setWriteListener(new Carrier(connection, carried));
            }
        } catch (Exception failure) {
            logger.debug("A peer's connection could not be handed over.", failure);
            destroy();
        }
    }

    @Override
    public void destroy() {
        PeerTunnel carried = tunnel;
        if (carried != null) {
            carried.closed();
        }
    }

    /** The container calls one method at a time. */
    private static final class Carrier implements WriteListener, ReadListener {

        private final WebConnection connection;
        private final PeerTunnel tunnel;
        private final ServletInputStream in;
        private final ServletOutputStream out;
        private boolean begun;

        Carrier(WebConnection connection, PeerTunnel tunnel) throws IOException {
            this.connection = connection;
            this.tunnel = tunnel;
            this.in = connection.getInputStream();
            this.out = connection.getOutputStream();
        }

        @Override
        public void onWritePossible() throws IOException {
            if (!begun && out.isReady()) {
                begun = true;
                send();
                in.setReadListener(this);
            }
        }

        @Override
        public void onDataAvailable() throws IOException {
            try {
                while (in.isReady()) {
                    if (tunnel.read(in)) {
                        send();
                    }
                }
            } catch (IOException ended) {
                close();
            }
        }

        private void send() throws IOException {
            if (!out.isReady()) {
                throw new IOException("the answer before has not been taken");
            }
            out.write(tunnel.message(), 0, tunnel.length());
            if (out.isReady()) {
                out.flush();
            }
            if (!tunnel.isKept()) {
                close();
            }
        }

        @Override
        public void onAllDataRead() {
            close();
        }

        @Override
        public void onError(Throwable failure) {
            close();
        }

        /** Again where the container has closed it: nothing more is heard of it. */
        private void close() {
            tunnel.closed();
            try {
                connection.close();
            } catch (Exception ended) {
                // It is of no use any more either way.
                logger.trace("A peer's connection was not closed in good order.", ended);
            }
        }
    }
}
