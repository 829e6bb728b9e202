package io.election.benchmarks.comparison;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Whose replicated memories are compared. */
enum MemoryKind implements Kind {
    /** This project at its defaults. */
    ELECTION(
            "election",
            "this project, a member with a store at its defaults, over HTTP with a shared secret; each append of its journal is"
                    + " forced to the disk (fdatasync), and so is each vote",
            ElectionMap.class),
    /** Apache Ratis at its defaults, but for the timeout. */
    RATIS(
            "ratis",
            "Apache Ratis 3.3.0 over gRPC, timeout 1 to 2 s, otherwise at its defaults; its log is forced to the disk before an"
                    + " acknowledgement (raft.server.log.unsafe-flush.enabled=false, raft.server.log.force.sync.num=128)",
            RatisMap.class),
    /** SOFAJRaft at its defaults. */
    JRAFT(
            "jraft",
            "SOFAJRaft 1.4.1 over Bolt at its defaults, election timeout 1 s; its log is in RocksDB, each batch forced to the disk"
                    + " (RaftOptions.sync=true), term and vote are not (syncMeta=false)",
            JRaftMap.class);

    private final String title;
    private final String description;
    private final Class<?> node;

    MemoryKind(String title, String description, Class<?> node) {
        this.title = title;
        this.description = description;
        this.node = node;
    }

    @Override
    public String title() {
        return title;
    }

    @Override
    public String description() {
        return description;
    }

    @Override
    public List<String> settings() {
        return List.of();
    }

    @Override
    public List<String> command() {
        String built = System.getProperty("comparison.peers", "");
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Xmx1g");
        // For a recording of what takes the time: -XX:StartFlightRecording=filename=/tmp/%node.jfr and the like.
        for (String option : System.getProperty("comparison.jvm", "").split(" ")) {
            if (!option.isBlank()) {
                command.add(option);
            }
        }
        command.add("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn");
        command.add("-cp");
        command.add(built + "/comparison.jar:" + built + "/lib/*");
        command.add(node.getName());
        return command;
    }
}
