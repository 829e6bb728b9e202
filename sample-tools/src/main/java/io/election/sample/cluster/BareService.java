package io.election.sample.cluster;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** The empty service without what the starter configures: what a member is compared with. */
final class BareService {

    private static final String IMPORTS =
            "META-INF/spring/org.springframework.boot.autoconfigure.AutoConfiguration.imports";

    private BareService() {}

    /**
     * Describes one; nothing runs yet.
     *
     * @param name also the name of its log
     * @param port where it answers
     * @param cluster the members beside which it runs, and with which it ends
     */
    static MemberProcess beside(SampleCluster cluster, String name, int port) {
        List<String> command = new ArrayList<>(SampleCluster.java(EmptyService.class.getName()));
        command.add("--server.port=" + port);
        command.add("--spring.autoconfigure.exclude=" + String.join(",", autoConfigurations()));
        MemberProcess bare = new MemberProcess(name, port, command, Map.of(), cluster.directory(), false);
        cluster.accompany(bare);
        return bare;
    }

    private static List<String> autoConfigurations() {
        try {
            List<String> names = new ArrayList<>();
            for (var url : Collections.list(BareService.class.getClassLoader().getResources(IMPORTS))) {
                try (InputStream in = url.openStream();
                        BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
                    lines.lines()
                            .filter(line -> line.startsWith("io.election."))
                            .forEach(names::add);
                }
            }
            return names;
        } catch (IOException e) {
            throw new ClusterException("The starter's auto-configurations cannot be listed: " + e.getMessage(), e);
        }
    }
}
