package io.election.benchmarks.path;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.impl.io.DefaultBHttpClientConnection;
import org.apache.hc.core5.http.impl.io.DefaultBHttpServerConnection;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.apache.hc.core5.http.message.BasicClassicHttpRequest;
import org.apache.hc.core5.http.message.BasicClassicHttpResponse;

/** The blocking connections of Apache HttpCore, with the threads of {@link BlockingCandidate}. */
final class HttpCoreCandidate implements Candidate {

    private final Loop loop = new Loop();

    @Override
    public int listen(Handler handler) throws IOException {
        ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        BlockingCandidate.start("acceptor", () -> {
            while (true) {
                Socket socket = server.accept();
                BlockingCandidate.start("server", () -> serve(socket, handler));
            }
        });
        return server.getLocalPort();
    }

    private void serve(Socket socket, Handler handler) throws Exception {
        socket.setTcpNoDelay(true);
        DefaultBHttpServerConnection connection = new DefaultBHttpServerConnection("http", Http1Config.DEFAULT);
        connection.bind(socket);
        Signature signature = new Signature();
        while (true) {
            ClassicHttpRequest request = connection.receiveRequestHeader();
            connection.receiveRequestEntity(request);
            byte[] body = signature.check(EntityUtils.toByteArray(request.getEntity()));
            CompletableFuture<byte[]> reply = new CompletableFuture<>();
            loop.add(() -> handler.handle(body, reply::complete));
            byte[] answer = signature.sign(reply.join());
            ClassicHttpResponse response = new BasicClassicHttpResponse(200, "OK");
            response.setHeader("Content-Type", Http.TYPE);
            response.setHeader("Content-Length", answer.length);
            response.setEntity(new ByteArrayEntity(answer, ContentType.APPLICATION_OCTET_STREAM));
            connection.sendResponseHeader(response);
            connection.sendResponseEntity(response);
            connection.flush();
        }
    }

    /** What waits for the thread of a peer. */
    private record Waiting(byte[] body, Consumer<byte[]> answered) {}

    @Override
    public Peer peer(int port) {
        LinkedBlockingQueue<Waiting> queue = new LinkedBlockingQueue<>();
        BlockingCandidate.start("client", () -> {
            Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setTcpNoDelay(true);
            DefaultBHttpClientConnection connection = new DefaultBHttpClientConnection(Http1Config.DEFAULT);
            connection.bind(socket);
            Signature signature = new Signature();
            while (true) {
                Waiting next = queue.take();
                byte[] body = signature.sign(next.body());
                ClassicHttpRequest request = new BasicClassicHttpRequest("POST", "/election/heartbeat");
                request.setHeader("Host", "127.0.0.1:8080");
                request.setHeader("Election-Call", Http.CALL);
                request.setHeader("Content-Type", Http.TYPE);
                request.setHeader("Content-Length", body.length);
                request.setEntity(new ByteArrayEntity(body, ContentType.APPLICATION_OCTET_STREAM));
                connection.sendRequestHeader(request);
                connection.sendRequestEntity(request);
                connection.flush();
                ClassicHttpResponse response = connection.receiveResponseHeader();
                connection.receiveResponseEntity(response);
                byte[] answer = signature.check(EntityUtils.toByteArray(response.getEntity()));
                loop.add(() -> next.answered().accept(answer));
            }
        });
        return (body, answered) -> queue.add(new Waiting(body, answered));
    }

    @Override
    public void every(Runnable work, long everyNanos) {
        loop.every(work, everyNanos);
    }
}
