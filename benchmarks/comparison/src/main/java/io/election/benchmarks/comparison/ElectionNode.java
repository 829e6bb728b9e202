package io.election.benchmarks.comparison;

import io.election.Leadership;
import io.election.sample.cluster.EmptyService;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.ApplicationListener;

/** An empty web service with this project's starter, at its defaults. It hands over when its context closes. */
public final class ElectionNode {

    private ElectionNode() {}

    public static void main(String[] arguments) {
        NodeArguments node = NodeArguments.parse(arguments);
        Watch.takeOutput();
        List<String> properties = new ArrayList<>(node.settings());
        properties.add("--server.port=" + node.ports().get(node.number()));
        properties.add("--election.node-id=" + id(node.number()));
        properties.add("--election.members="
                + IntStream.range(0, node.ports().size())
                        .mapToObj(
                                i -> id(i) + "=http://localhost:" + node.ports().get(i))
                        .collect(Collectors.joining(",")));
        properties.add("--election.storage.directory=" + node.directory());
        SpringApplication application = new SpringApplication(EmptyService.class);
        application.addListeners((ApplicationListener<ApplicationReadyEvent>) ready -> {
            Leadership leadership = ready.getApplicationContext().getBean(Leadership.class);
            Watch watch = Watch.begin(leadership::isLeader, node.interval());
            SpringApplication.getShutdownHandlers().add(watch::end);
        });
        application.run(properties.toArray(String[]::new));
    }

    private static String id(int number) {
        return "node-" + (number + 1);
    }
}
