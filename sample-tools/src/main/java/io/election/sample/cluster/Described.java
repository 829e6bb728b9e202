package io.election.sample.cluster;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How each member is described, the same way for those that found the cluster and those that join it: by a list of the others, and
 * a directory of its own; or without either, by a name that leads to all.
 */
final class Described {

    private final List<String> founders;
    private final SampleCluster.Layout layout;
    private final Map<String, String> environment;
    private final Map<String, String> urls = new LinkedHashMap<>();

    /**
     * Describes nobody yet.
     *
     * @param founders the ids of those that found the cluster
     * @param layout how members are run
     * @param environment what is added to the environment of each
     */
    Described(List<String> founders, SampleCluster.Layout layout, Map<String, String> environment) {
        this.founders = founders;
        this.layout = layout;
        this.environment = environment;
        for (int i = 0; i < founders.size(); i++) {
            add(founders.get(i), peerPort(i));
        }
    }

    /** Those that found the cluster. */
    List<MemberProcess> founders() {
        List<MemberProcess> members = new ArrayList<>();
        for (int i = 0; i < founders.size(); i++) {
            members.add(member(founders.get(i), layout.ports().get(i), ownPeerPort(peerPort(i))));
        }
        return members;
    }

    private int peerPort(int index) {
        return (layout.peerPorts().isEmpty() ? layout.ports() : layout.peerPorts()).get(index);
    }

    /** Where members share the application's port with their peers there is no other. */
    private @Nullable Integer ownPeerPort(int port) {
        return layout.peerPorts().isEmpty() ? null : port;
    }

    /** One more. If members are listed it lists the founders, those that joined before it, and itself. */
    MemberProcess joiner(String id) {
        List<Integer> ports = SampleCluster.freePorts(2);
        Integer peerPort = ownPeerPort(ports.get(1));
        add(id, peerPort == null ? ports.get(0) : peerPort);
        return member(id, ports.get(0), peerPort);
    }

    private void add(String id, int port) {
        urls.put(id, (layout.mutualTls() ? "https" : "http") + "://localhost:" + port);
        if (layout.names() != null) {
            layout.names().show(id, port);
        }
    }

    /** No list names this member any more, and no name leads to it. */
    void left(String id) {
        urls.remove(id);
        if (layout.names() != null) {
            layout.names().hide(id);
        }
    }

    private MemberProcess member(String id, int port, @Nullable Integer peerPort) {
        List<String> arguments = new ArrayList<>();
        arguments.add("--election.node-id=" + id);
        arguments.add("--server.port=" + port);
        arguments.addAll(layout.names() == null ? listed() : found(layout.names()));
        if (peerPort != null) {
            arguments.add("--election.peer.port=" + peerPort);
        }
        if (layout.mainClass().equals(SampleCluster.SAMPLE) && layout.recorded()) {
            arguments.add("--sample.hold=true");
        }
        arguments.addAll(layout.arguments());
        return new MemberProcess(
                id,
                port,
                SampleCluster.java(layout.mainClass()),
                arguments,
                environment,
                layout.directory(),
                layout.recorded());
    }

    private List<String> listed() {
        return List.of(
                "--election.members="
                        + urls.entrySet().stream()
                                .map(member -> member.getKey() + "=" + member.getValue())
                                .collect(Collectors.joining(",")),
                "--election.storage.directory=" + layout.directory().resolve("data"));
    }

    private List<String> found(NameServer names) {
        return List.of(
                // Takes back the list in the sample's application.yml.
                "--election.members=",
                "--election.discovery.dns=" + NameServer.NAME,
                "--election.discovery.servers=" + names.address(),
                "--election.discovery.expected=" + founders.size());
    }
}
