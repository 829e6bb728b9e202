package io.election.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.Required;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Prometheus's own tool for tests of rules, if it is installed: what would Prometheus say to what members exported? */
final class Promtool {

    private final Path directory;
    private final Path rules;
    private final StringBuilder expected = new StringBuilder();
    private final List<String> described = new ArrayList<>();

    Promtool(Path directory, Path rules) {
        this.directory = directory;
        this.rules = rules;
    }

    /** Skips the test, aloud, or fails it, where it is not installed. */
    static void orSkip(String notTested) {
        boolean there = Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(bin -> Files.isExecutable(Path.of(bin, "promtool")));
        Required.orSkip("promtool", there, "promtool (Debian's package prometheus) is not installed: " + notTested);
    }

    /** Checks rules, without any series. */
    static void check(Path rules) throws IOException, InterruptedException {
        run("check", "rules", rules.toString());
    }

    /** In this minute this alert fires, or does not. */
    Promtool expectAlert(String alert, int minute, boolean fires) {
        return expect("group(ALERTS{alertname=\"" + alert + "\",alertstate=\"firing\"})", minute, fires ? 1.0 : null);
    }

    /** In this minute this expression has one value without labels, or none. */
    Promtool expect(String expression, int minute, Double value) {
        expected.append("      - expr: '")
                .append(expression.replace("'", "''"))
                .append("'\n        eval_time: ")
                .append(minute)
                .append("m\n        exp_samples: ")
                .append(value == null ? "[]\n" : "[{labels: \"{}\", value: " + value + "}]\n");
        described.add(expression + " in minute " + minute + " is " + value);
        return this;
    }

    /** Has Prometheus evaluate the rules and the expressions over these series. */
    void test(Scrapes scrapes) throws IOException, InterruptedException {
        assertThat(described).as("expectations").isNotEmpty();
        Path file = directory.resolve("test.yml");
        Files.writeString(
                file,
                "rule_files: ['" + rules.toAbsolutePath() + "']\nevaluation_interval: 1m\ntests:\n  - interval: 1m\n"
                        + "    input_series:\n" + scrapes.toYaml() + "    promql_expr_test:\n" + expected);
        run("test", "rules", file.toString());
    }

    private static void run(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("promtool"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes());
        assertThat(process.waitFor(60, TimeUnit.SECONDS))
                .as("promtool has ended")
                .isTrue();
        assertThat(process.exitValue()).as(said).isZero();
    }
}
