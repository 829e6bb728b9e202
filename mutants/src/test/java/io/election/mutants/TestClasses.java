package io.election.mutants;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The compiled test classes, by which a mutant may be caught. */
final class TestClasses {

    /** Random runs, which take longer than all other tests of the core together: asked last, and not at all where there are no seeds. */
    private static final Set<String> RANDOM = Set.of(
            "io.election.core.simulator.ConfirmationSimulatorTests",
            "io.election.core.simulator.FailoverTimeTests",
            "io.election.core.HostileMemberTests");

    /**
     * Asked only by mutants that name them: one sees that runs differ, and not that one of them is wrong; one reads the sources,
     * which no mutant changes; the others take half a minute each, or more.
     */
    private static final Set<String> ONLY_IF_NAMED = Set.of(
            "io.election.core.explorer.ElectionExplorerTests",
            "io.election.core.explorer.LongSchedulesTests",
            "io.election.core.explorer.PlantedDefectsTests",
            "io.election.core.explorer.StatesOfTheWorldTests",
            "io.election.core.simulator.TraceDigestTests",
            "io.election.node.LogKeysTests",
            "io.election.node.LeaseCellInterleavingTests",
            "io.election.node.SlowNetworkNodeTests");

    /** For whoever writes a mutant: only the tests that it names are asked. */
    private static final String ONLY_NAMED = "election.mutants.only-named";

    private static final String SEEDS = "election.mutants.seeds";

    private static final Set<String> ENGINE =
            Set.of("core", "machine", "memory", "journal", "node", "peer", "discovery");

    private final Map<String, String> byName = new TreeMap<>();

    /**
     * Looks for them.
     *
     * @param root the directory that they were compiled into
     */
    TestClasses(Path root) {
        try (Stream<Path> files = Files.walk(root)) {
            files.filter(file -> file.toString().endsWith("Tests.class")).forEach(file -> {
                String path = root.relativize(file).toString();
                String type =
                        path.substring(0, path.length() - ".class".length()).replace(File.separatorChar, '.');
                if (!type.contains("$")) {
                    byName.put(type.substring(type.lastIndexOf('.') + 1), type);
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether there is a class of that full name. */
    boolean has(String type) {
        return byName.containsValue(type);
    }

    /**
     * Whom a mutant is shown: those that it names, and only if none of them notices it, in the engine, all others of its package but
     * the judges, which are asked apart; scripted schedules first and random runs last. Outside the engine a test starts
     * applications, and only those that the mutant names are asked.
     *
     * @return groups, of which each is asked only if the one before noticed nothing; none is empty
     */
    List<List<String>> of(Mutant mutant, List<Judge> judges) {
        List<String> named = named(mutant);
        if (!isOfEngine(mutant) || (Boolean.getBoolean(ONLY_NAMED) && !named.isEmpty())) {
            return Stream.of(named).filter(group -> !group.isEmpty()).toList();
        }
        String area = "io.election." + mutant.area() + ".";
        List<String> others = new ArrayList<>(byName.values());
        others.removeIf(type -> !type.startsWith(area)
                || named.contains(type)
                || judges.stream().anyMatch(judge -> judge.type().equals(type))
                || ONLY_IF_NAMED.contains(type)
                || (RANDOM.contains(type) && Integer.getInteger(SEEDS, 1) == 0));
        others.sort(Comparator.comparing((String type) -> RANDOM.contains(type))
                .thenComparing((String type) -> !type.contains(".simulator."))
                .thenComparing(Comparator.naturalOrder()));
        return Stream.of(named, List.copyOf(others))
                .filter(group -> !group.isEmpty())
                .toList();
    }

    private List<String> named(Mutant mutant) {
        Set<String> classes = new LinkedHashSet<>();
        for (String name : mutant.ask()) {
            String type = byName.get(name);
            if (type == null) {
                throw new IllegalArgumentException(
                        "mutant " + mutant.name() + " asks '" + name + "', which is no test class");
            }
            classes.add(type);
        }
        return List.copyOf(classes);
    }

    /** Whether a mutant changes the engine, whose tests need no framework. */
    static boolean isOfEngine(Mutant mutant) {
        return ENGINE.contains(mutant.area());
    }

    /** Whether the judges run the code that a mutant changes. */
    static boolean isJudged(Mutant mutant) {
        return mutant.area().equals("core");
    }
}
