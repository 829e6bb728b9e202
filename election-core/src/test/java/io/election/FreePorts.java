package io.election;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Ports to listen on that are free. They lie below those from which systems draw the local ends of connections: a port that
 * was free a moment ago would else be taken by any connection in between.
 */
public final class FreePorts {

    private static final int LOWEST = 12_000;
    private static final int COUNT = 20_000;

    /** Processes begin at different places, and none hands out the same port twice in a round. */
    private static final AtomicInteger next =
            new AtomicInteger((int) (ProcessHandle.current().pid() * 61 % COUNT));

    private FreePorts() {}

    /**
     * A port that nobody listens on, and that this process has not been given lately.
     *
     * @return the port
     * @throws IOException if listening fails for another reason than that a port is taken
     */
    public static int next() throws IOException {
        for (int tried = 0; tried < COUNT; tried++) {
            int port = LOWEST + Math.floorMod(next.getAndIncrement(), COUNT);
            // On all addresses, as a server listens, and on loopback, where something may listen alone.
            if (isFree(port, null) && isFree(port, InetAddress.getLoopbackAddress())) {
                return port;
            }
        }
        throw new IOException("no port from " + LOWEST + " to " + (LOWEST + COUNT) + " is free");
    }

    private static boolean isFree(int port, @Nullable InetAddress address) throws IOException {
        try (ServerSocket free = new ServerSocket(port, 1, address)) {
            return free.isBound();
        } catch (BindException e) {
            return false;
        }
    }
}
