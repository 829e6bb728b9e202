package io.election.benchmarks.path;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** The client and the server that come with the JDK. */
final class JdkCandidate implements Candidate {

    private final Loop loop = new Loop();

    @Override
    public int listen(Handler handler) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newCachedThreadPool());
        ThreadLocal<Signature> signatures = ThreadLocal.withInitial(Signature::new);
        server.createContext("/", exchange -> {
            try (exchange) {
                Signature signature = signatures.get();
                byte[] body = signature.check(exchange.getRequestBody().readAllBytes());
                CompletableFuture<byte[]> reply = new CompletableFuture<>();
                loop.add(() -> handler.handle(body, reply::complete));
                byte[] answer = signature.sign(reply.join());
                // In a header, so that it leaves in one packet: the server sends headers and body apart.
                exchange.getResponseHeaders()
                        .set("Election-Body", java.util.Base64.getEncoder().encodeToString(answer));
                exchange.sendResponseHeaders(200, -1);
            }
        });
        server.start();
        return server.getAddress().getPort();
    }

    @Override
    public Peer peer(int port) {
        HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        ExecutorService threads = Executors.newCachedThreadPool();
        URI uri = URI.create("http://127.0.0.1:" + port + "/election/heartbeat");
        ThreadLocal<Signature> signatures = ThreadLocal.withInitial(Signature::new);
        return (body, answered) -> threads.execute(() -> {
            Signature signature = signatures.get();
            HttpRequest request = HttpRequest.newBuilder(uri)
                    .setHeader("Election-Call", Http.CALL)
                    .setHeader("Content-Type", Http.TYPE)
                    .POST(HttpRequest.BodyPublishers.ofByteArray(signature.sign(body)))
                    .build();
            try {
                HttpResponse<byte[]> response = client.send(request, HttpResponse.BodyHandlers.ofByteArray());
                byte[] answer = signature.check(java.util.Base64.getDecoder()
                        .decode(response.headers().firstValue("Election-Body").orElseThrow()));
                loop.add(() -> answered.accept(answer));
            } catch (IOException | InterruptedException ex) {
                throw new IllegalStateException(ex);
            }
        });
    }

    @Override
    public void every(Runnable work, long everyNanos) {
        loop.every(work, everyNanos);
    }
}
