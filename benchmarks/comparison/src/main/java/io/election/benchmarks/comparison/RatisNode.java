package io.election.benchmarks.comparison;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.TransferLeadershipRequest;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.util.TimeDuration;

/** A server of Apache Ratis with an empty state machine, over gRPC and with its log on disk. It hands over on SIGTERM. */
public final class RatisNode {

    private static final RaftGroupId GROUP =
            RaftGroupId.valueOf(UUID.fromString("6b1b0a5c-45a1-4d84-9d7e-2f2c1f0c7a10"));
    private static final Duration HANDOVER = Duration.ofSeconds(2);

    private final RaftServer server;
    private final RaftServer.Division division;
    private final List<RaftPeer> others;

    private RatisNode(NodeArguments node) throws IOException {
        List<RaftPeer> peers = IntStream.range(0, node.ports().size())
                .mapToObj(i -> RaftPeer.newBuilder()
                        .setId("node-" + (i + 1))
                        .setAddress(node.address(i))
                        .build())
                .toList();
        RaftPeer self = peers.get(node.number());
        this.others = peers.stream().filter(peer -> peer != self).toList();
        RaftProperties properties = new RaftProperties();
        GrpcConfigKeys.Server.setPort(properties, node.ports().get(node.number()));
        RaftServerConfigKeys.setStorageDir(properties, List.of(node.directory().toFile()));
        int timeoutMillis = node.setting("timeout-ms", 0);
        if (timeoutMillis > 0) {
            RaftServerConfigKeys.Rpc.setTimeoutMin(
                    properties, TimeDuration.valueOf(timeoutMillis, TimeUnit.MILLISECONDS));
            RaftServerConfigKeys.Rpc.setTimeoutMax(
                    properties, TimeDuration.valueOf(2L * timeoutMillis, TimeUnit.MILLISECONDS));
        }
        this.server = RaftServer.newBuilder()
                .setServerId(self.getId())
                .setGroup(RaftGroup.valueOf(GROUP, peers))
                .setProperties(properties)
                .setOption(RaftStorage.StartupOption.RECOVER)
                .setStateMachine(new BaseStateMachine() {
                    @Override
                    public CompletableFuture<Message> applyTransaction(TransactionContext transaction) {
                        return CompletableFuture.completedFuture(Message.EMPTY);
                    }
                })
                .build();
        server.start();
        this.division = server.getDivision(GROUP);
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        NodeArguments node = NodeArguments.parse(arguments);
        Watch.takeOutput();
        RatisNode ratis = new RatisNode(node);
        Watch watch = Watch.begin(ratis.division.getInfo()::isLeader, node.interval());
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            ratis.leave();
                            watch.end();
                        },
                        "leave"));
        Thread.currentThread().join();
    }

    private void leave() {
        try {
            for (RaftPeer other : others) {
                if (!division.getInfo().isLeader() || handsOverTo(other)) {
                    break;
                }
            }
            server.close();
        } catch (IOException | ExecutionException | TimeoutException e) {
            System.err.println("The leadership was not handed over: " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean handsOverTo(RaftPeer other)
            throws IOException, InterruptedException, ExecutionException, TimeoutException {
        TransferLeadershipRequest request = new TransferLeadershipRequest(
                ClientId.randomId(), server.getId(), GROUP, 1, other.getId(), HANDOVER.toMillis());
        return server.transferLeadershipAsync(request)
                .get(HANDOVER.toMillis(), TimeUnit.MILLISECONDS)
                .isSuccess();
    }
}
