package io.election.benchmarks.comparison;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What is compared. */
enum Subject implements Kind {
    /** This project at its defaults. */
    ELECTION(
            "election",
            "this project, an empty service with the starter at its defaults",
            ElectionNode.class,
            List.of("--spring.main.banner-mode=off", "--election.peer.secret=comparison-of-three-nodes-on-loopback")),
    /** The service of {@link #ELECTION} without an election, for what an idle one costs by itself. */
    BARE(
            "bare",
            "the same service without an election",
            ElectionNode.class,
            List.of("--spring.main.banner-mode=off", "--election.enabled=false", "--election.when-disabled=follower")),
    /** MicroRaft with the shortest heartbeat that it can have. */
    MICRORAFT(
            "microraft",
            "MicroRaft 0.7, heartbeat 1 s, heartbeat timeout 2 s, election timeout 1 s",
            MicroRaftNode.class,
            List.of("heartbeat-s=1", "heartbeat-timeout-s=2")),
    /** MicroRaft as it comes. */
    MICRORAFT_DEFAULT(
            "microraft-default",
            "MicroRaft 0.7 at its defaults (heartbeat 2 s, heartbeat timeout 10 s)",
            MicroRaftNode.class,
            List.of()),
    /** Ratis as it comes. */
    RATIS(
            "ratis",
            "Apache Ratis 3.3.0 at its defaults (timeout 150 to 300 ms, heartbeat 75 ms)",
            RatisNode.class,
            List.of()),
    /** Ratis with a timeout like this project's T. */
    RATIS_SLOW(
            "ratis-slow",
            "Apache Ratis 3.3.0, timeout 1 to 2 s (heartbeat 500 ms)",
            RatisNode.class,
            List.of("timeout-ms=1000"));

    private final String title;
    private final String description;
    private final Class<?> node;
    private final List<String> settings;

    Subject(String title, String description, Class<?> node, List<String> settings) {
        this.title = title;
        this.description = description;
        this.node = node;
        this.settings = settings;
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
        return settings;
    }

    /** Whether its nodes elect a leader. */
    boolean elects() {
        return this != BARE;
    }

    @Override
    public List<String> command() {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Xmx256m");
        if (node == ElectionNode.class) {
            // Out of the jar of a service, as it would be in production.
            command.add("-Dloader.path=" + System.getProperty("comparison.loader", ""));
            command.add("-Dloader.main=" + node.getName());
            command.add("-cp");
            command.add(System.getProperty("comparison.service", ""));
            command.add("org.springframework.boot.loader.launch.PropertiesLauncher");
        } else {
            String peers = System.getProperty("comparison.peers", "");
            command.add("-cp");
            command.add(peers + "/comparison.jar:" + peers + "/lib/*");
            command.add(node.getName());
        }
        return command;
    }
}
