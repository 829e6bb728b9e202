package io.election.fuzz;

import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Fuzzes each target for a while with Jazzer, guided by coverage, and keeps what is new: the fewest inputs that cover what
 * was covered, besides those that have a name of their own. {@code ./mvnw test -Pfuzz -pl election-core -am
 * -Delection.fuzz.duration=60s}; with {@code -Delection.fuzz.keep=false} nothing is kept but what fails.
 */
public final class FuzzCampaign {

    private static final Path WORK = Path.of("target", "fuzz");
    private static final boolean KEEPS = !"false".equals(System.getProperty("election.fuzz.keep"));
    private static final int LONGEST_INPUT = 4096;
    private static final Pattern PROGRESS = Pattern.compile("cov: (\\d+) ft: (\\d+)");
    private static final Pattern EXECUTIONS = Pattern.compile("stat::number_of_executed_units: (\\d+)");
    private static final Pattern FOUND_BY_FUZZING = Pattern.compile("[0-9a-f]{40}");

    private FuzzCampaign() {}

    /** How long each target is fuzzed, such as {@code 60s} or {@code 10m}, and which ones; all if none is named. */
    public static void main(String[] arguments) throws Exception {
        Duration each = Duration.parse("PT" + arguments[0].toUpperCase(Locale.ROOT));
        List<String> named = Arrays.stream(arguments)
                .skip(1)
                .flatMap(names -> Stream.of(names.split(",")))
                .filter(name -> !name.isBlank())
                .map(name -> name.toUpperCase(Locale.ROOT))
                .toList();
        List<String> report = new ArrayList<>();
        List<String> notReached = new ArrayList<>();
        boolean found = false;
        for (FuzzCorpus corpus : FuzzCorpus.values()) {
            if (named.isEmpty() || named.contains(corpus.name())) {
                found |= !fuzz(corpus, each, report, notReached);
            }
        }
        report.forEach(System.out::println);
        System.out.println("Fuzz targets that ran no input: before 0, now " + notReached.size()
                + (notReached.isEmpty() ? "" : ": " + String.join(", ", notReached)));
        if (found || !notReached.isEmpty()) {
            System.exit(1);
        }
    }

    /** Whether nothing was found. */
    private static boolean fuzz(FuzzCorpus corpus, Duration each, List<String> report, List<String> notReached)
            throws Exception {
        Path work = WORK.resolve(corpus.name().toLowerCase(Locale.ROOT));
        Path findings = Files.createDirectories(work.resolve("findings"));
        Path inputs = Files.createDirectories(work.resolve("inputs"));
        Files.createDirectories(corpus.kept());
        List<String> output = jazzer(
                corpus,
                work.resolve("fuzz.log"),
                "-max_total_time=" + each.toSeconds(),
                "-max_len=" + LONGEST_INPUT,
                "-timeout=600",
                // A busy machine is no finding: the first input loads classes.
                "-report_slow_units=120",
                "-print_final_stats=1",
                "-artifact_prefix=" + findings.toAbsolutePath() + "/",
                inputs.toString(),
                corpus.kept().toString());
        boolean sound = FuzzCorpus.inputs(findings).isEmpty();
        if (sound && KEEPS) {
            keep(corpus, work, inputs);
        }
        if (last(EXECUTIONS, output, 1).matches("0|\\?")) {
            notReached.add(corpus.name().toLowerCase(Locale.ROOT));
        }
        report.add(corpus + ": " + last(EXECUTIONS, output, 1) + " executions in " + each + ", coverage "
                + last(PROGRESS, output, 1) + ", features " + last(PROGRESS, output, 2) + ", "
                + corpus.inputs().size() + " inputs kept; " + (sound ? "nothing found" : "FOUND, see " + work));
        return sound;
    }

    private static void keep(FuzzCorpus corpus, Path work, Path inputs) throws Exception {
        Path fewest = work.resolve("fewest");
        if (Files.exists(fewest)) {
            for (Path old : FuzzCorpus.inputs(fewest)) {
                Files.delete(old);
            }
        }
        Files.createDirectories(fewest);
        jazzer(
                corpus,
                work.resolve("merge.log"),
                "-merge=1",
                fewest.toString(),
                inputs.toString(),
                corpus.kept().toString());
        if (FuzzCorpus.inputs(fewest).isEmpty()) {
            throw new IllegalStateException("nothing is left of the corpus; see " + work);
        }
        for (Path old : corpus.inputs()) {
            if (FOUND_BY_FUZZING.matcher(old.getFileName().toString()).matches()) {
                Files.delete(old);
            }
        }
        for (Path input : FuzzCorpus.inputs(fewest)) {
            Files.copy(input, corpus.kept().resolve(input.getFileName()), StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static List<String> jazzer(FuzzCorpus corpus, Path log, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx768m",
                "-XX:-OmitStackTraceInFastThrow",
                "-XX:+UseSerialGC",
                "-XX:+EnableDynamicAgentLoading",
                "-Dlogging.level.root=OFF",
                "-cp",
                System.getProperty("java.class.path"),
                "com.code_intelligence.jazzer.Jazzer",
                "--target_class=" + corpus.targetName(),
                "--instrumentation_includes=io.election.**:tools.jackson.**",
                "--reproducer_path=" + log.toAbsolutePath().getParent()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroy));
        process.waitFor();
        try (Stream<String> lines = Files.lines(log, java.nio.charset.StandardCharsets.ISO_8859_1)) {
            return lines.toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static String last(Pattern pattern, List<String> lines, int group) {
        String found = "?";
        for (String line : lines) {
            Matcher matcher = pattern.matcher(line);
            if (matcher.find()) {
                found = matcher.group(group);
            }
        }
        return found;
    }
}
