package io.election.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What running members exported, scrape by scrape, as {@code promtool} takes it. Each scrape stands for a minute of Prometheus, so
 * that an alert which waits for ten minutes needs ten scrapes of the fault, and not ten minutes of it.
 */
final class Scrapes {

    private static final Pattern SAMPLE = Pattern.compile("(election_\\w+)\\{(.*)} (\\S+)");
    private static final Pattern LABEL = Pattern.compile("(\\w+)=\"");

    private final Map<String, List<String>> series = new LinkedHashMap<>();
    private int minutes;

    /** Scrapes each of these, by the name of its target. */
    void take(Map<String, PrometheusMeterRegistry> targets) {
        targets.forEach((instance, registry) -> registry.scrape().lines().forEach(line -> {
            Matcher sample = SAMPLE.matcher(line);
            if (sample.matches()) {
                String labels = "instance=\"" + instance + "\"," + sample.group(2);
                List<String> values =
                        series.computeIfAbsent(sample.group(1) + "{" + labels + "}", added -> new ArrayList<>());
                fill(values, minutes);
                values.add(sample.group(3));
            }
        }));
        minutes++;
        assertThat(series).as("series of the election").isNotEmpty();
    }

    private static void fill(List<String> values, int upTo) {
        while (values.size() < upTo) {
            values.add("_");
        }
    }

    /** The minute of the last scrape. */
    int now() {
        return minutes - 1;
    }

    /** The latest value of a series whose name and labels hold all of these. */
    double latest(String... parts) {
        return series.entrySet().stream()
                .filter(one -> one.getValue().size() == minutes)
                .filter(one -> List.of(parts).stream().allMatch(one.getKey()::contains))
                .mapToDouble(one ->
                        Double.parseDouble(one.getValue().get(minutes - 1).replace("+Inf", "Infinity")))
                .findFirst()
                .orElse(Double.NaN);
    }

    /** The names of all series. */
    Set<String> names() {
        Set<String> names = new TreeSet<>();
        series.keySet().forEach(one -> names.add(one.substring(0, one.indexOf('{'))));
        return names;
    }

    /** The names of all labels of a series. */
    Set<String> labels(String name) {
        Set<String> labels = new TreeSet<>();
        series.keySet().stream().filter(one -> one.startsWith(name + "{")).forEach(one -> {
            Matcher label = LABEL.matcher(one);
            while (label.find()) {
                labels.add(label.group(1));
            }
        });
        return labels;
    }

    /** As the part {@code input_series} of a test. */
    String toYaml() {
        StringBuilder yaml = new StringBuilder();
        series.forEach((name, values) -> {
            fill(values, minutes);
            yaml.append("      - series: '").append(name).append("'\n        values: '");
            yaml.append(String.join(" ", values)).append("'\n");
        });
        return yaml.toString();
    }
}
