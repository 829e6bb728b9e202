package io.election.benchmarks.comparison;

import com.alipay.sofa.jraft.Closure;
import com.alipay.sofa.jraft.Iterator;
import com.alipay.sofa.jraft.Node;
import com.alipay.sofa.jraft.RaftGroupService;
import com.alipay.sofa.jraft.Status;
import com.alipay.sofa.jraft.conf.Configuration;
import com.alipay.sofa.jraft.core.StateMachineAdapter;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.entity.Task;
import com.alipay.sofa.jraft.option.NodeOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A node of SOFAJRaft that keeps a map. What is written goes to the node of its own process, which must lead. */
public final class JRaftMap implements ReplicatedMap {

    private final Node raft;

    private JRaftMap(NodeArguments node) throws IOException {
        Files.createDirectories(node.directory());
        List<PeerId> peers = IntStream.range(0, node.ports().size())
                .mapToObj(i -> new PeerId("127.0.0.1", node.ports().get(i)))
                .toList();
        NodeOptions options = new NodeOptions();
        options.setFsm(new MapMachine());
        options.setInitialConf(new Configuration(peers));
        options.setLogUri(node.directory().resolve("log").toString());
        options.setRaftMetaUri(node.directory().resolve("meta").toString());
        options.setSnapshotUri(node.directory().resolve("snapshot").toString());
        this.raft = new RaftGroupService("comparison", peers.get(node.number()), options).start();
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        NodeArguments node = NodeArguments.parse(arguments);
        Watch.takeOutput();
        NodeWork.serve(new JRaftMap(node), node);
    }

    private static final class MapMachine extends StateMachineAdapter {

        private final Map<String, byte[]> values = new ConcurrentHashMap<>();

        @Override
        public void onApply(Iterator entries) {
            while (entries.hasNext()) {
                ByteBuffer data = entries.getData();
                byte[] name = new byte[data.get()];
                data.get(name);
                byte[] value = new byte[data.remaining()];
                data.get(value);
                values.put(new String(name, StandardCharsets.US_ASCII), value);
                Closure done = entries.done();
                if (done != null) {
                    done.run(Status.OK());
                }
                entries.next();
            }
        }
    }

    @Override
    public boolean leads() {
        return raft.isLeader();
    }

    @Override
    public void write(String name, byte[] value, Consumer<@Nullable String> done) {
        ByteBuffer entry = ByteBuffer.allocate(1 + name.length() + value.length)
                .put((byte) name.length())
                .put(name.getBytes(StandardCharsets.US_ASCII))
                .put(value)
                .flip();
        raft.apply(new Task(entry, status -> done.accept(status.isOk() ? null : status.toString())));
    }
}
