package io.election.node;

import io.election.core.Request;
import io.election.core.Response;
import io.election.peer.PeerCallback;
import io.election.peer.PeerHandler;
import io.election.peer.PeerTransport;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/** Carries the messages of members in one process. Members can be cut off. */
final class LocalNetwork implements AutoCloseable {

    private final Map<String, PeerHandler> handlers = new ConcurrentHashMap<>();
    private final Set<String> cutOff = ConcurrentHashMap.newKeySet();
    /** When each member was last called, whether that arrived or not. */
    private final Map<String, Long> calledAtNanos = new ConcurrentHashMap<>();

    private final ExecutorService threads = Executors.newCachedThreadPool(run -> {
        Thread thread = new Thread(run, "local-network");
        thread.setDaemon(true);
        return thread;
    });

    void cutOff(String member) {
        cutOff.add(member);
    }

    void join(String member) {
        cutOff.remove(member);
    }

    /** For how long nobody has called a member that was called before. */
    Duration uncalled(String member) {
        return Duration.ofNanos(System.nanoTime() - calledAtNanos.get(member));
    }

    PeerTransport of(String member) {
        return new PeerTransport() {
            @Override
            public void start(PeerHandler handler) {
                handlers.put(member, handler);
            }

            @Override
            public void members(Set<String> members) {}

            @Override
            public void send(Request request, PeerCallback callback) {
                threads.execute(() -> carry(request, callback));
            }

            @Override
            public void close() {
                handlers.remove(member);
            }
        };
    }

    private void carry(Request request, PeerCallback callback) {
        String to = request.header().to();
        calledAtNanos.put(to, System.nanoTime());
        PeerHandler handler = handlers.get(to);
        if (handler == null
                || cutOff.contains(to)
                || cutOff.contains(request.header().from())) {
            callback.failed("nobody there");
            return;
        }
        CompletableFuture<Response> answer = new CompletableFuture<>();
        try {
            handler.handle(request, answer::complete);
        } catch (RejectedExecutionException stopped) {
            callback.failed(String.valueOf(stopped.getMessage()));
            return;
        }
        answer.orTimeout(5, TimeUnit.SECONDS)
                .whenCompleteAsync(
                        (response, failure) -> {
                            if (failure == null) {
                                callback.answered(response);
                            } else {
                                callback.failed("no answer in time");
                            }
                        },
                        threads);
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
