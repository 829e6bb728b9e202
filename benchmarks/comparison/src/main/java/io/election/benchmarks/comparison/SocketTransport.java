package io.election.benchmarks.comparison;

import io.microraft.RaftEndpoint;
import io.microraft.model.message.RaftMessage;
import io.microraft.transport.Transport;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * A plain transport for MicroRaft: to each other node one TCP connection and one thread that writes. Messages are behind their
 * lengths. What cannot be sent is lost, as Raft allows.
 */
final class SocketTransport implements Transport {

    private static final int WAITING_MESSAGES = 1024;
    private static final int CONNECT_MILLIS = 500;

    private final MessageCodec codec;
    private final ServerSocket server = new ServerSocket();
    private final Map<Object, Lane> lanes = new HashMap<>();

    SocketTransport(NodeArguments node, MessageCodec codec) throws IOException {
        this.codec = codec;
        server.setReuseAddress(true);
        server.bind(node.address(node.number()));
        for (int i = 0; i < node.ports().size(); i++) {
            if (i != node.number()) {
                Lane lane = new Lane(node.address(i));
                lanes.put(i, lane);
                start(lane::send, "to-" + i);
            }
        }
    }

    private static void start(Runnable work, String name) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }

    /** Begins to accept messages, and hands them on. */
    void receive(Consumer<RaftMessage> receiver) {
        start(
                () -> {
                    try {
                        while (true) {
                            Socket socket = server.accept();
                            start(() -> read(socket, receiver), "from");
                        }
                    } catch (IOException closed) {
                        // The process ends.
                    }
                },
                "accept");
    }

    private void read(Socket socket, Consumer<RaftMessage> receiver) {
        try (socket;
                DataInputStream in = new DataInputStream(new BufferedInputStream(socket.getInputStream()))) {
            while (true) {
                receiver.accept(codec.decode(in.readNBytes(in.readInt())));
            }
        } catch (IOException gone) {
            // The other node has ended; it connects again if it comes back.
        }
    }

    @Override
    public void send(RaftEndpoint target, RaftMessage message) {
        Lane lane = lanes.get(target.getId());
        if (lane != null) {
            lane.waiting.offer(codec.encode(message));
        }
    }

    @Override
    public boolean isReachable(RaftEndpoint endpoint) {
        Lane lane = lanes.get(endpoint.getId());
        return lane != null && lane.connected.get();
    }

    /** The way to one other node. */
    private static final class Lane {

        private final InetSocketAddress address;
        private final BlockingQueue<byte[]> waiting = new ArrayBlockingQueue<>(WAITING_MESSAGES);
        private final AtomicBoolean connected = new AtomicBoolean();

        Lane(InetSocketAddress address) {
            this.address = address;
        }

        void send() {
            while (true) {
                try {
                    sendOver(waiting.take());
                } catch (IOException lost) {
                    connected.set(false);
                } catch (InterruptedException e) {
                    return;
                }
            }
        }

        private void sendOver(byte[] first) throws IOException, InterruptedException {
            try (Socket socket = new Socket()) {
                socket.setTcpNoDelay(true);
                socket.connect(address, CONNECT_MILLIS);
                connected.set(true);
                DataOutputStream out = new DataOutputStream(new BufferedOutputStream(socket.getOutputStream()));
                for (byte[] message = first; true; message = waiting.take()) {
                    out.writeInt(message.length);
                    out.write(message);
                    if (waiting.isEmpty()) {
                        out.flush();
                    }
                }
            }
        }
    }
}
