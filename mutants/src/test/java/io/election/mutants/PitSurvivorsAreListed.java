package io.election.mutants;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Compares what PIT left alive with {@code catalogue/pit-survivors.txt}, which has a reason for each. Run by
 * {@code ./mvnw verify -Delection.pit=journal -pl mutants -am}, after PIT itself, for the part of that name.
 */
class PitSurvivorsAreListed {

    private static final Path LIST = Path.of("catalogue", "pit-survivors.txt");

    @Test
    void noOtherMutationSurvives() throws IOException {
        String part = System.getProperty("election.pit", "");
        List<Path> reports;
        try (Stream<Path> modules = Files.list(Path.of(".."))) {
            reports = modules.map(module -> module.resolve(Path.of("target", "pit-reports", part, "mutations.xml")))
                    .filter(Files::exists)
                    .toList();
        }
        assertThat(reports)
                .as("reports of PIT on '%s': a pom has a profile pit-%s for each part", part, part)
                .hasSize(1);
        PitReport report = PitReport.read(reports.get(0));
        Map<String, Integer> listed = PitReport.listed(LIST);
        List<String> unlisted = report.unlisted(listed);
        int known = report.survivors().keySet().stream()
                .mapToInt(key -> listed.getOrDefault(key, 0))
                .sum();
        System.out.println("PIT on '" + part + "': " + report.mutations() + " mutations, survivors before at most "
                + known + ", now " + report.count());
        unlisted.forEach(line -> System.out.println("  not listed: " + line));
        assertThat(unlisted)
                .as("survive and are not in %s: write the test that is missing, or list them with the reason", LIST)
                .isEmpty();
    }
}
