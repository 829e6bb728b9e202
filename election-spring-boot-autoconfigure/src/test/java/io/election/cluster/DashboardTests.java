package io.election.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** Each query of the Grafana dashboard finds something in what the members of a running cluster export. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
@Tag("cluster")
class DashboardTests {

    private static final Path DASHBOARD = Path.of("..", "monitoring", "election-dashboard.json");
    private static final Path RULES = Path.of("..", "monitoring", "election-alerts.yml");
    private static final Pattern METRIC = Pattern.compile("election_\\w+(?=[{\\[ )]|$)");
    private static final Pattern GROUPED = Pattern.compile("by \\(([^)]*)\\)");
    private static final Pattern SELECTED = Pattern.compile("(\\w+)=\"");
    private static final Scrapes SCRAPES = new Scrapes();

    @TempDir
    static Path directory;

    private static TestCluster cluster;

    @JsonIgnoreProperties(ignoreUnknown = true)
    record Panel(String title, List<Map<String, Object>> targets) {}

    @JsonIgnoreProperties(ignoreUnknown = true)
    record Dashboard(List<Panel> panels, Map<String, List<Map<String, Object>>> annotations) {}

    @BeforeAll
    static void clusterThatHandsOver() throws Exception {
        cluster = new PeerCertificates(directory)
                .start(
                        TestCluster.bare(MonitoredMember.class, directory.resolve("data"), "a", "b", "c")
                                .with("election.store.enabled", true),
                        60,
                        "a",
                        "b",
                        "c");
        cluster.leader();
        await().atMost(TestCluster.PATIENCE).until(() -> {
            Scrapes seen = new Scrapes();
            seen.take(targets());
            return seen.latest("election_quorum_round_trip_seconds") > 0;
        });
        SCRAPES.take(targets());
        cluster.leader().leadership().handOver(null).toCompletableFuture().get(60, TimeUnit.SECONDS);
        cluster.leader();
        for (int i = 0; i < 3; i++) {
            SCRAPES.take(targets());
        }
    }

    @AfterAll
    static void close() {
        if (cluster != null) {
            cluster.close();
        }
    }

    private static Map<String, PrometheusMeterRegistry> targets() {
        Map<String, PrometheusMeterRegistry> targets = new TreeMap<>();
        cluster.members().forEach(m -> targets.put(m.id(), m.context().getBean(PrometheusMeterRegistry.class)));
        return targets;
    }

    private static List<String> queries() throws Exception {
        Dashboard dashboard = JsonMapper.builder().build().readValue(Files.readString(DASHBOARD), Dashboard.class);
        List<String> queries = new ArrayList<>();
        dashboard
                .panels()
                .forEach(panel -> panel.targets().forEach(target -> queries.add((String) target.get("expr"))));
        dashboard.annotations().get("list").forEach(one -> queries.add((String) one.get("expr")));
        return queries;
    }

    @Test
    void eachQueryNamesMetricsAndLabelsThatAMemberExports() throws Exception {
        Set<String> exported = SCRAPES.names();
        for (String query : queries()) {
            List<String> metrics = METRIC.matcher(query)
                    .results()
                    .map(found -> found.group())
                    .filter(SCRAPES.names()::contains)
                    .toList();
            assertThat(metrics).as(query).isNotEmpty();
            Set<String> labels = new TreeSet<>();
            metrics.forEach(metric -> labels.addAll(SCRAPES.labels(metric)));
            Matcher selected = SELECTED.matcher(query);
            while (selected.find()) {
                assertThat(labels).as(query).contains(selected.group(1));
            }
            Matcher grouped = GROUPED.matcher(query);
            while (grouped.find()) {
                assertThat(labels).as(query).contains(grouped.group(1).split(", "));
            }
            String named = query.replaceAll("\\{[^}]*}", "").replaceAll("by \\([^)]*\\)", "");
            Matcher metric = Pattern.compile("election_\\w+").matcher(named);
            while (metric.find()) {
                assertThat(exported).as(query).contains(metric.group());
            }
        }
        assertThat(queries()).hasSizeGreaterThan(20);
    }

    @Test
    void prometheusFindsSomethingForEachQuery() throws Exception {
        Promtool.orSkip("whether Prometheus understands each query of the dashboard");
        Promtool promtool = new Promtool(directory, RULES);
        for (String query : queries()) {
            String filled = query.replace("$cluster", "cluster-test").replace("$__rate_interval", "5m");
            promtool.expect("count(" + filled + ") > bool 0", SCRAPES.now(), 1.0);
        }
        promtool.test(SCRAPES);
    }
}
