package io.election.benchmarks.comparison;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * How every node is started.
 *
 * @param number its own, from 0
 * @param ports where the nodes listen for each other, on loopback, in the order of their numbers
 * @param directory where it keeps its data
 * @param interval how often it is asked whether it leads
 * @param settings what is said to this kind of node alone
 */
record NodeArguments(int number, List<Integer> ports, Path directory, Duration interval, List<String> settings) {

    NodeArguments {
        ports = List.copyOf(ports);
        settings = List.copyOf(settings);
    }

    /** As {@link #toArguments()} made them. */
    static NodeArguments parse(String[] arguments) {
        List<Integer> ports = new ArrayList<>();
        for (String port : arguments[1].split(",")) {
            ports.add(Integer.parseInt(port));
        }
        return new NodeArguments(
                Integer.parseInt(arguments[0]),
                ports,
                Path.of(arguments[2]),
                Duration.ofNanos(Long.parseLong(arguments[3])),
                List.of(arguments).subList(4, arguments.length));
    }

    List<String> toArguments() {
        List<String> arguments = new ArrayList<>();
        arguments.add(Integer.toString(number));
        arguments.add(String.join(
                ",", ports.stream().map(port -> Integer.toString(port)).toList()));
        arguments.add(directory.toString());
        arguments.add(Long.toString(interval.toNanos()));
        arguments.addAll(settings);
        return arguments;
    }

    InetSocketAddress address(int node) {
        return new InetSocketAddress("127.0.0.1", ports.get(node));
    }

    /** The number behind a name and an equals sign among the settings, or another one. */
    int setting(String name, int otherwise) {
        return settings.stream()
                .filter(setting -> setting.startsWith(name + "="))
                .map(setting -> Integer.parseInt(setting.substring(name.length() + 1)))
                .findFirst()
                .orElse(otherwise);
    }
}
