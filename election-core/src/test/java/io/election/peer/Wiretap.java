package io.election.peer;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/** Sits between two members, hears everything, and may change it. */
final class Wiretap implements AutoCloseable {

    private static final List<String> OURS =
            List.of(Call.HEADER, Call.DIGEST_HEADER, Call.MAC_HEADER, Call.CHALLENGE_HEADER, "Content-Type");

    /** One request as it passes. */
    record Heard(String method, String path, Map<String, String> headers, byte[] body) {

        Heard withPath(String other) {
            return new Heard(method, other, headers, body);
        }

        Heard withHeader(String name, String value) {
            Map<String, String> changed = new HashMap<>(headers);
            changed.put(name, value);
            return new Heard(method, path, changed, body);
        }

        Heard withBody(byte[] other) {
            return new Heard(method, path, headers, other);
        }
    }

    /** One answer as it passes. */
    record Answered(int status, Map<String, String> headers, byte[] body) {

        String text() {
            return new String(body, StandardCharsets.UTF_8);
        }
    }

    final List<Heard> heard = new CopyOnWriteArrayList<>();
    final List<Answered> answers = new CopyOnWriteArrayList<>();
    volatile UnaryOperator<Answered> onAnswer = answer -> answer;

    /** Answers a request that asks for an upgrade like this, or passes it on if 0, or ends the connection if negative. */
    volatile int onUpgrade;

    final AtomicInteger upgrades = new AtomicInteger();

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final int target;

    Wiretap(int target) throws IOException {
        this.target = target;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::pass);
        server.start();
    }

    URI url() {
        return Peers.url(server.getAddress().getPort());
    }

    /** Those that got as far as having a challenge. */
    List<Heard> heardWithChallenge() {
        return heard.stream()
                .filter(request -> {
                    Call call = Call.parse(request.headers().get(Call.HEADER));
                    return call != null && !call.challenge().isEmpty();
                })
                .toList();
    }

    private void pass(HttpExchange exchange) throws IOException {
        try (exchange) {
            if (exchange.getRequestHeaders().getFirst("Upgrade") != null) {
                upgrades.incrementAndGet();
                if (onUpgrade != 0) {
                    exchange.getRequestBody().readAllBytes();
                    if (onUpgrade > 0) {
                        exchange.sendResponseHeaders(onUpgrade, -1);
                    }
                    return;
                }
            }
            Map<String, String> headers = new HashMap<>();
            OURS.forEach(name -> {
                String value = exchange.getRequestHeaders().getFirst(name);
                if (value != null) {
                    headers.put(name, value);
                }
            });
            Heard request = new Heard(
                    exchange.getRequestMethod(),
                    exchange.getRequestURI().getRawPath(),
                    headers,
                    exchange.getRequestBody().readAllBytes());
            heard.add(request);
            Answered original = send(target, request);
            answers.add(original);
            Answered answer = onAnswer.apply(original);
            answer.headers().forEach(exchange.getResponseHeaders()::set);
            exchange.sendResponseHeaders(answer.status(), answer.body().length == 0 ? -1 : answer.body().length);
            exchange.getResponseBody().write(answer.body());
        }
    }

    /** Sends what was heard, or something made of it, to a port. */
    Answered send(int port, Heard request) throws IOException {
        HttpRequest.Builder http = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + request.path()))
                .method(request.method(), HttpRequest.BodyPublishers.ofByteArray(request.body()));
        request.headers().forEach(http::setHeader);
        try {
            HttpResponse<byte[]> response = client.send(http.build(), HttpResponse.BodyHandlers.ofByteArray());
            Map<String, String> headers = new HashMap<>();
            OURS.forEach(name -> response.headers().firstValue(name).ifPresent(value -> headers.put(name, value)));
            return new Answered(response.statusCode(), headers, response.body());
        } catch (InterruptedException ex) {
            throw new IOException(ex);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
