package io.election.benchmarks.path;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;

/** Sockets with a thread for each connection on either side, and HTTP by hand. */
final class BlockingCandidate implements Candidate {

    private final Loop loop = new Loop();

    @Override
    public int listen(Handler handler) throws IOException {
        ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        start("acceptor", () -> {
            while (true) {
                Socket socket = server.accept();
                start("server", () -> serve(socket, handler));
            }
        });
        return server.getLocalPort();
    }

    private void serve(Socket socket, Handler handler) throws IOException {
        socket.setTcpNoDelay(true);
        Signature signature = new Signature();
        byte[] buffer = new byte[8192];
        while (true) {
            byte[] body = signature.check(Http.read(socket.getInputStream(), buffer));
            CompletableFuture<byte[]> reply = new CompletableFuture<>();
            loop.add(() -> handler.handle(body, reply::complete));
            socket.getOutputStream().write(Http.answer(signature.sign(reply.join())));
        }
    }

    /** What waits for the thread of a peer. */
    private record Waiting(byte[] body, Consumer<byte[]> answered) {}

    @Override
    public Peer peer(int port) {
        LinkedBlockingQueue<Waiting> queue = new LinkedBlockingQueue<>();
        start("client", () -> {
            Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setTcpNoDelay(true);
            Signature signature = new Signature();
            byte[] buffer = new byte[8192];
            while (true) {
                Waiting next = queue.take();
                socket.getOutputStream().write(Http.request(signature.sign(next.body())));
                byte[] answer = signature.check(Http.read(socket.getInputStream(), buffer));
                loop.add(() -> next.answered().accept(answer));
            }
        });
        return (body, answered) -> queue.add(new Waiting(body, answered));
    }

    @Override
    public void every(Runnable work, long everyNanos) {
        loop.every(work, everyNanos);
    }

    /** Work that may fail. */
    interface Work {

        void run() throws Exception;
    }

    static void start(String name, Work work) {
        Thread thread = new Thread(
                () -> {
                    try {
                        work.run();
                    } catch (Exception ex) {
                        throw new IllegalStateException(ex);
                    }
                },
                name);
        thread.setDaemon(true);
        thread.start();
    }
}
