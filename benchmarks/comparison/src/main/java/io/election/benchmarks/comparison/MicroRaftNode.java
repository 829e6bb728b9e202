package io.election.benchmarks.comparison;

import io.microraft.RaftConfig;
import io.microraft.RaftEndpoint;
import io.microraft.RaftNode;
import io.microraft.model.impl.DefaultRaftModelFactory;
import io.microraft.persistence.RestoredRaftState;
import io.microraft.statemachine.StateMachine;
import io.microraft.store.sqlite.RaftSqliteStore;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A node of MicroRaft with an empty state machine and its own store. It comes without a transport; here that is {@link
 * SocketTransport}. It hands over on SIGTERM.
 */
public final class MicroRaftNode {

    private static final Duration HANDOVER = Duration.ofSeconds(2);

    private final RaftNode raft;
    private final RaftEndpoint self;
    private final List<RaftEndpoint> others;

    private MicroRaftNode(NodeArguments node) throws IOException {
        List<RaftEndpoint> endpoints = IntStream.range(0, node.ports().size())
                .<RaftEndpoint>mapToObj(Endpoint::new)
                .toList();
        this.self = endpoints.get(node.number());
        this.others = endpoints.stream().filter(other -> other != self).toList();
        RaftConfig.RaftConfigBuilder config = RaftConfig.newBuilder();
        int heartbeatSeconds = node.setting("heartbeat-s", 0);
        if (heartbeatSeconds > 0) {
            config.setLeaderHeartbeatPeriodSecs(heartbeatSeconds);
            config.setLeaderHeartbeatTimeoutSecs(node.setting("heartbeat-timeout-s", 2 * heartbeatSeconds));
        }
        MessageCodec codec = new MessageCodec();
        SocketTransport transport = new SocketTransport(node, codec);
        Files.createDirectories(node.directory());
        RaftSqliteStore store = RaftSqliteStore.create(
                node.directory().resolve("raft.db").toFile(), new DefaultRaftModelFactory(), codec);
        RaftNode.RaftNodeBuilder builder = RaftNode.newBuilder()
                .setGroupId("comparison")
                .setConfig(config.build())
                .setTransport(transport)
                .setStore(store)
                .setStateMachine(new EmptyStateMachine());
        Optional<RestoredRaftState> restored = store.getRestoredRaftState(true);
        if (restored.isPresent()) {
            builder.setRestoredState(restored.get());
        } else {
            builder.setLocalEndpoint(self).setInitialGroupMembers(endpoints);
        }
        this.raft = builder.build();
        transport.receive(raft::handle);
        raft.start().join();
    }

    /** A node by its number. */
    record Endpoint(int number) implements RaftEndpoint {
        @Override
        public Object getId() {
            return number;
        }
    }

    private static final class EmptyStateMachine implements StateMachine {

        @Override
        public @Nullable Object runOperation(long commitIndex, Object operation) {
            return null;
        }

        @Override
        public void takeSnapshot(long commitIndex, Consumer<Object> chunks) {
            chunks.accept("empty");
        }

        @Override
        public void installSnapshot(long commitIndex, List<Object> chunks) {}

        @Override
        public Object getNewTermOperation() {
            return "term";
        }
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        NodeArguments node = NodeArguments.parse(arguments);
        Watch.takeOutput();
        MicroRaftNode microRaft = new MicroRaftNode(node);
        Watch watch = Watch.begin(microRaft::leads, node.interval());
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            microRaft.leave();
                            watch.end();
                        },
                        "leave"));
        Thread.currentThread().join();
    }

    private boolean leads() {
        return self.equals(raft.getTerm().getLeaderEndpoint());
    }

    private void leave() {
        try {
            for (RaftEndpoint other : others) {
                if (leads()) {
                    raft.transferLeadership(other).get(HANDOVER.toMillis(), TimeUnit.MILLISECONDS);
                }
            }
            raft.terminate().join();
        } catch (ExecutionException | TimeoutException e) {
            System.err.println("The leadership was not handed over: " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
