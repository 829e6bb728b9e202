package io.election.benchmarks.comparison;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.util.TimeDuration;
import org.jspecify.annotations.Nullable;

/** A server of Apache Ratis that keeps a map. What is written goes to the server of its own process, which must lead. */
public final class RatisMap implements ReplicatedMap {

    private static final RaftGroupId GROUP =
            RaftGroupId.valueOf(UUID.fromString("6b1b0a5c-45a1-4d84-9d7e-2f2c1f0c7a11"));

    private final RaftServer server;
    private final RaftServer.Division division;

    /** Each name is written by one client, one write after the other. */
    private final Map<String, Client> clients = new ConcurrentHashMap<>();

    private record Client(ClientId id, AtomicLong calls) {}

    private RatisMap(NodeArguments node) throws IOException {
        List<RaftPeer> peers = IntStream.range(0, node.ports().size())
                .mapToObj(i -> RaftPeer.newBuilder()
                        .setId("node-" + (i + 1))
                        .setAddress(node.address(i))
                        .build())
                .toList();
        RaftProperties properties = new RaftProperties();
        GrpcConfigKeys.Server.setPort(properties, node.ports().get(node.number()));
        RaftServerConfigKeys.setStorageDir(properties, List.of(node.directory().toFile()));
        int timeoutMillis = node.setting("timeout-ms", 1000);
        RaftServerConfigKeys.Rpc.setTimeoutMin(properties, TimeDuration.valueOf(timeoutMillis, TimeUnit.MILLISECONDS));
        RaftServerConfigKeys.Rpc.setTimeoutMax(
                properties, TimeDuration.valueOf(2L * timeoutMillis, TimeUnit.MILLISECONDS));
        this.server = RaftServer.newBuilder()
                .setServerId(peers.get(node.number()).getId())
                .setGroup(RaftGroup.valueOf(GROUP, peers))
                .setProperties(properties)
                .setOption(RaftStorage.StartupOption.RECOVER)
                .setStateMachine(new MapMachine())
                .build();
        server.start();
        this.division = server.getDivision(GROUP);
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        NodeArguments node = NodeArguments.parse(arguments);
        Watch.takeOutput();
        NodeWork.serve(new RatisMap(node), node);
    }

    private static final class MapMachine extends BaseStateMachine {

        private final Map<String, ByteString> values = new ConcurrentHashMap<>();

        @Override
        public CompletableFuture<Message> applyTransaction(TransactionContext transaction) {
            LogEntryProto entry = transaction.getLogEntry();
            ByteString data = entry.getStateMachineLogEntry().getLogData();
            int length = data.byteAt(0);
            values.put(data.substring(1, 1 + length).toString(StandardCharsets.US_ASCII), data.substring(1 + length));
            updateLastAppliedTermIndex(entry.getTerm(), entry.getIndex());
            return CompletableFuture.completedFuture(Message.EMPTY);
        }
    }

    @Override
    public boolean leads() {
        return division.getInfo().isLeader() && division.getInfo().isLeaderReady();
    }

    @Override
    public void write(String name, byte[] value, Consumer<@Nullable String> done) {
        Client client = clients.computeIfAbsent(name, added -> new Client(ClientId.randomId(), new AtomicLong()));
        long call = client.calls().incrementAndGet();
        ByteBuffer entry = ByteBuffer.allocate(1 + name.length() + value.length)
                .put((byte) name.length())
                .put(name.getBytes(StandardCharsets.US_ASCII))
                .put(value);
        RaftClientRequest request = RaftClientRequest.newBuilder()
                .setClientId(client.id())
                .setServerId(server.getId())
                .setGroupId(GROUP)
                .setCallId(call)
                // So that it need not remember the answer any longer.
                .setRepliedCallIds(List.of(call - 1))
                .setMessage(Message.valueOf(ByteString.copyFrom(entry.flip())))
                .setType(RaftClientRequest.writeRequestType())
                .build();
        try {
            server.submitClientRequestAsync(request)
                    .whenComplete((reply, failure) ->
                            done.accept(reply != null && reply.isSuccess() ? null : reply + ", " + failure));
        } catch (IOException failure) {
            done.accept(failure.toString());
        }
    }
}
