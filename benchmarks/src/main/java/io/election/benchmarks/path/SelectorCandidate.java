package io.election.benchmarks.path;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One thread with one selector that is the member's loop as well, and HTTP by hand. */
final class SelectorCandidate implements Candidate {

    private final Selector selector;
    private final Signature signature = new Signature();
    private final ConcurrentLinkedQueue<Runnable> inbox = new ConcurrentLinkedQueue<>();
    private Runnable timer = () -> {};
    private long everyNanos = 1_000_000_000;

    SelectorCandidate() throws IOException {
        selector = Selector.open();
        BlockingCandidate.start("loop", this::run);
    }

    private void run() throws IOException {
        long due = System.nanoTime() + everyNanos;
        while (true) {
            selector.select(
                    key -> ((Connection) key.attachment()).ready(key),
                    Math.max(1, (due - System.nanoTime()) / 1_000_000));
            for (Runnable work = inbox.poll(); work != null; work = inbox.poll()) {
                work.run();
            }
            if (System.nanoTime() >= due) {
                due += everyNanos;
                timer.run();
            }
        }
    }

    private void add(Runnable work) {
        inbox.add(work);
        selector.wakeup();
    }

    /** What is ready. */
    private abstract static class Connection {

        abstract void ready(SelectionKey key);
    }

    /** A connection that messages come in on. */
    private abstract class Incoming extends Connection {

        final SocketChannel channel;
        private final ByteBuffer in = ByteBuffer.allocateDirect(8192);
        private final byte[] bytes = new byte[8192];
        private int length;

        Incoming(SocketChannel channel) {
            this.channel = channel;
        }

        @Override
        void ready(SelectionKey key) {
            try {
                in.clear();
                int read = channel.read(in);
                if (read < 0) {
                    channel.close();
                    return;
                }
                in.flip();
                in.get(bytes, length, read);
                length += read;
                int head = Http.endOfHead(bytes, length);
                if (head >= 0) {
                    int whole = head + Http.contentLength(bytes, head);
                    if (length >= whole) {
                        length = 0;
                        message(signature.check(java.util.Arrays.copyOfRange(bytes, head, whole)));
                    }
                }
            } catch (IOException ex) {
                throw new IllegalStateException(ex);
            }
        }

        abstract void message(byte[] body) throws IOException;

        void write(byte[] message) {
            try {
                in.clear();
                in.put(message).flip();
                channel.write(in);
            } catch (IOException ex) {
                throw new IllegalStateException(ex);
            }
        }
    }

    @Override
    public int listen(Handler handler) throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open();
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        server.configureBlocking(false);
        add(() -> register(server, SelectionKey.OP_ACCEPT, new Connection() {
            @Override
            void ready(SelectionKey key) {
                try {
                    SocketChannel channel = server.accept();
                    register(channel, SelectionKey.OP_READ, new Incoming(channel) {
                        @Override
                        void message(byte[] body) {
                            handler.handle(body, answer -> write(Http.answer(signature.sign(answer))));
                        }
                    });
                } catch (IOException ex) {
                    throw new IllegalStateException(ex);
                }
            }
        }));
        return server.socket().getLocalPort();
    }

    private void register(java.nio.channels.SelectableChannel channel, int operation, Connection connection) {
        try {
            channel.configureBlocking(false);
            if (channel instanceof SocketChannel socket) {
                socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
            }
            channel.register(selector, operation, connection);
        } catch (IOException ex) {
            throw new IllegalStateException(ex);
        }
    }

    @Override
    public Peer peer(int port) throws IOException {
        SocketChannel channel = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        ArrayDeque<Consumer<byte[]>> waiting = new ArrayDeque<>();
        Incoming connection = new Incoming(channel) {
            @Override
            void message(byte[] body) {
                @Nullable Consumer<byte[]> answered = waiting.poll();
                if (answered != null) {
                    answered.accept(body);
                }
            }
        };
        add(() -> register(channel, SelectionKey.OP_READ, connection));
        return (body, answered) -> {
            waiting.add(answered);
            connection.write(Http.request(signature.sign(body)));
        };
    }

    @Override
    public void every(Runnable work, long nanos) {
        add(() -> {
            timer = work;
            everyNanos = nanos;
        });
    }
}
