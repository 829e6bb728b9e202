package io.election.sample.cluster;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Members on loopback, each of whose connections to another passes through a relay in this JVM: what can be broken without
 * any rights. A relay sees a stream and no packets: none of it can be lost, and a broken path keeps what travels on it until
 * it is healed, as retransmissions would.
 */
final class Relays implements FaultyNetwork {

    private static final long SLOW_MILLIS = 300;

    private final Map<String, Integer> ports = new HashMap<>();
    private final Map<Way, Relay> relays = new HashMap<>();
    private final String reason;

    private volatile Map<Way, PathFault> faults = Map.of();
    private volatile Set<String> slow = Set.of();

    Relays(List<String> members, String reason) {
        this.reason = reason;
        for (String member : members) {
            ports.put(member, freePort());
        }
        for (String from : members) {
            for (String to : members) {
                if (!from.equals(to)) {
                    relays.put(new Way(from, to), new Relay(from, to));
                }
            }
        }
    }

    private int freePort() {
        return SampleCluster.freePorts().stream()
                .filter(port -> !ports.containsValue(port))
                .findFirst()
                .orElseThrow(() -> new ClusterException("No free port was found."));
    }

    @Override
    public List<String> description() {
        return List.of(
                "Network: TCP relays on loopback, because there are no network namespaces: " + reason,
                "NOT DONE here, because a relay sees no packets: some lost, large ones lost. Weaker here: what a cut swallows arrives when it is healed, as if"
                        + " retransmitted; delays are those of the relay; connections are always accepted; a full disk is"
                        + " played by the member's journal.");
    }

    @Override
    public boolean can(PathFault fault) {
        return fault == PathFault.DROPS_ALL || fault == PathFault.RESETS;
    }

    @Override
    public List<String> inPlaceOf(String member) {
        return List.of();
    }

    @Override
    public String url(String from, String to) {
        return "http://127.0.0.1:"
                + (from.equals(to)
                        ? port(to)
                        : relays.get(new Way(from, to)).listening.getLocalPort());
    }

    @Override
    public int port(String member) {
        return ports.get(member);
    }

    @Override
    public synchronized void become(Map<Way, PathFault> faultsNow, Set<String> slowNow) {
        faults = Map.copyOf(faultsNow);
        slow = Set.copyOf(slowNow);
        relays.values().forEach(Relay::resetIfBroken);
        notifyAll();
    }

    private synchronized void awaitChange(Map<Way, PathFault> than) throws InterruptedException {
        while (faults == than) {
            wait();
        }
    }

    @Override
    public boolean mountDisk(String member, Path directory) {
        return false;
    }

    @Override
    public void fillDisk(String member, Path directory, boolean full) {
        throw new UnsupportedOperationException("there is no small disk");
    }

    @Override
    public long lostPackets() {
        return -1;
    }

    @Override
    public void close() {
        become(Map.of(), Set.of());
        relays.values().forEach(Relay::close);
    }

    /** All connections that one member opens to another. */
    private final class Relay implements Closeable {

        private final Way there;
        private final Way back;
        private final ServerSocket listening;
        private final Set<Socket> open = ConcurrentHashMap.newKeySet();

        Relay(String from, String to) {
            there = new Way(from, to);
            back = new Way(to, from);
            try {
                listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
            } catch (IOException e) {
                throw new ClusterException("A relay cannot listen: " + e.getMessage(), e);
            }
            daemon(this::acceptAll);
        }

        private void acceptAll() {
            while (!listening.isClosed()) {
                try {
                    join(listening.accept());
                } catch (IOException e) {
                    if (!listening.isClosed()) {
                        throw new IllegalStateException("the relay's own socket failed", e);
                    }
                }
            }
        }

        private void join(Socket client) {
            if (resets()) {
                reset(client);
                return;
            }
            try {
                Socket target = new Socket(InetAddress.getLoopbackAddress(), port(there.to()));
                open.add(client);
                open.add(target);
                daemon(() -> pump(client, target, there));
                daemon(() -> pump(target, client, back));
            } catch (IOException nobodyListens) {
                reset(client);
            }
        }

        private void pump(Socket from, Socket to, Way path) {
            byte[] buffer = new byte[8192];
            try {
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream();
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    pass(path);
                    out.write(buffer, 0, n);
                }
            } catch (IOException ended) {
                // Either side hung up, or was reset: both sides end.
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                open.remove(from);
                end(from);
                end(to);
            }
        }

        /** Waits as long as the path keeps what travels on it. */
        private void pass(Way path) throws InterruptedException {
            for (Map<Way, PathFault> now = faults; now.get(path) == PathFault.DROPS_ALL; now = faults) {
                awaitChange(now);
            }
            if (slow.contains(path.from())) {
                Thread.sleep(SLOW_MILLIS);
            }
        }

        private boolean resets() {
            @Nullable PathFault one = faults.get(there);
            @Nullable PathFault other = faults.get(back);
            return one == PathFault.RESETS || other == PathFault.RESETS;
        }

        void resetIfBroken() {
            if (resets()) {
                open.forEach(Relays::reset);
            }
        }

        @Override
        public void close() {
            try {
                listening.close();
            } catch (IOException e) {
                throw new IllegalStateException("closing a relay failed", e);
            }
            open.forEach(Relays::reset);
        }
    }

    private static void end(Socket socket) {
        try {
            socket.close();
        } catch (IOException closedAlready) {
            // All that was wanted.
        }
    }

    /** Ends a connection with a reset instead of a farewell. */
    private static void reset(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException closedAlready) {
            // All that was wanted.
        }
    }

    private static void daemon(Runnable work) {
        Thread thread = new Thread(work, "relay");
        thread.setDaemon(true);
        thread.start();
    }
}
